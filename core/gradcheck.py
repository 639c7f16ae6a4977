"""The gradient check: every parameter's gradient against central differences."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core import bptt
from core.network import Run
from core.recorder import quietly
from core.scan import Scan
from core.trace import Trace

STEP = 1e-5
TOLERANCE = 1e-6
ROUNDING = 64 * np.finfo(float).eps


@dataclass(frozen=True)
class Check:
    """How far the check has come, and what it found.

    `worst`: the largest relative error so far, of parameter `where`. Kinks: entries whose difference quotient crosses a
    kink of the activation, left out and counted. `unresolved`: entries too small for a difference quotient to resolve
    to the tolerance; their error counts against what it can resolve.
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

    Where the two differ by more than the tolerance, L may only be curved within ε (at the bottom of a valley, or where
    a batch is normalised): the quotient of fourth order decides, (8(L₊ − L₋) − (L₊₊ − L₋₋)) / 12ε, L₊₊ at θ + 2ε.

    The relative error of an entry is |numeric − exact| / max(|numeric|, |exact|, 10⁻³ of its parameter's largest entry,
    the quotient's rounding error / tolerance). A generator: yields how far it has come after every step of the forward
    passes, so that a large network can be checked a few milliseconds at a time.
    """
    parameters = {name: np.array(array) for name, array in trace.parameters.items()}
    found = Check(0, sum(array.size for array in parameters.values()))
    kinked = any(scan.cell.kinked for scan in trace.scans)
    # L is rounded; and where the outputs are fitted exactly, so that L is next to nothing, so are they.
    outputs = float(np.abs(trace.values["out", "z"]).max()) if trace.loss < 1e-20 else 0.0
    resolution = ROUNDING * max(abs(trace.loss) / step, outputs, 1e-300) / TOLERANCE
    for name, array in parameters.items():
        exact = trace.exact_parameters[name]
        floor = max(1e-3 * float(np.abs(exact[np.isfinite(exact)]).max(initial=0.0)), resolution)
        for place in np.ndindex(array.shape):
            value = float(array[place])
            epsilon = step * max(1.0, abs(value))
            runs = []
            numeric, claimed, crossed = np.nan, float(exact[place]), False
            for k in (1, 2):
                for moved in (value + k * epsilon, value - k * epsilon):
                    array[place] = moved
                    run = Run(trace.network, parameters, trace.data)
                    for _ in quietly(bptt.forward(trace.network, run)):
                        yield found
                    runs.append(run)
                crossed = kinked and _crossed(trace, *runs[-2:])
                numeric = _quotient([run.loss for run in runs], epsilon)
                if crossed or _error(numeric, claimed, floor) <= TOLERANCE:
                    break
            array[place] = value
            found = _with_entry(found, f"{name}{list(place)}", numeric, claimed, floor, resolution, crossed)
            yield found


def _quotient(losses: list[float], epsilon: float) -> float:
    """Of L₊, L₋ (second order), or of L₊, L₋, L₊₊, L₋₋ (fourth)."""
    with np.errstate(all="ignore"):
        near = np.subtract(losses[0], losses[1])
        if len(losses) == 2:
            return float(near / (2.0 * epsilon))
        return float((8.0 * near - np.subtract(losses[2], losses[3])) / (12.0 * epsilon))


def _error(numeric: float, exact: float, floor: float) -> float:
    with np.errstate(all="ignore"):  # Inf/Inf, where a run has exploded
        return float(np.abs(np.subtract(numeric, exact)) / max(abs(numeric), abs(exact), floor))


def _with_entry(
    found: Check, name: str, numeric: float, exact: float, floor: float, resolution: float, crossed: bool
) -> Check:
    """What is found with one entry more."""
    if crossed:
        return replace(found, done=found.done + 1, kinks=found.kinks + 1)
    error = _error(numeric, exact, floor)
    unresolved = found.unresolved + int(max(abs(numeric), abs(exact)) < resolution)
    if error <= found.worst:
        return replace(found, done=found.done + 1, unresolved=unresolved)
    worst = error if error == error else np.inf  # NaN is the worst
    return replace(found, done=found.done + 1, unresolved=unresolved, worst=worst, where=name)


def finish(trace: Trace) -> Check:
    """Runs the check to its end."""
    return deque(check(trace), maxlen=1)[0]


def _crossed(trace: Trace, above: Run, below: Run) -> bool:
    for part in trace.network.members:
        if isinstance(part, Scan) and part.cell.kinked:
            a, b = above.records[part.name].h, below.records[part.name].h
            if np.any((a > 0) != (b > 0)):
                return True
    return False
