"""How much a curve has changed from one step to another: a bracket, and beside it the factor in large type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.items.plots.end_labels import Line
from explorer.style.theme import Theme

GAP = 8.0  # px between the bracket and its text
SHARES = (0.25, 0.5, 0.75, 1.0)  # of the level part, where its words may begin besides its corner


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
        self,
        large: QFont,
        small: QFont,
        room: QRectF,
        curve: Line,
        taken: Sequence[QRectF] = (),
        others: Sequence[Line] = (),
    ) -> tuple[QRectF, bool]:
        """Where the words stand, in the bracket's corner or further along its level part, on either side of it, clear
        of the curve and of what is `taken`, and of the `others` where that can be: the factor over the steps, or (True)
        in one line; an empty place where there is no room for either."""
        wide, high = QFontMetricsF(large), QFontMetricsF(small)
        falls = self.end.y() >= self.start.y()
        left = self.end.x() + GAP
        two = max(wide.horizontalAdvance(self.factor), high.horizontalAdvance(self.steps))
        sizes = ((two, wide.height() + high.height(), False), (*self.one_line(large, small), True))
        possible = []
        for width, height, one_line in sizes:
            along = self.start.x() - width - left
            for at in (left, *(left + share * along for share in SHARES)) if along >= 0 else ():
                for below in (falls, not falls):
                    top = self.start.y() + 2 if below else self.start.y() - 2 - height
                    place = QRectF(at, top, width, height)
                    clear = not any(place.intersects(each) for each in taken) and not _crosses(curve, place)
                    if clear and room.contains(place):
                        possible.append((place, one_line))
        free = (each for each in possible if not any(_crosses(other, each[0]) for other in others))
        return next(free, possible[0] if possible else (QRectF(), False))


def _crosses(curve: Line, place: QRectF) -> bool:
    """Whether a line runs through a place, or passes it closely."""
    x = np.linspace(place.left() - 4, place.right() + 4, 12)
    y = np.interp(x, *curve)
    return bool(((y > place.top() - 4) & (y < place.bottom() + 4)).any())


def draw_bracket(
    painter: QPainter,
    bracket: Bracket,
    theme: Theme,
    large: QFont,
    small: QFont,
    room: QRectF,
    curve: Line,
    taken: Sequence[QRectF] = (),
    others: Sequence[Line] = (),
) -> QRectF:
    """Draws it and returns the place of its words, which others should avoid; nothing where these have no room."""
    place, one_line = bracket.text_place(large, small, room, curve, taken, others)
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
