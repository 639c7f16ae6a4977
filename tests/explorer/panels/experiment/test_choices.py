"""Every kind of control, driven by real clicks and keys: live, exact, undone in one step."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QSlider,
)

from core.maths.clipping import turn_of
from core.network.parameter_counts import count_of
from explorer.items.plots.clip_arrows import angle_text
from explorer.style.numbers import number
from tests.explorer.driving import error_of, pulled
from tests.explorer.panels.experiment.desk import choose, drag, type_value

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


NUMBERS = [
    ("steps", {}, "37", 37),
    ("delay", {"task": "echo"}, "5", 5),
    ("noise", {"task": "sine"}, "0.35", 0.35),
    ("input_scale", {}, "2.5e-4", 2.5e-4),
    ("batch", {}, "3", 3),
    ("hidden", {}, "100", 100),
    ("w_gain", {}, "42", 42.0),
    ("u_gain", {}, "1.7", 1.7),
    ("bias", {}, "-0.5", -0.5),
    ("forget_bias", {"cell": "lstm"}, "-15", -15.0),
    ("update_bias", {"cell": "gru"}, "3.25", 3.25),
    ("initial_state", {}, "0.75", 0.75),
]


@pytest.mark.parametrize(("key", "fields", "typed", "value"), NUMBERS, ids=[row[0] for row in NUMBERS])
def test_a_number_is_live_while_dragged_exact_when_typed_and_undone_in_one_step(desk, qtbot, key, fields, typed, value):
    it = desk(**fields)
    first = it.experiment
    row = it.row(key)
    drag(qtbot, row.findChild(QSlider))
    dragged = getattr(it.experiment, key)
    assert dragged != getattr(first, key)
    it.frame()
    assert getattr(it.session.trace.experiment, key) == dragged == row.slider.value()
    type_value(qtbot, row, typed)
    assert getattr(it.experiment, key) == value
    it.frame()
    it.undo()
    assert getattr(it.experiment, key) == dragged == row.slider.value()
    it.undo()
    assert it.experiment == first
    assert row.slider.value() == getattr(first, key)


def test_the_trace_follows_before_the_button_is_let_go(desk, qtbot):
    it = desk()
    slider = it.row("w_gain").findChild(QSlider)
    middle = slider.rect().center()
    runs = it.session.runs
    qtbot.mousePress(slider, LEFT, pos=middle)
    for k in range(1, 11):
        qtbot.mouseMove(slider, middle + QPoint(3 * k, 0))
    it.frame()
    assert it.session.runs == runs + 1
    assert it.session.trace.experiment.w_gain == it.experiment.w_gain != 0.8
    qtbot.mouseRelease(slider, LEFT, pos=middle + QPoint(30, 0))


def test_a_wheel_that_scrolls_the_panel_changes_nothing(desk):
    it = desk()
    before = it.experiment
    buttons, none, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    for row in it.panel.rows.values():
        for control in (*row.findChildren(QSlider), *row.findChildren(QComboBox), *row.findChildren(QAbstractSpinBox)):
            control.clearFocus()
            centre = QPointF(control.rect().center())
            place = QPointF(control.mapToGlobal(centre.toPoint()))
            turn = QWheelEvent(centre, place, QPoint(0, 0), QPoint(0, -120), buttons, none, phase, False)
            QApplication.sendEvent(control, turn)
    assert it.experiment == before


def test_combos_checks_and_segments(desk, qtbot):
    it = desk(cell="gru")
    choose(qtbot, it.row("w_init").combo, "spectral")
    assert it.experiment.w_init == "spectral"
    qtbot.keyClick(it.row("nonnegative").box, Key.Key_Space)
    assert it.experiment.nonnegative
    qtbot.mouseClick(it.row("reset").control.button("after"), LEFT)
    assert it.experiment.reset == "after"
    qtbot.mouseClick(it.row("loss_at").control.button("every"), LEFT)
    assert it.experiment.loss_at == "every"
    it.frame()
    for _ in range(10):
        it.undo()
    assert it.row("w_init").combo.currentData() == "orthogonal"
    assert not it.row("nonnegative").box.isChecked()
    assert it.row("reset").control.current() == "before"
    assert it.row("loss_at").control.current() == "last"


@pytest.mark.parametrize("key", ["data_seed", "weight_seed"])
def test_a_seed_is_typed_or_thrown(desk, qtbot, key):
    it = desk()
    row = it.row(key)
    row.spin.setFocus()
    row.spin.selectAll()
    qtbot.keyClicks(row.spin, "123")
    assert getattr(it.experiment, key) != 123
    qtbot.keyClick(row.spin, Key.Key_Return)
    assert getattr(it.experiment, key) == 123
    thrown = set()
    for _ in range(5):
        before = getattr(it.experiment, key)
        qtbot.mouseClick(row.dice, LEFT)
        assert getattr(it.experiment, key) != before
        thrown.add(getattr(it.experiment, key))
    assert len(thrown) > 1
    it.frame()
    it.undo()
    assert row.spin.value() == getattr(it.experiment, key)


def test_a_gate_is_frozen_at_a_value_and_learned_again(desk, qtbot):
    it = desk(cell="lstm")
    choice = it.row("frozen").gates["f"]
    qtbot.mouseClick(choice.box, LEFT, pos=QPoint(8, choice.box.height() // 2))
    assert it.experiment.frozen_at("f") == 1.0
    it.frame()
    assert np.all(it.session.trace.values["L1", "f"] == 1.0)
    drag(qtbot, choice.findChild(QSlider), -30)
    assert 0.0 < it.experiment.frozen_at("f") < 1.0
    it.frame()
    it.undo()
    assert choice.value() == 1.0
    qtbot.keyClick(choice.box, Key.Key_Space)
    assert it.experiment.frozen == ()
    assert "learned" in [label.text() for label in choice.findChildren(QLabel)]


def test_one_seed_for_data_and_weights_together(desk, qtbot):
    it = desk()
    row = it.row("seed")
    it.session.change(weight_seed=7)
    it.frame()
    assert row.spin.text() == "1 / 7"
    row.spin.setFocus()
    row.spin.selectAll()
    qtbot.keyClicks(row.spin, "12")
    qtbot.keyClick(row.spin, Key.Key_Return)
    assert (it.experiment.data_seed, it.experiment.weight_seed) == (12, 12)
    it.frame()
    assert row.spin.text() == "12"
    it.undo()
    assert (it.experiment.data_seed, it.experiment.weight_seed) == (1, 7)


def test_a_text_is_live_and_brings_its_number_of_steps(desk, qtbot):
    it = desk(task="next-character", loss_at="last")
    edit = it.row("text").edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "banana")
    assert (it.experiment.text, it.experiment.steps, it.experiment.loss_at) == ("banana", 5, "last")
    it.frame()
    assert edit.text() == "banana"
    assert it.row("steps").slider.value() == 5
    qtbot.keyClick(edit, Key.Key_Return)
    it.undo()
    assert (it.experiment.text, edit.text()) == ("hello", "hello")


def test_a_text_that_is_too_short_says_so_and_changes_nothing(desk, qtbot):
    it = desk(task="next-character")
    row = it.row("text")
    row.edit.setFocus()
    row.edit.selectAll()
    qtbot.keyClicks(row.edit, "x")
    assert "at least 2 characters" in error_of(row)
    assert it.experiment.text == "hello"
    qtbot.keyClicks(row.edit, "y")
    assert error_of(row) == ""
    assert it.experiment.text == "xy"
    qtbot.keyClick(row.edit, Key.Key_Backspace)
    row.edit.clearFocus()
    assert (row.edit.text(), error_of(row)) == ("xy", "")


def test_clipping_is_one_choice_and_says_what_it_did(desk, qtbot):
    it = desk()
    row = it.row("clip_norm")
    assert not it.row("gradient").isEnabled()
    choose(qtbot, row.combo, "clip_norm")
    assert (it.experiment.clip_norm, it.experiment.clip_value) == (1.0, None)
    type_value(qtbot, row, "1e-3")
    it.frame()
    assert it.experiment.clip_norm == 1e-3
    assert row.arrows.isVisible() and "turned by 0°" in row.arrows.accessibleName()
    assert f"× {number(it.session.trace.clip_factor)}" in row.arrows.accessibleName()
    assert f"× {it.session.trace.clip_factor:.2e}"[:6] in row.effect.text().replace("·10", "e")
    choose(qtbot, row.combo, "clip_value")
    it.frame()
    assert (it.experiment.clip_norm, it.experiment.clip_value) == (None, 1e-3)
    assert "entries are held" in row.effect.text()
    turn = turn_of(it.session.trace.exact_parameters, it.session.trace.used_parameters)
    assert turn.degrees > 1.0 and angle_text(turn.degrees) in row.arrows.accessibleName()
    assert number(turn.factor) in row.arrows.accessibleName() and row.arrows.isVisible()
    type_value(qtbot, row, "90")
    it.frame()
    assert "Not clipped" in row.effect.text() and not row.arrows.isVisible()
    assert it.row("gradient").isEnabled()
    choose(qtbot, row.combo, "")
    it.frame()
    assert (it.experiment.clip_norm, it.experiment.clip_value) == (None, None)
    assert not row.slider.isVisible()
    assert "exact one" in it.row("gradient").out_of_reach


def test_truncation_and_which_gradient_is_shown(desk, qtbot):
    it = desk(loss_at="every")
    choice = it.row("truncate").choice
    qtbot.keyClick(choice.box, Key.Key_Space)
    it.frame()
    assert it.experiment.truncate == 5
    assert it.session.gradients is it.session.trace.used
    qtbot.mouseClick(it.row("gradient").control.button("exact"), LEFT)
    assert it.session.gradients is it.session.trace.exact
    drag(qtbot, choice.findChild(QSlider), -40)
    assert 1 <= it.experiment.truncate < 14
    it.frame()
    it.undo()
    it.undo()
    assert choice.value() is it.experiment.truncate is None


def test_the_sample_shown(desk, qtbot):
    it = desk(batch=4)
    slider = it.row("sample").findChild(QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_End)
    assert it.session.view.sample == 3
    history = it.session.history.can_undo
    assert not history
    type_value(qtbot, it.row("batch"), "2")
    it.frame()
    assert it.session.view.sample == 1
    assert it.row("sample").slider.value() == 2
    type_value(qtbot, it.row("batch"), "1")
    it.frame()
    assert "one sequence" in it.row("sample").out_of_reach


def test_while_a_run_is_pinned_its_number_of_parameters_can_be_matched(desk):
    made = desk()
    panel, session = made.panel, made.session
    row = panel.rows["match"]
    assert row.isHidden()
    wanted = count_of(session.trace.network)
    session.pin("small")
    session.choose_cell("lstm")
    session.update()
    assert not row.isHidden()
    own = count_of(session.trace.network)
    assert row.button.text() == f"Parameters {own} → {wanted}"
    assert f"the pinned run small has {wanted}" in row.button.toolTip()
    row.button.click()
    pulled(session)
    assert abs(count_of(session.trace.network) - wanted) < own - wanted
    session.unpin()
    assert row.isHidden()
