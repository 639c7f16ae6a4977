"""Where a picture of curves has room for a text: a box that no curve runs through, as near as can be to its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

Line = tuple[NDArray, NDArray]  # x, y in px, x ascending; a curve without its gaps
KEPT = 4.0  # px that a curve keeps from a text: half its own width, or half a dot
BESIDE = 6.0  # px between two texts in one line
_ACROSS, _DOWN = 6.0, 2.0  # px from one box that is tried to the next

Price = Callable[[NDArray, NDArray], NDArray]  # of boxes with these left (n, 1) and top (m,) edges: (n, m), px


def crosses(line: Line, box: QRectF, kept: float = KEPT) -> bool:
    """Whether a line runs through a box, or passes it closer than `kept`."""
    low, high = _extent(line, box.left() - kept, box.right() + kept)
    return bool(low < box.bottom() + kept and high > box.top() - kept)


def _extent(line: Line, left: float, right: float) -> tuple[float, float]:
    """The least and the largest y of a line between two places; (∞, −∞) where it does not come there."""
    xs, ys = line
    if not len(xs) or xs[-1] < left or xs[0] > right:
        return math.inf, -math.inf
    ends = np.interp([max(left, xs[0]), min(right, xs[-1])], xs, ys)
    there = np.concatenate((ends, ys[np.searchsorted(xs, left, "left") : np.searchsorted(xs, right, "right")]))
    return float(there.min()), float(there.max())


def free_box(
    width: float,
    height: float,
    room: QRectF,
    lines: Sequence[Line],
    taken: Sequence[QRectF],
    price: Price,
    kept: float = KEPT,
) -> QRectF:
    """Of all boxes of that size inside `room` that no line runs through and that lie on nothing `taken` the one with
    the lowest price; an empty one where there is none. What has an infinite price is not taken."""
    tall, wide = room.height() - height, room.width() - width
    if tall < 0.0 or wide < 0.0:
        return QRectF()
    lefts = room.left() + np.linspace(0.0, wide, int(wide / _ACROSS) + 2)
    tops = room.top() + np.linspace(0.0, tall, int(tall / _DOWN) + 2)
    free = np.ones((len(lefts), len(tops)), dtype=bool)
    for line in lines:
        low, high = np.array([_extent(line, left - kept, left + width + kept) for left in lefts.tolist()]).T
        free &= (low[:, None] >= tops + height + kept) | (high[:, None] <= tops - kept)
    for box in taken:
        beside = (lefts + width <= box.left() - BESIDE) | (lefts >= box.right() + BESIDE)
        free &= beside[:, None] | (tops + height <= box.top()) | (tops >= box.bottom())
    cost = np.where(free, price(lefts[:, None], tops), np.inf)
    best = np.unravel_index(int(cost.argmin()), cost.shape)
    return QRectF(float(lefts[best[0]]), float(tops[best[1]]), width, height) if np.isfinite(cost[best]) else QRectF()
