"""Recall of the first symbol past distractors: the longer the sequence, the further the gradient has to reach."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.sine import NOISE


def _make(experiment: Choices) -> Data:
    """x_t = (symbol, distractor): the symbol is ±1 at t = 1 and 0 after it, the distractor noise·N(0, 1) from t = 2 on.

    y_t = 1 where the symbol was +1, else 0, at every step. A simplified form of the latching problem (Bengio, Simard
    and Frasconi 1994, section II).
    """
    steps, batch = experiment.steps, experiment.batch
    plus = stream(experiment.data_seed, "data").random(batch) < 0.5
    x = np.zeros((steps, batch, 2))
    x[0, :, 0] = np.where(plus, 1.0, -1.0)
    x[1:, :, 1] = experiment.noise * stream(experiment.data_seed, "noise").standard_normal((steps, batch))[1:]
    y = np.broadcast_to(plus.astype(np.float64)[:, np.newaxis], (steps, batch, 1))
    return Data(x, y, np.ones(steps, dtype=bool), "binary", ("symbol", "distractor"), ("first",))


RECALL = Task(
    "recall",
    "Recall of the first symbol",
    "Name the first symbol at the end, after random distractors.",
    _make,
    natural=lambda experiment: {"loss_at": "last", "noise": 0.5},
    options=(NOISE,),
)
