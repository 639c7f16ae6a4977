"""Somebody new trains “hello”, goes back in it, sets an LSTM beside it and takes the film home: with some fifteen keys.

Both cells learn it by one press, as the README says."""

from __future__ import annotations

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

Key, CTRL, ALT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def written(session) -> str:
    """What the network says at each step."""
    trace = session.trace
    z = trace.values[trace.head.name, "z"]
    return "".join(trace.data.output_names[k] for k in z[:, 0].argmax(axis=-1))


def find(driver, text: str) -> None:
    """By Ctrl+K, the first that is found."""
    driver.key(Key.Key_K, modifier=CTRL)
    dialog = driver.program.finder.dialog
    QTest.keyClicks(dialog.field, text)
    QTest.keyClick(dialog.field, Key.Key_Return)
    driver.window.activateWindow()
    driver.settle(2)


def test_hello_is_trained_gone_back_in_compared_and_filmed(drive, tmp_path, monkeypatch):
    driver = drive(size=(960, 600))
    session, trainer = driver.session, driver.session.trainer
    find(driver, "next character")
    assert session.experiment.task == "next-character"
    driver.key(Key.Key_T)
    assert trainer.updates == 500 and written(session) == "ello"
    for _ in range(3):
        driver.key(Key.Key_Left, modifier=ALT)
    assert trainer.shown == trainer.updates - 3
    driver.key(Key.Key_Z, modifier=CTRL)
    driver.key(Key.Key_P, Key.Key_3)
    assert session.trace.experiment.cell == "lstm" and session.pins[0].trace.experiment.cell == "tanh"
    driver.key(Key.Key_T)
    assert written(session) == "ello"
    chosen = "Animation of the run (*.gif)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "film.gif"), chosen))
    driver.key(Key.Key_E, modifier=CTRL)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames > 10 and len(np.unique(np.asarray(film))) > 10
