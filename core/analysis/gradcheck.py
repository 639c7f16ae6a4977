"""The gradient check: ∂L/∂ every number that a run begins with, beside what the forward pass itself says of it.

Checked are the parameters, the initial states and the inputs x. The judge is the complex step
(core.analysis.complex_step), one forward pass an entry; what seems wrong is compared with what rounding leaves open of
it (core.analysis.rounding).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace

import numpy as np

from core import bptt
from core.analysis.complex_step import UNIT, ComplexPass, epsilon_for, moved_pass
from core.analysis.input_gradients import given_once, input_gradient
from core.analysis.rounding import spreads_of
from core.choices import INPUTS, START
from core.edits.place_names import place_name
from core.edits.places import start_shapes
from core.maths.arrays import Array
from core.maths.streams import stream
from core.recorder import quietly
from core.trace import Trace

TOLERANCE = 1e-7  # an error of 10⁻⁶ is well above it, and that of rounding, 10⁻¹⁰ at most, well below
PASSES = 64  # of all initial states, or all inputs, together; where they have more entries, neighbours share one
TINY = 1e-270  # what a step passes back is taken for 0 below core.maths.arrays.SMALLEST
STEP = 3e-4  # of the difference quotient of fourth order

Entry = tuple[str, tuple[int, ...]]  # an edit's name, "L1.W", "L1.s_0" or "x", and the place in its array, from 0


@dataclass(frozen=True)
class Check:
    """The progress of a gradient check and what it found.

    `worst`: the largest relative error so far, of `entry`, called `where` ("L1.W_f[1, 2]", counted from 1). `kinks`:
    entries left out because a unit of the activation stands exactly at its kink, so that there is no derivative.
    `unresolved`: entries so small beside the rounding of their addends that no error of them could be seen.
    """

    done: int
    total: int
    worst: float = 0.0
    where: str = ""
    kinks: int = 0
    unresolved: int = 0
    entry: Entry | None = None

    @property
    def finished(self) -> bool:
        return self.done == self.total

    @property
    def passed(self) -> bool:
        """False as soon as one entry is off (or not a number)."""
        return self.worst <= TOLERANCE


def check(trace: Trace) -> Iterator[Check]:
    """Compares ∂L/∂ every parameter, every initial state and every x with Im L(θ + iε) / ε.

    The relative error of an entry is |numeric − claimed| / max(|numeric|, |claimed|). One that is off by more than the
    tolerance is compared with what rounding leaves open, which is measured when it is first asked for: within that it
    counts as unresolved. Where the complex pass overflows and the run did not, a difference quotient answers.

    Initial states and inputs that have more than PASSES entries share passes: neighbours are moved together, each by a
    weight of its own, and only a group that is off, or at a kink, is taken apart. A generator: yields how far it has
    come after every step of the forward passes, so that a large network can be checked a few milliseconds at a time.
    """
    yield from _Checking(trace).all()  # nothing is computed before the first `next`


def finish(trace: Trace) -> Check:
    """Runs the check to the end."""
    return deque(check(trace), maxlen=1)[0]


def claimed(trace: Trace) -> dict[str, Array]:
    """What is checked, by an edit's name: the gradients of the parameters, of the initial states that are the
    experiment's own, (B, H), and of x, (T, B, I); (1, B, I) where the first x is read at every step."""
    found: dict[str, Array] = dict(trace.exact_parameters)
    for name in start_shapes(trace.network, trace.data.x.shape[1]):
        part, _, own = name.removesuffix(START).partition(".")
        found[name] = trace.start_gradients[part, own]
    inputs = input_gradient(trace)
    return {**found, INPUTS: given_once(trace.experiment, inputs)}


