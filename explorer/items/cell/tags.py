"""Where each addend of a gradient stands on its own edge, as a small strip: on edges of what has several."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF

from explorer.items.cell.layout import CellLayout
from explorer.items.cell.routes import Key, Net, Segment

ARROW = 11.0  # px that an arrow head takes


def tags(layout: CellLayout, nets: tuple[Net, ...], several: frozenset[str]) -> dict[Key, QRectF]:
    """The place of each edge's addend, where there is room for one; `several`: the nodes with more than one addend."""
    found = {}
    for net in nets:
        for route in net.routes if net.source in several else ():
            if route.key[0] == route.key[1]:  # from a sign to its box: the whole gradient
                continue
            own = [each for each in net.segments if each.keys == {route.key}]
            others = [each for other in nets if other is not net for each in other.segments]
            places = [_place(layout, each, route.key, others) for each in reversed(own)]
            place = next((each for each in places if each is not None), None)
            if place is not None:
                found[route.key] = place
    return found


def height(layout: CellLayout) -> float:
    """px of a small strip."""
    return min(max(layout.line * 0.55, 7.0), 12.0)


def _place(layout: CellLayout, segment: Segment, key: Key, others: list[Segment]) -> QRectF | None:
    """None where it would cover a node, or what runs there from another one."""
    place = _wanted(layout, segment, key)
    lines = (QRectF(each.start, each.end).normalized().adjusted(-1, -1, 1, 1) for each in others)
    shapes = (*layout.boxes.values(), *layout.signs.values(), *lines)
    return None if place is None or any(place.intersects(each) for each in shapes) else place


def _wanted(layout: CellLayout, segment: Segment, key: Key) -> QRectF | None:
    high = height(layout)
    start, end = segment.start, segment.end
    if abs(start.y() - end.y()) < 1:
        length = abs(end.x() - start.x())
        wide = min(layout.box_width * 0.6, length - 2 * ARROW - 4)
        return _around(_middle(start, end), wide, high) if wide >= 22 else None
    taps = sum(edge.out == key[0] for edge in layout.interior.edges if layout.interior.on_bus(edge))
    wide = layout.box_width * (0.5 if taps < 3 else 0.34)
    if end.y() < start.y():  # it rises to its reader: right below it
        box = layout.boxes.get(key[1])
        words = layout.line if box is not None and abs(start.y() - box.top()) < 1 else 0.0  # above the box
        if start.y() - end.y() < high + ARROW + words:
            return None
        return _around(QPointF(end.x(), end.y() + 5 + high / 2), wide, high)
    room = end.y() - start.y() - layout.line - ARROW  # it falls to it: above the words of the reader
    if room < high:
        return None
    return _around(QPointF(end.x(), start.y() + ARROW + room / 2), wide, high)


def _middle(a: QPointF, b: QPointF) -> QPointF:
    return QPointF((a.x() + b.x()) / 2, (a.y() + b.y()) / 2)


def _around(centre: QPointF, width: float, high: float) -> QRectF:
    return QRectF(centre.x() - width / 2, centre.y() - high / 2, width, high)
