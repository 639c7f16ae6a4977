"""Echo: repeat the bit that was read some steps ago. The shortest task that needs a memory."""

from typing import Annotated

import msgspec
import numpy as np

from core.choices import MAXIMUM_STEPS, Choices
from core.maths.streams import stream
from core.options import Option, Slider
from core.tasks.base import Data, Task


def _make(experiment: Choices) -> Data:
    """y_t = x_{t−delay}, supervised for t > delay.

    A sequence no longer than the delay uses T − 1, so that the last step always has a target; at T = 1 it is x itself.
    """
    steps = experiment.steps
    delay = min(experiment.delay, steps - 1)
    x = (stream(experiment.data_seed, "data").random((steps, experiment.batch, 1)) < 0.5).astype(np.float64)
    y = np.zeros_like(x)
    y[delay:] = x[: steps - delay]
    return Data(x, y, np.arange(steps) >= delay, "binary", ("bit",), ("bit",))


DELAY = Option(
    "delay",
    Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)],
    3,
    "Delay",
    "The network has to answer with what it read this many steps ago.",
    Slider(1, lambda choices: max(choices.steps - 1, 2)),
    unit="steps",
)
ECHO = Task(
    "echo",
    "Echo",
    "Repeat the random bit that was read a number of steps ago.",
    _make,
    natural=lambda experiment: {"loss_at": "every"},
    options=(DELAY,),
)
