"""The lecturer's own window: it follows the lesson, knows the answer and the next stop, and a clicker works in it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from explorer.window.lecture import other_screen
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


def test_the_screen_that_the_hall_does_not_see(hall):
    driver, _ = hall
    here = driver.window.screen()
    assert other_screen([here], here) is None
    other = object()
    assert other_screen([here, other], here) is other and other_screen([other, here], here) is other
