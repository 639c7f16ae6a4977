"""The plane of two units: the numbers it draws, the playhead, what is chosen, and what it says where there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.analysis.state_map import fixed_points, no_state_map
from core.cells import CELLS
from core.experiment import Experiment
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.items.plane.model import POINTS
from explorer.panels.plane.panel import PlanePanel
from explorer.session.session import Selection, Session
from explorer.style.decades import LOW
from explorer.style.numbers import number
from tests.explorer.suited import suited_to
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

LATCH = Experiment(hidden=2, w_init="matrix", w_gain=1.0, w_matrix=((3.0, 0.5), (0.0, 0.7)))


@pytest.fixture
def desk(show_panel):
    def make(experiment=None, theme="light", size=(330, 640), shown=True, **view):
        session = Session(experiment or Experiment(hidden=2), theme)
        session.set_view(**view)
        session.seek(session.timeline.last)
        panel = show_panel(PlanePanel(), session, *size, shown=shown)[0]
        QApplication.processEvents()
        return panel

    return make


def two_units(experiment):
    """The same with H = 2, where its cell has such a layer; else None."""
    made = experiment.with_changes(hidden=2)
    return made if Session(made).trace.scan.hidden == 2 else None


@pytest.mark.parametrize("steps", [1, 5, 200])
def test_every_cell_and_structure_has_its_plane(desk, steps):
    panel, fields = desk(), set()
    for experiment in (
        *(suited_to(cell.name, steps=steps) for cell in CELLS),
        *(experiment_of(name, steps) for name in STRUCTURES if steps == 5),
    ):
        experiment = two_units(experiment)
        if experiment is None:
            continue
        session = Session(experiment)
        session.seek(session.timeline.last)
        panel.bind(session)
        plane, scan = panel.picture.plane, session.trace.scan
        np.testing.assert_array_equal(plane.path, session.trace.values[scan.name, scan.cell.memory][:, 0])
        np.testing.assert_array_equal(plane.gradients, session.share[scan.name, scan.cell.memory][:, 0])
        reason = no_state_map(session.trace)
        fields.add(reason)
        assert (plane.field is None) == bool(reason) == any("No field" in note.text for note in plane.notes)
        panel.grab()
        layout = panel.picture.painter.layout
        for _, room in layout.notes:
            assert room.bottom() <= layout.room.bottom() + 1 and not room.intersects(layout.square)
    assert {"", "memory"} <= fields


def test_arrows_point_along_the_gradient_and_their_length_is_that_of_its_decade(desk):
    panel = desk()
    how, plane = panel.picture.painter, panel.picture.plane
    longest = how.arrow(13).length() / plane.lengths()[13]
    for k in range(plane.steps):
        line, g = how.arrow(k), plane.gradients[k]
        along = g / np.linalg.norm(g) * line.length()
        assert (line.dx(), -line.dy()) == pytest.approx(tuple(along), rel=1e-9, abs=1e-9)
        decade = math.log10(np.linalg.norm(g))
        assert line.length() == pytest.approx(longest * min((decade - LOW) / -LOW, 1.0), rel=1e-9)
        assert line.p1() == how.layout.spot(plane.path[k])


def test_exactly_0_has_no_arrow_and_what_vanished_has_one_without_ink(desk):
    panel = desk(Experiment(cell="relu", hidden=2, bias=-3.0, input_scale=0.5))
    assert panel.picture.painter.arrow(0) is None and (panel.picture.plane.lengths()[:-1] == 0).all()
    panel = desk(Experiment(hidden=2, w_gain=0.1, steps=30))
    plane, how = panel.picture.plane, panel.picture.painter
    assert how.arrow(0) is not None and how.arrow(0).length() < 0.1 * how.arrow(29).length()
    assert how.colours[0] != how.colours[29] and np.linalg.norm(plane.gradients[0]) < 1e-20


def test_the_field_is_one_step_and_the_fixed_points_are_those_of_core(desk):
    panel = desk(LATCH, plane="zero")
    plane, session = panel.picture.plane, panel.session
    w = session.trace.parameters["L1.W"]
    np.testing.assert_allclose(plane.field.places + plane.field.moves, np.tanh(plane.field.places @ w), atol=1e-12)
    found = fixed_points(session.trace, session.trace.scan, 1, 0, True, plane.half)
    assert [dot.kind for dot in plane.dots] == [p.kind for p in found.points] == ["stable", "saddle", "stable"]
    listed = [note.text for note in plane.notes if note.sign in POINTS]
    assert len(listed) == 3 and listed[1] == "saddle at (0.00, 0.00), ρ = 3.00"
    assert {ray.label for ray in plane.rays} == {"λ = 3.00", "λ = 0.700"}


def test_with_the_steps_own_input_the_field_follows_the_playhead_and_with_none_it_does_not(desk):
    panel = desk(LATCH)
    session, picture = panel.session, panel.picture
    w, u = (session.trace.parameters[f"L1.{name}"] for name in "WU")
    for t in (3, 9):
        session.seek_to(FORWARD, t)
        field = picture.plane.field
        x = session.trace.data.x[t - 1, 0]
        np.testing.assert_allclose(field.places + field.moves, np.tanh(field.places @ w + x @ u), atol=1e-12)
        assert any(f"as at step {t}," in note.text for note in picture.plane.notes)
    panel.grab()
    made, grounds = panel.made, picture.grounds
    session.seek(session.position - 0.3)  # within a beat nothing is made anew
    panel.grab()
    assert (panel.made, picture.grounds) == (made, grounds)
    panel.field.button("zero").click()
    made = panel.made
    for t in (2, 5, 7):
        session.seek_to(FORWARD, t)
        panel.grab()
    assert session.view.plane == "zero" and panel.made == made


def test_the_path_comes_with_the_forward_pass_and_the_arrows_with_the_backward_pass(desk):
    panel = desk()
    session, picture = panel.session, panel.picture
    session.seek(0)
    assert picture.time == (0, 0, -1, False)
    session.seek_to(FORWARD, 4)
    assert picture.time == (4, 0, 3, False)
    session.seek_to(BACKWARD, 10)
    assert picture.time == (14, 5, 9, True)
    session.seek(session.timeline.last)
    assert picture.time == (14, 14, None, False)


def test_a_step_is_read_off_and_a_click_selects_its_state(desk):
    panel = desk(size=(420, 700))
    session, picture = panel.session, panel.picture
    spot = picture.painter.spots[3]
    QTest.mouseMove(picture, spot.toPoint())
    heading, rows = picture.read(3)
    own = session.trace.values["L1", "s"][3, 0]
    assert heading == "s₄" and [row[1] for row in rows[:2]] == [number(float(v), sign=True) for v in own]
    QTest.mouseClick(picture, Qt.MouseButton.LeftButton, pos=spot.toPoint())
    k = picture.step_at(QPointF(spot.toPoint()))
    assert session.selection == Selection("s", k + 1, record="s") and picture._selected == k
    picture.setFocus()
    picture._look(None)
    QTest.keyClick(picture, Qt.Key.Key_Up)
    QTest.keyClick(picture, Qt.Key.Key_Up)
    assert picture.at == 1 and picture.accessibleDescription().startswith("s₂ = ")
    QTest.keyClick(picture, Qt.Key.Key_Return)
    assert session.selection.t == 2
    session.seek_to(FORWARD, 2)
    assert picture.read(1)[1][-1][1] == "–" and "no gradient yet" in panel.sentence(1)
    assert picture.accessible_items.count() == 2 and picture.step_at(spot) in (None, 0, 1)


def test_of_a_memory_beside_the_state_both_can_be_looked_at(desk):
    panel = desk(Experiment(cell="lstm", hidden=2))
    assert panel.which.isVisible() and not panel.field.isVisible()
    np.testing.assert_array_equal(panel.picture.plane.path, panel.session.trace.values["L1", "c"][:, 0])
    panel.which.button("state").click()
    np.testing.assert_array_equal(panel.picture.plane.path, panel.session.trace.values["L1", "s"][:, 0])
    assert "a step reads s and c" in panel.picture.plane.notes[-1].text


def test_as_far_as_the_path_reaches(desk):
    panel = desk(Experiment(hidden=2, input_scale=1e-5))
    whole = panel.picture.plane.half
    panel.near.click()
    plane = panel.picture.plane
    assert whole > 1 and plane.half < 1e-4 and panel.session.view.plane_near
    square = panel.picture.painter.layout.square
    assert all(square.contains(spot) for spot in panel.picture.painter.spots)


def test_with_other_widths_one_sentence_says_how_to_get_there(desk):
    panel = desk(Experiment())
    assert panel.why.text() == "A plane has two axes, but this layer has 6 units. Set Hidden H to 2."
    assert not panel.picture.isVisible() and panel.accessibleDescription() == panel.why.text()
    panel.make_two.click()
    panel.session.update()
    assert panel.session.experiment.hidden == 2 and panel.picture.isVisible() and not panel.why.isVisible()


def test_while_it_is_hidden_it_computes_nothing(desk):
    panel = desk(shown=False)
    assert panel.made == 0
    panel.session.seek_to(FORWARD, 3)
    assert panel.made == 0


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_what_is_not_finite_or_a_whole_line_of_points_is_drawn_all_the_same(desk, theme):
    explode = Experiment(cell="relu", hidden=2, w_init="identity", w_gain=40.0, steps=300, nonnegative=True)
    plane = desk(explode, theme).picture.plane
    assert math.isfinite(plane.half)
    line = Experiment(cell="relu", hidden=2, w_init="identity", w_gain=1.0, nonnegative=True)
    panel = desk(line, theme, plane="zero")
    assert any("fill a line" in note.text for note in panel.picture.plane.notes)
    panel.grab()


def test_while_presenting_it_is_a_picture_of_its_own(drive):
    driver = drive(Experiment(hidden=2))
    assert "presented plane" not in [panel.name for panel in driver.window.central_panels]
    driver.key(Qt.Key.Key_F5)
    names = [panel.name for panel, _ in driver.window.stage.presented]
    assert "presented plane" in names
    for _ in range(names.index("presented plane")):
        driver.window.next_picture()
    driver.settle()
    panel = driver.window.panels["presented plane"]
    assert panel.isVisible() and panel.picture.plane is not None
    driver.session.change(hidden=3)
    driver.settle()
    assert not panel.isVisible() and driver.window.central_panels[0].isVisible()
    driver.key(Qt.Key.Key_F5)
    assert not panel.isVisible()
