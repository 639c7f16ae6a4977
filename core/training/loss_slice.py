"""A two-dimensional slice of the loss: the plane through a recorded run's network that two directions of its parameters
span, the loss at the points of a grid in it, and the training's path seen from above.

The directions are the first two principal ones of the path (Li, Xu, Taylor, Studer & Goldstein 2018, section 7), or two
single parameters. All learned parameters are one vector θ (n,), as in a training's film.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from core import bptt
from core.ensemble.stack import MOST_BYTES, Stack, alone
from core.ensemble.stacked import NotStackable
from core.errors import InputError
from core.jobs import Job, part
from core.maths.arrays import Array, scaled_norm
from core.network.parts import ForwardPass
from core.network.size import predicted_bytes
from core.recorder import quietly
from core.trace import Trace
from core.training.run import TrainingRun
from core.training.training import views

POINTS = 31  # of the grid, along each side: an odd number, so that the network itself is one of them
MOST_FRAMES = 200  # of a path
MOST_TOGETHER = 256  # networks in one pass: more are no faster, and are longer without a report
FLAT = 1e-12  # a direction in which the path has less than this share of its largest spread is rounding
MARGIN = 1.15  # how far the map goes on beyond what it has to show
FAR = 3.0  # a step that is so many times as long as the path's reach leaves the map
EVERY = 8  # steps between two reports of a forward pass


@dataclass(frozen=True, eq=False)
class Path:
    """Where a training has been: `vectors` (F, n) after `updates` (F,), ascending; `names` of the learned parameters,
    one behind the other in a vector."""

    names: tuple[str, ...]
    updates: Array
    vectors: Array


@dataclass(frozen=True, eq=False)
class Plane:
    """θ(a, b) = `centre` + a·`across` + b·`up`; both directions (n,) have length 1 and are at a right angle. `share`:
    of the path's variance about its mean, how much lies in the two directions; NaN where the path is one point.
    `gradient_up`: the path is a straight line, so that `up` is what the gradient has at a right angle to it."""

    centre: Array
    across: Array
    up: Array
    share: float
    gradient_up: bool = False

    def project(self, vectors: Array) -> Array:
        """The places (…, 2) below vectors (…, n): (θ − centre)·across and (θ − centre)·up."""
        return self.shadow(vectors - self.centre)

    def shadow(self, steps: Array) -> Array:
        """The same of differences of parameters, (…, n)."""
        return np.stack((steps @ self.across, steps @ self.up), axis=-1)

    def vectors(self, places: Array) -> Array:
        """θ (m, n) at places (m, 2)."""
        return self.centre + places[:, :1] * self.across + places[:, 1:] * self.up


@dataclass(frozen=True, eq=False)
class Slice:
    """`loss` (N, N) at the places `across` (N,), columns, and `up` (N,), rows; the middle one is the network itself.
    A loss that is not finite is what it is."""

    plane: Plane
    across: Array
    up: Array
    loss: Array


def path_of(training: TrainingRun, most: int = MOST_FRAMES) -> Path:
    """At most so many of the film's frames, the first and the latest among them, and the training as it is now."""
    frames = training.film.frames
    if not frames or frames[-1].update != training.update:
        frames = [*frames, training.frame()]
    places = np.unique(np.linspace(0, len(frames) - 1, most).round().astype(int))
    shown = [frames[k] for k in places]
    updates = np.array([frame.update for frame in shown])
    return Path(training.training.learned, updates, np.array([frame.vector for frame in shown]))


def vector_of(parameters: Mapping[str, Array], names: Sequence[str]) -> Array:
    """The named parameters as one vector (n,)."""
    return np.concatenate([np.asarray(parameters[name], dtype=float).ravel() for name in names])


def place_of(trace: Trace, names: Sequence[str], parameter: str, entry: tuple[int, ...]) -> int | None:
    """Where in the vector an entry of a parameter by its book's name ("L1.W_f") is; None where it is not learned."""
    start, numbered = 0, {}
    for name, array in trace.parameters.items():
        numbered[name] = np.full(array.shape, -1)
    for name in names:
        size = numbered[name].size
        numbered[name] = np.arange(start, start + size).reshape(numbered[name].shape)
        start += size
    found = trace.named_parameters(numbered).get(parameter)
    if found is None or len(entry) != found.ndim or any(k >= n for k, n in zip(entry, found.shape, strict=True)):
        return None
    place = int(found[entry])
    return None if place < 0 else place


def named_place(trace: Trace, names: Sequence[str], place: int) -> tuple[str, tuple[int, ...]]:
    """The inverse of `place_of`: the book's name of a parameter, and the index in its array."""
    start, marked = 0, {name: np.zeros(array.shape, dtype=bool) for name, array in trace.parameters.items()}
    for name in names:
        flat = np.zeros(marked[name].size, dtype=bool)
        flat[place - start : place - start + 1] = start <= place < start + flat.size
        marked[name] = flat.reshape(marked[name].shape)
        start += flat.size
    for name, found in trace.named_parameters(marked).items():
        if found.any():
            return name, tuple(int(k) for k in np.argwhere(found)[0])
    raise ValueError(f"the vector has no place {place}")


def most_moved(path: Path) -> list[int]:
    """The places of the vector, the one that the path has gone farthest along first."""
    return np.argsort(-np.ptp(path.vectors, axis=0), kind="stable").tolist()


