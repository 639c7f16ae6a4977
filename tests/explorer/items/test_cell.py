"""The diagram of every cell's interior: nothing on anything else, nothing outside, every edge drawn from end to end."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from core.cells import cell_named
from core.cells.lstm import LSTM
from core.interior.diagram import interior
from core.maths.operations import REST
from core.notation.books.goodfellow import GOODFELLOW
from core.notation.books.row import ROW
from explorer.items.cell.layout import CellLayout
from explorer.items.cell.routes import nets
from explorer.items.cell.scene import CellStep, Inflow, decade, norm, progress
from explorer.items.cell.strips import draw_numbers
from explorer.items.cell.tags import tags
from explorer.style.colours import gradient_colour
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import LIGHT
from tests.core.cases import CELL, experiment_of

# The diagram's room in windows of 1366 × 768 and 1920 × 1080, on a projector of 1024 × 768, and in the gallery.
ROOMS = pytest.mark.parametrize("room", [(700, 300), (1200, 500), (990, 560), (1340, 720)], ids=str)
# Of the whole diagram in windows of 960 × 600, 1366 × 768 and 1920 × 1080.
WINDOWS = pytest.mark.parametrize("room", [(870, 230), (730, 280), (1284, 485)], ids=str)
KIND = pytest.mark.parametrize("case", ["plain", "reset after", "other options", "frozen", "fed"])


def made_of(cell, case="plain"):
    """The cell with an experiment's choices; where outputs are fed back to it, with those."""
    if case == "fed":
        return cell.from_experiment(experiment_of(cell)).with_feedback()
    return cell.from_experiment(experiment_of(cell, case))


def layout_of(made, room, line=15.6, words=46.0):
    return CellLayout(interior(made), QRectF(4, 2, *room), line, words)


def shapes(layout):
    return [*((name, box) for name, box in layout.boxes.items()), *((f"{n} sign", s) for n, s in layout.signs.items())]


def crosses(a: QPointF, b: QPointF, box: QRectF) -> bool:
    return QRectF(a, b).normalized().adjusted(-0.5, -0.5, 0.5, 0.5).intersects(box.adjusted(1, 1, -1, -1))


@CELL
@KIND
@ROOMS
def test_no_two_nodes_overlap_and_all_are_in_the_room(cell, case, room):
    layout = layout_of(made_of(cell, case), room)
    for (a, first), (b, second) in itertools.combinations(shapes(layout), 2):
        assert not first.intersects(second), (a, b)
    for name, shape in shapes(layout):
        assert layout.room.adjusted(-1, -1, 1, 1).contains(shape), name
    assert layout.room.adjusted(-1, -1, 1, 1).contains(layout.frame)
    assert min(box.height() for box in layout.boxes.values()) >= 14


@CELL
@KIND
@ROOMS
def test_every_edge_goes_from_its_source_to_its_reader_past_every_other_node(cell, case, room):
    layout = layout_of(made_of(cell, case), room)
    drawn = {}
    for net in nets(layout):
        covered = set().union(*(segment.keys for segment in net.segments))
        assert covered == {route.key for route in net.routes}
        for route in net.routes:
            drawn[route.key] = route
            out, source = route.key
            start = layout.signs[out] if out == source else layout.source(source)
            end = layout.boxes[out] if out == source else layout.target(out)
            assert start.adjusted(-1, -1, 1, 1).contains(route.points[0]), route.key
            assert end.adjusted(-1, -1, 1, 1).contains(route.points[-1]), route.key
            others = [shape for name, shape in shapes(layout) if name.split()[0] not in route.key]
            for a, b in itertools.pairwise(route.points):
                assert min(abs(a.x() - b.x()), abs(a.y() - b.y())) < 1.0, "at right angles"
                assert not [other for other in others if crosses(a, b, other)], route.key
    edges = {(edge.out, edge.source) for edge in layout.interior.edges}
    apart = {(node.name, node.name) for node in layout.interior.nodes if node.sign_at is not None}
    assert set(drawn) == edges | apart


@CELL
@KIND
@WINDOWS
def test_edges_from_two_places_never_share_a_line(cell, case, room):
    made = nets(layout_of(made_of(cell, case), room))
    for one, other in itertools.combinations(made, 2):
        for a, b in itertools.product(one.segments, other.segments):
            shared = QRectF(a.start, a.end).normalized().adjusted(-2, -2, 2, 2)
            shared &= QRectF(b.start, b.end).normalized().adjusted(-2, -2, 2, 2)
            assert max(shared.width(), shared.height()) <= 6, (one.source, other.source)  # they cross, or lie apart


@pytest.mark.parametrize("notation", [ROW, GOODFELLOW], ids=lambda each: each.name)
@pytest.mark.parametrize("name", ["gru", "gru-simple", "coupled", "leaky", "clockwork"])
@KIND
@WINDOWS
def test_1_minus_lies_on_a_way_of_its_own_and_clear_of_every_node(name, case, room, notation):
    made = made_of(cell_named(name), case)
    layout = CellLayout(interior(made, notation), QRectF(4, 2, *room), 15.6, 46.0)
    ways = {route.key: route.points for net in nets(layout) for route in net.routes}
    one_minus = layout.signs[REST]
    assert one_minus.width() >= 1.7 * layout.line and one_minus.height() >= layout.line, "its letters have room"
    for name, shape in shapes(layout):
        assert name.startswith(REST) or not shape.adjusted(-2, -2, 2, 2).intersects(one_minus), name
    for key, points in ways.items():
        over = [pair for pair in itertools.pairwise(points) if crosses(*pair, one_minus)]
        assert not over or REST in key, key
    assert {key for key in ways if REST in key} == {
        (REST, layout.interior.by_name[REST].operation.inputs[0]),
        (layout.interior.readers[REST][0].out, REST),
    }


