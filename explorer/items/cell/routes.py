"""How the edges of a cell's interior run: at right angles, past the nodes; those of one node share their way."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF

from core.interior.diagram import INPUT, Edge
from explorer.items.cell.layout import CellLayout

Points = tuple[QPointF, ...]
Key = tuple[str, str]  # (operation, input); (name, name): from an operation's sign to its box


@dataclass(frozen=True)
class Route:
    """An edge's way, from its source to its reader."""

    key: Key
    points: Points


@dataclass(frozen=True)
class Segment:
    """A straight piece, away from the source, with the edges that run along it."""

    start: QPointF
    end: QPointF
    keys: frozenset[Key]


@dataclass(frozen=True)
class Net:
    """All edges that leave one place: straight pieces, and where more than two of them meet."""

    source: str
    routes: tuple[Route, ...]
    segments: tuple[Segment, ...]
    joints: Points


def nets(layout: CellLayout) -> tuple[Net, ...]:
    """The edges of a diagram, each in one net."""
    router = _Router(layout)
    routes: dict[str, list[Route]] = {}
    for edge in layout.interior.edges:
        routes.setdefault(edge.source, []).append(Route((edge.out, edge.source), router.way(edge)))
    found = [_net(source, own) for source, own in routes.items()]
    apart = [node.name for node in layout.interior.nodes if node.sign_at is not None]
    found += [_net(name, [Route((name, name), router.to_box(name))]) for name in apart]
    return tuple(found)


class _Router:
    def __init__(self, layout: CellLayout) -> None:
        self.layout, self.interior = layout, layout.interior
        self._taps: dict[Key, float] = {}
        for node in self.interior.nodes:
            own = [edge for edge in self.interior.edges if edge.out == node.name and self._below(edge)]
            own.sort(key=lambda edge: (edge.source == INPUT, self._rank(edge)))
            for k, edge in enumerate(own):
                self._taps[edge.out, edge.source] = layout.boxes[node.name].center().x() + self._spread(k, len(own))

    def _below(self, edge: Edge) -> bool:
        """Whether an edge comes to its reader from below."""
        straight = self.interior.direct(edge) and edge.source == INPUT
        return (self.interior.on_bus(edge) or straight) and edge.out in self.layout.boxes

    def _rank(self, edge: Edge) -> int:
        return self.layout.buses.index(edge.source) if edge.source in self.layout.buses else 99

    def _spread(self, k: int, count: int) -> float:
        return self.layout.box_width * 1.3 * ((k + 0.5) / count - 0.5)

    def way(self, edge: Edge) -> Points:
        """From the source to the reader."""
        if self.interior.on_bus(edge):
            return self._by_bus(edge)
        source, target = self.layout.source(edge.source), self.layout.target(edge.out)
        if edge.source == INPUT and self._below(edge):
            x = min(max(self._taps[edge.out, edge.source], source.left() + 4), source.right() - 4)
            return QPointF(x, source.top()), QPointF(x, target.bottom())
        ways = self._candidates(edge, source, target)
        return min(ways, key=lambda points: self._hits(points, edge))

    def to_box(self, name: str) -> Points:
        """From an operation's sign to the box of its result."""
        sign, box = self.layout.signs[name], self.layout.boxes[name]
        if abs(sign.center().y() - box.center().y()) < 1:
            return QPointF(sign.right(), sign.center().y()), QPointF(box.left(), box.center().y())
        down = box.top() > sign.bottom()
        x = sign.center().x()
        return QPointF(x, sign.bottom() if down else sign.top()), QPointF(x, box.top() if down else box.bottom())

    def _by_bus(self, edge: Edge) -> Points:
        box, reader = self.layout.boxes[edge.source], self.layout.boxes[edge.out]
        level, tap = self.layout.bus(edge.source), self._taps[edge.out, edge.source]
        end = QPointF(tap, level), QPointF(tap, reader.bottom())
        if edge.source == INPUT:
            return _cleaned((QPointF(box.center().x(), box.top()), QPointF(box.center().x(), level), *end))
        y = box.center().y()
        trunk = self.layout.trunk
        return _cleaned((QPointF(box.right(), y), QPointF(trunk, y), QPointF(trunk, level), *end))

    def _candidates(self, edge: Edge, a: QRectF, b: QRectF) -> list[Points]:
        """Ways with few corners first: straight, one corner, two, and round by a gap between columns."""
        p, q = a.center(), b.center()
        up = q.y() < p.y()
        top, foot = (a.top(), b.bottom()) if up else (a.bottom(), b.top())
        side, face = (a.right(), b.left()) if q.x() > p.x() else (a.left(), b.right())
        if abs(p.y() - q.y()) < 1:
            return [(QPointF(side, p.y()), QPointF(face, q.y()))]
        found: list[Points] = []
        if abs(p.x() - q.x()) < 1:
            found.append((QPointF(p.x(), top), QPointF(p.x(), foot)))
        middle = (top + foot) / 2
        over = (QPointF(side, p.y()), QPointF(q.x(), p.y()), QPointF(q.x(), foot))
        rising = (QPointF(p.x(), top), QPointF(p.x(), q.y()), QPointF(face, q.y()))
        bent = tuple(QPointF(*each) for each in ((p.x(), top), (p.x(), middle), (q.x(), middle), (q.x(), foot)))
        node = self.interior.by_name[edge.source]
        beside = self.layout.x(node.at[0] + (0.5 if q.x() > p.x() else -0.5))
        aside = tuple(QPointF(*each) for each in ((side, p.y()), (beside, p.y()), (beside, q.y()), (face, q.y())))
        sides = [aside] if node.sign_at is None else []  # otherwise its sign stands there
        found += [over, rising, bent] if node.outside else [rising, over, *sides, bent]
        gap = self.layout.x(round(self.interior.by_name[edge.out].at[0]) + (0.43 if q.x() < p.x() else -0.43))
        near = top + (-1 if up else 1) * (self.layout.lane - self.layout.box_height) * 0.3
        port = p.x() + (0.3 if gap > p.x() else -0.3) * self.layout.box_width  # beside what leaves straight
        round_by = ((port, top), (port, near), (gap, near), (gap, q.y()), (face, q.y()))
        return [*found, tuple(QPointF(*each) for each in round_by)]

    def _hits(self, points: Points, edge: Edge) -> int:
        """How many other nodes a way runs over."""
        spare = {edge.source, edge.out}
        shapes = [(name, shape) for group in (self.layout.boxes, self.layout.signs) for name, shape in group.items()]
        others = [shape for name, shape in shapes if name not in spare]
        pieces = [_piece(a, b) for a, b in pairwise(points)]
        return sum(piece.intersects(shape) for piece in pieces for shape in others)


