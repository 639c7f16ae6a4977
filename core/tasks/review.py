"""Stars from a review: good film not dull … → five stars. What counts is far apart, and "not" turns the next word."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

VALUES = {"good": 1, "great": 2, "dull": -1, "awful": -2, "the": 0, "film": 0, "music": 0, "not": 0}
WORDS = tuple(VALUES)
STARS = ("*", "**", "***", "****", "*****")


def _make(experiment: Choices) -> Data:
    """Each x_t is a word, drawn evenly; y_t are the stars of all words so far, 3 + Σ value, between 1 and 5.

    A word's value counts with the other sign right after "not". A made-up language: the task is to add up what is said
    over any distance, and to read two words together.
    """
    steps, batch = experiment.steps, experiment.batch
    codes = (stream(experiment.data_seed, "data").random((steps, batch)) * len(WORDS)).astype(np.intp)
    values = np.array(list(VALUES.values()))[codes]
    turned = np.zeros((steps, batch), dtype=bool)
    turned[1:] = codes[:-1] == WORDS.index("not")
    said = np.cumsum(np.where(turned, -values, values), axis=0)
    y = one_hot(np.clip(said + 2, 0, len(STARS) - 1), len(STARS))
    labels = tuple(WORDS[code] for code in codes[:, 0])
    return Data(one_hot(codes, len(WORDS)), y, np.ones(steps, dtype=bool), "categorical", WORDS, STARS, labels)


REVIEW = Task(
    "review",
    "Stars from a review",
    "Add up over any distance what the words of a review say, and give it one to five stars.",
    _make,
    natural=lambda experiment: {"loss_at": "last", "steps": 12},
)
