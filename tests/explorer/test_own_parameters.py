"""Parameters that a file brought stay in the session while they belong to the experiment."""

from __future__ import annotations

import numpy as np

from core import storage
from core.experiment import natural
from core.recorder import record
from explorer.session import Session


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