class _Checking:
    """A check in progress. `found`: its state so far."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.claims = trace, claimed(trace)
        self.found = Check(0, sum(array.size for array in self.claims.values()))
        self._spreads: dict[str, Array] | None = None

    def all(self) -> Iterator[Check]:
        random = stream(0, "check")
        for name, array in self.claims.items():
            # Weights of a group's entries: none is small, and no two errors cancel.
            weights = random.uniform(1.0, 2.0, array.size) * random.choice((-1.0, 1.0), array.size)
            for places in np.array_split(np.arange(array.size), self._passes(name)):
                yield from self._group(name, places, weights)

    def _passes(self, name: str) -> int:
        size = self.claims[name].size
        if name in self.trace.parameters:
            return max(size, 1)
        alike = [array.size for key, array in self.claims.items() if (key == INPUTS) == (name == INPUTS)
                 and key not in self.trace.parameters]  # fmt: skip
        return max(1, min(size, size * PASSES // max(sum(alike), 1)))

    def _group(self, name: str, places: Array, weights: Array) -> Iterator[Check]:
        """Some entries of one array, by their flat places, in one pass; in halves where one of them must be off."""
        if len(places) == 1:
            yield from self._single(name, int(places[0]))
            return
        claims = weights[places] * self.claims[name].ravel()[places]
        made = self._pass(name, places, weights[places])
        for _ in made.steps():
            yield self.found
        with np.errstate(all="ignore"):
            off, sizes = float(np.abs(made.derivative - claims.sum())), np.abs(claims[claims != 0.0])
        agrees = off <= TOLERANCE * sizes.min(initial=np.inf) if len(sizes) else off == 0.0
        if agrees and not made.kink:
            most = int(places[np.abs(claims).argmax()])
            yield self._note(name, most, off / float(sizes.sum()) if off else 0.0, len(places))
        elif self.found.passed and np.isfinite(off):
            for half in np.array_split(places, 2):
                yield from self._group(name, half, weights)
        else:  # it has failed already: the single entries no longer matter
            yield self._note(name, int(places[0]), np.inf if not np.isfinite(off) else 0.0, len(places))

    def _single(self, name: str, place: int) -> Iterator[Check]:
        """One entry, by its flat place."""
        claim = float(self.claims[name].ravel()[place])
        made = self._pass(name, np.array([place]), np.ones(1))
        for _ in made.steps():
            yield self.found
        numeric, rounding = made.derivative, TINY
        if not np.isfinite(numeric) and np.isfinite(self.trace.loss):
            numeric, rounding = yield from self._quotient(name, place)
        error = _relative(numeric, claim, 0.0)
        if made.kink:
            yield self._note(name, place, 0.0, kinks=1)
            return
        if not error > TOLERANCE:
            yield self._note(name, place, error)
            return
        if np.isfinite(error) and _relative(numeric, claim, rounding) > TOLERANCE:
            spreads = self._spreads
            if spreads is None:
                spreads = self._spreads = yield from self._measured()
            rounding = max(rounding, float(spreads[name].ravel()[place]))
        left = _relative(numeric, claim, rounding)
        yield self._note(name, place, left, unresolved=int(left <= TOLERANCE))

    def _measured(self) -> Generator[Check, None, dict[str, Array]]:
        measured = {}
        for spreads in spreads_of(self.trace):
            measured = spreads or measured
            yield self.found
        return measured

    def _moved(self, name: str, places: Array, weights: Array) -> Array:
        """A direction in the array of that name."""
        along = np.zeros(self.claims[name].shape)
        along.flat[places] = weights
        return np.broadcast_to(along, self.trace.data.x.shape) if name == INPUTS else along

    def _pass(self, name: str, places: Array, weights: Array) -> ComplexPass:
        size = float(np.abs(self.claims[name].ravel()[places]).max())
        return ComplexPass(self.trace, {name: self._moved(name, places, weights)}, epsilon_for(size))

    def _quotient(self, name: str, place: int) -> Generator[Check, None, tuple[float, float]]:
        """The difference quotient of fourth order, (8(L₊ − L₋) − (L₊₊ − L₋₋)) / 12ε, and its rounding."""
        trace, losses = self.trace, []
        along = self._moved(name, np.array([place]), np.ones(1))
        for k in (1, -1, 2, -2):
            run = moved_pass(trace, {name: k * STEP * along})
            for _ in quietly(bptt.forward(trace.network, run)):
                yield self.found
            losses.append(run.loss)
        with np.errstate(all="ignore"):
            near, far = np.subtract(losses[0], losses[1]), np.subtract(losses[2], losses[3])
            terms = np.abs(trace.values["out", "z"]).max() + abs(trace.loss) + 1.0
            return float((8.0 * near - far) / (12.0 * STEP)), 64 * UNIT * float(terms) / STEP

    def _note(
        self, name: str, place: int, error: float, entries: int = 1, kinks: int = 0, unresolved: int = 0
    ) -> Check:
        """What is found with so many entries more; `place` is the one that the error is of."""
        found = self.found
        found = replace(found, done=found.done + entries, kinks=found.kinks + kinks)
        if unresolved:
            found = replace(found, unresolved=found.unresolved + unresolved)
        elif not error <= found.worst and found.worst < np.inf:
            index = tuple(int(k) for k in np.unravel_index(place, self.claims[name].shape))
            worst = error if error == error else np.inf  # NaN is the worst
            found = replace(found, worst=worst, entry=(name, index), where=place_name(self.trace, name, index))
        self.found = found
        return found


def _relative(numeric: float, claim: float, rounding: float) -> float:
    """Their difference by the larger of the two, or by what is resolved to the tolerance."""
    with np.errstate(all="ignore"):  # Inf/Inf, where a run has exploded
        size = max(abs(numeric), abs(claim), rounding / TOLERANCE)
        return float(np.abs(np.subtract(numeric, claim)) / size) if numeric != claim else 0.0
