"""Files in the window: opened, dropped, imported, exported; and what must be said of them."""

from __future__ import annotations

import os
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QMessageBox, QWidget

from core.documents import export, storage
from core.experiment import Experiment, natural
from core.interop import files as weights
from core.jobs import finished
from core.recorder import record
from explorer import cli
from explorer.export.exports import Exports
from explorer.session import work
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.window.arrays_dialog import ArraysDialog
from explorer.window.files import Files
from tests.explorer.driving import pulled


class Desk(QWidget):
    """All of a window that its files need."""

    closing = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.session = Session(natural("echo", cell="tanh", steps=4, batch=2, hidden=3))
        self.settings = Settings(folder / "settings.ini")
        self.files = Files(self, folder / "last.json")  # type: ignore[arg-type]
        self.exports = Exports(self)  # type: ignore[arg-type]
        self.said: list[str] = []
        self.session.message.connect(self.said.append)

    def update_title(self) -> None:
        self.setWindowTitle(str(self.session.path))


@pytest.fixture
def desk(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(QMessageBox, "question", lambda *a, **k: QMessageBox.StandardButton.Discard)
    made = Desk(tmp_path)
    yield made
    made.deleteLater()


def own_run(**changes):
    experiment = natural("echo", **{"cell": "lstm", "hidden": 3, "steps": 5, "batch": 2, **changes})
    return record(experiment, {name: a + 0.25 for name, a in record(experiment).parameters.items()})


def same_weights(session: Session, trace) -> bool:
    found = session.trace.parameters
    return all(np.array_equal(found[name], array) for name, array in trace.parameters.items())


def test_an_exported_run_is_opened_with_its_parameters_and_undone(desk, tmp_path):
    trace, path = own_run(), tmp_path / "run.npz"
    finished(export.writing(trace, path))
    before = desk.session.trace.loss
    assert desk.session.save(tmp_path / "mine.json")
    assert desk.files.open(path)
    assert desk.session.trace.loss == trace.loss and same_weights(desk.session, trace)
    assert desk.session.path is None  # saving must not write over the session that was open
    assert desk.said[-1] == "Opened run.npz." and desk.settings.recent_files()[0] == path
    desk.session.undo()
    desk.session.update()
    assert desk.session.trace.loss == before


def test_weights_are_imported_and_what_no_array_shows_is_said(desk, tmp_path, monkeypatch):
    trace, path = own_run(cell="gru", reset="before"), tmp_path / "w.npz"
    desk.session.choose_task("echo", cell="gru", reset="before", steps=5, batch=2)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(path), "Keras (*.npz)"))
    assert desk.session.saved.open_trained(trace.experiment, trace.parameters)
    desk.exports.weights()
    assert desk.said[-1] == "Exported w.npz: 5 arrays of GRU (reset_after=False)."
    desk.session.choose_task("echo", cell="tanh", steps=5, batch=2, hidden=6)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(path), ""))
    assert desk.files.import_weights()
    assert same_weights(desk.session, trace) and desk.session.trace.loss == trace.loss
    assert desk.said[-1].startswith("The weights of w.npz are shown; ")
    assert desk.said[-1].endswith("assumed, the file does not say.")


