"""The pinned runs in words, and a network as large as a pinned one."""

from __future__ import annotations

import pytest

from core.experiment import Experiment
from core.network.parameter_counts import count_of
from explorer.session.session import Session
from tests.explorer.driving import pulled


@pytest.fixture
def session(qapp, unchecked) -> Session:
    return Session(Experiment(cell="lstm", steps=3, hidden=4))


@pytest.fixture
def said(session) -> list[str]:
    found: list[str] = []
    session.message.connect(found.append)
    return found


def test_a_pinned_run_is_described_by_what_it_has_otherwise(session):
    session.pin("first")
    assert session.pinned.words(session.pins[0]) == "the same experiment"
    session.choose_cell("tanh")
    session.trainer.set_plan(rate=0.05)
    session.update()
    text = session.pinned.sentence(session.pins[0])
    assert text == "first: LSTM instead of tanh, η 0.1 instead of 0.05.", "it keeps the rate that it was pinned with"


def test_the_hidden_units_follow_a_pinned_runs_number_of_parameters(session, said):
    wanted = count_of(session.trace.network)
    session.pin("LSTM")
    session.choose_cell("tanh")
    session.update()
    assert session.pinned.match()
    pulled(session)
    units, own = session.experiment.hidden, count_of(session.trace.network)
    assert abs(own - wanted) < 2 * units + 3, "one unit more or less would be further away"
    assert said[-1] == f"{own} parameters with H = {units}; the pinned run LSTM has {wanted}."
    session.undo()
    session.update()
    assert session.experiment.hidden == 4


def test_without_a_pinned_run_it_says_so_and_where_the_size_is_not_free_too(session, said):
    assert not session.pinned.match()
    assert "No run is pinned" in said[-1]
    session.pin("LSTM")
    session.change(cell="ar", task="sine", structure="n-n", hidden=4)
    session.update()
    before = session.experiment
    session.pinned.match()
    pulled(session)
    assert "cannot be chosen" in said[-1] and session.experiment == before
