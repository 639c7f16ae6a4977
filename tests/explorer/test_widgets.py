"""The shared controls, driven by real keys and mouse buttons in every theme."""

from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QSlider, QVBoxLayout, QWidget

from explorer.style.stylesheet import stylesheet
from explorer.style.theme import LIGHT, THEMES
from explorer.widgets.card import Badge, Card
from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.slider import BURST_MS, ValueSlider

# The offscreen platform says so whenever a window's least size changes.
LEFT = Qt.MouseButton.LeftButton
CELLS = (("tanh", "1 tanh", "Elman"), ("relu", "2 ReLU", "rectified"), ("lstm", "3 LSTM", ""), ("gru", "4 GRU", ""))
CELL_KEYS = [key for key, _, _ in CELLS]


class Log:
    """Every signal of a slider, in order."""

    def __init__(self, widget):
        self.said = []
        widget.changed.connect(self.said.append)
        widget.committed.connect(lambda: self.said.append("committed"))


@pytest.fixture
def shown(qtbot):
    def show(widget: QWidget) -> QWidget:
        qtbot.addWidget(widget)
        widget.setStyleSheet(stylesheet(LIGHT))
        widget.resize(260, widget.sizeHint().height())
        with qtbot.waitActive(widget):
            widget.show()
            widget.activateWindow()
        return widget

    return show


@pytest.fixture
def steps(shown):
    return shown(ValueSlider("Steps T", Scale(1, 101, "int"), 14))


def slider_of(widget) -> QSlider:
    return widget.findChild(QSlider)


def field_of(widget) -> QLineEdit:
    return widget.findChild(QLineEdit)


def texts(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


# --- segmented control


@pytest.fixture
def cells(shown):
    return shown(SegmentedControl(CELLS))


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


# --- scale


@given(st.integers(-1000, 1000), st.integers(1, 2000))
def test_every_position_of_a_whole_number_scale_is_a_whole_number(low, span):
    scale = Scale(low, low + span, "int")
    assert [scale.value(p) for p in (0, scale.positions)] == [low, low + span]
    for position in (0, 1, span // 2, span):
        assert scale.position(scale.value(position)) == position
        assert isinstance(scale.value(position), int)


@given(st.integers(-9, 3), st.integers(1, 9))
def test_a_log_scale_has_exact_ends_and_reads_easily_between(low, decades):
    scale = Scale(10.0**low, 10.0 ** (low + decades), "log")
    values = [scale.value(p) for p in range(scale.positions + 1)]
    assert (values[0], values[-1]) == (scale.low, scale.high)
    assert values == sorted(values)
    assert [scale.position(v) for v in values] == list(range(scale.positions + 1))
    middle = scale.value(scale.positions // 2)
    assert abs(log10(middle) - low - decades / 2) < 0.1


def test_a_linear_scale_has_no_stray_digits():
    scale = Scale(0.0, 2.0, step=0.01)
    assert all(scale.value(p) == round(p / 100, 2) for p in range(201))
    assert [scale.text(v) for v in (0.8, 0.0, 2.0, 0.8125, -0.5)] == ["0.80", "0", "2.00", "0.8125", "−0.50"]
    assert [Scale(1e-6, 100, "log").text(v) for v in (1e-6, 3e-5, 1.0, 0.25, 100.0)] == [
        "1·10⁻⁶",
        "3·10⁻⁵",
        "1",
        "0.25",
        "100",
    ]


@pytest.mark.parametrize(
    "bad", [(1, 1), (2, 1), (0, 1, "log"), (0, 1, "float", 0), (0, 1, "square"), (0, float("inf"))]
)
def test_a_scale_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="scale"):
        Scale(*bad)


# --- slider


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
    qtbot.mouseDClick(value, LEFT)
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


# --- off or a value


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


# --- card and badge


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
