"""A cloze: the word in the gap can only be known from a word that comes after it."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

ANSWERS = ("hungry", "tired", "happy", "cold")
REASONS = ("starved", "worked", "won", "froze")  # one for each answer
BEFORE = ("today", "again", "still", "we")
AFTER = ("because", "since", "yesterday", "they")
GAP = "___"
WORDS = (GAP, *BEFORE, *AFTER, *REASONS)


def _make(experiment: Choices) -> Data:
    """Filler words, the gap at step ⌈T/2⌉, more of them, and at the last step the reason; y_t = the word.

    With the loss at every step only the gap counts, so that a network without a reverse chain can do no better than
    guess one of four; with the loss at the last step it has read the reason. At T = 1 there is only the gap. Not
    prefix-stable: gap and reason move.
    """
    steps, batch = experiment.steps, experiment.batch
    answer = (stream(experiment.data_seed, "data").random(batch) * len(ANSWERS)).astype(np.intp)
    said = stream(experiment.data_seed, "words").random((steps, batch))
    gap = (steps - 1) // 2
    codes = 1 + (said * len(BEFORE)).astype(np.intp)
    codes[gap:] = 1 + len(BEFORE) + (said[gap:] * len(AFTER)).astype(np.intp)
    codes[-1] = 1 + len(BEFORE) + len(AFTER) + answer
    codes[gap] = 0
    y = one_hot(np.broadcast_to(answer, (steps, batch)), len(ANSWERS))
    labels = tuple(WORDS[code] for code in codes[:, 0])
    return Data(one_hot(codes, len(WORDS)), y, np.arange(steps) == gap, "categorical", WORDS, ANSWERS, labels)


CLOZE = Task(
    "cloze",
    "Cloze",
    "Fill the gap in a sentence; only a word after the gap tells which.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": 7},
)
