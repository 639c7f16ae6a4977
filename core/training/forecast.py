"""Forecast: what a network predicts over a stretch of the test part, beside what came and the rival that costs nothing,
"next = this"; and the same rolled out, with every prediction read as if it had come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count, pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from core import bptt, tasks
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.maths.arrays import Array
from core.network.parts import ForwardPass, Network
from core.network.structures import build
from core.tasks import Data, dataset, task_named
from core.tasks.splits import WHOLE, Split
from core.training.rollout import STRUCTURES, RollOut, feeding_back, input_of_output, last_output

POINTS = 100  # of a stretch, about
DRAWN = 512  # sequences that there are to look at where a task draws as many as are wanted


@dataclass(frozen=True, eq=False)
class Stretch:
    """Sequences of the test part: those from the `first` on (from 0) of the `total` there are.

    `consecutive`: they are windows of one series, each a step after the one before, and the last output of each is
    looked at. Otherwise they have nothing to do with each other, and every output that counts is looked at, one
    sequence after another. Either way there are n points; `steps` and `samples` (n,) say where each is in the data.
    `shared`: the stock is so small that they are trained on, too. `fed`: the column of x whose next
    value the output is; None where there is none.
    """

    experiment: Experiment
    network: Network
    data: Data
    first: int
    total: int
    consecutive: bool
    chosen: Array | None
    steps: Array
    samples: Array
    fed: int | None
    shared: bool

    @property
    def sequences(self) -> int:
        """How many of them."""
        return self.data.x.shape[1]

    @cached_property
    def targets(self) -> Array:
        """What came, (n,)."""
        return self.data.y[self.steps, self.samples, 0]

    @cached_property
    def rival(self) -> Array | None:
        """What "next = this" predicts, (n,): the value that was read last. None where that is not among the inputs."""
        if self.fed is None:
            return None
        return self.data.x[self.steps, self.samples, self.fed] / self.experiment.input_scale

    @cached_property
    def pieces(self) -> tuple[range, ...]:
        """The points of each run of time: one where the sequences are consecutive, else one a sequence."""
        if self.consecutive:
            return (range(len(self.steps)),)
        begins = [0, *(np.flatnonzero(np.diff(self.samples)) + 1).tolist(), len(self.samples)]
        return tuple(range(a, b) for a, b in pairwise(begins))

    def starts(self, ahead: int) -> tuple[int, ...]:
        """The points at which roll-outs of so many steps begin, one after the end of the other; none where nothing can
        be fed back, or the sequences are too short."""
        if self.fed is None or ahead < 1:
            return ()
        if self.consecutive:
            return tuple(range(0, len(self.steps) - ahead + 1, ahead))
        steps = len(self.data.x)
        whole = [piece for piece in self.pieces if len(piece) == steps]
        return tuple(piece.start + read - 1 for piece in whole for read in range(ahead, steps - ahead + 2, ahead))


class Forecast(NamedTuple):
    """What a network predicts over a stretch, (n,), with what came."""

    outputs: Array
    targets: Array

    @property
    def loss(self) -> float:
        """½ of the mean squared error over the points."""
        return RollOut(self.outputs, self.targets).loss

    @property
    def r_squared(self) -> float | None:
        """1 − Σ(a − y)²/Σ(y − ȳ)² over the points; None where all targets are equal."""
        return RollOut(self.outputs, self.targets).r_squared


class Fan(NamedTuple):
    """Roll-outs over a stretch: row k of `rolled` (ahead, n) predicts the points `starts` + k, (n,). `rival`: the value
    that was read last before each start stays as it is."""

    starts: Array
    rolled: RollOut
    rival: RollOut


def stretch(experiment: Experiment, first: int = 0, sequences: int | None = None, split: Split = WHOLE) -> Stretch:
    """The sequences from the `first` on, or the last ones where there are fewer after it. `sequences`: how many; None:
    as many as have POINTS points or little more.

    Raises InputError where the task cannot be made.
    """
    found = tasks.parts(experiment, split)
    part = None if found is None else found.test
    total = DRAWN if part is None else len(part)
    consecutive = part is not None and task_named(experiment.task).continues
    if sequences is None:
        sequences = POINTS if consecutive else -(-POINTS // _points(_picked(experiment, part, 0, 1, split)[0]))
    sequences = min(max(sequences, 1), total)
    first = min(max(first, 0), total - sequences)
    data, chosen = _picked(experiment, part, first, sequences, split)
    samples, steps = np.nonzero(_counted(data).T)
    if consecutive:
        last = np.r_[np.flatnonzero(np.diff(samples)), len(samples) - 1]
        samples, steps = samples[last], steps[last]
    network = build(experiment, data)
    shared, fed = found is not None and found.shared, _fed(experiment, data)
    return Stretch(experiment, network, data, first, total, consecutive, chosen, steps, samples, fed, shared)


def forecasting(over: Stretch, parameters: Mapping[str, Array]) -> Job[Forecast]:
    """The network's predictions over a stretch; a piece of the job is one step."""
    run = ForwardPass(over.network, dict(parameters), over.data, recorded=False)
    steps, whole = bptt.forward(over.network, run), len(over.network.parts) * len(over.data.x) + 1
    for done in count(1):
        with np.errstate(all="ignore"):  # not around the yield: whoever pulls has a state of his own
            if next(steps, None) is None:
                break
        yield min(done / whole, 1.0)
    return Forecast(run.a[over.steps, over.samples, 0], over.targets)


