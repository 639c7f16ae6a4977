"""A matrix of values as a map of square cells that only shows, with the legend of its own scale below it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.heat.gradient import LEAST_GRID, GradientMap
from explorer.items.heat.small import square_cell
from explorer.items.signs import draw_signs, value_signs
from explorer.style.colours import image, legend, value_colours
from explorer.style.numbers import number
from explorer.style.theme import Theme

BAR, GAP = 6.0, 3.0  # px of the legend's height, and above it


class ValueMap(GradientMap):
    """`values` (rows, columns) coloured on ±`limit`, drawn anew when its numbers change."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = 1.0

    def show_values(self, values: NDArray[np.float64], limit: float) -> None:
        """Other numbers, on the scale ±limit."""
        if limit != self.limit or self.empty or not np.array_equal(values, self.values, equal_nan=True):
            self.limit = limit
            self.set_values(values, (-4.0, 0.0), False)

    def _legend_height(self) -> float:
        return BAR + GAP + self._type.height

    def _side(self) -> float:
        rows, columns = self._values.shape
        return square_cell(rows, columns, self.width() - 1.0, self.height() - 1.0 - self._legend_height())

    def paint(self, painter: QPainter, theme: Theme) -> None:
        rows, columns = self._values.shape
        side = self._side()
        whole = QRectF(0.0, 0.0, columns * side, rows * side)
        colours = value_colours(self._values, self.limit, theme)
        painter.drawImage(whole, image(colours))
        signs = value_signs(self._values)
        if signs is not None:
            draw_signs(painter, whole, signs, colours, theme)
        if side >= LEAST_GRID:
            painter.setPen(QPen(QColor(theme.line), 1.0))
            for row in range(rows + 1):
                painter.drawLine(QPointF(0.0, row * side), QPointF(whole.right(), row * side))
            for column in range(columns + 1):
                painter.drawLine(QPointF(column * side, 0.0), QPointF(column * side, whole.bottom()))
        self._paint_legend(painter, theme, whole.bottom() + GAP)

    def _paint_legend(self, painter: QPainter, theme: Theme, top: float) -> None:
        """The colours from −limit to +limit, with both ends below."""
        bar = QRectF(0.0, top, self.width() - 1.0, BAR)
        painter.drawImage(bar, legend("value", max(round(bar.width()), 1), theme))
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        text = f"±{number(self.limit, 2)}"
        place = QRectF(0.0, bar.bottom(), bar.width(), self._type.height)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
