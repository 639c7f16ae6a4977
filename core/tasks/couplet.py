"""A couplet: the first line is given, and the second answers it word for word. high hill old pine → deep lake young
plum."""

import numpy as np

from core.choices import DECODED, Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

ADJECTIVES = {"high": "deep", "near": "far", "old": "young", "late": "early"}  # and what answers each
NOUNS = {"hill": ("lake", "field"), "pine": ("reed", "plum"), "cloud": ("stream", "dew")}  # of place, of time
OF_PLACE = ("high", "near")
FIRST = (*ADJECTIVES, *NOUNS)
END = "end"
SECOND = (*ADJECTIVES.values(), *(word for pair in NOUNS.values() for word in pair), END)


def _make(experiment: Choices) -> Data:
    """x_t an adjective at odd t and a noun at even t, each drawn evenly; y_t = the word that answers it, and "end" from
    t = T + 1 on, where a decoder writes that many steps.

    An adjective has one answer. A noun has two, and the adjective right before it says which: high hill → deep lake,
    old hill → young field. A made-up language with the rule that both lines have as many words, each of the kind of its
    opposite; that without a state only one noun in two can be answered is the task.
    """
    steps, batch = experiment.steps, experiment.batch
    written = (experiment.output_steps or steps) if experiment.structure in DECODED else steps
    drawn = stream(experiment.data_seed, "data").random((steps, batch))
    adjective = np.arange(steps)[:, np.newaxis] % 2 == 0  # (T, 1): t = 1, 3 …
    noun = (drawn * len(NOUNS)).astype(np.intp)
    codes = np.where(adjective, (drawn * len(ADJECTIVES)).astype(np.intp), len(ADJECTIVES) + noun)
    of_time = np.zeros_like(codes)
    of_time[1:] = codes[:-1] >= len(OF_PLACE)
    answers = np.where(adjective, codes, len(ADJECTIVES) + 2 * noun + of_time)
    ends = np.full((max(written - steps, 0), batch), SECOND.index(END))
    y = one_hot(np.concatenate((answers, ends)), len(SECOND))
    labels = tuple(FIRST[code] for code in codes[:, 0])
    every = np.ones(len(y), dtype=bool)
    return Data(one_hot(codes, len(FIRST)), y, every, "categorical", FIRST, SECOND, labels)


COUPLET = Task(
    "couplet",
    "A couplet's second line",
    "Answer the first line of a couplet word for word; which word answers a noun, the one before it says.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": 4},
    ends_itself=True,
)
