"""The second line answers the first, read word by word."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import natural
from core.recorder import record
from core.tasks import make
from core.tasks.couplet import ADJECTIVES, FIRST, NOUNS, OF_PLACE, SECOND


def lines(data, sample):
    """The words of both lines."""
    return [FIRST[k] for k in data.x[:, sample].argmax(axis=1)], [SECOND[k] for k in data.y[:, sample].argmax(axis=1)]


def test_each_word_is_answered_and_a_noun_by_what_stands_before_it():
    data = make(natural("couplet", steps=20, batch=40, structure="n-n"))
    seen, pairs = set(), {}
    for sample in range(40):
        first, second = lines(data, sample)
        for t in range(0, 20, 2):
            assert second[t] == ADJECTIVES[first[t]]
            assert second[t + 1] == NOUNS[first[t + 1]][first[t] not in OF_PLACE]
            seen |= {second[t], second[t + 1]}
            pairs[" ".join(first[t : t + 2])] = " ".join(second[t : t + 2])
    assert seen == set(SECOND) - {"end"} and len(pairs) == 12
    assert pairs["high hill"] == "deep lake" and pairs["old hill"] == "young field" and pairs["near pine"] == "far reed"
    assert data.labels == tuple(lines(data, 0)[0])


@pytest.mark.parametrize("structure", ["encoder-decoder", "attention"])
def test_a_decoder_writes_the_line_and_then_its_end(structure):
    data = make(natural("couplet", steps=3, output_steps=5, batch=4, structure=structure))
    assert data.x.shape[0] == 3 and data.y.shape[0] == 5
    for sample in range(4):
        first, second = lines(data, sample)
        assert second[0] == ADJECTIVES[first[0]] and second[2] == ADJECTIVES[first[2]] and second[3:] == ["end", "end"]


def test_with_n_n_there_is_a_loss_at_every_word():
    trace = record(natural("couplet", structure="n-n"))
    assert trace.supervised.all() and np.count_nonzero(np.abs(trace.exact["out", "z"]).sum(axis=(1, 2))) == trace.steps
