"""Own arrays in the window: opened, dropped, read in another layout, pasted into a matrix; what is assumed is said."""

import re
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from explorer.panels.numbers.panel import NumbersPanel
from explorer.window.arrays_dialog import ArraysDialog

N, T, D, H = 2, 3, 4, 5
NUMBERS = np.random.default_rng(3)
SHAPES = {"x": (N, T, D), "h0": (N, H), "Wx": (D, H), "Wh": (H, H), "b": (H,), "dh": (N, T, H)}
ARRAYS = {name: NUMBERS.standard_normal(shape) for name, shape in SHAPES.items()}


@pytest.fixture
def driver(tmp_path, drive):
    folder = tmp_path / "own"
    folder.mkdir()
    np.savez(folder / "own.npz", **ARRAYS)
    np.savez(folder / "w.npz", **{name: ARRAYS[name] for name in ("x", "h0", "Wx", "Wh", "b")})
    np.save(folder / "dh.npy", ARRAYS["dh"])
    driver = drive()
    driver.folder, driver.said = folder, []
    driver.session.message.connect(driver.said.append)
    driver.files.may_lose = lambda: True
    return driver


def test_a_recorded_run_is_drawn_and_compared(driver):
    path = Path(__file__).parents[2] / "core" / "own" / "recordings" / "keras-lstm.npz"
    assert driver.files.open_arrays_from([path])  # as dropped, or chosen with File, Open arrays
    driver.settle()
    panel = driver.window.panels["diagnosis"]
    assert "recorded from Keras 3.15.1 on torch: LSTM" in driver.said[-1]
    assert "all 35 recorded arrays agree" in panel.text() and "Not compared: what stands before" in panel.text()
    assert panel.accessibleName() == "Your model's run" and not panel.show_first.isEnabled()
    shown = driver.session.compared.state
    assert np.allclose(shown.theirs("L1r", "f", False), driver.session.trace.values["L1r", "f"], atol=1e-6)


def dh_of(trace):
    return trace.exact["out", "z"].transpose(1, 0, 2)


def test_a_file_is_opened_and_what_is_assumed_is_said(driver):
    assert driver.files.open(driver.folder / "own.npz")
    driver.settle()
    trace = driver.session.trace
    assert np.array_equal(dh_of(trace), ARRAYS["dh"])
    assert np.array_equal(trace.parameters["L1.W"], ARRAYS["Wh"])
    assert "batch first" in driver.said[-1] and "the activation tanh: assumed" in driver.said[-1]
    assert driver.session.trace.experiment.task == "arrays"


def test_gradients_lie_as_the_arrays_do_that_were_opened(driver):
    """A square matrix alone does not show whether it stands before or behind the state."""
    np.savez(driver.folder / "own.npz", **{**ARRAYS, "Wx": ARRAYS["Wx"].T})  # (H, D): W·x
    assert driver.files.open(driver.folder / "own.npz")
    driver.settle()
    np.savez(driver.folder / "mine.npz", dWh=driver.session.trace.exact_parameters["L1.W"].T)
    assert driver.files.gradients.open(driver.folder / "mine.npz")
    driver.settle()
    assert "All that was given agrees" in driver.window.panels["diagnosis"].text()
    assert driver.session.choose_task("echo", head=True)
    driver.settle()
    np.savez(driver.folder / "mine.npz", dWh=driver.session.trace.exact_parameters["L1.W"])  # of another run
    assert driver.files.gradients.open(driver.folder / "mine.npz")
    driver.settle()
    assert "All that was given agrees" in driver.window.panels["diagnosis"].text()


def test_no_initialisation_is_said_of_own_weights_and_no_loss_of_a_gradient_handed_in(driver):
    from explorer.panels.claim.update_words import update_headline

    session = driver.session
    assert driver.files.open(driver.folder / "own.npz")
    driver.settle()
    assert session.content.described == "tanh  own weights"
    assert driver.window.windowTitle().startswith("tanh  own weights")
    gain = driver.window.panels["experiment"].rows["w_gain"]
    assert not gain.isEnabled() and "those of your file" in gain.accessibleDescription()
    session.seek(session.timeline.last)
    driver.settle()
    said = update_headline(session)
    assert re.fullmatch(r"At η = 0\.1 W moves by \S+ \([\d.]+ % of its norm\)\.", said)
    session.change(w_init="identity")  # which makes weights of its own
    driver.settle()
    assert driver.window.windowTitle().startswith("tanh  0.8·I") and gain.isEnabled()


