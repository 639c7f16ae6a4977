"""Agreement at a distance: the cat near the mice behind the sofa was, the cats near the mice behind the sofa were."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task
from core.tasks.words import one_hot

SUBJECTS = ("cat", "cats")
PREPOSITIONS = ("near", "behind", "under", "beside")
NOUNS = ("mouse", "mice", "sofa", "sofas", "tree", "trees")  # singular and plural: the nearest noun must not decide
VERBS = ("was", "were")
WORDS = (*SUBJECTS, "the", *PREPOSITIONS, *NOUNS)


def _make(experiment: Choices) -> Data:
    """x_1 = cat or cats, then again and again a preposition, "the" and a noun of either number; y_t = was or were.

    The verb that x_1 asks for is the target at every step; it is good English after 1, 4, 7 … words. The agreement of
    a verb with its subject across other nouns (Linzen, Dupoux and Goldberg 2016).
    """
    steps, batch = experiment.steps, experiment.batch
    drawn = stream(experiment.data_seed, "data").random((steps, batch))
    plural = (drawn[0] * 2).astype(np.intp)
    place = (np.arange(steps)[:, np.newaxis] + 2) % 3  # 0: preposition, 1: the, 2: noun
    preposition = len(SUBJECTS) + 1 + (drawn * len(PREPOSITIONS)).astype(np.intp)
    noun = len(SUBJECTS) + 1 + len(PREPOSITIONS) + (drawn * len(NOUNS)).astype(np.intp)
    codes = np.where(place == 0, preposition, np.where(place == 1, len(SUBJECTS), noun))
    codes[0] = plural
    y = one_hot(np.broadcast_to(plural, (steps, batch)), len(VERBS))
    labels = tuple(WORDS[code] for code in codes[:, 0])
    return Data(one_hot(codes, len(WORDS)), y, np.ones(steps, dtype=bool), "categorical", WORDS, VERBS, labels)


AGREEMENT = Task(
    "agreement",
    "Agreement at a distance",
    "Choose was or were to agree with a subject several words back.",
    _make,
    natural=lambda experiment: {"loss_at": "last", "steps": 10},
)
