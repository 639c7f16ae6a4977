"""A noisy sine: predict where the clean wave goes next."""

from typing import TYPE_CHECKING

import numpy as np

from core.maths.streams import stream
from core.tasks.base import Data, Task

if TYPE_CHECKING:
    from core.experiment import Experiment

PERIOD = 25.0  # steps


def _make(experiment: "Experiment") -> Data:
    """x_t = sin(2πt/25 + phase) + noise·N(0, 1), a random phase per sample; every step supervised.

    y_t is the clean wave's next value: the noise cannot be predicted, so it would only add a constant to the loss.
    """
    steps, batch = experiment.steps, experiment.batch
    phase = stream(experiment.data_seed, "data").uniform(0.0, 2.0 * np.pi, batch)
    wave = np.sin(2.0 * np.pi / PERIOD * np.arange(steps + 1)[:, np.newaxis] + phase)[..., np.newaxis]
    noise = stream(experiment.data_seed, "noise").standard_normal((steps, batch, 1))
    x = wave[:-1] + experiment.noise * noise
    return Data(x, wave[1:], np.ones(steps, dtype=bool), "squared", ("value",), ("next",))


SINE = Task(
    "sine",
    "Noisy sine",
    "Predict the next value of a sine wave from noisy readings of it.",
    _make,
    natural=lambda experiment: {"loss_at": "every"},
    options=("noise",),
    continues=True,
)
