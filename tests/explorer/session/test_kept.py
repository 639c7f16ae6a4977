"""What is typed, pinned, opened and trained is in the history whole, and a file never gets what belongs to another."""

from __future__ import annotations

import random

import numpy as np
import pytest

from core.choices import Edit
from core.documents import storage
from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record
from explorer.panels.base import Panel
from explorer.session.session import Session

SMALL = Experiment(hidden=2, steps=3)
W = Edit("L1.W", (0, 1), 0.5)


def trained(path, experiment=SMALL, by=0.5):
    """A file with weights of its own."""
    own = {name: array + by for name, array in record(experiment).parameters.items()}
    storage.save(path, storage.to_text(record(experiment, own)))
    return path


@pytest.fixture
def session(qapp):
    return Session(SMALL)


def weights(run) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in run.parameters.items()}


def shown(session) -> tuple:
    """All of what is on the screen that is work, with the numbers that came of it."""
    pins = tuple((pin.label, pin.number, pin.trace.experiment, pin.trace.loss) for pin in session.pins)
    return session.trace.experiment, weights(session.trace), session.trace.loss, pins, session.path


def reopened(path) -> tuple:
    fresh = Session(SMALL)
    assert fresh.open(path)
    return shown(fresh)


# --- the history ---
def test_undo_after_opening_brings_weights_and_file_back_and_save_writes_over_no_other_file(session, tmp_path):
    a, b = trained(tmp_path / "a.json", by=0.25), trained(tmp_path / "b.json", SMALL.with_changes(cell="lstm"))
    session.open(a)
    of_a = shown(session)
    session.open(b)
    of_b, bytes_b = shown(session), b.read_bytes()
    session.undo()
    session.update()
    assert shown(session) == of_a and session.path == a and not session.modified
    assert session.trace.own_parameters
    session.edit([W])
    assert session.modified
    assert session.save(session.path)
    assert b.read_bytes() == bytes_b
    assert reopened(a) == shown(session)
    session.undo()
    session.update()
    session.redo()
    session.update()
    assert session.path == a
    session.open(b)
    assert shown(session) == of_b


def test_the_same_experiment_with_other_weights_is_another_entry(session, tmp_path):
    a, b = trained(tmp_path / "a.json", by=0.25), trained(tmp_path / "b.json", by=0.5)
    session.open(a)
    session.open(b)
    loss = session.trace.loss
    session.undo()
    session.update()
    assert session.trace.loss == storage.load(a).loss != loss
    session.undo()
    session.update()
    assert session.trace.loss == record(SMALL).loss and not session.trace.own_parameters
    session.redo()
    session.redo()
    session.update()
    assert session.trace.loss == loss and session.path == b


def test_a_new_experiment_has_no_weights_of_the_last_one_and_undo_has_them_again(session, tmp_path):
    session.open(trained(tmp_path / "a.json", natural("last-step")))
    session.pin("kept")
    session.set_view(normalise=True)
    session.seek(2.0)
    before, looked = shown(session), (session.view, session.position)
    assert session.new()
    assert not session.trace.own_parameters and session.trace.loss == record(natural("last-step")).loss
    assert session.pins == () and session.path is None and not session.modified
    session.undo()
    session.update()
    assert shown(session) == before and (session.view, session.position) == looked
    session.redo()
    session.update()
    assert session.pins == () and session.path is None and not session.view.normalise


def test_pinning_is_an_entry_and_letting_go_can_be_undone(session):
    session.pin("first")
    pinned = session.pins
    session.change(cell="gru")
    session.update()
    session.pin("second")
    session.unpin()
    assert session.pins == ()
    session.undo()
    session.update()
    assert [pin.label for pin in session.pins] == ["first", "second"]
    session.undo()
    session.update()
    assert [pin.label for pin in session.pins] == ["first"]
    assert session.pins[0].trace.loss == pinned[0].trace.loss
    session.undo()
    session.undo()
    session.update()
    assert session.pins == () and not session.history.can_undo


