"""The stars are those of the words, one after another."""

from __future__ import annotations

import numpy as np

from core.experiment import natural
from core.tasks import make
from core.tasks.review import STARS, VALUES, WORDS


def test_the_stars_are_added_up_word_by_word():
    data = make(natural("review", steps=40, batch=5, loss_at="every", structure="n-n"))
    for sample in range(5):
        said, before = 0, ""
        for t in range(40):
            word = WORDS[int(data.x[t, sample].argmax())]
            said += -VALUES[word] if before == "not" else VALUES[word]
            stars = min(max(3 + said, 1), 5)
            assert STARS[int(data.y[t, sample].argmax())] == "*" * stars
            before = word
    assert data.labels == tuple(WORDS[k] for k in data.x[:, 0].argmax(axis=1))
    assert set(np.unique(data.y.argmax(axis=2))) == set(range(5))
