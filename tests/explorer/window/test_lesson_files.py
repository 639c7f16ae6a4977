"""A lecture of ten stops is made and shown as a lecturer would; a lesson's file is followed while it is written."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from core.experiment import Experiment
from core.jobs import finished
from core.lessons.check import Checker
from core.lessons.reading import read_lesson
from explorer.session.session import Selection
from tests.explorer.lesson_files import LESSON, lesson_file

Key, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def notes(monkeypatch, tmp_path):
    """What is typed into the dialog that asks for a sentence, one after another; the file of the stops."""
    waiting: list[str] = []
    path = tmp_path / "lecture.toml"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (waiting.pop(0), True) if waiting else ("", False))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    return waiting, path


def test_a_lecture_of_ten_stops_is_made_and_shown(drive, notes):
    waiting, _ = notes
    driver = drive(Experiment(steps=5, hidden=3))
    session, line = driver.session, driver.session.timeline
    before, shown, said = session.experiment, [], []
    session.message.connect(said.append)
    for k in range(10):
        session.change(w_gain=0.5 + k / 10, cell="lstm" if k % 3 == 2 else "tanh")
        driver.settle()
        if k == 4:
            session.pin()
        session.seek([line.complete, line.beats, line.beats + 1, line.beats + 3, 2][k % 5])
        session.select(Selection("s", 2) if k == 6 else None)
        waiting.append(f"This is stop {k + 1}.")
        driver.key(Key.Key_B, modifier=CTRL)
        shown.append((session.experiment, session.position, len(session.pins)))
        assert f"Stop {k + 1} is in lecture.toml" in said[-1]
    while session.history.can_undo:
        session.undo()
    driver.settle()
    assert session.experiment == before

    driver.key(Key.Key_L, modifier=CTRL | Qt.KeyboardModifier.ShiftModifier)
    driver.settle(2)
    driver.key(Key.Key_F5)
    panel = driver.window.panels["lesson"]
    for k, (experiment, position, pins) in enumerate(shown):
        assert panel.progress.text().startswith(f"{k + 1} / 10") and panel.sentence.text() == f"This is stop {k + 1}."
        assert (session.experiment, len(session.pins)) == (experiment, pins)
        driver.play(6.0)  # it plays by itself to where it was added
        assert session.position == position
        driver.key(Key.Key_PageDown)
        driver.settle()
    assert "last step" in said[-1]
    session.lesson.show(6)
    driver.settle()
    assert session.selection == Selection("s", 2)
    session.lesson.leave()
    assert session.experiment == before and driver.window.presenting


def test_a_stop_holds_what_is_taught_and_not_how_a_person_likes_to_see_it(drive, notes):
    """What a step sets anew is in the stop as it is on the screen, and no other choice of looking is."""
    waiting, path = notes
    driver = drive(Experiment(steps=4, hidden=2, structure="n-n"))
    session = driver.session
    view = session.view

    def stop(**looked) -> str:
        session.set_view(**looked)
        driver.settle()
        path.unlink(missing_ok=True)
        waiting.append("See how it falls.")
        assert driver.files.lessons.add_stop()
        session.set_view(**{name: getattr(view, name) for name in looked})
        return path.read_text(encoding="utf-8")

    bare = stop()
    assert "look" not in bare and 'text = { en = "See how it falls." }' in bare
    assert read_lesson(path)[0].title.en == "Lecture"
    arrangement = {
        "digits": True, "notation": "ng", "relative": True, "factors": False, "whole_map": True, "plane_near": True,
        "normalise": True, "gradient": "exact",
    }  # fmt: skip
    assert stop(**arrangement) == bare == stop(side_by_side=True) == stop(difference=True)  # nothing is beside it
    session.pin()
    session.change(w_gain=1.3)
    driver.settle()
    pinned = stop()
    assert "pins.A" in pinned and "look" not in pinned
    for look in ({"side_by_side": True}, {"difference": True}, {"share_at": 2}):
        text, (name, value) = stop(**look), *look.items()
        assert f"look = {{ {name} = {str(value).lower()} }}" in text
    assert stop(**arrangement) == pinned
    session.unroll(0.0)
    assert "look = { folded = true }" in stop()


@pytest.mark.parametrize(
    "chosen", [Selection("s", 3), Selection("h", 3, "s", True), Selection("x", 1), Selection("z", 4)]
)
def test_the_place_that_is_selected_is_selected_again(drive, notes, chosen):
    waiting, path = notes
    driver = drive(Experiment(steps=4, hidden=2))
    session = driver.session
    session.select(chosen)
    waiting.append("Look here.")
    assert driver.files.lessons.add_stop()
    session.select(None)
    assert session.lesson.open(path)
    driver.settle(2)
    assert session.selection == chosen


def test_trained_weights_come_back_in_this_run_and_in_the_pinned_one(drive, notes):
    waiting, path = notes
    driver = drive(Experiment(task="next-character", text="hello", steps=4, hidden=2))
    session = driver.session
    for k in range(2):
        session.trainer.one_update()
        driver.settle(2)
        if k == 0:
            session.pin()
    runs = [session.trace, session.pins[0].trace]
    assert all(each.own_parameters for each in runs)
    waiting.append("Two updates against one.")
    assert driver.files.lessons.add_stop()
    assert "x[" not in path.read_text(encoding="utf-8")  # the data are the task's own
    session.lesson.open(path)
    driver.settle(2)
    for was, now in zip(runs, [session.trace, session.pins[0].trace], strict=True):
        for name, array in was.parameters.items():
            np.testing.assert_array_equal(now.parameters[name], array)


def test_a_stop_without_a_sentence_says_so_and_a_file_that_is_none_is_left_alone(drive, notes):
    waiting, path = notes
    driver = drive(Experiment(steps=3, hidden=2))
    assert not driver.files.lessons.add_stop()  # cancelled
    waiting.append("  ")
    assert not driver.files.lessons.add_stop() and "sentence" in driver.window.toasts.texts()[-1]
    assert not path.exists()
    path.write_text("id = 4\n", encoding="utf-8")
    waiting.append("a note")
    assert not driver.files.lessons.add_stop() and driver.window.toasts.texts()[-1].startswith("lecture.toml:1: ")
    path.write_bytes(b"\xff\xfe")
    waiting.append("a note")
    assert not driver.files.lessons.add_stop() and path.read_bytes() == b"\xff\xfe"


def test_a_file_that_is_written_again_is_shown_again_at_the_same_step(drive, tmp_path):
    driver = drive(Experiment(steps=3, hidden=2))
    path = lesson_file(tmp_path)
    assert driver.files.open(path)
    driver.session.lesson.show(2)
    driver.settle()
    panel = driver.window.panels["lesson"]

    def written(text):
        lesson_file(tmp_path, text)
        driver.files.lessons.followed.written()  # what the system says some time later
        driver.play(0.5)
        driver.settle()

    written(LESSON.replace("Who feeds whom?", "Who reads whom?"))
    assert panel.sentence.text() == "Who reads whom?" and panel.progress.text().partition("  ")[0] == "3 / 6"
    written(LESSON.replace("[[step]]", "[[stop]]", 3))
    assert panel.sentence.text() == "Who reads whom?" and "lesson.toml:" in driver.window.toasts.texts()[-1]
    written(LESSON[: LESSON.index('[[step]]\nkind = "faded"\nsame = true\ntext = { en = "Who')])
    assert panel.progress.text().partition("  ")[0] == "2 / 2"
    driver.session.lesson.leave()
    assert not driver.files.lessons.followed.files


def test_while_a_question_waits_nothing_is_a_stop(drive, notes, tmp_path):
    driver = drive(Experiment(steps=3, hidden=2))
    driver.files.open(lesson_file(tmp_path))
    driver.session.lesson.show(1)
    driver.settle()
    assert not driver.files.lessons.add_stop() and "question" in driver.window.toasts.texts()[-1]


@pytest.mark.parametrize("selected", [None, Selection("h", 2), Selection("z", 4)])
def test_a_lesson_starts_from_what_is_on_the_screen(drive, notes, selected):
    """The draft is right as it stands: read, run, its claims hold, and it opens."""
    waiting, path = notes
    driver = drive(Experiment(steps=4, hidden=2))
    session = driver.session
    session.pin()
    session.change(w_gain=1.3)
    driver.settle()
    session.seek(session.timeline.complete)
    session.select(selected)
    shown = session.experiment
    waiting.append("W stretches every gradient.")
    assert driver.files.lessons.start_lesson()
    driver.settle(2)
    assert session.lesson.path == path and session.lesson.count == 3 and session.experiment == shown
    lesson, text = read_lesson(path)
    checker = Checker(lesson, text)
    assert checker.read()
    finished(checker.running())
    assert not checker.mistakes, [str(each) for each in checker.mistakes]
    for place, claim, scene in checker.claims():
        assert finished(checker.testing(place, claim, scene)).right
    assert ("∂L/∂" in lesson.step[1].ask.text.en) is (selected is not None)
    session.lesson.show(1)
    driver.settle(2)
    assert session.lesson.asks
    assert not driver.files.lessons.start_lesson() and "Leave the lesson" in driver.window.toasts.texts()[-1]
