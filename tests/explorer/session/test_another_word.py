"""One key puts another word at the selected input, as one entry of the history."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Experiment, natural
from explorer.session.session import Selection, Session


@pytest.fixture
def reading(qapp):
    session = Session(natural("slot-filling", steps=4, hidden=3))
    said: list[str] = []
    session.message.connect(said.append)
    return session, said


def test_the_1_moves_on_and_back(reading):
    session, said = reading
    before = session.trace.data.x.copy()
    session.select(Selection("x", 2))
    for _ in range(3):
        assert session.edits.another_word()
        session.update()
    now = session.trace.data.x
    place = int(before[1, 0].argmax())
    assert np.flatnonzero(now[1, 0]).tolist() == [(place + 3) % before.shape[2]] and not said
    assert (np.delete(now, 1, axis=0) == np.delete(before, 1, axis=0)).all()
    for _ in range(3):
        assert session.edits.another_word(-1)
        session.update()
    assert (session.trace.data.x == before).all()


@pytest.mark.parametrize(
    ("experiment", "selection", "reason"),
    [
        (natural("slot-filling", steps=4, hidden=3), None, "Select an input"),
        (natural("slot-filling", steps=4, hidden=3), Selection("s", 2), "Select an input"),
        (Experiment(steps=4, hidden=3), Selection("x", 2), "numbers"),
    ],
    ids=["nothing", "a state", "numbers"],
)
def test_where_there_is_no_word_it_says_so(qapp, experiment, selection, reason):
    session = Session(experiment)
    said: list[str] = []
    session.message.connect(said.append)
    session.select(selection)
    assert not session.edits.another_word() and reason in said[-1]
    assert session.experiment == experiment
