"""The weights of attention as a matrix: a row for each step that writes, a column for each step that is read.

Painted once per change; rows are shown or not by clipping. Cells have their numbers where there is room, gradients
their signs where there is a little less, and thousands of cells are one picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from explorer.style.colours import Colours, ink_on
from explorer.style.numbers import MINUS, power
from explorer.style.theme import Theme

GAPS_FROM, GAP = 6.0, 1.0  # px of a cell, px between cells
SIGNS_FROM = 9.0  # px of a cell
TALLEST, WIDEST = 44.0, 200.0  # px of a row, of a column


@dataclass(frozen=True)
class MatrixFrame:
    """Where a matrix lies, px: `rect` is what of it is in sight, `left` the left edge of its first column (it may lie
    beyond the rect)."""

    rect: QRectF
    left: float
    column: float
    rows: int
    columns: int

    @property
    def row(self) -> float:
        """px of a row."""
        return min(self.rect.height() / max(self.rows, 1), TALLEST)

    def cell(self, i: int, j: int) -> QRectF:
        """The cell of row i and column j (both from 0)."""
        return QRectF(self.left + j * self.column, self.rect.top() + i * self.row, self.column, self.row)

    def span(self, first: int, last: int) -> QRectF:
        """Rows first … last (from 0), as far as they are in sight."""
        whole = QRectF(self.left, self.rect.top() + first * self.row, self.columns * self.column, 0.0)
        whole.setHeight((last - first + 1) * self.row)
        return whole.intersected(self.rect.adjusted(0, -1, 0, 1))

    def hit(self, place: QPointF) -> tuple[int, int] | None:
        """(i, j) under a point; None beside the matrix."""
        if not self.rect.contains(place):
            return None
        i, j = int((place.y() - self.rect.top()) // self.row), int((place.x() - self.left) // self.column)
        return (i, j) if 0 <= i < self.rows and 0 <= j < self.columns else None

    def visible(self) -> range:
        """The columns (from 0) in sight."""
        first = max(0, int((self.rect.left() - self.left) / self.column))
        last = min(self.columns, int(np.ceil((self.rect.right() - self.left) / self.column)))
        return range(first, max(first, last))


def draw_matrix(
    painter: QPainter, frame: MatrixFrame, colours: Colours, texts: Callable[[int, int], str] | None, font: QFont
) -> None:
    """`colours` (rows, columns), 0xAARRGGBB, transparent where there is no cell. `texts(i, j)` is what stands in a
    cell; None: nothing."""
    painter.save()
    painter.setClipRect(frame.rect.adjusted(-1, -1, 1, 1))
    seen = frame.visible()
    if frame.column >= GAPS_FROM and frame.row >= GAPS_FROM:
        painter.setFont(font)
        for i in range(frame.rows):
            for j in seen:
                colour = QColor.fromRgba(int(colours[i, j]))
                if not colour.alpha():
                    continue
                box = frame.cell(i, j).adjusted(GAP / 2, GAP / 2, -GAP / 2, -GAP / 2)
                painter.fillRect(box, colour)
                text = texts(i, j) if texts is not None else ""
                if text:
                    painter.setPen(ink_on(colour))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    elif len(seen):
        part = np.ascontiguousarray(colours[:, seen.start : seen.stop])
        image = QImage(part.data, part.shape[1], part.shape[0], 4 * part.shape[1], QImage.Format.Format_ARGB32)
        box = QRectF(frame.cell(0, seen.start).topLeft(), frame.cell(frame.rows - 1, seen.stop - 1).bottomRight())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, image)
    painter.restore()


def weight_texts(values: NDArray, frame: MatrixFrame, font: QFont) -> Callable[[int, int], str] | None:
    """ ".62" or "0.62" where a cell has room for it; a weight that is not 0 is never shown as 0."""
    metrics = QFontMetricsF(font)
    if frame.row < metrics.height():
        return None
    long = frame.column >= metrics.horizontalAdvance("0.00") + 4
    if not long and frame.column < metrics.horizontalAdvance(".00") + 3:
        return None

    def text(i: int, j: int) -> str:
        value = float(values[i, j])
        if not np.isfinite(value):
            return "–"
        if 0.0 < value < 0.005:
            return ""  # its colour says as much, and 0.00 would say less
        shown = f"{value:.2f}"
        return shown if long or not shown.startswith("0.") else shown[1:]

    return text


def gradient_texts(values: NDArray, frame: MatrixFrame, font: QFont) -> Callable[[int, int], str] | None:
    """ "+2.5·10⁻³" where a cell has room for it, else its sign alone."""
    metrics = QFontMetricsF(font)
    if frame.row < min(metrics.height(), SIGNS_FROM + 1) or frame.column < SIGNS_FROM:
        return None
    whole = frame.row >= metrics.height() and frame.column >= metrics.horizontalAdvance("+0.0·10⁻⁰⁰") + 4

    def text(i: int, j: int) -> str:
        value = float(values[i, j])
        if not np.isfinite(value) or value == 0.0:
            return ""
        return power(value, 2, sign=True) if whole else "+" if value > 0.0 else MINUS

    return text


def draw_rows(
    painter: QPainter, frame: MatrixFrame, names: Sequence[str], font: QFont, theme: Theme, room: float
) -> None:
    """The rows' names to the left of the matrix, right-aligned in `room` px; as many as there is height for."""
    lowest = frame.rect.bottom() + 3
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    height = QFontMetricsF(font).height()
    every = max(1, int(np.ceil((0.9 * height if frame.row > 0.6 * height else height + 4) / frame.row)))
    for i in range(0, frame.rows, every):
        top = min(max(frame.cell(i, 0).center().y() - height / 2, frame.rect.top() - 3), lowest - height)
        box = QRectF(frame.rect.left() - room, top, room - 6, height)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, names[i])


def draw_columns(painter: QPainter, frame: MatrixFrame, names: Sequence[str], font: QFont, theme: Theme) -> None:
    """The columns' names above the matrix, as many as there is width for."""
    painter.setFont(font)
    painter.setPen(QColor(theme.muted))
    metrics = QFontMetricsF(font)
    widest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
    every = max(1, int(np.ceil((widest + 4) / frame.column)))
    for j in frame.visible():
        if j % every == 0:
            middle = frame.cell(0, j).center().x()
            if frame.rect.left() - 1 <= middle <= frame.rect.right() + 1:
                width = metrics.horizontalAdvance(names[j])
                left = max(middle - width / 2, frame.rect.left())  # beside the caption in the corner, not on it
                painter.drawText(QPointF(left, frame.rect.top() - 1 - metrics.descent()), names[j])


def outline(painter: QPainter, box: QRectF, colour: str, width: float, halo: str) -> None:
    """A frame that stands out from every colour beneath it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(halo), width + 2.0))
    painter.drawRect(box)
    painter.setPen(QPen(QColor(colour), width))
    painter.drawRect(box)
