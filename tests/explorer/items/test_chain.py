"""Where the chain's nodes, edges and words lie, for every structure: nothing overlaps, nothing is cut off."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPathStroker

from explorer.columns import Columns
from explorer.items.chain.layout import ChainLayout, Detail, readable
from explorer.items.chain.loss import LossRow
from explorer.items.chain.painter import ChainPainter
from explorer.panels.chain.frame import ChainFrame
from explorer.panels.chain.layout import HEADER, spans
from explorer.panels.chain.loss import loss_of
from explorer.panels.chain.marks import answers
from explorer.panels.chain.scene import build_scene
from explorer.panels.chain.step_numbers import line_height
from explorer.session.session import Session
from tests.explorer.window.test_structures import STRUCTURES, experiment_of

SIZES = {  # of the chain in the window, with its theme
    "1366 × 768": (731, 320, "light"),
    "1920 × 1080": (1274, 482, "dark"),
    "1366 × 768, projector": (1346, 603, "projector"),
}
LENGTHS = [
    *itertools.product(STRUCTURES, (1, 24)),
    *(("1-n-feedback", 3), ("narx-two-layers", 3), ("two-layers-both-ways-lstm", 200), ("attention", 1000)),
]


class Drawn:
    """A structure's chain laid out in a window of one size."""

    def __init__(self, session: Session, scene, size: str) -> None:
        self.width, self.height, name = SIZES[size]
        session.set_theme(name)
        session.columns.set_width(self.width)
        self.session, self.columns = session, session.columns
        line, said = line_height(session), answers(session)
        self.header = HEADER * line
        loss = loss_of(session, scene.high, said)
        several = loss is not None and not loss.picture.single
        places = spans(scene, self.height, line, session.theme.font_px, bool(said), several)
        self.scene = readable(scene, places.bottom - places.top, session.theme.font_px)
        self.layout = ChainLayout(self.scene, session.columns, places.top, places.bottom)
        rect = QRectF(0, 0, self.width, self.height).toRect()
        self.loss_row = None
        if loss is not None and places.has_loss:
            output = self.scene.names["z"]
            self.loss_row = LossRow(self.layout, loss.picture, output, places.loss_top, places.loss_bottom, QFont())
        self.frame = ChainFrame(session, self.scene, self.layout, rect, QFont(), frozenset(), said, loss, self.loss_row)

    def nodes(self) -> dict[tuple[int, int], QRectF]:
        first, last = self.columns.visible()
        return {
            (k, t): self.layout.node(k, t)
            for k, row in enumerate(self.scene.rows)
            for t in range(first, last + 1)
            if row.present[t - 1]
        }


@pytest.mark.parametrize(("name", "steps"), LENGTHS)
def test_nothing_overlaps_and_nothing_is_cut_off(qtbot, name, steps):
    session = Session(experiment_of(name, steps))
    scene = build_scene(session)
    for size in SIZES:
        drawn = Drawn(session, scene, size)
        layout, columns = drawn.layout, drawn.columns
        card = QRectF(columns.LEFT - 2, drawn.header, drawn.width - columns.LEFT, layout.bottom - drawn.header)
        for (below_low, _), (_, above_high) in itertools.pairwise(layout.bands):
            assert above_high <= below_low + 1e-6, "rows lie over each other"
        nodes = drawn.nodes()
        for (k, t), node in nodes.items():
            assert card.contains(node), (size, drawn.scene.rows[k].name, t)
            assert node.height() >= 8 or layout.detail is Detail.HEAT
            low, high = layout.bands[k]
            assert low - 1e-6 <= node.top() and node.bottom() <= high + 1e-6
            other = nodes.get((k, t + 1))
            assert other is None or node.right() <= other.left() + 1e-6
        _edges_stay_on_the_card(drawn, card)
        _words_are_apart(drawn, nodes)
        numbers = drawn.frame.step_labels()
        assert numbers and all(each.place.left() >= 0 and each.place.right() <= drawn.width for each in numbers)
        assert all(a.place.right() + 3 < b.place.left() for a, b in itertools.pairwise(numbers))
    session.deleteLater()


def _edges_stay_on_the_card(drawn: Drawn, card: QRectF) -> None:
    if drawn.layout.detail is Detail.HEAT:
        return
    painter = ChainPainter(drawn.layout, drawn.session.theme)
    room = card.adjusted(-1, -1, 14, 1)  # a way round the last column may use the margin
    for link in drawn.scene.links:
        for t in {1, 2, 3, drawn.scene.written, drawn.scene.written + 1, drawn.scene.steps} - {0}:
            path = painter.edges.path(link, t)
            # A rectangle without width is in no other one.
            assert path is None or room.contains(path.boundingRect().adjusted(-0.1, -0.1, 0.1, 0.1)), (link.names, t)
    arcs = drawn.scene.arcs
    if arcs is not None:
        count, keys = arcs.weights.shape
        for i, j in itertools.product({0, count - 1}, range(keys)):
            assert room.contains(painter.edges.arc_path(i, j).boundingRect()), (i, j)


