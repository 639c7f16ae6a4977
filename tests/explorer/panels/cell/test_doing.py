"""Do it yourself: the operations of every cell in their order, each done by its click and by no other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest

from core.cells import CELLS
from core.experiment import Experiment
from core.interior.diagram import interior
from core.notation.books.row import ROW
from explorer.items.cell.layout import CellLayout
from explorer.items.cell.order import ReadingOrder
from explorer.panels.cell.panel import CellPanel
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.theme import LIGHT
from tests.explorer.suited import suited_to

CELL = pytest.mark.parametrize("cell", [cell.name for cell in CELLS])


@pytest.fixture
def opened(qtbot):
    players = []

    def make(experiment: Experiment, position: float) -> CellPanel:
        session = Session(experiment)
        players.append(Player(session))
        panel = CellPanel()
        qtbot.addWidget(panel)
        panel.set_player(players[-1])
        panel.resize(900, 520)
        panel.bind(session)
        session.seek(position)
        session.enter()
        panel.show()
        return panel

    yield make
    for player in players:
        player.stop()


def click(panel: CellPanel, name: str) -> None:
    place = panel.diagram.cell_layout().target(name).center()
    QTest.mouseClick(panel.diagram, Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y())))


@CELL
@pytest.mark.parametrize("backward", [False, True])
def test_every_operation_waits_for_its_click_and_turns_into_its_value(opened, cell, backward):
    experiment = suited_to(cell, steps=5, hidden=3)
    panel = opened(experiment, 3.0 if not backward else 9.0)
    panel.toggle_doing()
    t, order = panel._now.t, panel.doing.order
    assert panel.doing.count == 0 and not set(order) & set(
        panel._progress.passed if backward else panel._progress.forward
    )
    declared = list(panel.opened.interior.order)
    assert list(order) == (declared[::-1] if backward else declared)
    for k, name in enumerate(order):
        assert panel.doing.waiting == name
        wrong = next((each for each in order[k + 1 :]), "")
        if wrong:
            click(panel, wrong)
            assert panel.doing.count == k and f"number {k + 1}" in panel.said.text(), "nothing is done out of order"
        click(panel, name)
        assert panel._now.t == t and panel.doing.count == k + 1
        done = panel._progress.passed if backward else panel._progress.forward
        assert set(order[: k + 1]) <= set(done) and not set(order[k + 1 :]) & set(done)
        assert panel.doing.sentences()[0].startswith(f"{k + 1} / {len(order)}")
    assert panel.doing.waiting == "" and "all of this step" in panel.doing.sentences()[0]
    panel.toggle_doing()
    assert panel.doing is None and not panel.said.isVisible()


def test_the_sentences_say_the_declared_operation_and_its_equation(opened):
    panel = opened(Experiment(cell="lstm", steps=4, hidden=2), 2.0)
    panel.toggle_doing()
    said = []
    while panel.doing.waiting:
        name = panel.doing.waiting
        click(panel, name)
        said.append((panel.opened.interior.by_name[name].operation.kind, panel.doing.sentences()[1]))
    assert all("times its matrix" in text for kind, text in said if kind == "linear")
    assert all("Through the function" in text for kind, text in said if kind in ("tanh", "sigmoid"))
    assert any("c₂" in text and kind == "add" for kind, text in said)


def test_the_key_and_the_keyboard_do_it_without_a_mouse(drive):
    driver = drive(Experiment(steps=5, hidden=3))
    driver.session.seek(3.0)
    messages = []
    driver.session.message.connect(messages.append)
    driver.key(Qt.Key.Key_Y)
    assert len(messages) == 1 and "Enter" in messages[0], "there is no cell open"
    driver.session.enter()
    driver.settle()
    panel = driver.window.panels["cell"]
    panel.setFocus()
    driver.key(Qt.Key.Key_Y)
    assert panel.doing.count == 0 and panel.yourself.isChecked()
    for _ in range(2):
        panel.node = panel.doing.waiting
        driver.key(Qt.Key.Key_Return)
    assert panel.doing.waiting == "" and driver.session.inside == "L1"
    driver.key(Qt.Key.Key_Y)
    assert panel.doing is None and not panel.yourself.isChecked()
    driver.key(Qt.Key.Key_Y)
    driver.key(Qt.Key.Key_Backspace)
    assert panel.doing is None, "it ends where the cell is left"


@CELL
@pytest.mark.parametrize("size", [(460, 250), (700, 420), (1250, 700)])
def test_the_numbers_stand_free_of_each_other(qapp, cell, size):
    session = Session(suited_to(cell, steps=3, hidden=3))
    diagram = interior(session.trace.scan.cell, ROW)
    layout = CellLayout(diagram, QRectF(4, 2, size[0] - 8, size[1] - 6), 15.6, 50.0)
    badges = ReadingOrder(layout, diagram.order, QFont(), LIGHT).badges()
    assert list(badges) == list(diagram.order)
    for (a, one), (b, other) in itertools.combinations(badges.items(), 2):
        assert not one.adjusted(1, 1, -1, -1).intersects(other), (a, b)
    assert np.all([each.left() >= 0 and each.bottom() <= size[1] for each in badges.values()])
    session.deleteLater()
