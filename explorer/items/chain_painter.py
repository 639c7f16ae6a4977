"""Draws columns of the chain. What is drawn depends on the scene, the layout and how far the passes have come."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from explorer.items.chain_layout import ChainLayout, Detail
from explorer.items.chain_scene import LinkPicture, RowPicture
from explorer.theme import Theme

EMPTY, FORWARD_DONE, BACKWARD_DONE = 0, 1, 2


@dataclass(frozen=True)
class Progress:
    """How far the passes have come: forward has done t = 1 … `forward`, backward t = `backward` … T (T + 1: none).

    Where rows go different ways, `beats` says how many beats of the forward and of the backward pass are done.
    """

    forward: int
    backward: int
    loss: bool
    beats: tuple[int, int] | None = None

    def phase(self, t: int, row: RowPicture | None = None) -> int:
        """What step t shows, in a row."""
        if self.beats is None or row is None or row.forward is None or row.backward is None:
            return BACKWARD_DONE if t >= self.backward else FORWARD_DONE if t <= self.forward else EMPTY
        forward, backward = self.beats
        if backward >= row.backward[t - 1]:
            return BACKWARD_DONE
        return FORWARD_DONE if forward >= row.forward[t - 1] else EMPTY


def whole(phase: int, steps: int) -> Progress:
    """The progress in which every step shows `phase`."""
    return Progress(steps if phase else 0, 1 if phase == BACKWARD_DONE else steps + 1, phase == BACKWARD_DONE)


class ChainPainter:
    """Draws with one theme and layout."""

    def __init__(self, layout: ChainLayout, theme: Theme) -> None:
        self.layout, self.theme = layout, theme
        self.scene, self.columns = layout.scene, layout.columns
        self._full = layout.detail is Detail.FULL
        self._outline = QPen(QColor(theme.node_outline), theme.outline if self._full else 0.8)
        self._node, self._empty = QColor(theme.node), QColor(theme.empty_strip)
        self._separator = QPen(self._node, 1.0)
        self._ways = {name: QColor(getattr(theme, name)) for name in ("forward", "backward", "node_outline", "line")}
        self._width = theme.edge if self._full else theme.edge * 0.8
        recurrent = sum(link.recurrent or bool(self.scene.bent(link).any()) for link in self.scene.links)
        gap = layout.column - layout.node_width
        self._widest = max(1.5, min(theme.edge_max, gap * (0.45 if recurrent == 1 else 0.24)))

    def draw(self, painter: QPainter, first: int, last: int, progress: Progress) -> None:
        """Columns first … last, and the edges that begin or end in them."""
        first, last = max(first, 1), min(last, self.scene.steps)
        if first > last:
            return
        if self.layout.detail is Detail.HEAT:
            self._heat(painter, first, last, progress)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for t in range(max(first - 1, 1), min(last + 1, self.scene.steps) + 1):
            for link in self.scene.links:
                if first <= t <= last or link.recurrent:
                    self._edge(painter, link, t, progress)
        for t in range(first, last + 1):
            self._column(painter, t, progress)

    def draw_live(self, painter: QPainter, t: int, progress: Progress) -> None:
        """Column t, and the edges in the gaps beside it. A clip keeps what else they touch."""
        if self.layout.detail is Detail.HEAT:
            self._heat(painter, max(t - 1, 1), min(t + 1, self.scene.steps), progress)
            if progress.loss:
                self.output_gradients(painter, t - 1, t + 1)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for link in self.scene.links:
            for step in ((t - 1, t) if link.back else (t, t + 1)) if link.recurrent else (t - 1, t):
                passing = bool(self.scene.bent(link).any())  # only these leave their own column
                if 1 <= step <= self.scene.steps and (link.recurrent or step == t or passing):
                    self._edge(painter, link, step, progress)
        self._column(painter, t, progress)
        if progress.loss:
            self.output_gradients(painter, t, t)

    # --- nodes ---
    def _column(self, painter: QPainter, t: int, progress: Progress) -> None:
        full = self._full
        radius = 6.0 if full else 2.0
        for index, row in enumerate(self.scene.rows):
            if not row.present[t - 1]:
                continue
            node = self.layout.node(index, t)
            painter.setPen(self._outline)
            painter.setBrush(self._node)
            painter.drawRoundedRect(node, radius, radius)
            upper, lower = self.layout.strips(index, node)
            source = _pixels(t, row.units, len(row.lines))
            phase = progress.phase(t, row)
            if phase >= FORWARD_DONE:
                painter.drawImage(upper, row.value_strip, source)
                self._separate(painter, upper, row.units, len(row.lines))
            elif full:
                painter.fillRect(upper, self._empty)
            if lower is not None:
                self._gradients(painter, index, t, lower, phase >= BACKWARD_DONE)

    def _gradients(self, painter: QPainter, index: int, t: int, strip: QRectF, done: bool) -> None:
        row = self.scene.rows[index]
        if not done or row.gradient_strip is None:
            if self._full:
                painter.fillRect(strip, self._empty)
            return
        painter.drawImage(strip, row.gradient_strip, _pixels(t, row.units, len(row.lines)))
        self._separate(painter, strip, row.units, len(row.lines))
        self._signs(painter, index, t, strip)

    def output_gradients(self, painter: QPainter, first: int, last: int) -> None:
        """The gradients of outputs that no later step reads: the loss makes them, before the backward pass begins."""
        index = len(self.scene.rows) - 1
        row = self.scene.rows[index]
        if self.layout.detail is Detail.HEAT:
            first, last = max(first, 1), min(last, self.scene.steps)
            _, lower = self._heat_rects(index)
            if lower is not None and row.gradient_heat is not None:
                for a, b in _runs(self.scene.at_loss[first - 1 : last]):
                    self._heat_part(painter, lower, row.gradient_heat, first + a, first + b)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for t in range(max(first, 1), min(last, self.scene.steps) + 1):
            if self.scene.at_loss[t - 1]:
                _, lower = self.layout.strips(index, self.layout.node(index, t))
                if lower is not None:
                    self._gradients(painter, index, t, lower, True)

    def _separate(self, painter: QPainter, strip: QRectF, units: int, lines: int) -> None:
        """Thin gaps between units, where a unit is wide enough to bear them."""
        if not self._full or strip.width() / units < 4.5:
            return
        painter.setPen(self._separator)
        step = strip.width() / units
        places = [strip.x() + k * step for k in range(1, units)]
        edges = [QLineF(x, strip.top(), x, strip.bottom()) for x in places]
        step = strip.height() / lines
        if step >= 4.5:
            places = [strip.y() + k * step for k in range(1, lines)]
            edges += [QLineF(strip.left(), y, strip.right(), y) for y in places]
        painter.drawLines(edges)

    def _signs(self, painter: QPainter, index: int, t: int, strip: QRectF) -> None:
        row = self.scene.rows[index]
        width, height = strip.width() / row.units, strip.height() / len(row.lines)
        arm = min(width, height, 12.0) * 0.28
        if not self._full or arm < 1.6:
            return
        light: list[QLineF] = []
        dark: list[QLineF] = []
        colours, signs = row.gradient_colours[t - 1], row.signs[t - 1]
        for line in range(len(row.lines)):
            y = strip.y() + (line + 0.5) * height
            for unit in range(row.units):
                sign = signs[line, unit]
                if not sign:
                    continue
                x = strip.x() + (unit + 0.5) * width
                packed = int(colours[line, unit])
                luminance = 0.3 * (packed >> 16 & 255) + 0.59 * (packed >> 8 & 255) + 0.11 * (packed & 255)
                marks = light if luminance < 150 else dark
                marks.append(QLineF(x - arm, y, x + arm, y))
                if sign > 0:
                    marks.append(QLineF(x, y - arm, x, y + arm))
        for marks, colour in ((light, "#ffffff"), (dark, "#5c2200")):
            if marks:
                painter.setPen(QPen(QColor(colour), 1.4))
                painter.drawLines(marks)

    # --- edges ---
    def _edge(self, painter: QPainter, link: LinkPicture, t: int, progress: Progress) -> None:
        """The link's edge at step t; a recurrent one comes from t − 1."""
        rows, before = self.scene.rows, link.origin(t)
        if not self.scene.has_edge(link, t):
            return
        # The gradient has passed where the target's is there: its own step, one column on for a recurrent edge.
        done = (
            progress.phase(before, rows[link.source])
            if progress.beats is None
            else progress.phase(t, rows[link.target])
        )
        gradient = done == BACKWARD_DONE and not self.scene.is_cut(link, t)
        if gradient and link.source == 0:
            gradient = rows[0].gradients is not None
        if gradient:
            place = float(link.decades[t - 1])
            colour = self._ways["backward" if place >= 0 else "node_outline"]
            width = self._width + (self._widest - self._width) * max(place, 0.0)
        elif progress.phase(t, rows[link.target]) != EMPTY:
            colour, width = self._ways["forward"], self._width
        else:
            colour, width = self._ways["line"], self._width
        source = self.layout.node(link.source, before)
        target = self.layout.node(link.target, t)
        path, forward_end, back_end = self._path(link, source, target, bool(self.scene.bent(link)[t - 1]))
        end, angle = back_end if gradient else forward_end
        self._stroke(painter, path, colour, width, end, angle)

    def edge_path(self, link: LinkPicture, t: int) -> QPainterPath | None:
        """The link's curve at step t, for a hit test; None where there is none."""
        if not self.scene.has_edge(link, t):
            return None
        source, target = (self.layout.node(r, k) for r, k in ((link.source, link.origin(t)), (link.target, t)))
        return self._path(link, source, target, bool(self.scene.bent(link)[t - 1]))[0]

    def _path(self, link: LinkPicture, a: QRectF, b: QRectF, bent: bool) -> tuple[QPainterPath, tuple, tuple]:
        """The curve from node a to node b, and both its ends with the angle in which an arrow would arrive there."""
        if link.recurrent and link.back:
            lift = min(9.0, a.height() * 0.2) if link.source != link.target else 0.0
            p, q = QPointF(a.left(), a.center().y() + lift), QPointF(b.right(), b.center().y() - lift)
            bend = max(8.0, (p.x() - q.x()) * 0.9)
            path = QPainterPath(p)
            path.cubicTo(QPointF(p.x() - bend, p.y()), QPointF(q.x() + bend, q.y()), q)
            return path, (q, math.pi), (p, 0.0)
        if link.recurrent and link.source == link.target:
            p, q = QPointF(a.right(), a.center().y()), QPointF(b.left(), b.center().y())
            path = QPainterPath(p)
            path.lineTo(q)
            return path, (q, 0.0), (p, math.pi)
        if link.recurrent:
            lift = min(9.0, a.height() * 0.2)
            p, q = QPointF(a.right(), a.center().y() + lift), QPointF(b.left(), b.center().y() - lift)
            bend = max(8.0, (q.x() - p.x()) * 0.9)
            path = QPainterPath(p)
            path.cubicTo(QPointF(p.x() + bend, p.y()), QPointF(q.x() - bend, q.y()), q)
            return path, (q, 0.0), (p, math.pi)
        if bent:
            side = a.right() + min(9.0, (self.layout.column - a.width()) * 0.32)
            p, q = QPointF(a.right() - 3, a.top() + 4), QPointF(b.right() - 3, b.bottom() - 4)
            path = QPainterPath(QPointF(a.right(), a.top() + 6))
            path.cubicTo(QPointF(side, a.top() + 4), QPointF(side, a.top()), QPointF(side, a.top() - 8))
            path.lineTo(QPointF(side, b.bottom() + 8))
            path.cubicTo(QPointF(side, b.bottom()), QPointF(side, b.bottom() - 4), QPointF(b.right(), b.bottom() - 6))
            return path, (QPointF(b.right(), b.bottom() - 6), math.pi), (QPointF(a.right(), a.top() + 6), math.pi)
        p, q = QPointF(a.center().x(), a.top()), QPointF(b.center().x(), b.bottom())
        path = QPainterPath(p)
        path.lineTo(q)
        return path, (q, -math.pi / 2), (p, math.pi / 2)

    def _stroke(
        self, painter: QPainter, path: QPainterPath, colour: QColor, width: float, end: QPointF, angle: float
    ) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawPath(path)
        if not self._full:
            return
        size = 4.5 + width * 1.45
        tip = QPointF(end.x() + math.cos(angle), end.y() + math.sin(angle))
        wings = [
            QPointF(tip.x() - size * math.cos(angle + turn), tip.y() - size * math.sin(angle + turn))
            for turn in (-0.46, 0.46)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([tip, *wings]))

    # --- heat ---
    def _heat(self, painter: QPainter, first: int, last: int, progress: Progress) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for index, row in enumerate(self.scene.rows):
            upper, lower = self._heat_rects(index)
            left, right = self._edges(first, last)
            empty = QColor(self.theme.empty_strip if row.present.all() else self.theme.panel)
            painter.fillRect(QRectF(left, upper.y(), right - left, upper.height()), empty)
            if progress.beats is not None:
                self._heat_runs(painter, row, (upper, lower), first, last, progress)
                continue
            forward_end = min(last, progress.forward if progress.backward > self.scene.steps else self.scene.steps)
            self._heat_part(painter, upper, row.value_heat, first, forward_end)
            if lower is not None:
                painter.fillRect(QRectF(left, lower.y(), right - left, lower.height()), empty)
                if row.gradient_heat is not None:
                    self._heat_part(painter, lower, row.gradient_heat, max(first, progress.backward), last)

    def _heat_runs(
        self,
        painter: QPainter,
        row: RowPicture,
        bands: tuple[QRectF, QRectF | None],
        first: int,
        last: int,
        progress: Progress,
    ) -> None:
        """A row whose columns are not done from left to right: run by run of those that are."""
        phases = np.array([progress.phase(t, row) for t in range(first, last + 1)])
        for a, b in _runs(phases >= FORWARD_DONE):
            self._heat_part(painter, bands[0], row.value_heat, first + a, first + b)
        if bands[1] is not None and row.gradient_heat is not None:
            empty = QColor(self.theme.empty_strip if row.present.all() else self.theme.panel)
            left, right = self._edges(first, last)
            painter.fillRect(QRectF(left, bands[1].y(), right - left, bands[1].height()), empty)
            for a, b in _runs(phases == BACKWARD_DONE):
                self._heat_part(painter, bands[1], row.gradient_heat, first + a, first + b)

    def _heat_rects(self, index: int) -> tuple[QRectF, QRectF | None]:
        node = self.layout.node(index, 1)
        return self.layout.strips(index, node)

    def _edges(self, first: int, last: int) -> tuple[float, float]:
        half = self.layout.column / 2
        return self.layout.x(first) - half, self.layout.x(last) + half

    def _heat_part(self, painter: QPainter, band: QRectF, heat, first: int, last: int) -> None:
        """Columns first … last of a heat image, stretched to their place."""
        if first > last:
            return
        left, right = self._edges(first, last)
        whole_left, whole_right = self._edges(1, self.scene.steps)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # The whole image, clipped: a part of it, stretched by itself, would be sampled at other places.
        painter.setClipRect(QRectF(left, band.y(), right - left, band.height()), Qt.ClipOperation.IntersectClip)
        painter.drawImage(QRectF(whole_left, band.y(), whole_right - whole_left, band.height()), heat)
        painter.restore()


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The (first, last) places of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _pixels(t: int, units: int, lines: int) -> QRectF:
    """Step t's part of a strip; a hair less, because a smoothed edge would take in the neighbour's colour."""
    return QRectF((t - 1) * units + 0.02, 0.02, units - 0.04, lines - 0.04)