@CELL
def test_addends_on_edges_cover_no_node_and_no_other_addend(cell):
    layout = layout_of(made_of(cell), (1400, 760))
    several = frozenset(name for name, edges in layout.interior.readers.items() if len(edges) > 1)
    placed = tags(layout, nets(layout), several)
    reached = {key for net in nets(layout) if net.source in several for key in (route.key for route in net.routes)}
    assert {key for key in reached if key[0] != key[1]} == set(placed)  # there is room for all of them
    for a, b in itertools.combinations(placed.values(), 2):
        assert not a.intersects(b)
    for place in placed.values():
        assert not [name for name, shape in shapes(layout) if shape.intersects(place)]


def step_of(addends, made=None):
    """A step with nothing in it but some addends."""
    made = made or LSTM()
    diagram = interior(made)
    zero = {node.name: np.zeros(2) for node in diagram.nodes}
    inflow = (Inflow("c", "step 2", np.array([3.0, 4.0])),)
    return CellStep(diagram, LIGHT, zero, zero, addends, inflow, {}, 1.0, 1.0)


def test_a_shared_piece_of_an_edge_is_as_wide_as_the_sum_that_runs_along_it():
    a, b = np.array([0.003, 0.0]), np.array([0.0, 0.004])
    step = step_of({("h_i", "x"): a, ("h_f", "x"): b, ("h_g", "x"): -a})
    place, colour = step.carried([("h_i", "x"), ("h_f", "x")])
    assert place == pytest.approx(decade(0.005))
    assert colour == gradient_colour(0.005, LOW, HIGH, LIGHT)
    place, colour = step.carried([("h_i", "x"), ("h_g", "x")])
    assert (place, colour) == (-1.0, QColor(LIGHT.node_outline))  # they cancel
    assert step.carried_in(0).colour == gradient_colour(5.0, LOW, HIGH, LIGHT)
    assert (decade(1.0), decade(1e-4), decade(1e-9), decade(0.0)) == (1.0, 0.0, 0.0, -1.0)
    assert norm(np.array([3e-200, 4e-200])) == pytest.approx(5e-200)
    assert {"x", "s_prev", "c"} == set(step.several) & {"x", "s_prev", "c", "f", "s"}


def test_operations_are_done_in_the_order_of_computation_and_gone_back_through_in_reverse():
    made = LSTM()
    diagram = interior(made)
    count = len(diagram.order)
    outside = {"x", "s_prev", "c_prev"}
    for done in range(count + 1):
        there = progress(diagram, done, 0, False, 0 < done < count)
        assert there.forward - outside == set(diagram.order[:done])
        assert not there.passed | there.gradients
        assert there.live == (diagram.order[done] if 0 < done < count else "")
    first = progress(diagram, count, 0, True, True)
    assert (first.live, first.arrived, set(first.gradients)) == ("s", True, {"s"})
    after = progress(diagram, count, 2, True, True)  # back through s and tanh(c)
    assert after.passed == {"s", "tc"}
    assert after.gradients == {"s", "o", "tc", "c"}
    last = progress(diagram, count, count, True, False)
    assert last.gradients == set(diagram.by_name)


def test_what_one_input_sends_to_several_is_complete_only_when_all_have_sent_it_back():
    made = LSTM()
    diagram = interior(made)
    count = len(diagram.order)
    complete = [done for done in range(count + 1) if "x" in progress(diagram, count, done, True, True).gradients]
    assert complete == [count]


@CELL
def test_the_diagram_fills_the_room_and_is_in_its_middle(cell):
    layout = layout_of(made_of(cell), (1340, 720))
    places = [shape for _, shape in shapes(layout)]
    left, right = min(each.left() for each in places), max(each.right() for each in places) + layout.stubs
    top, bottom = min(each.top() for each in places) - layout.line, max(each.bottom() for each in places)
    assert right - left >= 0.48 * 1340
    assert bottom - top >= (0.5 if layout.interior.lanes > 1 else 0.2) * 720
    assert abs((left + right) / 2 - layout.room.center().x()) <= 0.12 * layout.column
    assert abs((top + bottom) / 2 - layout.room.center().y()) <= 0.3 * layout.lane


@pytest.mark.parametrize(
    ("units", "wide", "written"), [(1, 54.0, True), (2, 66.0, True), (1, 12.0, False), (6, 54.0, False)]
)
def test_one_unit_or_two_have_their_digits_in_a_low_strip(qapp, units, wide, written):
    picture = QImage(80, 20, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    font = QFont()
    font.setPixelSize(12)
    painter = QPainter(picture)
    colours = np.full(units, 0xFFFFFF, dtype=np.uint32)
    drawn = draw_numbers(painter, QRectF(2, 4, wide, 9), np.full(units, -0.246), colours, font)
    painter.end()
    ink = [y for y in range(20) for x in range(80) if picture.pixelColor(x, y).lightness() < 160]
    assert drawn is written and bool(ink) is written
    assert all(4 <= y < 13 for y in ink)  # whole, within the strip
