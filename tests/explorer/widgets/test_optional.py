"""A number that can be off."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from tests.explorer.driving import double_click
from tests.explorer.widgets.shown import Log, slider_of, texts


def test_off_is_none_and_ticking_the_box_brings_the_default(shown, qtbot):
    widget = shown(OptionalValue("Clip by norm", Scale(0.01, 100, "log"), None, 1.0))
    log = Log(widget)
    assert widget.value() is None
    assert texts(widget) == ["off"]
    assert not slider_of(widget).isVisible()
    qtbot.keyClick(widget.box, Qt.Key.Key_Space)
    assert widget.value() == 1.0
    assert slider_of(widget).isVisible()
    slider_of(widget).setFocus()
    qtbot.keyClick(slider_of(widget), Qt.Key.Key_Home)
    slider_of(widget).clearFocus()
    qtbot.keyClick(widget.box, Qt.Key.Key_Space)
    assert log.said == [1.0, "committed", 0.01, "committed", None, "committed"]


def typing(widget, how, qtbot) -> QLineEdit:
    """Opens the field by the mouse or by a key."""
    if how == "mouse":
        double_click(next(label for label in widget.findChildren(QLabel) if label.text() == "off"))
    else:
        widget.box.setFocus()
        qtbot.keyClick(widget.box, Qt.Key.Key_F2)
    field = next(each for each in widget.findChildren(QLineEdit) if each.isVisible())
    assert field.hasFocus() and field.selectedText() == "1" and not slider_of(widget).isVisible()
    return field


@pytest.mark.parametrize("how", ["mouse", "key"])
@pytest.mark.parametrize(("typed", "said"), [("0.25", 0.25), ("", 1.0)])
def test_a_number_that_is_typed_over_off_switches_it_on(shown, qtbot, how, typed, said):
    widget = shown(OptionalValue("Clip by norm", Scale(0.01, 100, "log"), None, 1.0))
    log = Log(widget)
    field = typing(widget, how, qtbot)
    qtbot.keyClicks(field, typed)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert widget.value() == said and log.said == [said, "committed"]
    assert widget.box.isChecked() and slider_of(widget).isVisible() and slider_of(widget).hasFocus()


@pytest.mark.parametrize(("typed", "said"), [("0.25", [0.25, "committed"]), ("", []), ("much", [])])
def test_off_stays_off_where_the_field_is_given_up_or_left_as_it_was(shown, qtbot, typed, said):
    widget = shown(OptionalValue("Clip by norm", Scale(0.01, 100, "log"), None, 1.0))
    log = Log(widget)
    field = typing(widget, "key", qtbot)
    qtbot.keyClicks(field, typed)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert widget.value() is None and texts(widget) == ["off"] and log.said == [] and widget.box.hasFocus()
    field = typing(widget, "mouse", qtbot)
    qtbot.keyClicks(field, typed)
    field.clearFocus()
    assert log.said == said and widget.value() == (said[0] if said else None)


def test_an_optional_value_set_by_program_is_silent(shown, qtbot):
    widget = shown(OptionalValue("Forget gate", Scale(0.0, 1.0), 0.5, 1.0, off="learned"))
    with qtbot.assertNotEmitted(widget.changed), qtbot.assertNotEmitted(widget.committed):
        widget.setValue(None)
        assert widget.value() is None
        assert texts(widget) == ["learned"]
        widget.setValue(0.25)
        assert widget.value() == 0.25
