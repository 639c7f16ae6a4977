"""A trained run as a file: read back it is the same, and what is no such file is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.cells import CELLS
from core.documents import export, trained
from core.errors import InputError
from core.experiment import from_json, natural
from core.jobs import finished
from core.recorder import record
from core.training.optimizers import Adam
from core.training.plan import Plan
from core.training.run import TrainingRun, resumed_of
from core.training.training import Training, train


def a_training(cell: str = "lstm", **changes) -> Training:
    training = Training(natural("echo", cell=cell, steps=5, hidden=4, batch=2, **changes), Adam(0.01), size=3)
    for _ in train(training, 3):
        pass
    return training


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_read_back_it_is_the_same(cell, tmp_path: Path):
    training, path = a_training(cell.name), tmp_path / "run.npz"
    trained.write(path, training.experiment, training.parameters, training.history)
    found = trained.read(path)
    assert found.experiment == training.experiment
    assert set(found.parameters) == set(training.parameters)
    assert all(np.array_equal(found.parameters[name], array) for name, array in training.parameters.items())
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.parametrize("changes", [{"layers": 2}, {"bidirectional": "sum"}, {"output_feedback": True}], ids=str)
def test_other_networks_too(changes, tmp_path: Path):
    training, path = a_training("gru", **changes), tmp_path / "run.npz"
    trained.write(path, training.experiment, training.parameters, training.history)
    found = trained.read(path).parameters
    assert all(np.array_equal(found[name], array) for name, array in training.parameters.items())


def test_it_is_the_exported_run_and_the_history(tmp_path: Path):
    training, path = a_training(), tmp_path / "run.npz"
    trained.write(path, training.experiment, training.parameters, training.history)
    expected = export.arrays(record(training.experiment, training.parameters))
    with np.load(path, allow_pickle=False) as file:
        assert set(file.files) == {
            *expected,
            *(f"history.{name}" for name in ("loss", "norm", "used", "rate", "epoch")),
        }
        assert file["loss"] == expected["loss"]
        assert file["history.loss"].tolist() == [progress.loss for progress in training.history]
        assert file["history.norm"].tolist() == [progress.norm for progress in training.history]
        assert from_json(str(file["experiment"])) == training.experiment


def test_any_exported_run_is_read(tmp_path: Path):
    trace = record(natural("sine", cell="gru", steps=4, hidden=3))
    finished(export.writing(trace, tmp_path / "run.npz"))
    found = trained.read(tmp_path / "run.npz")
    assert all(np.array_equal(found.parameters[name], array) for name, array in trace.parameters.items())


def changed(path: Path, **arrays: object) -> None:
    """The file with some arrays replaced; None: left out."""
    with np.load(path, allow_pickle=False) as file:
        kept = {name: file[name] for name in file.files} | arrays
    np.savez(path, **{name: array for name, array in kept.items() if array is not None})


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"param.L1.W_f": None}, "The parameter L1.W_f is missing; (4, 4) numbers are needed."),
        ({"param.L1.W_f": np.zeros((4, 3))}, "The parameter L1.W_f has the shape (4, 3)"),
        ({"param.out.V": np.full((4, 1), "x")}, "The parameter out.V has the shape (4, 1) and the type <U1"),
        ({"experiment": None}, "it is no exported run"),
        ({"experiment": np.array("{")}, "This is not JSON"),
        ({"experiment": np.array('{"steps": 0}')}, "steps: expected"),
    ],
)
def test_what_is_wrong_with_it_is_named(arrays, sentence, tmp_path: Path):
    training, path = a_training(), tmp_path / "run.npz"
    trained.write(path, training.experiment, training.parameters, training.history)
    changed(path, **arrays)
    with pytest.raises(InputError) as refused:
        trained.read(path)
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("run.npz cannot be used: ")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", b"\x93NUMPY"], ids=str)
def test_what_is_no_such_file_is_refused(content, tmp_path: Path):
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"run\.npz cannot be used: (it is neither|it is a single|the NPZ is damaged)"):
        trained.read(path)


def test_a_truncated_file_is_refused(tmp_path: Path):
    training, path = a_training(), tmp_path / "run.npz"
    trained.write(path, training.experiment, training.parameters, training.history)
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        path.write_bytes(whole[:length])
        with pytest.raises(
            InputError, match=r"run\.npz cannot be used: (it is neither|it is a single|the NPZ is damaged)"
        ):
            trained.read(path)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"There is no file “.*none\.npz”"):
        trained.read(tmp_path / "none.npz")


def test_a_single_array_is_no_run(tmp_path: Path):
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(InputError, match="it is a single array"):
        trained.read(tmp_path / "one.npy")


def a_file_with_an_optimizer(path: Path) -> TrainingRun:
    run = TrainingRun(natural("echo", steps=4, hidden=2), Plan(length=4, validation=0.0))
    for _ in run.steps():
        pass
    trained.write(path, run.experiment, run.result, run.history, plan=run.plan, resumed=resumed_of(run))
    return run


def test_the_optimizer_is_read_back_to_the_bit(tmp_path: Path):
    run = a_file_with_an_optimizer(tmp_path / "run.npz")
    found = trained.read(tmp_path / "run.npz").resumed
    assert found is not None and (found.optimizer, found.updates) == ("adam", 4)
    assert found.learned == run.training.learned
    for name, array in run.training.optimizer.state().items():
        np.testing.assert_array_equal(found.state[name], array)


@pytest.mark.parametrize(
    "broken",
    [
        {"optimizer": np.array("{}")},
        {"optimizer": np.array('{"name":"none","updates":4,"learned":[]}')},
        {"optimizer": np.array('{"name":"adam","updates":-4,"learned":[]}')},
        {"optimizer.updates": np.array(-1)},
        {"optimizer.updates": np.array([4])},
        {"optimizer.mean": np.full(3, np.nan)},
        {"optimizer.mean": np.zeros((2, 2))},
        {"optimizer.square": np.array(["a"])},
    ],
    ids=str,
)
def test_a_damaged_state_of_the_optimizer_is_one_sentence(broken, tmp_path: Path):
    path = tmp_path / "run.npz"
    a_file_with_an_optimizer(path)
    with np.load(path) as file:
        arrays = {**{name: file[name] for name in file.files}, **broken}
    np.savez(path, **arrays)
    with pytest.raises(InputError, match="run.npz cannot be used: the optimizer's state in it is damaged"):
        trained.read(path)


def test_a_state_of_another_size_is_not_taken_up(tmp_path: Path):
    run = a_file_with_an_optimizer(tmp_path / "run.npz")
    resumed = trained.read(tmp_path / "run.npz").resumed
    larger = TrainingRun(natural("echo", steps=4, hidden=3), run.plan, resumed=resumed)
    assert larger.anew == "the network has another size than in the training of the file"
    assert larger.training.done == 0 and larger.training.optimizer.updates == 0


def test_the_state_is_that_of_the_parameters_that_are_kept():
    plan = Plan(length=12, rate=0.3, validation=0.3, validate_every=1)
    run = TrainingRun(natural("echo", steps=4, hidden=2), plan)
    for _ in run.steps():
        pass
    resumed = resumed_of(run)
    assert run.best is not None and resumed is not None
    assert resumed.updates == run.best.update and resumed.state["updates"] == run.best.update


def test_a_training_that_goes_on_can_be_rewound_and_branched():
    experiment, plan = natural("echo", steps=4, hidden=2), Plan(length=5, validation=0.0)
    first = TrainingRun(experiment, plan)
    for _ in first.steps():
        pass
    second = TrainingRun(experiment, plan, first.parameters, resumed=resumed_of(first))
    for _ in second.steps():
        pass
    losses = list(second.history.column("loss"))
    last = second.training.vector.copy()
    branch = finished(second.branching(2))
    for each in (branch, second):
        if each is second:
            for _ in each.rewinding(0):
                pass
        for _ in each.steps():
            pass
        assert list(each.history.column("loss")) == losses
        np.testing.assert_array_equal(each.training.vector, last)


def test_a_training_that_broke_off_leaves_no_state():
    run = TrainingRun(natural("sine", steps=6, hidden=3), Plan(length=200, optimizer="sgd", rate=1e6, validation=0.0))
    for _ in run.steps():
        pass
    assert run.ended == "broken" and resumed_of(run) is None
