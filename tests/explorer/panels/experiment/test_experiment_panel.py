"""The panel as a whole: which rows there are, their room, refusals, another session."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QSlider,
)

from core.cells import CELLS, cell_named
from core.experiment import OPTIONS, Experiment
from core.network.structures import OPTIONS_OF_PARTS
from core.options import names_of
from core.tasks import TASKS, task_named
from core.training.plan import Plan
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.rows import EXPERIMENT
from explorer.session.session import Change, Session
from explorer.style.theme import THEMES
from tests.explorer.driving import error_of
from tests.explorer.panels.experiment.desk import type_value
from tests.explorer.suited import task_for

ELSEWHERE = {"task", "cell", "edits", "arrays"}  # chosen in the top bar; typed where the numbers stand; from a file


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


def test_a_refused_value_is_said_at_its_row(desk, qtbot):
    it = desk(hidden=64, batch=256)
    type_value(qtbot, it.row("steps"), "1000")
    it.frame()
    assert "MB" in error_of(it.row("steps"))
    assert it.row("steps").slider.value() == it.experiment.steps == 14
    it.session.message.emit("Saved.")
    assert all(error_of(row) != "Saved." for row in it.panel.rows.made.values())


def test_what_is_said_of_a_change_that_was_made_is_no_error(desk, qtbot):
    """A trained network's own weights do not fit another gain: a message says so, and the row says nothing in red."""
    it = desk(steps=4, hidden=2)
    session, said = it.session, []
    session.trainer.one_update()
    while session.trainer.busy:
        session.trainer.pull(lambda: False)
    assert session.trace.own_parameters
    session.message.connect(said.append)
    type_value(qtbot, it.row("w_gain"), "0.5")
    it.frame()
    assert it.experiment.w_gain == 0.5 and any("seed's own" in text for text in said)
    assert error_of(it.row("w_gain")) == ""


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
