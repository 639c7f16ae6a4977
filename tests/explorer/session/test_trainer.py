"""Training in the window's session: pulled in pieces, shown as it goes, looked at again, continued and branched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices import Edit
from core.documents import storage
from core.documents.document import USUAL_PLAN
from core.experiment import Experiment
from core.training.plan import Plan
from core.training.run import TrainingRun
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.session.training import pace, records
from explorer.style.numbers import number

SHORT = USUAL_PLAN.with_changes(length=12, rate=0.05)


@pytest.fixture
def session(qapp, monkeypatch) -> Session:
    monkeypatch.setattr("core.training.training.MOST_STEPS", 1)  # a piece is a step
    made = Session(Experiment(steps=4, hidden=3))
    made.trainer.set_plan(length=12, rate=0.05)
    made.update()
    return made


@pytest.fixture
def said(session) -> list[str]:
    found: list[str] = []
    session.message.connect(found.append)
    session.undoable.connect(found.append)
    return found


def finish(session: Session) -> None:
    """Pulls, piece by piece, until the trainer rests."""
    while session.trainer.busy:
        session.follow(lambda: True)
        session.trainer.pull(lambda: True)


def plain(session: Session, updates: int, plan: Plan | None = None) -> TrainingRun:
    """The same training without a window."""
    run = TrainingRun(session.experiment, plan or session.trainer.plan)
    while run.update < updates:
        for progress in run.steps():
            if progress is not None:
                break
    return run


def parameters(session: Session) -> dict[str, np.ndarray]:
    return dict(session.trace.parameters)


def same(some, others) -> bool:
    return all(np.array_equal(some[name], others[name]) for name in others)


def test_a_press_trains_to_the_end_and_is_one_entry_of_the_history(session, said):
    before, entries = parameters(session), len(session.history.entries)
    wanted = plain(session, 12)
    session.trainer.toggle()
    assert session.busy
    finish(session)
    assert session.trainer.updates == session.trainer.shown == 12
    assert same(parameters(session), wanted.parameters)
    assert len(session.history.entries) == entries + 1
    first, last = wanted.history[0].loss, wanted.history[11].loss
    assert said[-1] == (
        f"12 updates: the loss of the batch was {number(first)} at the first and {number(last)} at the last."
    )
    session.undo()
    session.update()
    assert same(parameters(session), before)
    assert session.trainer.shown == 0
    session.redo()
    session.update()
    assert session.trainer.shown == 12


def test_what_is_shown_is_a_run_of_these_very_parameters(session):
    session.trainer.toggle()
    finish(session)
    network = session.trainer.training.parameters
    assert all(np.array_equal(session.trace.parameters[name], network[name]) for name in network)
    assert session.trace.own_parameters


def test_it_is_shown_as_it_goes_and_only_as_often_as_five_times_a_second(session):
    now = [0.0]
    session.trainer.pace.clock = lambda: now[0]
    shown = []
    session.trainer.changed.connect(lambda: shown.append(session.trainer.shown))
    session.trainer.toggle()
    while session.trainer.running:
        now[0] += 0.005  # a piece: some 17 of them are an update
        session.trainer.pull(lambda: True)
    seen = sorted({update for update in shown if update is not None})
    assert seen[0] == 0 and seen[-1] == 12 and 3 < len(seen) < 10


def test_it_pauses_and_goes_on_as_if_nothing_had_happened(session, said):
    session.trainer.toggle()
    for _ in range(40):
        session.trainer.pull(lambda: True)
    session.trainer.toggle()
    done = session.trainer.updates
    assert 0 < done < 12 and session.trainer.shown == done and not session.trainer.busy
    assert said[-1] == f"Paused after update {done}; T goes on."
    session.trainer.toggle()
    finish(session)
    assert same(parameters(session), plain(session, 12).parameters)


def test_one_update_at_a_time(session):
    for update in (1, 2, 3):
        session.trainer.one_update()
        finish(session)
        assert session.trainer.updates == session.trainer.shown == update
    wanted = plain(session, 3)
    assert same(parameters(session), wanted.parameters)


@given(places=st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_the_network_of_any_update_is_shown_exactly(places):
    session = Session(Experiment(steps=4, hidden=3))
    session.trainer.set_plan(length=12, rate=0.05)
    session.update()
    session.trainer.toggle()
    finish(session)
    session.trainer.training.film.budget = 1  # a film with gaps: what is between its frames is computed again
    entries = len(session.history.entries)
    for place in places:
        session.trainer.show_update(place)
        finish(session)
        assert session.trainer.shown == place
        wanted = plain(session, place)
        assert same(parameters(session), wanted.parameters)
        assert len(session.history.entries) <= entries
    assert session.trainer.updates == 12


def test_a_press_at_an_earlier_update_branches_there(session):
    session.trainer.toggle()
    finish(session)
    session.trainer.show_update(5)
    finish(session)
    entries = len(session.history.entries)
    session.trainer.set_plan(rate=0.2)
    session.trainer.toggle()
    finish(session)
    assert session.trainer.updates == session.trainer.shown == 12
    assert len(session.history.entries) == entries + 2  # the plan, and the press
    assert session.trainer.training.history[3].rate == 0.05
    assert session.trainer.training.history[5].rate == 0.2


def test_undo_brings_back_the_training_that_a_network_belongs_to(session):
    start = parameters(session)
    session.trainer.toggle()
    finish(session)
    first = session.trainer.training
    session.trainer.show_update(5)
    finish(session)
    session.trainer.set_plan(rate=0.2)
    session.trainer.toggle()
    finish(session)
    branch = session.trainer.training
    assert branch is not first and first.update == 12
    session.undo()
    session.update()
    assert session.trainer.training is branch and session.trainer.shown == 5  # it is of both: the present one stays
    session.undo()
    session.undo()
    session.update()
    assert session.trainer.shown == 0 and same(parameters(session), start)
    session.choose_task("echo")
    session.update()
    assert session.trainer.training is None
    session.trainer.show_update(3)  # there is nothing to go back to
    finish(session)
    assert session.experiment.task == "echo"
    session.undo()
    session.update()
    assert session.trainer.training is not None


def test_undo_while_it_goes_on_stops_it_and_takes_the_press_back(session):
    before = parameters(session)
    session.trainer.toggle()
    for _ in range(60):
        session.trainer.pull(lambda: True)
    session.trainer.pace.due = 0.0
    for _ in range(30):
        session.trainer.pull(lambda: True)
    assert session.trainer.running and not same(parameters(session), before)
    session.undo()
    session.update()
    finish(session)
    assert not session.trainer.running and same(parameters(session), before)
    assert session.trainer.shown == 0


def test_a_press_at_the_end_makes_as_many_again(session, said):
    session.trainer.toggle()
    finish(session)
    session.trainer.toggle()
    finish(session)
    assert session.trainer.updates == 24
    assert said[-1].startswith("12 updates: ")
    assert same(parameters(session), plain(session, 24, SHORT.with_changes(length=24)).parameters)


def test_what_is_changed_otherwise_pauses_it_and_is_not_overwritten(session, said):
    session.trainer.toggle()
    for _ in range(20):
        session.trainer.pull(lambda: True)
    session.change(hidden=5)
    finish(session)
    session.update()
    assert not session.trainer.running and session.experiment.hidden == session.trace.experiment.hidden == 5
    assert "The training has stopped: something else has been changed." in said
    assert session.trainer.shown is None and session.trainer.training is None
    done = session.trainer._records._known[-1].training.update
    session.undo()
    session.update()
    assert session.trainer.updates == done and session.trainer.shown is not None
    session.redo()
    session.update()
    session.trainer.toggle()  # of the other network
    finish(session)
    assert session.trainer.updates == 12 and session.trainer.training.experiment.hidden == 5


def test_the_plan_can_be_changed_while_it_goes_on(session):
    session.trainer.toggle()
    for _ in range(40):
        session.trainer.pull(lambda: True)
    done = session.trainer.updates
    assert session.trainer.set_plan(rate=0.3)
    finish(session)
    rates = session.trainer.training.history.column("rate")
    assert session.trainer.updates == 12
    assert set(rates[:done]) == {0.05} and set(rates[done:]) == {0.3}


def test_a_refused_plan_says_why_and_changes_nothing(session, said):
    plan = session.trainer.plan
    assert not session.trainer.set_plan(rate=-1.0)
    assert "rate" in said[-1] and session.trainer.plan == plan
    assert not session.trainer.set_plan(patience=3)
    assert "validat" in said[-1] and session.trainer.plan == plan


def test_epochs_of_data_that_are_drawn_anew_are_refused_in_a_sentence(session, said):
    session.trainer.set_plan(unit="epochs")
    session.trainer.toggle()
    assert not session.trainer.running and "epoch" in said[-1]


def test_a_cell_that_is_not_trained_says_so(session, said):
    session.change(cell="esn")
    session.update()
    session.trainer.toggle()
    assert not session.trainer.running and said[-1].startswith("The cell esn is not trained by updates")


def test_a_training_that_explodes_keeps_the_last_good_parameters(session, said):
    session.change(cell="relu", task="last-step", w_gain=3.0)
    session.trainer.set_plan(optimizer="sgd", rate=1e6, length=50)
    session.update()
    session.trainer.toggle()
    finish(session)
    assert session.trainer.training.ended == "broken"
    assert "no longer finite" in said[-1]
    assert all(np.isfinite(array).all() for array in session.trace.parameters.values())
    session.trainer.toggle()
    assert not session.trainer.running and "no longer finite" in said[-1]


def test_the_best_on_validation_is_offered(session, said):
    session.trainer.show_best()
    session.trainer.set_plan(validation=0.2, validate_every=2)
    session.update()
    session.trainer.toggle()
    finish(session)
    best = session.trainer.training.best.update
    session.trainer.show_best()
    finish(session)
    assert session.trainer.shown == best


def test_nothing_is_trained_while_an_error_is_hidden(session, said):
    session.hunt.start(seed=3)
    while session.running.busy:
        session.running.pull(lambda: False)
    session.trainer.toggle()
    assert session.trainer.training is None and "hidden" in said[-1]
    session.hunt.leave()


def test_the_plan_and_the_trained_network_are_saved(session, tmp_path):
    session.trainer.toggle()
    finish(session)
    path = tmp_path / "trained.json"
    assert session.save(path)
    saved = storage.load(path)
    assert saved.plan == SHORT
    assert same(dict(saved.given), parameters(session))
    session.new()
    assert session.open(path)
    assert session.trainer.plan == SHORT and session.trainer.shown == 12


def test_a_file_without_a_plan_has_the_usual_one(session, tmp_path):
    session.trainer.set_plan(length=USUAL_PLAN.length, rate=USUAL_PLAN.rate)
    session.update()
    assert '"plan": null' in session.saved.text()
    assert storage.from_text(session.saved.text()).plan == USUAL_PLAN


def test_the_update_on_the_timeline_is_the_next_one_of_the_training(session):
    session.trainer.set_plan(optimizer="adam", momentum=0.5)
    session.update()
    session.trainer.one_update()
    finish(session)
    rule = session.findings.rule
    assert rule == session.trainer.rule and rule.before is session.trainer.training.training.optimizer
    assert rule.optimizer == "adam" and rule.rate == 0.05
    session.trainer.show_update(0)
    finish(session)
    assert session.findings.rule.before is None
    session.trainer.set_plan(optimizer="sgd")
    session.update()
    assert session.findings.rule.options == (("momentum", 0.5),)


def test_forgetting_keeps_the_network(session):
    session.trainer.toggle()
    finish(session)
    learned = parameters(session)
    session.trainer.forget()
    assert session.trainer.training is None and same(parameters(session), learned)


def test_typed_numbers_are_where_it_begins(session):
    name = next(each for each in session.trace.parameters if each.endswith(".W"))
    session.edits.edit([Edit(name, (0, 0), 0.75)])
    session.update()
    session.trainer.toggle()
    finish(session)
    assert session.trainer.training.parameters_at(session.trainer.training.film.at(0))[name][0, 0] == 0.75
    assert session.experiment.edits == ()


def test_the_player_trains_in_its_frames_and_then_sleeps(qapp):
    session = Session(Experiment(steps=3, hidden=2))
    player = Player(session)
    session.trainer.set_plan(length=3)
    session.trainer.toggle()
    while session.busy:
        player.frame()
    assert session.trainer.updates == 3
    player.frame()
    player.stop()


def test_a_copy_shows_the_same_training(session):
    session.trainer.toggle()
    finish(session)
    copied = session.copy()
    assert copied.trainer.training is session.trainer.training and copied.trainer.shown == 12


def test_few_pictures_are_known_by_their_update(session, monkeypatch):
    monkeypatch.setattr(pace, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(records, "MOST_CONTENTS", 8)
    session.trainer.set_plan(length=60)
    session.trainer.toggle()
    finish(session)
    assert session.trainer.shown == 60 and len(session.trainer._records.on_show.contents) <= 10
