"""D: digits in the nodes wherever all of a node's can be read, and the gradient's norm under the steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from core.cells import CELLS
from core.documents.storage import from_text, to_text
from core.experiment import Experiment, natural
from explorer.columns import Columns
from explorer.items.chain.digits import LEAST_PX, NodeDigits, _font
from explorer.items.chain.layout import ChainLayout
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.scene import build_scene
from explorer.session.session import Session
from explorer.style.numbers import number, power
from tests.explorer.pixels import pixels, shot
from tests.explorer.suited import suited_to


@pytest.fixture
def open_chain(show_panel):
    def make(experiment: Experiment, width: int = 1270, height: int = 460) -> tuple[ChainPanel, Session]:
        panel, session = show_panel(ChainPanel(), Session(experiment), width, height)
        session.set_view(digits=True)
        return panel, session

    return make


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("steps", [1, 3, 14, 50])
def test_no_digit_is_cut_in_any_cell(qtbot, cell, steps):
    session = Session(suited_to(cell, steps=max(steps, 2), hidden=4))
    scene = build_scene(session)
    columns = Columns(scene.steps)
    for width, height in ((731, 300), (1270, 480), (1900, 900)):
        columns.set_width(width)
        layout = ChainLayout(scene, columns, 60, height, digits=True)
        digits = NodeDigits(layout, 13)
        for k, written in digits.rows.items():
            row, metrics = scene.rows[k], QFontMetricsF(_font(written.px))
            assert written.px >= LEAST_PX
            for t in (np.flatnonzero(row.present) + 1).tolist():
                node = layout.node(k, t)
                arrays = [row.values] if row.gradients is None else [row.values, row.gradients]
                for column, array in enumerate(arrays):
                    for unit in range(row.units):
                        texts = [number(float(v), written.digits) for v in array[t - 1, :, unit]]
                        if written.table:
                            field = digits.field(k, t, unit, column)
                        else:
                            strip = layout.strips(k, node)[column]
                            width_of_one, high = strip.width() / row.units, strip.height() / len(row.lines)
                            field = QRectF(strip.x() + unit * width_of_one, strip.y(), width_of_one, high)
                        assert node.contains(field)
                        assert max(map(metrics.horizontalAdvance, texts)) <= field.width()
                        assert metrics.ascent() <= field.height() + 1.5
    session.deleteLater()


def test_a_larger_picture_has_the_units_as_a_table_and_a_small_one_keeps_its_strips(open_chain):
    panel, session = open_chain(Experiment(steps=6, hidden=6), 1270, 700)
    states = panel.view.scene.row_index("s")
    assert panel.view.painter.digits.rows[states].table
    session.seek(session.timeline.complete)
    digits = panel.view.painter.digits
    field = digits.field(states, 3, 2, 1).toAlignedRect()
    inked = pixels(shot(panel))[field.top() + 1 : field.bottom(), field.left() + 1 : field.right()].reshape(-1, 3)
    assert len(np.unique(inked, axis=0)) > 8, "a number stands in its field"
    session.set_view(digits=False)
    assert states not in panel.view.painter.digits.rows
    session.set_view(digits=True)
    small, _ = open_chain(Experiment(steps=14, hidden=6), 731, 300)
    assert small.view.scene.row_index("s") not in small.view.painter.digits.rows
    wide, _ = open_chain(Experiment(steps=14, hidden=6), 1500, 400)
    assert "zoom in" in wide.view.frame.legend.note


@pytest.mark.parametrize("steps", [1, 3, 14, 50, 200, 1000])
@pytest.mark.parametrize("width", [500, 731, 1270])
def test_the_norms_under_the_steps_are_the_runs_and_stand_apart(open_chain, steps, width):
    panel, session = open_chain(Experiment(steps=steps, hidden=3), width, 330)
    session.seek(session.timeline.complete)
    norms = panel.view.frame.norms
    labels = norms.shown()
    recorded = session.trace.exact["L1", "s"]
    sizes = [power(float(np.sqrt((recorded[t] ** 2).sum()))) for t in range(steps)]
    texts = iter(sizes)
    assert labels and all(each.text in texts for each in labels), "in the order of the steps"
    assert labels[-1].text == sizes[-1] and labels[0].text == sizes[0], "the last step and the first have one"
    assert labels[0].place.left() >= min(session.columns.LEFT - 4.0, labels[-1].place.left()), "whole"
    for a, b in itertools.pairwise([norms.name(), *labels]):
        assert a.place.right() + 3 < b.place.left()
    assert labels[-1].place.right() <= session.columns.right + 4
    steps_below = panel.view.frame.step_labels()
    assert all(each.place.bottom() <= norms.top + 1 for each in steps_below)
    assert norms.bottom <= panel.height()


def test_they_come_with_the_backward_pass(open_chain):
    panel, session = open_chain(Experiment(steps=6, hidden=3))
    for position, count in ((6.0, 0), (7.0, 0), (8.0, 1), (10.0, 3), (13.0, 6), (14.0, 6)):
        session.seek(position)
        assert len(panel.view.frame.norms.shown()) == count, position


def test_the_key_turns_them_on_and_off_and_a_session_keeps_them(drive):
    driver = drive(natural("echo", steps=4, hidden=2))
    driver.key(Qt.Key.Key_D)
    assert driver.session.view.digits
    assert from_text(to_text(driver.session.trace, view=driver.session.view)).view.digits
    driver.key(Qt.Key.Key_D)
    assert not driver.session.view.digits


@pytest.mark.parametrize(
    ("experiment", "size", "said"),
    [
        (Experiment(steps=200, hidden=6), (1270, 460), "No room for digits at T = 200"),
        (Experiment(steps=14, hidden=6), (731, 300), "No room for digits at T = 14"),
        (Experiment(steps=6, hidden=6), (1270, 460), "No room for the digits of hₜ, sₜ: "),
        (Experiment(steps=3, hidden=2), (1270, 700), ""),
    ],
)
def test_what_has_no_room_is_said_once(show_panel, experiment, size, said):
    panel, session = show_panel(ChainPanel(), Session(experiment), *size)
    session.seek(session.timeline.complete)
    shot(panel)
    before, messages = {item.letter for item in panel.view.tiles.items}, []
    session.message.connect(messages.append)
    session.set_view(digits=True)
    assert len(messages) == bool(said) and all(said in text for text in messages)
    rows, view = panel.view.painter.digits.rows, panel.view
    text = messages[0] if messages else ""
    assert ("No room for digits" in text) == (not rows)
    assert ("Beside digits" in text) == (before != {item.letter for item in view.tiles.items})
    if not rows:
        assert not view.layout.digits and view.frame.norms is not None, "nodes do not grow for nothing"
    session.change(w_gain=0.7)
    session.update()
    session.set_view(digits=False)
    assert len(messages) == bool(said)
