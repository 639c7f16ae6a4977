"""The difference of two runs in the nodes: this one minus a pinned one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import share_of_step
from core.chain.rows import FED_ROW, INPUT_ROW, ChainRow
from core.maths.arrays import Array
from core.memo import remember
from core.network.parts import Key, X
from core.trace import Trace
from explorer.session.selection import Pin
from explorer.session.session import Session


@dataclass(frozen=True, eq=False)
class Difference:
    """`values`, `gradients`: of this run minus that of `label`, by signal; `x` of the inputs."""

    label: str
    values: Mapping[Key, Array]
    gradients: Mapping[Key, Array]
    x: Array

    def signals(self, row: ChainRow) -> Mapping[Key, Array]:
        """Where a row takes its values from."""
        return {**self.values, X: self.x} if row.name == INPUT_ROW else self.values

    def limits(self, declared: Sequence[ChainRow], sample: int, steps: int) -> dict[str, float]:
        """The scale ±limit of each row, by name: one for what is read, and one for all the rest, so that rows can be
        compared."""
        read = [row for row in declared if row.name in (INPUT_ROW, FED_ROW)]
        rest = [row for row in declared if row not in read]
        return {row.name: self._limit(rows, sample, steps) for rows in (read, rest) for row in rows}

    def _limit(self, rows: Sequence[ChainRow], sample: int, steps: int) -> float:
        """The largest difference, rounded up to one digit; 1 where all are alike."""
        arrays = [np.abs(row.numbers(self.signals(row), sample, steps)) for row in rows]
        return rounded_limit(arrays)


def rounded_limit(sizes: Sequence[Array]) -> float:
    """The largest finite of some sizes, rounded up to one digit; 1 where all are 0."""
    largest = max(float(array.max(initial=0.0, where=np.isfinite(array))) for array in sizes)
    if largest == 0.0:
        return 1.0
    unit = 10.0 ** np.floor(np.log10(largest))
    return float(unit * np.ceil(largest / unit * (1 - 1e-9)))


def comparable(trace: Trace, other: Trace) -> bool:
    """Whether two runs have the same quantities, in the same shapes."""
    shapes = [{key: array.shape for key, array in each.values.items()} for each in (trace, other)]
    same = trace.data.x.shape == other.data.x.shape and trace.exact.keys() == other.exact.keys()
    return same and shapes[0] == shapes[1]


def before_edit(session: Session) -> Trace | None:
    """The run as it was before an edit, where that is another one with the same quantities; None while the difference
    of two runs is on show."""
    ghost, trace = session.screen.ghost, session.trace
    if ghost is None or ghost is trace or not comparable(trace, ghost):
        return None
    return None if session.view.difference and subtracted_pin(session) is not None else ghost


def subtracted_pin(session: Session) -> Pin | None:
    """The pinned run that is subtracted: the latest that has the same quantities."""
    return next((pin for pin in reversed(session.pins) if comparable(session.trace, pin.trace)), None)


def difference_of(session: Session) -> Difference | None:
    """The difference on show; None where none is wanted, or no pinned run is comparable."""
    if not session.view.difference:
        return None
    pin = subtracted_pin(session)
    if pin is None:
        return None
    trace, other = session.trace, pin.trace
    with np.errstate(invalid="ignore"):
        values = {key: array - other.values[key] for key, array in trace.values.items()}
        others = gradients_of(session, other)
        gradients = {key: array - others[key] for key, array in session.share.items() if key in others}
    return Difference(pin.label, values, gradients, trace.data.x - other.data.x)


def gradients_of(session: Session, other: Trace) -> Mapping[Key, Array]:
    """Those of another run that the view asks for of this one."""
    view = session.view
    used = view.gradient == "used"
    if view.share_at is None or not other.supervised[view.share_at - 1]:
        return other.used if used else other.exact
    t = view.share_at
    return remember(other, ("share", t, used), lambda: share_of_step(other, t, used))
