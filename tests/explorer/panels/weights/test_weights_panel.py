"""W and dW: what is shown is what the run has, addend by addend; W is changed by hand; what each step makes is said."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.analysis.recurrence import recurrent_matrices
from core.arithmetic.running_sum import RunningSum
from core.cells import CELLS
from core.experiment import Experiment, natural
from core.notation.books import NOTATIONS
from explorer.panels.weights.panel import WeightsPanel
from explorer.panels.weights.words import percent
from explorer.session.session import Session
from explorer.style.formula import typeset_count
from explorer.style.numbers import number
from tests.explorer.driving import double_click
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(show_panel):
    """`desk(experiment)`: the panel at the end of a run, 260 px wide as in its dock."""

    def make(experiment=None, theme="light", size=(260, 330), end=True, **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        if end:
            session.seek(session.timeline.complete)
        panel, _ = show_panel(WeightsPanel(), session, *size)
        QApplication.processEvents()
        return panel

    return make


def laid_out(label, room) -> bool:
    return label.fontMetrics().horizontalAdvance(label.text()) <= room + 1


def check_every_moment(panel, most=24):
    """Every matrix, at up to so many beats: what is shown is the sum of the addends that are done."""
    session, trace = panel.session, panel.session.trace
    line = session.timeline
    for name in recurrent_matrices(trace):
        panel.show_matrix(name)
        sums, part = RunningSum(trace, name), name.partition(".")[0]
        whole = trace.named_parameters(trace.used_parameters)[name]  # nothing is clipped here
        for position in sorted({*np.linspace(0, line.last, most).round().tolist(), float(line.last)}):
            session.seek(position)
            done = trace.schedule.backward(part)
            there = [c for c in sums.columns if done[c - 1] <= line.backward_done(position)]
            assert panel.sum.map.empty == (not there)
            expected = sum((sums.addends.matrix(int(c)) for c in there), np.zeros(whole.shape))
            np.testing.assert_allclose(panel.sum.map.values, expected, atol=1e-9 * (np.abs(whole).max() + 1e-12))
        np.testing.assert_allclose(panel.sum.map.values, whole)
        np.testing.assert_array_equal(panel.map.cells().values, trace.named_parameters(trace.parameters)[name])
        symbol = panel.scene.matrix.symbol
        assert symbol in panel.over_map.toolTip() and panel.map.accessibleDescription().startswith(symbol)
        for label in (panel.over_map, panel.sum.over, panel.line):
            assert label.text() and laid_out(label, panel.body.width()), label.text()


def experiments(steps):
    yield from (suited_to(cell.name, steps=steps) for cell in CELLS)
    yield from (experiment_of(name, steps) for name in STRUCTURES)


@pytest.mark.parametrize("steps", [1, 3, 14, 200])
def test_every_cell_and_structure_shows_its_matrices_and_their_sums(desk, steps):
    panel, seen = desk(), 0
    for experiment in experiments(steps):
        session = Session(experiment)
        assert WeightsPanel.wanted(None, session) == bool(recurrent_matrices(session.trace))
        if not recurrent_matrices(session.trace):
            continue
        panel.bind(session)
        assert panel.choice.isHidden() == (len(recurrent_matrices(session.trace)) == 1)
        check_every_moment(panel, 24 if steps <= 14 else 5)
        panel.grab()
        seen += 1
    assert seen > 35


def test_nothing_is_there_before_the_backward_pass_and_the_sum_is_what_its_beat_shows(desk):
    panel = desk(end=False)
    session = panel.session
    assert panel.sum.map.empty and panel.sum.over.text() == "dW: none yet"
    session.seek(session.timeline.index("loss"))
    assert panel.sum.map.empty
    session.seek(session.timeline.index("backward", 9))
    assert panel.sum.over.text() == "dW: 6 of 14 steps" and "once the sum is done" in panel.sum.made.text()
    before = panel.sum.map.grab().toImage()
    session.seek(session.timeline.index("backward", 1))
    last = panel.sum.map.grab().toImage()
    assert last != before and "once the sum is done" in panel.sum.made.text()
    session.seek(session.timeline.complete)
    assert panel.sum.map.grab().toImage() != last  # its outline
    assert panel.sum.over.text() == "dW = Σ 14 steps"
    assert panel.sum.made.text().startswith("The last 3 steps, t = 12 … 14, make 9")


def drag(panel, cell, up, modifiers=Qt.KeyboardModifier.NoModifier):
    heat = panel.map
    at = heat.cell_rect(*cell).center()

    def send(kind, place, buttons):
        where = QPointF(heat.viewport().mapToGlobal(place.toPoint()))
        QApplication.sendEvent(heat.viewport(), QMouseEvent(kind, place, where, LEFT, buttons, modifiers))

    send(QEvent.Type.MouseButtonPress, at, LEFT)
    for k in range(1, 11):
        send(QEvent.Type.MouseMove, at - QPointF(0, up * k / 10), LEFT)
    send(QEvent.Type.MouseButtonRelease, at - QPointF(0, up), Qt.MouseButton.NoButton)


def test_a_drag_of_a_cell_changes_the_number_and_is_one_entry_of_the_history(desk):
    panel = desk()
    session = panel.session
    before, loss = session.trace.parameters["L1.W"].copy(), session.trace.loss
    drag(panel, (2, 4), 30)
    session.update()
    after = session.trace.parameters["L1.W"]
    assert after[2, 4] == pytest.approx(before[2, 4] + 0.3) and session.trace.loss != loss
    np.testing.assert_array_equal(np.argwhere(after != before), [[2, 4]])
    np.testing.assert_array_equal(panel.map.cells().values, after)
    session.undo()
    session.update()
    np.testing.assert_array_equal(session.trace.parameters["L1.W"], before)
    assert (session.selection.parameter, session.selection.entry) == ("L1.W", (2, 4))


@pytest.mark.parametrize("notation", [each.name for each in NOTATIONS])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_by_hand_in_any_book_the_number_under_the_mouse_is_the_one_that_changes(desk, notation, cell):
    panel = desk(cell=cell)
    session = panel.session
    session.set_view(notation=notation)
    for name in recurrent_matrices(session.trace):
        panel.show_matrix(name)
        shown = panel.map.cells().values.copy()
        drag(panel, (1, 3), 20)
        session.update()
        changed = panel.map.cells().values - shown
        assert changed[1, 3] == pytest.approx(0.2) and np.count_nonzero(np.abs(changed) > 1e-12) == 1
        assert panel.map.cell() == (1, 3) and panel.map.marked and panel.key == name


def test_wheel_and_keys_change_the_number_too(desk):
    panel = desk()
    session = panel.session
    panel.map.setFocus()
    panel.map.set_cell(0, 1)
    before = session.trace.parameters["L1.W"][0, 1]
    QTest.keyClick(panel.map, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    session.update()
    assert session.trace.parameters["L1.W"][0, 1] == pytest.approx(before + 0.1)
    QTest.keyClick(panel.map, Qt.Key.Key_2)
    assert panel.map.field.isVisible()
    QTest.keyClick(panel.map.field, Qt.Key.Key_Return)
    session.update()
    assert session.trace.parameters["L1.W"][0, 1] == 2.0
    panel.editing.rest()


def test_the_mouse_on_a_cell_of_either_map_tells_both_numbers(desk):
    panel = desk()
    w, dw = panel.map.cells().values, panel.sum.map.values
    said = panel.line.text()
    for emit in (panel.map.hovered.emit, panel.sum.map.hovered.emit):
        emit(1, 2)
        assert panel.line.text().startswith("W[2, 3] = ") and "d = " in panel.line.text()
        assert laid_out(panel.line, panel.body.width())
        emit(-1, -1)
        assert panel.line.text() == said == "σ 0.800   ρ 0.800"
    assert panel.map.says(1, 2).startswith(f"W[2, 3] = {number(float(w[1, 2]))}, dW[2, 3] = ") and dw[1, 2]


@pytest.mark.parametrize("notation", ["row", "ng", "pytorch"])
@pytest.mark.parametrize("structure", ["attention", "two-layers-both-ways", "two-layers"])
@pytest.mark.parametrize("width", [240, 300])
def test_the_chosen_matrix_is_named_whole_beside_the_title_or_under_it(desk, notation, structure, width):
    panel = desk(experiment_of(structure, 5).with_changes(cell="lstm"), size=(width, 380))
    panel.session.set_view(notation=notation)
    QApplication.processEvents()
    assert panel.choice.isVisible() and panel.choice.width() >= panel.choice.sizeHint().width()
    assert not panel.choice.geometry().intersects(panel.heading.geometry())


def test_large_matrices_are_pictures_whose_double_click_opens_the_numbers(desk):
    panel = desk(hidden=64)
    session, asked = panel.session, []
    session.edit_requested.connect(lambda name, index: asked.append(name))
    assert not panel.map.by_hand
    before = session.trace.parameters["L1.W"].copy()
    drag(panel, (2, 4), 30)
    session.update()
    np.testing.assert_array_equal(session.trace.parameters["L1.W"], before)
    double_click(panel.map.viewport(), QPoint(30, 30))
    assert asked == ["L1.W"]


def test_the_brush_leaves_what_is_so_many_steps_back(desk):
    panel = desk()
    sums = RunningSum(panel.session.trace, "L1.W")
    panel.sum.bars.brushed_to.emit(10)
    rest = sum(sums.addends.matrix(t) for t in range(1, 11))
    np.testing.assert_allclose(panel.sum.map.values, rest, atol=1e-12)
    share = float((rest * sums.total).sum() / (sums.total**2).sum())
    assert panel.sum.made.text().startswith(f"4 and more steps back (t = 1 … 10): {percent(share)} of dW")
    assert panel.sum.over.text() == "4+ steps back"
    panel.sum.bars.brushed_to.emit(0)
    np.testing.assert_allclose(panel.sum.map.values, sums.total)
    panel.sum.bars.setFocus()
    QTest.keyClick(panel.sum.bars, Qt.Key.Key_BracketLeft)
    QTest.keyClick(panel.sum.bars, Qt.Key.Key_BracketLeft)
    assert panel.sum.lag == 2
    QTest.keyClick(panel.sum.bars, Qt.Key.Key_BracketRight)
    assert panel.sum.lag == 1
    QTest.keyClick(panel.sum.bars, Qt.Key.Key_Delete)
    assert panel.sum.lag is None


def test_one_step_that_makes_all_of_it_is_said_so(desk):
    panel = desk(truncate=1)
    assert panel.sum.made.text().startswith("The last step, t = 14, makes all of dW.")
    panel.session.change(truncate=None)
    panel.session.update()
    panel.session.seek(panel.session.timeline.complete)
    assert panel.sum.made.text().startswith("The last 3 steps")


def test_whose_gradient_it_is_is_said_while_the_chain_shows_that_of_one_term(desk):
    panel = desk(task="echo", loss_at="every", steps=6)
    session, before = panel.session, panel.sum.map.values.copy()
    session.set_view(share_at=4)
    assert panel.sum.over.text() == "dW of L = Σ" and np.array_equal(panel.sum.map.values, before)
    assert " of dW of L." in panel.sum.made.text()
    session.set_view(share_at=None)
    assert panel.sum.over.text() == "dW = Σ 6 steps" and " of dW." in panel.sum.made.text()


def test_what_training_uses_is_said_where_it_differs(desk):
    assert "‖dW‖" not in desk().sum.made.text()
    text = desk(truncate=4, clip_norm=0.5).sum.made.text()
    assert "truncated; exact its norm is" in text and "clipped to norm" in text and "before it is used" in text


def test_a_hidden_error_is_not_given_away(desk):
    panel = desk(steps=6)
    panel.session.hunt.start(1)
    assert panel.sum.over.text() == "dW: hidden" and panel.sum.map.empty and panel.sum.made.isHidden()
    panel.session.hunt.give_up()
    assert not panel.sum.map.empty


def test_while_time_moves_the_core_runs_nothing_and_a_beat_without_an_addend_draws_nothing(desk):
    panel = desk(steps=50)
    session = panel.session
    scene, runs, typeset = panel.scene, session.runs, typeset_count()
    painted = []
    panel.sum.map.paint, paint = lambda *a: (painted.append(1), paint(*a)), panel.sum.map.paint
    session.seek(0.0)
    QApplication.processEvents()
    painted.clear()
    for position in np.arange(0.0, session.timeline.index("loss"), 0.25):
        session.seek(float(position))
        QApplication.processEvents()
    assert not painted and (panel.scene, session.runs, typeset_count()) == (scene, runs, typeset)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
@pytest.mark.parametrize("hidden", [1, 6, 30, 256])
def test_it_is_drawn_at_every_size(desk, theme, hidden):
    panel = desk(hidden=hidden, theme=theme, size=(380, 460))
    picture = panel.grab().toImage()
    assert len({picture.pixelColor(x, 110).name() for x in range(15, 360, 3)}) > 1
    assert panel.sum.map.height() == panel.map.height() >= 14


def test_folded_it_does_nothing_and_catches_up(desk):
    panel = desk()
    panel.heading.setChecked(False)
    scene = panel.scene
    panel.session.change(w_gain=0.5)
    panel.session.update()
    assert panel.scene is scene and panel.chosen() == {"matrix": "L1.W", "unfolded": False}
    panel.heading.setChecked(True)
    assert panel.scene is not scene


def test_the_window_stands_it_under_the_experiment_and_remembers_that_it_is_folded(drive):
    driver = drive()
    panel, window = driver.window.panels["weights"], driver.window
    experiment = window.panels["experiment"]
    top = panel.mapTo(window, QPoint(0, 0)).y()
    assert experiment.mapTo(window, QPoint(0, experiment.height())).y() <= top
    assert panel.mapTo(window, QPoint(0, panel.height())).y() <= window.height()
    driver.session.change(cell="feedforward")
    driver.settle()
    assert not panel.isVisible()
    driver.session.change(cell="tanh")
    driver.settle()
    assert panel.isVisible() and panel.sum.bars.isVisible()
    window.resize(1280, 600)  # narrower it is in a drawer
    driver.settle(3)
    driver.settle(3)
    assert panel.isVisible() and not panel.sum.bars.isVisible() and experiment.height() > 200
    panel.heading.click()
    window.close()
    assert driver.settings.value("panel/weights", {}) == {"matrix": "L1.W", "unfolded": False}


def test_it_is_as_high_as_what_it_shows(desk):
    panel = desk(natural("echo", steps=8))
    before = panel.sizeHint().height()
    panel.heading.setChecked(False)
    QApplication.processEvents()
    assert panel.sizeHint().height() < before / 3


def test_a_long_sentence_has_its_room_at_once_and_nothing_moves_within_a_run(drive):
    driver = drive(size=(1366, 768))
    session, panel = driver.session, driver.window.panels["weights"]
    shown = (panel.map, panel.line, panel.sum.bars, panel.sum.made)

    def places() -> list[tuple[int, int]]:
        tops = [each.mapTo(panel, QPoint(0, 0)).y() for each in shown]
        found = [(top, top + each.height()) for top, each in zip(tops, shown, strict=True)]
        assert all(above[1] <= below[0] for above, below in pairwise(found)), panel.sum.made.text()
        assert found[-1][1] <= panel.height()
        return found

    driver.settle()
    short = places()
    for changes in ({"truncate": 5}, {"clip_norm": 0.01}):
        session.change(**changes)
        driver.settle()  # a frame, in which Qt has not laid out the dock yet
        before = places()
        session.seek(session.timeline.complete)
        driver.settle()
        assert places() == before
        panel.sum.bars.brushed_to.emit(5)
        assert places() == before
        session.seek(0.0)
        driver.settle()
        assert places() == before
    assert "truncated; exact its norm" in panel.sum.made_at_end and "clipped to norm" in panel.sum.made_at_end
    assert before[-1][1] - before[-1][0] > short[-1][1] - short[-1][0]
