"""The segmented control, driven by real keys and mouse buttons."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.explorer.widgets.shown import CELLS, LEFT

CELL_KEYS = [key for key, _, _ in CELLS]


def test_a_click_chooses_and_says_so_once(cells, qtbot):
    said = []
    cells.currentChanged.connect(said.append)
    assert cells.current() == "tanh"
    qtbot.mouseClick(cells.button("lstm"), LEFT)
    qtbot.mouseClick(cells.button("lstm"), LEFT)
    assert cells.current() == "lstm"
    assert said == ["lstm"]
    assert [cells.button(key).isChecked() for key in CELL_KEYS] == [False, False, True, False]


def test_arrows_move_the_choice_and_tab_leaves_the_control(cells, qtbot):
    said = []
    cells.currentChanged.connect(said.append)
    cells.button("tanh").setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(QApplication.focusWidget(), key)
    assert said == ["relu", "lstm", "relu"]
    assert QApplication.focusWidget() is cells.button("relu")


def test_choosing_by_program_is_silent(cells, qtbot):
    with qtbot.assertNotEmitted(cells.currentChanged):
        cells.setCurrent("gru")
        cells.set_options(CELLS[2:])
    assert cells.current() == "gru"
    cells.set_options(CELLS[:2])
    assert cells.current() == "tanh"
    assert cells.button("tanh").isChecked()
    with pytest.raises(KeyError):
        cells.setCurrent("transformer")
    cells.set_options(())
    assert cells.current() == ""


def test_nothing_moves_when_the_choice_does(cells, qtbot):
    places = [cells.button(key).geometry() for key in CELL_KEYS]
    qtbot.mouseClick(cells.button("gru"), LEFT)
    assert [cells.button(key).geometry() for key in CELL_KEYS] == places
