"""Numbers in the nodes, where a node has one or two units and room for them: the value above, its gradient below."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.items.chain.layout import HAND_COLUMN, HAND_SIZED, ChainLayout, Detail
from explorer.items.chain.rows import RowPicture
from explorer.style.colours import ink_on
from explorer.style.numbers import number

MOST_STEPS = 40
LEAST_PX = 9  # of the digits; smaller ones are not read


class NodeDigits:
    """Which rows of a layout show their numbers, how large, and what they are. Worked out once for a layout."""

    def __init__(self, layout: ChainLayout, px: int, least: int = LEAST_PX) -> None:
        """`px`, `least`: how large they are, and how small they may become."""
        self.layout, self.px, self.least = layout, px, least

    @cached_property
    def sizes(self) -> dict[int, int]:
        """The px of the digits by row, for the rows that show them."""
        layout = self.layout
        if layout.detail is not Detail.FULL or layout.column < HAND_COLUMN or layout.scene.steps > MOST_STEPS:
            return {}
        found = {}
        for k, row in enumerate(self.layout.scene.rows):
            size = self._size(k, row)
            if size >= self.least:
                found[k] = size
        return found

    def _size(self, index: int, row: RowPicture) -> int:
        """The largest px at which every number of a row stands in its place; 0 where none is readable."""
        if row.units > HAND_SIZED:
            return 0
        upper, lower = self.layout.strips(index, self.layout.node(index, 1))
        room, height = upper.width() / row.units - 4, min(upper.height(), (lower or upper).height()) / len(row.lines)
        texts = [text for t in range(1, row.values.shape[0] + 1) for text in self._texts(row, t)]
        for px in range(min(self.px, int(height)), self.least - 1, -1):
            metrics = QFontMetricsF(_font(px))
            if metrics.ascent() <= height and max(map(metrics.horizontalAdvance, texts), default=0.0) <= room:
                return px
        return 0

    @staticmethod
    def _texts(row: RowPicture, t: int) -> list[str]:
        if not row.present[t - 1]:
            return []
        numbers = list(row.values[t - 1].flat)
        if row.gradients is not None:
            numbers += list(row.gradients[t - 1].flat)
        return [number(float(each), 3) for each in numbers]

    def draw(self, painter: QPainter, index: int, strip: QRectF, values: np.ndarray, colours: np.ndarray) -> None:
        """The numbers (lines, n) of one strip over their colours (lines, n), packed."""
        painter.setFont(_font(self.sizes[index]))
        lines, units = values.shape
        width, height = strip.width() / units, strip.height() / lines
        for line in range(lines):
            for unit in range(units):
                painter.setPen(ink_on(QColor.fromRgb(int(colours[line, unit]))))
                place = QRectF(strip.x() + unit * width, strip.y() + line * height - 4, width, height + 8)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number(float(values[line, unit]), 3))


def _font(px: int) -> QFont:
    font = QFont()
    font.setPixelSize(px)
    return font
