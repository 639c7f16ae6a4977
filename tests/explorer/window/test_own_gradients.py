"""Somebody's own gradients in the window: a file or one matrix, the answer above the pictures, theirs beside ours."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from core.errors import InputError
from core.experiment import natural
from core.recorder import backward_pass
from explorer.session.compared import fitted, pasted, places_of
from explorer.session.selection import Selection
from explorer.window.own_gradients import PasteDialog
from tests.bench.mistakes import LINES, by_line, gradients_of
from tests.explorer.driving import come_to_rest

EXPERIMENT = natural("echo", cell="lstm", steps=5, hidden=3, batch=2, loss_at="every")
LINE = next(each for each in LINES if each.cell == "lstm" and "r.c[t], d.o[t]" in each.new)


@pytest.fixture
def driver(drive):
    return drive(EXPERIMENT)


def test_a_file_is_compared_followed_and_closed(driver, tmp_path):
    session, path = driver.session, tmp_path / "mine.npz"
    panel = driver.window.panels["diagnosis"]
    assert not panel.isVisible()
    np.savez(path, **by_line(session.trace, LINE))  # type: ignore[arg-type]
    assert driver.files.gradients.open(path)
    driver.settle()
    come_to_rest(driver.window)
    assert panel.isVisible() and "tanh(cₜ) belongs" in panel.text()
    assert re.search(r": (\S+)\[\d+(, \d+)*\] \(here .*, counted from 1\): yours is", panel.text())
    assert session.selection == Selection("gates", 5, record="o", unit=session.selection.unit)
    table = driver.window.panels["inspector"].table
    assert any("your" in each.label for each in table._columns)
    assert driver.files.gradients.followed.files == [str(path)]

    right = gradients_of(session.trace, backward_pass(session.trace.network, session.trace.run))
    path.write_bytes(b"PK\x03\x04 half written")
    driver.files.gradients._again()
    assert "tanh(cₜ) belongs" in panel.text()  # as it was
    np.savez(path, **right)  # type: ignore[arg-type]
    driver.files.gradients._again()
    driver.settle()
    assert "All that was given agrees" in panel.text() and not panel.show_first.isEnabled()

    session.change(hidden=2)
    driver.settle()
    assert session.compared.state is None and not panel.isVisible()
    assert driver.files.gradients.followed.files == []


def test_what_cannot_be_compared_is_said(driver, tmp_path):
    said = []
    driver.session.message.connect(said.append)
    np.savez(tmp_path / "mine.npz", nonsense=np.ones(3))
    assert not driver.files.gradients.open(tmp_path / "mine.npz")
    assert not driver.files.gradients.open(tmp_path / "none.npz")
    driver.settle()
    assert "nonsense" in said[0] and "none.npz" in said[1]
    assert driver.session.compared.state is None


def test_one_matrix_is_pasted(driver):
    session = driver.session
    dialog = PasteDialog(session, driver.window)
    try:
        dialog.which.setCurrentIndex(dialog.which.findData("L1.W"))
        dialog.text.setPlainText("[[1, 2], [3]]")
        dialog.accept()
        assert dialog.result() == 0 and "same count in every row" in dialog._said.text()
        dialog.text.setPlainText(
            np.array2string(2.0 * np.array(session.trace.exact_parameters["L1.W"]), threshold=10**6)
        )
        dialog.accept()
        assert dialog.result() == 1 and dialog.quantity == "grad.L1.W"
        assert session.compared.compare({dialog.quantity: dialog.array}, "pasted")
        driver.settle()
        assert "times 2" in driver.window.panels["diagnosis"].text()
        come_to_rest(driver.window)
        chosen, inspector = session.selection, driver.window.panels["inspector"]
        assert chosen is not None and chosen.parameter.startswith("L1.W_")
        twice = session.compared.state.entry(chosen.parameter, chosen.entry)
        right = session.trace.named_parameters(session.trace.exact_parameters)[chosen.parameter][chosen.entry]
        assert twice == pytest.approx(2.0 * right)
        assert any(each.label == "yours" for each in inspector.arithmetic.entries)
        turned = np.array(session.trace.exact_parameters["L1.W"].T)  # as it stands in W·x
        turned[7, 1] += 1.0
        dialog.text.setPlainText(np.array2string(turned, threshold=10**6, precision=17))
        dialog.accept()
        assert session.compared.compare({dialog.quantity: dialog.array}, "", places={dialog.quantity: dialog.places})
        driver.settle()
        assert "grad.L1.W[7, 1] (here " in driver.window.panels["diagnosis"].text()
    finally:
        dialog.close()
        dialog.deleteLater()
        QApplication.processEvents()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 2\n3 4", [[1, 2], [3, 4]]),
        ("[[1., -2.],\n [3e-1, 4]]", [[1, -2], [0.3, 4]]),
        ("array([[1, 2,\n        3], [4, 5, 6]])", [[1, 2, 3], [4, 5, 6]]),
        ("1\t2\n\n3\t\u22124\n", [[1, 2], [3, -4]]),
        ("[1 2 3]", [1, 2, 3]),
        ("1;2;3", [1, 2, 3]),
    ],
)
def test_a_text_is_a_matrix(text, expected):
    assert np.array_equal(pasted(text), np.array(expected))


@pytest.mark.parametrize("text", ["", "[[]]", "1 2\n3", "1 2 x", "a"])
def test_a_text_that_is_none(text):
    with pytest.raises(InputError, match="Copy|Row 1"):
        pasted(text)


def test_a_matrix_in_the_shape_that_is_asked_for():
    assert fitted(np.ones((3, 1)), (3,)).shape == (3,)
    assert fitted(np.arange(6.0).reshape(2, 3), (3, 2))[2, 1] == 5.0
    assert places_of(np.ones((3, 1)), (3,)).tolist() == [[0, 0], [1, 0], [2, 0]]
    assert places_of(np.ones((2, 3)), (3, 2))[2, 1].tolist() == [1, 2]
    with pytest.raises(InputError, match="paste all of it"):
        fitted(np.ones((2, 2)), (3, 3))
