"""Labels at the ends of curves: pushed apart, off the curves where there is room, with a halo in the panel's colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.items.plots.clear import Line, Price, crosses, free_box

_GAP = 3.0  # px between a curve and its label
_AROUND = ((-2, 0), (2, 0), (0, -2), (0, 2), (-1.5, -1.5), (1.5, -1.5), (-1.5, 1.5), (1.5, 1.5))  # px
_CLEAR = 5.0  # px that a line keeps from a label: its own half width, or a dot's


@dataclass(frozen=True)
class EndLabel:
    """A text that begins at the point (x, y), in px, or ends at the `other` one, where that leaves it freer."""

    text: str
    colour: str
    x: float
    y: float
    other: tuple[float, float] | None = None


def place(
    labels: Sequence[EndLabel], font: QFont, room: QRectF, lines: Sequence[Line], taken: Sequence[QRectF] = ()
) -> list[QRectF]:
    """A box for every label inside `room`: none on another one or on `taken` (as far as the room's height allows),
    on a line only where nothing is free in all of the room, and as near to its point as that lets it be."""
    metrics = QFontMetricsF(font)
    height = metrics.height()
    tops = np.arange(room.top(), max(room.bottom() - height, room.top()) + 0.5, 1.5)
    boxes: list[QRectF] = []
    for label in labels:
        width = metrics.horizontalAdvance(label.text) + 2
        ends = [(label.x, label.y, 0.0)]
        if label.other is not None:
            ends.append((label.other[0] - width, label.other[1], 8.0))
        lowest, best = np.inf, QRectF()
        for x, y, price in ends:
            x = min(max(x, room.left()), max(room.right() - width, room.left()))
            cost = price + _cost(x, x + width, tops, height, y, lines, (*taken, *boxes))
            k = int(np.argmin(cost))
            if cost[k] < lowest:
                lowest, best = float(cost[k]), QRectF(x, float(tops[k]), width, height)
        hidden = (*taken, *boxes)
        if any(crosses(line, best) for line in lines) or any(best.intersects(each) for each in hidden):
            free = free_box(width, height, room, lines, hidden, _near(label, width, height))
            best = best if free.isEmpty() else free
        boxes.append(best)
    return boxes


def _near(label: EndLabel, width: float, height: float) -> Price:
    """The distance of a box from the label's point."""

    def price(lefts: NDArray, tops: NDArray) -> NDArray:
        across = np.maximum(np.maximum(lefts - label.x, label.x - lefts - width), 0.0)
        return np.hypot(across, tops + height / 2 - label.y)

    return price


def _cost(
    left: float, right: float, tops: NDArray, height: float, y: float, lines: Sequence[Line], taken: Sequence[QRectF]
) -> NDArray:
    """What it costs to put a label's box at each of `tops`, in px of distance."""
    cost = np.abs(tops + height / 2 - y)
    cost = np.where(cost < height / 2 + _GAP, height + 2 * _GAP - cost, cost)  # not on its own point
    cost += 0.02 * (tops < y)  # below its point, where above is as good
    for box in taken:
        if left < box.right() + 6 and right > box.left() - 6:
            hidden = np.minimum(tops + height, box.bottom()) - np.maximum(tops, box.top())
            cost += np.where(hidden > 0.0, 1e4 + 1e3 * hidden, 0.0)
    for xs, ys in lines:
        cost += 12.0 * _crossings(xs, ys, left, right, tops, height)
    return cost


def _crossings(xs: NDArray, ys: NDArray, left: float, right: float, tops: NDArray, height: float) -> NDArray:
    """How much of a line lies in each candidate box, in samples of 16."""
    if not len(xs) or xs[-1] < left or xs[0] > right:
        return np.zeros(len(tops))
    at = np.linspace(max(left, float(xs[0])), min(right, float(xs[-1])), 16)
    y = np.interp(at, xs, ys)
    return ((y >= tops[:, None] - _CLEAR) & (y <= tops[:, None] + height + _CLEAR)).sum(axis=1)


def draw(painter: QPainter, label: EndLabel, box: QRectF, font: QFont, halo: str) -> None:
    """The label's text in its box."""
    at = QPointF(box.left() + 1, box.top() + QFontMetricsF(font).ascent())
    painter.setFont(font)
    painter.setPen(QColor(halo))
    for x, y in _AROUND:  # stroking the text's outline looks the same and takes 2 ms
        painter.drawText(QPointF(at.x() + x, at.y() + y), label.text)
    painter.setPen(QColor(label.colour))
    painter.drawText(at, label.text)
