"""The range of a map of the loss, and the round losses that have a line on it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from explorer.items.plots.axes.log import decade_text
from explorer.items.plots.axes.plain import round_ticks
from explorer.style.numbers import number

DECADES = 6.0  # above and below the loss of the network in the middle: beyond it is drawn as there
BOTTOM = 0.03  # of the points may lie lower than the map's colours reach
LEAST_SPAN = 0.02  # decades
MOST_LINES = 12  # contour lines
_MULTIPLES = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9))


def log_limits(loss: NDArray) -> tuple[float, float]:
    """The range of log₁₀ of the losses that a map of them runs over: without the bottom of the narrowest valleys, which
    a grid meets by chance, and at most DECADES beyond the loss in the middle; that one is in it."""
    finite = loss[np.isfinite(loss) & (loss > 0.0)]
    if not finite.size:
        return -1.0, 0.0
    logs = np.log10(finite)
    low, high = float(np.quantile(logs, BOTTOM)), float(logs.max())
    middle = float(loss[loss.shape[0] // 2, loss.shape[1] // 2])
    if math.isfinite(middle) and middle > 0.0:
        here = math.log10(middle)
        low, high = max(min(low, here), here - DECADES), min(high, here + DECADES)
    if high - low < LEAST_SPAN:
        low, high = (low + high - LEAST_SPAN) / 2, (low + high + LEAST_SPAN) / 2
    return low, high


def level_text(level: float) -> str:
    """A level beside the scale, as short as it can be."""
    decade = round(math.log10(level))
    if math.isclose(level, 10.0**decade) and not -3 <= decade <= 3:
        return decade_text(decade)
    return number(level, 1) if math.isclose(level, float(f"{level:.0e}")) else number(level, 2)


def levels(low: float, high: float, most: int = MOST_LINES) -> list[float]:
    """Round losses between 10**low and 10**high, as many as there are up to `most`."""
    found: list[float] = []
    decades = range(max(math.floor(low), -307), min(math.ceil(high), 307) + 1)
    for multiples in _MULTIPLES:
        wanted = [m * 10.0**k for k in decades for m in multiples]
        wanted = [each for each in wanted if low < math.log10(each) < high]
        if len(wanted) > most:
            break
        found = wanted
    if not found:
        every = next(step for step in (1, 2, 5, 10, 20, 50, 100) if (high - low) / step <= most)
        found = [10.0**k for k in decades if not k % every and low < k < high]
    if len(found) < 2:
        ticks = round_ticks(10.0**low, 10.0**high, 6)
        found = [place for place, _ in ticks if place > 0.0]
    return found