def test_several_files_are_shown_before_they_are_opened(driver):
    assert driver.files.open_arrays_from([driver.folder / "w.npz", driver.folder / "dh.npy"])
    dialog = driver.window.findChild(ArraysDialog)
    assert "dh (B, T, H)" in dialog.read_as.text() and "assumed" in dialog.assumed.text()
    dialog.weights.setCurrentIndex(2)  # W·x: Wx is (D, H), and would have to be (H, D)
    assert dialog.found is None and "Wx has the shape (4, 5)" in dialog.read_as.text()
    assert not dialog.buttons.button(dialog.buttons.StandardButton.Open).isEnabled()
    dialog.gates.setText("x y")
    assert "gates of no cell" in dialog.read_as.text()
    dialog.gates.setText("")
    dialog.weights.setCurrentIndex(0)
    dialog.preset.setCurrentIndex(dialog.preset.findData("cs231n"))
    assert "hidden state" not in dialog.assumed.text()  # it is stated now
    dialog.accept()
    driver.settle()
    assert np.array_equal(dh_of(driver.session.trace), ARRAYS["dh"])

    _refusals(driver)


def _refusals(driver):
    """What cannot be read is one message, and nothing changes."""
    before = driver.session.trace
    assert not driver.files.open_arrays_from([driver.folder / "none.npz"])
    assert "There is no file" in driver.said[-1]
    np.savez(driver.folder / "wrong.npz", **{**ARRAYS, "Wh": np.zeros((H, H + 1))})
    assert not driver.files.open(driver.folder / "wrong.npz")
    assert "wrong.npz cannot be used: Wh has the shape (5, 6), but (H, H) = (5, 5)" in driver.said[-1]
    assert driver.session.trace is before


def test_the_window_says_what_the_loss_is(driver):
    driver.files.open(driver.folder / "own.npz")
    driver.session.seek(driver.session.timeline.index("loss"))
    driver.settle()
    driver.session.edits.edit_number("y")
    driver.settle()
    page = driver.window.findChild(NumbersPanel)
    assert "the gradient handed in" in page.choice.currentText()
    assert "hands the given gradient in" in _claim(driver)


def _claim(driver):
    from explorer.panels.claim.words import step_headline

    return step_headline(driver.session)


def test_a_matrix_is_pasted_whole_or_from_a_cell_on(driver):
    driver.files.open(driver.folder / "own.npz")
    driver.session.edits.edit_number("L1.W")
    driver.settle()
    page = driver.window.findChild(NumbersPanel)
    wanted = np.arange(H * H).reshape(H, H) / 10
    QGuiApplication.clipboard().setText(repr(wanted))
    page.map.setFocus()
    driver.key(Qt.Key.Key_V, modifier=Qt.KeyboardModifier.ControlModifier)
    assert np.allclose(driver.session.trace.parameters["L1.W"], wanted)
    assert driver.said[-1].endswith("25 numbers pasted.")
    QGuiApplication.clipboard().setText("1\t2\n3\t4")
    assert page.editing.paste((3, 3))
    driver.settle()
    assert driver.session.trace.parameters["L1.W"][3:, 3:].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert not page.editing.paste((4, 4)) and "2 × 2, but the matrix is 5 × 5" in driver.said[-1]
    driver.session.undo()
    driver.session.undo()
    driver.settle()
    assert np.array_equal(driver.session.trace.parameters["L1.W"], ARRAYS["Wh"])


def test_a_transposed_block_goes_in_and_that_is_said(driver):
    driver.files.open(driver.folder / "own.npz")
    driver.session.edits.edit_number("L1.U")
    driver.settle()
    page = driver.window.findChild(NumbersPanel)
    wanted = np.arange(D * H).reshape(D, H) / 8
    QGuiApplication.clipboard().setText(str(wanted.T.tolist()))
    assert page.editing.paste((0, 0))
    driver.settle()
    assert np.array_equal(driver.session.trace.parameters["L1.U"], wanted)
    assert "rows and columns exchanged" in driver.said[-1]


def test_choosing_the_task_without_arrays_says_how_they_are_opened(driver):
    driver.session.new()
    driver.settle()
    from core.tasks import task_named
    from explorer.panels.experiment.csv_choice import ask_for

    said = []
    ask_for(driver.window, driver.session, task_named("arrays"), said.append, said.append)
    assert said == ["Own arrays are opened with File, Open arrays, or dropped onto the window."]
