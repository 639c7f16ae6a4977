"""A product of the arithmetic written out: row × column, its running total, its weights, by mouse and by keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.arithmetic.text import exact
from core.cells import CELLS
from core.experiment import Experiment
from core.notation.books import NOTATIONS
from explorer.panels.inspector.product import product_numbers, weight_entry
from explorer.session.session import Selection
from explorer.style.theme import THEMES
from tests.explorer.suited import suited_to

LEFT = Qt.MouseButton.LeftButton


def open_first(panel, label):
    """Clicks on the first line that can be opened and has that label."""
    view = panel.arithmetic
    k = next(k for k in view.openable() if label in view.entries[k].term)
    QTest.mouseClick(view, LEFT, pos=view.box(k).center().toPoint())
    return k


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("notation", [NOTATIONS[0], NOTATIONS[-1]], ids=lambda each: each.name)
def test_every_product_multiplies_out_to_its_line(show, cell, notation):
    panel = show(suited_to(cell, steps=4, hidden=3, loss_at="every"))
    session, found = panel.session, 0
    session.set_view(notation=notation.name)
    for row, names in panel.node.rows:
        for name in names:
            session.select(Selection(row, 2, record=name, unit=0))
            for entry in panel.arithmetic.entries:
                numbers = product_numbers(session.trace, session.notation, entry)
                if numbers is None:
                    continue
                found += 1
                assert numbers.running[-1] == pytest.approx(entry.exact, rel=1e-12, abs=1e-300)
                assert numbers.products.sum() == pytest.approx(entry.exact, rel=1e-12, abs=1e-300)
    assert found >= 2  # at least the output's, forward and back


@pytest.mark.parametrize("back", [False, True])
def test_the_weights_are_those_of_the_parameter_and_lead_to_it(show, back):
    panel = show(Experiment(cell="lstm"))
    session = panel.session
    session.select(Selection("gates", 5, record="h_f", unit=2) if not back else Selection("s", 5, unit=2))
    open_first(panel, "Wᶠ")
    assert panel.product.isVisible()
    entry = panel.arithmetic.entries[panel.arithmetic._open]
    array = session.trace.named_parameters(session.trace.parameters)[entry.product.parameter]
    for k, weight in enumerate(entry.product.right):
        assert array[weight_entry(entry.product, k)] == weight
    assert (entry.product.unit, entry.product.back) == (2, back)


def test_the_product_is_written_the_notations_way_round(show):
    panel = show()
    panel.session.select(Selection("h", 5, unit=1))
    open_first(panel, "s₄")
    rows = panel.product.shown
    assert (rows.weight, rows.heads[1]) == (1, "W")
    assert np.array_equal(rows.matrix[:, 1], rows.second)
    panel.session.set_view(notation="goodfellow")
    columns = panel.product.shown
    assert columns.weight == 0
    assert np.array_equal(columns.matrix[1], columns.first)
    assert columns.total == rows.total
    panel.session.set_view(notation="row")
    assert panel.product.shown.heads == rows.heads


def test_it_stays_open_from_step_to_step_and_closes_with_a_click(show):
    panel = show()
    session = panel.session
    session.select(Selection("h", 5))
    k = open_first(panel, "s₄")
    before = panel.product.texts()
    session.select(Selection("h", 6))
    assert panel.product.texts() != before
    assert "s₅" in panel.product.texts()[0][1]
    session.select(Selection("x", 6))
    assert not panel.product.isVisible()
    session.select(Selection("h", 5))
    assert panel.product.texts() == before
    QTest.mouseClick(panel.arithmetic, LEFT, pos=panel.arithmetic.box(k).center().toPoint())
    assert not panel.product.isVisible()


def test_by_keyboard(show, qtbot):
    panel = show(Experiment(hidden=20))
    panel.session.select(Selection("h", 5))
    panel.activateWindow()
    panel.arithmetic.setFocus()
    qtbot.waitUntil(panel.arithmetic.hasFocus)
    QTest.keyClick(panel.arithmetic, Qt.Key.Key_Down)
    assert "s₄" in panel.arithmetic.accessibleDescription()
    QTest.keyClick(panel.arithmetic, Qt.Key.Key_Return)
    qtbot.waitUntil(panel.product.hasFocus)
    QTest.keyClick(panel.product, Qt.Key.Key_End)
    assert 19 in panel.product._visible()
    assert "element 20 of 20" in panel.product.accessibleDescription()
    QTest.keyClick(panel.product, Qt.Key.Key_Home)
    with qtbot.waitSignal(panel.product.weight_chosen) as chosen:
        QTest.keyClick(panel.product, Qt.Key.Key_Return)
    assert chosen.args == [0]
    QTest.keyClick(panel.product, Qt.Key.Key_Escape)
    qtbot.waitUntil(panel.arithmetic.hasFocus)
    assert not panel.product.isVisible()
    assert panel.session.selection is not None  # Esc closed the product and nothing else


def test_a_click_on_a_weight_chooses_it_and_one_beside_it_does_not(show, qtbot):
    panel = show()
    panel.session.select(Selection("h", 5))
    open_first(panel, "s₄")
    view = panel.product
    y = round(view._top + 2.5 * view._line)
    x = round(view._lefts()[2] + view._widths[2] / 2)
    with qtbot.waitSignal(view.weight_chosen) as chosen:
        QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(x, y))
    assert chosen.args == [2]
    with qtbot.assertNotEmitted(view.weight_chosen):
        QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(round(view._lefts()[3] + 5), y))
    assert "element 3 of 6" in view.accessibleDescription()


def test_copied_text_has_every_element(show):
    panel = show()
    panel.session.select(Selection("h", 5))
    assert "sum so far" not in panel.text().partition("is a sum over time")[0]
    open_first(panel, "s₄")
    s, w = panel.session.trace.values["L1", "s"][3, 0], panel.session.trace.parameters["L1.W"][:, 0]
    assert f"{exact(s[5])} × {exact(w[5])} = {exact(s[5] * w[5])}" in panel.text()


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("hidden", [1, 6, 60])
def test_it_is_no_wider_than_the_panel_and_follows_without_typesetting(show, theme, hidden):
    from explorer.style.formula import typeset_count

    panel = show(Experiment(hidden=hidden), theme.name, (round(330 * theme.font_px / 13), 900))
    for row, label in (("h", "s₄"), ("s", "∂L/∂h₆")):
        panel.session.select(Selection(row, 5))
        open_first(panel, label)
        assert panel.product.horizontalScrollBar().maximum() == 0
        panel.grab()
    before = typeset_count()
    panel.session.select(None)
    for beat in range(panel.session.timeline.last):
        panel.session.seek(beat)
        panel.show_now()
    assert typeset_count() == before
