"""Training: the same numbers as the recorded run gives, one update after another, and an orderly end."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from core.cells import CELLS
from core.cells.elman import ElmanTanh
from core.errors import InputError
from core.experiment import Experiment, natural
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.recorder import record
from core.tasks import dataset, make
from core.training.measures import measure
from core.training.optimizers import SGD, Adam
from core.training.training import Training, train

ECHO = natural("echo", cell="lstm", steps=8, hidden=4, batch=3)
SLOPE = natural("last-step", cell="relu", steps=12, hidden=4, batch=2, w_gain=1.5, w_init="identity", nonnegative=True)


def on_its_own_data(experiment: Experiment, optimizer=None, **options) -> Training:
    """A training that reads what the recorded run reads, at every update."""
    data = make(experiment)
    return Training(experiment, optimizer or SGD(0.1), batches=lambda update: data, **options)


@pytest.mark.parametrize(
    "changes",
    [{}, {"truncate": 3}, {"clip_norm": 0.05}, {"clip_value": 0.01}, {"layers": 2}, {"bidirectional": "concat"}],
    ids=str,
)
def test_an_update_uses_what_the_recorded_run_says_is_used(changes):
    experiment = ECHO.with_changes(**changes)
    trace, training = record(experiment), on_its_own_data(experiment)
    progress = training.update()
    assert (progress.update, progress.loss) == (1, trace.loss)
    for name, before in trace.parameters.items():
        expected = before - 0.1 * trace.used_parameters[name]
        np.testing.assert_allclose(training.parameters[name], expected, rtol=1e-13, atol=1e-16, err_msg=name)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.learned], ids=lambda cell: cell.name)
def test_outputs_that_do_not_count_are_left_out_with_the_same_numbers(cell):
    experiment = natural("last-step", cell=cell.name, steps=6, hidden=3, batch=4, loss_at="last")
    trace, training = record(experiment), on_its_own_data(experiment)
    assert training.update().loss == pytest.approx(trace.loss, rel=1e-13)
    assert training.run is not None and training.gradient is not None
    if not cell.fed:  # whose later steps read every output
        np.testing.assert_allclose(training.run.a[-1], trace.run.a[-1], rtol=1e-13)
        assert trace.run.a[:-1].any() and not training.run.a[:-1].any()
    exact = np.concatenate([trace.used_parameters[name].ravel() for name in training.learned])
    np.testing.assert_allclose(training.gradient, exact, rtol=1e-12, atol=1e-15)


def test_the_norm_is_the_gradient_s_before_it_is_clipped():
    exact = record(ECHO).exact_parameters
    expected = np.sqrt(sum(np.square(array).sum() for array in exact.values()))
    assert on_its_own_data(ECHO).update().norm == pytest.approx(expected, rel=1e-13)
    assert on_its_own_data(ECHO.with_changes(clip_norm=1e-3)).update().norm == pytest.approx(expected, rel=1e-13)


def test_a_faulty_derivation_is_what_is_learned_from():
    wrong = natural("echo", cell="tanh", steps=6, hidden=3, fault="bias-forgotten")
    training = on_its_own_data(wrong)
    used, first = record(wrong).used_parameters, deepcopy(training.parameters)
    training.update()
    np.testing.assert_allclose(training.parameters["L1.b"], first["L1.b"] - 0.1 * used["L1.b"], rtol=1e-13)
    right = on_its_own_data(wrong.with_changes(fault=None))
    right.update()
    assert not np.allclose(right.parameters["L1.b"], training.parameters["L1.b"])


def test_the_recorded_run_goes_on_from_trained_parameters():
    training = on_its_own_data(ECHO, Adam(0.01))
    losses = [progress.loss for progress in train(training, 5)]
    assert record(ECHO, deepcopy(training.parameters)).loss == training.update().loss
    assert [progress.loss for progress in training.history[:5]] == losses


def test_equal_arguments_give_equal_numbers():
    def trained(experiment: Experiment) -> list:
        return list(train(Training(experiment, Adam(0.01), size=4), 20))

    assert trained(ECHO) == trained(ECHO)
    assert trained(ECHO) != trained(ECHO.with_changes(data_seed=2))


def test_every_update_reads_a_batch_of_its_own():
    training = Training(ECHO, SGD(1e-9), size=5)
    losses = {progress.loss for progress in train(training, 4)}
    assert len(losses) == 4
    for k, progress in enumerate(training.history):
        data = dataset.batch(ECHO, k, 5)
        assert measure(training.network, training.parameters, data).loss == pytest.approx(progress.loss, rel=1e-6)


def test_given_parameters_are_copied_and_a_snapshot_stays():
    start = record(ECHO.with_changes(weight_seed=7)).parameters
    training = on_its_own_data(ECHO, parameters=start)
    assert all(np.array_equal(training.parameters[name], array) for name, array in start.items())
    kept = {name: array.copy() for name, array in start.items()}
    snapshot = deepcopy(training.parameters)
    training.update()
    for name, array in start.items():
        assert np.array_equal(array, kept[name]) and np.array_equal(snapshot[name], kept[name])
        assert not np.array_equal(training.parameters[name], array)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_gets_better_on_what_it_reads(cell):
    experiment = natural("echo", cell=cell.name, steps=6, hidden=4, batch=8, delay=1)
    losses = [progress.loss for progress in train(on_its_own_data(experiment, SGD(0.02)), 40)]
    assert losses[-1] < losses[0]


def test_an_unlearned_cell_keeps_its_parameters(monkeypatch):
    """Only the read-out is fitted."""
    monkeypatch.setattr(ElmanTanh, "learned", False)
    training = on_its_own_data(ECHO.with_changes(cell="tanh"), Adam(0.1))
    first = deepcopy(training.parameters)
    for _ in train(training, 3):
        pass
    for name, array in training.parameters.items():
        assert np.array_equal(array, first[name]) == name.startswith("L1."), name


def test_what_is_held_stays_and_the_rest_moves():
    training = on_its_own_data(ECHO, Adam(0.1), held=("L1.W", "out.b"))
    first = deepcopy(training.parameters)
    for _ in train(training, 3):
        pass
    stayed = {name for name, array in training.parameters.items() if np.array_equal(array, first[name])}
    assert stayed == {"L1.W", "out.b"}


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_it_can_be_pulled_a_few_steps_at_a_time_with_the_same_numbers(monkeypatch, at_once):
    monkeypatch.setattr("core.training.training.PIECE", 10**9)
    monkeypatch.setattr("core.training.training.MOST_STEPS", at_once)
    whole, pulled = on_its_own_data(ECHO), on_its_own_data(ECHO)
    expected = list(train(whole, 3))
    rules = np.geterr()
    found = []
    for progress in train(pulled, 3, within=True):
        assert np.geterr() == rules
        found.append(progress)
    assert [progress for progress in found if progress is not None] == expected
    steps = 2 * ECHO.steps + 2  # forward, loss, backward, accumulate
    assert found.count(None) == (3 * -(-steps // at_once) if at_once < steps else 0)  # a short one is made whole


def test_steps_that_take_long_are_made_one_at_a_time():
    experiment = ECHO.with_changes(hidden=40, batch=200)
    assert list(train(on_its_own_data(experiment), 1, within=True)).count(None) == 2 * ECHO.steps + 2


def test_an_exploded_training_breaks_off_with_its_last_good_parameters():
    training = on_its_own_data(SLOPE, SGD(10.0))
    seen = list(train(training, 1000))
    assert training.broken in ("loss", "gradient", "parameters")
    assert 1 < len(seen) < 1000
    assert seen[:-1] == training.history[:-1]
    assert str(seen[-1]) == str(training.history[-1])  # of what is no longer finite
    assert [progress.update for progress in seen] == list(range(1, len(seen) + 1))
    assert all(np.isfinite(array).all() for array in training.parameters.values())
    assert np.isfinite(measure(training.network, training.parameters, make(SLOPE)).loss)
    assert list(train(training, 5)) == []
    with pytest.raises(ValueError, match="training has stopped"):
        training.update()


def test_a_loss_that_is_not_finite_brings_the_parameters_before_it_back():
    """One good update, then data whose loss overflows: the parameters are those before that good update."""
    data = make(ECHO.with_changes(task="last-step"))
    huge = replace(data, y=np.full(data.y.shape, 1e200))
    experiment = ECHO.with_changes(task="last-step")
    training = Training(experiment, SGD(0.1), batches=lambda update: huge if update else data)
    first = deepcopy(training.parameters)
    progress = list(train(training, 9))
    assert training.broken == "loss"
    assert len(progress) == 2 and progress[1].loss == np.inf and np.isnan(progress[1].norm)
    assert all(np.array_equal(training.parameters[name], array) for name, array in first.items())


def test_parameters_that_overflow_break_it_off_too():
    class Leap(SGD):
        def step(self, parameters, gradient):
            parameters[0] = np.inf

    training = on_its_own_data(ECHO, Leap())
    first = deepcopy(training.parameters)
    assert len(list(train(training, 3))) == 1
    assert training.broken == "parameters"
    assert all(np.array_equal(training.parameters[name], array) for name, array in first.items())


def test_a_start_that_is_not_finite_is_left_as_it_is():
    network = build(ECHO, make(ECHO))
    start = initial_parameters(network, ECHO)
    start["out.b"][...] = np.nan
    training = on_its_own_data(ECHO, parameters=start)
    assert len(list(train(training, 3))) == 1
    assert training.broken == "loss"
    assert np.isnan(training.parameters["out.b"]).all()


@pytest.mark.parametrize(("task", "changes"), [("echo", {}), ("next-character", {"text": "abca"}), ("sine", {})])
def test_measures_are_what_they_say(task, changes):
    experiment = natural(task, steps=5, batch=4, hidden=3, **changes)
    trace = record(experiment)
    found = measure(trace.network, trace.parameters, trace.data)
    assert found.loss == trace.loss
    a, y = trace.values["out", "a"], trace.data.y
    right, total, errors, targets = 0, 0, 0.0, []
    for t in np.flatnonzero(trace.data.supervised):
        for b in range(experiment.batch):
            total += 1
            if trace.data.loss == "categorical":
                right += np.argmax(a[t, b]) == np.argmax(y[t, b])
            else:
                right += (a[t, b, 0] > 0.5) == (y[t, b, 0] == 1.0)
            errors += (a[t, b, 0] - y[t, b, 0]) ** 2
            targets.append(y[t, b, 0])
    if trace.data.loss == "squared":
        assert found.accuracy is None
        assert found.r_squared == pytest.approx(1 - errors / (np.var(targets) * total))
    else:
        assert found.accuracy == right / total and found.r_squared is None


def test_what_does_not_vary_has_no_r_squared():
    experiment = natural("last-step", steps=3)
    trace = record(experiment)
    assert measure(trace.network, trace.parameters, trace.data).r_squared is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"size": 0}, "An update needs at least one sequence; 0 cannot be used."),
        ({"size": 10**6}, "choose fewer steps, hidden units or sequences per update."),
        (
            {"held": ["L1.X"]},
            "There is no parameter “L1.X” to hold; the parameters are L1.U, L1.W, L1.b, out.V, out.b.",
        ),
        ({"held": ["L1.U", "L1.W", "L1.b", "out.V", "out.b"]}, "Every parameter is held"),
        ({"parameters": {"L1.U": np.zeros((1, 16))}}, "The parameter L1.W is missing"),
        ({"parameters": {"L1.U": np.zeros((2, 16))}}, "L1.U has the shape (2, 16), and this network needs (1, 16)."),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
)
def test_what_cannot_be_used_is_refused(wrong, sentence):
    with pytest.raises(InputError) as refused:
        Training(ECHO, SGD(0.1), **wrong)
    assert sentence in str(refused.value)


def test_an_output_of_exactly_one_half_says_no():
    experiment = natural("binary-subtraction", hidden=2, batch=4)
    data = make(experiment)
    network = build(experiment, data)
    nothing = {name: np.zeros(shape) for name, shape in network.parameter_shapes.items()}
    found = measure(network, nothing, data)
    assert found.accuracy == (data.y[data.supervised] == 0.0).mean() != 0.5