def rolling_out(over: Stretch, parameters: Mapping[str, Array], ahead: int) -> Job[Fan]:
    """Roll-outs of `ahead` steps from each of `over.starts(ahead)`; a piece of the job is a prediction.

    Of windows of a series each prediction reads T steps, as in `core.training.rollout.roll_out`; within a sequence that
    was drawn, the first reads all steps up to there, and the others as many. All inputs but the predicted one stay what
    they really were. Raises InputError where the longer windows cannot be made, ValueError where there is no start.
    """
    starts = np.array(over.starts(ahead), dtype=np.intp)
    if over.fed is None or not len(starts):
        raise ValueError(f"there is nothing to roll out {ahead} steps in this stretch")
    experiment, scale = over.experiment, over.experiment.input_scale

    def predict(x: Array) -> Array:
        return last_output(over.network, parameters, x * scale, over.data)

    places = starts + np.arange(ahead)[:, np.newaxis]
    targets = over.targets[places]
    last = over.data.x[over.steps[starts], over.samples[starts], over.fed] / scale
    rival = RollOut(np.broadcast_to(last, places.shape), targets)
    outputs = np.empty(places.shape)
    if over.chosen is not None and over.consecutive:
        longer = msgspec.structs.replace(
            experiment, steps=experiment.steps + ahead - 1, structure="n-n", loss_at="every", truncate=None
        )
        x = tasks.make(longer, over.chosen[starts]).x / scale
        outputs[...] = yield from feeding_back(predict, x, over.fed, experiment.steps, experiment.nonnegative)
        return Fan(starts, RollOut(outputs, targets), rival)
    read = over.steps[starts] + 1
    for steps in np.unique(read):
        alike = read == steps
        x = over.data.x[: steps + ahead - 1, over.samples[starts[alike]]] / scale
        outputs[:, alike] = yield from feeding_back(predict, x, over.fed, int(steps), experiment.nonnegative)
    return Fan(starts, RollOut(outputs, targets), rival)


def _picked(
    experiment: Experiment, part: range | None, first: int, sequences: int, split: Split
) -> tuple[Data, Array | None]:
    """The data of these sequences, and their numbers in the stock."""
    if part is not None:
        chosen = np.arange(part.start + first, part.start + first + sequences)
        return tasks.make(experiment, chosen), chosen
    data = dataset.held_out(experiment, DRAWN, split=split)  # always as many: fewer would be others
    here = slice(first, first + sequences)
    return replace(
        data,
        x=data.x[:, here],
        y=data.y[:, here],
        labels=(),
        present=None if data.present is None else data.present[:, here],
        counted=None if data.counted is None else data.counted[:, here],
    ), None


def _counted(data: Data) -> Array:
    """(T, B): which outputs count."""
    counted = np.broadcast_to(data.supervised[:, np.newaxis], data.y.shape[:2])
    return counted if data.counted is None else counted & data.counted


def _points(data: Data) -> int:
    return max(int(_counted(data).sum()), 1)


def _fed(experiment: Experiment, data: Data) -> int | None:
    """The column of x whose next value the output is; None where it is none, or what comes next is not predicted."""
    if experiment.structure not in STRUCTURES or experiment.read_backwards:
        return None
    try:
        return input_of_output(experiment, data)
    except InputError:
        return None
