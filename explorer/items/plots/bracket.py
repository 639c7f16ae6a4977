"""How much a curve has changed from one step to another: a bracket, and beside it the factor in large type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.items.plots.clear import KEPT, Line, crosses, free_box
from explorer.style.theme import Theme

GAP = 8.0  # px between the bracket and its text
NEAR = 2.0  # px between its level part and the words over or under it


@dataclass(frozen=True)
class Bracket:
    """Level from the point `start` to the column of `end`, then up or down to it. `factor` and `steps`: its words."""

    start: QPointF
    end: QPointF
    factor: str
    steps: str

    @property
    def line(self) -> Line:
        """Its three points, px."""
        return (
            np.array([self.end.x(), self.end.x(), self.start.x()]),
            np.array([self.end.y(), self.start.y(), self.start.y()]),
        )

    def one_line(self, large: QFont, small: QFont) -> tuple[float, float]:
        """px of the width and the height of its words beside each other."""
        wide, high = QFontMetricsF(large), QFontMetricsF(small)
        return wide.horizontalAdvance(self.factor + "  ") + high.horizontalAdvance(self.steps), wide.height()

    def text_place(
        self, large: QFont, small: QFont, room: QRectF, lines: Sequence[Line], taken: Sequence[QRectF] = ()
    ) -> tuple[QRectF, bool]:
        """Where the words stand, between the bracket's two ends and clear of the lines and of what is `taken`: the
        factor over the steps, or (True) in one line. In its corner, if they have room there, otherwise
        elsewhere along its level part; an empty place where there is none."""
        wide, high = QFontMetricsF(large), QFontMetricsF(small)
        two = max(wide.horizontalAdvance(self.factor), high.horizontalAdvance(self.steps))
        sizes = ((two, wide.height() + high.height(), False), (*self.one_line(large, small), True))
        left = self.end.x() + GAP
        between = QRectF(left, room.top(), self.start.x() - left, room.height())
        found = []
        for width, height, one_line in sizes:
            for at, top in self._corners(left, height):
                place = QRectF(at, top, width, height)
                hidden = any(crosses(line, place) for line in lines) or any(place.intersects(each) for each in taken)
                if not hidden and between.contains(place) and room.contains(place):
                    return place, one_line
            around = between.intersected(self.around(height))
            place = free_box(width, height, around, (*lines, self.line), taken, self._price(left, height))
            if not place.isEmpty():
                found.append((self._price(left, height)(place.left(), place.top()), place, one_line))
        _, place, one_line = min(found, key=lambda each: each[0], default=(0.0, QRectF(), False))
        return place, one_line

    def around(self, height: float) -> QRectF:
        """Right over and under its level part: the room of words of that height, which no curve parts from it."""
        reach = NEAR + KEPT + height
        return QRectF(self.end.x(), self.start.y() - reach, self.start.x() - self.end.x(), 2.0 * reach)

    def _corners(self, left: float, height: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the words begin in the bracket's corner: on the side of the curve, and on the other one."""
        below, above = (left, self.start.y() + NEAR), (left, self.start.y() - NEAR - height)
        return (below, above) if self.end.y() >= self.start.y() else (above, below)

    def _price(self, left: float, height: float):
        """Far from the level part costs more than far from its corner."""

        def price(at, top):
            beside = np.maximum(top - self.start.y(), self.start.y() - (top + height)) - NEAR
            return np.maximum(beside, 0.0) + 0.1 * (at - left)

        return price


def draw_bracket(
    painter: QPainter,
    bracket: Bracket,
    theme: Theme,
    large: QFont,
    small: QFont,
    room: QRectF,
    lines: Sequence[Line],
    taken: Sequence[QRectF] = (),
) -> QRectF:
    """Draws it and returns the place of its words, which others should avoid; nothing where these have no room."""
    place, one_line = bracket.text_place(large, small, room, lines, taken)
    if place.isEmpty():
        return place
    painter.setPen(QPen(QColor(theme.muted), 1.2))
    painter.drawPolyline([QPointF(x, y) for x, y in zip(*bracket.line, strict=True)])
    draw_words(painter, bracket, theme, large, small, place, one_line)
    return place


def draw_words(
    painter: QPainter, bracket: Bracket, theme: Theme, large: QFont, small: QFont, place: QRectF, one_line: bool
) -> None:
    """The factor and, under it or beside it, in how many steps."""
    height = QFontMetricsF(large).height()
    left, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
    painter.setPen(QColor(theme.ink))
    painter.setFont(large)
    painter.drawText(QRectF(place.left(), place.top(), place.width(), height), left, bracket.factor)
    painter.setPen(QColor(theme.muted))
    painter.setFont(small)
    if one_line:
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, bracket.steps)
    else:
        painter.drawText(place.adjusted(0, height, 0, 0), left, bracket.steps)
