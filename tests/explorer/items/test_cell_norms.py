"""Beside every strip of a cell its norm, or beside none; what a node is on all nodes, or on none."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from core.cells import CELLS
from core.interior.diagram import INPUT
from explorer.items.cell.captions import CellCaptions
from explorer.items.cell.norms import NormEntry, NormTable
from explorer.items.cell.painter import WIDEST_NORM, norm_font, norm_text
from explorer.panels.cell.panel import CellPanel
from explorer.session.session import Session
from explorer.style.numbers import power
from explorer.style.theme import LIGHT
from tests.explorer.suited import suited_to

SIZES = ((460, 250), (740, 460), (1250, 700))


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("steps", [1, 3, 50])
def test_norms_and_what_nodes_are_stand_on_all_or_on_none(qtbot, cell, steps):
    session = Session(suited_to(cell, steps=max(steps, 2), hidden=4))
    panel = CellPanel()
    qtbot.addWidget(panel)
    panel.bind(session)
    session.seek(session.timeline.complete)
    session.enter()
    for size in SIZES:
        panel.resize(*size)
        panel.grab()
        diagram = panel.diagram
        layout, step = diagram.cell_layout(), diagram.step
        metrics = QFontMetricsF(norm_font(diagram.font(), session.theme, layout.lone))
        for name, box in layout.boxes.items() if layout.norm_room else ():
            for strip, place in zip(layout.strips(name), layout.norm_places(name), strict=True):
                assert box.contains(strip) and box.contains(place) and not strip.intersects(place)
            for value in (step.norm(name), step.gradient_norm(name)):
                assert norm_text(value, layout.norm_places(name)[0].width(), metrics), (name, value)
        table = diagram.norms
        assert not (layout.norm_room and table.isVisibleTo(diagram)), "once is enough"
        assert table.isHidden() or table.complete
        captions = CellCaptions(layout, diagram._made().nets, step, session.theme, diagram.font(), 6.0)
        roles = [each.text for each in captions.places() if each.role]
        titled = [node for node in step.interior.nodes if node.name in layout.boxes and step.title(node)]
        assert len(roles) in (0, len(titled))
    session.deleteLater()


@pytest.mark.parametrize("size", [(882, 271), (742, 320), (1296, 526)], ids=["960×600", "1366×768", "1920×1080"])
def test_every_node_has_its_norm_beside_it_in_windows_of_three_sizes(qtbot, size):
    panel = CellPanel()
    qtbot.addWidget(panel)
    for cell in CELLS:
        session = Session(suited_to(cell.name, steps=14, hidden=6))
        panel.bind(session)
        panel.resize(*size)
        session.enter()
        panel.grab()
        layout = panel.diagram.cell_layout()
        assert layout.norm_room > 0, cell.name
        boxes = [name for name in layout.boxes if name != INPUT]
        assert all(strip.width() >= 16 for name in boxes for strip in layout.strips(name)), cell.name
        assert panel.diagram.norms.isHidden(), cell.name
        session.deleteLater()


def test_a_norm_is_whole_or_not_there(qapp):
    metrics = QFontMetricsF(norm_font(QFont(), LIGHT))
    room = metrics.horizontalAdvance(WIDEST_NORM)
    assert norm_text(2.54e-3, room, metrics) == power(2.54e-3, 2)
    assert norm_text(2.54e-120, room, metrics) in (power(2.54e-120, 1), "")
    for size in (1.0, 3e-5, 4e-99, 1e-300, 0.0, math.inf):
        assert metrics.horizontalAdvance(norm_text(size, room, metrics)) <= room + 2
    assert norm_text(2.54e-3, 5.0, metrics) == ""


def test_a_table_that_would_drop_a_row_is_not_complete(qtbot):
    table = NormTable()
    qtbot.addWidget(table)
    table.set_theme(LIGHT)
    table.set_data([NormEntry(f"s{k}", 1.0, None) for k in range(9)])
    table.place([QRectF(0, 0, 200, 400)])
    assert table.complete
    table.place([QRectF(0, 0, 150, 120)])
    assert not table.complete