def test_pinned_trained_weights_are_in_the_file(session, tmp_path):
    session.open(trained(tmp_path / "a.json"))
    session.pin("trained")
    session.new()
    session.undo()
    session.update()
    session.change(weight_seed=7)
    session.update()
    assert not session.trace.own_parameters
    session.save(tmp_path / "b.json")
    fresh = Session(SMALL)
    fresh.open(tmp_path / "b.json")
    (pin,) = fresh.pins
    assert weights(pin.trace) == weights(session.pins[0].trace) and pin.trace.own_parameters
    assert not fresh.trace.own_parameters


def test_what_a_hunt_changes_is_neither_work_nor_saved(session, tmp_path):
    session.open(trained(tmp_path / "a.json", SMALL.with_changes(cell="gru")))
    session.pin("kept")
    before = shown(session)
    modified = session.modified
    assert session.hunt.start(seed=0)
    assert (session.path, session.modified) == (tmp_path / "a.json", modified)
    session.pin("a faulty run")
    session.unpin()
    assert session.pins == ()
    session.hunt.leave()
    assert shown(session) == before


def test_leaving_a_hunt_needs_no_file_that_has_gone_since(session, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(f"{k},{k * k % 7}\n" for k in range(40)))
    session.change(task="csv", csv_path=str(path), csv_target="b", steps=5)
    session.update()
    before = shown(session)
    assert session.hunt.start(seed=0)
    path.unlink()
    session.hunt.leave()
    assert shown(session) == before


def test_the_entries_share_what_is_large(session, tmp_path):
    session.open(trained(tmp_path / "a.json"))
    session.pin("a")
    given = session.saved.entry.content.given
    for k in range(20):
        session.change(data_seed=k + 2)
    assert all(entry.content.given is given for entry in session.history._entries[1:])