def _piece(a: QPointF, b: QPointF) -> QRectF:
    """A straight piece as a thin rectangle."""
    return QRectF(a, b).normalized().adjusted(-2, -2, 2, 2)


def _cleaned(points: Points) -> Points:
    """Without points that repeat, or that lie on a straight line."""
    found = [points[0]]
    for point in points[1:]:
        if (point - found[-1]).manhattanLength() < 0.5:
            continue
        if len(found) > 1 and (_aligned(found[-2], found[-1], point)):
            found.pop()
        found.append(point)
    return tuple(found)


def _aligned(a: QPointF, b: QPointF, c: QPointF) -> bool:
    return max(abs(a.x() - b.x()), abs(b.x() - c.x())) < 0.5 or max(abs(a.y() - b.y()), abs(b.y() - c.y())) < 0.5


def _net(source: str, routes: list[Route]) -> Net:
    """Cuts the ways at each other's corners, so that what they share is one piece."""
    corners = {_key(point): point for route in routes for point in route.points}
    pieces: dict[tuple, set[Key]] = {}
    for route in routes:
        for a, b in pairwise(route.points):
            on_way = [point for point in corners.values() if _between(a, point, b)]
            on_way.sort(key=lambda point, start=a: (point - start).manhattanLength())
            for p, q in pairwise(on_way):
                pieces.setdefault((_key(p), _key(q)), set()).add(route.key)
    segments = tuple(Segment(corners[p], corners[q], frozenset(keys)) for (p, q), keys in pieces.items())
    degree: dict[tuple, int] = {}
    for p, q in pieces:
        degree[p], degree[q] = degree.get(p, 0) + 1, degree.get(q, 0) + 1
    joints = tuple(corners[key] for key, count in degree.items() if count > 2)
    return Net(source, tuple(routes), segments, joints)


def _key(point: QPointF) -> tuple[int, int]:
    return round(point.x()), round(point.y())


def _between(a: QPointF, point: QPointF, b: QPointF) -> bool:
    box = QRectF(a, b).normalized().adjusted(-0.6, -0.6, 0.6, 0.6)
    return box.contains(point)
