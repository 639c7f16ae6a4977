"""Parameters that a file brought stay in the session while they belong to the experiment."""

from __future__ import annotations

import numpy as np

from core.documents import storage
from core.experiment import natural
from core.recorder import record
from explorer.cli import main
from explorer.session.session import Session


def test_a_files_weights_stay_until_a_choice_makes_others(tmp_path):
    experiment = natural("echo", cell="tanh", steps=5, hidden=3)
    first = record(experiment)
    trace = record(experiment, {name: array + 0.5 for name, array in first.parameters.items()})
    path = tmp_path / "own.json"
    storage.save(path, storage.to_text(trace))
    session = Session()
    said: list[str] = []
    session.message.connect(said.append)
    assert session.open(path)
    assert session.trace.loss == trace.loss

    session.change(steps=7)  # another length has the same weights
    session.update()
    assert session.trace.steps == 7
    assert np.array_equal(session.trace.parameters["L1.W"], trace.parameters["L1.W"])

    session.change(weight_seed=9)
    session.update()
    assert not np.array_equal(session.trace.parameters["L1.W"], trace.parameters["L1.W"])
    assert any("weights" in text for text in said)

    session.undo()
    session.update()
    assert np.array_equal(session.trace.parameters["L1.W"], trace.parameters["L1.W"])
    again = tmp_path / "again.json"
    assert session.save(again)
    assert storage.load(again).own_parameters


def test_a_training_can_be_a_session_that_trace_train_and_a_picture_go_on_with(tmp_path, capsys):
    trained, numbers, further = (tmp_path / name for name in ("trained.json", "run.npz", "further.json"))
    said = [
        main(["train", "--task", "sine", "--steps", "5", "--updates", "3", "--out", str(trained)]),
        main(["trace", "--experiment", str(trained), "--out", str(numbers)]),
        main(["train", "--experiment", str(trained), "--start", str(trained), "--updates", "1", "--out", str(further)]),
    ]
    assert said == [0, 0, 0]
    saved = storage.load(trained)
    assert saved.given is not None
    with np.load(numbers) as found:
        assert np.array_equal(found["param.L1.W"], saved.given["L1.W"])
        assert float(found["loss"]) == saved.loss
    assert not np.array_equal(storage.load(further).given["L1.W"], saved.given["L1.W"])
    session = Session(saved.experiment, parameters=saved.given)
    assert session.trace.loss == saved.loss
    capsys.readouterr()


def test_a_session_without_weights_of_its_own_is_no_start(tmp_path, capsys):
    plain = tmp_path / "plain.json"
    storage.save(plain, storage.to_text(record(natural("sine"))))
    assert main(["train", "--task", "sine", "--start", str(plain), "--out", str(tmp_path / "x.npz")]) != 0
    assert "has no trained weights" in capsys.readouterr().err
