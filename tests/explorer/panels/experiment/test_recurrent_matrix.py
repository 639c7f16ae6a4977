"""The recurrent matrix: its σ and ρ, and one that is typed or pasted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from core.maths.arrays import largest_singular_value, spectral_radius
from core.notation.books.row import ROW
from explorer.panels.experiment.matrix_dialog import MatrixDialog
from explorer.style.pasted import cells_of
from tests.explorer.driving import error_of
from tests.explorer.panels.experiment.desk import choose, type_value

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


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
