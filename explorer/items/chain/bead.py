"""One bead that goes back along the live edge: where it is, and how wide, at every place on the line.

In each backward beat it takes one way through the edges that the gradient passes in that beat: it sets out from a node
that it has reached before, where there is one, and goes where most of the gradient goes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import Detail
from explorer.items.chain.loss import LossRow, returning
from explorer.items.chain.painter import Progress
from explorer.items.chain.scene import NEVER, ChainScene
from explorer.style.theme import Theme

Node = tuple[int, int]  # (row, column)
Edge = tuple[int, int]  # (link, the step that it is counted at)
REST, SHARE = (0.35, 0.65), 2.0  # when it stands still at the weights of a recurrent edge; how much longer those take
WIDTH, LEAST, RING = 2.0, 5.0, 1.8  # of the edge's width; px: the least, and the ring around it


class Way(NamedTuple):
    """The edges of one beat in the order in which the bead takes them, and the place over the decades (−1: exactly 0)
    of what it brings along."""

    edges: tuple[Edge, ...]
    brought: float


class Passed(NamedTuple):
    """An edge as the gradient passes it: from a node, to a node, with its norm and its place over the decades."""

    edge: Edge
    start: Node
    end: Node
    norm: float
    place: float


def ways(scene: ChainScene) -> dict[int, Way]:
    """By beat; a beat in which the gradient passes no edge has none."""
    passed: dict[int, list[Passed]] = {}
    for k, link in enumerate(scene.links):
        if link.source or scene.rows[0].gradients is not None:
            for beat, each in _passed(scene, k):
                passed.setdefault(beat, []).append(each)
    found: dict[int, Way] = {}
    reached: set[Node] = set()
    brought = 1.0
    for beat in sorted(passed):
        way = _way(passed[beat], reached)
        found[beat] = Way(tuple(each.edge for each in way), brought)
        reached = {node for each in way for node in (each.start, each.end)}
        brought = way[-1].place
    return found


def _passed(scene: ChainScene, k: int) -> list[tuple[int, Passed]]:
    """The edges of a link that are there, each with its beat."""
    link = scene.links[k]
    source, target = scene.rows[link.source].present, scene.rows[link.target].present
    backward, norms = scene.beats(link)[1], np.nan_to_num(link.norms, nan=-1.0)
    found = []
    for t in (np.flatnonzero(backward != NEVER) + 1).tolist():
        begin, end = link.origin(t), link.end(t)
        if source[begin - 1] and target[end - 1] and not scene.is_cut(link, t):
            start, goal = (link.target, end), (link.source, begin)
            each = Passed((k, t), start, goal, float(norms[t - 1]), float(link.decades[t - 1]))
            found.append((int(backward[t - 1]), each))
    return found


def _way(passed: list[Passed], reached: set[Node]) -> list[Passed]:
    """From a node that was reached before, always along the edge with the largest norm."""
    from_node: dict[Node, list[Passed]] = {}
    for each in passed:
        from_node.setdefault(each.start, []).append(each)
    entries = [each for each in passed if each.start in reached]
    if not entries:
        ends = {each.end for each in passed}
        entries = [each for each in passed if each.start not in ends] or passed
    here, taken, seen = _largest(entries), [], set()
    while here is not None and here.edge not in seen:
        taken.append(here)
        seen.add(here.edge)
        here = _largest(from_node.get(here.end, []))
    return taken


def _largest(edges: list[Passed]) -> Passed | None:
    return max(edges, key=lambda each: each.norm, default=None)


class Bead(NamedTuple):
    """Where it is, and the place over the decades of the gradient there; −1 where that is exactly 0."""

    at: QPointF
    place: float


class BeadPath:
    """The bead over one laid-out scene."""

    def __init__(self, edges: ChainEdges, theme: Theme, loss: LossRow | None) -> None:
        self._edges, self._theme, self._loss = edges, theme, loss
        self._scene, self._ways = edges.scene, ways(edges.scene)

    def at(self, progress: Progress) -> Bead | None:
        """The bead when so much is done; None where no gradient is under way."""
        under_way = progress.done + 1 if progress.fraction else progress.done
        fraction = progress.fraction or 1.0
        if under_way == self._scene.loss_beat:
            return self._from_loss(returning(fraction))
        way = self._ways.get(under_way)
        return None if way is None else self._on(way, fraction)

    def _from_loss(self, share: float) -> Bead | None:
        """From the last term of the loss to its output."""
        row = self._loss
        if row is None or not share:
            return None
        k = len(row.picture) - 1 if row.picture.alone is None else row.term(row.picture.alone)
        if k is None:
            return None
        node, output = row.node(k), row.layout.node(row.output, int(row.picture.columns[k]))
        place = float(row.picture.decades[k])
        end = max(output.top() - self._radius(place) - RING, node.bottom())  # what stands in the node can be read
        y = node.bottom() + share * (end - node.bottom())
        return Bead(QPointF(output.center().x(), y), place)

    def _on(self, way: Way, fraction: float) -> Bead:
        """A part of a way: edges with weights take longer, and the bead stands still at them."""
        times = [SHARE if self._scene.links[k].recurrent else 1.0 for k, _ in way.edges]
        ends = np.cumsum(times)
        k = min(int(np.searchsorted(ends, fraction * ends[-1])), len(times) - 1)
        share = 1.0 - (ends[k] - fraction * ends[-1]) / times[k]
        return self._along(way.edges[k], float(share), self._place(way.edges[k - 1]) if k else way.brought)

    def _place(self, edge: Edge) -> float:
        return float(self._scene.links[edge[0]].decades[edge[1] - 1])

    def _along(self, edge: Edge, share: float, brought: float) -> Bead:
        rest = self._scene.links[edge[0]].recurrent
        passed = _paused(share) if rest else share
        changed = min(max((share - REST[0]) / (REST[1] - REST[0]), 0.0), 1.0) if rest else share
        passes = self._place(edge)
        place = max(brought, 0.0) * (1.0 - changed) + max(passes, 0.0) * changed
        if (brought if changed < 0.5 else passes) < 0.0:
            place = -1.0
        return Bead(self._beside_nodes(self._path(edge), passed, place), place)

    def _beside_nodes(self, path: QPainterPath, passed: float, place: float) -> QPointF:
        """Where it is on its edge: it begins and ends beside the nodes, so that what stands in them can be read."""
        away = min((self._radius(place) + RING) / max(path.length(), 1.0), 0.5)
        return path.pointAtPercent(1.0 - away - passed * (1.0 - 2.0 * away))

    def _radius(self, place: float) -> float:
        return max(self._edges.thickness(place) * WIDTH, LEAST) / 2

    def _path(self, edge: Edge) -> QPainterPath:
        """From the edge's source to its target; over heat a straight line between the rows."""
        link, t = self._scene.links[edge[0]], edge[1]
        if self._edges.layout.detail is not Detail.HEAT:
            return self._edges.curve(link, t).path
        path = QPainterPath(self._edges.layout.node(link.source, link.origin(t)).center())
        path.lineTo(self._edges.layout.node(link.target, link.end(t)).center())
        return path

    def draw(self, painter: QPainter, bead: Bead) -> None:
        """A full disc as wide as the edge that it stands for, in a ring; hollow where the gradient is exactly 0."""
        theme = self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self._radius(bead.place)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.panel))
        painter.drawEllipse(bead.at, radius + RING, radius + RING)
        if bead.place < 0.0:
            painter.setPen(QPen(QColor(theme.backward), 1.2))
        else:
            painter.setBrush(QColor(theme.backward))
        painter.drawEllipse(bead.at, radius, radius)


def _paused(share: float) -> float:
    """How far along a recurrent edge: half way to the weights, a rest, and on."""
    before, after = REST
    if share < before:
        return 0.5 * share / before
    return 0.5 if share < after else 0.5 + 0.5 * (share - after) / (1.0 - after)