def principal_plane(path: Path, centre: Array, gradient: Array) -> Plane:
    """Through `centre` (n,) along the two directions in which the path is most spread out.

    Raises InputError where the path is one point, or there is one parameter alone.
    """
    if centre.size < 2:
        raise InputError("A plane needs two parameters, and only one is learned.")
    deviations = path.vectors - path.vectors.mean(axis=0)
    largest = float(np.abs(deviations).max(initial=0.0))
    if largest == 0.0:
        raise InputError("The path is one point as yet: make an update, or choose two weights.")
    _, spreads, directions = np.linalg.svd(deviations / largest, full_matrices=False)
    flat = len(spreads) < 2 or spreads[1] <= FLAT * spreads[0]
    across = _towards(directions[0], path.vectors[-1] - path.vectors[0])
    up = _beside(across, gradient) if flat else _towards(directions[1], directions[1])
    return Plane(centre, across, up, _share(deviations, across, up), flat)


def plane_of_weights(path: Path, centre: Array, first: int, second: int) -> Plane:
    """Through `centre` (n,) along two single parameters, by their places in the vector."""
    across, up = np.zeros(centre.size), np.zeros(centre.size)
    across[first] = up[second] = 1.0
    return Plane(centre, across, up, _share(path.vectors - path.vectors.mean(axis=0), across, up))


def reach_of(places: Array, steps: Array, width: float = 1.0) -> tuple[float, float]:
    """How far to either side of its centre a map has to go, across and up, to show `places` (m, 2) of a path and, as
    long as they are not much longer than that, `steps` (k, 2); times `width`."""
    path = np.abs(places).max(axis=0, initial=0.0)
    reach = path.copy()
    for step in np.abs(steps):
        if np.isfinite(step).all():
            limit = np.where(path > 0.0, FAR * path, np.inf)
            reach = np.maximum(reach, np.minimum(step, limit))
    largest = float(reach.max())
    least = 1e-3 * largest if largest > 0.0 else 1.0
    across, up = np.where(reach > least, reach, largest or 1.0) * MARGIN * width
    return float(across), float(up)


def slicing(
    trace: Trace, names: Sequence[str], plane: Plane, reach: tuple[float, float], points: int = POINTS
) -> Job[Slice]:
    """The loss of the run's own data at the points of a grid in the plane, `points` (an odd number) along each side.

    `names`: of the parameters in the plane's vectors; all others are the run's. Raises InputError as a run does.
    """
    across, up = (np.linspace(-half, half, points) for half in reach)
    across[points // 2] = up[points // 2] = 0.0
    places = np.column_stack((np.tile(across, points), np.repeat(up, points)))
    losses = yield from losses_at(trace, names, plane, places)
    return Slice(plane, across, up, losses.reshape(points, points))


def losses_at(trace: Trace, names: Sequence[str], plane: Plane, places: Array) -> Job[Array]:
    """The loss of the run's own data at places (m, 2) in the plane, (m,); as many networks as possible in one pass."""
    found, count = np.empty(len(places)), len(places)
    experiment = msgspec.structs.replace(trace.experiment, fault=None)  # faults change gradients alone
    size = 1
    if not alone(experiment):
        one = predicted_bytes(experiment, trace.network) + trace.data.x.nbytes + trace.data.y.nbytes
        size = max(1, min(MOST_TOGETHER, MOST_BYTES // one))
    start = 0
    while start < count:
        some = plane.vectors(places[start : start + size])
        networks = [{**trace.parameters, **views(trace.network, vector, tuple(names))} for vector in some]
        end = start + len(some)
        if len(some) > 1:
            try:
                stack = Stack(recorded=False)
                measuring = stack.measuring(experiment, [trace.data] * len(some), networks)
                yield from part(measuring, start / count, end / count)
            except NotStackable:
                size = 1
                continue
            found[start:end] = stack.loss
        else:
            found[start] = yield from part(_loss(trace, networks[0]), start / count, end / count)
        start = end
    return found


def _loss(trace: Trace, parameters: dict[str, Array]) -> Job[float]:
    run = ForwardPass(trace.network, parameters, trace.data, recorded=False)
    yield 0.0
    for k, _ in enumerate(quietly(bptt.forward(trace.network, run)), 1):
        if not k % EVERY:
            yield 0.5
    return float(run.loss)


def _share(deviations: Array, across: Array, up: Array) -> float:
    """Of the squared length of all deviations (F, n), how much lies in two directions at a right angle."""
    whole = scaled_norm(deviations)
    if whole == 0.0:
        return float("nan")
    scaled = deviations / whole
    return min(1.0, float(np.square(scaled @ across).sum() + np.square(scaled @ up).sum()))


def _towards(direction: Array, along: Array) -> Array:
    """The direction or its opposite: whichever leads along a vector, so that the same path has the same picture."""
    return -direction if float(direction.sum() if along is direction else direction @ along) < 0.0 else direction


def _beside(across: Array, gradient: Array) -> Array:
    """What a gradient has at a right angle to a direction, or, where it has nothing, a single parameter has."""
    axis = np.zeros(across.size)
    axis[int(np.abs(across).argmin())] = 1.0
    size = scaled_norm(gradient)
    wanted = gradient / size if np.isfinite(size) and size > 0.0 else axis
    for vector in (wanted, axis):
        rest = vector - (vector @ across) * across
        rest -= (rest @ across) * across  # once more, for what rounding has left
        long = float(np.linalg.norm(rest))
        if long > 1e-6:
            return rest / long
    raise AssertionError("an axis is never along a direction that it has the least share of")
