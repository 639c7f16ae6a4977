"""Two cells side by side: the open one and the same step of a pinned run, on one scale."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.experiment import Experiment
from core.maths.arrays import norms
from explorer.panels.cell.panel import CellPanel
from explorer.session.session import Session
from explorer.style.numbers import power


@pytest.fixture
def pair(show_panel):
    """A GRU open beside a pinned LSTM of `steps` steps."""

    def make(width=1100, height=460, steps=6):
        session = Session(Experiment(cell="lstm", steps=steps, hidden=3))
        session.pin()
        session.change(cell="gru", steps=6)
        session.update()
        panel, _ = show_panel(CellPanel(), session, width, height)
        session.enter(session.trace.scan.name)
        return panel, session

    return make


def test_the_same_step_of_the_pinned_run_stands_beside_it_on_one_scale(pair):
    panel, session = pair()
    assert panel.beside.other is None and not panel.beside.diagram.isVisible()
    panel.commands()["beside"]()
    session.seek_to("backward", 4)
    QApplication.processEvents()
    here, there = panel.diagram.step, panel.beside.diagram.step
    assert panel.beside.diagram.isVisible() and panel.pair.isChecked()
    assert there.interior.cell.name == "lstm"
    assert (here.limit, here.input_limit, here.high) == (there.limit, there.input_limit, there.high)
    pinned = session.pins[0].trace
    np.testing.assert_array_equal(there.values["c"], pinned.values[pinned.scan.name, "c"][3, 0])
    np.testing.assert_array_equal(there.gradients["c"], pinned.exact[pinned.scan.name, "c"][3, 0])
    assert panel.beside.diagram.progress.gradients >= {"c"}
    left, right = panel.beside.diagram.mapTo(panel, panel.beside.diagram.rect().topLeft()), panel.diagram.geometry()
    assert left.x() >= right.right()
    size = float(norms(pinned.exact[pinned.scan.name, "c"])[3])
    assert power(size) in panel.beside.names[1].text() and "pinned 1" in panel.beside.names[1].text()
    assert "First GRU of this run, then LSTM of the pinned run" in panel.accessibleDescription()
    assert "step 4" in panel.accessibleDescription()


def test_the_scale_is_that_of_the_larger_numbers_and_the_runs_own_again_when_it_is_alone(pair):
    panel, _ = pair()
    alone = panel.opened.limit, panel.opened.input_limit, panel.opened.high
    panel.show_beside()
    both = panel.opened.limit, panel.opened.input_limit, panel.opened.high
    assert all(a <= b for a, b in zip(alone, both, strict=True))
    panel.show_beside()  # after the last pinned run none
    assert panel.beside.other is None and not panel.beside.diagram.isVisible()
    assert (panel.opened.limit, panel.opened.input_limit, panel.opened.high) == alone


def test_the_key_goes_through_the_pinned_runs_and_unpinning_ends_it(pair):
    panel, session = pair()
    session.change(cell="tanh")
    session.update()
    session.pin()
    seen = []
    for _ in range(3):
        panel.show_beside()
        seen.append(panel.beside.other and panel.beside.other.scan.cell.name)
    assert seen == ["lstm", "tanh", None]
    panel.show_beside()
    session.unpin()
    assert panel.beside.other is None and panel.chosen() is None and not panel.pair.isVisible()


def test_without_a_pinned_run_or_an_open_cell_it_says_what_to_do(show_panel):
    session = Session(Experiment(cell="gru", steps=3, hidden=2))
    panel, _ = show_panel(CellPanel(), session, 1100, 460)
    said = []
    session.message.connect(said.append)
    panel.show_beside()
    assert "Open a cell first" in str(said[-1])
    session.enter(session.trace.scan.name)
    panel.show_beside()
    assert "Pin a run first" in str(said[-1]) and panel.beside.other is None


def test_a_shorter_run_shows_its_last_step_and_says_so(pair):
    panel, session = pair(steps=4)
    panel.show_beside()
    session.seek_to("forward", 6)
    pinned = session.pins[0].trace
    shown = panel.beside.diagram.step.values["s"]
    np.testing.assert_array_equal(shown, pinned.values[pinned.scan.name, "s"][3, 0])
    assert "which ends at step 4" in panel.accessibleDescription()


@pytest.mark.parametrize(("width", "height", "direction"), [(1100, 460, "beside"), (700, 620, "above"), (700, 400, "")])
def test_where_there_is_no_room_for_two_it_says_what_makes_some(pair, width, height, direction):
    panel, _ = pair(width, height)
    panel.show_beside()
    QApplication.processEvents()
    first, second = panel.diagram, panel.beside.diagram
    assert second.isVisible() is bool(direction)
    texts = [label for label in panel.beside.names if label.isVisible()]
    assert all(label.fontMetrics().horizontalAdvance(label.text()) <= label.width() for label in texts)
    if direction == "beside":
        assert abs(first.width() - second.width()) <= 1
    elif direction == "above":
        assert first.y() + first.height() <= second.y() and first.width() == second.width()
    else:
        assert "F5" in texts[0].text() and first.width() > width - 60


def test_the_key_is_the_windows(drive):
    driver = drive(Experiment(cell="gru", steps=3, hidden=2), size=(1500, 900))
    driver.session.pin()
    driver.session.enter(driver.session.trace.scan.name)
    driver.settle()
    driver.key(Qt.Key.Key_S)
    assert driver.window.panels["cell"].beside.other is not None
