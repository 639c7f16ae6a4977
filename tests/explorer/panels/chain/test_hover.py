"""A node under the mouse says what it is, its value, its gradient, and the ratio to the next step's."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip

from core.cells import CELLS
from core.chain.rows import rows
from core.experiment import Experiment, natural
from core.glossary import entry_of
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.panels.chain.hover import REST_MS, node_tip
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Session
from explorer.style.numbers import number, power
from tests.explorer.suited import suited_to


def test_what_it_says_are_the_run_s_numbers(qapp):
    session = Session(Experiment(steps=9))
    session.seek(session.timeline.complete)
    s, ds = session.trace.values["L1", "s"][:, 0], session.trace.exact["L1", "s"][:, 0]
    for t in (1, 4, 8):
        here, after = float(np.linalg.norm(ds[t - 1])), float(np.linalg.norm(ds[t]))
        assert node_tip(session, ("s", t)).split("\n")[1:] == [
            f"value: norm {power(float(np.linalg.norm(s[t - 1])))}",
            f"gradient: norm {power(here)}",
            f"{number(here / after)} times that at t = {t + 1}",
            entry_of("state").says,
        ]
    assert node_tip(session, ("s", 4)).startswith("s₄: state at t = 4")
    assert "times that" not in node_tip(session, ("s", 9)), "there is no next step"


def test_it_tells_the_gradient_that_the_picture_shows(qapp):
    session = Session(Experiment(task="echo", loss_at="every", steps=6))
    session.seek(session.timeline.complete)
    session.set_view(share_at=4)
    size = float(np.linalg.norm(session.share["L1", "s"][2, 0]))
    assert f"gradient of ℓ₄ alone: norm {power(size)}" in node_tip(session, ("s", 3))


def test_what_is_not_computed_yet_is_not_told(qapp):
    session = Session(Experiment(steps=9))
    session.seek(0.0)
    assert node_tip(session, ("s", 4)).split("\n")[1:] == [entry_of("state").says]  # what it is, and no number
    session.seek_to(FORWARD, 5)
    assert "value" in node_tip(session, ("s", 4)) and "gradient" not in node_tip(session, ("s", 4))
    session.seek_to(BACKWARD, 3)
    assert "gradient" in node_tip(session, ("s", 4)) and "gradient" not in node_tip(session, ("s", 2))


@pytest.mark.parametrize(("cell", "batch"), [("relu", 1), ("relu", 3), ("tanh", 1), ("lstm", 1)])
def test_a_slope_of_0_or_1_is_told_in_units(qapp, cell, batch):
    session = Session(Experiment(cell=cell, steps=6, hidden=7, batch=batch))
    session.seek(session.timeline.complete)
    for t in (1, 3, 6):
        tip = node_tip(session, ("s", t))
        on = int((session.trace.values["L1", "s"][t - 1] > 0.0).sum())
        assert (f"\n{on} of {7 * batch} units" in tip) is (cell == "relu")
        assert "units are on" not in node_tip(session, ("x", t))


def every_node(session):
    session.seek(session.timeline.complete)
    for row in rows(session.trace):
        for t in range(1, session.trace.steps + 1):
            if row.piece(t) is not None:
                yield row.name, t


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_node_of_every_cell_says_something(qapp, cell):
    session = Session(suited_to(cell.name, steps=3, hidden=2))
    for node in every_node(session):
        lines = node_tip(session, node).split("\n")
        assert len(lines) >= 2 and all(line.strip() and "{" not in line for line in lines)


@pytest.mark.parametrize(
    ("task", "structure"),
    [("next-character", "1-n-feedback"), ("reverse", "encoder-decoder"), ("reverse", "attention")],
)
def test_every_node_of_every_structure_says_something(qapp, task, structure):
    session = Session(natural(task, structure=structure, steps=3, hidden=2, layers=2))
    for node in every_node(session):
        assert len(node_tip(session, node).split("\n")) >= 2


def test_the_mouse_rests_and_the_tip_is_there_and_goes_with_it(show_panel):
    session = Session(Experiment(steps=5))
    panel, _ = show_panel(ChainPanel(), session, 900, 380)
    session.seek(session.timeline.complete)
    QApplication.processEvents()
    place = panel.view.layout.node(1, 3).center()

    def move(to: QPointF) -> None:
        none = Qt.MouseButton.NoButton
        event = QMouseEvent(
            QMouseEvent.Type.MouseMove, to, QPointF(panel.mapToGlobal(to)), none, none, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(panel, event)

    move(place)
    assert panel.hover.node == ("h", 3) and panel.hover._rest.isActive()
    assert panel.hover._rest.interval() == REST_MS <= 120
    panel.hover._rest.timeout.emit()
    assert QToolTip.text() == node_tip(session, ("h", 3))
    move(place + QPointF(1, 1))
    assert panel.hover.node == ("h", 3), "it stays while the mouse is on the same node"
    move(QPointF(3, 3))
    assert panel.hover.node is None and not panel.hover._rest.isActive()
    QToolTip.hideText()
