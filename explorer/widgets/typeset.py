"""Painted equations, which flow over several lines: typeset when nothing else is going on, readable as plain text until
then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.fonts import sized
from explorer.style.formula import Formula, formula, readable
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

IDLE_MS = 200  # longer than a frame: while the playhead moves, nothing is typeset
INDENT = 16.0  # px of every line but the first
Key = tuple[str, str]  # LaTeX and the colour that it is written in


class Measured(NamedTuple):
    """One formula, plain text where it is not `made` yet, and its px in a line: as wide, above and below the line that
    text stands on, all `scale` times the usual size."""

    key: Key
    made: Formula | None
    width: float
    above: float
    below: float
    scale: float


def in_lines(widths: Iterable[float], room: float, gap: float) -> list[list[tuple[float, int]]]:
    """The lines that a room has space for, of (x, number of the width from 0)."""
    lines: list[list[tuple[float, int]]] = [[]]
    x = 0.0
    for k, width in enumerate(widths):
        if x and x + width > room:
            lines.append([])
            x = INDENT
        lines[-1].append((x, k))
        x += width + gap
    return lines


class TypesetLater(Painted):
    """Formulas on show are typeset one at a time, and all shown as such when the last of them is. Subclasses give
    `wanted`, and where they have them `coming`."""

    smaller = 0  # px by which it is smaller than the theme's formulas

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._made: dict[Key, Formula] = {}
        self._painted = self._settled = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._typeset_one)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def wanted(self) -> Sequence[Key]:
        """The formulas on show."""
        raise NotImplementedError

    def coming(self) -> Iterable[Key]:
        """Further ones, which are typeset in advance."""
        return ()

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        theme = theme.enlarged
        if theme != self._theme:
            self._made = {}
        self._plain = sized(self.font(), 0.9 * (theme.formula_px - self.smaller))
        super().set_theme(theme)
        self.begin()

    def begin(self) -> None:
        """Other formulas are on show."""
        self._settled = False
        self.postpone()

    def postpone(self) -> None:
        """Something moves: typesetting waits until it has stopped."""
        if self._painted and not self._settled:
            self._idle.start(IDLE_MS)

    @property
    def is_typeset(self) -> bool:
        """Whether every formula on show is."""
        return all(key in self._made for key in self.wanted())

    def typeset(self) -> None:
        """All of them now: for a picture without a window."""
        for key in self.wanted():
            self._make(key)
        self.refit()

    def _make(self, key: Key) -> None:
        if self._theme is not None and key not in self._made:
            self._made[key] = formula(key[0], float(self._theme.formula_px - self.smaller), key[1])

    def _todo(self) -> Key | None:
        return next((key for key in (*self.wanted(), *self.coming()) if key not in self._made), None)

    def _typeset_one(self) -> None:
        todo = self._todo()
        if todo is None or self._theme is None:
            self._settled = True
            return
        before = self.is_typeset
        self._make(todo)
        if self.is_typeset and not before:
            self.refit()
        self._idle.start(20 if self.is_typeset else 0)

    def measured(self, keys: Iterable[Key], room: float = math.inf) -> list[Measured]:
        """Formulas that follow each other in lines; one that is wider than the room is made smaller."""
        typeset, metrics, found = self.is_typeset, QFontMetricsF(self._plain), []
        for key in keys:
            made = self._made.get(key) if typeset else None
            if made is not None:
                width, above = made.size().width(), made.baseline
                below = made.size().height() - above
            else:
                width = metrics.horizontalAdvance(readable(key[0]))
                above, below = metrics.ascent(), metrics.descent()
            scale = min(1.0, (room - (INDENT if found else 0.0)) / width) if width > 0 else 1.0
            found.append(Measured(key, made, width * scale, above * scale, below * scale, scale))
        return found

    def draw(self, painter: QPainter, place: QPointF, each: Measured, scale: float) -> None:
        """A formula with its top left corner at a place."""
        painter.save()
        painter.translate(place)
        painter.scale(scale, scale)
        if each.made is not None:
            each.made.draw(painter, 0.0, 0.0)
        else:
            painter.setFont(self._plain)
            painter.setPen(QColor(each.key[1]))
            painter.drawText(QPointF(0.0, QFontMetricsF(self._plain).ascent()), readable(each.key[0]))
        painter.restore()

    # --- Qt ---
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            self.postpone()
