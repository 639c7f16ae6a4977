"""The adding problem: add the two marked values, however far apart (Hochreiter and Schmidhuber 1997)."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task


def _make(experiment: Choices) -> Data:
    """x_t = (value in U(0, 1), marker 0 or 1); y_t = the sum of the marked values so far; every step has that target.

    One marker lies in each half of the sequence; at T = 1 there is one. The values are prefix-stable, the markers are
    not: they belong to the halves.
    """
    steps, batch = experiment.steps, experiment.batch
    values = stream(experiment.data_seed, "data").random((steps, batch))
    where = stream(experiment.data_seed, "markers").random((2, batch))
    half = steps // 2
    first = (where[0] * half).astype(np.intp)
    second = half + (where[1] * (steps - half)).astype(np.intp)
    x = np.zeros((steps, batch, 2))
    x[..., 0] = values
    if half:
        x[first, np.arange(batch), 1] = 1.0
    x[second, np.arange(batch), 1] = 1.0
    y = np.cumsum(values * x[..., 1], axis=0)[..., np.newaxis]
    return Data(x, y, np.ones(steps, dtype=bool), "squared", ("value", "marker"), ("sum",))


ADDING = Task(
    "adding",
    "Adding problem",
    "Add the two marked values of a random sequence.",
    _make,
    natural=lambda experiment: {"loss_at": "last"},
)
