"""Another ∂L/∂z to begin with: of some steps alone, with a factor too many, of other targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.diagnosis.backward import Change
from core.diagnosis.changes import Edge
from core.diagnosis.unrolling import Unrolling
from core.maths.arrays import Array


@dataclass(frozen=True, eq=False)
class Start(Change):
    """Another ∂L/∂z to begin with: `way` is a name of STARTS."""

    kind: ClassVar[str] = "start"
    way: str
    rank: int = 2
    places: tuple[Edge, ...] = ()

    def start(self, dz: Array, unrolling: Unrolling) -> Array:
        return STARTS[self.way](dz, unrolling)


def _only_step(last: bool) -> Callable[[Array, Unrolling], Array]:
    def only(dz: Array, unrolling: Unrolling) -> Array:
        found = np.zeros_like(dz)
        steps = unrolling.trace.data.supervised.nonzero()[0]
        if len(steps):
            at = steps[-1 if last else 0]
            found[at] = dz[at]
        return found

    return only


def _with_slope(dz: Array, unrolling: Unrolling) -> Array:
    """Times the output's slope a·(1 − a), which the loss has cancelled already."""
    a = unrolling.a
    return dz * a * (1.0 - a)


def _without_target(dz: Array, unrolling: Unrolling) -> Array:
    """a in the place of a − y."""
    data = unrolling.trace.data
    found = dz + data.y / dz.shape[1]
    found[~data.supervised] = 0.0
    if data.counted is not None:
        found[~data.counted] = 0.0
    return found


def _shifted(by: int) -> Callable[[Array, Unrolling], Array]:
    """y of another step."""

    def shifted(dz: Array, unrolling: Unrolling) -> Array:
        data = unrolling.trace.data
        found = dz + (data.y - np.roll(data.y, by, axis=0)) / dz.shape[1]
        found[~data.supervised] = 0.0
        return found

    return shifted


def _not_first(dz: Array, unrolling: Unrolling) -> Array:
    found = dz.copy()
    steps = unrolling.trace.data.supervised.nonzero()[0]
    found[steps[:1]] = 0.0
    return found


def _not_last(dz: Array, unrolling: Unrolling) -> Array:
    found = dz.copy()
    steps = unrolling.trace.data.supervised.nonzero()[0]
    found[steps[-1:]] = 0.0
    return found


STARTS: dict[str, Callable[[Array, Unrolling], Array]] = {
    "only the last step": _only_step(True),
    "only the first step": _only_step(False),
    "times the output's slope": _with_slope,
    "without the target": _without_target,
    "the target of the step before": _shifted(1),
    "the target of the step after": _shifted(-1),
    "without the first step": _not_first,
    "without the last step": _not_last,
}
