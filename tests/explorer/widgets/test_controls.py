"""What all controls have in common: a card around them, their keys, a visible focus."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from explorer.style.stylesheet import stylesheet
from explorer.style.theme import LIGHT, THEMES
from explorer.widgets.card import Badge, Card
from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.slider import ValueSlider
from tests.explorer.widgets.shown import CELLS, slider_of, texts


def test_the_window_s_shortcuts_leave_a_control_its_keys(shown, qtbot):
    window = QWidget()
    column = QVBoxLayout(window)
    cells = SegmentedControl(CELLS)
    number = ValueSlider("Steps T", Scale(1, 101, "int"), 14)
    clip = OptionalValue("Clip", Scale(0.0, 1.0), None, 0.5)
    for widget in (cells, number, clip):
        column.addWidget(widget)
    pressed = []
    for key in ("Left", "Right", "Space", "Home", "PgDown"):
        QShortcut(QKeySequence(key), window, lambda key=key: pressed.append(key))
    shown(window)
    for widget, key in (
        (cells.button("tanh"), Qt.Key.Key_Right),
        (slider_of(number), Qt.Key.Key_Right),
        (clip.box, Qt.Key.Key_Space),
    ):
        widget.setFocus()
        qtbot.keyClick(widget, key)
    assert (cells.current(), number.value(), clip.value()) == ("relu", 15, 0.5)
    assert pressed == []
    qtbot.keyClick(slider_of(number), Qt.Key.Key_PageDown)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert pressed == ["PgDown", "Left"]


def test_a_card_has_a_title_a_header_and_contents(shown):
    card = Card("Experiment")
    badge = Badge()
    card.header.addWidget(badge)
    inside = QLabel("inside")
    card.add(inside)
    shown(card)
    assert card.title() == card.accessibleName() == "Experiment"
    assert inside.geometry().top() > badge.geometry().top()
    card.set_title("Inspector")
    assert "Inspector" in texts(card)


def test_a_badge_tells_its_state_by_a_sign_and_in_words(shown):
    badge = shown(Badge())
    badge.set_state("ok", "2·10⁻⁹", "Every gradient agrees with central differences.")
    assert badge.text() == "✓ 2·10⁻⁹"
    assert badge.accessibleName() == "2·10⁻⁹ passed"
    ok = badge.grab().toImage()
    assert ok.pixelColor(4, ok.height() // 2).name() == LIGHT.ok_background
    badge.set_state("fail", "3·10⁻²")
    failed = badge.grab().toImage()
    assert badge.text().startswith("×")
    assert failed.pixelColor(4, failed.height() // 2).name() == LIGHT.fail_background
    with pytest.raises(KeyError):
        badge.set_state("maybe", "")


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_focus_is_visible_in_every_theme(theme, shown):
    for widget, focused in (
        (cells := SegmentedControl(CELLS), cells.button("tanh")),
        (number := ValueSlider("Steps T", Scale(1, 101, "int"), 50), slider_of(number)),
        (clip := OptionalValue("Clip", Scale(0.0, 1.0), 0.5, 0.5), clip.box),
    ):
        shown(widget)
        widget.setStyleSheet(stylesheet(theme))
        focused.clearFocus()
        before = widget.grab().toImage()
        focused.setFocus()
        after = widget.grab().toImage()
        assert before != after
        colours = {after.pixelColor(x, y).name() for x in range(after.width()) for y in range(after.height())}
        assert theme.focus in colours
