"""Training: update after update through the two loops of bptt.py, keeping no more than a row of numbers of each.

`Training` is the engine: data, an optimizer, updates. What is trained for how long, validated and recorded is
core.training.run's.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Literal

import msgspec
import numpy as np

from core import bptt
from core.cells import cell_named
from core.edits.applied import edited_parameters
from core.edits.editing import locked_entries, locked_only
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.faults import hook_of
from core.maths.arrays import Array, vector_norm
from core.maths.clipping import clip
from core.network.initialisation import initial_parameters
from core.network.parts import BackwardPass, ForwardPass, Network
from core.network.scan import scans_of
from core.network.size import predicted_bytes, refuse_before_data, refuse_beyond_limit
from core.network.structures import build
from core.network.workspace import Workspace
from core.tasks import dataset
from core.tasks.base import Data
from core.training.history import Progress, Updates
from core.training.optimizers import Optimizer

Broken = Literal["loss", "gradient", "parameters"]
PIECE, MOST_STEPS = 200_000, 200  # multiplications of a step, summed over what is made at once; and steps
TOO_LARGE = (
    "An update would need {needed:.0f} MB, more than the {limit:.0f} MB it may have; choose fewer steps, hidden units "
    "or sequences per update."
)


class Training:
    """A training in progress: `parameters` by name as they are now (views that move with it), and its `history`.

    Equal arguments give equal numbers. Clipping, truncation and a switched-on fault are the experiment's. The
    parameters of a cell that is not learned, those named in `held`, and single numbers that are locked stay as they
    are. Typed inputs, targets and initial states are the shown run's: a training has its own sequences.

    `run` and `back` are the passes of the last update, `gradient` (n,) has the gradients of all learned parameters as
    one vector and `used` what was used of them, until the next one; None before the first. `latest` is the last
    update in numbers.

    Where the loss, the gradient or the parameters are no longer finite, `broken` names which, and no update follows;
    the parameters are then the last ones whose loss was finite (the first ones, where no loss was).
    """

    def __init__(
        self,
        experiment: Experiment,
        optimizer: Optimizer,
        size: int | None = None,
        parameters: Mapping[str, Array] | None = None,
        batches: Callable[[int], Data] | None = None,
        held: Collection[str] = (),
    ) -> None:
        """`size`: sequences an update, the experiment's `batch` where it is None. `parameters` replaces the initial
        ones and what was typed over them, unless it is locked, and is copied. `batches(k)` gives the data of update k,
        from 0; dataset.batch where it is None.

        Raises InputError where the task cannot be made, a batch is too large, a parameter has another shape, or `held`
        names one that there is not.
        """
        size = experiment.batch if size is None else size
        if size < 1:
            raise InputError("An update needs at least one sequence; {size} cannot be used.", size=size)
        of_a_batch = msgspec.structs.replace(experiment, batch=size)
        refuse_before_data(of_a_batch, TOO_LARGE)
        self.experiment, self.optimizer, self.size = experiment, optimizer, size
        self._hook = hook_of(experiment.fault)
        self._head_only = not cell_named(experiment.cell).learned
        self.history = Updates()
        self.broken: Broken | None = None
        self.epoch_length: int | None = None  # updates
        self.done = 0  # updates of a training that this one goes on from: its batches follow on theirs
        if batches is None:
            batches = dataset.Batches(experiment, size)
            self.epoch_length = batches.epoch.updates if batches.epoch else None
        self.run: ForwardPass | None = None
        self.back: BackwardPass | None = None
        self.gradient: Array | None = None
        self.used: Array | None = None
        self.latest = Progress(0, math.nan, math.nan)
        self._batches, self._workspace = batches, Workspace()
        first = self._batches(0)
        self.network = build(experiment, first)
        refuse_beyond_limit(predicted_bytes(of_a_batch, self.network), TOO_LARGE)
        if parameters is None:
            start = edited_parameters(self.network, initial_parameters(self.network, experiment), experiment)
        else:  # they may have moved on from what was typed, but for what is locked
            start = edited_parameters(self.network, checked(self.network, parameters), locked_only(experiment))
        self.parameters = checked(self.network, start)
        self.learned = learned_names(self.network, held)
        self.vector = np.concatenate([self.parameters[name].ravel() for name in self.learned])
        shapes = self.network.parameter_shapes
        locked = np.concatenate([locked_entries(experiment, n, shapes[n]).ravel() for n in self.learned])
        self._locked = np.flatnonzero(locked)
        self.before = self.vector.copy()
        self.parameters.update(views(self.network, self.vector, self.learned))
        still = tuple(name for name in shapes if name not in self.learned)
        self._gradients = np.zeros(sum(array.size for array in self.parameters.values()))  # of what is learned first
        self._gradients_of = views(self.network, self._gradients, (*self.learned, *still))
        self._gradient = self._gradients[: self.vector.size]
        self._at_once = min(max(PIECE // (self._gradients.size * size), 1), MOST_STEPS)
        self._steps = 2 * (len(scans_of(self.network)) * max(len(first.x), len(first.y)) + 1)

    def update(self) -> Progress:
        """One update. Raises ValueError once training has stopped."""
        with np.errstate(all="ignore"):
            deque(bptt.forward(self.network, self._begin(), seldom=True), maxlen=0)
            if self._has_loss():
                deque(self._backward(seldom=True), maxlen=0)
                self._move()
        return self.latest

    @property
    def takes_long(self) -> bool:
        """Whether an update is so long that it is made in pieces where nobody can wait for it."""
        return self._steps > self._at_once

    def pieces(self) -> Iterator[None]:
        """One update, which is `latest` then; yields between as many steps of the two loops as take about a
        millisecond."""
        loops = self._loops()
        while _some(loops, self._at_once):
            yield None

    def _loops(self) -> Iterator[bptt.Done]:
        """One update, step by step: forward, loss, backward, accumulate; then the parameters move."""
        yield from bptt.forward(self.network, self._begin())
        if self._has_loss():
            yield from self._backward()
            self._move()

    def _begin(self) -> ForwardPass:
        if self.broken:
            raise ValueError("training has stopped; its parameters are the last good ones")
        self.run = self.back = None  # so that this one's arrays take the last one's place in the caches
        batch = self._batches(self.done + len(self.history))
        self.run = ForwardPass(self.network, self.parameters, batch, recorded=False, workspace=self._workspace)
        return self.run

    def _has_loss(self) -> bool:
        assert self.run is not None
        if not math.isfinite(self.run.loss):
            self._break_off("loss", self.run.loss, math.nan)
        return not self.broken

    def _backward(self, seldom: bool = False) -> Iterator[bptt.Done]:
        assert self.run is not None
        self._gradients.fill(0.0)
        self.back = BackwardPass(
            self.run,
            window=self.experiment.truncate,
            hook=self._hook,
            head_only=self._head_only,
            parameters=self._gradients_of,
            workspace=self._workspace,
        )
        return bptt.backward(self.network, self.back, seldom)

    def _move(self) -> None:
        assert self.run is not None
        loss, gradient = self.run.loss, self._gradient
        if self._locked.size:
            gradient[self._locked] = 0.0
        norm = used_norm = vector_norm(gradient)
        if not math.isfinite(norm):
            self._break_off("gradient", loss, norm)
            return
        used = gradient
        if self.experiment.clip_norm is not None or self.experiment.clip_value is not None:
            used = clip({"all": gradient}, self.experiment.clip_norm, self.experiment.clip_value)[0]["all"]
            used_norm = vector_norm(used)
        self.gradient, self.used = gradient, used
        self.before = self.vector.copy()
        self.optimizer.step(self.vector, used)
        if not math.isfinite(self.vector.dot(self.vector)) and not np.isfinite(self.vector).all():
            self._break_off("parameters", loss, norm)
            return
        self._note(loss, norm, used_norm)

    def restore(self, update: int, vector: Array, before: Array, state: Mapping[str, Array]) -> None:
        """Goes back to where it was after `update` updates: its learned parameters (n,), those before the last update
        and the optimizer's state. What follows is what followed then."""
        self.vector[...], self.before = vector, before.copy()
        self.optimizer.restore(state)
        self.history.truncate(update)
        self.broken = None

    def _note(self, loss: float, norm: float, used: float) -> None:
        made = len(self.history)
        epoch = 1 + (self.done + made) // self.epoch_length if self.epoch_length else 0
        self.latest = Progress(made + 1, loss, norm, used, self.optimizer.rate, epoch)
        self.history.append(self.latest)

    def _break_off(self, what: Broken, loss: float, norm: float) -> None:
        """Restores the last good parameters: those before the update that led here."""
        if what != "gradient":
            self.vector[...] = self.before
        self.broken = what
        self._note(loss, norm, math.nan)


