"""The person's own file: its target, what is in it, what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
)

from tests.explorer.driving import error_of
from tests.explorer.panels.experiment.desk import choose, type_value

LEFT = Qt.MouseButton.LeftButton


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
