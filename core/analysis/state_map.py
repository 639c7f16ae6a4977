"""One step of a scan as a map of its state alone, s ↦ f(s), the input held fixed, and the fixed points of that map.

Where a step also needs something else that earlier steps made (an LSTM's c, an output fed back, the other samples of a
batch) there is no such map, and `no_state_map` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.analysis.recurrence import recurrent_matrices
from core.maths.arrays import Array
from core.maths.operations import FIXED, addends_over_time, compute
from core.memo import memoised
from core.network.scan import Scan
from core.trace import Trace

# Why there is no map.
MEMORY, NO_STATE, SAMPLES, OUTPUTS = "memory", "no state", "samples", "outputs"
# What a fixed point is.
STABLE, SADDLE, UNSTABLE, NEUTRAL = KINDS = ("stable", "saddle", "unstable", "neutral")

UNITS = 2  # that a plane has
RESIDUAL = 1e-10  # |f(s) − s| of a fixed point at most, in the largest of 1 and its own size
ROUNDS = 30  # of Newton's method
HALVINGS = 5  # of one of its steps, where the whole of it is too far
STARTS, MORE_STARTS = 7, 33  # along each side of the grid that it begins from; where some are known to be missing
SAME = 1e-6  # two of them that are no farther apart are one, in the largest of 1 and their own size
FLAT, WIDE = 1e-4, 2e-3  # where the derivative of f(s) − s is nearly singular; two so near each other are one there
ON_CIRCLE = 1e-6  # an eigenvalue that is so near to |λ| = 1 decides nothing
EDGE = 64  # points along each side of the square, to see whether it is mapped into itself
MOST = 64  # that are given of those on a line


@dataclass(frozen=True, eq=False)
class StateMap:
    """A step of `scan`, with the inputs `given` of one step by name, (1, n) each: x, and what a clock says there."""

    trace: Trace
    scan: Scan
    given: dict[str, Array]

    @cached_property
    def _parameters(self) -> dict[str, Array]:
        return self.scan.own_parameters(self.trace.parameters)

    def _values(self, states: Array) -> dict[str, Array]:
        found = {name: np.broadcast_to(array, (len(states), array.shape[1])) for name, array in self.given.items()}
        found["s_prev"] = states
        for operation in self.scan.cell.graph:
            if operation.out not in found:
                found[operation.out] = compute(operation, found, self._parameters)
        return found

    def __call__(self, states: Array) -> Array:
        """f of every row of (N, H)."""
        with np.errstate(all="ignore"):
            return self._values(states)["s"]

    def with_jacobians(self, states: Array) -> tuple[Array, Array]:
        """f (N, H), and ∂f/∂s (N, H, H), row i for unit i of s, as the declared graph has them."""
        with np.errstate(all="ignore"):
            values = self._values(states)
            hidden = states.shape[1]
            columns = []
            for unit in range(hidden):
                arriving = {"s": np.zeros_like(states)}
                arriving["s"][:, unit] = 1.0
                sent = addends_over_time(self.scan.cell.graph, self._parameters, values, arriving)
                columns.append(sum(array for (_, source), array in sent.items() if source == "s_prev"))
            return values["s"], np.stack(columns, axis=2)


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """f(place) = place, (H,), to `residual`. `eigenvalues` of ∂f/∂s there (H,), the largest |λ| first; `kind` one of
    KINDS: "neutral" where |λ| = 1 for some and none is larger, so that the derivative does not decide."""

    place: Array
    residual: float
    eigenvalues: Array
    kind: str

    @property
    def radius(self) -> float:
        """ρ = max |λ|."""
        return float(np.abs(self.eigenvalues[0]))


@dataclass(frozen=True)
class FixedPoints:
    """`points`, from the left; `isolated`: False where they fill a line or more, of which these are some."""

    points: tuple[FixedPoint, ...]
    isolated: bool = True


def no_state_map(trace: Trace, scan: Scan | None = None) -> str:
    """Why a step is no map of the state alone: "no state" (nothing is carried), "memory" (something beside it is),
    "outputs" (outputs of earlier steps, or attention, are read too), "samples" (the samples of a batch move each
    other); "" where it is one."""
    scan = scan or trace.scan
    carried = scan.cell.recurrent_states
    if not carried:
        return NO_STATE
    if carried != ("s",):
        return MEMORY
    if (
        scan.feedback is not None
        or scan.source.stepwise
        or any(name not in ("x", "s_prev") for name in _read_from_outside(scan))
    ):
        return OUTPUTS
    return SAMPLES if scan.couples_samples else ""


def _read_from_outside(scan: Scan) -> set[str]:
    made = {operation.out for operation in scan.cell.graph}
    return {name for operation in scan.cell.graph for name in operation.inputs} - made


def state_map(trace: Trace, scan: Scan, t: int, sample: int = 0, zero_input: bool = False) -> StateMap:
    """The map of step t (from 1, in data time) of a sample; `zero_input`: with x = 0 in place of its input. Raises
    ValueError where there is none."""
    if no_state_map(trace, scan):
        raise ValueError(f"a step of {scan.name} is no map of its state alone")
    x = np.array(scan.given(trace.run)["x"][t - 1, sample : sample + 1])
    given = {"x": np.zeros_like(x) if zero_input else x}
    for operation in scan.cell.graph:
        if operation.kind in FIXED and (scan.name, operation.out) in trace.values:
            given[operation.out] = trace.values[scan.name, operation.out][t - 1, sample : sample + 1]
    return StateMap(trace, scan, given)


@memoised
def fixed_points(
    trace: Trace, scan: Scan, t: int, sample: int = 0, zero_input: bool = False, reach: float = 1.0
) -> FixedPoints:
    """Those of two units' `state_map` with both |s_i| ≤ `reach`, found by Newton's method from a grid of starts.
    Where the square of that size is mapped into itself, the signs of det(I − ∂f/∂s) add up to 1 (Brouwer's degree);
    where those that were found do not, a finer grid is tried. Raises ValueError where there is no such map, or not of
    two units."""
    if scan.hidden != UNITS:
        raise ValueError(f"{scan.name} has {scan.hidden} units, not {UNITS}")
    f = state_map(trace, scan, t, sample, zero_input)
    inward = _maps_into_itself(f, reach)
    for starts in (STARTS, MORE_STARTS):
        side = np.linspace(-reach, reach, starts)
        grid = np.stack(np.meshgrid(side, side, indexing="ij"), axis=-1).reshape(-1, UNITS)
        places = _distinct(f, _newton(f, grid), reach)
        singular = _singular(f, places, ON_CIRCLE)
        if not inward or singular.any() or _degree(f, places) == 1:
            break
    values, jacobians = f.with_jacobians(places)
    found = [
        FixedPoint(place, float(np.abs(value - place).max()), *_stability(jacobian))
        for place, value, jacobian in zip(places, values, jacobians, strict=True)
    ]
    return FixedPoints(tuple(found[:MOST]), bool(singular.sum() < 2))


def _newton(f: StateMap, states: Array) -> Array:
    """Where f(s) = s was reached from each row of (N, H), (M, H) with M ≤ N."""
    s, found = np.array(states), []
    for _ in range(ROUNDS):
        value, jacobian = f.with_jacobians(s)
        left = value - s
        size = np.abs(left).max(axis=1)
        close = size <= _tolerance(s) * 1e-2  # as good as it gets: below RESIDUAL after rounding
        found.append(s[close])
        going = ~close & np.isfinite(size) & np.isfinite(jacobian).all(axis=(1, 2))
        s, left, jacobian, size = (each[going] for each in (s, left, jacobian, size))
        if not len(s):
            break
        step, share, worse = _step(left, jacobian), np.ones(len(s)), np.arange(len(s))
        for _ in range(HALVINGS):
            after = s[worse] + share[worse, None] * step[worse]
            worse = worse[~(np.abs(f(after) - after).max(axis=1) < size[worse])]
            if not len(worse):
                break
            share[worse] /= 2
        s = s + share[:, None] * step
    else:
        found.append(s[np.abs(f(s) - s).max(axis=1, initial=0.0) <= _tolerance(s)])
    return np.concatenate(found)


def _tolerance(s: Array) -> Array:
    return RESIDUAL * np.maximum(1.0, np.abs(s).max(axis=1, initial=0.0))


def _step(left: Array, jacobian: Array) -> Array:
    """δ (N, H) with δ·(I − J) = f(s) − s; where that matrix is singular the shortest of the best ones."""
    matrix = np.eye(left.shape[1]) - jacobian
    regular = np.abs(np.linalg.det(matrix)) > 1e-12
    step = np.empty_like(left)
    step[regular] = np.linalg.solve(np.swapaxes(matrix[regular], 1, 2), left[regular][:, :, None])[:, :, 0]
    if not regular.all():
        step[~regular] = (left[~regular][:, None, :] @ np.linalg.pinv(matrix[~regular], rcond=1e-10))[:, 0]
    return step


def _distinct(f: StateMap, places: Array, reach: float) -> Array:
    """Each once, within the square, from the left. Where I − ∂f/∂s is singular the equation is nearly solved all around
    its solution, so that more of them are one."""
    places = places[np.abs(places).max(axis=1, initial=0.0) <= reach * (1 + 1e-9)]
    flat = _singular(f, places, FLAT)
    residual = np.abs(f(places) - places).max(axis=1, initial=0.0)
    found: list[Array] = []
    for k in np.argsort(residual, kind="stable"):
        place, near = places[k], WIDE if flat[k] else SAME
        scale = max(1.0, float(np.abs(place).max()))
        if all(np.abs(place - other).max() > near * scale for other in found):
            found.append(place)
    found.sort(key=lambda place: tuple(np.round(place, 6)))
    return np.array(found).reshape(-1, UNITS)


def _singular(f: StateMap, places: Array, least: float) -> Array:
    """Where the smallest singular value of I − ∂f/∂s is below `least`, (N,) bool."""
    _, jacobians = f.with_jacobians(places)
    return np.linalg.svd(np.eye(UNITS) - jacobians, compute_uv=False)[:, -1] < least


def _maps_into_itself(f: StateMap, reach: float) -> bool:
    """Whether the edge of the square is mapped into its inside."""
    along, end = np.linspace(-reach, reach, EDGE), np.full(EDGE, reach)
    sides = (along, end), (along, -end), (end, along), (-end, along)
    edge = np.concatenate([np.stack(side, axis=1) for side in sides])
    value = f(edge)
    return bool(np.isfinite(value).all() and (np.abs(value) < reach).all())


def _degree(f: StateMap, places: Array) -> int:
    _, jacobians = f.with_jacobians(places)
    return int(np.sign(np.linalg.det(np.eye(places.shape[1]) - jacobians)).sum())


def _stability(jacobian: Array) -> tuple[Array, str]:
    eigenvalues = np.linalg.eigvals(jacobian)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    size = np.abs(eigenvalues)
    if size[0] < 1 - ON_CIRCLE:
        return eigenvalues, STABLE
    if size[0] <= 1 + ON_CIRCLE:
        return eigenvalues, NEUTRAL
    return eigenvalues, UNSTABLE if size[-1] > 1 + ON_CIRCLE else SADDLE


@dataclass(frozen=True, eq=False)
class Directions:
    """What s ↦ s·W does to the plane: `eigenvalues` (H,), the largest |λ| first, and where they are real `vectors`
    (H, H), a row of length 1 for each, with v·W = λ·v; None where a pair is complex: W turns every direction."""

    name: str
    eigenvalues: Array
    vectors: Array | None


@memoised
def directions(trace: Trace, scan: Scan) -> Directions | None:
    """Those of the scan's recurrent matrix; None where it has none that is square, or several."""
    named = trace.named_parameters(trace.parameters)
    own = [name for name in recurrent_matrices(trace) if name.startswith(f"{scan.name}.")]
    if len(own) != 1 or named[own[0]].shape != (scan.hidden, scan.hidden) or not np.isfinite(named[own[0]]).all():
        return None
    values, columns = np.linalg.eig(named[own[0]].T)
    order = np.argsort(-np.abs(values), kind="stable")
    values, vectors = values[order], columns[:, order].T
    return Directions(own[0], values, np.real(vectors) if np.isreal(values).all() else None)
