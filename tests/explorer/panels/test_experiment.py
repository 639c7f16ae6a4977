"""The experiment panel, driven by real clicks and keys: every row, every cell, every task, undo, refusals."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QSlider,
    QToolTip,
)

from core.cells import CELLS, cell_named
from core.errors import InputError
from core.experiment import OPTIONS, Experiment, natural
from core.maths.arrays import largest_singular_value, spectral_radius
from core.maths.clipping import turn_of
from core.network.parameter_counts import count_of
from core.network.structures import OPTIONS_OF_PARTS
from core.notation.books.row import ROW
from core.options import Option, names_of
from core.recorder import record
from core.tasks import TASKS, task_named
from core.training.plan import Plan
from explorer.items.plots.clip_arrows import angle_text
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.matrix_dialog import MatrixDialog
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.panels.experiment.reach import other_values, refused_values, why_fixed
from explorer.panels.experiment.rows import EXPERIMENT
from explorer.panels.experiment.scales import SliderRange, WholeLog
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.style.numbers import number
from explorer.style.pasted import cells_of
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import THEMES, theme_named
from tests.explorer.driving import error_of, pulled
from tests.explorer.suited import suited_to, task_for

# The offscreen platform says so whenever a window's least size changes.
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
ELSEWHERE = {"task", "cell", "edits", "arrays"}  # chosen in the top bar; typed where the numbers stand; from a file


class Desk:
    """A bound panel with its session, and frames on demand."""

    def __init__(self, qtbot, experiment=None, theme="light", unfolded=True):
        self.session = Session(experiment or Experiment(), theme)
        self.player = Player(self.session)
        self.panel = ExperimentPanel()
        qtbot.addWidget(self.panel)
        self.panel.setStyleSheet(stylesheet(theme_named(theme)))
        self.panel.bind(self.session)
        self.panel.choose(dict.fromkeys(self.panel.sections, unfolded))
        self.panel.resize(250, 1400)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()
        self.frame()

    def frame(self):
        self.player.frame()
        self.session.update()  # to its end, where a busy machine takes longer than a frame

    def row(self, key):
        return self.panel.rows[key]

    @property
    def experiment(self):
        return self.session.experiment

    def shown(self):
        made = self.panel.rows.made
        return [key for key in self.panel.rows if key in made and made[key].isVisible()]

    def undo(self):
        self.session.undo()
        self.frame()


@pytest.fixture
def desk(qtbot):
    desks = []

    def make(**fields):
        theme, unfolded = fields.pop("theme", "light"), fields.pop("unfolded", True)
        desks.append(Desk(qtbot, natural(fields.pop("task", "last-step"), **fields), theme, unfolded))
        return desks[-1]

    yield make
    for each in desks:
        each.player.stop()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "river.csv"
    path.write_text("day,level,flow\n" + "".join(f"{k},{k % 7},{'' if k == 5 else k * 2}\n" for k in range(60)))
    return path


def drag(qtbot, slider, by=40):
    middle = slider.rect().center()
    qtbot.mousePress(slider, LEFT, pos=middle)
    qtbot.mouseMove(slider, middle + QPoint(by // 2, 0))
    qtbot.mouseMove(slider, middle + QPoint(by, 0))
    qtbot.mouseRelease(slider, LEFT, pos=middle + QPoint(by, 0))


def type_value(qtbot, row, text):
    slider = row.findChild(QSlider)
    slider.setFocus()
    qtbot.keyClick(slider, Key.Key_F2)
    field = row.findChild(QLineEdit)
    field.clear()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)


def choose(qtbot, combo, key):
    """By keys, as a person would: from the first entry down."""
    combo.setFocus()
    qtbot.keyClick(combo, Key.Key_Home)
    for _ in range(combo.findData(key)):
        qtbot.keyClick(combo, Key.Key_Down)


# --- the list


def test_every_choice_of_an_experiment_has_exactly_one_row_and_both_seeds_have_another_together(desk):
    every = desk().panel.rows
    rows = {key: row for key, row in every.items() if key != "seed" and row.subject is EXPERIMENT}
    fields = [field for row in rows.values() for field in row.fields if field in Experiment.__struct_fields__]
    rows_of_view = [key for key, row in rows.items() if not set(row.fields) <= set(fields) or not row.fields]
    assert sorted(fields) == sorted(set(Experiment.__struct_fields__) - ELSEWHERE)
    assert rows_of_view == ["sample", "parameters", "spectra", "gradient"]
    assert len({choice.key for choice in CHOICES}) == len(CHOICES)
    planned = [field for row in every.values() for field in row.fields if row.subject is not EXPERIMENT]
    assert sorted(planned) == sorted(set(Plan.__struct_fields__) - {"test", "validate_every", "keep_best", "held"})


ON_ITS_TASK = [(cell, task_named(task_for(cell.name))) for cell in CELLS]
ON_EACH_TASK = [(cell_named("tanh"), task) for task in TASKS if not task.files and task.name != task_for("tanh")]


@pytest.mark.parametrize(("cell", "task"), ON_ITS_TASK + ON_EACH_TASK, ids=lambda each: each.name)
def test_a_row_is_there_when_its_cell_or_task_reads_it(desk, cell, task):
    it = desk(task=task.name, cell=cell.name)
    shown = set(it.shown())
    every = set(OPTIONS) - set(names_of(OPTIONS_OF_PARTS))
    assert shown & every == {option.name for option in (*cell.options, *task.options) if option.title}
    assert ("frozen" in shown) == bool(cell.gates)
    assert set(it.row("frozen").gates) == (set(cell.gates) if cell.gates else set())
    order = [choice.key for choice in CHOICES if choice.key in shown]
    places = [it.row(key).mapTo(it.panel, QPoint(0, 0)).y() for key in order]
    assert places == sorted(places)


def test_another_cell_brings_its_rows_and_takes_the_others_away(desk):
    it = desk()
    for cell, gates in (("lstm", "ifo"), ("gru", "ru"), ("tanh", "")):
        it.session.change(cell=cell)
        it.frame()
        assert ("forget_bias" in it.shown(), "reset" in it.shown()) == (cell == "lstm", cell == "gru")
        assert list(it.row("frozen").gates) == list(gates) or not gates
        assert ("frozen" in it.shown()) == bool(gates)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_control_has_a_name_and_a_sentence(desk, theme):
    it = desk(theme=theme.name, task="echo", cell="gru", batch=2, truncate=3)
    for key, row in it.panel.rows.items():
        assert row.toolTip().rstrip().endswith("."), key
        for control in row.findChildren(QAbstractButton) + row.findChildren(QComboBox) + row.findChildren(QSlider):
            if control.isVisible():
                assert control.accessibleName() or getattr(control, "text", str)(), key


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("task", ["next-character", "csv"])
def test_it_fits_its_width_and_scrolls_up_and_down(desk, table, theme, task):
    it = desk(theme=theme.name, task="next-character", cell="gru", batch=2, truncate=3, clip_value=0.1)
    it.session.choose_task(task, **({"csv_path": str(table)} if task == "csv" else {}))
    it.frame()
    assert it.experiment.task == task
    width = it.panel.minimumSizeHint().width()
    assert width <= (230 if theme.font_px < 16 else 300)
    it.panel.resize(width, 700)
    QApplication.processEvents()
    viewport = it.panel.area.viewport().width()
    assert it.panel.area.widget().width() <= viewport
    assert it.panel.area.verticalScrollBar().maximum() > 0
    for key in it.shown():
        assert it.row(key).minimumSizeHint().width() <= viewport, key


# --- numbers


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


# --- choices


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


# --- text


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


# --- the person's own file


def test_a_file_its_target_and_what_is_in_it(desk, qtbot, table, monkeypatch, tmp_path):
    other = tmp_path / "short.csv"
    other.write_text("a;b\n" + "1;2\n" * 9)
    it = desk(task="csv", csv_path=str(table), csv_target="level")
    row = it.row("csv_path")
    assert "60 rows" in row.facts.text()
    assert "1 missing" in row.facts.text()
    assert it.row("csv_target").combo.currentData() == "level"
    choose(qtbot, it.row("csv_target").combo, "flow")
    assert it.experiment.csv_target == "flow"
    it.frame()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    qtbot.mouseClick(row.button, LEFT)
    it.frame()
    assert (it.session.trace.experiment.csv_path, it.experiment.csv_target, it.experiment.steps) == (str(other), "a", 8)
    assert row.button.text() == "short.csv"
    it.undo()
    assert it.experiment.csv_target == it.row("csv_target").combo.currentData() == "flow"


def test_a_bad_file_is_named_in_place(desk, qtbot, table, monkeypatch, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n3,four\n")
    it = desk(task="csv", csv_path=str(table))
    before = it.experiment
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(bad), ""))
    qtbot.mouseClick(it.row("csv_path").button, LEFT)
    assert "line 3" in error_of(it.row("csv_path"))
    assert it.experiment == before
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    qtbot.mouseClick(it.row("csv_path").button, LEFT)
    assert it.experiment == before


def test_more_steps_than_rows_are_refused_at_the_slider_which_shows_the_truth(desk, qtbot, table):
    it = desk(task="csv", csv_path=str(table))
    type_value(qtbot, it.row("steps"), "500")
    it.frame()
    assert "60 rows" in error_of(it.row("steps"))
    assert it.row("steps").slider.value() == it.experiment.steps == it.session.trace.steps == 14
    type_value(qtbot, it.row("steps"), "20")
    it.frame()
    assert error_of(it.row("steps")) == ""


# --- the recurrent matrix


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("hidden", [5, 40])
def test_sigma_and_rho_are_those_of_the_run(desk, qtbot, cell, hidden):
    it = desk(cell=cell, hidden=hidden, w_init="normal")
    label = it.row("spectra").label
    trace = it.session.trace
    for name, w in trace.scan.cell.named("W", trace.parameters["L1.W"], hidden).items():
        symbol = ROW.parameter(name, False)
        least = 1.0 / largest_singular_value(np.linalg.inv(w))
        expected = f"{symbol}: largest singular value {largest_singular_value(w):.3g}, smallest {least:.3g}, spectral"
        qtbot.waitUntil(lambda text=expected: text in label.accessibleDescription())
        assert f"{spectral_radius(w):.3g}." in label.accessibleDescription()
    before = label.text()
    type_value(qtbot, it.row("w_gain"), "1.6")
    it.frame()
    qtbot.waitUntil(lambda: label.text() != before)


def test_a_typed_matrix_is_pasted_validated_and_used(desk, qtbot):
    it = desk(hidden=3)
    row = it.row("w_init")
    choose(qtbot, row.combo, "matrix")
    dialog = row.typed.dialog
    assert it.experiment.w_init != "matrix"  # not before it is accepted
    assert np.array_equal(dialog.matrix(), it.session.trace.parameters["L1.W"])
    dialog.table.setCurrentCell(0, 0)
    QGuiApplication.clipboard().setText("0,5\t1\n-2\t1e-3\n")
    qtbot.keyClick(dialog.table, Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert dialog.matrix() == ((0.5, 1.0), (-2.0, 0.001))
    qtbot.mouseClick(dialog.buttons.button(dialog.buttons.StandardButton.Ok), LEFT)
    it.frame()
    assert (it.experiment.w_init, it.experiment.hidden) == ("matrix", 2)
    assert np.array_equal(it.session.trace.parameters["L1.W"], [[0.5, 1.0], [-2.0, 0.001]])
    assert not it.row("hidden").slider.isEnabled()
    assert "typed W decides" in it.row("hidden").out_of_reach
    assert "w_matrix" in it.shown()
    assert "typed W is used as it is" in it.row("w_gain").out_of_reach
    it.undo()
    assert it.experiment.hidden == 3
    assert row.combo.currentData() == it.experiment.w_init != "matrix"
    assert it.row("hidden").slider.isEnabled()


def test_a_cancelled_matrix_leaves_the_choice_as_it_was(desk, qtbot):
    it = desk(hidden=2)
    row = it.row("w_init")
    choose(qtbot, row.combo, "matrix")
    qtbot.keyClick(row.typed.dialog, Key.Key_Escape)
    assert row.combo.currentData() == it.experiment.w_init != "matrix"


def test_a_matrix_for_many_units_is_refused_with_the_reason(desk, qtbot):
    it = desk(hidden=17)
    row = it.row("w_init")
    choose(qtbot, row.combo, "matrix")
    assert "at most 16" in error_of(row)
    assert row.combo.currentData() == it.experiment.w_init != "matrix"


def test_a_typed_matrix_is_edited_again(desk, qtbot):
    it = desk(hidden=2, w_init="matrix", w_matrix=((1.0, 2.0), (3.0, 4.0)))
    qtbot.mouseClick(it.row("w_matrix").button, LEFT)
    dialog = it.row("w_matrix").typed.dialog
    dialog.size_box.setValue(3)
    dialog.table.item(2, 2).setText("0.25")
    dialog.table.item(0, 0).setText("many")
    ok = dialog.buttons.button(dialog.buttons.StandardButton.Ok)
    assert not ok.isEnabled()
    assert "Row 1, column 1" in dialog.message.text()
    dialog.table.item(0, 0).setText("−1")
    qtbot.mouseClick(ok, LEFT)
    assert it.experiment.w_matrix == ((-1.0, 2.0, 0.0), (3.0, 4.0, 0.0), (0.0, 0.0, 0.25))


def test_pasted_cells():
    assert cells_of("1 2\n3 4\n", 16) == [[1.0, 2.0], [3.0, 4.0]]
    assert cells_of("1,5;2\n3;4;\n", 16) == [[1.5, 2.0], [3.0, 4.0]]
    assert cells_of("[[1, 2],\n [3, 4]]", 16) == [[1.0, 2.0], [3.0, 4.0]]
    for bad in ("", "1 2\n3", "1\tx", "\n".join(["1"] * 17)):
        with pytest.raises(ValueError, match=r"."):
            cells_of(bad, 16)


def test_what_cannot_be_pasted_is_said(qtbot):
    dialog = MatrixDialog([[1.0, 0.0], [0.0, 1.0]])
    qtbot.addWidget(dialog)
    dialog.show()
    QGuiApplication.clipboard().setText("1\tx")
    dialog.paste()
    assert "“x” is no number" in dialog.message.text()
    dialog.table.setCurrentCell(1, 1)
    QGuiApplication.clipboard().setText("7\t8")
    dialog.paste()
    assert dialog.matrix() == ((1.0, 0.0), (0.0, 7.0))


# --- loss, clipping, truncation


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


# --- as a whole


def test_a_refused_value_is_said_at_its_row(desk, qtbot):
    it = desk(hidden=64, batch=256)
    type_value(qtbot, it.row("steps"), "1000")
    it.frame()
    assert "MB" in error_of(it.row("steps"))
    assert it.row("steps").slider.value() == it.experiment.steps == 14
    it.session.message.emit("Saved.")
    assert all(error_of(row) != "Saved." for row in it.panel.rows.made.values())


def test_what_is_said_later_is_not_about_a_choice_that_changed_nothing(desk, qtbot):
    it = desk()
    row = it.row("w_init")
    row.combo.setFocus()
    row.combo.activated.emit(row.combo.currentIndex())
    type_value(qtbot, it.row("steps"), "14")
    it.session.message.emit("Saved.")
    assert [error_of(row) for row in it.panel.rows.made.values() if error_of(row)] == []


def test_a_refresh_is_silent(desk):
    it = desk(cell="lstm", clip_norm=0.1, truncate=3, batch=2)
    said = []
    for row in it.panel.rows.values():
        row.changed.connect(said.append)
    it.session.change(steps=40, hidden=9, w_init="xavier", data_seed=5, nonnegative=True, clip_norm=0.5)
    it.session.freeze("f", 0.5)
    it.frame()
    it.session.set_theme("dark")
    it.undo()
    assert said == []


def test_a_panel_follows_another_session(desk):
    it = desk()
    old, new = it.session, Session(Experiment(steps=33, cell="gru"))
    it.panel.bind(new)
    assert it.row("steps").slider.value() == 33
    old.change(steps=7)
    it.frame()
    assert it.row("steps").slider.value() == 33
    new.changed.emit(Change.VIEW)


def test_a_section_folds_away(desk, qtbot):
    it = desk()
    section = it.panel.sections["Weights"]
    qtbot.mouseClick(section.heading, LEFT)
    assert "bias" not in it.shown()
    assert "steps" in it.shown()
    qtbot.keyClick(section.heading, Key.Key_Space)
    assert "bias" in it.shown()


# --- scales


def test_steps_are_whole_and_finer_at_the_lower_end():
    scale = WholeLog(1, 1000)
    values = [scale.value(p) for p in range(scale.positions + 1)]
    assert values == sorted(set(values))
    assert values[:20] == list(range(1, 21))
    assert values[-1] == 1000
    assert [scale.position(v) for v in values] == list(range(len(values)))
    assert scale.read("777", "T") == 777
    assert max(b / a for a, b in pairwise(values[20:])) < 1.07


def test_a_scale_that_reaches_beyond_its_slider():
    scale = SliderRange(1, 256, "int", near=1, far=64)
    assert (scale.positions, scale.position(200), scale.value(63)) == (63, 63, 64)
    assert scale.read("200", "H") == 200
    with pytest.raises(ValueError, match="256"):
        scale.read("300", "H")


# --- few things first


def test_six_choices_stand_open_on_one_line_each_and_the_rest_is_folded(desk):
    it = desk(unfolded=False)
    assert it.shown() == ["steps", "hidden", "w_gain", "input_scale", "loss_at", "seed"]
    places = [it.row(key).mapTo(it.panel, QPoint(0, 0)).y() for key in it.shown()]
    assert places[-1] + it.row("seed").height() - places[0] <= 200
    for key in it.shown():
        assert it.row(key).height() <= 38, "caption, control and value are beside each other"
    lefts = [it.row(key).findChild(QSlider).mapTo(it.panel, QPoint(0, 0)).x() for key in it.shown()[:4]]
    assert len(set(lefts)) == 1


SAID = [
    ({}, "Data", "2 inputs, batch 1"),
    ({"batch": 3, "nonnegative": True}, "Data", "2 inputs, batch 3, non-negative"),
    ({"task": "next-character"}, "Data", "“hello”, 4 inputs, batch 1"),
    ({"task": "echo"}, "Data", "delay 3, 1 input, batch 1"),
    ({}, "Structure", "N → 1, one layer, 61 parameters"),
    ({"widths": (6, 1), "biases": False}, "Structure", "N → 1, 2 layers 6→1, no biases, 56 parameters"),
    ({"layers": 2, "bidirectional": "sum"}, "Structure", "N → 1, 2 layers, bidirectional (sum), 271 parameters"),
    ({}, "Weights", "g · orthogonal, b 0, s₀ 0"),
    ({"u_gain": 0.5, "bias": -1.0}, "Weights", "g · orthogonal, b −1.00, s₀ 0, U × 0.500"),
    ({"cell": "tdnn"}, "Weights", "b 0"),
    ({"cell": "lstm", "forget_bias": 1.0}, "Cell", "forget bias 1.00, gates learned"),
    ({"cell": "lstm", "frozen": ({"gate": "f", "at": 1.0},)}, "Cell", "f ≡ 1.00"),
    ({"cell": "gru", "update": "keeps", "update_bias": 0.0}, "Cell", "update bias 0, update gate keeps, gates learned"),
    ({}, "Clip, truncate", "off"),
    ({"clip_norm": 0.1, "truncate": 1}, "Clip, truncate", "norm at most 0.100, after 1 step"),
    ({"clip_value": 2.0}, "Clip, truncate", "entries within ±2.00"),
    ({}, "Textbook error", "none"),
]


@pytest.mark.parametrize(("fields", "section", "said"), SAID)
def test_a_folded_section_says_what_its_choices_are(desk, fields, section, said):
    it = desk(unfolded=False, **fields)
    heading = it.panel.sections[section].heading
    assert heading.isVisible()
    assert heading.summary() == said
    assert said in heading.accessibleDescription()
    assert said in heading.toolTip()


def test_a_summary_follows_the_experiment_while_its_section_is_folded(desk):
    it = desk(unfolded=False)
    assert not it.panel.sections["Cell"].isVisible(), "tanh has no choices of its own"
    it.session.change(cell="lstm", forget_bias=1.0, layers=3, truncate=4)
    it.frame()
    said = {name: section.heading.summary() for name, section in it.panel.sections.items()}
    assert (said["Cell"], said["Structure"]) == ("forget bias 1.00, gates learned", "N → 1, 3 layers, 847 parameters")
    assert said["Clip, truncate"] == "after 4 steps"
    it.panel.sections["Structure"].heading.setChecked(True)
    assert it.row("layers").slider.value() == 3, "rows that waited show the present values when they are unfolded"


@pytest.mark.parametrize("height", [280, 420, 700])
def test_a_section_that_is_unfolded_is_in_sight(desk, height):
    it = desk(cell="lstm", unfolded=False)
    it.panel.resize(it.panel.width(), height)
    area = it.panel.area
    for section in it.panel.sections.values():
        if not section.isVisible():
            continue
        area.verticalScrollBar().setValue(0)
        area.ensureWidgetVisible(section.heading, 0, 0)
        QTest.mouseClick(section.heading, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
        room, top = area.viewport().height(), section.mapTo(area.viewport(), QPoint(0, 0)).y()
        assert section.open and top >= 0, "its heading"
        assert top + section.height() <= room or top == 0, "all of it, or as much as there is room for"
        QTest.mouseClick(section.heading, Qt.MouseButton.LeftButton)
        QApplication.processEvents()


def test_which_sections_are_unfolded_can_be_taken_over_whatever_was_kept(desk):
    it = desk(unfolded=False)
    it.panel.choose({"Weights": True, "no such section": True})
    assert it.panel.chosen() == {name: name == "Weights" for name in it.panel.sections}


def test_a_choice_is_revealed_in_its_section_with_the_keyboard_on_it(desk):
    it = desk(cell="lstm", unfolded=False)
    it.panel.reveal("forget_bias")
    assert it.panel.sections["Cell"].open
    assert it.row("forget_bias").isAncestorOf(it.panel.focusWidget())


# --- out of reach


def changed(experiment, key):
    """The experiment with another value of the field, one that is allowed, or None."""
    now = getattr(experiment, key)
    tried = [not now] if isinstance(now, bool) else [now + 1, now + 0.25] if isinstance(now, int | float) else []
    tried += other_values(key, now)
    for value in tried:
        if value == now:
            continue
        try:
            return experiment.with_changes(**{key: value})
        except InputError:
            continue
    return None


def numbers(experiment, everything=False):
    """The loss and every gradient on a parameter; every record and the inputs, too, where they are wanted."""
    trace = record(experiment)
    more = [trace.data.x, *(trace.values[key] for key in sorted(trace.values))] if everything else []
    return [*more, np.asarray(trace.loss), *(trace.used_parameters[name] for name in sorted(trace.used_parameters))]


FAULTY = {"fault", "w_matrix", "w_init"}  # wrong on purpose; asked for in a dialog


@pytest.mark.parametrize("structure", ["n-1", "n-n", "1-1", "1-n-every", "encoder-decoder", "attention"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_what_is_out_of_reach_would_change_nothing_or_be_refused(qapp, cell, structure):
    """The same for every cell and structure: a row whose choice has a reason against it has none of its effects."""
    try:
        first = suited_to(cell.name, steps=4, hidden=3).with_changes(structure=structure)
        if "f" in cell.gates:
            first = first.freeze("f", 1.0)
        before = numbers(first)
    except InputError:
        return  # this cell does not go with this structure
    found = 0
    for choice in CHOICES:
        if choice.subject is not EXPERIMENT or choice.key not in Experiment.__struct_fields__:
            continue
        if choice.key in FAULTY or not choice.applies(first):
            continue
        refused = refused_values(first, choice.key) if choice.ruled else {}
        reason = choice.reach(first) or why_fixed(first, choice.key, refused)
        if not reason:
            continue
        found += 1
        other = changed(first, choice.key)
        if other is not None:
            after = numbers(other)
            assert len(after) == len(before)
            pairs = zip(before, after, strict=True)
            assert all(a.shape == b.shape and np.array_equal(a, b, equal_nan=True) for a, b in pairs), choice.key
    assert found


IN_REACH = ["steps", "hidden", "w_gain", "input_scale", "u_gain", "bias", "initial_state", "forget_bias", "update_bias"]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_number_in_reach_changes_the_run(qapp, cell):
    first = suited_to(cell.name, steps=4, hidden=3, batch=3)
    before = numbers(first, everything=True)
    for choice in CHOICES:
        if choice.key in IN_REACH and choice.applies(first) and not choice.reach(first):
            other = changed(first, choice.key)
            assert other is not None
            after = numbers(other, everything=True)
            same = len(after) == len(before) and all(
                a.shape == b.shape and np.array_equal(a, b) for a, b in zip(before, after, strict=False)
            )
            assert not same, choice.key


def test_the_tool_tip_of_what_is_out_of_reach_says_why(desk):
    it = desk(cell="lstm", frozen=({"gate": "f", "at": 1.0},))
    row = it.row("forget_bias")
    assert not row.slider.isEnabled()
    slider = row.findChild(QSlider)
    place = slider.mapToGlobal(slider.rect().center())
    QApplication.sendEvent(slider, QHelpEvent(QEvent.Type.ToolTip, slider.rect().center(), place))
    assert "The forget gate is frozen" in QToolTip.text()
    QToolTip.hideText()
    it.session.freeze("f", None)
    it.frame()
    assert row.slider.isEnabled() and row.out_of_reach == ""


def test_values_that_would_be_refused_are_out_of_reach_in_the_list(desk):
    it = desk(cell="tdnn", steps=4, hidden=3)
    combo = it.row("structure").combo
    item = combo.model().item(combo.findData("encoder-decoder"))
    assert not item.isEnabled()
    assert "no state that an encoder could pass" in item.toolTip()
    it.session.change(cell="tanh")
    it.frame()
    assert item.isEnabled()
    assert item.toolTip() == "Reads T steps, then writes others from a context c."


@pytest.mark.parametrize("option", [each for each in OPTIONS.values() if each.title], ids=lambda each: each.name)
def test_an_option_that_does_not_always_apply_says_why(option):
    usual = Experiment.__struct_fields__ and Option.__dataclass_fields__["applies"].default
    assert (option.applies is not usual) == bool(option.why)


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


def test_rows_are_made_when_they_are_first_there_and_as_the_others_are(desk):
    it = desk(unfolded=False)
    panel = it.panel
    assert set(panel.rows.made) == {key for key in panel.rows if not _section(key) and _there(it.session, key)}
    panel.sections["Weights"].heading.setChecked(True)
    made = [key for key in panel.rows if _section(key) == "Weights" and _there(it.session, key)]
    assert made and all(panel.rows.made[key].isVisible() for key in made)
    order = [panel.rows.made[key].y() for key in made]
    assert order == sorted(order)
    it.session.change(w_init="matrix", w_matrix=((0.5,) * it.experiment.hidden,) * it.experiment.hidden)
    it.frame()
    late = panel.rows.made["w_matrix"]  # made between two that there were
    assert late.isVisible() and panel.rows.made["w_init"].y() < late.y() < panel.rows.made["spectra"].y()
    for combo in panel.findChildren(QComboBox):
        assert combo.focusPolicy() == Qt.FocusPolicy.TabFocus and combo.maxVisibleItems() > 20


def _section(key):
    return next(choice.section for choice in CHOICES if choice.key == key)


def _there(session, key):
    return next(choice for choice in CHOICES if choice.key == key).is_there(session)
