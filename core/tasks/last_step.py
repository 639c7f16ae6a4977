"""The plainest task for watching a gradient: random inputs and the target 1; the loss is ½(z − 1)² at the last step."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task


def _make(experiment: Choices) -> Data:
    """x_t ~ N(0, 1), two inputs; y_t = 1 at every step, so that a loss at every step can be asked for as well."""
    steps, batch = experiment.steps, experiment.batch
    x = stream(experiment.data_seed, "data").standard_normal((steps, batch, 2))
    return Data(x, np.ones((steps, batch, 1)), np.ones(steps, dtype=bool), "squared", ("x1", "x2"), ("output",))


LAST_STEP = Task(
    "last-step",
    "Target at the last step",
    "Read random numbers and answer 1 at the last step.",
    _make,
    natural=lambda experiment: {"loss_at": "last"},
)
