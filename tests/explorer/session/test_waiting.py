"""What waits for a run is a job as well, and a long fit is announced before it begins."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.documents import storage
from core.experiment import Experiment, natural
from core.recorder import record
from explorer.session.run import fits_long
from explorer.session.session import Session
from tests.explorer.driving import pulled

START = Experiment(steps=3, hidden=2)


@pytest.fixture
def slow_session(qapp, monkeypatch) -> Session:
    """A session in which nothing is done at once; what it is pulled for is one piece."""
    session = Session(START)
    monkeypatch.setattr("explorer.session.work.AT_ONCE", -1.0)
    return session


def test_hiding_an_error_is_a_job_that_can_be_cancelled(slow_session):
    session, before = slow_session, slow_session.trace
    assert session.hunt.start(1) and session.running.busy and session.hunting is None
    session.running.cancel()
    assert session.trace is before and session.hunting is None and session.change(steps=4)
    pulled(session)
    assert session.hunt.start(1)
    assert pulled(session) > 2
    assert session.hunting is not None and session.trace.experiment.fault
    session.hunt.leave()
    assert session.trace.experiment.fault is None


def test_pinning_and_saving_wait_for_the_run_that_is_under_way(slow_session, tmp_path):
    session, said = slow_session, []
    session.message.connect(said.append)
    session.change(hidden=3)
    session.pin()
    assert not session.save(tmp_path / "a.json") and not session.pins and session.running.busy
    assert said[-1] == "a.json is saved when the run is there."
    pulled(session)
    assert [pin.trace.experiment.hidden for pin in session.pins] == [3] and said[-1] == "Saved as a.json."
    assert not session.modified
    session.change(hidden=4)
    session.pin()
    session.running.cancel()
    assert [pin.trace.experiment.hidden for pin in session.pins] == [3, 3], "the one shown is the latest again"


def test_opening_runs_as_a_job_and_a_cancelled_one_changes_nothing(slow_session, tmp_path):
    path = tmp_path / "a.json"
    storage.save(path, storage.to_text(record(Experiment(steps=5, hidden=3))))
    session, before = slow_session, slow_session.trace
    assert session.open(path) and session.work.busy and session.trace is before
    session.work.cancel()
    assert session.trace is before and session.path is None and not session.modified
    assert session.open(path)
    assert pulled(session) > 2 and session.trace.experiment.hidden == 3 and session.path == path


def test_a_long_fit_is_announced_before_it_begins(qapp, monkeypatch):
    session = Session(START)
    monkeypatch.setattr("explorer.session.run.LONG_FIT", 1.0)
    session.choose_task("sine", cell="esn", steps=6, hidden=4)
    session.follow(lambda: False)
    assert session.running.slow and session.running.busy and session.trace.experiment == START
    session.follow(lambda: False)
    assert session.trace.experiment.cell == "esn" and not session.running.busy
    session.change(hidden=5)
    session.update()
    assert session.trace.experiment.hidden == 5


def test_a_long_fit_of_a_saved_session_is_announced_before_it_begins(qapp, monkeypatch, tmp_path):
    session, path, shown = Session(START), tmp_path / "a.json", []
    storage.save(path, storage.to_text(record(natural("sine", cell="esn", steps=6, hidden=4))))
    session.work.changed.connect(lambda: shown.append((session.work.title, session.work.done, session.work.slow)))
    assert session.open(path) and session.trace.experiment.cell == "esn" and not shown
    session.undo()
    session.update()
    monkeypatch.setattr("explorer.session.run.LONG_FIT", 1.0)
    assert session.open(path) and session.work.busy and session.trace.experiment == START
    assert shown == [("Running echo state network  0.8·Q", 0.0, True)]
    pulled(session)
    assert session.trace.experiment.cell == "esn" and session.path == path
    assert session.open(path) and not session.work.busy, "its run is on the screen already"


def test_a_long_fit_of_a_pinned_run_is_announced_too(qapp, monkeypatch, tmp_path):
    session, path = Session(natural("sine", cell="esn", steps=6, hidden=4)), tmp_path / "a.json"
    session.pin()
    session.change(cell="tanh")
    session.update()
    assert session.save(path)
    monkeypatch.setattr("explorer.session.run.LONG_FIT", 1.0)
    session.change(hidden=3)
    session.follow(lambda: False)
    assert session.trace.experiment.hidden == 3, "the pinned run is there already"
    other = Session(START)
    assert other.open(path) and other.work.busy and other.work.slow
    pulled(other)
    assert len(other.pins) == 1


def test_only_a_fit_is_announced_a_large_run_begins_at_once():
    """Its own pieces show how far it is."""
    large = Experiment(steps=1000, hidden=256, batch=256)
    assert not any(fits_long(large.with_changes(cell=cell.name)) for cell in CELLS if cell.learned)
    assert fits_long(natural("sine", cell="esn", steps=1000, hidden=256))
