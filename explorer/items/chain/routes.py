"""The ways from node to node, as curves."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath


class Curve(NamedTuple):
    """A curve from source to target, and both its ends with the angle at which an arrow arrives there."""

    path: QPainterPath
    target: tuple[QPointF, float]
    source: tuple[QPointF, float]


UP, DOWN, RIGHT, LEFT = -math.pi / 2, math.pi / 2, 0.0, math.pi


def sideways(a: QRectF, b: QRectF, back: bool, straight: bool) -> Curve:
    """From node a to node b in the next column, or in the one before."""
    way = -1.0 if back else 1.0
    lift = 0.0 if straight else min(9.0, a.height() * 0.2)
    start, end = (a.left(), b.right()) if back else (a.right(), b.left())
    p, q = QPointF(start, a.center().y() + lift), QPointF(end, b.center().y() - lift)
    path = QPainterPath(p)
    if straight:
        path.lineTo(q)
    else:
        bend = way * max(8.0, way * (q.x() - p.x()) * 0.9)
        path.cubicTo(QPointF(p.x() + bend, p.y()), QPointF(q.x() - bend, q.y()), q)
    return Curve(path, (q, LEFT if back else RIGHT), (p, RIGHT if back else LEFT))


def upward(a: QRectF, b: QRectF) -> Curve:
    """A straight line from the top of a to the bottom of b."""
    p, q = QPointF(a.center().x(), a.top()), QPointF(b.center().x(), b.bottom())
    path = QPainterPath(p)
    path.lineTo(q)
    angle = math.atan2(q.y() - p.y(), q.x() - p.x())
    return Curve(path, (q, angle), (p, angle + math.pi))


def raised(a: QRectF, b: QRectF, gap: float) -> Curve:
    """From a, through the gap on its right, up to b, which stands over that gap."""
    x = a.right() + gap * 0.3
    p, q = QPointF(a.right(), a.center().y()), QPointF(x, b.bottom())
    path = QPainterPath(p)
    path.quadTo(QPointF(x, p.y()), QPointF(x, p.y() - min(8.0, abs(p.y() - q.y()) / 2)))
    path.lineTo(q)
    return Curve(path, (q, UP), (p, LEFT))


def dropped(a: QRectF, b: QRectF, gap: float) -> Curve:
    """From a, which stands over the gap before b's column, down through it to b."""
    x = b.left() - gap * 0.3
    p, q = QPointF(x, a.bottom()), QPointF(b.left(), b.center().y())
    path = QPainterPath(p)
    path.lineTo(QPointF(x, q.y() - min(8.0, abs(q.y() - p.y()) / 2)))
    path.quadTo(QPointF(x, q.y()), q)
    return Curve(path, (q, RIGHT), (p, UP))


def elbow(a: QRectF, b: QRectF) -> Curve:
    """From the top of a up to b's height, then along to b's side."""
    right = b.center().x() > a.center().x()
    p = QPointF(a.center().x(), a.top())
    q = QPointF(b.left() if right else b.right(), b.center().y())
    if b.left() - 8 <= p.x() <= b.right() + 8:
        return upward(a, b)
    turn = min(14.0, abs(q.x() - p.x()), abs(p.y() - q.y()))
    corner = QPointF(p.x(), q.y())
    path = QPainterPath(p)
    path.lineTo(QPointF(p.x(), q.y() + turn))
    path.quadTo(corner, QPointF(p.x() + (turn if right else -turn), q.y()))
    path.lineTo(q)
    return Curve(path, (q, RIGHT if right else LEFT), (p, DOWN))


def beside(a: QRectF, b: QRectF, gap: float) -> Curve:
    """From a, which others stand above, up through the gap on its far side to b's height, then along to b's side."""
    way = 1.0 if b.center().x() > a.center().x() else -1.0
    p = QPointF(a.left() if way > 0 else a.right(), a.center().y())
    q = QPointF(b.left() if way > 0 else b.right(), b.center().y())
    x = p.x() - way * min(gap * 0.3, 9.0)
    turn = min(10.0, abs(p.y() - q.y()) / 2)
    path = QPainterPath(p)
    path.quadTo(QPointF(x, p.y()), QPointF(x, p.y() - turn))
    path.lineTo(QPointF(x, q.y() + turn))
    path.quadTo(QPointF(x, q.y()), QPointF(x + way * turn, q.y()))
    path.lineTo(q)
    angle = RIGHT if way > 0 else LEFT
    return Curve(path, (q, angle), (p, angle))


def trunk(a: QRectF, b: QRectF, gap: float, lane: float) -> Curve:
    """From a, which stands over the gap before b's chain, down through that gap, along just above b's row, and into b
    from above."""
    x, y = a.center().x() + gap * 0.2, b.top() - lane
    p, q = QPointF(x, a.bottom()), QPointF(b.left() + b.width() * 0.2, b.top())
    turn = min(6.0, lane, (q.x() - x) / 2)
    path = QPainterPath(p)
    path.lineTo(QPointF(x, y - turn))
    path.quadTo(QPointF(x, y), QPointF(x + turn, y))
    path.lineTo(QPointF(q.x() - turn, y))
    path.quadTo(QPointF(q.x(), y), QPointF(q.x(), min(y + turn, q.y())))
    path.lineTo(q)
    return Curve(path, (q, DOWN), (p, UP))


def down(a: QRectF, b: QRectF, gap: float, lane: float) -> Curve:
    """From a down through the gap on its right, along just above b's row, and into b from above."""
    x, y = a.right() + gap, b.top() - lane
    p, q = QPointF(a.right(), a.center().y()), QPointF(b.left() + b.width() * 0.2, b.top())
    path = QPainterPath(p)
    path.quadTo(QPointF(x, p.y()), QPointF(x, p.y() + min(8.0, gap * 2)))
    path.lineTo(QPointF(x, y - 6))
    path.quadTo(QPointF(x, y), QPointF(min(x + 6, q.x()), y))
    path.lineTo(QPointF(max(q.x() - 4, x), y))
    path.quadTo(QPointF(q.x(), y), q)
    return Curve(path, (q, DOWN), (p, LEFT))


def arc(a: QRectF, b: QRectF, gap: float, low: float, depth: float, lane: float) -> QPainterPath:
    """From the state a, down through the gap on its right, below all rows of its column to `depth`, and over to the
    context b, from just above it. Where `depth` differs, arcs lie one within the other."""
    x = a.right() + gap
    q = QPointF(b.left() + b.width() * 0.15, b.top())
    path = QPainterPath(QPointF(a.right(), a.center().y()))
    path.quadTo(QPointF(x, a.center().y()), QPointF(x, a.center().y() + min(10.0, gap * 2)))
    path.lineTo(QPointF(x, max(low, a.bottom())))
    path.cubicTo(QPointF(x, depth), QPointF(q.x() - (q.x() - x) * 0.55, 0.6 * depth + 0.4 * (q.y() - lane)), q)
    return path