def test_a_choice_in_the_window_is_believed_where_the_weights_do_not_tell(desk, tmp_path):
    random = np.random.default_rng(1)
    path = tmp_path / "nobias.npz"
    inputs = desk.session.trace.data.x.shape[2]
    np.savez(path, random.normal(size=(inputs, 9)), random.normal(size=(3, 9)))
    for reset in ("before", "after"):
        desk.session.change(cell="gru", reset=reset)
        assert desk.files.import_weights_from(path)
        assert desk.session.experiment.reset == reset and "reset" not in desk.said[-1]
    desk.session.change(cell="tanh", reset="before")
    assert desk.files.import_weights_from(path)
    assert desk.session.experiment.reset == "after" and "reset after" in desk.said[-1]


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_weights_for_pytorch_are_exported(desk, tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    desk.exports.weights_to(path, "torch")
    assert "rnn.weight_ih_l0" in weights.read(path)


def test_what_cannot_be_exported_or_imported_is_said_and_changes_nothing(desk, tmp_path):
    before = desk.session.trace
    desk.exports.weights_to(tmp_path / "no folder" / "w.npz", "torch")
    assert "cannot be written" in desk.said[-1]
    (tmp_path / "gru.pt").write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
    for opens in (desk.files.import_weights_from, desk.files.open):
        assert not opens(tmp_path / "gru.pt")
        assert "gru.pt cannot be used: it is a file of PyTorch's torch.save" in desk.said[-1]
    np.savez(tmp_path / "w.npz", np.ones((7, 3)), np.ones((3, 3)), np.ones(3))
    assert not desk.files.import_weights_from(tmp_path / "w.npz")
    assert "w.npz cannot be used: arr_0 reads 7 inputs" in desk.said[-1]
    assert desk.session.trace is before
    desk.session.change(cell="peephole")
    desk.exports.weights_to(tmp_path / "w2.npz", "keras")
    assert "Keras has no layer for the cell peephole" in desk.said[-1]
    assert not (tmp_path / "w2.npz").exists()


@pytest.mark.parametrize("exports", [
    lambda desk, path: desk.exports.worksheet_to(path, True),
    lambda desk, path: desk.exports.trace_to(path),
    lambda desk, path: desk.exports.weights_to(path, "torch"),
], ids=["worksheet", "trace", "weights"])  # fmt: skip
def test_an_export_waits_for_the_latest_run(desk, tmp_path, monkeypatch, exports):
    session, before, path = desk.session, desk.session.trace, tmp_path / "out.npz"
    monkeypatch.setattr(work, "AT_ONCE", -1.0)
    session.change(hidden=5)
    exports(desk, path)
    assert session.running.busy and session.trace is before and not path.exists()
    pulled(session)
    assert session.trace.experiment.hidden == 5 and path.exists()


@pytest.mark.parametrize("name", ["poem.txt", "w.npz"])
def test_what_is_opened_or_imported_waits_for_the_latest_run(desk, tmp_path, monkeypatch, name):
    session, path = desk.session, tmp_path / name
    path.write_text("one two three", encoding="utf-8")
    desk.exports.weights_to(tmp_path / "w.npz", "torch")
    monkeypatch.setattr(work, "AT_ONCE", -1.0)
    before = session.trace
    session.change(data_seed=9)
    assert desk.files.open(path) if name == "poem.txt" else desk.files.import_weights_from(path)
    assert session.running.busy and session.trace is before
    pulled(session)
    assert (session.trace.experiment.text == "one two three") == (name == "poem.txt")
    assert session.trace.experiment.data_seed == 9 and session.trace.own_parameters == (name == "w.npz")


def test_a_table_and_a_text_become_the_data(desk, tmp_path):
    table, text = tmp_path / "series.csv", tmp_path / "poem.txt"
    table.write_text("a,b\n" + "".join(f"{k},{k * k}\n" for k in range(20)), encoding="utf-8")
    text.write_text("one two three", encoding="utf-8")
    for path, task in ((table, "csv"), (text, "next-character")):
        assert desk.files.open(path)
        desk.session.update()
        assert desk.session.trace.experiment.task == task and desk.said[-1] == f"Opened {path.name}."
    assert desk.session.experiment.text == "one two three"


def drop(desk: Desk, *paths: Path) -> bool:
    """Drags files into the middle of the desk and lets them go there; whether it took them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    at, copy, left = QPoint(300, 300), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, copy, data, left, Qt.KeyboardModifier.NoModifier)
    enter.ignore()
    QApplication.sendEvent(desk, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(desk, QDropEvent(QPointF(at), copy, data, left, Qt.KeyboardModifier.NoModifier))
    return True


def test_a_file_that_is_dropped_is_opened(desk, tmp_path):
    trace = own_run(steps=6)
    run, session = tmp_path / "run.npz", tmp_path / "mine.json"
    finished(export.writing(trace, run))
    storage.save(session, storage.to_text(own_run(steps=7)))
    assert drop(desk, run) and desk.session.trace.loss == trace.loss
    assert drop(desk, session) and desk.session.trace.steps == 7 and desk.session.path == session
    assert drop(desk, run, session) and desk.session.trace.steps == 7  # several at once are arrays
    assert desk.said[-1].startswith("mine.json is a saved experiment")
    assert not drop(desk)


def assignment(folder):
    """Arrays as CS231n's assignment has them, in two files, and what they are by hand: h (N, T, H)."""
    random = np.random.default_rng(3)
    n, t, d, h = 2, 3, 4, 5
    x, h0, b = random.normal(size=(n, t, d)), random.normal(size=(n, h)), random.normal(size=h)
    w_x, w_h, dh = random.normal(size=(d, h)), random.normal(size=(h, h)), random.normal(size=(n, t, h))
    np.savez(folder / "w.npz", x=x, h0=h0, Wx=w_x, Wh=w_h, b=b)
    np.save(folder / "dh.npy", dh)
    states, state = [], h0
    for k in range(t):
        state = np.tanh(x[:, k] @ w_x + state @ w_h + b)
        states.append(state)
    return [folder / "w.npz", folder / "dh.npy"], np.stack(states), dh


def test_own_arrays_are_read_aloud_and_then_opened(desk, tmp_path):
    paths, states, dh = assignment(tmp_path)
    before = desk.session.experiment
    assert drop(desk, *paths) and desk.session.experiment == before
    (dialog,) = desk.findChildren(ArraysDialog)
    assert dialog.found is not None and "Wx" in dialog.read_as.text() and "w.npz, dh.npy" in dialog.name
    dialog.preset.setCurrentIndex(dialog.preset.findData("cs231n"))
    dialog.accept()
    pulled(desk.session)
    trace = desk.session.trace
    assert np.allclose(trace.values["L1", "s"], states, rtol=1e-12)
    own = trace.exact["L1", "s"][-1]  # nothing comes back to the last step but what is handed in
    assert np.allclose(own, dh[:, -1], rtol=1e-12)
    desk.session.undo()
    pulled(desk.session)
    assert desk.session.experiment == before


def test_arrays_that_do_not_fit_are_one_sentence_and_cannot_be_opened(desk, tmp_path):
    np.savez(tmp_path / "own.npz", x=np.zeros((2, 3, 4)), Wx=np.zeros((7, 5)), Wh=np.zeros((5, 5)))
    assert desk.files.open_arrays_from([tmp_path / "own.npz"])
    (dialog,) = desk.findChildren(ArraysDialog)
    assert dialog.found is None and dialog.read_as.text().startswith("own.npz cannot be used: ")
    assert not dialog.buttons.button(QDialogButtonBox.StandardButton.Open).isEnabled()
    dialog.gates.setText("no gates")
    assert dialog.found is None and dialog.read_as.text()
    dialog.reject()
    assert not desk.files.open_arrays_from([tmp_path / "missing.npz"]) and "missing.npz" in desk.said[-1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_that_is_dropped_does_not_wait(desk, tmp_path):
    os.mkfifo(tmp_path / "pipe.npz")
    assert drop(desk, tmp_path / "pipe.npz")
    assert "“pipe.npz” is not a regular file" in desk.said[-1]


def test_the_command_line_opens_a_run(tmp_path, monkeypatch, capsys):
    calls: list[Path | None] = []
    module = types.ModuleType("explorer.app")
    module.run = lambda path, theme, string: calls.append(path) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "explorer.app", module)
    path = tmp_path / "trained.npz"
    finished(export.writing(own_run(), path))
    assert cli.main([str(path)]) == 0 and calls == [path]
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, b"")
    assert cli.main([str(tmp_path / "m.keras")]) == 1
    assert "it is a Keras model" in capsys.readouterr().err and calls == [path]


def test_a_command_goes_on_from_an_exported_run(tmp_path, capsys):
    trace, path = own_run(), tmp_path / "trained.npz"
    finished(export.writing(trace, path))
    assert cli.main(["trace", "--experiment", str(path), "--out", str(tmp_path / "again.npz")]) == 0
    with np.load(tmp_path / "again.npz") as found:
        assert float(found["loss"]) == trace.loss
    assert Experiment() != trace.experiment and "loss" in capsys.readouterr().out
