"""A text that is written at several updates, line by line, and below the last one what each of its pieces was drawn
from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.readout import draw_readout
from explorer.items.training.hovered import Hovered
from explorer.items.training.step_map import OTHERS, cell_of, draw_map, draw_marks, of_rows, rows_that_fit
from explorer.style.numbers import count, number
from explorer.style.theme import Theme
from explorer.words import sentences

LEAST_ROW = 6.0  # px of a row of the map
USUAL_MAP, LEAST_MAP = 30.0, 18.0  # px of all its rows, beside several lines and beside two
WIDEST = 64.0  # px of a piece


@dataclass(frozen=True, eq=False)
class Line:
    """The n `pieces` that are written after `update` updates."""

    update: int
    pieces: tuple[str, ...]


class TextLines(Hovered):
    """The last line is that of the network on show; `probabilities` (n, O) and `drawn` (n,) are of it, `names` (O)."""

    pressed = Signal(int)  # the update of a line
    focus_radius = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: tuple[Line, ...] = ()
        self.probabilities: NDArray = np.zeros((0, 1))
        self.drawn: NDArray = np.zeros(0, dtype=int)
        self.names: tuple[str, ...] = ()
        self.fault = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("What the network writes"))

    def set_lines(self, lines: Sequence[Line], probabilities: NDArray, drawn: NDArray, names: tuple[str, ...]) -> None:
        """Other texts."""
        self.lines, self.probabilities, self.drawn, self.names = tuple(lines), probabilities, drawn, names
        self.fault = ""
        self.setAccessibleDescription(
            sentences(self.tr("update {k}: {text}.").format(k=each.update, text="".join(each.pieces)) for each in lines)
        )
        self.update()

    def set_fault(self, sentence: str) -> None:
        """Why there is nothing to see."""
        self.fault = sentence
        self.update()

    # --- geometry ---
    def shown(self) -> tuple[Line, ...]:
        """As many lines as there is room for: the last, the first, and between them the later ones."""
        room = self.inner_rect().height()
        two = room >= 2 * self._pitch_down + LEAST_MAP  # so that one sees it improve
        most = max(1 + two, int((room - USUAL_MAP) / self._pitch_down))
        if len(self.lines) <= most:
            return self.lines
        first = int(most > 1)
        return (*self.lines[:first], *self.lines[len(self.lines) - most + first :])

    @property
    def _pitch_down(self) -> float:
        return self._type.height * 1.12

    @property
    def left(self) -> float:
        """px from which the pieces stand."""
        named = [self._type.width(self._label(line)) for line in self.lines]
        units = [self._type.width(name) for name in self.names]
        return max([*named, *(min(wide, WIDEST) for wide in units), 10.0]) + 8

    @property
    def pitch(self) -> float:
        """px of a piece: as wide as the widest one, so that the lines and the map stand below each other."""
        return min(max((self._type.width(name) for name in self.names), default=8.0), WIDEST) + 2

    def columns(self) -> int:
        """How many pieces of each line are in sight."""
        return min(max(int((self.inner_rect().width() - self.left - 6) / self.pitch), 1), len(self.drawn))

    def place(self) -> QRectF:
        """Where the map lies; empty where it has no room."""
        top = len(self.shown()) * self._pitch_down + 3
        high = self.inner_rect().height() - top - 3
        if high < LEAST_MAP * 0.6:
            return QRectF()
        high = min(high, len(self.names) * self._type.height * 2.0)
        return QRectF(self.left, top, self.columns() * self.pitch, high)

    def rows(self) -> list[int]:
        """The characters that have a row in the map."""
        most = max(2, int(self.place().height() / LEAST_ROW))
        return rows_that_fit(self.probabilities[: self.columns()], most)

    def labels(self, rows: Sequence[int]) -> list[str]:
        """What the rows are called."""
        return ["…" if unit == OTHERS else self._cut(self.names[unit]) for unit in rows]

    def _label(self, line: Line) -> str:
        return self.tr("update {k}").format(k=count(line.update))

    def _cut(self, piece: str) -> str:
        return self._type.metrics.elidedText(piece, Qt.TextElideMode.ElideRight, WIDEST)

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        if self.fault or not self.lines:
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.inner_rect().adjusted(8, 0, -8, 0), flags, self.fault)
            return
        columns, left, pitch = self.columns(), self.left, self.pitch
        pieces = {piece for line in self.shown() for piece in line.pieces[:columns]}
        seen = {piece: self._cut(piece) for piece in pieces}
        widths = {text: (self._type.width(text), self._type.bold_width(text)) for text in seen.values()}
        for k, line in enumerate(self.shown()):
            last = line is self.lines[-1]
            base = k * self._pitch_down + self._type.metrics.ascent() + 1
            painter.setFont(self._type.plain)
            painter.setPen(QColor(theme.muted))
            label = self._label(line)
            painter.drawText(QPointF(left - 8 - self._type.width(label), base), label)
            painter.setFont(self._type.bold if last else self._type.plain)
            painter.setPen(QColor(theme.ink))
            for column, piece in enumerate(line.pieces[:columns]):
                text = seen[piece]
                painter.drawText(QPointF(left + column * pitch + (pitch - widths[text][last]) / 2, base), text)
        place = self.place()
        if place.isEmpty() or not columns:
            return
        rows = self.rows()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        draw_map(painter, place, of_rows(self.probabilities[:columns], rows), self.labels(rows), self._type, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = [rows.index(unit if unit in rows else OTHERS) for unit in self.drawn[:columns].tolist()]
        draw_marks(painter, [cell_of(place, len(rows), columns, row, t) for t, row in enumerate(marked)], theme)
        if self._hover is not None and place.contains(self._hover):
            self._draw_readout(painter, theme, place, rows)

    def _draw_readout(self, painter: QPainter, theme: Theme, place: QRectF, rows: Sequence[int]) -> None:
        hover, columns = self._hover, self.columns()
        if hover is None:
            return
        t = min(int((hover.x() - place.left()) / self.pitch), columns - 1)
        row = min(int((hover.y() - place.top()) / place.height() * len(rows)), len(rows) - 1)
        values = of_rows(self.probabilities[:columns], rows)
        drawn = int(self.drawn[t])
        said = [(self.labels(rows)[row], number(float(values[row, t])), theme.ink)]
        value = number(float(self.probabilities[t, drawn]))
        said.append((self.tr("drawn: {name}").format(name=self.names[drawn]), value, theme.backward_text))
        heading = self.tr("step {t}").format(t=t + 1)
        draw_readout(painter, hover, heading, said, self._type.plain, self.inner_rect(), theme)

    # --- Qt ---
    def line_at(self, y: float) -> Line | None:
        """The line at a place."""
        shown, k = self.shown(), int(y / self._pitch_down)
        return shown[k] if 0 <= k < len(shown) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        line = self.line_at(self.inner(event.position()).y()) if not self.fault else None
        if line is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(line.update)

    def sizeHint(self) -> QSize:
        return QSize(260, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 56)
