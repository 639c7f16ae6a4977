"""The triangle of contributions: one row for each t, the last at the top, one column for each k ≤ t."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.items.chain.painter import runs
from explorer.items.hatch import draw_hatch
from explorer.style.colours import Colours, growing, image, ink_on, reach_colours
from explorer.style.theme import Theme

GAPS_FROM, GAP = 6.0, 1.0  # px of a cell, px between cells
LEAST_NUMBER = 20.0  # px of a cell that may have its number
TALLEST = 60.0  # px of a row


@dataclass(frozen=True, eq=False)
class Triangle:
    """Geometry of the map. `rows`: the steps t of its rows, ascending; `steps`: T. Rows lie from the rect's top."""

    rows: NDArray
    steps: int
    rect: QRectF
    first: float  # steps left of the rect's left edge
    column: float
    before: int = 0  # so many columns come before the first step, and have no cell

    @property
    def row(self) -> float:
        """px of a row."""
        return min(self.rect.height() / max(len(self.rows), 1), TALLEST)

    def y(self, index: int) -> float:
        """px of the upper edge of row `index` (0 is the smallest t, at the bottom)."""
        return self.rect.top() + (len(self.rows) - 1 - index) * self.row

    def index_of(self, t: int) -> int:
        """The row that shows step t, or the next one later where rows are sampled."""
        return min(int(np.searchsorted(self.rows, t)), len(self.rows) - 1)

    def cell(self, index: int, k: float) -> QRectF:
        """A cell with its share of the gaps."""
        return QRectF(self.rect.left() + (k - 1 - self.first) * self.column, self.y(index), self.column, self.row)

    def span(self, index: int) -> QRectF:
        """All cells of a row, as far as they are in sight."""
        whole = self.cell(index, self.before + 1)
        whole.setWidth(float(self.rows[index] - self.before) * self.column)
        return whole.intersected(self.rect.adjusted(0, -1, 0, 1))

    def hit(self, place: QPointF) -> tuple[int, int] | None:
        """(row index, k) under a point; None beside the triangle."""
        if not self.rect.contains(place) or not len(self.rows):
            return None
        index = len(self.rows) - 1 - int((place.y() - self.rect.top()) // self.row)
        k = int((place.x() - self.rect.left()) / self.column + self.first) + 1
        return (index, k) if 0 <= index < len(self.rows) and self.before < k <= self.rows[index] else None


def triangle_colours(rows: NDArray, decades: NDArray, theme: Theme, before: int = 0) -> Colours:
    """(rows, steps), 0xAARRGGBB with the last t in the first row; transparent where k > t or k ≤ `before`."""
    colours, k = reach_colours(decades, theme), np.arange(1, decades.shape[1] + 1)
    nothing = (k > rows[:, None]) | (k <= before)
    return np.ascontiguousarray(np.where(nothing, np.uint32(0), colours)[::-1])


def draw_triangle(painter: QPainter, place: Triangle, colours: Colours, decades: NDArray, theme: Theme) -> None:
    """All cells in sight: one by one with gaps where they are large, else as one picture; what has grown is hatched.

    colours: of `triangle_colours`; decades: (rows, steps).
    """
    first = max(int(place.first), place.before)
    last = min(int(np.ceil(place.first + place.rect.width() / place.column)), place.steps)
    painter.save()
    painter.setClipRect(place.rect)
    grown = growing(decades[:, first:last])
    if place.column >= GAPS_FROM and place.row >= GAPS_FROM:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, t in enumerate(place.rows):
            line = colours[len(place.rows) - 1 - index]
            for k in range(first + 1, min(last, int(t)) + 1):
                cell = place.cell(index, k).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
                painter.fillRect(cell, int(line[k - 1]))
    else:
        whole = _image(colours)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.column < 1.0 or place.row < 1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        left, width = place.cell(0, first + 1).left(), (last - first) * place.column
        target = QRectF(left, place.rect.top(), width, len(place.rows) * place.row)
        painter.drawImage(target, whole, QRectF(first, 0, last - first, len(place.rows)))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    for index in np.flatnonzero(grown.any(axis=1)).tolist():
        ends = ((place.cell(index, first + 1 + k) for k in run) for run in runs(grown[index]))
        draw_hatch(painter, (left.united(right) for left, right in ends), theme)
    painter.restore()


def draw_row(
    painter: QPainter, place: Triangle, decades: NDArray, texts: Callable[[float], tuple[str, ...]], theme: Theme
) -> None:
    """The one row of a place, (steps,), each cell with the first of its texts that fits; what has grown is hatched
    below its number."""
    t, grown = int(place.rows[0]), growing(decades)
    colours = reach_colours(decades, theme)
    first = max(int(place.first), place.before)
    last = min(int(np.ceil(place.first + place.rect.width() / place.column)), t)
    painter.save()
    painter.setClipRect(place.rect)
    if place.column >= GAPS_FROM:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for k in range(first + 1, last + 1):
            said = texts(float(decades[k - 1])) if place.column >= LEAST_NUMBER else ()
            _draw_cell(painter, place.cell(0, k), int(colours[k - 1]), said, bool(grown[k - 1]), theme)
    elif last > first:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.column < 1.0)
        cells = place.cell(0, first + 1).united(place.cell(0, last))
        painter.drawImage(cells, image(colours[None, first:last]))
        ends = ((place.cell(0, first + 1 + k) for k in run) for run in runs(grown[first:last]))
        draw_hatch(painter, (left.united(right) for left, right in ends), theme)
    painter.restore()


def _draw_cell(
    painter: QPainter, cell: QRectF, packed: int, texts: tuple[str, ...], grown: bool, theme: Theme
) -> None:  # fmt: skip
    metrics, colour = painter.fontMetrics(), QColor.fromRgb(packed)
    cell = cell.adjusted(GAP / 2, 0, -GAP / 2, 0)
    painter.fillRect(cell, colour)
    text = next((each for each in texts if metrics.horizontalAdvance(each) <= cell.width() - 4), "")
    band = min(0.3 * cell.height(), 8.0) if text else cell.height()
    if grown:
        draw_hatch(painter, [cell.adjusted(0, cell.height() - band, 0, 0)], theme)
    if text:
        painter.setPen(ink_on(colour))
        painter.drawText(cell.adjusted(0, 0, 0, -band if grown else 0), Qt.AlignmentFlag.AlignCenter, text)


def _image(colours: Colours) -> QImage:
    rows, columns = colours.shape
    # 0 or opaque: premultiplied is the same. copy(): a QImage over a foreign buffer dangles once the array is gone.
    return QImage(colours.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied).copy()
