"""A race in the window's session: the pinned runs are trained along, on the same sequences, and looked at together."""

from __future__ import annotations

import numpy as np
import pytest

from core.documents import storage
from core.experiment import Experiment
from core.training.plan import Plan
from core.training.run import TrainingRun
from explorer.session.session import Session
from explorer.session.training import records


@pytest.fixture
def session(qapp, unchecked) -> Session:
    """A tanh with η 0.05 on show, and the same with η 0.1 and a GRU with η 0.1 pinned; none is trained."""
    made = Session(Experiment(cell="gru", steps=4, hidden=3))
    made.trainer.set_plan(length=12, rate=0.1)
    made.update()
    made.pin("a GRU")
    made.choose_cell("tanh")
    made.update()
    made.pin("fast")
    made.trainer.set_plan(rate=0.05)
    made.update()
    return made


@pytest.fixture
def said(session) -> list[str]:
    found: list[str] = []
    session.message.connect(found.append)
    session.undoable.connect(found.append)
    return found


def finish(session: Session) -> None:
    while session.trainer.busy or session.run.dirty:
        session.follow(lambda: True)
        session.trainer.pull(lambda: True)


def alone(experiment: Experiment, rate: float, updates: int = 12) -> TrainingRun:
    run = TrainingRun(experiment, Plan(optimizer="sgd", rate=rate, length=max(updates, 1)))
    while run.update < updates:
        next(run.steps())
    return run


def same(some, others) -> bool:
    return all(np.array_equal(some[name], others[name]) for name in others)


def are_after(session: Session, updates: int) -> bool:
    """Whether the network on show and both pinned runs are those that each training alone leads to."""
    gru, fast = session.pins
    here = alone(session.trace.experiment, 0.05, updates)
    return (
        same(session.trace.parameters, here.parameters)
        and same(gru.trace.parameters, alone(gru.run.experiment, 0.1, updates).parameters)
        and same(fast.trace.parameters, alone(fast.run.experiment, 0.1, updates).parameters)
    )


def test_every_run_gets_as_many_updates_in_its_own_way_and_it_is_one_entry_of_the_history(session, said):
    entries = len(session.history.entries)
    session.trainer.toggle_race()
    finish(session)
    assert session.trainer.shown == 12 and are_after(session, 12)
    assert len(session.history.entries) == entries + 1
    found = session.trainer.race.trainings()
    assert [(pin.label, run.update) for pin, run in found] == [("a GRU", 12), ("fast", 12)]
    assert "The pinned runs beside it: a GRU: " in said[-1] and "; fast: " in said[-1]
    session.undo()
    session.update()
    assert session.trainer.shown == 0 and are_after(session, 0)
    session.redo()
    session.update()
    assert session.trainer.shown == 12 and are_after(session, 12)
    assert len(session.trainer.race.trainings()) == 2


def test_the_pinned_runs_are_looked_at_at_the_same_update(session):
    session.trainer.toggle_race()
    finish(session)
    for update in (5, 0, 12):
        session.trainer.show_update(update)
        finish(session)
        assert session.trainer.shown == update and are_after(session, update)


def test_updates_without_a_frame_of_their_own_are_made_again(session, monkeypatch):
    monkeypatch.setattr("core.training.film.MOST_FRAMES", 3)
    session.trainer.toggle_race()
    finish(session)
    session.trainer.show_update(7)
    finish(session)
    assert session.trainer.shown == 7 and are_after(session, 7)


def test_it_pauses_and_goes_on(session, said):
    session.trainer.toggle_race()
    while session.trainer.updates < 4:
        session.trainer.pull(lambda: True)
    session.trainer.toggle_race()
    finish(session)
    assert "Ctrl+T goes on with all" in said[-1] and session.trainer.shown == 4
    counts = [run.update for _, run in session.trainer.race.trainings()]
    assert all(3 <= each <= 4 for each in counts)
    session.trainer.toggle_race()
    finish(session)
    assert are_after(session, 12)


def test_t_alone_trains_this_one_alone_and_the_others_catch_up_in_a_race(session):
    session.trainer.toggle()
    finish(session)
    assert session.trainer.updates == 12 and session.trainer.race.trainings() == []
    fast = session.pins[1]
    assert same(fast.trace.parameters, alone(fast.run.experiment, 0.1, 0).parameters), "it stays as it was pinned"
    session.trainer.set_plan(length=20)
    session.trainer.toggle_race()
    finish(session)
    assert session.trainer.updates == 20 and are_after(session, 20)


