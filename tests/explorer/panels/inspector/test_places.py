"""The loss and the parameters as places of the inspector: two clicks from any number, their addends add up."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from core.arithmetic.text import exact
from core.cells import CELLS
from core.chain.places import row_of_parameter
from core.chain.rows import row_named, rows
from core.experiment import Experiment, natural
from core.network.parameter_counts import count_of
from core.notation.books import NOTATIONS
from core.notation.equations import Style
from explorer.panels.inspector.parameter_page import PARAMETER
from explorer.session.session import Selection
from tests.core.structured import STRUCTURES
from tests.explorer.suited import suited_to

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def show(show):
    return lambda experiment=None, *rest: show(experiment or Experiment(steps=6), *rest)


def click_chip(panel, name):
    QTest.mouseClick(panel.chips, LEFT, pos=panel.chips.box(name).center().toPoint())


def test_the_loss_is_the_sum_of_its_steps_and_each_leads_to_its_step(show):
    panel = show(natural("echo", steps=6, batch=3))
    session = panel.session
    session.select(Selection("z", 5))
    click_chip(panel, "L")
    assert panel.heading.text().startswith("L ")
    (column, running) = panel.table._columns
    assert running.values[-1] == pytest.approx(session.trace.loss)
    assert np.array_equal(column.values, session.trace.loss_t)
    assert f"= {exact(session.trace.loss)}" in panel.text()
    row = 3 - panel.table._visible().start
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=QPoint(30, round((row + 1.5) * panel.table._line)))
    assert session.selection == Selection("z", 4, record="ℓ", unit=0)
    assert panel.heading.text().startswith("ℓ₄ ")
    lines = [entry for entry in panel.arithmetic.entries if "sample" in entry.label]
    assert len(lines) == 1 + 3  # the batch's, and the head of one sample's own
    assert exact(session.trace.loss_t[3]) in panel.text()
    click_chip(panel, "z")
    assert panel.heading.text().startswith("z₄ ")


def test_the_loss_is_a_dash_until_it_is_known_and_stays_selected_after_a_change(show):
    panel = show()
    session = panel.session
    session.select(Selection("z", 6, record="L"))
    session.seek_to("forward", 3)
    assert panel.arithmetic.texts()[0] == "L = –"
    session.seek(session.timeline.complete)
    session.change(weight_seed=5)
    session.update()
    assert panel.heading.text().startswith("L ")
    assert exact(session.trace.loss) in panel.text()


@pytest.mark.parametrize("structure", ["convolution", "bidirectional, two layers", "context transformed",
                                       "attention, additive", "1-n-feedback"])  # fmt: skip
def test_every_parameter_is_one_click_from_the_node_that_it_makes(show, structure):
    chosen = {"steps": 5, "hidden": 3, "batch": 2, "cell": "gru", **STRUCTURES[structure]}
    panel = show(natural(chosen.pop("task", "echo"), **chosen))
    session, trace = panel.session, panel.session.trace
    known = {row.name: row for row in rows(trace)}
    recorded = trace.named_parameters(trace.exact_parameters)
    for name, array in trace.named_parameters(trace.parameters).items():
        row, record = row_of_parameter(trace, name)
        piece = next((p for p in known[row].pieces if p.part == name.partition(".")[0]), known[row].pieces[0])
        session.select(Selection(row, piece.offset + 1, record=record))
        click_chip(panel, PARAMETER + name)
        assert session.selection.parameter == name
        assert exact(array[(0,) * array.ndim]) in panel.text()
        assert exact(recorded[name][(0,) * array.ndim]) in panel.text()


def test_a_weight_of_a_product_leads_to_its_entry_and_the_entry_to_its_steps(show):
    panel = show(Experiment(cell="lstm", steps=6))
    session = panel.session
    session.select(Selection("gates", 4, record="h_f", unit=2))
    k = next(k for k in panel.arithmetic.openable() if "Wᶠ" in panel.arithmetic.entries[k].term)
    QTest.mouseClick(panel.arithmetic, LEFT, pos=panel.arithmetic.box(k).center().toPoint())
    panel.product.weight_chosen.emit(4)
    assert (session.selection.parameter, session.selection.entry) == ("L1.W_f", (4, 2))
    assert panel.heading.text().startswith("Wᶠ[5, 3] ")
    assert panel.sums.entry == (4, 2)
    assert panel.parameters.currentData() == "L1.W_f"
    panel.sums.row.setValue(2)
    assert session.selection.entry == (1, 2)
    assert panel.heading.text().startswith("Wᶠ[2, 3] ")
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=QPoint(30, round(3.5 * panel.table._line)))
    assert session.selection.entry == (2, 2)
    panel.bars.step_chosen.emit(2)
    assert session.selection == Selection("gates", 2, record="h_f", unit=panel._unit)


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_how_many_parameters_a_matrix_has_is_said(show, cell):
    panel = show(suited_to(cell, steps=3, hidden=4))
    session, trace = panel.session, panel.session.trace
    seen = 0
    for name, array in trace.named_parameters(trace.parameters).items():
        session.select(Selection(trace.scan.cell.rows[0].name, 2, parameter=name))
        if session.selection.parameter != name:
            continue
        panel.show_now()
        found = re.search(r"(\d+) parameters?(?:, the other (\d+) entries are always 0)?$", panel.notes.text())
        assert found, panel.notes.text()
        assert sum(int(n) for n in found.groups() if n) == array.size, name
        seen += int(found[1])
    assert seen == count_of(trace.network), "the gates of a matrix have it between them"


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize("width", [300, 330, 460])
def test_the_heading_is_one_line_that_fits(show, width, theme):
    panel = show(Experiment(cell="lstm", steps=6), theme, (width, 700))
    session, heading = panel.session, panel.heading
    low, titles = heading.height(), set()
    places = (Selection("gates", 3), Selection("s", 6), Selection("z", 6), Selection("z", 6, record="L"),
              Selection("gates", 4, record="h_f"), Selection("gates", 3, source="s", recurrent=True),
              Selection("gates", 3, parameter="L1.W_f"), Selection("c", 2, record="c", reaches=5), None)  # fmt: skip
    for place in places:
        session.select(place)
        panel.show_now()
        assert heading.height() == low
        drawn = heading.drawn()
        whole = {heading._symbol, *(f"{heading._symbol} {title}" for title in heading._titles)}
        assert drawn in whole or drawn.endswith("…"), drawn
        assert heading.toolTip() == ("" if drawn == heading.text() else heading.text())
        titles.add(drawn)
    if (width, theme) == (330, "light"):
        assert not any("…" in drawn for drawn in titles), titles


def test_columns_and_rows_change_places_with_the_notation(show):
    panel = show()
    session = panel.session
    session.select(Selection("h", 3, record="h", parameter="L1.W", entry=(4, 1)))
    assert panel.heading.text().startswith("W[5, 2] ")
    session.set_view(notation="ng")
    assert panel.heading.text().startswith("W_aa[2, 5] ")
    assert panel.sums.entry == (4, 1)
    session.set_view(notation="row")
    assert panel.heading.text().startswith("W[5, 2] ")


def test_where_another_network_has_no_such_parameter_the_node_is_shown(show):
    panel = show()
    session = panel.session
    session.select(Selection("h", 3, record="h", parameter="L1.W", entry=(4, 1)))
    session.change(hidden=3)
    session.update()
    assert panel.heading.text().startswith("W[1, 1] ")
    session.change(cell="feedforward")
    session.update()
    assert panel.heading.text().startswith("h₃ ")


def test_by_keyboard_along_the_chips_to_the_loss_and_to_a_parameter(show):
    panel = show()
    panel.session.select(Selection("z", 6, record="a"))
    panel.chips.setFocus()
    seen = []
    for _ in range(4):
        QTest.keyClick(panel.chips, Qt.Key.Key_Right)
        seen.append(panel.heading.text().split()[0])
    assert seen[:2] == ["ℓ₆", "L"]
    panel.session.select(Selection("z", 6, record="a"))
    click_chip(panel, PARAMETER + "out.V")
    assert panel.heading.text().startswith("V[1, 1] ")
    QTest.keyClick(panel.chips, Qt.Key.Key_Right)
    assert panel.heading.text().startswith("b_z[1] ")
    QTest.keyClick(panel.chips, Qt.Key.Key_Escape)
    assert panel.session.selection is None


def test_a_thousand_steps_stand_in_the_table_and_not_in_lines(show):
    panel = show(natural("echo", steps=1000, hidden=2))
    panel.session.select(Selection("z", 900, record="L"))
    assert len(panel.arithmetic.entries) == 1
    assert panel.table._rows == 1000
    assert "ℓ₁₀₀₀" in panel.text()


@pytest.mark.parametrize("notation", [each.name for each in NOTATIONS])
@pytest.mark.parametrize(("cell", "name"), [("gru", "n-n"), ("lstm", "attention, bilinear"), ("tanh", "convolution")])
def test_what_is_copied_of_a_parameter_names_the_entry_as_the_page_does(show, cell, name, notation):
    """One place, the book's way round, with the book's sign; and no number that the run has not come to."""
    chosen = {"steps": 3, "hidden": 2, "update": "keeps", **STRUCTURES[name]}
    panel = show(natural("echo", cell=cell, **chosen))
    session = panel.session
    session.set_view(notation=notation, gradient="exact")
    trace = session.trace
    for parameter, array in trace.named_parameters(trace.parameters).items():
        entry = tuple(size - 1 - (k == 0 and size > 1) for k, size in enumerate(array.shape))
        session.seek(session.timeline.complete)
        name, record = row_of_parameter(trace, parameter)
        t = next(t for t in range(1, trace.steps + 1) if row_named(trace, name).piece(t) is not None)
        session.select(Selection(name, t, record=record, parameter=parameter, entry=entry))
        symbol = panel.heading.text().partition("]")[0] + "]"
        text = panel.text().split("\n\n")
        gradient = float(trace.named_parameters(trace.exact_parameters)[parameter][entry])
        value = float(array[entry])
        sign = 1.0 if text[0] == f"{symbol} = {exact(value)}" else -1.0
        assert text[0] == f"{symbol} = {exact(sign * value)}"
        d = Style(False, None, session.notation).gradient(symbol)
        assert text[1].split("\n")[0] == f"{d} = {exact(sign * gradient)}"
        assert f"{d} =" in [entry.label for entry in panel.arithmetic.entries]
        session.seek(0.0)
        assert panel.text().split("\n\n")[1].startswith(f"{d}: not reached yet")
        assert gradient == 0.0 or exact(sign * gradient) not in panel.text()


def test_what_is_copied_of_the_loss_and_of_the_map_waits_for_the_run_too(show):
    panel = show(natural("echo", cell="lstm", steps=4, batch=2))
    session = panel.session
    session.select(Selection("z", 3, record="ℓ"))
    lines = panel.text().split("\n")
    assert f"ℓ₃ = {exact(session.trace.loss_t[2])}" in lines  # one number: no unit is told
    session.select(Selection("z", 3, record="L"))
    assert f"L = {exact(session.trace.loss)}" in panel.text().split("\n")
    for place, symbol in ((Selection("z", 3, record="ℓ"), "ℓ₃"), (Selection("z", 3, record="L"), "L"),
                          (Selection("c", 2, record="c", reaches=4), "dc₄/dc₂")):  # fmt: skip
        session.seek(0.0)
        session.select(place)
        assert f"{symbol}: not computed yet" in panel.text()
        assert exact(session.trace.loss) not in panel.text()