def train(training: Training, updates: int, within: bool = False) -> Iterator[Progress | None]:
    """Yields after every update, `updates` times, or until the training breaks off (the update that did it included).

    `within`: also None within an update that takes long, for a caller that cannot wait for a whole one.
    """
    for _ in range(updates):
        if training.broken:
            return
        if within and training.takes_long:
            yield from training.pieces()
            yield training.latest
        else:
            yield training.update()


def _some(loops: Iterator[bptt.Done], steps: int) -> bool:
    """Goes on by so many steps, overflow and the like ignored; whether there were any."""
    with np.errstate(all="ignore"):
        return bool(deque(islice(loops, steps), maxlen=1))


def learned_names(network: Network, held: Collection[str] = ()) -> tuple[str, ...]:
    """The parameters that a training moves: all but those in `held` and those of scans whose cell is not learned.

    Raises InputError where `held` names one that the network does not have, or leaves none to learn.
    """
    for name in held:
        if name not in network.parameter_shapes:
            known = ", ".join(network.parameter_shapes)
            raise InputError(
                "There is no parameter “{name}” to hold; the parameters are {known}.", name=quoted(name), known=known
            )
    still = tuple(f"{scan.name}." for scan in scans_of(network) if not scan.cell.learned)
    names = tuple(name for name in network.parameter_shapes if name not in held and not name.startswith(still))
    if not names:
        raise InputError("Every parameter is held, so there is nothing to learn; hold fewer of them.")
    return names


def views(network: Network, vector: Array, names: tuple[str, ...]) -> dict[str, Array]:
    """The named parameters as views of one flat vector, one behind the other."""
    found, start = {}, 0
    for name in names:
        shape = network.parameter_shapes[name]
        size = math.prod(shape)
        found[name] = vector[start : start + size].reshape(shape)
        start += size
    return found


def checked(network: Network, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Copies of a network's parameters, float64, in one order in memory. Raises InputError naming one that is missing,
    or of another shape."""
    found = {}
    for name, shape in network.parameter_shapes.items():
        if name not in parameters:
            raise InputError(
                "The parameter {name} is missing; this network needs it with the shape {shape}.", name=name, shape=shape
            )
        array = np.array(parameters[name], dtype=np.float64, order="C")
        if array.shape != shape:
            raise InputError(
                "The parameter {name} has the shape {shape}, and this network needs {wanted}.",
                name=name,
                shape=array.shape,
                wanted=shape,
            )
        found[name] = array
    return found
