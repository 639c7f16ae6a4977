"""The edges of the chain: which way each goes round the nodes, and how it is stroked."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from explorer.items.chain_layout import ChainLayout, Detail
from explorer.items.chain_scene import BACKWARD_DONE, EMPTY, LinkPicture
from explorer.theme import Theme


class Curve(NamedTuple):
    """A curve from source to target, and both its ends with the angle at which an arrow arrives there."""

    path: QPainterPath
    target: tuple[QPointF, float]
    source: tuple[QPointF, float]


class ChainEdges:
    """Draws edges with one theme and layout."""

    def __init__(self, layout: ChainLayout, theme: Theme) -> None:
        self.layout, self.scene = layout, layout.scene
        self._full = layout.detail is Detail.FULL
        self._ways = {name: QColor(getattr(theme, name)) for name in ("forward", "backward", "node_outline", "line")}
        self._width = theme.edge if self._full else theme.edge * 0.8
        recurrent = sum(link.recurrent or bool(self.scene.bent(link).any()) for link in self.scene.links)
        gap = layout.column - layout.node_width
        self._widest = max(1.5, min(theme.edge_max, gap * (0.45 if recurrent == 1 else 0.24), layout.row_gap * 0.7))

    def draw(self, painter: QPainter, link: LinkPicture, t: int, phase: int) -> None:
        """The link's edge into step t as it is in a phase."""
        if not self.scene.has_edge(link, t):
            return
        gradient = phase == BACKWARD_DONE and not self.scene.is_cut(link, t)
        if gradient and link.source == 0:
            gradient = self.scene.rows[0].gradients is not None
        if gradient:
            place = float(link.decades[t - 1])
            colour = self._ways["backward" if place >= 0 else "node_outline"]
            width = self._width + (self._widest - self._width) * max(place, 0.0)
        else:
            colour, width = self._ways["line" if phase == EMPTY else "forward"], self._width
        curve = self.curve(link, t)
        self.stroke(painter, curve.path, colour, width, *(curve.source if gradient else curve.target))

    def path(self, link: LinkPicture, t: int) -> QPainterPath | None:
        """The link's curve at step t, for a hit test; None where there is none."""
        return self.curve(link, t).path if self.scene.has_edge(link, t) else None

    def curve(self, link: LinkPicture, t: int) -> Curve:
        """The link's curve into step t."""
        a, b = self.layout.node(link.source, link.origin(t)), self.layout.node(link.target, t)
        if link.recurrent:
            return _sideways(a, b, link.back, link.source == link.target)
        if self.scene.bent(link)[t - 1]:
            return self._round(a, b)
        return _upward(a, b)

    def _round(self, a: QRectF, b: QRectF) -> Curve:
        """Within a column, round what stands between: through the gap on the right."""
        side = a.right() + min(9.0, (self.layout.column - a.width()) * 0.32)
        out, into = min(6.0, a.height() / 3), min(6.0, b.height() / 3)
        p, q = QPointF(a.right(), a.top() + out), QPointF(b.right(), b.bottom() - into)
        path = QPainterPath(p)
        path.cubicTo(QPointF(side, p.y() - 2), QPointF(side, a.top()), QPointF(side, a.top() - 8))
        path.lineTo(QPointF(side, b.bottom() + 8))
        path.cubicTo(QPointF(side, b.bottom()), QPointF(side, q.y() + 2), q)
        return Curve(path, (q, math.pi), (p, math.pi))

    def stroke(
        self, painter: QPainter, path: QPainterPath, colour: QColor, width: float, end: QPointF, angle: float
    ) -> None:
        """A curve with its arrow at one end."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawPath(path)
        if not self._full:
            return
        size = min(4.5 + width * 1.45, max(self.layout.row_gap * 0.8, 4.5))
        tip = QPointF(end.x() + math.cos(angle), end.y() + math.sin(angle))
        wings = [
            QPointF(tip.x() - size * math.cos(angle + turn), tip.y() - size * math.sin(angle + turn))
            for turn in (-0.46, 0.46)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([tip, *wings]))


def _sideways(a: QRectF, b: QRectF, back: bool, straight: bool) -> Curve:
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
    return Curve(path, (q, math.pi if back else 0.0), (p, 0.0 if back else math.pi))


def _upward(a: QRectF, b: QRectF) -> Curve:
    """A straight line from the top of a to the bottom of b."""
    p, q = QPointF(a.center().x(), a.top()), QPointF(b.center().x(), b.bottom())
    path = QPainterPath(p)
    path.lineTo(q)
    angle = math.atan2(q.y() - p.y(), q.x() - p.x())
    return Curve(path, (q, angle), (p, angle + math.pi))
