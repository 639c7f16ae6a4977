"""A small picture of a product: the vector, the matrix with the selected row or column framed, and what they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from explorer.style.colours import gradient_colours, image, value_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

Array = NDArray[np.float64]
LARGEST_CELL, SMALLEST_CELL, MOST_HEIGHT = 13.0, 2.0, 96.0
LEFT, GAP = 4.0, 14.0


@dataclass(frozen=True, eq=False)
class ProductNumbers:
    """Σ_j first_j · second_j = total: a row (n,) and a column (n,), in the order in which they are written.

    `heads`: their symbols; `title`: the product in words. `kinds`: "value", "gradient", or "input" for what the
    data give. `weight`: which of the two is
    the parameter's, 0 or 1; None where neither is. `matrix`: all of it (rows, columns), in the product's layout, with
    `unit` the row of it, or the column, that makes this number.
    """

    title: str
    heads: tuple[str, str]
    kinds: tuple[str, str]
    first: Array
    second: Array
    total: float
    weight: int | None = None
    matrix: Array | None = None
    unit: int = 0

    @property
    def gradient(self) -> bool:
        return "gradient" in self.kinds

    @property
    def products(self) -> Array:
        """Element by element, (n,)."""
        with np.errstate(all="ignore"):
            return self.first * self.second

    @property
    def running(self) -> Array:
        """Their sum so far, (n,)."""
        with np.errstate(all="ignore"):
            return np.cumsum(self.products)


def picture_height(shown: ProductNumbers, width: float) -> float:
    """Its height in a widget that is so wide; 0 where there is no matrix, or it has too many entries to be seen."""
    cell = _cell(shown, width)
    if not cell or shown.matrix is None:
        return 0.0
    rows, columns = shown.matrix.shape
    return (rows if _row_first(shown) else max(rows, columns)) * cell + 10


def _row_first(shown: ProductNumbers) -> bool:
    """Whether the vector is a row and stands before the matrix."""
    return shown.weight == 1


def _cell(shown: ProductNumbers, width: float) -> float:
    if shown.matrix is None:
        return 0.0
    rows, columns = shown.matrix.shape
    across = columns + rows + columns if _row_first(shown) else columns + 2
    down = rows if _row_first(shown) else max(rows, columns)
    side = min(LARGEST_CELL, (width - 2 * LEFT - 2 * GAP) / across, MOST_HEIGHT / down)
    return side if side >= SMALLEST_CELL else 0.0


def paint_picture(
    painter: QPainter, shown: ProductNumbers, top: float, width: float, limits: Mapping[str, float], theme: Theme
) -> None:
    """Vector · matrix = vector, or matrix · vector = vector. `limits`: on which ±limit each kind is coloured."""
    cell, matrix = _cell(shown, width), shown.matrix
    if not cell or matrix is None:
        return
    rows, columns = matrix.shape
    y, gap = top + 3, GAP
    if _row_first(shown):
        vector, kind = shown.first[None, :], shown.kinds[0]
        line = QRectF(LEFT, y, rows * cell, cell)
        whole = QRectF(line.right() + gap, y, columns * cell, rows * cell)
        part = QRectF(whole.x() + shown.unit * cell, y, cell, rows * cell)
        result = QRectF(whole.right() + gap, y, columns * cell, cell)
        made = QRectF(result.x() + shown.unit * cell, y, cell, cell)
    else:
        vector, kind = shown.second[:, None], shown.kinds[1]
        whole = QRectF(LEFT, y, columns * cell, rows * cell)
        part = QRectF(LEFT, y + shown.unit * cell, columns * cell, cell)
        line = QRectF(whole.right() + gap, y, cell, columns * cell)
        result = QRectF(line.right() + gap, y, cell, rows * cell)
        made = QRectF(result.x(), y + shown.unit * cell, cell, cell)
    strong = QColor(theme.backward if shown.gradient else theme.forward)
    _cells(painter, vector, line, kind, limits, theme)
    _cells(painter, matrix, whole, "value", limits, theme)
    painter.fillRect(result, QColor(theme.empty_strip))
    painter.fillRect(made, strong)
    painter.setPen(QColor(theme.muted))
    metrics = QFontMetricsF(painter.font())
    for x, sign in ((min(line.right(), whole.right()), "·"), (max(line.right(), whole.right()), "=")):
        painter.drawText(QPointF(x + (gap - metrics.horizontalAdvance(sign)) / 2, y + metrics.ascent() - 2), sign)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
    for each in (whole, result, line):
        painter.drawRect(each)
    painter.setPen(QPen(strong, 2))
    painter.drawRect(part)


def _cells(painter: QPainter, array: Array, box: QRectF, kind: str, limits: Mapping[str, float], theme: Theme) -> None:
    gradient = kind == "gradient"
    colours = gradient_colours(array, LOW, HIGH, theme) if gradient else value_colours(array, limits[kind], theme)
    painter.drawImage(box, image(colours))
