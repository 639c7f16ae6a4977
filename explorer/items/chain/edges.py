"""The edges of the chain: which way each goes round the nodes, and how it is stroked."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.links import LinkPicture
from explorer.items.chain.routes import (
    Curve,
    arc,
    beside,
    down,
    dropped,
    elbow,
    raised,
    sideways,
    trunk,
    upward,
)
from explorer.items.chain.scene import BACKWARD_DONE, EMPTY, FORWARD_DONE, phases
from explorer.items.rounded import rounded
from explorer.style.theme import Theme

SOLID, FAINT, FEW = 170, 60, 40  # the alpha of arcs, of those that are not selected, how many may be shown so
NO_BRUSH, NO_PEN, SOLID_LINE = Qt.BrushStyle.NoBrush, Qt.PenStyle.NoPen, Qt.PenStyle.SolidLine
FLAT = Qt.PenCapStyle.FlatCap
ZERO_LINE = Qt.PenStyle.DashLine  # of an edge whose gradient is exactly 0: there is one, and it carries nothing
HEAD_TURN, HEAD_SHARE = 0.46, 0.85  # half the angle of an arrowhead; of the gap between rows that one may take
LEAST_BREADTH = 1.5  # of an arrowhead, in widths of its line: a narrower one would not be seen
BLUNT, UNDER = 3.0, 0.65  # px of a line that would cover the tip of its head; the share of the head that it ends under
WIDEST_ARC = 14.0  # px of a weight of 1
WIDE, THIN = (
    12,
    16,
)  # how many arcs of a step are wide (a wide one takes a millisecond), and how many thin between strips

PenKey = tuple[int, float, bool]  # packed colour, px of width, whether dashed


@lru_cache(maxsize=4)
def _curves(geometry: Hashable) -> dict[Hashable, Curve]:
    """The curves between nodes that lie so, as far as they have been asked for: other numbers do not change them."""
    return {}


class ChainEdges:
    """Draws edges with one theme and layout."""

    def __init__(self, layout: ChainLayout, theme: Theme) -> None:
        self.layout, self.scene = layout, layout.scene
        self._known = _curves(layout.geometry)
        self._full = layout.detail is Detail.FULL
        self._ways = {name: QColor(getattr(theme, name)) for name in ("forward", "line")}
        self._width = theme.edge if self._full else theme.edge * 0.8
        recurrent = sum(link.recurrent or bool(self.scene.bent(link).any()) for link in self.scene.links)
        gap = layout.column - layout.node_width
        bearable = layout.row_gap * HEAD_SHARE * 2 * math.sin(HEAD_TURN) / LEAST_BREADTH  # the head still shows
        self.widest = max(1.5, min(theme.edge_max, gap * (0.45 if recurrent == 1 else 0.24), bearable))

    def draw(self, painter: QPainter, link: LinkPicture, t: int, phase: int) -> None:
        """The link's edge into step t as it is in a phase."""
        if not self.scene.has_edge(link, t):
            return
        gradient = phase == BACKWARD_DONE and not self.scene.is_cut(link, t)
        if gradient and link.source == 0:
            gradient = self.scene.rows[0].gradients is not None
        place, ink = float(link.decades[t - 1]), int(link.inks[t - 1])
        self.draw_curve(painter, self.curve(link, t), place, ink, phase != EMPTY, gradient)

    def draw_all(self, painter: QPainter, links: list[LinkPicture], phase: int, first: int, last: int) -> None:
        """The links' edges into the steps first … last as they are in a phase."""
        if self._full:
            for t in range(first, last + 1):
                for link in links:
                    self.draw(painter, link, t, phase)
            return
        for link in links:
            self.draw_narrow(painter, self._narrow(link, phase, first, last))

    def draw_narrow(self, painter: QPainter, curves: Iterable[tuple[PenKey, Curve]]) -> None:
        """Curves of narrow columns, which have no arrowheads and do not touch: those of one pen are one path."""
        found: dict[PenKey, QPainterPath] = {}
        for pen, curve in curves:
            path = found.get(pen)
            if path is None:
                found[pen] = QPainterPath(curve.path)
            else:
                path.addPath(curve.path)
        painter.setBrush(NO_BRUSH)
        for (colour, width, dashed), path in found.items():
            painter.setPen(QPen(QColor.fromRgb(colour), width, ZERO_LINE if dashed else SOLID_LINE, FLAT))
            painter.drawPath(path)

    def _narrow(self, link: LinkPicture, phase: int, first: int, last: int) -> Iterator[tuple[PenKey, Curve]]:
        there = np.flatnonzero(self.scene.edges(link)[first - 1 : last]) + first
        back = phase == BACKWARD_DONE and (link.source > 0 or self.scene.rows[0].gradients is not None)
        cuts = (self.scene.back_cuts if link.back else self.scene.cuts) if link.recurrent else ()
        plain = self.pen_without(phase != EMPTY)
        inked = zip(there.tolist(), link.decades[there - 1].tolist(), link.inks[there - 1].tolist(), strict=True)
        for t, place, ink in inked:
            yield self.pen_with(place, ink) if back and t not in cuts else plain, self.curve(link, t)

    def pen_with(self, place: float, ink: int) -> PenKey:
        """That of an edge with a gradient at a `place` over the decades, in its `ink`."""
        return ink, self.thickness(place), place < 0.0

    def pen_without(self, forward: bool) -> PenKey:
        """That of an edge that carries values, or nothing yet."""
        return self._ways["forward" if forward else "line"].rgb(), self._width, False

    def known(self, key: Hashable, make: Callable[[], Curve]) -> Curve:
        """The curve that is called so, which `make` gives the first time and follows from where nodes lie alone."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = make()
        return found

    def draw_curve(
        self, painter: QPainter, curve: Curve, place: float, ink: int, forward: bool, gradient: bool
    ) -> None:
        """A curve that carries values, or nothing yet; or a gradient at a `place` over the decades, in its `ink`."""
        dashed = False
        if gradient:
            colour, width, dashed = QColor.fromRgb(ink), self.thickness(place), place < 0.0
        else:
            colour, width = self._ways["forward" if forward else "line"], self._width
        self._stroke(painter, curve.path, colour, width, dashed, *(curve.source if gradient else curve.target))

    def thickness(self, place: float) -> float:
        """px of a gradient at a place over the decades."""
        return self._width + (self.widest - self._width) * max(place, 0.0)

    def head(self, width: float) -> float:
        """px of the sides of an arrowhead on a line: as long as the gap between rows allows, and broader than it."""
        most = max(self.layout.row_gap * HEAD_SHARE, 4.5)
        return max(min(4.5 + width * 1.45, most), width * LEAST_BREADTH / (2 * math.sin(HEAD_TURN)))

    def draw_far(self, painter: QPainter, done: int, live: int) -> None:
        """The edges that cross columns: those of the selected step, and all where they are few."""
        if self.layout.detail is Detail.HEAT:
            return
        for k in self.scene.far:
            link = self.scene.links[k]
            forward, backward = self.scene.beats(link)
            for t in self.far_steps(link, live):
                if self.scene.has_edge(link, t):
                    phase = BACKWARD_DONE if backward[t - 1] <= done else int(forward[t - 1] <= done)
                    self.draw(painter, link, t, phase)

    def far_steps(self, link: LinkPicture, live: int) -> range:
        """The steps whose far edges are shown: all where they are few, else those of the selected step."""
        few = link.there is None or int(link.there.sum()) <= FEW
        if (few and not link.recurrent) or link.single:
            return range(1, self.scene.steps + 1)
        return range(live, live + 1)

    def arcs_shown(self, done: int, live: int) -> tuple[int, tuple[int, ...]]:
        """What the picture of the arcs depends on: the context (from 0) of step `live`, −1 where it has none, and the
        phase of each context whose arcs are drawn, −1 for the others; all of them where they are few."""
        arcs = self.scene.arcs
        if arcs is None or self.layout.detail is Detail.HEAT:
            return -1, ()
        count, keys = arcs.weights.shape
        now = live - arcs.written - 1
        now = now if 0 <= now < count else -1
        steps = slice(arcs.written, arcs.written + count)
        target = self.scene.rows[arcs.target]
        found = phases(target.forward[steps], target.backward[steps], done)
        return now, tuple(int(p) if count * keys <= FEW or i == now else -1 for i, p in enumerate(found))

    def draw_arcs(self, painter: QPainter, now: int, shown: tuple[int, ...]) -> None:
        """Attention: arcs from every state that is read to the contexts, those of context `now` as wide as their
        weights, or as the gradient that went back; the weaker ones of many, and those that are not selected, thin. They
        pass under the nodes: the picture, which holds nothing else, is cleared where a node stands."""
        arcs = self.scene.arcs
        assert arcs is not None
        painter.setBrush(NO_BRUSH)
        for i in sorted(range(len(shown)), key=lambda each: each == now):
            if shown[i] < FORWARD_DONE:
                continue
            strength = arcs.decades[i] if shown[i] == BACKWARD_DONE else arcs.weights[i]
            strongest = np.argsort(-strength, kind="stable")
            wide = set(strongest[:WIDE].tolist()) if i == now and self._full else set()
            back = shown[i] == BACKWARD_DONE
            for j in strongest[: None if self._full else THIN][::-1].tolist():  # the strongest on top
                share = float(strength[j] / max(strength[strongest[0]], 1e-300))
                alpha = SOLID if back or j in wide else 40 + round(130 * share)  # a gradient has its own ink
                self._arc(painter, i, j, back, alpha if i == now else 2 * FAINT if back else FAINT, j in wide)
        self._clear_nodes(painter)

    def _clear_nodes(self, painter: QPainter) -> None:
        """Takes away what was painted where a node of a visible column stands."""
        layout = self.layout
        first, last = layout.columns.visible()
        painter.save()
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.setPen(NO_PEN)
        painter.setBrush(Qt.GlobalColor.black)
        for k, row in enumerate(self.scene.rows):
            there = np.flatnonzero(row.present[max(first - 2, 0) : last]) + max(first - 1, 1)
            nodes = [layout.node(k, t).adjusted(-0.5, -0.5, 0.5, 0.5) for t in there.tolist()]
            if not self._full:
                painter.drawRects(nodes)
                continue
            for node in nodes:
                painter.drawPath(rounded(node, min(6.0, (node.height() - 1.0) / 3)))
        painter.restore()

    def _arc(self, painter: QPainter, i: int, j: int, back: bool, alpha: int, wide: bool) -> None:
        arcs = self.scene.arcs
        assert arcs is not None
        if not self.scene.rows[arcs.source].present[j]:
            return
        dashed = False
        if back:
            place = float(arcs.decades[i, j])
            colour, width = QColor.fromRgb(int(arcs.inks[i, j])), self.thickness(place)
            dashed = place < 0.0
        else:
            colour = QColor(self._ways["forward"])
            place = float(arcs.weights[i, j])
            width = place * min(WIDEST_ARC, self.layout.column * 0.3)
        colour.setAlpha(alpha)
        style = ZERO_LINE if dashed else SOLID_LINE
        painter.setPen(QPen(colour, width if wide else 1.0, style, FLAT))
        painter.drawPath(self.arc_path(i, j))

    def arc_path(self, i: int, j: int) -> QPainterPath:
        """The arc from state j (from 0) to context i (from 0)."""
        arcs = self.scene.arcs
        assert arcs is not None
        a = self.layout.node(arcs.source, j + 1)
        b = self.layout.node(arcs.target, arcs.written + 1 + i)
        low = self.layout.node(arcs.target + 1, 1).bottom()  # nothing of the encoder but x lies below the row above it
        floor = self.layout.node(0, 1).top() - 6
        depth = floor - (floor - b.top()) * j / max(arcs.weights.shape[1] - 1, 1)
        gap = (self.layout.column - self.layout.node_width) / 2
        return arc(a, b, gap, low, depth, self.layout.row_gap)

    def path(self, link: LinkPicture, t: int) -> QPainterPath | None:
        """The link's curve at step t, for a hit test; None where there is none."""
        return self.curve(link, t).path if self.scene.has_edge(link, t) else None

    def curve(self, link: LinkPicture, t: int) -> Curve:
        """The link's curve that is counted at step t."""
        if link.far:  # its way goes by which nodes there are, too
            return self._curve(link, t)
        key = link.source, link.target, link.recurrent, link.lag, t, bool(self.scene.bent(link)[t - 1])
        return self.known(key, lambda: self._curve(link, t))

    def _curve(self, link: LinkPicture, t: int) -> Curve:
        rows, layout = self.scene.rows, self.layout
        a, b = layout.node(link.source, link.origin(t)), layout.node(link.target, link.end(t))
        gap = layout.column - layout.node_width
        if link.far:
            return self._far(link, t, a, b, gap)
        if rows[link.source].shift and link.recurrent:
            return dropped(a, b, gap)
        if link.recurrent:
            return sideways(a, b, link.back, link.source == link.target)
        if rows[link.target].shift:
            return raised(a, b, gap)
        if self.scene.bent(link)[t - 1]:
            return self._round(a, b)
        return upward(a, b)

    def _far(self, link: LinkPicture, t: int, a: QRectF, b: QRectF, gap: float) -> Curve:
        """Across columns, past what stands in them."""
        rows, lane = self.scene.rows, self.layout.row_gap / 2
        if link.source > link.target:
            return trunk(a, b, gap, lane) if rows[link.source].shift else down(a, b, gap / 2, lane)
        over = rows[link.source + 1 : link.target]
        if any(row.present[link.origin(t) - 1] and not row.shift for row in over):
            return beside(a, b, gap)
        return elbow(a, b)

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

    def _stroke(
        self,
        painter: QPainter,
        path: QPainterPath,
        colour: QColor,
        width: float,
        dashed: bool,
        end: QPointF,
        angle: float,
    ) -> None:
        """A curve with its arrow at one end."""
        size = self.head(width)
        pen = QPen(colour, width, ZERO_LINE if dashed else SOLID_LINE, FLAT)
        length = path.length() if self._full and width > BLUNT and not dashed else 0.0
        if length > size:  # one dash, and a gap under the head
            pen.setDashPattern([(length - UNDER * size) / width, UNDER * size / width])
            if end == path.pointAtPercent(0.0):
                pen.setDashOffset((length - UNDER * size) / width)
        painter.setBrush(NO_BRUSH)
        painter.setPen(pen)
        painter.drawPath(path)
        if not self._full:
            return
        tip = QPointF(end.x() + math.cos(angle), end.y() + math.sin(angle))
        wings = [
            QPointF(tip.x() - size * math.cos(angle + turn), tip.y() - size * math.sin(angle + turn))
            for turn in (-HEAD_TURN, HEAD_TURN)
        ]
        painter.setPen(NO_PEN)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([tip, *wings]))
