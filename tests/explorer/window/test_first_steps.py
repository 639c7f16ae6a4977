"""The two ways of docs/first-steps.md, walked with the keys that stand there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog

from explorer.session.selection import Selection

Key, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "first-steps.md").read_text(encoding="utf-8")


def test_somebody_new_comes_to_a_picture_of_ones_own(drive, tmp_path, monkeypatch):
    driver = drive()
    session = driver.session
    before = session.experiment
    driver.key(Key.Key_L, modifier=CTRL)
    dialog = driver.program.finder.dialog
    assert dialog.current() is not None
    QTest.keyClick(dialog.field, Key.Key_Return)
    driver.window.activateWindow()
    driver.settle(3)
    lesson = session.lesson
    assert lesson.page is not None and lesson.page.number == 0
    for _ in range(20):  # Space, and clicks where it asks for one
        if lesson.asks:
            place = next(option.place for option in lesson.page.ask.options if option.right)
            _, name, t = place.split(" ")
            session.select(Selection(name.partition(".")[2], int(t)))
            driver.settle(2)
            assert lesson.question.answered.graded.right
        driver.play(6.0)
        if lesson.page.number + 1 == lesson.count and not lesson.waits:
            break
        driver.key(Key.Key_Space)
        driver.settle(2)
    assert lesson.page.number + 1 == lesson.count and lesson.question.predictions.score == (1, 1)
    for _ in range(3):  # the selection, then the lesson
        driver.key(Key.Key_Escape)
    driver.settle(2)
    assert lesson.lesson is None and session.experiment == before

    driver.key(Key.Key_3)
    session.change(steps=20, forget_bias=5.0)
    driver.settle()
    driver.key(Key.Key_P, Key.Key_1)
    assert session.trace.experiment.cell == "tanh" and session.pins[0].trace.experiment.cell == "lstm"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "mine.json"), ""))
    driver.key(Key.Key_S, modifier=CTRL)
    assert (tmp_path / "mine.json").is_file()
    driver.key(Key.Key_C, modifier=CTRL | SHIFT)
    assert driver.files.sharing.dialog.field.toPlainText().startswith("bptt1.")
    driver.files.sharing.dialog.accept()
    for key in ("Ctrl+L", "Space", "Ctrl+E", "Ctrl+S", "Ctrl+Shift+C"):
        assert f"`{key}`" in GUIDE


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_lecturer_adds_three_stops_and_presents_them(drive, tmp_path, monkeypatch, theme):
    notes = ["First.", "Second.", "Third."]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (notes.pop(0), True))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "hour.toml"), ""))
    driver = drive(theme=theme)
    session = driver.session
    for gain in (0.5, 1.0, 1.3):
        session.change(w_gain=gain, steps=6)
        driver.settle()
        session.seek(session.timeline.complete - 3)
        session.select(Selection("s", 2))
        driver.key(Key.Key_B, modifier=CTRL)
    driver.key(Key.Key_L, modifier=CTRL | SHIFT)
    driver.settle(2)
    driver.key(Key.Key_F5)
    assert driver.window.presenting and session.theme.dark is (theme == "dark")
    seen = []
    for _ in range(12):
        page = session.lesson.page
        if not seen or seen[-1] != page.number:
            seen.append(page.number)
        driver.key(Key.Key_PageDown)  # a clicker
        driver.settle(2)
    assert seen == [0, 1, 2]
    driver.key(Key.Key_B)
    assert driver.window.presentation.is_black
    driver.key(Key.Key_B, Key.Key_F)
    assert driver.window.presentation.frozen
    driver.key(Key.Key_F, Key.Key_PageUp)
    driver.settle(2)
    assert session.lesson.page.number == 1
    driver.key(Key.Key_Escape)
    assert not driver.window.presenting and session.theme.name == theme
    for key in ("Ctrl+B", "Ctrl+Shift+L", "F5", "PgDn", "Ctrl+Shift+P"):
        assert f"`{key}`" in GUIDE
