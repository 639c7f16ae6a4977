"""The n-gram model: as a network it says exactly what counting says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.analysis import gradcheck
from core.errors import InputError
from core.experiment import natural
from core.recorder import Recorder, record

TEXT = "how much wood would a woodchuck chuck if a woodchuck could chuck wood"


def text_run(**changes):
    """A model of characters that knows every context."""
    return record(natural("next-character", cell="ngram", text=TEXT, hidden=256, **changes))


@pytest.mark.parametrize("taps", [1, 2, 3, 5])
def test_its_output_is_the_smoothed_relative_count(taps):
    trace = text_run(taps=taps)
    counts = Counter((TEXT[max(0, t + 1 - taps) : t + 1], TEXT[t + 1]) for t in range(len(TEXT) - 1))
    met = Counter(TEXT[max(0, t + 1 - taps) : t + 1] for t in range(len(TEXT) - 1))
    alphabet = sorted(set(TEXT))
    for t in range(trace.steps):
        context = TEXT[max(0, t + 1 - taps) : t + 1]
        expected = [(counts[context, letter] + 1) / (met[context] + len(alphabet)) for letter in alphabet]
        assert trace.values["out", "a"][t, 0] == pytest.approx(expected, abs=1e-12)


def test_the_state_is_one_hot_and_the_units_of_one_context_are_the_same():
    trace = text_run(taps=2)
    states = trace.values["L1", "s"][:, 0]
    assert (states.sum(axis=1) == 1.0).all()
    assert (states.max(axis=1) == 1.0).all()
    units = {}
    for t in range(trace.steps):
        context, unit = TEXT[max(0, t - 1) : t + 1], int(states[t].argmax())
        assert units.setdefault(context, unit) == unit
    assert len(set(units.values())) == len(units)


def test_few_units_know_the_most_frequent_contexts_and_the_rest_is_answered_by_all_steps_together():
    trace = record(natural("next-character", cell="ngram", text=TEXT, hidden=3, taps=1))
    frequent = [letter for letter, _ in Counter(TEXT[:-1]).most_common(3)]
    followers = Counter(TEXT[1:])
    alphabet = sorted(set(TEXT))
    anywhere = [(followers[letter] + 1) / (len(TEXT) - 1 + len(alphabet)) for letter in alphabet]
    for t in range(trace.steps):
        if TEXT[t] in frequent:
            assert trace.values["L1", "s"][t].sum() == 1.0
        else:
            assert not trace.values["L1", "s"][t].any()
            assert trace.values["out", "a"][t, 0] == pytest.approx(anywhere, abs=1e-12)


@pytest.mark.parametrize("scale", [1.0, 0.1, 3.0])
def test_an_echo_is_counted_from_a_window_longer_than_its_delay(scale):
    chosen = {"cell": "ngram", "steps": 300, "batch": 4, "hidden": 16, "delay": 2, "input_scale": scale}
    knows = record(natural("echo", taps=3, **chosen))
    right = (knows.values["out", "a"] > 0.5) == (knows.data.y > 0.5)
    assert right[knows.data.supervised].all()
    guesses = record(natural("echo", taps=2, **chosen))
    assert knows.loss < 0.1 * guesses.loss
    assert guesses.loss_t[guesses.data.supervised].mean() == pytest.approx(np.log(2.0), abs=0.02)


def test_its_gradients_are_derivatives_and_the_counts_are_almost_the_minimum():
    trace = record(natural("echo", cell="ngram", steps=40, hidden=4, batch=2, taps=2, delay=1))
    assert gradcheck.finish(trace).passed
    assert not trace.used["L1", "h"].any()
    assert np.abs(trace.exact_parameters["out.b"]).max() < 1.0


def test_what_is_not_made_of_symbols_is_refused():
    with pytest.raises(InputError, match="measured numbers, and none would come twice"):
        Recorder(natural("sine", cell="ngram"))
    for changes in ({"output_feedback": True}, {"structure": "1-n-feedback"}, {"layers": 2}, {"convolution": 3}):
        with pytest.raises(InputError):
            natural("next-character", cell="ngram", **changes)
