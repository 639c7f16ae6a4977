"""Training: update after update through the two loops of bptt.py, keeping nothing but the loss and the gradient's norm.

A generator, so that a window can pull it for a few milliseconds a frame, and a command can run it to the end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from core import bptt
from core.cells import cell_named
from core.edits.applied import edited_parameters
from core.edits.editing import locked_entries, locked_only
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.faults import hook_of
from core.maths.arrays import Array, scaled_norm
from core.maths.clipping import clip
from core.network.initialisation import initial_parameters
from core.network.parts import BackwardPass, ForwardPass, Network
from core.network.scan import scans_of
from core.network.size import least_bytes, predicted_bytes, refuse_beyond_limit
from core.network.structures import build
from core.recorder import quietly
from core.tasks import dataset
from core.tasks.base import Data
from core.training.optimizers import Optimizer

Broken = Literal["loss", "gradient", "parameters"]
LARGER = "An update", "sequences per update"  # what is refused, and what there could be fewer of


class Progress(NamedTuple):
    """One update, counted from 1: the loss of its batch and its gradient's norm, both before the parameters moved.

    The norm is that of all learned parameters together, truncated where the experiment truncates, but not yet clipped.
    """

    update: int
    loss: float
    norm: float


class Training:
    """A training in progress: `parameters` by name as they are now (views that move with it), and its `history`.

    Equal arguments give equal numbers. Clipping, truncation and a switched-on fault are the experiment's. The
    parameters of a cell that is not learned, those named in `held`, and single numbers that are locked stay as they
    are. Typed inputs, targets and initial states are the shown run's: a training has its own sequences.

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
            raise InputError(f"An update needs at least one sequence; {size} cannot be used.")
        of_a_batch = msgspec.structs.replace(experiment, batch=size)
        refuse_beyond_limit(least_bytes(of_a_batch), *LARGER)
        self.experiment, self.optimizer = experiment, optimizer
        self._hook = hook_of(experiment.fault)
        self._head_only = not cell_named(experiment.cell).learned
        self.history: list[Progress] = []
        self.broken: Broken | None = None
        self._batches = batches or (lambda update: dataset.batch(experiment, update, size))
        first = self._batches(0)
        self.network = build(experiment, first)
        refuse_beyond_limit(predicted_bytes(of_a_batch, self.network), *LARGER)
        if parameters is None:
            start = edited_parameters(self.network, initial_parameters(self.network, experiment), experiment)
        else:  # they may have moved on from what was typed, but for what is locked
            start = edited_parameters(self.network, checked(self.network, parameters), locked_only(experiment))
        self.parameters = checked(self.network, start)
        self._learned = learned_names(self.network, held)
        self._vector = np.concatenate([self.parameters[name].ravel() for name in self._learned])
        shapes = self.network.parameter_shapes
        self._locked = np.concatenate([locked_entries(experiment, n, shapes[n]).ravel() for n in self._learned])
        self._before = self._vector.copy()
        self.parameters.update(_views(self.network, self._vector, self._learned))

    def update(self) -> Progress:
        """One update. Raises ValueError once training has stopped."""
        with np.errstate(all="ignore"):
            deque(self.loops(), maxlen=0)
        return self.history[-1]

    def loops(self) -> Iterator[bptt.Done]:
        """One update, step by step: forward, loss, backward, accumulate; then the parameters move."""
        if self.broken:
            raise ValueError("training has stopped; its parameters are the last good ones")
        run = ForwardPass(self.network, self.parameters, self._batches(len(self.history)), recorded=False)
        yield from bptt.forward(self.network, run)
        if not math.isfinite(run.loss):
            self._break_off("loss", run.loss, math.nan)
            return
        back = BackwardPass(run, window=self.experiment.truncate, hook=self._hook, head_only=self._head_only)
        yield from bptt.backward(self.network, back)
        self._move(run.loss, np.concatenate([back.parameters[name].ravel() for name in self._learned]))

    def _move(self, loss: float, gradient: Array) -> None:
        gradient[self._locked] = 0.0
        norm = _norm(gradient)
        if not math.isfinite(norm):
            self._break_off("gradient", loss, norm)
            return
        used = clip({"all": gradient}, self.experiment.clip_norm, self.experiment.clip_value)[0]["all"]
        kept = self._vector.copy()
        self.optimizer.step(self._vector, used)
        if not np.isfinite(self._vector).all():
            self._before = kept
            self._break_off("parameters", loss, norm)
            return
        self._before = kept
        self.history.append(Progress(len(self.history) + 1, loss, norm))

    def _break_off(self, what: Broken, loss: float, norm: float) -> None:
        """Restores the last good parameters: those before the update that led here."""
        if what != "gradient":
            self._vector[...] = self._before
        self.broken = what
        self.history.append(Progress(len(self.history) + 1, loss, norm))


def train(training: Training, updates: int, within: bool = False) -> Iterator[Progress | None]:
    """Yields after every update, `updates` times, or until the training breaks off (the update that did it included).

    `within`: also None after every step of the two loops, for a caller that cannot wait for a whole update.
    """
    for _ in range(updates):
        if training.broken:
            return
        if within:
            for _ in quietly(training.loops()):
                yield None
            yield training.history[-1]
        else:
            yield training.update()


