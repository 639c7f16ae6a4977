"""The page of numbers: typing, turning, dragging, locking; the picture follows in one run, and undo brings it back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.arithmetic.matrices import keys, matrix_of
from core.choices import Edit, edit_of
from core.experiment import natural
from core.notation.books import NOTATIONS
from explorer.app import compose
from explorer.panels.base import Panel
from explorer.panels.inspector.panel import InspectorPanel
from explorer.panels.numbers import gestures as gesture
from explorer.panels.numbers.panel import NumbersPanel
from explorer.panels.numbers.view import limit_of
from explorer.panels.numbers.words import entry_text, number_text
from explorer.session.player import Player
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from tests.explorer.driving import double_click

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LEFT = Qt.MouseButton.LeftButton


class Desk:
    """A session, the page of numbers on show, and what was said."""

    def __init__(self, qtbot, experiment, size=(360, 640)):
        self.session = Session(experiment)
        self.panel = NumbersPanel()
        qtbot.addWidget(self.panel)
        self.panel.bind(self.session)
        self.other = Panel()
        qtbot.addWidget(self.other)
        self.other.bind(self.session)
        self.panel.resize(*size)
        self.panel.show()
        QTest.qWaitForWindowExposed(self.panel)
        self.said: list[str] = []
        self.session.message.connect(self.said.append)

    @property
    def map(self):
        return self.panel.map

    def take(self, name, index):
        self.session.edit_number(name, index)
        QApplication.processEvents()

    def value(self, name, index):
        self.session.update()
        trace = self.session.trace
        if name in ("x", "y"):
            return float((trace.data.x if name == "x" else trace.data.y)[index])
        if name.endswith("_0"):
            return float(trace.start[name[:2], name[3:-2]][index])
        return float(trace.parameters[name][index])

    def point(self, cell):
        return self.map.cell_rect(*cell).center()

    def wheel(self, cell, notches=1.0, modifiers=NONE):
        at = self.point(cell)
        turn = QPoint(0, round(120 * notches))
        where = QPointF(self.map.viewport().mapToGlobal(at.toPoint()))
        event = QWheelEvent(at, where, QPoint(), turn, Qt.MouseButton.NoButton, modifiers,
                            Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(self.map.viewport(), event)

    def drag(self, cell, up, modifiers=NONE, release=True):
        """`up`: the places that the mouse comes by, in px above where it was pressed."""
        view, start = self.map.viewport(), QPointF(self.point(cell).toPoint())
        QTest.mousePress(view, LEFT, modifiers, start.toPoint())
        for each in up:
            at = start - QPointF(0, each)
            where = QPointF(view.mapToGlobal(at.toPoint()))
            QApplication.sendEvent(view, QMouseEvent(QMouseEvent.Type.MouseMove, at, where, LEFT, LEFT, modifiers))
        if release:
            QTest.mouseRelease(view, LEFT, modifiers, start.toPoint())

    def type(self, text):
        for character in text:
            QTest.keyClicks(self.map.field if self.map.field.isVisible() else self.map, character)
        QTest.keyClick(self.map.field, Qt.Key.Key_Return)


@pytest.fixture
def desk(qtbot):
    def make(task="sine", size=(360, 640), **fields):
        return Desk(qtbot, natural(task, **{"steps": 4, "hidden": 3, **fields}), size)

    return make


# --- the arithmetic of a hand ---
@pytest.mark.parametrize(
    ("modifiers", "wheel", "key"),
    [(NONE, 0.1, 0.1), (SHIFT, 0.01, 0.1), (CONTROL, 0.01, 0.01), (SHIFT | CONTROL, 0.001, 0.001)],
)
def test_a_notch_is_a_tenth_a_hundredth_or_a_thousandth(modifiers, wheel, key):
    assert gesture.step_of(modifiers) == wheel
    assert gesture.step_of(modifiers, by_key=True) == key
    assert gesture.adjusted(0.2, 1, modifiers) == pytest.approx(0.2 + wheel, abs=1e-15)
    assert gesture.dragged(0.2, -10, modifiers) == pytest.approx(0.2 - wheel, abs=1e-15)


@given(start=st.integers(-50, 50), notches=st.lists(st.integers(-3, 3), max_size=30))
def test_turning_leaves_no_dust(start, notches):
    value = start / 10
    for each in notches:
        value = gesture.adjusted(value, each, NONE)
    assert value == round(value, 1) and abs(value) <= 1e6
    assert repr(value) == repr(round(value, 1))


def test_a_hand_stays_within_what_can_be_typed():
    assert gesture.adjusted(1e6, 5, NONE) == 1e6 and gesture.adjusted(-1e6, -5, NONE) == -1e6


# --- typing ---
@pytest.mark.parametrize(
    ("name", "index"), [("x", (2, 0, 0)), ("y", (1, 0, 0)), ("L1.s_0", (0, 1)), ("L1.W", (1, 2)), ("L1.b", (2,)),
                        ("out.V", (1, 0)), ("out.b", (0,))],
)  # fmt: skip
def test_any_number_is_typed_over(desk, name, index):
    made = desk()
    made.take(name, index)
    before = made.session.trace.loss
    made.type("0.625")
    assert made.value(name, index) == 0.625
    assert made.session.trace.loss != before
    assert not made.map.field.isVisible() and made.map.hasFocus()
    assert made.session.experiment.edits == (Edit(name, index, 0.625),)
    made.session.undo()
    made.session.update()
    assert made.session.trace.loss == before


@pytest.mark.parametrize("text", ["-1.5", "−1.5", "-1,5", "-15e-1", "-1.5·10⁰"])
def test_a_number_is_written_in_any_way(desk, text):
    made = desk()
    made.take("L1.W", (0, 1))
    QTest.keyClick(made.map, Qt.Key.Key_F2)
    made.map.field.setText(text)
    QTest.keyClick(made.map.field, Qt.Key.Key_Return)
    assert made.value("L1.W", (0, 1)) == -1.5


def test_what_is_no_number_is_said_and_stays_to_be_mended(desk):
    made = desk()
    made.take("L1.W", (0, 1))
    made.type("1.2.3")
    assert "is no number" in made.said[-1] and made.map.field.isVisible()
    made.map.field.setText("9e9")
    QTest.keyClick(made.map.field, Qt.Key.Key_Return)
    assert "−10⁶ to 10⁶" in made.said[-1] and made.map.field.property("invalid")
    QTest.keyClick(made.map.field, Qt.Key.Key_Escape)
    assert not made.map.field.isVisible() and made.session.experiment.edits == ()


def test_enter_without_typing_changes_nothing(desk):
    made = desk()
    made.take("L1.W", (0, 1))
    QTest.keyClick(made.map, Qt.Key.Key_Return)
    assert float(made.map.field.text()) == made.value("L1.W", (0, 1))
    QTest.keyClick(made.map.field, Qt.Key.Key_Return)
    assert made.session.experiment.edits == () and not made.session.history.can_undo


def test_a_double_click_types_and_going_elsewhere_takes_it(desk):
    made = desk()
    made.take("L1.W", (0, 1))
    double_click(made.map.viewport(), made.point((2, 1)).toPoint())
    assert made.map.field.isVisible() and made.map.cell() == (2, 1)
    made.map.field.setText("0.75")
    made.panel.lock_button.setFocus()
    assert made.value("L1.W", (2, 1)) == 0.75


# --- turning and dragging ---
def test_the_wheel_turns_the_number_under_it_in_one_entry(desk):
    made = desk()
    made.take("L1.W", (0, 0))
    made.session.edit([Edit("L1.W", (1, 2), 0.3)])
    made.session.end_gesture()
    made.session.update()
    for _ in range(3):
        made.wheel((1, 2))
    made.wheel((1, 2), -1, CONTROL)
    made.wheel((1, 2), 2, SHIFT | CONTROL)
    assert made.value("L1.W", (1, 2)) == 0.592
    assert made.map.cell() == (1, 2)
    made.session.undo()
    assert edit_of(made.session.experiment, "L1.W", (1, 2)) == Edit("L1.W", (1, 2), 0.3)
    made.session.undo()
    assert made.session.experiment.edits == ()
    made.panel.hide()


def test_another_burst_is_another_entry(desk):
    made = desk()
    made.take("L1.W", (0, 0))
    made.wheel((0, 0))
    made.panel.editing.burst.timeout.emit()
    first = made.session.experiment
    made.wheel((0, 0))
    made.session.undo()
    assert made.session.experiment == first
    made.panel.hide()


@pytest.mark.parametrize(("key", "modifiers", "step"), [
    (Qt.Key.Key_Up, SHIFT, 0.1), (Qt.Key.Key_Down, CONTROL, -0.01), (Qt.Key.Key_Up, SHIFT | CONTROL, 0.001),
])  # fmt: skip
def test_keys_turn_the_number(desk, key, modifiers, step):
    made = desk()
    made.session.edit([Edit("L1.W", (1, 2), 0.5)])
    made.session.update()
    made.take("L1.W", (1, 2))
    QTest.keyClick(made.map, key, modifiers)
    QTest.keyClick(made.map, key, modifiers)
    assert made.value("L1.W", (1, 2)) == round(0.5 + 2 * step, 12)
    made.panel.hide()


def test_a_drag_turns_smoothly_in_one_entry_and_one_run_a_frame(desk):
    made = desk()
    made.session.edit([Edit("L1.W", (1, 1), 0.5)])
    made.session.end_gesture()
    made.session.update()
    made.take("L1.W", (1, 1))
    runs, refreshes = made.session.runs, (made.panel.refreshes, made.other.refreshes)
    made.drag((1, 1), up=range(3, 31, 3), release=False)
    assert made.session.runs == runs  # ten changes wait for the frame
    made.session.update()
    assert made.session.runs == runs + 1
    assert (made.panel.refreshes, made.other.refreshes) == (refreshes[0] + 1, refreshes[1] + 1)
    assert made.value("L1.W", (1, 1)) == 0.8
    assert float(made.map.cells().values[1, 1]) == 0.8
    QTest.mouseRelease(made.map.viewport(), LEFT, NONE, made.point((1, 1)).toPoint())
    made.drag((1, 1), up=(-10, -20), modifiers=CONTROL)
    assert made.value("L1.W", (1, 1)) == 0.78
    made.session.undo()
    assert made.value("L1.W", (1, 1)) == 0.8
    made.session.undo()
    assert made.value("L1.W", (1, 1)) == 0.5


def test_a_drag_back_to_where_it_began_is_no_entry(desk):
    made = desk()
    made.session.edit([Edit("L1.W", (1, 1), 0.5)])
    made.session.end_gesture()
    made.session.update()
    made.take("L1.W", (1, 1))
    before = made.session.experiment
    made.drag((1, 1), up=(20, 35, 0))
    assert made.session.experiment == before
    made.session.undo()
    assert made.session.experiment.edits == ()


def test_a_click_is_no_drag(desk):
    made = desk()
    made.take("L1.W", (0, 0))
    made.drag((1, 1), up=(2,))
    assert made.session.experiment.edits == () and made.map.cell() == (1, 1)


def test_where_a_map_scrolls_the_wheel_turns_only_what_is_selected(desk):
    made = desk(hidden=64)
    made.take("L1.W", (0, 0))
    bar = made.map.verticalScrollBar()
    assert bar.maximum() > 0
    made.wheel((5, 5), -1)
    assert made.session.experiment.edits == () and bar.value() > 0
    made.take("L1.W", (0, 0))
    made.wheel((0, 0), -1)
    assert len(made.session.experiment.edits) == 1
    made.panel.hide()


# --- locks, and back ---
def test_a_locked_number_refuses_a_hand_until_it_is_let_go(desk):
    made = desk()
    made.take("L1.W", (1, 1))
    kept = made.value("L1.W", (1, 1))
    QTest.keyClick(made.map, Qt.Key.Key_K)
    made.session.update()
    assert made.map.cells().locked[1, 1] and made.panel.lock_button.isChecked()
    made.drag((1, 1), up=(10, 30))
    made.wheel((1, 1))
    assert "is locked there; unlock it first" in made.said[-1]
    QTest.keyClick(made.map, Qt.Key.Key_Delete)
    assert made.value("L1.W", (1, 1)) == kept
    made.session.change(weight_seed=9)
    assert made.value("L1.W", (1, 1)) == kept
    assert made.value("L1.W", (0, 0)) != made.session.trace.parameters["L1.W"][1, 1]
    QTest.mouseClick(made.map.viewport(), LEFT, NONE,
                     made.map.layout_of_cells.lock_rect(made.map.cell_rect(1, 1)).center().toPoint())  # fmt: skip
    made.session.update()
    assert not made.map.cells().locked[1, 1]
    made.panel.hide()


def test_locking_and_letting_go_leaves_nothing(desk):
    made = desk()
    made.take("L1.W", (1, 1))
    made.panel.lock_button.click()
    made.session.update()
    assert made.session.experiment.edits[0].locked
    made.panel.lock_button.click()
    made.session.update()
    assert made.session.experiment.edits == ()


def test_delete_brings_one_number_back_and_rewind_all(desk):
    made = desk()
    first, x = made.session.trace.parameters["L1.W"], made.session.trace.data.x
    made.take("L1.W", (0, 0))
    for name, index in (("L1.W", (0, 0)), ("L1.W", (1, 1)), ("x", (1, 0, 0)), ("L1.s_0", (0, 0))):
        made.session.edit([Edit(name, index, 0.9)])
    made.session.update()
    assert made.panel.count.text() == "4 numbers edited"
    assert "it was" in made.panel.note.text()
    QTest.keyClick(made.map, Qt.Key.Key_Delete)
    assert made.value("L1.W", (0, 0)) == first[0, 0]
    assert len(made.session.experiment.edits) == 3
    made.session.seek(3)
    made.panel.rewind_button.click()
    made.session.update()
    assert made.session.experiment.edits == () and made.session.position == 0
    assert np.array_equal(made.session.trace.parameters["L1.W"], first)
    assert np.array_equal(made.session.trace.data.x, x)
    made.session.undo()
    assert len(made.session.experiment.edits) == 3


# --- targets that are classes ---
def test_of_probabilities_the_whole_row_goes_along(desk):
    made = desk("next-character", text="hello")
    made.take("y", (1, 0, 2))
    made.wheel((1, 2), -1)
    made.wheel((1, 2), -1)
    made.session.update()
    y = made.session.trace.data.y[1, 0]
    assert y.sum() == pytest.approx(1.0, abs=1e-12) and not made.said
    made.panel.class_button.click()
    made.session.update()
    assert np.array_equal(made.session.trace.data.y[1, 0], np.eye(len(y))[2])
    before = made.session.trace.unedited["y"][1, 0]
    QTest.keyClick(made.map, Qt.Key.Key_Delete)
    made.session.update()
    assert np.array_equal(made.session.trace.data.y[1, 0], before)
    made.panel.hide()


def test_a_typed_target_that_is_no_probability_is_refused(desk):
    made = desk("next-character", text="hello")
    made.take("y", (1, 0, 2))
    made.map.open_field("5")
    made.map.typed.emit(1, 2, "5")
    assert made.said == ["This target is a probability: it lies between 0 and 1."]
    assert made.session.experiment.edits == ()
    made.map.typed.emit(1, 2, "0.25")
    assert {edit.value for edit in made.session.experiment.edits if edit.index == (1, 0, 2)} == {0.25}
    made.panel.hide()


def test_the_number_that_is_there_typed_again_is_no_edit(desk):
    made = desk("next-character", text="hello")
    for name, index in (("y", (1, 0, 2)), ("L1.W", (0, 1))):
        made.take(name, index)
        row, column = made.map.cell()
        made.map.open_field()
        made.map.typed.emit(row, column, repr(float(made.map.cells().values[row, column])))
        assert not made.map.field.isVisible()
    assert made.session.experiment.edits == () and not made.said
    made.panel.hide()


# --- what is shown ---
@pytest.mark.parametrize("notation", [each.name for each in NOTATIONS])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_number_typed_into_a_books_layout_is_ours(desk, notation, cell):
    made = desk(cell=cell)
    made.session.set_view(notation=notation)
    for key in keys(made.session.trace):
        made.panel.show_matrix(key)
        shown = made.map.cells().values
        selected_cell = (shown.shape[0] - 1, 0)
        if not made.map.cells().free[selected_cell]:
            continue
        assert made.panel.set_number(selected_cell, 0.375), key
        made.session.update()
        assert made.map.cells().values[selected_cell] == 0.375, key
        index = made.panel._matrix.index(selected_cell)
        assert abs(made.value(made.panel._matrix.name, index)) == 0.375
    assert len(made.session.experiment.edits) >= 10


def test_the_same_number_is_selected_in_another_notation(desk):
    made = desk(cell="lstm")
    made.take("L1.W_f", (0, 2))
    assert made.panel.key == "L1.W_f" and made.map.cell() == (0, 2)
    assert "[1, 3]" in made.panel.entry.text()
    made.session.set_view(notation="ng")
    assert made.panel.key == "L1.W_f"


def test_a_gradient_says_which_way_it_turns_the_loss(desk):
    made = desk()
    made.take("L1.W", (1, 2))
    slope = made.session.trace.exact_parameters["L1.W"][1, 2]
    assert ("increases L" if slope > 0 else "decreases L") in made.panel.slope.text()
    before = made.session.trace.loss
    made.wheel((1, 2), -np.sign(slope), SHIFT | CONTROL)
    made.session.update()
    assert made.session.trace.loss < before
    made.panel.kind.button("gradients").click()
    assert made.map.cells().kind == "gradient"
    QTest.keyClick(made.map, Qt.Key.Key_F2)
    assert float(made.map.field.text()) == made.value("L1.W", (1, 2))  # what is typed over is the number
    QTest.keyClick(made.map.field, Qt.Key.Key_Escape)
    made.panel.hide()


def test_what_cannot_be_edited_says_why(desk):
    made = desk("last-step", steps=3)
    made.take("y", (0, 0, 0))
    assert "the loss does not include this target" in made.panel.note.text()
    made.wheel((0, 0))
    assert "the loss does not include this target" in made.said[-1]
    made.session.change(cell="lstm")
    made.session.freeze("f", 1.0)
    made.session.update()
    made.take("L1.W_f", (0, 0))
    made.type("0.5")
    assert "not used while f is held" in made.said[-1] and made.session.experiment.edits == ()
    QTest.keyClick(made.map.field, Qt.Key.Key_Escape)
    made.panel.hide()


def test_out_of_sight_it_does_nothing_and_then_catches_up(desk):
    made = desk()
    made.panel.hide()
    made.session.edit([Edit("x", (0, 0, 0), 0.5)])
    made.session.update()
    shown = made.map.cells()
    assert shown.values[0, 0] != 0.5
    made.panel.show()
    assert made.map.cells().values[0, 0] == 0.5


def test_the_playheads_step_is_told_apart_and_nothing_is_computed(desk, monkeypatch):
    made = desk()
    made.take("x", (0, 0, 0))
    monkeypatch.setattr("explorer.panels.numbers.view.matrix_of", None)
    for t in (1, 3):
        made.session.seek_to("forward", t)
        assert made.map.cells().live == t - 1
    made.session.seek(0)
    assert made.map.cells().live == -1


def test_what_is_selected_elsewhere_comes_into_hand(desk):
    made = desk()
    made.take("L1.W", (0, 0))
    made.session.select(Selection("x", 3))
    assert (made.panel.key, made.map.cell()) == ("x", (2, 0))
    made.session.select(Selection("z", 2))
    assert (made.panel.key, made.map.cell()) == ("y", (1, 0))


@pytest.mark.parametrize(
    ("size", "theme"), [((300, 420), "light"), ((360, 640), "dark"), ((500, 900), "light"), ((360, 640), "projector")]
)
@pytest.mark.parametrize("fields", [{"steps": 1, "hidden": 1}, {"steps": 24}, {"steps": 200, "hidden": 64}])
def test_every_cell_is_in_sight_or_can_be_scrolled_to(desk, size, theme, fields):
    made = desk(size=size, **fields)
    made.session.set_theme(theme)
    for key in ("x", "L1.W", "L1.s_0"):
        made.panel.show_matrix(key)
        rows, columns = made.map.cells().values.shape
        made.map.set_cell(rows - 1, columns - 1)
        made.panel.grab()
        room = made.map.viewport().rect().adjusted(0, 0, 1, 1)
        assert room.contains(made.map.cell_rect(rows - 1, columns - 1).toAlignedRect().adjusted(1, 1, -1, -1))
        assert made.map.cell_at(made.point((rows - 1, columns - 1))) == (rows - 1, columns - 1)


def test_a_cell_is_told_in_words(desk):
    made = desk()
    made.take("L1.W", (1, 2))
    said = made.map.accessibleDescription()
    trace = made.session.trace
    assert f"W[2, 3] = {number_text(float(trace.parameters['L1.W'][1, 2]))}. " in said and "as the seed made it" in said
    assert made.map.accessibleName().startswith("W  ·  from the state")
    matrix = matrix_of(trace, "x", 0, made.session.notation)
    assert entry_text(trace, matrix, (2, 0), made.session.notation) == "x₃"


@pytest.mark.parametrize(("value", "text"), [
    (0.0, "0"), (0.5, "+0.50"), (-1.25, "−1.25"), (0.123456789, "+0.123457"), (1e-7, "+1.00000·10⁻⁷"), (12.0, "+12.00"),
])  # fmt: skip
def test_numbers_in_words(value, text):
    assert number_text(value) == text


def test_the_scale_holds_every_number():
    for largest in (0.1, 0.5, 0.7, 1.0, 3.3, 99.0, 1e6):
        assert largest <= limit_of(np.array([[largest, -0.1]])) <= max(2.0 * largest, 0.5)


# --- in the inspector ---
@pytest.mark.parametrize("notation", [each.name for each in NOTATIONS])
@pytest.mark.parametrize(("row", "name", "index"), [("x", "x", (1, 0, 0)), ("z", "y", (1, 0, 0))])
def test_inputs_and_targets_are_typed_in_the_inspectors_table(qtbot, notation, row, name, index):
    session = Session(natural("sine", steps=4, hidden=3))
    panel = InspectorPanel()
    qtbot.addWidget(panel)
    panel.bind(session)
    session.set_view(notation=notation)
    panel.resize(360, 700)
    panel.show()
    session.seek(session.timeline.complete)
    session.select(Selection(row, 2))
    QTest.keyClick(panel.table, Qt.Key.Key_F2)
    data = session.trace.data.x if name == "x" else session.trace.data.y
    assert float(panel.table.field.text()) == data[index]
    panel.table.field.setText("0.625")
    QTest.keyClick(panel.table.field, Qt.Key.Key_Return)
    session.update()
    assert session.experiment.edits == (Edit(name, index, 0.625),)
    assert "+0.625" in panel.table.texts()[1] and not panel.table.field.isVisible()


def test_a_computed_number_says_where_to_type_instead(qtbot):
    session = Session(natural("sine", steps=4, hidden=3))
    panel, said = InspectorPanel(), []
    qtbot.addWidget(panel)
    panel.bind(session)
    session.message.connect(said.append)
    session.select(Selection("s", 2))
    panel.table.edit_requested.emit(0)
    assert "This is computed" in said[-1] and panel.table.field.isHidden()


# --- in the window ---
def test_e_turns_the_page_and_back_and_ctrl_r_rewinds(qtbot, tmp_path):
    session = Session(natural("sine", steps=4, hidden=3))
    player = Player(session)
    player.stop()
    window = compose(session, player, Settings(tmp_path / "settings.ini"), tmp_path / "last.json").window
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    QTest.qWaitForWindowExposed(window)
    numbers = window.panels["numbers"]
    session.select(Selection("x", 2))
    QTest.keyClick(window, Qt.Key.Key_E)
    assert numbers.isVisible() and not window.panels["inspector"].isVisible()
    assert isinstance(numbers, NumbersPanel)
    assert (numbers.key, numbers.map.cell()) == ("x", (1, 0)) and numbers.map.hasFocus()
    for key in "2.5":  # digits go into the number, although the window has keys 1 … 4
        QTest.keyClicks(numbers.map.field if numbers.map.field.isVisible() else numbers.map, key)
    QTest.keyClick(numbers.map.field, Qt.Key.Key_Return)
    session.update()
    assert session.trace.data.x[1, 0, 0] == 2.5 and session.experiment.cell == "tanh"
    QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
    session.update()
    assert session.experiment.edits == ()
    QTest.keyClick(window, Qt.Key.Key_E)
    assert window.panels["inspector"].isVisible()
    window.close()


@pytest.mark.parametrize("font_px", [13, 18])
def test_no_button_is_narrower_than_its_words(qtbot, font_px):
    desk = Desk(qtbot, natural("last-step", cell="lstm", steps=4, hidden=3), size=(330, 700))
    desk.panel.setStyleSheet(f"* {{ font-size: {font_px}px; }}")
    desk.panel.setFixedWidth(335)  # the dock's in the smallest window
    desk.take("L1.W", (0, 0))
    desk.session.edit([Edit("L1.W", (0, 1), 0.5)])
    desk.session.update()
    QApplication.processEvents()
    page = desk.panel
    for each in (page.rewind_button, page.kind.button("values"), page.kind.button("gradients")):
        assert each.width() >= each.sizeHint().width(), each.text()
