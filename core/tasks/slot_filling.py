"""Slot filling: arrive in Rome, leave from Rome. The same word goes into another slot, for what was said before it."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

VERBS = ("arrive", "leave")
SMALL = ("in", "from", "on")
CITIES = ("Rome", "Oslo", "Lima", "Taipei")
DAYS = ("Monday", "Friday")
WORDS = (*VERBS, *SMALL, *CITIES, *DAYS)
SLOTS = ("other", "destination", "origin", "day")
_CITY, _DAY = len(VERBS) + len(SMALL), len(VERBS) + len(SMALL) + len(CITIES)


def _make(experiment: Choices) -> Data:
    """arrive in or leave from a city, on a day, again and again; y_t = the slot of word t; every step supervised.

    At T = 2 the sentence is a verb and a city: the first word alone decides how the second one is labelled. From T = 3
    on the task is prefix-stable.
    """
    steps, batch = experiment.steps, experiment.batch
    drawn = stream(experiment.data_seed, "data").random((steps, batch))
    step = np.arange(steps)[:, np.newaxis]
    leaves = (drawn * 2).astype(np.intp)[step[:, 0] // 5 * 5]  # (T, B): the verb of each step's own phrase of 5 words
    city = _CITY + (drawn * len(CITIES)).astype(np.intp)
    day = _DAY + (drawn * len(DAYS)).astype(np.intp)
    on = len(VERBS) + 2
    place = np.broadcast_to(step % 5, (steps, batch)).copy()
    if steps == 2:
        place[1] = 2
    codes = np.choose(place, (leaves, len(VERBS) + leaves, city, np.full_like(leaves, on), day))
    slots = np.choose(place, (0 * leaves, 0 * leaves, 1 + leaves, 0 * leaves, np.full_like(leaves, 3)))
    labels = tuple(WORDS[code] for code in codes[:, 0])
    every = np.ones(steps, dtype=bool)
    return Data(one_hot(codes, len(WORDS)), one_hot(slots, len(SLOTS)), every, "categorical", WORDS, SLOTS, labels)


SLOT_FILLING = Task(
    "slot-filling",
    "Slot filling",
    "Label each word of a trip: the same city is a destination or an origin.",
    _make,
    natural=lambda experiment: {"loss_at": "every", "steps": 5},
)
