"""The page of the product between two steps: every cell and structure, what is said of it, how the steps are chosen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.cells import CELLS
from core.claims.jacobian_chain import chain_factor, jacobian_chain, no_chain
from core.experiment import Experiment
from core.notation.books import NOTATIONS
from explorer.items.plots.factor_row import MOST
from explorer.panels.product.panel import ProductPanel
from explorer.panels.product.words import of_decades
from explorer.session.session import Selection, Session
from explorer.style.numbers import number
from tests.explorer.driving import double_click
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of


@pytest.fixture
def desk(show_panel):
    def make(experiment=None, theme="light", size=(350, 640), shown=True, **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        session.seek(session.timeline.complete)
        panel = show_panel(ProductPanel(), session, *size, shown=shown)[0]
        QApplication.processEvents()
        return panel

    return make


@pytest.mark.parametrize("steps", [1, 3, 14, 200])
def test_every_cell_and_structure_has_its_product_or_says_why_not(desk, steps):
    panel, seen = desk(), 0
    for experiment in (
        *(suited_to(cell.name, steps=steps) for cell in CELLS),
        *(experiment_of(name, steps) for name in STRUCTURES),
    ):
        session = Session(experiment)
        panel.bind(session)
        assert panel.why.isVisible() == bool(no_chain(session.trace)) == (panel.chain is None)
        if panel.chain is None:
            assert panel.why.text().endswith(".") and not panel.area.isVisible()
            continue
        (t, k), count = panel.pair(), len(panel.chain.columns)
        assert t - k == count
        assert len(panel._pictures) == min(count, MOST + 1 if count <= MOST + 1 else MOST) + 1
        assert panel._left_out == (f"+ {count - MOST} more" if count > MOST + 1 else "")
        for picture, column in zip(panel._pictures[:3], panel.chain.columns[:3], strict=False):
            if picture is not panel._pictures[-1]:
                np.testing.assert_array_equal(picture.values, chain_factor(session.trace, int(column)))
        room = panel.area.viewport().width()
        assert all(place.room.right() <= room + 1 for place in panel.factors._places)
        panel.grab()
        seen += 1
    assert (seen > 20) == (steps > 1)


def test_what_is_said_is_what_was_computed_each_bound_over_the_one_before(desk):
    panel = desk()
    found = panel.chain
    said = [label.text() for label in panel.bounds]
    assert said[0] == f"‖∂L/∂s₁₄‖ = {number(found.arriving)} is where it begins."
    assert said[1] == "‖∂L/∂s₁₄·Pᵀ‖ = 3.58·10⁻³ comes back to s₁: all of ‖∂L/∂s₁‖."
    assert said[4].startswith("≤ ‖∂L/∂s₁₄‖·(σ_max(W)·max |φ′|)¹³ = ‖∂L/∂s₁₄‖·(0.800·")
    assert said[5] == "σ_max(W) = 0.800, ρ(W) = 0.800."
    over = np.log10(found.arriving) + np.array([found.norm, found.product, found.bound.decades])
    decades = [found.passed, *over.tolist()]
    assert decades == sorted(decades)
    for line, value in zip(said[1:5], decades, strict=True):
        assert of_decades(value) in line


@pytest.mark.parametrize("decades", [-412.3, -299.9, -3.2, -0.1, 0.0, 2.0, 5.7, 399.999999])
def test_any_decade_is_a_number(decades):
    text = of_decades(decades)
    mantissa, _, exponent = text.partition("·10")
    value = float(mantissa)
    power = int(exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))) if exponent else 0
    assert np.log10(value) + power == pytest.approx(decades, abs=3e-3)


def test_a_cell_of_the_map_chooses_both_steps_and_so_do_the_fields(desk):
    panel = desk()
    session = panel.session
    session.select(Selection("s", 4, record="s", reaches=9))
    assert panel.pair() == (9, 4) and (panel.later.value(), panel.earlier.value()) == (9, 4)
    assert panel.chain is jacobian_chain(session.trace, 9, 4)
    panel.earlier.setValue(7)
    assert panel.pair() == (9, 7)
    panel.later.setValue(6)  # the other one gives way
    assert panel.pair() == (6, 5)
    session.change(steps=4)
    session.update()
    assert panel.pair() == (4, 1)


def test_a_click_on_a_factor_shows_its_numbers(desk):
    panel = desk(steps=5)
    place = panel.factors._places[2]
    QTest.mouseClick(panel.factors, Qt.MouseButton.LeftButton, pos=place.room.center().toPoint())
    np.testing.assert_array_equal(panel.numbers.cells().values, chain_factor(panel.session.trace, 3))
    assert panel.entry.text() == "∂s₃/∂s₂"
    panel.factors.setFocus()
    for _ in range(4):
        QTest.keyClick(panel.factors, Qt.Key.Key_BracketRight)
    assert panel.entry.text() == "P = ∂s₅/∂s₁"
    found = panel.chain
    np.testing.assert_allclose(panel.numbers.cells().values, found.matrix * 10.0**found.exponent)
    double_click(panel.numbers.viewport(), QPoint(60, 60))
    assert not panel.numbers.field.isVisible()  # they are only read


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda each: each.name)
def test_in_a_book_of_columns_the_factors_are_transposed(desk, notation):
    panel = desk(steps=4)
    panel.session.set_view(notation=notation.name)
    ours = chain_factor(panel.session.trace, 4)
    np.testing.assert_array_equal(panel._pictures[0].values, ours.T if notation.transpose else ours)
    assert panel.bounds[1].text().startswith("‖Pᵀ·" if notation.transpose else f"‖{notation.gradient.of(False)}")


def test_while_it_is_hidden_it_computes_nothing(desk):
    panel = desk(shown=False)
    assert panel.chain is None
    panel.session.change(w_gain=0.5)
    panel.session.update()
    assert panel.chain is None
    panel.show()
    QApplication.processEvents()
    assert panel.chain is not None


def test_a_hidden_error_is_not_given_away(desk):
    panel = desk(steps=6)
    panel.session.hunt.start(1)
    assert panel.chain is None and panel.why.text().startswith("Hidden while an error is")
    panel.session.hunt.give_up()
    assert panel.chain is not None


def test_playback_computes_nothing(desk):
    panel = desk(steps=30)
    chain, shown = panel.chain, []
    panel.factors.set_pictures = lambda *a: shown.append(1)
    for position in range(panel.session.timeline.last):
        panel.session.seek(position)
    assert panel.chain is chain and not shown


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("hidden", [1, 6, 64])
def test_it_is_drawn_in_every_theme(desk, theme, hidden):
    panel = desk(theme=theme, hidden=hidden, steps=5, size=(420, 700))
    place = panel.factors._map(panel.factors._places[0], panel.session.theme)
    picture = panel.factors.grab().toImage()
    inside = {picture.pixelColor(int(place.left()) + 2 + k, int(place.center().y())).name() for k in range(0, 30, 3)}
    assert len(inside) >= (1 if hidden == 1 else 3)
