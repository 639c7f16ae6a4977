"""The bead: in every structure one way a beat, where the gradient goes, as wide as it is there."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPointF, QRectF

from core.experiment import Experiment
from explorer.columns import Columns
from explorer.items.chain.bead import LEAST, WIDTH, BeadPath, ways
from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import ChainLayout
from explorer.items.chain.painter import Progress
from explorer.panels.chain.scene import build_scene
from explorer.session.session import Session
from tests.explorer.window.test_structures import STRUCTURES, experiment_of


def path_of(session: Session, width: float = 1000.0) -> BeadPath:
    scene = build_scene(session)
    columns = Columns(scene.steps)
    columns.set_width(width)
    return BeadPath(ChainEdges(ChainLayout(scene, columns, 40, 380), session.theme), session.theme, None)


@pytest.mark.parametrize("name", STRUCTURES)
def test_in_each_beat_the_bead_takes_edges_that_the_gradient_passes_then(qtbot, name):
    session = Session(experiment_of(name, 6))
    scene = build_scene(session)
    found = ways(scene)
    loss = scene.loss_beat
    assert found and all(loss <= beat <= loss + session.timeline.beats for beat in found)
    for beat, way in found.items():
        for k, t in way.edges:
            link = scene.links[k]
            assert scene.has_edge(link, t) and scene.beats(link)[1][t - 1] == beat
        for (a, s), (b, t) in itertools.pairwise(way.edges):
            first, then = scene.links[a], scene.links[b]
            assert (first.source, first.origin(s)) == (then.target, then.end(t)), "the edges follow each other"
    session.deleteLater()


@pytest.mark.parametrize("loss_at", ["last", "every"])  # with a loss at every step it could set out from each
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_along_one_chain_it_goes_on_from_where_it_has_been(qtbot, cell, loss_at):
    session = Session(Experiment(cell=cell, steps=8, hidden=3, loss_at=loss_at))
    scene, reached = build_scene(session), None
    for _, way in sorted(ways(scene).items()):
        ends = [
            ((scene.links[k].target, scene.links[k].end(t)), (scene.links[k].source, scene.links[k].origin(t)))
            for k, t in way.edges
        ]
        assert reached is None or ends[0][0] in reached
        reached = {node for each in ends for node in each}
    session.deleteLater()


@pytest.mark.parametrize("steps", [1, 3, 14, 50, 200, 1000])
def test_it_is_as_wide_as_the_edge_and_stands_still_at_the_weights(qtbot, steps):
    session = Session(Experiment(steps=steps, hidden=3))
    path = path_of(session)
    scene, loss = path._scene, path._scene.loss_beat
    assert path.at(Progress.at(loss - 0.5)) is None and path.at(Progress(0)) is None
    recurrent = next(k for k, link in enumerate(scene.links) if link.recurrent)
    for t in {2, steps} if steps > 1 else ():
        beat = int(scene.beats(scene.links[recurrent])[1][t - 1])
        last = path.at(Progress(beat))
        assert last is not None
        edge = path._ways[beat].edges[-1]
        assert last.place == scene.links[edge[0]].decades[edge[1] - 1]
        share = 2.0 / (len(path._ways[beat].edges) + 1.0)  # the recurrent edge takes twice as long as another
        still = [path.at(Progress.at(beat - 1 + share * part)) for part in (0.4, 0.5, 0.6)]
        assert still[0].at == still[1].at == still[2].at
        assert still[0].place >= still[2].place >= scene.links[recurrent].decades[t - 1] - 1e-9, "it shrinks there"
        assert t < steps or still[0].place > still[2].place
        moved = [path.at(Progress.at(beat - 1 + share * part)).at for part in (0.1, 0.2, 0.8, 0.9)]
        assert len({(point.x(), point.y()) for point in moved}) == 4
    session.deleteLater()


def test_what_is_exactly_nothing_is_a_hollow_bead(qtbot):
    session = Session(Experiment(steps=4, hidden=3, w_gain=0.0))
    path = path_of(session)
    beads = [path.at(Progress(beat)) for beat in sorted(path._ways)]
    assert [bead.place < 0.0 for bead in beads] == [False, True, True, True]
    session.deleteLater()


def test_its_width_is_that_of_the_edge_times_a_constant(qtbot, monkeypatch):
    session = Session(Experiment(steps=6, hidden=3))
    path = path_of(session)
    drawn = []

    class Painter:
        def __getattr__(self, name):
            return lambda *arguments: drawn.append(arguments) if name == "drawEllipse" else None

    for beat in sorted(path._ways):
        bead = path.at(Progress(beat))
        drawn.clear()
        path.draw(Painter(), bead)  # type: ignore[arg-type]
        point, radius, _ = drawn[-1]
        assert isinstance(point, QPointF) and point == bead.at
        assert radius == max(path._edges.thickness(bead.place) * WIDTH, LEAST) / 2
    session.deleteLater()


def test_it_begins_and_ends_beside_the_nodes_so_that_their_digits_can_be_read(qtbot):
    session = Session(Experiment(steps=3, hidden=1, task="sine"))
    path = path_of(session)
    layout, first = path._edges.layout, session.timeline.beats + 1
    for beat in range(first, first + 3):
        for fraction in (0.001, 0.999):
            bead = path.at(Progress(beat, fraction))
            if bead is not None:
                radius = path._radius(bead.place)
                nodes = [layout.node(row, t) for row in range(len(path._scene.rows)) for t in (1, 2, 3)]
                inner = [node.adjusted(4, 4, -4, -4) for node in nodes]  # what is around the digits is not theirs
                around = QRectF(bead.at.x() - radius, bead.at.y() - radius, 2 * radius, 2 * radius)
                assert not any(around.intersects(node) for node in inner), (beat, fraction)
    session.deleteLater()