@pytest.mark.parametrize("name", STRUCTURES)
def test_no_edge_crosses_the_inside_of_a_node(qtbot, name):
    session = Session(experiment_of(name, 5))
    scene = build_scene(session)
    pen = QPainterPathStroker()
    pen.setWidth(1.0)
    for size in SIZES:
        drawn = Drawn(session, scene, size)
        painter, nodes = ChainPainter(drawn.layout, session.theme), drawn.nodes()
        for link in drawn.scene.links:
            for t in range(1, drawn.scene.steps + 1):
                path = painter.edges.path(link, t)
                if path is None:
                    continue
                stroke, around = pen.createStroke(path), path.boundingRect().adjusted(-1, -1, 1, 1)
                own = {(link.source, link.origin(t)), (link.target, link.end(t))}
                for place, node in nodes.items():
                    inset = 2.0 if place in own else 0.0  # at its own ends it touches the border
                    inside = node.adjusted(inset, inset, -inset, -inset)
                    if around.intersects(inside):
                        assert not stroke.intersects(inside), (size, link.names, t, drawn.scene.rows[place[0]].name)
    session.deleteLater()


def test_the_arcs_of_attention_lie_under_the_nodes(qtbot):
    session = Session(experiment_of("attention", 5))
    scene = build_scene(session)
    for size in SIZES:
        drawn = Drawn(session, scene, size)
        edges, nodes = ChainPainter(drawn.layout, session.theme).edges, drawn.nodes()
        picture = QImage(drawn.width, drawn.height, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(0)
        painter = QPainter(picture)
        key = edges.arcs_shown(session.timeline.last, drawn.scene.written + 2)
        edges.draw_arcs(painter, *key)
        painter.end()
        inked = np.any(np.frombuffer(picture.constBits(), np.uint8).reshape(drawn.height, drawn.width, 4), axis=2)
        assert inked.sum() > 200, "arcs are drawn"
        for node in nodes.values():
            inside = node.adjusted(2, 2, -2, -2).toAlignedRect()
            assert not inked[inside.top() : inside.bottom() + 1, inside.left() : inside.right() + 1].any()
    session.deleteLater()


def _words_are_apart(drawn: Drawn, nodes: dict) -> None:
    """Answers over outputs, at every phase of the run, stand free of each other, of the nodes and of the header."""
    line = drawn.session.timeline
    if drawn.loss_row is not None:
        row = drawn.loss_row
        nodes = {**nodes, **{("L", k): row.node(k) for k in range(len(row.picture))}}
    for position in (line.beats, line.beats + 1, line.last):
        drawn.session.seek(position)
        labels = [*drawn.frame.answer_labels(), *drawn.frame.loss_texts(drawn.frame.loss_stage)]
        for label in labels:
            assert label.place.top() >= drawn.header - 3 and label.place.right() <= drawn.width
            inked = label.place.adjusted(1, 2, -1, -2)
            assert not any(inked.intersects(node) for node in nodes.values()), label.text
        for a, b in itertools.pairwise(sorted(labels, key=lambda each: each.place.left())):
            apart = a.place.right() + 4 <= b.place.left()
            assert apart or not a.place.adjusted(0, 2, 0, -2).intersects(b.place), (a.text, b.text)


@pytest.mark.parametrize("name", STRUCTURES)
def test_rows_give_way_layer_by_layer_and_their_edges_stay(qtbot, name):
    session = Session(experiment_of(name, 5))
    whole = build_scene(session)
    assert whole.folded(0) is whole
    fewer = [whole.folded(level) for level in (1, 2)]
    states = {row.name for row in whole.rows if not row.secondary}
    assert {row.name for row in fewer[1].rows} == states
    for scene in fewer:
        assert set(scene.names) == {row.name for row in whole.rows}, "every row has one that stands for it"
        for row in whole.rows:
            stands = scene.rows[scene.names[row.name]]
            assert stands.name == row.name or (row.secondary and stands.lane in (row.lane, ""))
        recurrent = {link.names for link in whole.links if link.recurrent and not link.far}
        lanes = {(link.source, link.target) for link in scene.links if link.recurrent}
        assert {(scene.names[a], scene.names[b]) for a, b in recurrent} <= lanes, "nothing that is handed on is lost"
    session.deleteLater()


def columns_of(width: float, steps: int) -> Columns:
    columns = Columns(steps)
    columns.set_width(width)
    return columns


def test_the_context_stands_between_both_chains(qtbot):
    session = Session(experiment_of("encoder-decoder", 5))
    scene = build_scene(session)
    layout = ChainLayout(scene, columns_of(900, scene.steps), 30, 400)
    row, states = scene.row_index("context"), scene.row_index("s")
    context, last, first = layout.node(row, 5), layout.node(states, 5), layout.node(states, 6)
    assert last.center().x() < context.center().x() < first.center().x()
    links = {(link.names, link.recurrent) for link in scene.links}
    assert ((("s", "context"), False) in links) and ((("context", "h"), True) in links)
    session.deleteLater()
