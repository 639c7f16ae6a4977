"""The gradient of a matrix as a map of square cells in the ink of its decades, with signs where they can be read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.items.heat.small import square_cell
from explorer.items.signs import draw_signs, gradient_signs
from explorer.style.colours import gradient_colours, image
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

LEAST_GRID = 8.0  # px of a cell that hairlines set apart


class GradientMap(Painted):
    """`values` (rows, columns) over the decades `decades`; before there is any, empty cells. It is drawn anew when its
    numbers change, and only then."""

    hovered = Signal(int, int)  # (−1, −1) where the mouse has left
    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float64] = np.zeros((1, 1))
        self._decades = (-4.0, 0.0)
        self._empty, self._finished = True, False
        self.says: Callable[[int, int], str] = lambda row, column: ""  # a cell in words
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_values(
        self, values: NDArray[np.float64], decades: tuple[float, float], empty: bool, finished: bool = False
    ) -> None:
        """Other numbers. `empty`: none of them is there yet; `finished`: the sum is complete, and is outlined."""
        self._values, self._decades, self._empty, self._finished = values, decades, empty, finished
        self.update()

    @property
    def values(self) -> NDArray[np.float64]:
        """What is shown."""
        return self._values

    @property
    def empty(self) -> bool:
        """Whether nothing is there yet."""
        return self._empty

    def _side(self) -> float:
        rows, columns = self._values.shape
        return square_cell(rows, columns, self.width() - 1.0, self.height() - 1.0)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The cell at a point; None beside the map."""
        side = self._side()
        row, column = int(point.y() // side), int(point.x() // side)
        inside = 0 <= row < self._values.shape[0] and 0 <= column < self._values.shape[1]
        return (row, column) if inside else None

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        side = self._side()
        return QRectF(column * side, row * side, side, side)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        rows, columns = self._values.shape
        side = self._side()
        whole = QRectF(0.0, 0.0, columns * side, rows * side)
        if self._empty:
            painter.fillRect(whole, QColor(theme.empty_strip))
        else:
            colours = gradient_colours(self._values, *self._decades, theme)
            painter.drawImage(whole, image(colours))
            draw_signs(painter, whole, gradient_signs(self._values, 10.0 ** self._decades[0]), colours, theme)
        if side >= LEAST_GRID:
            painter.setPen(QPen(QColor(theme.panel if self._empty else theme.line), 1.0))
            for row in range(rows + 1):
                painter.drawLine(QPointF(0.0, row * side), QPointF(whole.right(), row * side))
            for column in range(columns + 1):
                painter.drawLine(QPointF(column * side, 0.0), QPointF(column * side, whole.bottom()))
        if self._finished:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.backward), 2.0))
            painter.drawRect(whole.adjusted(0.5, 0.5, 0.0, 0.0))

    # --- Qt ---
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hovered.emit(*(self.cell_at(event.position()) or (-1, -1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.chosen.emit(*cell)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(-1, -1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.says(*cell) if cell else "", self)
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(100, 100)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 20)
