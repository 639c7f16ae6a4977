"""Reversing a sequence: what was read last is written first. A decoder must be given all of it."""

import numpy as np

from core.choices import DECODED, Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

SYMBOLS = ("a", "b", "c", "d")
END = "end"


def _make(experiment: Choices) -> Data:
    """x_t one of four symbols; y_k = x_{T+1−k}, and "end" from k = T + 1 on, where a decoder writes that many steps.

    Without a decoder the second half of the targets is to be had only once all is read (or by a reverse chain).
    """
    steps, batch = experiment.steps, experiment.batch
    written = (experiment.output_steps or steps) if experiment.structure in DECODED else steps
    codes = (stream(experiment.data_seed, "data").random((steps, batch)) * len(SYMBOLS)).astype(np.intp)
    ends = np.full((max(written - steps, 0), batch), len(SYMBOLS))
    y = one_hot(np.concatenate((codes[::-1], ends)), len(SYMBOLS) + 1)
    labels = tuple(SYMBOLS[code] for code in codes[:, 0])
    every = np.ones(len(y), dtype=bool)
    return Data(one_hot(codes, len(SYMBOLS)), y, every, "categorical", SYMBOLS, (*SYMBOLS, END), labels)


REVERSE = Task(
    "reverse",
    "Reversing a sequence",
    "Write a sequence of symbols backward, for an encoder and a decoder.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": 6},
    ends_itself=True,
)