class Measured(NamedTuple):
    """How good a network is on some data. `accuracy`: the share of right outputs, of a cross-entropy; `r_squared`:

    1 − Σ(a − y)²/Σ(y − ȳ)², of a squared error; each None where it has no meaning. Only what counts is counted.
    `sequences`: on how many.
    """

    loss: float
    accuracy: float | None
    r_squared: float | None
    sequences: int = 0


def measure(network: Network, parameters: Mapping[str, Array], data: Data) -> Measured:
    """One forward pass. A binary output is right on the target's side of ½, a categorical one where it is largest."""
    return measure_in_parts(network, parameters, (data,))


def measure_in_parts(network: Network, parameters: Mapping[str, Array], parts: Iterable[Data]) -> Measured:
    """The same over several batches, one after the other, as if they were one; only one at a time is in memory.

    L is the mean over all sequences, a share that of all outputs; the spread Σ(y − ȳ)² about the mean of all targets is
    put together from those of the batches (Chan, Golub & LeVeque 1983). A cell whose samples depend on each other
    takes its statistics from each batch. Raises ValueError where there is no batch.
    """
    loss, sequences, outputs, right, off = 0.0, 0, 0, 0, 0.0
    mean, spread, last = np.zeros(0), 0.0, 1  # `last`: numbers an output has
    for data in parts:
        run, counted = _outputs(network, parameters, data)
        a, y = run.a[counted], data.y[counted]
        sequences += data.x.shape[1]
        loss += run.loss * data.x.shape[1]
        if network.loss.name == "categorical":
            right += int((a.argmax(axis=-1) == y.argmax(axis=-1)).sum())
        elif network.loss.name == "binary":
            right += int(((a > 0.5) == (y > 0.5)).sum())
        else:
            with np.errstate(all="ignore"):
                off += float(np.square(a - y).sum())
            own = y.mean(axis=0)
            mean = mean if outputs else np.zeros_like(own)
            apart = float(np.square(own - mean).sum()) * outputs * len(y) / (outputs + len(y))
            spread += float(np.square(y - own).sum()) + apart
            mean = mean + (own - mean) * len(y) / (outputs + len(y))
        outputs += len(y)
        last = y.shape[-1]
    if not sequences:
        raise ValueError("there are no sequences to measure on")
    loss /= sequences
    if network.loss.name == "categorical":
        return Measured(loss, right / outputs, None, sequences)
    if network.loss.name == "binary":
        return Measured(loss, right / (outputs * last), None, sequences)
    return Measured(loss, None, 1.0 - off / spread if spread else None, sequences)


def _outputs(network: Network, parameters: Mapping[str, Array], data: Data) -> tuple[ForwardPass, Array]:
    """A forward pass, and which of its outputs count, (T, B) bool."""
    run = ForwardPass(network, dict(parameters), data, recorded=False)
    with np.errstate(all="ignore"):
        for _ in bptt.forward(network, run):
            pass
    counted = np.broadcast_to(data.supervised[:, np.newaxis], data.y.shape[:2])
    return run, counted if data.counted is None else counted & data.counted


def _norm(gradient: Array) -> float:
    """‖g‖₂; scaled only where its square is out of range, since a training asks for it at every update."""
    square = float(gradient.dot(gradient))
    return math.sqrt(square) if 1e-200 < square < 1e200 else scaled_norm(gradient)


def learned_names(network: Network, held: Collection[str] = ()) -> tuple[str, ...]:
    """The parameters that a training moves: all but those in `held` and those of scans whose cell is not learned.

    Raises InputError where `held` names one that the network does not have, or leaves none to learn.
    """
    for name in held:
        if name not in network.parameter_shapes:
            known = ", ".join(network.parameter_shapes)
            raise InputError(f"There is no parameter “{quoted(name)}” to hold; the parameters are {known}.")
    still = tuple(f"{scan.name}." for scan in scans_of(network) if not scan.cell.learned)
    names = tuple(name for name in network.parameter_shapes if name not in held and not name.startswith(still))
    if not names:
        raise InputError("Every parameter is held, so there is nothing to learn; hold fewer of them.")
    return names


def _views(network: Network, vector: Array, names: tuple[str, ...]) -> dict[str, Array]:
    """The named parameters as views of one flat vector, one behind the other."""
    found, start = {}, 0
    for name in names:
        shape = network.parameter_shapes[name]
        size = math.prod(shape)
        found[name] = vector[start : start + size].reshape(shape)
        start += size
    return found


def checked(network: Network, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """Copies of a network's parameters, float64. Raises InputError naming one that is missing, or of another shape."""
    found = {}
    for name, shape in network.parameter_shapes.items():
        if name not in parameters:
            raise InputError(f"The parameter {name} is missing; this network needs it with the shape {shape}.")
        array = np.array(parameters[name], dtype=np.float64)
        if array.shape != shape:
            raise InputError(f"The parameter {name} has the shape {array.shape}, and this network needs {shape}.")
        found[name] = array
    return found
