"""What a pinned run has otherwise, in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from core.cells import CELLS
from core.choices import Edit
from core.documents.differences import differences, in_words, sentence, short
from core.documents.document import USUAL_PLAN, Content, Parameters, PinnedRun
from core.experiment import Experiment, describe
from core.recorder import record
from tests.core.strategies import RELAXED, experiments

BASE = Experiment()


def said(other: Experiment, shown: Experiment = BASE, plan=None, shown_plan=USUAL_PLAN) -> str:
    run = PinnedRun(other, describe(other), 0, None, plan)
    return in_words(differences(run, Content(shown, plan=shown_plan)))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "the same experiment"),
        ({"cell": "lstm"}, "LSTM instead of tanh"),
        ({"hidden": 8}, "H = 8 instead of H = 6"),
        ({"widths": (4, 2)}, "H = 4, 2 instead of H = 6, 2 layers instead of one layer"),
        ({"w_gain": 1.0}, "W = 1·Q instead of W = 0.8·Q"),
        ({"w_init": "identity", "w_gain": 1.0}, "W = 1·I instead of W = 0.8·Q"),
        ({"weight_seed": 3}, "weight seed 3 instead of 1"),
        ({"steps": 20}, "T = 20 instead of 14"),
        ({"structure": "n-n"}, "the structure n-n instead of n-1"),
        ({"clip_norm": 1.0}, "clipping to norm 1"),
        ({"truncate": 5}, "truncation after 5"),
        ({"bidirectional": "sum"}, "both directions (sum)"),
        ({"edits": (Edit("x", (0, 0, 0), 2.0),)}, "one typed number"),
        ({"biases": False}, "biases off instead of on"),
        ({"forget_bias": 5.0}, "the same experiment"),  # which a tanh does not read
    ],
)
def test_each_difference_has_its_words(changes, wanted):
    assert said(BASE.with_changes(**changes)) == wanted


def test_what_is_missing_is_said_from_the_pinned_runs_side():
    assert said(BASE, BASE.with_changes(clip_norm=1.0)) == "without clipping to norm 1"
    lstm = Experiment(cell="lstm")
    assert said(lstm.with_changes(forget_bias=5.0), lstm) == "forget bias 5 instead of 1"
    held = lstm.freeze("f", 1.0)
    assert said(held, lstm) == "f ≡ 1" and said(lstm, held) == "without f ≡ 1"


def test_two_rates_and_two_optimizers():
    other = USUAL_PLAN.with_changes(rate=0.05)
    assert said(BASE, plan=other) == "η 0.05 instead of 0.1"
    assert said(BASE.with_changes(cell="lstm"), plan=other) == "LSTM instead of tanh, η 0.05 instead of 0.1"
    found = differences(PinnedRun(BASE.with_changes(cell="lstm"), "", 0, None, other), Content(BASE))
    assert short(found) == "LSTM, η 0.05" and short(()) == ""
    adam = USUAL_PLAN.with_changes(optimizer="adam", rate=None)
    assert said(BASE, plan=adam) == "Adam instead of SGD, η 0.001 instead of 0.1"
    momentum = USUAL_PLAN.with_changes(momentum=0.9)
    assert said(BASE, plan=momentum) == "momentum μ 0.9 instead of 0"
    assert said(BASE, plan=None, shown_plan=adam) == "the same experiment", "trained as the one on show"


def test_many_are_summarised_and_none_of_four_is_hidden_behind_one_more():
    other = Experiment(cell="lstm", hidden=8, steps=20, weight_seed=3, batch=4)
    text = said(other)
    assert text == "LSTM instead of tanh, H = 8 instead of H = 6, T = 20 instead of 14 and 2 more differences"
    four = Experiment(cell="lstm", hidden=8, steps=20, weight_seed=3)
    assert said(four).count(", ") == 3 and "more" not in said(four)


def test_other_weights_are_said_where_nothing_else_is_otherwise():
    own = Parameters(BASE, {name: array + 1.0 for name, array in record(BASE).parameters.items()})
    run = PinnedRun(BASE, "tanh  0.8·Q", 0, own)
    assert sentence(run, Content(BASE)) == "tanh 0.8·Q: the same experiment with other weights."
    assert sentence(run, Content(BASE, own)) == "tanh 0.8·Q: the same experiment."
    assert np.array_equal(own["L1.W"], run.parameters["L1.W"])


@RELAXED
@given(experiments(tuple(cell.name for cell in CELLS)), experiments(tuple(cell.name for cell in CELLS)))
def test_any_two_experiments_have_words(one, other):
    found = differences(PinnedRun(one, "one", 0), Content(other))
    back = differences(PinnedRun(other, "other", 0), Content(one))
    assert len(found) == len(back) and all(found)
    assert all("{" not in text and "None" not in text for text in found)
    assert differences(PinnedRun(one, "one", 0), Content(one)) == ()
