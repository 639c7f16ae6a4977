"""The inside of a cell in the window: entered and left, walked and played, by mouse and keyboard."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.cells import CELLS
from core.experiment import Experiment, natural
from core.faults import fault_named
from core.timeline.timeline import BACKWARD, FORWARD, LOSS
from explorer.panels.cell.panel import CellPanel
from explorer.session.session import Change, Selection, Session
from explorer.style.formula import typeset_count
from tests.explorer.pixels import pixels, shot
from tests.explorer.suited import suited_to

LSTM = Experiment(cell="lstm", steps=9, hidden=3)


@pytest.fixture
def panel(qtbot):
    """A panel by itself, with a session of its own."""

    def make(experiment=LSTM, part=None, **view):
        session = Session(experiment)
        session.set_view(**view)
        made = CellPanel()
        qtbot.addWidget(made)
        made.resize(740, 460)
        made.bind(session)
        session.enter(part)
        made.show()
        return made, session

    return make


def test_return_enters_and_backspace_escape_and_the_button_leave(drive):
    driver = drive(LSTM)
    cell, chain = driver.window.panels["cell"], driver.window.panels["chain"]
    assert (chain.isVisible(), cell.isVisible()) == (True, False)
    driver.session.select(Selection("c", 4))
    driver.key(Qt.Key.Key_Return)
    assert (chain.isVisible(), cell.isVisible()) == (False, True)
    assert driver.session.time.t == 4
    assert cell.hasFocus()
    assert driver.window.central_panels[0] is cell
    driver.key(Qt.Key.Key_Backspace)
    assert (chain.isVisible(), cell.isVisible()) == (True, False)
    driver.key(Qt.Key.Key_Return)
    node = cell.diagram.cell_layout().boxes["f"].center().toPoint()
    QTest.mouseClick(cell.diagram, Qt.MouseButton.LeftButton, pos=QPoint(node))
    driver.key(Qt.Key.Key_Escape)  # clears the selection first
    assert driver.session.selection is None
    assert driver.session.inside
    driver.key(Qt.Key.Key_Escape)
    assert not driver.session.inside
    driver.key(Qt.Key.Key_Return)
    QTest.mouseClick(cell.back, Qt.MouseButton.LeftButton)
    assert not driver.session.inside
    driver.key(Qt.Key.Key_Return)
    driver.session.change(cell="tanh")
    driver.settle()
    assert driver.session.inside  # another cell in the same place
    assert set(cell.opened.interior.by_name) == {"h", "s", "x", "s_prev"}


def test_presenting_shows_the_cell_alone_and_a_button_keeps_return_for_itself(drive):
    driver = drive(LSTM)
    driver.window.panels["timeline"].loop.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(Qt.Key.Key_Return, Qt.Key.Key_Backspace)
    assert not driver.session.inside
    driver.window.panels["chain"].setFocus()
    driver.key(Qt.Key.Key_Return)
    driver.window.presented.arrange(True)  # what F5 does, without another theme
    shown = [panel.name for panel in driver.window.panels.values() if panel.isVisible()]
    assert "cell" in shown
    assert not {"chain", "norms", "memory", "experiment", "inspector"} & set(shown)
    driver.key(Qt.Key.Key_Backspace)
    assert driver.window.panels["chain"].isVisible()
    assert not driver.window.panels["cell"].isVisible()


def test_the_arrows_walk_steps_and_stop_and_comma_walk_operations(drive):
    driver = drive(LSTM)
    driver.session.seek(2.0)
    driver.key(Qt.Key.Key_Return)
    cell = driver.window.panels["cell"]
    driver.key(Qt.Key.Key_Right)
    assert driver.session.time[:3] == (FORWARD, 3, 1.0)
    count = len(cell.opened.interior.order)
    driver.key(Qt.Key.Key_Period)
    assert driver.session.position == pytest.approx(3 + 1 / count)
    assert set(cell.diagram.progress.forward) == {"x", "s_prev", "c_prev", "h_i"}
    assert cell.diagram.progress.live == "h_f"
    for _ in range(count):
        driver.key(Qt.Key.Key_Period)
    assert driver.session.position == pytest.approx(4 + 1 / count)
    driver.key(Qt.Key.Key_Comma, Qt.Key.Key_Comma)
    assert driver.session.position == pytest.approx(4 - 1 / count)
    assert driver.session.time.t == 4
    driver.session.seek(driver.session.timeline.index(LOSS))
    driver.key(Qt.Key.Key_Period)
    assert cell.diagram.progress.passed == {"s"}
    assert driver.session.time.phase == BACKWARD
    driver.session.leave()
    driver.key(Qt.Key.Key_Home, Qt.Key.Key_Period)
    assert driver.session.position == 1.0  # on the chain a whole beat


def test_it_plays_operation_by_operation_slower_than_the_chain(drive):
    driver = drive(LSTM)
    driver.session.seek(0.0)
    before = driver.player.beats_per_second
    driver.key(Qt.Key.Key_Return)
    cell = driver.window.panels["cell"]
    count = len(cell.opened.interior.order)
    assert driver.player.beats_per_second == pytest.approx(1 / (0.4 * count))
    driver.key(Qt.Key.Key_Space)
    order = []
    for _ in range(round(0.4 * count * 1.5 / 0.1)):
        driver.clock.now += 0.1
        driver.player.frame()
        if cell.diagram.progress.live and cell.diagram.progress.live not in order[-1:]:
            order.append(cell.diagram.progress.live)
    wanted = list(cell.opened.interior.order) * 2
    assert len(order) > count
    assert order == wanted[: len(order)]
    driver.player.still = True
    driver.play(0.35, step=0.05)
    place = driver.session.position * count
    assert place == pytest.approx(round(place))
    driver.player.pause()
    driver.session.leave()
    assert driver.player.beats_per_second == before


def test_a_click_selects_a_node_and_the_arrows_go_on_from_it(panel):
    made, session = panel()
    session.seek(session.timeline.complete - 3.0)
    column = made._now.column
    layout = made.diagram.cell_layout()
    QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=layout.boxes["g"].center().toPoint())
    assert session.selection == Selection("gates", column, record="g")
    assert made.diagram.selected == "g"
    QTest.keyClick(made, Qt.Key.Key_Down)
    assert session.selection == Selection("gates", column, record="h_g")
    QTest.keyClick(made, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.selection == Selection("gates", column, record="h_i")
    QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=layout.boxes["c_prev"].center().toPoint())
    assert session.selection == Selection("c", column - 1, record="c")
    assert made.diagram.selected == "c_prev"
    QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=layout.boxes["x"].center().toPoint())
    assert session.selection == Selection("x", column)
    QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=layout.signs["keep"].center().toPoint())
    assert session.selection == Selection("c", column, record="keep")  # computed on the way, in its operation's row
    assert made.node == made.diagram.selected == "keep"
    QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert session.selection is None


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
def test_every_cell_is_drawn_and_told_at_every_moment(panel, cell):
    made, session = panel(suited_to(cell, steps=4, hidden=2))
    for place in (0.0, 1.4, 3.0, session.timeline.index(LOSS), session.timeline.complete - 2.4, session.timeline.last):
        session.seek(place)
        made.grab()
        told = made.sentences()
        assert set(told) == set(made.opened.interior.by_name)
        assert all(text.endswith(".") for text in told.values())
    assert made.accessibleDescription() in told.values()
    assert f"step 1 of {made.opened.steps}" in made.accessibleName()


def test_the_sentence_of_a_node_has_its_numbers(panel):
    made, session = panel(Experiment(cell="lstm", steps=3, hidden=1))
    session.seek(1.0)
    assert "no gradient yet" in made.sentences()["c"]
    session.seek(session.timeline.complete - 2.0)
    t = made._now.t
    value = session.trace.values["L1", "c"][t - 1, 0, 0]
    gradient = session.gradients["L1", "c"][t - 1, 0, 0]
    told = made.sentences()["c"]
    for number in (value, gradient):
        assert f"{number:.3g}" in told.replace("e-0", "e-"), told
    assert "it comes from" in told


def test_the_header_says_where_it_is_and_what_is_computed(panel):
    made, session = panel(Experiment(cell="lstm", layers=2, steps=9, hidden=3), part="L1")
    session.seek(session.timeline.index(BACKWARD, 7) - 1 + 0.01)
    assert made.where.text() == "Cell LSTM, layer 1, step 7 of 9, backward"
    assert "∂L/∂o⁽¹⁾₇" in made.equation.toolTip()
    came = [(each.name, each.label) for each in made.diagram.step.inflows]
    assert sorted(came) == [("c", "step 8"), ("s", "layer 2"), ("s", "step 8")]
    session.set_view(notation="ng")
    assert "⟨7⟩" in made.equation.toolTip()


def test_truncation_and_a_frozen_gate_are_said(panel):
    made, session = panel(Experiment(cell="lstm", steps=6, hidden=2, truncate=2).freeze("f", 1.0))
    session.seek(session.timeline.index(BACKWARD, 4))
    assert [each.label for each in made.diagram.step.inflows if each.cut] == ["step 5, cut"] * 2
    assert made.diagram.step.symbols["f"] == "f₄ ≡ 1"
    session.set_view(gradient="exact")
    assert not [each for each in made.diagram.step.inflows if each.cut]


def test_nothing_is_computed_for_a_cell_that_is_closed(panel):
    made, session = panel()
    session.leave()
    before = made.computed, made.diagram.builds
    session.change(w_gain=0.7)
    session.update()
    session.seek(3.5)
    assert (made.computed, made.diagram.builds) == before
    session.enter()
    assert made.computed == before[0] + 1


def counts(cell, session):
    return cell.computed, session.runs, typeset_count(), cell.diagram.builds


def test_playback_inside_computes_strokes_and_typesets_nothing_in_the_whole_window(drive):
    driver = drive(Experiment(cell="lstm", steps=50, hidden=3))
    driver.session.seek(60.0)
    driver.session.enter()
    driver.settle(3)
    for widget in driver.window.findChildren(QWidget):  # what waits until the person does nothing
        while getattr(widget, "_todo", lambda: None)() is not None:
            widget._typeset_one()
    cell, norms = driver.window.panels["cell"], driver.window.panels["norms"]
    before, strokes = counts(cell, driver.session), norms.renders
    for k in range(200):
        driver.session.seek(60.0 + 1.9 * k / 199)
        QApplication.processEvents()
    after = counts(cell, driver.session)
    assert (after[:3], norms.renders) == (before[:3], strokes)
    assert after[3] - before[3] <= 2


def test_the_ground_is_painted_once_a_beat_however_long_the_run(panel):
    made, session = panel(Experiment(cell="lstm", steps=1000, hidden=3))
    for start in (400.0, 1400.0):
        session.seek(start)
        made.grab()
        before = counts(made, session)
        for k in range(200):
            session.seek(start + 2.9 * k / 199)
            QApplication.processEvents()
        after = counts(made, session)
        assert after[:3] == before[:3]
        assert after[3] - before[3] == 3


def test_a_change_of_the_run_is_seen_at_once(panel):
    made, session = panel()
    session.seek(5.0)
    before = made.diagram.step.values["s"].copy()
    session.change(w_gain=0.3)
    session.update()
    assert not np.allclose(made.diagram.step.values["s"], before)
    session.changed.emit(Change.THEME)
    made.grab()


def test_a_click_on_what_comes_from_outside_goes_where_it_comes_from(panel):
    made, session = panel(Experiment(cell="lstm", layers=2, steps=9, hidden=3), part="L1")
    session.seek(session.timeline.index(BACKWARD, 5))
    made.grab()
    for key, wanted in ((("s", "layer 2"), ("L2", 5)), (("c", "step 6"), ("L2", 6))):
        ways = {(each.name, each.label): k for k, each in enumerate(made.diagram.step.inflows)}
        start, _ = made.diagram._painter._stubs()[ways[key]]
        QTest.mouseClick(made.diagram, Qt.MouseButton.LeftButton, pos=QPoint(round(start.x()) + 8, round(start.y())))
        made.grab()
        assert (session.inside, made._now.t) == wanted
        assert session.time[:3] == (BACKWARD, wanted[1], 1.0)


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_every_edge_has_the_ink_of_the_gradient_that_it_carries(panel, theme):
    made, session = panel(Experiment(cell="lstm", steps=12, hidden=3, w_gain=0.5))
    session.set_theme(theme)
    session.seek(session.timeline.complete)
    session.enter(None, 3)
    session.seek(session.timeline.complete)
    picture = made.diagram.grab().toImage()
    drawing, inks = made.diagram._painter, set()
    for net in drawing.nets:
        for segment in net.segments:
            place, colour = made.diagram.step.carried(segment.keys)
            length = (segment.end - segment.start).manhattanLength()
            at = (segment.start + segment.end) / 2
            covered = any(box.adjusted(-3, -3, 3, 3).contains(at) for box in drawing.tags.values())
            if place > 0.0 and length > 60 and not covered:
                assert picture.pixelColor(round(at.x()), round(at.y())) == colour, segment.keys
                inks.add(colour.name())
    assert len(inks) >= 3


def test_an_edge_that_carries_nothing_is_dashed_in_the_cell_too(panel):
    made, session = panel(Experiment(cell="lstm", steps=5, hidden=3, truncate=1))
    session.enter(None, 3)
    session.seek(session.timeline.complete)
    picture = pixels(shot(made.diagram))
    ground = QColor(session.theme.panel).red() - 40  # the line is darker, smoothed or not
    drawing, seen = made.diagram._painter, []
    for net in drawing.nets:
        for segment in net.segments:
            place, _ = made.diagram.step.carried(segment.keys)
            a, b = segment.start, segment.end
            if place < 0.0 and abs(a.y() - b.y()) < 1 and abs(a.x() - b.x()) > 80:
                left, right, y = round(min(a.x(), b.x())) + 24, round(max(a.x(), b.x())) - 24, round(a.y())
                seen.append((picture[y - 1 : y + 2, left:right, 2] < ground).any(axis=0))
    assert seen and 0.3 < np.median([each.mean() for each in seen]) < 0.9, "strokes with gaps"


def test_the_mouse_reads_off_nodes_and_the_sums_on_shared_edges(panel):
    made, session = panel(Experiment(cell="lstm", steps=5, hidden=3))
    session.seek(session.timeline.complete)
    made.grab()
    drawing, progress = made.diagram._painter, made.diagram.progress
    net = next(net for net in drawing.nets if net.source == "x")
    shared = max(net.segments, key=lambda each: len(each.keys))
    assert drawing.edges_under((shared.start + shared.end) / 2, progress) == {(f"h_{k}", "x") for k in "ifgo"}
    step = made.diagram.step
    assert step.sum_norm(shared.keys) == pytest.approx(step.gradient_norm("x"))
    assert step.edge_text(("keep", "c_prev")) == "∂L/∂c₁ ⊙ f₁"
    session.seek(4.0)
    assert not drawing.edges_under(shared.start, made.diagram.progress)
    QTest.mouseMove(made.diagram, made.diagram.cell_layout().boxes["f"].center().toPoint())
    made.grab()


def test_a_fault_is_said_and_named_only_where_it_is_told(panel):
    made, session = panel(Experiment(cell="tanh", steps=5, hidden=2, fault="bias-forgotten"))
    assert made.note.isVisible()
    named = session.hunt.named_fault
    assert named and made.note.text().startswith(f"Wrong on purpose ({named.title}): ")
    assert "follow the correct rules" in made.note.text() and made.note.text() in made.accessibleDescription()
    session.change(fault=None)
    session.update()
    assert not made.note.isVisible() and not made.note.text()
    assert session.hunt.start(3)
    session.enter()
    hunted = fault_named(session.trace.experiment.fault)
    assert hunted and made.note.text().startswith("Wrong on purpose, the error hidden: ")
    assert hunted.title not in made.note.text() + made.accessibleDescription()
    session.hunt.give_up()
    assert hunted.title in made.note.text()
    session.hunt.leave()
    assert not made.note.isVisible()


def test_it_says_whose_gradients_it_shows_while_the_chain_shows_those_of_one_term(panel):
    made, session = panel(Experiment(cell="lstm", task="echo", loss_at="every", steps=5, hidden=2))
    assert not made.note.isVisible()
    session.set_view(share_at=3)
    assert made.note.text() == "Gradients of the whole loss L, not of ℓ₃ alone." and made.note.isVisible()
    session.set_view(share_at=None)
    assert not made.note.isVisible()


def test_a_step_that_the_sample_does_not_have_is_copied_and_says_so(panel):
    made, session = panel(natural("surname", cell="lstm", hidden=3, batch=3))
    present = session.trace.data.present
    sample = int(np.argmin(present.sum(axis=0)))
    last = int(present[:, sample].sum())
    session.set_view(sample=sample)
    session.seek(session.timeline.complete)
    session.enter(None, last)
    assert not made.note.text() and not made.diagram.step.copied
    height = made.diagram.height()
    plain = made.diagram.grab().toImage()
    session.enter(None, last + 1)
    made.grab()
    step = made.diagram.step
    assert made.note.text() == (
        f"Sample {sample + 1} has no step {last + 1}: its states are passed on unchanged, nothing is computed."
    )
    assert made.diagram.height() == height, "nothing moves from step to step"
    assert step.kept == {"c", "s", "c_prev", "s_prev"}
    for name in ("c", "s"):
        np.testing.assert_array_equal(step.values[name], step.values[f"{name}_prev"])
        np.testing.assert_array_equal(step.gradients[name], step.gradients[f"{name}_prev"])
    words = [each.text for each in made.diagram._painter.captions.places()]
    assert words.count("copied") >= 1
    assert "; copied; " in made.sentences()["c"] or ": copied; " in made.sentences()["c"]
    assert "not used" in made.sentences()["g"]
    assert not made.equation.toolTip()
    gate = made.diagram.cell_layout().boxes["f"].center().toPoint()
    faded = made.diagram.grab().toImage()

    def strongest(image):
        near = [image.pixelColor(gate.x() + dx, gate.y() - dy) for dx in (-12, -4, 5) for dy in (4, 8)]
        return max(each.saturation() for each in near)

    assert strongest(faded) < 0.5 * strongest(plain)


def test_the_gradient_passes_by_a_step_that_the_sample_does_not_have(panel):
    made, session = panel(natural("surname", cell="tanh", hidden=3, batch=3, bidirectional="concat"), part="L1r")
    present = session.trace.data.present
    sample = int(np.argmin(present.sum(axis=0)))
    session.set_view(sample=sample)
    own = made.opened.numbers
    aside = ~present[:, sample]
    assert np.abs(own.gradients["s"][aside]).max() > 0
    np.testing.assert_array_equal(own.gradients["s_prev"][aside], own.gradients["s"][aside])


@pytest.mark.parametrize("cell", [cell.name for cell in CELLS])
@pytest.mark.parametrize("room", [(731, 430, "light"), (1346, 720, "light"), (1346, 603, "projector")], ids=str)
def test_words_stand_clear_of_the_widest_edges_of_nodes_and_of_each_other(panel, cell, room):
    width, height, theme = room
    made, session = panel(suited_to(cell, steps=14, hidden=3))
    session.set_theme(theme)
    made.resize(width, height)
    session.enter(None, 9)
    made.grab()
    drawing, layout = made.diagram._painter, made.diagram.cell_layout()
    half = drawing._widest / 2
    edges = [
        QRectF(each.start, each.end).normalized().adjusted(-half, -half, half, half)
        for net in drawing.nets
        for each in net.segments
    ]
    words = [(each.text, each.place.adjusted(0, 2, 0, -2)) for each in drawing.captions.places() if each.text]
    for text, place in words:
        assert (
            QFontMetricsF(next(c.font for c in drawing.captions.places() if c.text == text)).horizontalAdvance(text)
            <= place.width() + 1
        )
        assert not [edge for edge in edges if edge.intersects(place)], text
        assert not [name for name, box in layout.boxes.items() if box.intersects(place)], text
    assert not [(a, b) for (a, p), (b, q) in itertools.combinations(words, 2) if p.intersects(q)]
    metrics = QFontMetricsF(drawing.small)
    for place, inflow in zip(drawing.origins(), made.diagram.step.inflows, strict=True):
        assert metrics.horizontalAdvance(inflow.label) <= place.width() + 1, inflow.label
        assert place.right() <= made.diagram.width() - 2, inflow.label
        assert place.left() >= layout.boxes[inflow.name].right()
