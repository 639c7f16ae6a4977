"""The slider with its field, driven by real keys and mouse buttons."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from explorer.widgets.scale import Scale
from explorer.widgets.slider import BURST_MS, ValueSlider
from tests.explorer.driving import double_click
from tests.explorer.widgets.shown import LEFT, Log, slider_of, texts


@pytest.fixture
def steps(shown):
    return shown(ValueSlider("Steps T", Scale(1, 101, "int"), 14))


def field_of(widget) -> QLineEdit:
    return widget.findChild(QLineEdit)


def test_a_drag_is_live_and_one_gesture(steps, qtbot):
    log = Log(steps)
    slider = slider_of(steps)
    middle = slider.rect().center()
    qtbot.mousePress(slider, LEFT, pos=middle)
    qtbot.mouseMove(slider, middle + QPoint(30, 0))
    qtbot.mouseMove(slider, middle + QPoint(60, 0))
    assert log.said
    assert "committed" not in log.said
    qtbot.mouseRelease(slider, LEFT, pos=middle + QPoint(60, 0))
    *values, last = log.said
    assert last == "committed"
    assert values == sorted(set(values))
    assert len(values) == 3
    assert steps.value() == values[-1]
    assert str(values[-1]) in texts(steps)


def test_a_press_beside_the_handle_takes_hold_there(steps, qtbot):
    log = Log(steps)
    slider = slider_of(steps)
    qtbot.mouseClick(slider, LEFT, pos=slider.rect().center())
    assert 48 <= steps.value() <= 54
    assert log.said == [steps.value(), "committed"]


def test_a_burst_of_keys_is_one_gesture(steps, qtbot):
    log = Log(steps)
    slider_of(steps).setFocus()
    with qtbot.waitSignal(steps.committed, timeout=10 * BURST_MS):
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_PageUp):
            qtbot.keyClick(slider_of(steps), key)
    assert log.said == [15, 16, 15, 25, "committed"]


def test_leaving_ends_a_burst_at_once(steps, qtbot):
    log = Log(steps)
    slider_of(steps).setFocus()
    qtbot.keyClick(slider_of(steps), Qt.Key.Key_End)
    slider_of(steps).clearFocus()
    assert log.said == [101, "committed"]


def test_the_wheel_turns_only_what_has_the_focus(steps, qtbot):
    slider = slider_of(steps)
    centre = QPointF(slider.rect().center())
    buttons, modifiers, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase

    def wheel():
        place = QPointF(slider.mapToGlobal(centre.toPoint()))
        turn = QWheelEvent(centre, place, QPoint(0, 0), QPoint(0, 120), buttons, modifiers, phase, False)
        QApplication.sendEvent(slider, turn)

    slider.clearFocus()
    wheel()
    assert steps.value() == 14
    slider.setFocus()
    with qtbot.waitSignal(steps.committed, timeout=10 * BURST_MS):
        wheel()
    assert steps.value() > 14


def test_a_value_set_by_program_is_silent_exact_and_clamped(shown, qtbot):
    widget = shown(ValueSlider("g", Scale(0.0, 2.0), 0.8))
    with qtbot.assertNotEmitted(widget.changed), qtbot.assertNotEmitted(widget.committed):
        widget.setValue(0.8125)
        assert widget.value() == 0.8125
        assert "0.8125" in texts(widget)
        widget.setValue(7)
        assert widget.value() == 2.0
        widget.set_scale(Scale(0.0, 1.0))
        assert widget.value() == 1.0


def test_undo_in_the_middle_of_a_burst_is_not_followed_by_a_second_entry(steps, qtbot):
    log = Log(steps)
    slider_of(steps).setFocus()
    qtbot.keyClick(slider_of(steps), Qt.Key.Key_Right)
    steps.setValue(14)
    slider_of(steps).clearFocus()
    assert log.said == [15]


def test_a_double_click_on_the_value_lets_one_type_an_exact_number(shown, qtbot):
    widget = shown(ValueSlider("Input scale", Scale(1e-6, 100, "log"), 1.0))
    log = Log(widget)
    value = next(label for label in widget.findChildren(QLabel) if label.text() == "1")
    double_click(value)
    field = field_of(widget)
    assert field.isVisible()
    assert field.selectedText() == "1"
    qtbot.keyClicks(field, "2.5e-4")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert log.said == [2.5e-4, "committed"]
    assert not field.isVisible()
    assert "2.5·10⁻⁴" in texts(widget)
    assert QApplication.focusWidget() is slider_of(widget)


@pytest.mark.parametrize("typed", ["2000", "0", "14.5", "many", ""])
def test_a_number_out_of_range_is_refused_naming_the_limits(steps, qtbot, typed):
    log = Log(steps)
    slider_of(steps).setFocus()
    qtbot.keyClick(slider_of(steps), Qt.Key.Key_F2)
    field = field_of(steps)
    field.clear()
    qtbot.keyClicks(field, typed)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "Steps T must be a whole number from 1 to 101." in texts(steps)
    message = next(label for label in steps.findChildren(QLabel) if "101" in label.text())
    steps.adjustSize()
    assert message.height() >= message.heightForWidth(message.width())
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert texts(steps) == ["Steps T", "14"]
    assert log.said == []
    steps.edit()
    assert not field.property("invalid")


def test_leaving_the_field_keeps_a_number_in_range_and_drops_any_other(steps, qtbot):
    log = Log(steps)
    for typed, said in (("50", [50, "committed"]), ("500", [])):
        steps.edit()
        field_of(steps).clear()
        qtbot.keyClicks(field_of(steps), typed)
        field_of(steps).clearFocus()
        assert not field_of(steps).isVisible()
        assert log.said == said
        log.said.clear()
    assert steps.value() == 50


def test_typing_what_is_there_changes_nothing(steps, qtbot):
    log = Log(steps)
    steps.edit()
    qtbot.keyClick(field_of(steps), Qt.Key.Key_Return)
    assert log.said == []


def test_a_slider_is_accessible(steps):
    slider = slider_of(steps)
    assert slider.accessibleName() == "Steps T"
    steps.setValue(20)
    assert slider.accessibleDescription() == "20"
    assert "1 to 101" in steps.toolTip()
