"""The lecturer's own window: it follows the lesson, knows the answer and the next stop, and a clicker works in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest

from explorer.window.lecture import Screens
from tests.explorer.lesson_files import LESSON, lesson_file

Key, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def hall(drive, tmp_path):
    """A window with a lesson, and the notes beside it."""
    driver = drive()
    text = LESSON.replace('text = { en = "L is', 'note = { en = "Ask who has seen this." }\ntext = { en = "L is')
    driver.session.lesson.open(lesson_file(tmp_path, text))
    driver.settle(2)
    driver.key(Key.Key_P, modifier=CTRL | SHIFT)
    driver.settle(2)
    return driver, driver.program.lecture.notes


def test_it_has_the_notes_the_next_stop_and_a_clock(hall):
    driver, notes = hall
    assert notes.isVisible() and notes.isWindow() and notes.place.text().startswith("1 / 6")
    assert notes.sentence.text() == driver.session.lesson.text
    assert notes.notes.text() == "Ask who has seen this." and notes.next.text() == "How far does it fall?"
    assert not notes.answer.isVisible()
    late = notes._began + 83.0
    notes._clock = lambda: late
    notes.tick()
    assert notes.elapsed.text() == "1:23"
    notes.restart.click()
    assert notes.elapsed.text() == "0:00"


@pytest.mark.parametrize(
    ("step", "answer"),
    [(1, "decades. W and the slope"), (2, "1. One, used 4 times."), (4, "s at step 1"), (5, "curve")],
)
def test_it_knows_the_answer_while_the_hall_does_not(hall, step, answer):
    driver, notes = hall
    driver.session.lesson.show(step)
    driver.settle(2)
    assert driver.session.lesson.asks and notes.question.text() == driver.session.lesson.page.question
    assert answer in notes.answer.text() and notes.answer.isVisible()
    assert not notes.notes.isVisible()
    assert notes.next.text() == ("the end" if step == 5 else driver.session.lesson.following.text.en)


def test_a_clicker_works_in_both_windows(hall):
    driver, notes = hall
    lesson = driver.session.lesson
    driver.session.seek(driver.session.screen.rests[-1])
    for widget, key, number in (
        (notes, Key.Key_PageDown, 1), (driver.window, Key.Key_PageUp, 0), (notes, Key.Key_PageDown, 0),
    ):  # fmt: skip
        widget.activateWindow()
        driver.settle(2)
        QTest.keyClick(widget, key)
        driver.settle(2)
        assert lesson.page.number == number, (widget, key)
        assert notes.place.text().startswith(f"{number + 1} / 6")
    driver.key(Key.Key_F5)
    QTest.keyClick(notes, Key.Key_B)
    assert driver.window.presentation.is_black
    QTest.keyClick(notes, Key.Key_B)
    QTest.keyClick(notes, Key.Key_F)
    assert driver.window.presentation.frozen
    QTest.keyClick(notes, Key.Key_F)
    assert notes.isVisible() and not driver.window.presentation.frozen


def test_it_says_that_no_lesson_is_open_and_closes_with_the_window(hall):
    driver, notes = hall
    driver.session.lesson.leave()
    driver.settle(2)
    assert "Ctrl+L" in notes.place.text() and not notes.next.isVisible()
    driver.key(Key.Key_P, modifier=CTRL | SHIFT)
    assert driver.program.lecture.notes is None
    driver.program.lecture.open()
    driver.window.closing.emit()
    assert driver.program.lecture.notes is None


@pytest.mark.parametrize(
    ("others", "shown_on", "swapped", "hall", "own"),
    [
        ("", "laptop", False, None, None),
        ("", "laptop", True, None, None),
        ("projector", "laptop", False, "projector", "laptop"),
        ("projector", "projector", False, "projector", "laptop"),
        ("projector", "laptop", True, "laptop", "projector"),
        ("projector", "projector", True, "laptop", "projector"),
        ("projector monitor", "laptop", False, "projector", "laptop"),
        ("projector monitor", "monitor", False, "monitor", "laptop"),
    ],
)
def test_which_screen_the_hall_sees(others, shown_on, swapped, hall, own):
    names = ("laptop", *others.split())
    rooms = [QRect(1000 * k, 0, 1000, 700) for k in range(len(names))]
    screens = {name: SimpleNamespace(geometry=lambda room=room: room) for name, room in zip(names, rooms, strict=True)}
    chosen = Screens.of(list(screens.values()), screens["laptop"], screens[shown_on], swapped)
    assert (chosen.hall, chosen.own) == (screens.get(hall), screens.get(own))


def test_two_screens_that_show_the_same_are_one():
    first, second = (SimpleNamespace(geometry=lambda: QRect(0, 0, 1000, 700)) for _ in range(2))
    assert Screens.of([first, second], first, first, False) == Screens(None, None)


ON_TWO_SCREENS = """
import json, sys
from pathlib import Path
from PySide6.QtCore import Qt
from explorer.session import findings
from tests.explorer.driving import Driver

findings.check = lambda trace: iter(())
driver = Driver(Path(sys.argv[1]), size=(1000, 640))
window, lecture = driver.window, driver.program.lecture


def places(step):
    driver.settle(2)
    notes = lecture.notes
    print(json.dumps({
        "step": step,
        "window": window.screen().name(),
        "full": window.isFullScreen(),
        "room": window.geometry().getRect(),
        "notes": None if notes is None else notes.screen().name(),
        "covered": notes is not None and notes.geometry().contains(window.geometry()),
    }))


places("opened")
driver.key(Qt.Key.Key_F5)
places("presented without a lesson")
driver.key(Qt.Key.Key_F5)
driver.session.lesson.open(Path(sys.argv[2]))
driver.key(Qt.Key.Key_F5)
places("presented")
lecture.notes.swap.click()
places("swapped")
lecture.notes.swap.click()
places("swapped back")
driver.key(Qt.Key.Key_Escape)
places("left")
driver.key(Qt.Key.Key_P, modifier=Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
window.setGeometry(1400, 40, 1000, 640)
window.showMaximized()
window.activateWindow()
driver.settle(2)
driver.key(Qt.Key.Key_F5)
places("presented from the other screen")
driver.key(Qt.Key.Key_F5)
places("left there")
driver.close()
"""


def test_with_two_screens_the_hall_has_the_pictures_and_never_the_answers(tmp_path):
    screens = [
        {"name": "laptop", "x": 0, "y": 0, "width": 1366, "height": 768},
        {"name": "projector", "x": 1366, "y": 0, "width": 1920, "height": 1080},
    ]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}))
    (tmp_path / "window").mkdir()
    lesson = lesson_file(tmp_path, LESSON)
    done = subprocess.run(
        [sys.executable, "-c", ON_TWO_SCREENS, str(tmp_path / "window"), str(lesson)],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screens.json'}"},
        capture_output=True, text=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps = {each.pop("step"): each for each in map(json.loads, done.stdout.splitlines())}
    where = {step: (each["window"], each["full"], each["notes"]) for step, each in steps.items()}
    assert where == {
        "opened": ("laptop", False, None),
        "presented without a lesson": ("laptop", True, None),
        "presented": ("projector", True, "laptop"),
        "swapped": ("laptop", True, "projector"),
        "swapped back": ("projector", True, "laptop"),
        "left": ("laptop", False, "laptop"),
        "presented from the other screen": ("projector", True, "laptop"),
        "left there": ("projector", False, "laptop"),
    }
    assert steps["presented"]["room"] == [1366, 0, 1920, 1080]
    assert steps["left"]["room"] == steps["opened"]["room"] and not steps["left"]["covered"]
