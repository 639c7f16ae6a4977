"""A matrix opens at its edge: every number whole, changed there, the run before as a ghost."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.analysis.input_gradients import input_gradient
from core.chain.losses import loss_nodes
from core.experiment import Experiment, natural
from core.trace import Trace
from explorer.items.before import lower_edge
from explorer.items.chain.layout import Detail
from explorer.panels.chain.matrix_here import MatrixHere
from explorer.session.session import Selection
from tests.explorer.driving import double_click

LEFT = Qt.MouseButton.LeftButton


def shown(driver) -> list[MatrixHere]:
    QApplication.sendPostedEvents(None, 52)  # deferred deletions
    return [each for each in driver.window.findChildren(MatrixHere) if each.isVisible()]


def click_twice(chain, place: QPoint) -> None:
    QTest.mouseClick(chain, LEFT, pos=place)
    double_click(chain, place)


def middle(chain, source: str, target: str, recurrent: bool, t: int) -> QPoint:
    link = chain.view.scene.link(source, target, recurrent)
    return chain.view.painter.edges.curve(link, t).path.pointAtPercent(0.5).toPoint()


def test_at_1280_by_720_a_6_by_6_w_has_all_its_numbers(drive):
    driver = drive(Experiment(), size=(1280, 720))
    chain = driver.window.panels["chain"]
    click_twice(chain, middle(chain, "s", "h", True, 7))
    (here,) = shown(driver)
    assert here.key == "L1.W" and driver.window.rect().contains(here.geometry())
    layout, cells = here.map.layout_of_cells, here.map.cells()
    assert layout.numbered and not here.map.horizontalScrollBar().maximum() + here.map.verticalScrollBar().maximum()
    for i in range(6):
        for k in range(6):
            place = here.map.cell_rect(i, k)
            assert here.map.viewport().rect().contains(place.toAlignedRect().adjusted(1, 1, -1, -1))
            assert layout.metrics.horizontalAdvance(cells.text(i, k)) <= place.width() - 2
            assert layout.metrics.height() <= place.height()


def test_numbers_change_there_and_the_run_before_is_a_ghost_until_it_closes(drive):
    driver = drive(Experiment(steps=6, hidden=3))
    chain, session = driver.window.panels["chain"], driver.session
    norms = driver.window.panels["norms"]
    before = session.trace
    session.seek(session.timeline.complete)
    chain.setFocus()
    session.select(Selection("h", 4, "s", True))
    driver.key(Qt.Key.Key_Return)
    (here,) = shown(driver)
    assert here.map.hasFocus()
    curves = len(norms._curves)
    for key in "1.5":
        QTest.keyClick(QApplication.focusWidget(), key)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    driver.settle(2)
    assert session.trace.parameters["L1.W"][0, 0] == 1.5 and session.trace is not before
    assert session.screen.ghost is before and len(norms._curves) == curves + 1
    ghost = next(curve for curve in norms._curves if curve.label == "before")
    recorded = np.log10(np.sqrt((before.exact["L1", "s"] ** 2).sum(axis=(1, 2))))
    assert ghost.logs == pytest.approx(recorded, rel=1e-10)
    scene = driver.window.panels["chain"].view.scene
    row = scene.rows[scene.row_index("s")]
    assert row.before is not None
    assert np.array_equal(row.before.values[:, 0], before.values["L1", "s"][:, 0])
    assert np.array_equal(row.before.gradients[:, 0], before.exact["L1", "s"][:, 0])
    assert row.changed_values[:2].tolist() == [False, True], "W takes no part in the first step"
    assert "before the edit" in driver.window.panels["chain"].view.frame.legend.note
    driver.key(Qt.Key.Key_Escape)
    assert not driver.window.panels["chain"].view.scene.edited
    assert not shown(driver) and session.screen.ghost is None and len(norms._curves) == curves
    driver.key(Qt.Key.Key_Z, modifier=Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(session.trace.parameters["L1.W"], before.parameters["L1.W"])


def test_a_click_beside_it_closes_it_and_one_in_it_does_not(drive):
    driver = drive(Experiment(steps=6, hidden=3))
    chain = driver.window.panels["chain"]
    click_twice(chain, middle(chain, "s", "h", True, 4))
    (here,) = shown(driver)
    QTest.mouseClick(here.map.viewport(), LEFT, pos=here.map.cell_rect(1, 1).center().toPoint())
    assert shown(driver) and here.map.cell() == (1, 1)
    QTest.mouseClick(driver.window.panels["norms"], LEFT, pos=QPoint(5, 5))
    assert not shown(driver)


def test_a_gated_cell_has_one_for_each_gate_and_an_edge_without_one_says_so(drive):
    driver = drive(Experiment(cell="lstm", steps=5, hidden=2))
    chain, messages = driver.window.panels["chain"], []
    driver.session.message.connect(messages.append)
    chain.open_edge(Selection("gates", 3, "s", True))
    (here,) = shown(driver)
    assert [name.partition(".")[2] for name in here.names] == ["W_i", "W_f", "W_g", "W_o"]
    here.show_matrix(here.names[2])
    assert np.array_equal(here.matrix.values, driver.session.trace.named_parameters(
        driver.session.trace.parameters)["L1.W_g"])  # fmt: skip
    here.close()
    chain.open_edge(Selection("c", 3, "c", True))
    assert not shown(driver) and len(messages) == 1 and "no matrix" in messages[0]


def test_it_closes_where_another_cell_has_no_such_matrix(drive):
    driver = drive(Experiment(steps=5, hidden=2))
    chain = driver.window.panels["chain"]
    chain.open_edge(Selection("h", 3, "s", True))
    assert shown(driver)
    driver.session.change(cell="lstm")
    driver.settle(2)
    assert not shown(driver) and driver.session.screen.ghost is None


def test_a_tiles_double_click_opens_the_same(drive):
    driver = drive(Experiment(steps=5, hidden=3), size=(1366, 768))
    chain = driver.window.panels["chain"]
    driver.session.seek(driver.session.timeline.complete)
    driver.settle(2)
    tile = chain.view.tiles.items[2]
    click_twice(chain, tile.place.center().toPoint())
    (here,) = shown(driver)
    assert here.key == tile.name
    here.close()


def ghost_of(driver) -> Trace:
    """The run before W is made larger, at the end of the run after that."""
    session = driver.session
    before = session.trace
    session.screen.set_ghost(before)
    session.change(w_gain=1.4)
    session.update()
    session.seek(session.timeline.last)
    driver.settle(2)
    return before


def colour_at(chain, place: QRectF) -> int:
    return chain.grab().toImage().pixel(place.center().toPoint())


@pytest.mark.parametrize(("steps", "detail"), [(8, Detail.FULL), (60, Detail.COMPACT)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_loss_and_narrow_nodes_show_what_was_there_before_an_edit(drive, steps, detail, theme):
    driver = drive(Experiment(steps=steps, hidden=2, loss_at="every"), theme=theme)
    chain, before = driver.window.panels["chain"], ghost_of(driver)
    view, t = chain.view, 6
    assert view.layout.detail is detail
    loss, row = view.loss_row.picture, view.loss_row
    assert np.array_equal(loss.before.outputs, loss_nodes(before, 0).outputs)
    assert loss.changed(t - 1) == (True, False, True) and loss.changed(0) == (False, False, False)
    first, _, third = row._strips(row.node(t - 1))
    assert colour_at(chain, lower_edge(first)) == loss.before.colours[0][t - 1, 0] != loss.colours[0][t - 1, 0]
    assert colour_at(chain, lower_edge(third)) == loss.before.colours[2][t - 1, 0]
    index = view.scene.row_index("z")
    strip, _ = view.layout.strips(index, view.layout.node(index, t))
    now, then = view.scene.rows[index].value_colours, view.scene.rows[index].before.value_colours
    assert colour_at(chain, lower_edge(strip)) == then[t - 1, 0, 0] != now[t - 1, 0, 0]
    driver.session.screen.set_ghost(None)
    driver.settle(2)
    loss = chain.view.loss_row.picture
    assert loss.before is None and colour_at(chain, lower_edge(first)) == loss.colours[0][t - 1, 0]


def test_a_heat_map_shows_what_was_there_before_an_edit(drive):
    driver = drive(Experiment(steps=200, hidden=2, loss_at="every"))
    chain, before = driver.window.panels["chain"], driver.session.trace
    ghost_of(driver)
    view, t = chain.view, 120
    assert view.layout.detail is Detail.HEAT
    index = view.scene.row_index("z")
    row, whole = view.scene.rows[index], chain.grab().toImage()
    assert np.array_equal(row.before.values[:, 0], before.values["out", "z"][:, 0])
    strips = view.layout.strips(index, view.layout.node(index, t))
    for strip, now, then in zip(
        strips,
        (row.value_colours, row.gradient_colours),
        (row.before.value_colours, row.before.gradient_colours),
        strict=True,
    ):
        upper = QRectF(strip.x(), strip.y(), strip.width(), strip.height() / 2)
        seen = [whole.pixel(place.center().toPoint()) for place in (upper, lower_edge(strip))]
        assert seen == [now[t - 1, 0, 0], then[t - 1, 0, 0]] and seen[0] != seen[1]


def test_a_token_shows_its_gradient_from_before_an_edit(drive):
    driver = drive(natural("next-character", steps=8, hidden=3))
    chain, before = driver.window.panels["chain"], ghost_of(driver)
    tokens = chain.view.scene.rows[0].tokens
    assert tokens.before.texts == tokens.texts
    assert tokens.before.norms == pytest.approx(np.linalg.norm(input_gradient(before)[:, 0], axis=1))
    assert tokens.changed(3)
    inner, _ = chain.view.layout.strips(0, chain.view.layout.node(0, 3))
    place, ink = tokens.line_before(3, inner), int(tokens.before.inks[2])
    marked = distance(colour_at(chain, place), ink)
    driver.session.screen.set_ghost(driver.session.trace)
    driver.settle(2)
    assert chain.view.scene.rows[0].tokens.before is None
    assert marked < distance(colour_at(chain, place), ink) / 2, "its edges are smoothed"


def distance(some: int, other: int) -> int:
    a, b = QColor(some), QColor(other)
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())
