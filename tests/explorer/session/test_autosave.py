"""Unsaved work is kept by itself, found after a kill, and gone after a save; real windows are ended in every way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import SIGNAL, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from core.choices import Edit
from core.documents import storage
from core.experiment import Experiment
from core.files.locking import Lock
from core.recorder import record
from explorer.app import compose
from explorer.application import application
from explorer.interrupts import LogOut
from explorer.session import autosave
from explorer.session.autosave import LATER_MS, SOON_MS, Autosave, leftovers
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.window import files

SMALL = Experiment(hidden=2, steps=3)
W = Edit("L1.W", (0, 1), 0.5)


@pytest.fixture
def session(qapp):
    return Session(SMALL)


@pytest.fixture
def keeper(session, tmp_path):
    made = Autosave(session, tmp_path / "unsaved")
    yield made
    made.end(keep=False)


def kept(folder) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_a_change_is_kept_within_a_second_and_gone_when_it_is_saved(session, keeper, qtbot, tmp_path):
    folder = tmp_path / "unsaved"
    session.edit([W])
    session.pin("a")
    assert SOON_MS < 1000
    qtbot.waitUntil(lambda: bool(kept(folder)), timeout=5000)
    keeper._join()
    (file,) = kept(folder)
    saved = storage.load(file)
    assert saved.experiment == session.experiment and [run.label for run in saved.pinned] == ["a"]
    session.save(tmp_path / "a.json")
    assert keeper.keep_now() and not kept(folder)
    session.change(hidden=3)
    session.update()
    keeper.keep_now()
    assert storage.load(kept(folder)[0]).changes == tmp_path / "a.json"
    keeper.end(keep=False)
    assert not list(folder.iterdir())


def test_a_drag_does_not_put_it_off_and_the_playhead_alone_is_kept_later(session, keeper, monkeypatch):
    started, start = [], keeper._timer.start
    monkeypatch.setattr(keeper._timer, "start", lambda ms: (started.append(ms), start(ms)))
    session.seek(1.0)
    session.seek(2.0)
    assert started == [LATER_MS]
    for hidden in (3, 4, 5):
        session.change(gesture="hidden", hidden=hidden)
        session.update()
    assert started == [LATER_MS, SOON_MS]
    session.seek(3.0)
    assert started == [LATER_MS, SOON_MS] and keeper._timer.isActive()


def test_what_is_no_work_is_not_kept(session, keeper, tmp_path):
    session.seek(2.0)
    keeper.keep_now()
    assert not (tmp_path / "unsaved").exists()
    session.set_view(normalise=True)
    keeper.keep_now()
    assert storage.load(kept(tmp_path / "unsaved")[0]).view.normalise


def test_what_cannot_be_kept_is_said_once_and_tried_again(session, tmp_path):
    (tmp_path / "unsaved").write_text("a file in the folder's place")
    made, said = Autosave(session, tmp_path / "unsaved"), []
    session.message.connect(said.append)
    for hidden in (3, 4):
        session.change(hidden=hidden)
        session.update()
        assert not made.keep_now()
    assert len(said) == 1 and "save it" in said[0]
    (tmp_path / "unsaved").unlink()
    assert made.keep_now() and kept(tmp_path / "unsaved")
    made.end(keep=False)


def test_a_hunt_is_not_kept_but_what_it_began_with(session, keeper, tmp_path):
    session.change(cell="gru")
    session.update()
    wanted = session.experiment
    assert session.hunt.start(seed=0)
    assert session.trace.experiment.fault is not None
    keeper.keep_now()
    assert storage.load(kept(tmp_path / "unsaved")[0]).experiment == wanted


def test_two_windows_have_a_file_each_and_only_the_dead_ones_is_found(session, keeper, qapp, tmp_path):
    folder = tmp_path / "unsaved"
    other = Session(SMALL)
    second = Autosave(other, folder)
    for each, keeps in ((session, keeper), (other, second)):
        each.change(hidden=3)
        each.update()
        assert keeps.keep_now()
    assert len(kept(folder)) == 2 and not list(leftovers(folder))
    second.end(keep=True)
    (found,) = leftovers(folder)
    assert not list(leftovers(folder)), "while one window offers it, no other does"
    found.release()
    (found,) = leftovers(folder)
    found.discard()
    assert len(kept(folder)) == 1


def test_a_forgotten_lock_goes(tmp_path, monkeypatch):
    Lock(tmp_path / "x.lock").release()
    assert not list(leftovers(tmp_path)) and (tmp_path / "x.lock").exists()
    monkeypatch.setattr(autosave, "FORGOTTEN_S", -1.0)
    assert not list(leftovers(tmp_path)) and not (tmp_path / "x.lock").exists()


# --- at the next start ---
@pytest.fixture(scope="module")
def program(qapp, tmp_path_factory):
    """One window for all tests of what is asked."""
    application()
    session = Session(SMALL)
    folder = tmp_path_factory.mktemp("window")
    made = compose(session, Player(session, lambda: 0.0), Settings(folder / "settings.ini"), folder / "last.json")
    made.player.stop()
    yield made
    made.window.close()
    made.window.deleteLater()


@pytest.fixture
def fresh(program, tmp_path, monkeypatch):
    """The program with nothing in it that is unsaved, and a folder of its own."""
    monkeypatch.setattr(files, "unsaved_folder", lambda: tmp_path)
    program.session.new()
    program.files.autosave = Autosave(program.session, tmp_path)
    yield program
    program.files.autosave.end(keep=False)
    program.files.autosave = None
    for timer in program.window.findChildren(QTimer):  # of the notes and formulas: the window stays for the next test
        timer.stop()
    program.player.stop()


def leave(folder, name="a", age=0.0):
    """What a killed window has left: its changes of x.json."""
    experiment = SMALL.with_changes(cell="gru")
    path = folder / f"{name}.json"
    own = {key: array + 0.5 for key, array in record(experiment).parameters.items()}
    trace = record(experiment, own)
    storage.save(path, storage.to_text(trace, 2.0, None, (), folder / "x.json"))
    os.utime(path, (time.time() - age,) * 2)
    return trace


def press(box, words):
    next(button for button in box.buttons() if button.text() == words).click()


def test_what_a_killed_window_left_is_offered_and_comes_back(fresh, tmp_path):
    trace = leave(tmp_path)
    box = fresh.files.offer_unsaved(quietly=True)
    assert "“x.json”" in box.text()
    press(box, "Restore")
    session = fresh.session
    assert session.trace.loss == trace.loss and session.trace.own_parameters
    assert session.path == tmp_path / "x.json" and session.modified and session.position == 2.0
    assert [path.name for path in kept(tmp_path)] == [fresh.files.autosave._file.name], "kept anew before the old went"
    session.undo()
    session.update()
    assert session.path is None
    session.redo()
    session.update()
    assert session.save(session.path)
    fresh.files.autosave.keep_now()
    assert [path.name for path in kept(tmp_path)] == ["x.json"]


def test_not_now_keeps_it_and_discard_does_not(fresh, tmp_path):
    leave(tmp_path, "old", age=100.0)
    leave(tmp_path, "newer")
    press(fresh.files.offer_unsaved(), "Not now")
    assert len(kept(tmp_path)) == 2
    box = fresh.files.offer_unsaved()
    assert time.strftime("%Y-%m-%d", time.localtime()) in box.text()
    press(box, "Discard it")
    assert [path.name for path in kept(tmp_path)] == ["old.json"]
    (box,) = (each for each in fresh.window.findChildren(QMessageBox) if each.isVisible())
    press(box, "Not now")
    assert [path.name for path in kept(tmp_path)] == ["old.json"]
    assert fresh.session.experiment.cell == "tanh"


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b'{"format": 2}', b'{"format": 99}'])
def test_a_damaged_one_is_one_sentence_and_is_set_aside(fresh, tmp_path, content):
    (tmp_path / "bad.json").write_bytes(content)
    said = []
    fresh.session.message.connect(said.append)
    assert fresh.files.offer_unsaved(quietly=True) is None
    fresh.session.message.disconnect(said.append)
    (sentence,) = said
    assert "bad.damaged" in sentence and sentence.endswith(".") and "\n" not in sentence
    assert not kept(tmp_path) and (tmp_path / "bad.damaged").read_bytes() == content


def test_one_that_cannot_be_run_stays(fresh, tmp_path):
    path = tmp_path / "bad.json"
    leave(tmp_path, "bad")
    text = path.read_text(encoding="utf-8").replace('"task": "last-step"', '"task": "csv"')
    path.write_text(text, encoding="utf-8")
    press(fresh.files.offer_unsaved(), "Restore")
    assert path.exists() and fresh.session.experiment.task == "last-step"


# --- what is asked ---
def closed(program) -> bool:
    event = QCloseEvent()
    program.window.closeEvent(event)
    return event.isAccepted()


@pytest.mark.parametrize("work", ["typed", "pinned", "trained", "changed"])
@pytest.mark.parametrize("way", ["new", "open", "last", "close"])
def test_unsaved_work_is_asked_about_once_and_saved_where_that_is_wanted(fresh, tmp_path, monkeypatch, work, way):
    session, asked = fresh.session, []
    other = tmp_path / "other.json"
    storage.save(other, storage.to_text(record(SMALL)))
    fresh.files._last = other
    mine = tmp_path / "mine.json"
    monkeypatch.setattr(files.QFileDialog, "getSaveFileName", lambda *a, **k: (str(mine), ""))
    if work == "typed":
        session.edit([W])
    elif work == "pinned":
        session.pin("a")
    elif work == "trained":
        leave(tmp_path, "left")
        session.saved.reopen(tmp_path / "left.json")
        session.saved.entry.document.path = None
    else:
        session.change(hidden=3)
    session.update()
    wanted = session.saved.entry
    answer = QMessageBox.StandardButton.Cancel

    def question(*args):
        asked.append(args[2])
        return answer

    monkeypatch.setattr(QMessageBox, "question", question)
    go = {
        "new": fresh.files.new,
        "open": lambda: fresh.files.open(other),
        "last": fresh.files.open_last,
        "close": lambda: closed(fresh),
    }[way]
    assert not go() and len(asked) == 1 and session.saved.entry == wanted
    answer = QMessageBox.StandardButton.Save
    assert go() and len(asked) == 2
    saved = storage.load(mine)
    assert saved.experiment == wanted.content.experiment and len(saved.pinned) == len(wanted.content.pinned)
    assert (saved.given is None) == (wanted.content.parameters is None)


def test_nothing_is_asked_where_nothing_is_unsaved(fresh, tmp_path, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *args: pytest.fail("asked"))
    path = tmp_path / "a.json"
    fresh.session.seek(1.0)
    fresh.session.set_view(notation="goodfellow")
    assert fresh.files.new() and fresh.session.save(path) and fresh.files.open(path)
    fresh.files._last = path
    assert fresh.files.open_last() and closed(fresh)
    assert fresh.session.path is None


def test_after_a_cancelled_log_out_a_close_asks_again(qapp, fresh, tmp_path, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(QMessageBox, "question", lambda *args: asked.append(args) or QMessageBox.StandardButton.Cancel)
    before = [qapp.receivers(SIGNAL(f"{name}(QSessionManager&)")) for name in ("saveStateRequest", "commitDataRequest")]
    log_out = LogOut(qapp, fresh.files.keep_unsaved, fresh.files.set_leaving)
    after = [qapp.receivers(SIGNAL(f"{name}(QSessionManager&)")) for name in ("saveStateRequest", "commitDataRequest")]
    assert after == [count + 1 for count in before]
    fresh.session.edit([W])
    fresh.session.update()
    log_out._save_state()
    assert len(kept(tmp_path)) == 1 and not fresh.files.leaving
    fresh.session.change(hidden=4)
    fresh.session.update()
    log_out._begin()
    assert storage.load(kept(tmp_path)[0]).experiment.hidden == 4
    assert closed(fresh) and not asked, "nobody is asked during a log-out"
    QTest.keyClick(fresh.window, Qt.Key.Key_Escape)
    assert not closed(fresh) and len(asked) == 1
    log_out.close()


# --- real windows ---
WORK = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMessageBox
from explorer import app
from explorer.application import application as made

application, own = made(), []
Autosave = app.Autosave
app.Autosave = lambda *given: own.append(Autosave(*given)) or own[-1]

def window():
    return next(each for each in application.topLevelWidgets() if hasattr(each, "session"))

def work():
    window().session.change(hidden=3, steps=4)
    watch.start(20)

def look():
    if own[0]._file.is_file():
        watch.stop()
        QTimer.singleShot(0, lambda: print("kept", flush=True))
        if sys.argv[1] == "asks":
            QMessageBox.question(window(), "", "Which of them?")
        elif sys.argv[1] == "exports":
            window().exports.picture_to(Path(sys.argv[2]))

watch = QTimer(interval=20, timeout=look)
QTimer.singleShot(0, work)
sys.exit(app.run())
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_however_a_window_is_ended_its_work_is_kept(tmp_path):
    """Several windows at once in one folder, one behind a question, one in the middle of an export: each has a file of
    its own, and its status says how it ended."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    environment["XDG_CONFIG_HOME"] = str(tmp_path)
    statuses = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGKILL: -9}
    doing = {signal.SIGINT: "asks", signal.SIGTERM: "nothing", signal.SIGHUP: "exports", signal.SIGKILL: "nothing"}
    programs = {
        number: subprocess.Popen(
            [sys.executable, "-c", WORK, doing[number], str(tmp_path / "run.gif")],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        for number in statuses
    }  # fmt: skip
    try:
        for program in programs.values():
            assert program.stdout is not None and program.stdout.readline() == "kept\n"
        for number, program in programs.items():
            program.send_signal(number)
        for number, program in programs.items():
            _, err = program.communicate(timeout=60)
            assert (program.returncode, err) == (statuses[number], "")
    finally:
        for program in programs.values():
            program.kill()
            program.communicate()
    found = list(tmp_path.rglob("unsaved/*.json"))
    assert len(found) == len(statuses)
    assert all(storage.load(file).experiment == Experiment(hidden=3, steps=4) for file in found)
    assert not list(tmp_path.glob("*run.gif*"))  # nothing of the export that was broken off
