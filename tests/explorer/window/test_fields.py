"""No letter, digit, Home, End or Enter that belongs to a field reaches a shortcut; Enter and a click accept, Esc
restores: for every field there is in the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QFileDialog, QLabel, QLineEdit, QSpinBox

from core.experiment import Experiment, natural
from explorer.panels.experiment.matrix_dialog import MatrixDialog
from explorer.widgets.slider import ValueSlider
from explorer.window.fields import FIELDS
from tests.explorer.driving import double_click

Key = Qt.Key
KEYS = [Key.Key_Home, Key.Key_End, Key.Key_Return, Key.Key_Enter, Key.Key_Space]
LETTERS = "bcdefhilnpw1234,.+-"


def fields(window):
    """Every field that can be typed into or chosen from now, of the window itself."""
    found = [each for kind in FIELDS for each in window.findChildren(kind)]
    own = [each for each in found if each.window() is window and each.isVisible() and each.isEnabled()]
    return [each for each in own if not isinstance(each.parent(), QAbstractSpinBox | QComboBox)]


def opened(drive, **changes):
    driver = drive(natural("next-character", steps=4, hidden=3, **changes), size=(1600, 1000))
    panel = driver.window.panels["experiment"]
    panel.choose(dict.fromkeys(panel.sections, True))
    driver.settle(2)
    return driver


def triggered(window):
    """The texts of the window's actions that are triggered from now on."""
    done = []
    for action in window.actions():
        action.triggered.connect(lambda _=False, action=action: done.append(action.text()))
    return done


@pytest.mark.parametrize("cell", ["tanh", "clockwork"])
def test_no_key_of_a_field_reaches_a_shortcut(drive, cell, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))  # a letter chooses from a list
    monkeypatch.setattr(MatrixDialog, "open", lambda self: None)
    driver = opened(drive, cell=cell)
    window, done = driver.window, triggered(driver.window)
    kinds = set()
    for field in fields(window):
        for key in KEYS:
            field.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(field, key)
            QApplication.processEvents()
            popup = QApplication.activePopupWidget()
            if popup is not None:
                popup.close()
        for letter in LETTERS:
            field.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClicks(field, letter)
        assert done == [], (field.accessibleName(), done)
        QTest.keyClick(field, Key.Key_Escape)
        done.clear()
        driver.settle()
        kinds.add(next(kind for kind in FIELDS if isinstance(field, kind)))
    assert {QComboBox, QAbstractSpinBox, QLineEdit} == kinds
    assert not driver.player.playing


def test_a_number_that_is_typed_over_a_slider_has_its_keys(drive):
    driver = opened(drive)
    row = driver.window.panels["experiment"].rows["w_gain"]
    row.slider.edit()
    done = triggered(driver.window)
    field = row.findChild(QLineEdit)
    QTest.keyClicks(field, "0.5b")
    QTest.keyClick(field, Key.Key_Home)
    QTest.keyClick(field, Key.Key_Escape)
    assert done == []
    assert driver.session.experiment.w_gain == 0.8
    row.slider.edit()
    field.clear()
    QTest.keyClicks(field, "0.5")
    QTest.keyClick(field, Key.Key_Return)
    assert driver.session.experiment.w_gain == 0.5


@pytest.mark.parametrize("cell", ["lstm", "clockwork"])
def test_every_number_on_a_slider_is_typed_in_the_same_way(drive, cell):
    """A double click on it opens a field, Esc closes it and changes nothing, Enter takes the number: all sliders of the
    left side, those that are off as well."""
    driver = opened(drive, cell=cell)
    window, session = driver.window, driver.session
    sliders = [each for each in window.findChildren(ValueSlider) if each.isVisible() and each.isEnabled()]
    assert len(sliders) > 12
    for slider in sliders:
        label = next(each for each in slider.findChildren(QLabel) if each.property("role") == "value")
        before, shown = session.content, label.text()
        for key in (Key.Key_Escape, Key.Key_Return):
            double_click(label)
            driver.settle()
            field = next(each for each in slider.findChildren(QLineEdit) if each.isVisible())
            assert field.hasFocus() and field.selectedText() == field.text() and field.text()
            scale = slider.scale()
            field.setText(scale.text(scale.low))
            QTest.keyClick(field, key)
            driver.settle()
            assert not field.isVisible()
            if key == Key.Key_Escape:
                assert session.content == before and label.text() == shown, slider.accessibleName()
        assert label.text() == scale.text(scale.low), label.text()
        if session.content != before:
            session.undo()
            driver.settle()


