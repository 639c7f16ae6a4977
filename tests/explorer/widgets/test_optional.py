"""A number that can be off."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from tests.explorer.widgets.shown import Log, slider_of, texts


def test_off_is_none_and_ticking_the_box_brings_the_default(shown, qtbot):
    widget = shown(OptionalValue("Clip by norm", Scale(0.01, 100, "log"), None, 1.0))
    log = Log(widget)
    assert widget.value() is None
    assert texts(widget) == ["off"]
    assert not slider_of(widget).isVisible()
    widget.slider.edit()
    assert not any(field.isVisible() for field in widget.findChildren(QLineEdit))
    qtbot.keyClick(widget.box, Qt.Key.Key_Space)
    assert widget.value() == 1.0
    assert slider_of(widget).isVisible()
    slider_of(widget).setFocus()
    qtbot.keyClick(slider_of(widget), Qt.Key.Key_Home)
    slider_of(widget).clearFocus()
    qtbot.keyClick(widget.box, Qt.Key.Key_Space)
    assert log.said == [1.0, "committed", 0.01, "committed", None, "committed"]


def test_an_optional_value_set_by_program_is_silent(shown, qtbot):
    widget = shown(OptionalValue("Forget gate", Scale(0.0, 1.0), 0.5, 1.0, off="learned"))
    with qtbot.assertNotEmitted(widget.changed), qtbot.assertNotEmitted(widget.committed):
        widget.setValue(None)
        assert widget.value() is None
        assert texts(widget) == ["learned"]
        widget.setValue(0.25)
        assert widget.value() == 0.25
