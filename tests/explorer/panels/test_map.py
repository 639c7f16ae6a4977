"""The phase diagram: its fields are core's numbers, a click opens a cell, and what cannot be run says why."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.cells import CELLS
from core.ensemble.grid import knob, phase_diagram
from core.ensemble.measures import measure_named
from core.experiment import Experiment
from core.jobs import finished
from explorer.panels.map.knobs import axes_of, usual_pair
from explorer.panels.map.panel import MapPanel
from explorer.panels.map.scene import place_of
from explorer.panels.map.words import factor_text
from explorer.session.session import Session
from explorer.style.colours import reach_colours
from tests.explorer.driving import pulled
from tests.explorer.suited import suited_to

DECADES = measure_named("decades")


@pytest.fixture
def page(show_panel):
    def make(experiment=None, theme="light", size=8, pair=None):
        session = Session(experiment or Experiment(steps=6), theme)
        panel = show_panel(MapPanel(), session, 335, 600)[0]
        panel.cells.setCurrentIndex(panel.cells.findData(size))
        for combo, name in zip((panel.across, panel.up), pair or (), strict=False):
            combo.setCurrentIndex(combo.findData(name))
            combo.activated.emit(combo.currentIndex())
        panel.run.click()
        pulled(session)
        return panel

    return make


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_the_fields_are_the_decay_of_every_cell(page, theme):
    panel = page(theme=theme)
    session, phase = panel.session, panel.picture.phase
    grid = session.phase.grid
    assert (grid.across.name, grid.down.name) == ("w_gain", "input_scale")
    assert grid.across.values[::7] == (0.2, 2.0) and grid.down.values[::7] == (0.001, 10.0)
    expected = finished(phase_diagram(session.experiment, grid.across, grid.down)).of(DECADES)
    np.testing.assert_allclose(phase.decades, -10 * expected, rtol=1e-9, atol=1e-12)
    panel.grab()
    np.testing.assert_array_equal(panel.picture._colours, reach_colours(phase.decades, session.theme))
    grow, shrink = int((expected < -1e-9).sum()), int((expected > 1e-9).sum())
    assert panel.said.text() == f"In {grow} of 64 cells the gradient grows, in {shrink} it shrinks."
    assert panel.said.text() in panel.picture.accessibleName()


def test_a_click_opens_the_cell_and_undo_brings_the_run_back(page):
    panel = page()
    session, before = panel.session, panel.session.experiment
    spot = panel.picture.outer(panel.picture.box(5, 6)).center()
    QTest.mouseClick(panel.picture, Qt.MouseButton.LeftButton, pos=spot)
    session.update()
    grid = session.phase.grid
    assert session.experiment == before.with_changes(w_gain=grid.across.values[6], input_scale=grid.down.values[5])
    assert panel.picture.phase.here == (5.0, 6.0)
    own = DECADES.of(session.seeds.here)
    assert -10 * own == pytest.approx(panel.picture.phase.decades[5, 6], rel=1e-9)
    session.undo()
    session.update()
    assert session.experiment == before and session.phase.grid is grid


def test_the_mark_is_where_the_present_values_lie():
    gains, scales = knob("w_gain", (0.5, 1.0, 1.5)), knob("input_scale", (0.01, 0.1, 1.0))
    assert place_of(gains, 0.75) == pytest.approx(0.5) and place_of(gains, 1.6) is None
    assert place_of(scales, 10**-1.5) == pytest.approx(0.5)
    assert place_of(knob("w_gain", (1.5, 0.5)), 1.5) == 0.0


def test_another_option_keeps_no_diagram_and_the_two_keep_it(page):
    panel = page()
    session = panel.session
    session.change(w_gain=1.234)
    session.update()
    assert session.phase.grid is not None
    session.change(hidden=3)
    session.update()
    assert session.phase.grid is None and panel.picture.phase is None and panel.picture.isHidden()


def test_what_cannot_be_run_says_why_and_the_others_are_there(page):
    panel = page()
    panel.ends[0][0].setText("50")
    panel.ends[0][1].setText("150")  # beyond 100 it is refused
    panel.run.click()
    pulled(panel.session)
    grid, phase = panel.session.phase.grid, panel.picture.phase
    refused = [cell for cell in grid.cells if cell.refusal]
    assert refused and phase.refused.sum() == len(refused) < len(grid.cells)
    assert f"{len(refused)} cannot be run." in panel.said.text()
    said = []
    panel.session.message.connect(said.append)
    cell = refused[0]
    assert cell.refusal in panel.sentence(cell.row, cell.column)
    panel.picture.look((cell.row, cell.column))
    panel.grab()
    panel.picture.chosen.emit(cell.row, cell.column)
    assert said == [cell.refusal] and cell.experiment is None


def test_keys_read_every_field_and_open_one(page):
    panel = page()
    picture = panel.picture
    QTest.keyClick(picture, Qt.Key.Key_Right)
    row, column = picture.at
    assert picture.accessibleDescription() == panel.sentence(row, column)
    QTest.keyClick(picture, Qt.Key.Key_Up)
    assert picture.at == (min(row + 1, 7), column)
    QTest.keyClick(picture, Qt.Key.Key_Return)
    panel.session.update()
    assert picture.phase.here == (float(min(row + 1, 7)), float(column))


def test_every_cell_has_its_options_and_an_lstm_begins_with_its_bias(page):
    for cell in CELLS:
        experiment = suited_to(cell.name)
        axes = axes_of(experiment)
        assert len({axis.name for axis in axes}) == len(axes)
        assert set(usual_pair(axes)) <= {axis.name for axis in axes}
        for axis in axes:
            assert axis.knob(5).values
    panel = page(Experiment(cell="lstm", steps=6))
    assert (panel.across.currentData(), panel.up.currentData()) == ("forget_bias", "steps")


def test_a_typed_range_is_taken_and_what_is_no_number_is_said(page):
    panel = page()
    said = []
    panel.session.message.connect(said.append)
    first, last = panel.ends[0]
    first.setText("1")
    last.setText("1.7")
    last.editingFinished.emit()
    panel.run.click()
    pulled(panel.session)
    assert panel.session.phase.grid.across.values[::7] == (1.0, 1.7) and not said
    last.setText("wide")
    last.editingFinished.emit()
    assert "“wide” is no number" in said[0] and last.text() == "1.7"


def test_two_equal_options_are_refused_and_cancelling_leaves_none(page, show_panel):
    panel = page(pair=("w_gain", "w_gain"))
    assert panel.session.phase.grid is None
    panel.up.setCurrentIndex(panel.up.findData("bias"))
    panel.run.click()
    assert panel.session.work.busy
    panel.session.work.cancel()
    assert panel.session.phase.grid is None


def test_factors_are_those_of_ten_steps():
    assert factor_text(0.1) == "÷ 10.0" and factor_text(-0.2) == "× 100"
    assert factor_text(np.inf) == "0" and factor_text(np.nan) == "no number"
