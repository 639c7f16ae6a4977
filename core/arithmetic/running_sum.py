"""A parameter's gradient as the backward pass adds it up: after every beat the addends of the steps that are done."""

from __future__ import annotations

import numpy as np

from core.analysis.lag_shares import LagShares, projections
from core.arithmetic.parameter_sums import Addends
from core.maths.arrays import Array
from core.memo import remember
from core.trace import Trace


class RunningSum:
    """dθ_T + … + dθ_t of one parameter by its textbook name, all samples together; `used`: of the truncated backward
    pass, before it is clipped. Raises KeyError for a parameter that no part declares a factor of."""

    def __init__(self, trace: Trace, name: str, used: bool = True) -> None:
        self.addends = Addends(trace, name, used)
        self.trace, self.name = trace, name
        part = name.partition(".")[0]
        lane = trace.schedule.lanes[part]
        beats = trace.schedule.backward(part)[lane.first - 1 : lane.last]
        order = np.argsort(beats, kind="stable")
        self.columns: Array = order + lane.first  # in the order of the backward pass
        self._beats: Array = beats[order]
        self._last: tuple[int, Array] = 0, np.zeros_like(self.addends.between(1, 0))

    def count(self, done: int) -> int:
        """How many addends there are when so many backward beats are done."""
        return int(np.searchsorted(self._beats, done, side="right"))

    def at(self, count: int) -> Array:
        """The first `count` addends together, (m, n) or (1, n). From one beat to the next it is one addend more."""
        before, total = self._last
        if count < before:
            before, total = 0, np.zeros_like(total)
        with np.errstate(all="ignore"):
            self._last = count, total + self._together(before, count)
        return self._last[1]

    def since(self, count: int) -> Array:
        """All addends but the first `count`."""
        return self._together(count, len(self.columns))

    def _together(self, first: int, end: int) -> Array:
        ends = self.columns[first:end]
        if not len(ends):
            return np.zeros_like(self._last[1])
        return self.addends.between(int(ends.min()), int(ends.max()))

    @property
    def total(self) -> Array:
        """The finished sum: as it is recorded, where the trace has it before clipping."""
        trace = self.trace
        if self.addends.used and trace.used is not trace.exact:
            return self.at(len(self.columns))
        found = trace.named_parameters(trace.exact_parameters)[self.name]
        return found if found.ndim == 2 else found[None]

    @property
    def shares(self) -> LagShares:
        """Of the finished sum, by step."""
        addends = self.addends
        place = self.columns - 1
        with np.errstate(all="ignore"):
            whole = self._together(0, len(self.columns))
        found = projections(addends.left[place], addends.right[place], whole, addends.factor.elementwise)
        return LagShares(self.columns, found)


def running_sum(trace: Trace, name: str, used: bool) -> RunningSum:
    """That of a run, made once."""
    return remember(trace, ("running sum", name, used), lambda: RunningSum(trace, name, used))
