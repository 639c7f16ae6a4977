"""The gradient check: every parameter's gradient against central differences."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.cells.base import Array
from core.network import Run
from core.recorder import loss_of
from core.scan import Scan
from core.trace import Trace

STEP = 1e-5
TOLERANCE = 1e-6
ROUNDING = 64 * np.finfo(float).eps


@dataclass(frozen=True)
class Check:
    """How far the check has come, and what it found.

    `worst`: the largest relative error so far, of parameter `where`. Kinks: entries whose difference quotient crosses a
    kink of the activation, left out and counted. `unresolved`: entries too small for a difference quotient to resolve to
    the tolerance; their error counts against what it can resolve.
    """

    done: int
    total: int
    worst: float = 0.0
    where: str = ""
    kinks: int = 0
    unresolved: int = 0

    @property
    def finished(self) -> bool:
        return self.done == self.total

    @property
    def passed(self) -> bool:
        """False as soon as one entry is off (or not a number)."""
        return self.worst <= TOLERANCE


def check(trace: Trace, step: float = STEP) -> Iterator[Check]:
    """Compares every entry of every parameter with (L(θ + ε) − L(θ − ε)) / 2ε, ε = step·max(1, |θ|).

    The relative error of an entry is |numeric − exact| / max(|numeric|, |exact|, 10⁻³ of its parameter's largest entry,
    the quotient's rounding error / tolerance). A generator: yields its progress after every entry.
    """
    parameters = {name: np.array(array) for name, array in trace.parameters.items()}
    total = sum(array.size for array in parameters.values())
    kinked = any(scan.cell.kinked for scan in trace.scans)
    rounding = ROUNDING * max(abs(trace.loss), 1e-300) / step
    worst, where, kinks, unresolved, done = 0.0, "", 0, 0, 0
    for name, array in parameters.items():
        exact = trace.exact_parameters[name]
        scale = 1e-3 * float(np.abs(exact[np.isfinite(exact)]).max(initial=0.0))
        for place in np.ndindex(array.shape):
            numeric, crossed = _quotient(trace, parameters, array, place, step, kinked)
            done += 1
            if crossed:
                kinks += 1
            else:
                floor = max(scale, rounding / TOLERANCE)
                size = max(abs(numeric), abs(float(exact[place])))
                unresolved += int(size < rounding / TOLERANCE)
                with np.errstate(invalid="ignore"):  # Inf/Inf, where a run has exploded
                    error = abs(numeric - float(exact[place])) / max(size, floor)
                if not error <= worst:  # NaN is the worst
                    worst, where = (error if error == error else np.inf), f"{name}[{', '.join(map(str, place))}]"
            yield Check(done, total, worst, where, kinks, unresolved)


def finish(trace: Trace) -> Check:
    """Runs the check to its end."""
    return deque(check(trace), maxlen=1)[0]


def _quotient(
    trace: Trace, parameters: dict[str, Array], array: Array, place: tuple[int, ...], step: float, kinked: bool
) -> tuple[float, bool]:
    """The difference quotient of one entry, and whether a pre-activation changes its sign on the way."""
    value = array[place]
    epsilon = step * max(1.0, abs(value))
    with np.errstate(all="ignore"):
        array[place] = value + epsilon
        above = loss_of(trace.network, parameters, trace.data)
        array[place] = value - epsilon
        below = loss_of(trace.network, parameters, trace.data)
        array[place] = value
        numeric = (above.loss - below.loss) / (2.0 * epsilon)
        return numeric, kinked and _crossed(trace, above, below)


def _crossed(trace: Trace, above: Run, below: Run) -> bool:
    for part in trace.network.parts:
        if isinstance(part, Scan) and part.cell.kinked:
            a, b = above.records[part.name].h, below.records[part.name].h
            if np.any((a > 0) != (b > 0)):
                return True
    return False
