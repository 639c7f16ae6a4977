"""A noisy sine: predict where the clean wave goes next."""

from typing import Annotated

import msgspec
import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.options import Option, Slider
from core.tasks.base import Data, Task

PERIOD = 25.0  # steps


def _make(experiment: Choices) -> Data:
    """x_t = sin(2πt/25 + phase) + noise·N(0, 1), a random phase per sample; every step supervised.

    y_t is the clean wave's next value: the noise cannot be predicted, so it would only add a constant to the loss.
    """
    steps, batch = experiment.steps, experiment.batch
    phase = stream(experiment.data_seed, "data").uniform(0.0, 2.0 * np.pi, batch)
    wave = np.sin(2.0 * np.pi / PERIOD * np.arange(steps + 1)[:, np.newaxis] + phase)[..., np.newaxis]
    noise = stream(experiment.data_seed, "noise").standard_normal((steps, batch, 1))
    x = wave[:-1] + experiment.noise * noise
    return Data(x, wave[1:], np.ones(steps, dtype=bool), "squared", ("value",), ("next",))


NOISE = Option(
    "noise",
    Annotated[float, msgspec.Meta(ge=0.0, le=10.0)],
    0.1,
    "Noise",
    "The standard deviation of the noise on the readings.",
    Slider(0.0, 1.0),
)
SINE = Task(
    "sine",
    "Noisy sine",
    "Predict the next value of a sine wave from noisy readings of it.",
    _make,
    natural=lambda experiment: {"loss_at": "every"},
    options=(NOISE,),
    continues=True,
)
