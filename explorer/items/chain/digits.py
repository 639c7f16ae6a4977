"""Numbers in the nodes, where a node has room for all of its own: in the strips, or as a table of its units.

Nodes of one or two units have them by themselves; others where they are asked for.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.items.chain.layout import HAND_COLUMN, HAND_SIZED, ChainLayout, Detail
from explorer.items.chain.rows import RowPicture
from explorer.style.colours import ink_on
from explorer.style.numbers import number

MOST_STEPS = 40
LEAST_PX = 9  # of the digits; smaller ones are not read
TALL = 1.05  # the height of a line of a table, in px of its digits
SPARE = 4.0  # px beside a number


class Written(NamedTuple):
    """How a row's numbers are written: their px and significant digits. `table`: a line for each unit, its value beside
    its gradient, of which the values take `share` of the width; otherwise in the strips."""

    px: int
    digits: int
    table: bool = False
    share: float = 1.0


class NodeDigits:
    """Which rows of a layout show their numbers, and how. Worked out once for a layout."""

    def __init__(self, layout: ChainLayout, px: int, least: int = LEAST_PX) -> None:
        """`px`, `least`: how large they are, and how small they may become."""
        self.layout, self.px, self.least = layout, px, least

    @cached_property
    def rows(self) -> dict[int, Written]:
        """By row, for those that show them."""
        layout = self.layout
        first, last = layout.columns.visible()
        if layout.detail is not Detail.FULL or last - first >= MOST_STEPS:
            return {}
        if not layout.digits and (layout.column < HAND_COLUMN or layout.scene.steps > MOST_STEPS):
            return {}
        found = {k: self._written(k, row) for k, row in enumerate(layout.scene.rows)}
        return {k: each for k, each in found.items() if each.px >= self.least}

    @property
    def sizes(self) -> dict[int, int]:
        """The px of the digits by row."""
        return {k: each.px for k, each in self.rows.items()}

    def _written(self, index: int, row: RowPicture) -> Written:
        """With three digits as large as they fit; where they are asked for also with two, and as a table."""
        if row.units > HAND_SIZED and not self.layout.digits:
            return Written(0, 3)
        found = Written(0, 3)
        for digits in (3, 2) if self.layout.digits else (3,):
            for each in (self._in_strips(index, row, digits), self._as_table(index, row, digits)):
                if each.px > found.px and found.px < self.least:
                    found = each
        return found

    def _in_strips(self, index: int, row: RowPicture, digits: int) -> Written:
        """At the largest px at which every number stands in its field."""
        upper, lower = self.layout.strips(index, self.layout.node(index, 1))
        room = upper.width() / row.units - SPARE
        height = min(upper.height(), (lower or upper).height()) / len(row.lines)
        values, gradients = self._texts(row, digits)
        return Written(self._largest([*values, *gradients], room, height), digits)

    def _as_table(self, index: int, row: RowPicture, digits: int) -> Written:
        """The same with a line for each unit, values and gradients in two columns."""
        if not self.layout.digits or len(row.lines) > 1:
            return Written(0, digits)
        inner = self._inner(self.layout.node(index, 1), index)
        values, gradients = self._texts(row, digits)
        metrics = QFontMetricsF(_font(self.least))
        widths = [max(map(metrics.horizontalAdvance, texts), default=0.0) + SPARE for texts in (values, gradients)]
        share = widths[0] / sum(widths) if gradients else 1.0
        room = inner.width() / sum(widths if gradients else widths[:1])  # of what the smallest need
        if room < 1.0:
            return Written(0, digits)
        px = min(int(inner.height() / row.units / TALL), int(self.least * room), self.px)
        return Written(px, digits, True, share)

    def _largest(self, texts: list[str], room: float, height: float) -> int:
        """0 where no readable size fits."""
        for px in range(min(self.px, int(height)), self.least - 1, -1):
            metrics = QFontMetricsF(_font(px))
            if metrics.ascent() <= height and max(map(metrics.horizontalAdvance, texts), default=0.0) <= room:
                return px
        return 0

    def _inner(self, node: QRectF, index: int) -> QRectF:
        upper, lower = self.layout.strips(index, node)
        return upper.united(lower) if lower is not None else upper

    def _texts(self, row: RowPicture, digits: int = 3) -> tuple[list[str], list[str]]:
        """Those of the visible columns' values and gradients."""
        first, last = self.layout.columns.visible()
        there = np.flatnonzero(row.present[first - 1 : last]) + first - 1
        gradients = [] if row.gradients is None else row.gradients[there].ravel().tolist()
        return (
            [number(each, digits) for each in row.values[there].ravel().tolist()],
            [number(each, digits) for each in gradients],
        )

    def draw(self, painter: QPainter, index: int, strip: QRectF, values: np.ndarray, colours: np.ndarray) -> None:
        """The numbers (lines, n) of one strip over their colours (lines, n), packed."""
        written = self.rows[index]
        painter.setFont(_font(written.px))
        lines, units = values.shape
        width, height = strip.width() / units, strip.height() / lines
        for line in range(lines):
            for unit in range(units):
                place = QRectF(strip.x() + unit * width, strip.y() + line * height, width, height)
                self._number(painter, place, values[line, unit], colours[line, unit], written.digits)

    def draw_table(self, painter: QPainter, index: int, t: int, forward: bool, backward: bool, empty: QColor) -> None:
        """The node of a row that is a table: of step t the values, and where it is there the gradient."""
        row, written = self.layout.scene.rows[index], self.rows[index]
        painter.setFont(_font(written.px))
        for column, values, colours, there in (
            (0, row.values, row.value_colours, forward),
            (1, row.gradients, None if row.gradients is None else row.gradient_colours, backward),
        ):
            if values is None or colours is None:
                continue
            for unit in range(row.units):
                field = self.field(index, t, unit, column)
                painter.fillRect(field, QColor.fromRgb(int(colours[t - 1, 0, unit])) if there else empty)
                if there:
                    self._number(painter, field, values[t - 1, 0, unit], colours[t - 1, 0, unit], written.digits)

    def field(self, index: int, t: int, unit: int, column: int) -> QRectF:
        """The place of a number in a table: of a unit the value (column 0) or the gradient (1)."""
        inner, row = self._inner(self.layout.node(index, t), index), self.layout.scene.rows[index]
        width, height = inner.width() * self.rows[index].share, inner.height() / row.units
        left = inner.x() + (width if column else 0.0)
        return QRectF(left, inner.y() + unit * height, inner.width() - width if column else width, height - 0.8)

    @staticmethod
    def _number(painter: QPainter, place: QRectF, value: float, colour: int, digits: int) -> None:
        painter.setPen(ink_on(QColor.fromRgb(int(colour))))
        painter.drawText(place.adjusted(0, -4, 0, 4), Qt.AlignmentFlag.AlignCenter, number(float(value), digits))


def _font(px: int) -> QFont:
    font = QFont()
    font.setPixelSize(px)
    return font
