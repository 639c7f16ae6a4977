"""A phase diagram: a field for every pair of values, the present run outlined; a field is read off under the mouse or
by the arrows, and a click or Return chooses it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.hatch import draw_hatch
from explorer.items.plots.readout import Row, draw_readout
from explorer.style.colours import growing, reach_colours, sign_ink
from explorer.style.theme import Theme
from explorer.widgets.accessible import AccessibleItems, announce
from explorer.widgets.painted import Painted

_ARROWS = {
    Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (1, 0), Qt.Key.Key_Down: (-1, 0)
}  # fmt: skip
_KEYS = frozenset((*_ARROWS, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape))
_APART, _CROSS = 6.0, 4.0  # px between numbers beside an axis and the fields; half a cross


@dataclass(frozen=True, eq=False)
class Phase:
    """`decades` (rows, columns), the first row lowest: log₁₀ of the factor that a colour stands for, NaN where a run
    has none. `refused` (rows, columns): there is no run. `across`, `up`: the numbers of the columns and of the rows as
    texts; `titles` of both. `here`: row and column of the present run, between two fields as well; None elsewhere."""

    decades: NDArray
    refused: NDArray
    across: tuple[str, ...]
    up: tuple[str, ...]
    titles: tuple[str, str]
    here: tuple[float, float] | None


class PhasePicture(Painted):
    """`read`: the heading and the rows of a field's readout; `says`: the field in a sentence; both get row and
    column."""

    chosen = Signal(int, int)
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.phase: Phase | None = None
        self.read: Callable[[int, int], tuple[str, Sequence[Row]]] = lambda row, column: ("", ())
        self.says: Callable[[int, int], str] = lambda row, column: ""
        self.accessible_items: AccessibleItems | None = _Items(self)
        self.at: tuple[int, int] | None = None  # the field that is read off
        self._colours: NDArray | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_phase(self, phase: Phase | None) -> None:
        """Another diagram, or another present run on it."""
        self.phase = phase
        if phase is None or (self.at is not None and not self._there(*self.at)):
            self.at = None
        self.refit()

    def refit(self) -> None:
        self._colours = None
        self.updateGeometry()
        self.update()

    def _there(self, row: int, column: int) -> bool:
        return self.phase is not None and 0 <= row < len(self.phase.up) and 0 <= column < len(self.phase.across)

    # --- geometry ---
    @property
    def fields(self) -> QRectF:
        """Where the fields lie: right of the rows' numbers, above the columns'."""
        room = self.inner_rect()
        if self.phase is None or self._theme is None:
            return room
        left = max(map(self._type.width, self.phase.up)) + _APART + 4.0
        line = self._type.height
        return room.adjusted(round(left), round(line + 4.0), -8.0, -round(2 * line + 8.0))

    def box(self, row: float, column: float) -> QRectF:
        """A field, or what is as large between some."""
        assert self.phase is not None
        fields = self.fields
        wide, high = fields.width() / len(self.phase.across), fields.height() / len(self.phase.up)
        return QRectF(fields.left() + column * wide, fields.bottom() - (row + 1) * high, wide, high)

    def field_at(self, spot: QPointF) -> tuple[int, int] | None:
        """Row and column of the field at a point."""
        fields = self.fields
        if self.phase is None or not fields.contains(spot):
            return None
        column = int((spot.x() - fields.left()) / fields.width() * len(self.phase.across))
        row = int((fields.bottom() - spot.y()) / fields.height() * len(self.phase.up))
        return (row, column) if self._there(row, column) else None

    def sizeHint(self) -> QSize:
        return QSize(round(260 * self.zoom), round(280 * self.zoom))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(180 * self.zoom), round(150 * self.zoom))

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        phase = self.phase
        if phase is None:
            return
        if self._colours is None:
            self._colours = reach_colours(phase.decades, theme)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._type.plain)
        grows = growing(phase.decades)
        for row in range(len(phase.up)):
            for column in range(len(phase.across)):
                box = self.box(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
                if phase.refused[row, column]:
                    painter.fillRect(box, QColor(theme.empty_strip))
                    continue
                packed = int(self._colours[row, column])
                painter.fillRect(box, QColor.fromRgb(packed))
                if grows[row, column]:
                    draw_hatch(painter, [box], theme)
                if not math.isfinite(phase.decades[row, column]):
                    self._draw_sign(painter, box, float(phase.decades[row, column]), packed, theme)
        self._draw_axes(painter, theme, phase)
        if phase.here is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((theme.panel, theme.selected + 2.0), (theme.ink, theme.selected)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawRect(self.box(*phase.here))
        if self.at is not None:
            box = self.box(*self.at)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ink), theme.outline, Qt.PenStyle.DashLine))
            painter.drawRect(box)
            heading, rows = self.read(*self.at)
            draw_readout(painter, box.center(), heading, rows, self._type.plain, self.inner_rect(), theme)

    def _draw_sign(self, painter: QPainter, box: QRectF, decades: float, packed: int, theme: Theme) -> None:
        """A ring where nothing is left, a cross where there is no number, a plus where it is infinite."""
        at = box.center()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ink = QColor(theme.muted) if decades == -math.inf else sign_ink(packed)
        painter.setPen(QPen(ink, theme.outline))
        if decades == -math.inf:
            painter.drawEllipse(at, _CROSS * 0.7, _CROSS * 0.7)
            return
        ends = ((-1, 0, 1, 0), (0, -1, 0, 1)) if decades == math.inf else ((-1, -1, 1, 1), (-1, 1, 1, -1))
        for x1, y1, x2, y2 in ends:
            start, end = QPointF(x1 * _CROSS, y1 * _CROSS), QPointF(x2 * _CROSS, y2 * _CROSS)
            painter.drawLine(at + start, at + end)

    def _draw_axes(self, painter: QPainter, theme: Theme, phase: Phase) -> None:
        fields, kind = self.fields, self._type
        painter.setPen(QColor(theme.muted))
        ascent, taken = kind.metrics.ascent(), -1e9
        for column, text in enumerate(phase.across):
            x = self.box(0, column).center().x() - kind.width(text) / 2
            x = min(x, self.inner_rect().right() - kind.width(text))
            if x > taken + _APART:
                painter.drawText(QPointF(x, fields.bottom() + 3 + ascent), text)
                taken = x + kind.width(text)
        taken = 1e9
        for row, text in enumerate(phase.up):
            y = self.box(row, 0).center().y() + kind.metrics.capHeight() / 2
            if y < taken - kind.height * 0.9:
                painter.drawText(QPointF(fields.left() - _APART - kind.width(text), y), text)
                taken = y
        painter.setFont(kind.bold)
        painter.setPen(QColor(theme.ink))
        across, up = phase.titles
        right = fields.right() - kind.bold_width(across)
        painter.drawText(QPointF(right, fields.bottom() + 5 + kind.height + ascent), across)
        painter.drawText(QPointF(2.0, ascent), up)

    # --- mouse and keys ---
    def look(self, field: tuple[int, int] | None) -> None:
        """Reads a field off, or none."""
        if field != self.at:
            self.at = field
            self.setAccessibleDescription("" if field is None else self.says(*field))
            announce(self)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        field = self.field_at(self.inner(event.position()))
        self.setCursor(Qt.CursorShape.ArrowCursor if field is None else Qt.CursorShape.PointingHandCursor)
        self.look(field)

    def leaveEvent(self, event: QEvent) -> None:
        self.look(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        field = self.field_at(self.inner(event.position()))
        if field is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key not in _KEYS or self.phase is None:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Escape:
            if self.at is None:
                event.ignore()
            self.look(None)
        elif key in _ARROWS:
            rows, columns = len(self.phase.up), len(self.phase.across)
            here = np.round(self.phase.here or (0, 0)).astype(int)
            (row, column), by = (self.at, _ARROWS[key]) if self.at is not None else (here, (0, 0))
            look = min(max(int(row) + by[0], 0), rows - 1), min(max(int(column) + by[1], 0), columns - 1)
            self.look(look)
        elif self.at is not None:
            self.chosen.emit(*self.at)


class _Items:
    """The fields for `explorer.widgets.accessible`, row by row."""

    def __init__(self, picture: PhasePicture) -> None:
        self._picture = picture

    def count(self) -> int:
        phase = self._picture.phase
        return 0 if phase is None else len(phase.up) * len(phase.across)

    def _field(self, k: int) -> tuple[int, int]:
        phase = self._picture.phase
        assert phase is not None
        return divmod(k, len(phase.across))

    def sentence(self, k: int) -> str:
        return self._picture.says(*self._field(k))

    def box(self, k: int) -> QRect:
        return self._picture.outer(self._picture.box(*self._field(k)))

    def focus(self) -> int:
        phase, at = self._picture.phase, self._picture.at
        return -1 if phase is None or at is None else at[0] * len(phase.across) + at[1]
