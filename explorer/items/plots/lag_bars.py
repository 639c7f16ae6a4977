"""Each step's signed share of a gradient over time, as bars over the steps; the later ones can be brushed away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.colours import share_colours
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted, draw_focus

_OWN = frozenset((Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight, Qt.Key.Key_Delete))
LEAST_BAR = 1.0  # px


class LagBars(Painted):
    """`shares` (n,) of the columns `first` … first + n − 1; NaN where none is known yet. `brushed` (n,) bool: what has
    been brushed away, and is pale. A drag brushes, a click on the same place takes the brush away."""

    brushed_to = Signal(int)  # the column from which on (in the order of the backward pass) addends are left; 0: all
    own_keys, focus_radius = _OWN, None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: NDArray[np.float64] = np.zeros(0)
        self._brushed: NDArray[np.bool_] = np.zeros(0, dtype=bool)
        self._first, self._at, self._falling, self._drag = 1, 0, True, False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_shares(
        self, shares: NDArray[np.float64], first: int, brushed: NDArray[np.bool_], at: int, falling: bool
    ) -> None:
        """Other shares, or another brush, which stands at column `at` (0: there is none). `falling`: the backward pass
        comes from the last column."""
        self._shares, self._first, self._brushed, self._at, self._falling = shares, first, brushed, at, falling
        self.update()

    # --- geometry ---
    @property
    def plot(self) -> QRectF:
        """Where the bars are, above the first and the last step's numbers."""
        return QRectF(1.0, 2.0, self.width() - 2.0, self.height() - self._type.height - 4.0)

    def _scale(self) -> tuple[float, float]:
        """What the bottom and the top of the plot stand for."""
        finite = self._shares[np.isfinite(self._shares)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
        return (low, high) if high > low else (0.0, 1.0)

    def rects_of(self, places: NDArray[np.intp]) -> list[QRectF]:
        """The bars of the shares at some places (from 0)."""
        plot, (low, high) = self.plot, self._scale()
        width = plot.width() / max(len(self._shares), 1)
        unit = plot.height() / (high - low)
        zero, gap = plot.bottom() + low * unit, min(2.0, width * 0.2)
        values = self._shares[places]
        ends = zero - np.where(np.isfinite(values), values, 0.0) * unit
        tops, bottoms = np.minimum(zero, ends), np.maximum(zero, ends)
        lefts, wide = plot.left() + places * width + gap / 2, max(width - gap, LEAST_BAR)
        bars = zip(lefts.tolist(), tops.tolist(), (bottoms - tops).tolist(), strict=True)
        return [QRectF(left, top, wide, high) for left, top, high in bars]

    def column_at(self, x: float) -> int:
        """The column under a place."""
        plot = self.plot
        place = int((x - plot.left()) / plot.width() * len(self._shares))
        return self._first + min(max(place, 0), len(self._shares) - 1)

    # --- Qt ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        plot = self.plot
        low, high = self._scale()
        zero = plot.bottom() + low * plot.height() / (high - low)
        full, _, pale = (QColor(each) for each in share_colours(theme))
        painter.fillRect(plot, QColor(theme.empty_strip))
        painter.setPen(Qt.PenStyle.NoPen)
        drawn = self._drawn(plot)
        for colour, brushed in ((full, False), (pale, True)):
            painter.setBrush(colour)
            painter.drawRects(self.rects_of(drawn[self._brushed[drawn] == brushed]))
        painter.setPen(QPen(QColor(theme.muted), 1.0))
        painter.drawLine(QPointF(plot.left(), round(zero) + 0.5), QPointF(plot.right(), round(zero) + 0.5))
        self._brush(painter, plot, theme)
        self._ends(painter, plot, theme)
        if self.hasFocus():
            draw_focus(painter, QRectF(self.rect()), theme)

    def _drawn(self, plot: QRectF) -> NDArray[np.intp]:
        """The places whose bars are seen: of several on one px the longest."""
        sizes = np.where(np.isfinite(self._shares), np.abs(self._shares), 0.0)
        places = np.flatnonzero(sizes)
        if len(self._shares) <= plot.width():
            return places
        order = places[np.argsort(sizes[places], kind="stable")]
        pixels = (order * plot.width() / len(self._shares)).astype(int)
        longest = dict(zip(pixels.tolist(), order.tolist(), strict=True))  # the last of a px is its longest
        return np.array(sorted(longest.values()), dtype=np.intp)

    def _brush(self, painter: QPainter, plot: QRectF, theme: Theme) -> None:
        """A line where the brush stands."""
        if not self._at:
            return
        width = plot.width() / max(len(self._shares), 1)
        x = plot.left() + (self._at - self._first + (1 if self._falling else 0)) * width
        painter.setPen(QPen(QColor(theme.ink), 2.0))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _ends(self, painter: QPainter, plot: QRectF, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        base = self.height() - self._type.metrics.descent()
        last = self._first + len(self._shares) - 1
        painter.drawText(QPointF(plot.left(), base), f"t = {self._first}")
        if last > self._first:
            text = str(last)
            painter.drawText(QPointF(plot.right() - self._type.width(text), base), text)
        if self._at and self._first < self._at < last:
            text = str(self._at)
            width = plot.width() / len(self._shares)
            x = plot.left() + (self._at - self._first + 0.5) * width - self._type.width(text) / 2
            left, right = plot.left() + self._type.width(f"t = {self._first}") + 6, plot.right() - 6
            if left <= x and x + self._type.width(text) <= right - self._type.width(str(last)):
                painter.drawText(QPointF(x, base), text)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self.setToolTip(self.says())
        return super().event(event)

    def says(self) -> str:
        """What it shows, in words."""
        return self.accessibleDescription()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._shares):
            column = self.column_at(event.position().x())
            self._drag = column != self._at
            self.brushed_to.emit(column if self._drag else 0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag and event.buttons() & Qt.MouseButton.LeftButton:
            column = self.column_at(event.position().x())
            if column != self._at:
                self.brushed_to.emit(column)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = self._first + len(self._shares) - 1
        begin = last if self._falling else self._first
        moves = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}
        if event.key() in moves:
            column = (self._at or begin) + moves[Qt.Key(event.key())]
            self.brushed_to.emit(min(max(column, self._first), last))
        elif event.key() == Qt.Key.Key_Delete:
            self.brushed_to.emit(0)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(180, round(3.2 * self._type.height) if self._theme else 48)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())
