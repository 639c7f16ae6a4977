"""Files that the window reads: as jobs that can be cancelled, with what was made of them, and every column a target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from core.documents import storage
from core.experiment import natural
from core.recorder import record
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.panels.experiment.rows import SegmentRow
from explorer.session import work
from explorer.session.session import Session
from explorer.style.numbers import count
from tests.core.task_files import idx_bytes
from tests.explorer.driving import error_of

LEFT = Qt.MouseButton.LeftButton
IRIS = "width,species,code\n" + "".join(f"{k % 7}.5,{'abc'[k % 3]},{k % 2}\n" for k in range(60))


@pytest.fixture
def slow(monkeypatch):
    """Every file takes long to read."""
    monkeypatch.setattr(work, "AT_ONCE", -1.0)


class Desk:
    """A session with its experiment panel, and what it has said."""

    def __init__(self, qtbot, **fields):
        self.session = Session(natural(fields.pop("task", "echo"), **fields))
        self.panel = ExperimentPanel()
        qtbot.addWidget(self.panel)
        self.panel.bind(self.session)
        self.panel.choose(dict.fromkeys(self.panel.sections, True))
        self.said: list[str] = []
        self.session.message.connect(self.said.append)

    def row(self, name):
        return self.panel.rows[name]

    def frames(self) -> int:
        """Frames of the player until nothing waits; each pulls one piece of what is being read."""
        for frame in range(1000):
            self.session.update()
            if not self.session.work.busy:
                return frame
            self.session.work.pull(lambda: True)
        raise AssertionError("it never ends")


@pytest.fixture
def desk(qtbot):
    return lambda **fields: Desk(qtbot, **fields)


def answer(monkeypatch, *paths):
    left = [str(path) for path in paths]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (left.pop(0) if left else "", ""))


def table(path: Path, content: str = IRIS) -> Path:
    path.write_text(content)
    return path


def test_a_large_table_is_read_frame_by_frame_and_then_run(desk, qtbot, monkeypatch, slow, tmp_path):
    it = desk(task="csv", csv_path=str(table(tmp_path / "small.csv")))
    large = table(tmp_path / "large.csv", "a,b\n" + "".join(f"{k},{k % 5}.5\n" for k in range(60_000)))
    answer(monkeypatch, large)
    qtbot.mouseClick(it.row("csv_path").button, LEFT)
    assert it.session.work.busy and it.session.work.title == "Reading large.csv"
    assert "small.csv" in it.session.experiment.csv_path
    assert it.frames() > 3
    assert it.session.trace.experiment.csv_path == str(large)
    assert it.row("csv_path").facts.text() == f"{count(60_000)} rows · 2 columns"


@pytest.mark.parametrize("way", ["cancelled", "bad"])
def test_a_table_that_is_not_read_to_its_end_changes_nothing(desk, qtbot, monkeypatch, slow, tmp_path, way):
    it = desk(task="csv", csv_path=str(table(tmp_path / "small.csv")))
    before = it.session.experiment
    rows = "".join(f"{k},{k % 5}.5\n" for k in range(60_000))
    answer(monkeypatch, table(tmp_path / "large.csv", "a,b\n" + rows + ("x,1\n" if way == "bad" else "")))
    qtbot.mouseClick(it.row("csv_path").button, LEFT)
    if way == "cancelled":
        it.session.work.cancel()
        assert it.said == ["Cancelled: Reading large.csv."]
    it.frames()
    assert it.session.experiment == it.session.trace.experiment == before
    assert ("line 60002" in error_of(it.row("csv_path"))) == (way == "bad")


def test_a_change_that_needs_a_file_is_run_when_it_is_read_and_the_latest_wins(desk, slow, tmp_path):
    it = desk(task="csv", csv_path=str(table(tmp_path / "first.csv")))
    other = table(tmp_path / "other.csv", IRIS.replace("width", "height"))
    it.session.change(csv_path=str(other), csv_hash="")
    it.session.follow(lambda: True)
    assert it.session.running.busy
    it.session.change(hidden=3)
    it.frames()
    shown = it.session.trace.experiment
    assert (shown.csv_path, shown.hidden) == (str(other), 3)
    it.session.change(csv_path=str(tmp_path / "gone.csv"))
    it.frames()
    assert it.session.experiment == shown and "There is no file" in it.said[-1]


@pytest.mark.parametrize("ends", ["read", "cancelled"])
def test_a_session_that_names_a_large_table_opens_when_it_is_read(desk, slow, tmp_path, ends):
    content = "a,b\n" + "".join(f"{k},{k % 5}.5\n" for k in range(60_000))
    named = natural("csv", csv_path=str(table(tmp_path / "large.csv", content)))
    saved = tmp_path / "saved.json"
    storage.save(saved, storage.to_text(record(named)))
    table(Path(named.csv_path), content + "1,1.5\n")  # not the one that has just been read
    it = desk()
    before = it.session.experiment
    assert it.session.open(saved)
    assert it.session.work.busy and it.session.experiment == before
    if ends == "cancelled":
        it.session.work.cancel()
    it.frames()
    assert it.session.trace.experiment == (named if ends == "read" else before)
    assert it.session.path == (saved if ends == "read" else None)


def test_a_column_of_texts_is_a_target_whose_class_is_predicted(desk, tmp_path):
    it = desk(task="csv", csv_path=str(table(tmp_path / "iris.csv")), csv_target="width")
    combo = it.row("csv_target").combo
    assert [combo.itemData(k) for k in range(combo.count())] == ["width", "code", "species"]
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    it.frames()
    assert it.session.trace.experiment.csv_predict == "label"
    assert it.session.trace.data.output_names == ("a", "b", "c")
    assert combo.currentData() == "species"
    it.row("csv_predict").control.button("next").click()
    it.frames()
    shown = it.session.trace.experiment
    assert (shown.csv_predict, shown.csv_target) == ("next", "width")
    it.row("csv_predict").control.button("label").click()  # of no whole numbers: the first column that can be labels
    it.frames()
    shown = it.session.trace.experiment
    assert (shown.csv_predict, shown.csv_target) == ("label", "species")


def test_what_is_missing_is_declared_beside_the_file(desk, tmp_path):
    content = "a;b\n" + "".join(f"{k % 5},5;{k}\n" for k in range(30)) + "-200;31\n"
    it = desk(task="csv", csv_path=str(table(tmp_path / "air.csv", content)))
    facts, row = it.row("csv_path").facts, it.row("csv_missing")
    assert "−200 stands once in “a”" in facts.text()
    row.edit.setText("-200, x")
    row.edit.editingFinished.emit()
    it.frames()
    assert it.session.trace.experiment.csv_missing == ("-200", "x")
    assert "1 missing value is filled" in facts.text() and "stands" not in facts.text()
    it.session.undo()
    it.frames()
    assert row.edit.text() == ""


def test_a_text_file_is_chosen_beside_the_text(desk, qtbot, monkeypatch, tmp_path):
    it = desk(task="next-character")
    row = it.row("text")
    path = tmp_path / "text.txt"
    path.write_bytes(b"to be\r\nor not\r\n")
    answer(monkeypatch, path)
    qtbot.mouseClick(row.button, LEFT)
    it.frames()
    assert (it.session.trace.experiment.text, it.session.trace.experiment.steps) == ("to be\nor not", 11)
    path.write_bytes(b"x" * 20_000)
    answer(monkeypatch, path)
    qtbot.mouseClick(row.button, LEFT)
    assert "has 20,000 characters, and a text of 2 to 10,000" in error_of(row)


def test_other_images_bring_their_own_steps(desk, qtbot, monkeypatch, tmp_path):
    for rows in (6, 9):
        (tmp_path / f"images{rows}").write_bytes(idx_bytes(np.arange(3 * rows * 4).reshape(3, rows, 4)))
    labels = tmp_path / "labels"
    labels.write_bytes(idx_bytes(np.arange(3)))
    it = desk(task="digits", image_path=str(tmp_path / "images6"), label_path=str(labels))
    assert it.session.experiment.steps == 6
    answer(monkeypatch, tmp_path / "images9", labels)
    qtbot.mouseClick(it.row("image_path").button, LEFT)
    it.frames()
    assert it.session.trace.experiment.steps == 9
    it.session.change(steps=4)
    it.frames()
    assert it.row("image_path").facts.text().startswith("4 of the images' 9 rows are read, 5 are not")


def choose(row, value):
    """Chooses one of several words, which stand side by side or in a combo box."""
    if isinstance(row, SegmentRow):
        row.control.button(value).click()
        return
    row.combo.setCurrentIndex(row.combo.findData(value))
    row.combo.activated.emit(row.combo.currentIndex())


def test_what_is_stated_about_a_table_is_said_beside_the_file(desk, tmp_path):
    path = table(tmp_path / "years.csv", "2001,2002\n" + "".join(f"{k % 5}.5,{k}.25\n" for k in range(30)))
    it = desk(task="csv", csv_path=str(path))
    facts = it.row("csv_path").facts
    for name, value, sentence in (
        ("csv_header", "no", "The first row (2001, 2002) is read as data, as csv_header says."),
        ("csv_decimal", "point", "Numbers are read with a decimal point, as csv_decimal says."),
    ):
        choose(it.row(name), value)
        it.frames()
        assert getattr(it.session.trace.experiment, name) == value and sentence in facts.text()
    choose(it.row("csv_decimal"), "comma")
    it.frames()
    assert it.session.trace.experiment.csv_decimal == "point"  # a run that there cannot be is not shown
    assert any("has a decimal point, but csv_decimal says comma" in said for said in (*it.said, facts.text()))
