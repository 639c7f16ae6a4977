"""Ensembles over seeds, their measures, and phase diagrams."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.claims.claim import column_norms
from core.ensemble.grid import cells_of, evenly, knob, numeric_options, phase_diagram
from core.ensemble.measures import MEASURES, measure_named, measured, worst
from core.ensemble.outcomes import Outcome, running
from core.ensemble.seeds import MOST, ensemble, over_seeds, quantiles_of
from core.ensemble.stack import Stack
from core.ensemble.stacked import NotStackable
from core.errors import InputError
from core.experiment import Experiment, natural
from core.jobs import finished
from core.recorder import record

DECADES, LOSS, RATIO, HALF, PERCENT = (measure_named(name) for name in ("decades", "loss", "ratio", "half", "percent"))


def outcome(norms: list[float], last: int | None = None, loss: float = 1.0) -> Outcome:
    array = np.array(norms)
    return Outcome(Experiment(), array, array, len(norms) if last is None else last, loss)


@pytest.mark.parametrize(
    ("task", "changes"),
    [
        ("last-step", {"cell": "lstm", "steps": 12}),
        ("last-step", {"structure": "n-n"}),
        ("reverse", {"structure": "attention"}),
        ("surname", {"batch": 3}),
        ("last-step", {"cell": "batchnorm", "batch": 3}),
        ("last-step", {"cell": "esn"}),
        ("last-step", {"truncate": 4}),
    ],
)
def test_an_ensemble_has_the_norms_and_losses_of_its_runs(task, changes):
    experiment = natural(task, **changes)
    found = finished(ensemble(experiment, 4))
    assert [each.experiment for each in found.outcomes] == list(over_seeds(experiment, 4))
    for each in found.outcomes:
        trace = record(each.experiment)
        norms = column_norms(trace, trace.exact, trace.scan.cell.memory)
        np.testing.assert_allclose(each.norms, norms, rtol=1e-11)
        np.testing.assert_allclose(each.loss, trace.loss, rtol=1e-12)
        assert each.last == np.flatnonzero(trace.supervised)[-1] + 1
    assert bool(found.alone) == (experiment.cell in ("batchnorm", "esn"))


def test_the_first_of_an_ensemble_is_the_experiment_itself():
    experiment = Experiment(data_seed=2**31 - 1, weight_seed=7)
    seeds = over_seeds(experiment, 3)
    assert seeds[0] is experiment
    assert [(each.data_seed, each.weight_seed) for each in seeds] == [(2**31 - 1, 7), (0, 8), (1, 9)]
    with pytest.raises(InputError, match=f"choose from 1 to {MOST}"):
        over_seeds(experiment, MOST + 1)


def test_typed_numbers_stay_with_the_seed_that_they_were_typed_over():
    from core.choices import Edit

    experiment = Experiment(edits=(Edit("L1.W", (0, 0), 9.0), Edit("L1.W", (1, 1), 8.0, locked=True)))
    first, second = over_seeds(experiment, 2)
    assert len(first.edits) == 2 and [edit.value for edit in second.edits] == [8.0]
    found = finished(ensemble(experiment, 2))
    for each in found.outcomes:
        np.testing.assert_allclose(each.loss, record(each.experiment).loss, rtol=1e-12)


def test_what_cannot_be_run_together_is_run_one_by_one_and_says_why(monkeypatch):
    def running_together(self, experiments):
        raise NotStackable("add of a parameter")
        yield  # a job all the same

    experiments = [Experiment().with_changes(weight_seed=seed) for seed in range(3)]
    together = finished(running(experiments))
    monkeypatch.setattr(Stack, "running", running_together)
    alone = finished(running(experiments))
    assert (together.alone, alone.alone) == ("", "add of a parameter")
    np.testing.assert_allclose([each.loss for each in alone.each], [each.loss for each in together.each], rtol=1e-12)


def test_an_ensemble_that_cannot_run_says_why():
    with pytest.raises(InputError, match="air-quality task has no file"):
        finished(ensemble(Experiment(task="air-quality"), 3))


def test_a_refused_run_is_recorded_and_the_others_go_on():
    good, bad = Experiment(), Experiment(task="air-quality")
    found = finished(running([good, bad, good.with_changes(weight_seed=5)]))
    assert [bool(each.refusal) for each in found.each] == [False, True, False]
    assert math.isnan(found.each[1].loss) and not math.isnan(found.each[2].loss)


def test_progress_rises_and_a_job_can_be_closed():
    job = ensemble(Experiment(steps=40, hidden=8), 60)
    done = [next(job) for _ in range(30)]
    assert done == sorted(done) and done[0] >= 0.0 and done[-1] <= 1.0
    job.close()
    with pytest.raises(StopIteration):
        next(job)


# --- measures ---
def test_measures_of_known_norms():
    shrinking = outcome([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
    assert DECADES.of(shrinking) == pytest.approx(1.0)
    assert RATIO.of(shrinking) == pytest.approx(1e-4)
    assert HALF.of(shrinking) == 1 and PERCENT.of(shrinking) == 2
    assert DECADES.of(outcome([8.0, 4.0, 2.0, 1.0])) == pytest.approx(-math.log10(2.0))
    assert HALF.of(outcome([1.0, 1.0, 1.0])) == math.inf
    assert DECADES.of(outcome([0.0, 0.5, 1.0])) == math.inf
    assert DECADES.of(outcome([1e-3, 1.0, 0.0], last=2)) == pytest.approx(3.0)


@pytest.mark.parametrize("norms", [[1.0], [0.0, 0.0], [1.0, math.nan], [1.0, math.inf]])
def test_measures_without_a_meaning_are_nan(norms):
    assert math.isnan(DECADES.of(outcome(norms)))
    assert math.isnan(DECADES.of(outcome(norms, last=0)))
    assert math.isnan(HALF.of(outcome(norms, last=0)))


def test_the_worst_is_named_whatever_there_is():
    runs = [outcome([1.0, 1.0], loss=loss) for loss in (1.0, math.nan, 3.0, 2.0)]
    assert worst(LOSS, runs) == 2
    assert worst(LOSS, runs[1:2]) is None
    forgetting = [outcome([0.1, 1.0]), outcome([0.001, 1.0]), outcome([1.0, 1.0])]
    assert worst(RATIO, forgetting) == 1 and worst(DECADES, forgetting) == 1
    assert worst(HALF, [outcome([1.0, 1.0]), outcome([1.0, 1.0])]) == 0  # all keep it: Inf, none worse
    with pytest.raises(InputError, match="decades, loss"):
        measure_named("beauty")


def test_every_measure_is_a_number_for_every_run():
    found = finished(ensemble(Experiment(steps=6), 3))
    for measure in MEASURES:
        assert measured(measure, found.outcomes).shape == (3,)
        assert found.worst(measure) in found.outcomes


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0.0, 1.0))
def test_quantiles_are_those_of_numpy(numbers, quantile):
    found = quantiles_of(np.array(numbers), (quantile,))
    np.testing.assert_allclose(found, np.quantile(numbers, [quantile]), rtol=1e-9, atol=1e-6)


def test_quantiles_pass_over_what_is_no_number():
    array = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan], [np.inf, np.nan]])
    found = quantiles_of(array, (0.0, 0.25, 0.5, 1.0))
    np.testing.assert_array_equal(found[:, 0], [1.0, 2.0, 3.0, np.inf])
    assert np.isnan(found[:, 1]).all()


# --- grids ---
def test_a_phase_diagram_has_the_numbers_of_its_experiments():
    base = Experiment(steps=12, hidden=4)
    grid = finished(phase_diagram(base, knob("w_gain", (0.5, 1.0, 1.5)), knob("steps", (6, 12))))
    numbers = grid.of(DECADES)
    assert numbers.shape == (2, 3)
    for cell in grid.cells:
        assert cell.experiment == base.with_changes(w_gain=cell.values[0], steps=cell.values[1])
        assert cell.outcomes[0].loss == pytest.approx(record(cell.experiment).loss, rel=1e-12)
        assert numbers[cell.row, cell.column] == cell.of(DECADES)
    assert (np.diff(numbers, axis=1) < 0).all()  # the larger W, the less is lost


def test_a_cell_that_is_refused_leaves_a_hole():
    base = Experiment(steps=12, truncate=5)
    grid = finished(phase_diagram(base, knob("truncate", (2, 1001)), knob("w_gain", (0.5, 1.0)), seeds=2))
    assert [bool(cell.refusal) for cell in grid.cells] == [False, True, False, True]
    np.testing.assert_array_equal(np.isnan(grid.of(LOSS)), [[False, True], [False, True]])


def test_the_median_over_seeds_is_what_a_cell_shows():
    base = Experiment(steps=8)
    grid = finished(phase_diagram(base, knob("w_gain", (0.9,)), knob("input_scale", (1.0,)), seeds=5))
    over = finished(ensemble(base.with_changes(w_gain=0.9), 5))
    assert grid.of(LOSS)[0, 0] == pytest.approx(float(np.median(over.of(LOSS))))


def test_knobs_take_numbers_alone():
    assert "w_gain" in numeric_options() and "truncate" in numeric_options()
    assert "cell" not in numeric_options() and "nonnegative" not in numeric_options()
    assert knob("steps", (4.0, 4.2, 9.0)).values == (4, 9)
    for name, values in (("cell", (1.0,)), ("w_gain", ()), ("w_gain", (math.nan,)), ("nothing", (1.0,))):
        with pytest.raises(InputError):
            knob(name, values)
    with pytest.raises(InputError, match="two different"):
        list(cells_of(Experiment(), knob("steps", (4,)), knob("steps", (5,))))


def test_values_are_spread_evenly_or_by_decades():
    assert evenly(0.0, 1.0, 11)[3] == 0.3
    assert evenly(1e-6, 1.0, 7, decades=True) == tuple(float(f"1e{k}") for k in range(-6, 1))
    assert evenly(2.0, 5.0, 1) == (2.0,)
    with pytest.raises(InputError, match="above 0"):
        evenly(0.0, 1.0, 3, decades=True)
    for far in (math.nan, math.inf, 1e308):
        with pytest.raises(InputError, match="at most 1e"):
            evenly(-far, far, 3)