def test_a_pinned_run_that_cannot_be_made_any_more_is_said_and_what_is_shown_stays(session, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n" + "".join(f"{k},{k * k % 7}\n" for k in range(40)))
    session.change(task="csv", csv_path=str(path), csv_target="b", steps=5)
    session.update()
    session.pin("of a file")
    session.new()
    before = shown(session)
    path.unlink()
    said = []
    session.message.connect(said.append)
    session.undo()
    session.update()
    assert shown(session) == before and "rows.csv" in said[-1]
    assert session.saved.entry.content.experiment == session.trace.experiment


# --- what is unsaved ---
def test_what_counts_as_unsaved(session, tmp_path):
    assert not session.modified
    session.set_view(normalise=True)
    session.seek(1.0)
    assert not session.modified, "looking is no work"
    session.pin("a")
    assert session.modified
    session.undo()
    session.update()
    assert not session.modified
    session.edit([W])
    assert session.modified
    assert session.save(tmp_path / "a.json") and not session.modified
    session.undo()
    assert session.modified and session.path == tmp_path / "a.json"
    session.redo()
    assert not session.modified
    session.pin("b")
    assert session.modified


def test_a_file_that_is_written_under_another_entry_is_no_longer_what_that_entry_has(session, tmp_path):
    path = trained(tmp_path / "a.json")
    session.open(path)
    session.new()
    session.open(path)
    session.edit([W])
    session.save(path)
    for _ in range(3):
        session.undo()
    session.update()
    assert session.path == path and session.modified


def test_a_save_that_fails_leaves_file_and_changes_as_they_were(session, tmp_path, monkeypatch):
    session.save(tmp_path / "a.json")
    before = (tmp_path / "a.json").read_bytes()
    session.edit([W])

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    said = []
    session.message.connect(said.append)
    assert not session.save(tmp_path / "a.json")
    assert "No space left" in said[-1]
    assert session.modified and (tmp_path / "a.json").read_bytes() == before


# --- errors of the program ---
def test_an_error_in_a_run_leaves_a_session_that_can_be_saved(session, tmp_path, monkeypatch):
    session.change(hidden=3)
    session.update()

    def broken(*_):
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr("explorer.session.run.recording", broken)
    session.change(hidden=4)
    with pytest.raises(ZeroDivisionError):
        session.update()
    assert session.experiment == session.trace.experiment and session.experiment.hidden == 3
    said = []
    session.message.connect(said.append)
    session.change(hidden=5)
    assert not session.save(tmp_path / "a.json")
    assert "Nothing is saved" in said[-1] and "by chance" in said[-1]
    assert not (tmp_path / "a.json").exists()
    assert session.save(tmp_path / "a.json")
    monkeypatch.undo()
    assert reopened(tmp_path / "a.json") == shown(session)


def test_a_panel_that_raises_leaves_a_session_that_can_be_saved(session, tmp_path, qtbot):
    class Faulty(Panel):
        def refresh(self, change) -> None:
            super().refresh(change)
            if self.session.trace.experiment.hidden == 4:
                raise ZeroDivisionError("while drawing")

    panel = Faulty()
    qtbot.addWidget(panel)
    panel.bind(session)
    session.change(hidden=4)
    with qtbot.capture_exceptions() as caught:
        session.update()
    assert caught
    with qtbot.capture_exceptions():
        assert session.save(tmp_path / "a.json")
    assert reopened(tmp_path / "a.json") == shown(session)
    assert session.experiment.hidden == 4


# --- any order ---
@pytest.mark.parametrize("seed", range(6))
def test_what_is_shown_is_what_is_saved_and_what_reopening_gives(seed, qapp, tmp_path):
    """A walk over everything that changes a document, beside a list of what was on the screen."""
    choose = random.Random(seed)
    session = Session(SMALL)
    files = [trained(tmp_path / f"{k}.json", SMALL.with_changes(cell=cell), by=0.1 * k) for k, cell in
             enumerate(("tanh", "tanh", "gru"))]  # fmt: skip
    contents = {file: file.read_bytes() for file in files}
    past, future = [], []

    def act(change) -> None:
        before, entry = shown(session)[:4], session.history.current
        change()
        session.end_gesture()
        session.update()
        if session.history.current is not entry and session.history.current != entry:
            past.append(before)
            future.clear()

    for _ in range(40):
        what = choose.choice("open new edit pin unpin change seed undo redo save save".split())
        if what == "open":
            file = choose.choice(files)
            act(lambda file=file: session.open(file))
        elif what == "new":
            act(session.new)
        elif what == "edit":
            value = choose.choice((0.5, -1.0))
            act(lambda value=value: session.edit([Edit("L1.b", (0,), value)]))
        elif what == "pin":
            act(lambda: session.pin("a"))
        elif what == "unpin":
            act(lambda: session.unpin(choose.choice((None, 0, 1))))
        elif what == "change":
            act(lambda: session.change(data_seed=choose.randrange(4)))
        elif what == "seed":
            act(lambda: session.change(weight_seed=choose.randrange(3)))
        elif what == "undo" and past:
            future.append(shown(session)[:4])
            session.undo()
            session.update()
            assert shown(session)[:4] == past.pop()
        elif what == "redo" and future:
            past.append(shown(session)[:4])
            session.redo()
            session.update()
            assert shown(session)[:4] == future.pop()
        elif what == "save":
            path = session.path or tmp_path / "untitled.json"
            assert session.save(path) and not session.modified
            contents[path] = path.read_bytes()
            assert reopened(path) == (*shown(session)[:4], path)
        assert {path: path.read_bytes() for path in contents} == contents, "only Save writes, and only its own file"
        assert session.history.can_undo == bool(past) and session.history.can_redo == bool(future)


def test_a_run_that_is_refused_is_not_what_is_saved(session, tmp_path):
    session.change(steps=1000, hidden=256, batch=256, cell="lstm")
    assert session.save(tmp_path / "a.json")
    assert storage.load(tmp_path / "a.json").experiment == SMALL
    with pytest.raises(InputError):
        storage.load(tmp_path / "b.json")
    assert np.isfinite(session.trace.loss)