def test_a_number_cell_has_its_keys(drive):
    driver = drive(Experiment(steps=4, hidden=3))
    driver.session.edit_number("L1.W", (0, 0))
    before = driver.session.trace.parameters["L1.W"][0, 0]
    page, done = driver.window.panels["numbers"], triggered(driver.window)
    QTest.keyClicks(page.map, "0")
    field = driver.window.focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, ".25b")
    QTest.keyClick(field, Key.Key_End)
    QTest.keyClick(field, Key.Key_Escape)
    driver.settle()
    assert done == [] and driver.session.trace.parameters["L1.W"][0, 0] == before
    QTest.keyClicks(page.map, "0")
    field = driver.window.focusWidget()
    QTest.keyClicks(field, ".25")
    QTest.keyClick(field, Key.Key_Return)
    driver.settle()
    assert driver.session.trace.parameters["L1.W"][0, 0] == 0.25


# --- accepting and restoring


def spin_of(driver) -> QSpinBox:
    return driver.window.panels["experiment"].rows["weight_seed"].spin


def typed(driver, field, text):
    field.setFocus(Qt.FocusReason.TabFocusReason)
    field.selectAll()
    QTest.keyClicks(field, text)


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_enter_accepts_a_seed_and_the_keys_are_the_window_s_again(drive, key):
    driver = opened(drive)
    spin = spin_of(driver)
    typed(driver, spin, "123")
    assert driver.session.experiment.weight_seed == 1
    QTest.keyClick(spin, key)
    driver.settle()
    assert driver.session.experiment.weight_seed == 123
    driver.key(Key.Key_3)
    assert driver.session.experiment.cell == "lstm"


def test_a_click_elsewhere_accepts(drive):
    driver = opened(drive)
    spin = spin_of(driver)
    typed(driver, spin, "77")
    button = driver.window.panels["topbar"].cells.button("gru")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    driver.settle()
    assert (driver.session.experiment.weight_seed, driver.session.experiment.cell) == (77, "gru")


def test_escape_restores_a_seed_and_nothing_else_in_the_window(drive):
    driver = opened(drive)
    driver.session.message.emit("Something is told.")
    spin = spin_of(driver)
    typed(driver, spin, "123")
    QTest.keyClick(spin, Key.Key_Escape)
    driver.settle()
    assert driver.session.experiment.weight_seed == 1
    assert spin.text() == "1"
    assert driver.window.toasts.texts() == ["Something is told."]
    assert driver.window.focusWidget() is driver.window.central_panels[0]


def test_escape_restores_a_text_that_was_followed_while_it_was_typed(drive):
    driver = opened(drive)
    edit = driver.window.panels["experiment"].rows["text"].edit
    before = driver.session.experiment
    typed(driver, edit, "banana")
    driver.settle()
    assert driver.session.experiment.text == "banana"
    QTest.keyClick(edit, Key.Key_Escape)
    driver.settle()
    assert (driver.session.experiment.text, edit.text()) == (before.text, before.text)


def test_escape_restores_words_that_wait_for_enter(drive):
    driver = opened(drive, cell="clockwork")
    edit = driver.window.panels["experiment"].rows["periods"].edit
    before = edit.text()
    typed(driver, edit, "1, 5")
    QTest.keyClick(edit, Key.Key_Escape)
    driver.settle()
    assert edit.text() == before
    typed(driver, edit, "1, 5")
    QTest.keyClick(edit, Key.Key_Return)
    driver.settle()
    assert driver.session.experiment.periods == (1, 5)


def test_escape_restores_what_the_arrows_chose_in_a_list(drive):
    driver = opened(drive)
    combo = driver.window.panels["experiment"].rows["structure"].combo
    before = driver.session.experiment
    combo.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(combo, Key.Key_Down)
    driver.settle()
    assert driver.session.experiment != before
    QTest.keyClick(combo, Key.Key_Escape)
    driver.settle()
    assert driver.session.experiment == before


def test_nothing_is_watched_while_no_field_has_the_keyboard(drive, monkeypatch):
    driver = opened(drive)
    seen = []
    fields = type(driver.window.keyboard.fields)
    monkeypatch.setattr(fields, "_key", lambda self, field, event: bool(seen.append(event)))
    driver.window.central_panels[0].setFocus()
    driver.key(Key.Key_Right)
    assert seen == []
    spin_of(driver).setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(spin_of(driver), "1")
    assert seen
