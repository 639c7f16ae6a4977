"""A string is made of what is on the screen, copied, pasted and shown; a wrong one changes nothing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog

from core.experiment import Experiment
from core.lessons.reading import lesson_named
from explorer.widgets import qr
from tests.explorer.lesson_files import lesson_file

Key, CTRL = Qt.Key, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_an_experiment_goes_from_window_to_window(drive):
    driver = drive(Experiment(steps=5, hidden=3))
    session = driver.session
    session.change(cell="gru", w_gain=1.2)
    session.pin()
    session.set_view(digits=True)
    session.seek(4.0)
    driver.settle()
    driver.key(Key.Key_C, modifier=CTRL | SHIFT)
    dialog = driver.files.sharing.dialog
    assert dialog.isVisible() and dialog.field.toPlainText().startswith("bptt1.")
    dialog.copy()
    dialog.accept()
    shown = session.experiment
    driver.files.may_lose = lambda: True
    session.new()
    driver.settle()
    assert session.experiment != shown
    driver.files.sharing._may_lose = lambda: True
    driver.window.activateWindow()
    driver.settle(2)
    driver.key(Key.Key_V, modifier=CTRL)
    driver.settle()
    assert (session.experiment, session.position, session.view.digits) == (shown, 4.0, True)
    assert [pin.trace.experiment for pin in session.pins] == [shown]
    session.undo()
    driver.settle()
    assert session.experiment != shown


def test_a_step_of_a_lesson_is_shared_and_opened_at_that_step(drive, tmp_path):
    driver = drive()
    lesson, sharing = driver.session.lesson, driver.files.sharing
    assert lesson.open(lesson_named("9"))
    lesson.show(2)
    driver.settle()
    text = sharing.text()
    lesson.leave()
    assert sharing.open(text)
    driver.settle()
    assert lesson.page.number == 2 and lesson.lesson.id == "09" and lesson.asks
    lesson.leave()
    assert lesson.open(lesson_file(tmp_path))  # somebody's own
    lesson.show(3)
    driver.settle()
    text, step = sharing.text(), lesson.page.step
    lesson.leave()
    assert sharing.open(text)
    driver.settle()
    assert lesson.page.step == step and lesson.path is None
    lesson.reload()  # there is no file to be read again
    lesson.leave()


@pytest.mark.parametrize("text", ["bptt1.broken", "no string at all"])
def test_a_wrong_string_is_one_sentence_and_changes_nothing(drive, monkeypatch, text):
    driver = drive(Experiment(steps=4, hidden=2))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (text, True))
    QGuiApplication.clipboard().setText("something else")
    before = driver.session.trace
    driver.key(Key.Key_V, modifier=CTRL)
    assert "string" in driver.window.toasts.texts()[-1].lower() and driver.session.trace is before


def test_the_code_is_black_on_white_with_its_quiet_zone(drive, monkeypatch):
    driver = drive(theme="dark")
    rows = tuple(tuple((x + y) % 3 == 0 for x in range(25)) for y in range(25))
    monkeypatch.setattr(qr, "modules_of", lambda text: rows)
    assert driver.files.sharing.share()
    code = driver.files.sharing.dialog.code
    assert (code.modules == rows and driver.files.sharing.dialog.why.text() == "") or not qr.can_make()
    code.resize(330, 330)
    image = code.grab().toImage()
    px = 330 // (25 + 2 * qr.QUIET)
    for y in (-1, 0, 7, 24):
        for x in (-1, 0, 8, 24):
            dark = min(x, y) >= 0 and rows[y][x]
            spot = [round((qr.QUIET + each + 0.5) * px) for each in (x, y)]
            left = (330 - (25 + 2 * qr.QUIET) * px) // 2
            assert (image.pixelColor(spot[0] + left, spot[1] + left).lightness() < 128) == dark
    driver.files.sharing.dialog.accept()


def test_without_the_package_it_says_which_one(drive, monkeypatch):
    monkeypatch.setattr(qr, "find_spec", lambda name: None)
    driver = drive()
    assert driver.files.sharing.share()
    dialog = driver.files.sharing.dialog
    assert "segno==1.6.6" in dialog.why.text() and not dialog.code.isVisible()
    dialog.accept()


def test_the_code_of_a_text():
    segno = pytest.importorskip("segno", reason="an optional package")
    rows = qr.modules_of("bptt1.abc")
    assert rows == tuple(tuple(map(bool, row)) for row in segno.make_qr("bptt1.abc", error="l").matrix)
    assert qr.modules_of("x" * (qr.LONGEST + 1)) == ()
