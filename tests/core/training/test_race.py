"""Several trainings side by side: each as it would be alone, and never more than one update apart."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import Experiment, natural
from core.training.plan import Plan
from core.training.race import plan_of, racing, refuse_other_data
from core.training.run import TrainingRun

PLAN = Plan(optimizer="sgd", rate=0.1, length=9, validation=0.0)
TANH = Experiment(steps=3, hidden=3, batch=2)


def finished(run: TrainingRun) -> TrainingRun:
    for _ in run.steps():
        pass
    return run


def test_each_is_trained_as_it_would_be_alone_and_none_gets_ahead():
    plans = [PLAN, plan_of(PLAN.with_changes(rate=0.05), PLAN, 2), plan_of(None, PLAN, 2)]
    experiments = [TANH, TANH, TANH.with_changes(cell="gru")]
    runs = [TrainingRun(experiment, plan) for experiment, plan in zip(experiments, plans, strict=True)]
    order = []
    for found in racing(runs):
        updates = [run.update for run in runs]
        assert max(updates) - min(updates) <= 1
        if found is not None:
            order.append(found[0])
    assert order == [0, 1, 2] * 9 and [run.ended for run in runs] == ["length"] * 3
    for run, experiment, plan in zip(runs, experiments, plans, strict=True):
        alone = finished(TrainingRun(experiment, plan))
        assert np.array_equal(run.training.vector, alone.training.vector)
        assert np.array_equal(run.history.column("loss"), alone.history.column("loss"))


def test_one_that_is_behind_catches_up_first():
    ahead, behind = TrainingRun(TANH, PLAN), TrainingRun(TANH, PLAN.with_changes(rate=0.2))
    while ahead.update < 4:
        next(ahead.steps())
    for _ in racing([ahead, behind]):
        assert ahead.update == 4 or behind.update >= 4
    assert ahead.update == behind.update == 9


def test_it_can_be_left_at_any_yield():
    runs = [TrainingRun(TANH, PLAN), TrainingRun(TANH, PLAN.with_changes(rate=0.05))]
    while any(run.ended is None for run in runs):
        for k, _ in enumerate(racing(runs)):
            if k == 25:
                break
    for run in runs:
        alone = finished(TrainingRun(TANH, run.plan))
        assert np.array_equal(run.training.vector, alone.training.vector)


def test_a_plan_in_a_race_moves_the_parameters_in_its_own_way_and_reads_the_leading_ones_data():
    own = Plan(optimizer="adam", rate=0.01, length=7, sequences=5, held=("L1.b",), patience=3)
    found = plan_of(own, PLAN, 2)
    assert (found.optimizer, found.rate, found.held) == ("adam", 0.01, ("L1.b",))
    assert (found.length, found.sequences, found.patience) == (9, 2, None)
    assert plan_of(None, PLAN, 2) == PLAN.with_changes(sequences=2)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (TANH.with_changes(data_seed=9), "other sequences"),
        (TANH.with_changes(steps=5), "other sequences"),
        (TANH.with_changes(loss_at="every"), "other targets"),
        (natural("recall", steps=3), "other sequences"),
    ],
)
def test_other_data_are_no_race(other, said):
    with pytest.raises(InputError, match=said):
        refuse_other_data(other, TANH, PLAN)


def test_another_cell_another_seed_of_the_weights_or_more_units_are_one():
    for changes in ({"cell": "lstm"}, {"weight_seed": 7}, {"hidden": 9}, {"batch": 5}, {"clip_norm": 1.0}):
        refuse_other_data(TANH.with_changes(**changes), TANH, PLAN)


@pytest.mark.parametrize("updates", [0, 4, 9])
def test_a_continued_run_is_the_same_and_goes_on_apart(updates):
    run = TrainingRun(TANH, PLAN)
    while run.update < updates:
        next(run.steps())
    if updates == 9:
        finished(run)
    other = run.continued()
    assert other.update == updates and other.ended == run.ended
    assert np.array_equal(other.training.vector, run.training.vector)
    before = run.training.vector.copy()
    finished(other)
    assert run.update == updates and np.array_equal(run.training.vector, before), "this one stays"
    assert np.array_equal(other.training.vector, finished(TrainingRun(TANH, PLAN)).training.vector)
    plan = PLAN.with_changes(length=12)
    longer = finished(other.continued(plan))
    assert np.array_equal(longer.training.vector, finished(TrainingRun(TANH, plan)).training.vector)
    assert other.update == 9
