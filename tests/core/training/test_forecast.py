"""Forecasts over a stretch of the test part: the numbers of `measure`, and roll-outs as `roll_out` makes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import tasks
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.tasks.dataset import held_out
from core.tasks.splits import Split
from core.training.forecast import DRAWN, POINTS, forecasting, rolling_out, stretch
from core.training.measures import measure
from core.training.rollout import RollOut, roll_out
from tests.core.task_files import fields


def parameters_of(experiment):
    return initial_parameters(build(experiment, tasks.make(experiment)), experiment)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return fields(tmp_path_factory.mktemp("series"))


@pytest.mark.parametrize("task", ["csv", "air-quality"])
@pytest.mark.parametrize("split", [Split(), Split(validation=0.2, test=25)])
def test_windows_of_a_series_are_measured_as_any_data_are(files, task, split):
    chosen = natural(task, steps=5, **files[task])
    parameters = parameters_of(chosen)
    over = stretch(chosen, 3, 12, split)
    part = tasks.parts(chosen, split).test
    assert over.consecutive and (over.first, over.total) == (3, len(part))
    data = tasks.make(chosen, np.arange(part.start + 3, part.start + 15))
    wanted = measure(build(chosen, data), parameters, data)
    found = finished(forecasting(over, parameters))
    assert found.loss == pytest.approx(wanted.loss, rel=1e-12)
    assert found.r_squared == pytest.approx(wanted.r_squared, rel=1e-12)
    np.testing.assert_array_equal(over.targets, data.y[-1, :, 0])
    np.testing.assert_array_equal(over.rival, data.x[-1, :, over.fed])
    np.testing.assert_array_equal(over.rival[1:], over.targets[:-1])  # the next value of one window is read by the next


@pytest.mark.parametrize("task", ["sine", "adding", "last-step"])
def test_sequences_that_are_drawn_stand_one_after_another(task):
    chosen = natural(task, steps=7)
    parameters = parameters_of(chosen)
    over, whole = stretch(chosen, 4), held_out(chosen, DRAWN)
    assert not over.consecutive and over.total == DRAWN
    assert POINTS <= len(over.targets) < POINTS + 7
    each = len(over.targets) // over.sequences
    assert [len(piece) for piece in over.pieces] == [each] * over.sequences
    counted = whole.y[whole.supervised][:, 4 : 4 + over.sequences, 0].T.ravel()
    np.testing.assert_array_equal(over.targets, counted)
    all_of_them = finished(forecasting(stretch(chosen, 0, DRAWN), parameters))
    wanted = measure(build(chosen, whole), parameters, whole)
    assert all_of_them.loss * each == pytest.approx(wanted.loss, rel=1e-12)  # L adds the steps
    if wanted.r_squared is None:
        assert all_of_them.r_squared is None
    else:
        assert all_of_them.r_squared == pytest.approx(wanted.r_squared, rel=1e-9)


@pytest.mark.parametrize("first", [-5, 0, 10**6])
def test_a_stretch_stays_within_the_part(files, first):
    over = stretch(natural("csv", steps=5, **files["csv"]), first, 10)
    assert over.first == min(max(first, 0), over.total - 10) and over.sequences == 10
    assert not over.shared and stretch(natural("csv", steps=150, **files["csv"])).shared
    everything = stretch(natural("csv", steps=5, **files["csv"]), first, 10**6)
    assert (everything.first, everything.sequences) == (0, everything.total)


@given(ahead=st.integers(1, 8), first=st.integers(0, 20), structure=st.sampled_from(["n-1", "n-n"]))
def test_roll_outs_over_a_series_are_those_of_roll_out(files, ahead, first, structure):
    chosen = natural("air-quality", steps=4, structure=structure, input_scale=0.5, **files["air-quality"])
    parameters = parameters_of(chosen)
    over = stretch(chosen, first, 12)
    fan = finished(rolling_out(over, parameters, ahead))
    assert fan.starts.tolist() == list(range(0, 12 - ahead + 1, ahead))
    for k, start in enumerate(fan.starts):
        np.testing.assert_array_equal(fan.rolled.targets[:, k], over.targets[start : start + ahead])
    one = finished(forecasting(over, parameters))
    np.testing.assert_allclose(fan.rolled.outputs[0], one.outputs[fan.starts], rtol=1e-12)
    everything = roll_out(chosen, parameters, ahead, 10**6)
    places = fan.starts + first
    there = places < everything.outputs.shape[1]
    assert fan.rival.outputs.tolist() == [over.rival[fan.starts].tolist()] * ahead
    np.testing.assert_allclose(fan.rolled.outputs[:, there], everything.outputs[:, places[there]], rtol=1e-12)


@pytest.mark.parametrize("ahead", [1, 2, 4, 8])
def test_roll_outs_within_a_sequence_begin_where_it_has_been_read(ahead):
    chosen = natural("sine", steps=20, noise=0.0)
    parameters = parameters_of(chosen)
    over = stretch(chosen, 2, 3)
    fan = finished(rolling_out(over, parameters, ahead))
    one = finished(forecasting(over, parameters))
    np.testing.assert_allclose(fan.rolled.outputs[0], one.outputs[fan.starts], rtol=1e-12)
    for start, targets in zip(fan.starts, fan.rolled.targets.T, strict=True):
        piece = next(each for each in over.pieces if start in each)
        assert start + ahead - 1 in piece and start - piece.start + 1 >= ahead
        np.testing.assert_array_equal(targets, over.targets[start : start + ahead])


def test_what_has_no_next_value_has_no_rival_and_no_roll_out(files):
    for task, changes in (("adding", {}), ("sine", {"structure": "encoder-decoder"}), ("sine", {"structure": "n-1"})):
        over = stretch(natural(task, steps=6, **changes))
        assert over.starts(2) == ()
        with pytest.raises(ValueError, match="nothing to roll out 2 steps"):
            finished(rolling_out(over, {}, 2))
        assert (over.rival is None) == (changes.get("structure") != "n-1")
    assert stretch(natural("csv", steps=5, read_backwards=True, **files["csv"])).rival is None
    assert stretch(natural("sine", steps=3)).starts(4) == ()


def test_the_series_that_is_not_there_is_asked_for():
    with pytest.raises(InputError, match="has no file yet"):
        stretch(natural("csv"))


def test_targets_that_are_all_equal_have_no_r_squared():
    assert RollOut(np.ones(3), np.ones(3)).r_squared is None