def test_a_trained_network_that_is_pinned_keeps_its_training_and_stays_until_a_race(session):
    session.unpin()
    session.trainer.toggle()
    finish(session)
    session.pin("slow")
    ((pin, kept),) = session.trainer.race.trainings()
    assert pin.label == "slow" and kept.update == 12 and kept is not session.trainer.training
    session.trainer.show_update(0)
    finish(session)
    session.trainer.set_plan(rate=0.2)
    assert same(session.pins[0].trace.parameters, kept.parameters), "only what is trained along is wound back"
    session.trainer.toggle()
    finish(session)
    assert kept.update == 12 and session.trainer.updates == 12
    assert same(session.trace.parameters, alone(session.trace.experiment, 0.2).parameters)
    assert session.pinned.words(session.pins[0]).startswith("η 0.05 instead of 0.2")
    session.choose_cell("lstm")
    session.update()
    assert session.trainer.training is None and len(session.trainer.race.trainings()) == 1, "its curve stays"


def test_a_pinned_run_that_is_ahead_waits(session):
    session.unpin()
    session.trainer.toggle()
    finish(session)
    session.pin("slow")
    session.trainer.show_update(0)
    finish(session)
    session.trainer.set_plan(rate=0.2, length=15)
    session.trainer.toggle_race()
    finish(session)
    pin = session.pins[0]
    assert session.trainer.updates == 15 and session.trainer.race.of(pin.run).training.update == 15
    assert same(pin.trace.parameters, alone(pin.run.experiment, 0.05, 15).parameters)


def test_a_run_on_other_data_says_why_it_is_left_out(session, said):
    session.change(data_seed=9)
    session.update()
    session.trainer.toggle_race()
    finish(session)
    refused = [text for text in said if "is not trained along" in text]
    assert refused == [
        f"The pinned run {name} is not trained along. It reads other sequences, and a race is one on the same data."
        for name in ("a GRU", "fast")
    ]
    assert session.trainer.updates == 12 and session.trainer.race.trainings() == []


def test_without_pinned_runs_there_is_no_race_and_one_unpinned_meanwhile_leaves_it(session, said):
    session.trainer.toggle_race()
    while session.trainer.updates < 4:
        session.trainer.pull(lambda: True)
    session.unpin(session.pins[0].number)
    finish(session)
    ((pin, run),) = session.trainer.race.trainings()
    assert pin.label == "fast" and run.update == session.trainer.updates == 12
    session.unpin()
    session.trainer.toggle_race()
    assert "No run is pinned to race with" in said[-1] and not session.trainer.running


def test_of_many_networks_that_were_shown_the_latest_are_known(session, monkeypatch):
    monkeypatch.setattr(records, "MOST_CONTENTS", 8)
    session.trainer.set_plan(length=40)
    session.trainer.toggle_race()
    while session.trainer.busy:
        session.trainer.pace.due = 0.0
        session.trainer.pull(lambda: True)
    assert session.trainer.updates == 40
    rivals = [session.trainer.race.of(pin.run) for pin in session.pins]
    assert all(rival is not None and len(rival.record.contents) <= 10 for rival in rivals)


def test_a_saved_session_has_the_pinned_runs_networks_and_their_plans(session, tmp_path):
    session.trainer.toggle_race()
    finish(session)
    path = tmp_path / "race.json"
    session.save(path)
    opened = storage.load(path)
    assert [run.plan.rate for run in opened.pinned] == [0.1, 0.1] and opened.plan.rate == 0.05
    assert opened.pinned == tuple(pin.run for pin in session.pins)


def test_a_copied_session_knows_the_trainings(session):
    session.trainer.toggle_race()
    finish(session)
    copied = session.copy()
    assert len(copied.trainer.race.trainings()) == 2
    session.trainer.forget()
    assert session.trainer.race.trainings() == []


def test_what_is_pinned_to_compare_cells_is_trained_as_the_plan_on_show_says(session):
    session.unpin()
    session.run.compare(["gru"])
    finish(session)
    session.update()
    session.trainer.toggle_race()
    while session.trainer.updates < 6:
        session.trainer.pull(lambda: True)
    session.trainer.set_plan(rate=0.2)
    finish(session)
    ((pin, run),) = session.trainer.race.trainings()
    assert run.update == 12 and run.plan.rate == 0.2
    rates = run.history.column("rate").tolist()
    assert rates[0] == 0.05 and rates[-1] == 0.2 and session.pinned.words(pin) == "GRU instead of tanh"
