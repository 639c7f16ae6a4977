"""Rolling out a series: a network that predicts one step feeds its predictions back and so looks further ahead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from core import bptt
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job, finished
from core.maths.arrays import Array
from core.network.parts import ForwardPass, Network
from core.network.structures import build
from core.tasks import Data, dataset, task_named

STRUCTURES = ("n-1", "n-n")  # those whose last output predicts what follows the last x


@dataclass(frozen=True, eq=False)
class RollOut:
    """What was predicted and what came, (ahead, B): row k is k + 1 steps after the last value that was read."""

    outputs: Array
    targets: Array

    @property
    def loss(self) -> float:
        """½ of the mean squared error over all steps ahead."""
        return 0.5 * float(np.square(self.outputs - self.targets).mean())

    @property
    def r_squared(self) -> float | None:
        """1 − Σ(a − y)²/Σ(y − ȳ)² over all steps ahead; None where all targets are equal."""
        spread = float(np.square(self.targets - self.targets.mean()).sum())
        return 1.0 - float(np.square(self.outputs - self.targets).sum()) / spread if spread else None


def roll_out(experiment: Experiment, parameters: Mapping[str, Array], ahead: int, size: int) -> RollOut:
    """Predict `ahead` steps from each of at most `size` windows of the task's test part.

    All inputs but the predicted one stay what they really were (a perfect weather forecast); the first prediction reads
    T real steps, the k-th one k − 1 predictions among its last. Raises InputError where the task is no series of
    numbers, one of whose inputs its output is, or the structure predicts no next step.
    """
    if experiment.structure not in STRUCTURES:
        raise InputError(
            "structure {structure}: a roll-out feeds a next-step prediction back; choose n-1 or n-n.",
            structure=experiment.structure,
        )
    if experiment.read_backwards:
        raise InputError("read_backwards: a roll-out goes on after the step that is read last; switch it off.")
    steps = experiment.steps
    longer = msgspec.structs.replace(
        experiment, steps=steps + ahead - 1, structure="n-n", loss_at="every", truncate=None
    )
    data = dataset.held_out(longer, size)
    fed = input_of_output(experiment, data)
    window = dataset.held_out(experiment, 1)
    network = build(experiment, window)
    scale = experiment.input_scale

    def predict(x: Array) -> Array:
        return last_output(network, parameters, x, window)

    x = data.x / scale
    outputs = fed_back(lambda part: predict(part * scale), x, fed, steps, experiment.nonnegative)
    return RollOut(outputs, data.y[steps - 1 :, :, 0])


def fed_back(predict: Callable[[Array], Array], x: Array, fed: int, steps: int, nonnegative: bool = False) -> Array:
    """Return the predictions, (ahead, B), over x (steps + ahead − 1, B, I), whose column `fed` they replace in turn.

    `predict` maps a window (steps, B, I) to what follows it, (B,). Of column `fed` only the first `steps` rows are
    read. `nonnegative`: predictions are read as their absolute values.
    """
    return finished(feeding_back(predict, x, fed, steps, nonnegative))


def feeding_back(
    predict: Callable[[Array], Array], x: Array, fed: int, steps: int, nonnegative: bool = False
) -> Job[Array]:
    """The same as a job."""
    x = x.copy()
    outputs = np.empty((len(x) - steps + 1, x.shape[1]))
    for k in range(len(outputs)):
        outputs[k] = predict(x[k : k + steps])
        if k + steps < len(x):
            x[k + steps, :, fed] = np.abs(outputs[k]) if nonnegative else outputs[k]
        yield (k + 1) / len(outputs)
    return outputs


def last_output(network: Network, parameters: Mapping[str, Array], x: Array, like: Data) -> Array:
    """What follows the windows x (steps, B, I), as the network reads them: (B,). `like`: data of the same kind."""
    steps, samples, _ = x.shape
    y = np.zeros((steps, samples, 1))
    data = Data(x, y, np.zeros(steps, dtype=bool), like.loss, like.input_names, like.output_names)
    run = ForwardPass(network, dict(parameters), data)
    with np.errstate(all="ignore"):
        for _ in bptt.forward(network, run):
            pass
    return run.a[-1, :, 0]


def input_of_output(experiment: Experiment, data: Data) -> int:
    """The column of x that the output is the next value of. Raises InputError where it is that of none."""
    task = task_named(experiment.task)
    if task.continues and data.loss == "squared" and data.y.shape[2] == 1:
        if data.x.shape[2] == 1:
            return 0
        if data.output_names[0] in data.input_names:
            return data.input_names.index(data.output_names[0])
    raise InputError(
        "The task {task} predicts no next value of one of its inputs, so nothing can be fed back; choose a series "
        "(sine, csv, air-quality) that predicts a number which it also reads.",
        task=task.name,
    )
