"""Draws columns of the chain. What is drawn depends on the scene, the layout and how far the passes have come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from explorer.items.before import lower_edge
from explorer.items.chain.digits import NodeDigits
from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.scene import BACKWARD_DONE, FORWARD_DONE, TILES, Elements, LinkPicture, RowPicture, phases
from explorer.items.chain.tiles import ChainTiles
from explorer.items.pixmaps import Copied
from explorer.items.rounded import rounded
from explorer.items.signs import draw_signs
from explorer.style.theme import Theme

NARROW_RADIUS = 2.0  # px of the corners of a narrow node
HAIR = 1.0  # px between a heat map and what it was before

_OUTLINES = Copied(16)


class Progress(NamedTuple):
    """How far the passes have come: so many beats are `done`, and `fraction` of the next one."""

    done: int
    fraction: float = 0.0

    @classmethod
    def at(cls, position: float) -> Progress:
        """That of a position on the line."""
        done = int(position + 1e-9)
        fraction = position - done
        return cls(done, fraction if fraction > 1e-9 else 0.0)

    def phase(self, t: int, row: RowPicture) -> int:
        """What a row's node at step t shows."""
        return int(phases(row.forward[t - 1 : t], row.backward[t - 1 : t], self.done)[0])


class ChainPainter:
    """Draws with one theme and layout."""

    def __init__(self, layout: ChainLayout, theme: Theme, font: QFont | None = None) -> None:
        self.layout, self.theme = layout, theme
        self.scene, self.columns = layout.scene, layout.columns
        self.edges = ChainEdges(layout, theme)
        self.tiles = ChainTiles(layout, self.edges, theme, font or QFont())
        self.digits = NodeDigits(layout, theme.font_px, theme.digit_px)
        self._full = layout.detail is Detail.FULL
        self._outline = QPen(QColor(theme.node_outline), theme.outline if self._full else 0.8)
        self._node, self._empty = QColor(theme.node), QColor(theme.empty_strip)
        self._separator = QPen(self._node, 1.0)

    def draw(self, painter: QPainter, first: int, last: int, progress: Progress) -> None:
        """Columns first … last with the edges that end in them, as they are when the beats of `progress` are done."""
        first, last = max(first, 1), min(last, self.scene.steps)
        for each in self.scene.elements:
            shown = each.phases(progress.done)[first - 1 : last]
            for phase in np.unique(shown):
                for a, b in runs(shown == phase):
                    self.draw_elements(painter, each, int(phase), first + a, first + b)

    def draw_elements(self, painter: QPainter, each: Elements, phase: int, first: int, last: int) -> None:
        """Columns first … last of some elements, all in one phase."""
        first, last = max(first, 1), min(last, self.scene.steps)
        if self.layout.detail is Detail.HEAT:
            for row in each.rows:
                self._heat(painter, row, phase, first, last)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if each.way == TILES:
            for link in each.links:
                self._draw_tiles(painter, self.scene.links[link], phase, first, last)
            return
        self.edges.draw_all(painter, [self.scene.links[link] for link in each.links], phase, first, last)
        if not self._full:
            for row in each.rows:
                self._draw_narrow(painter, row, phase, first, last)
            return
        for t in range(first, last + 1):
            for row in each.rows:
                self.draw_node(painter, row, t, phase)

    def _draw_tiles(self, painter: QPainter, link: LinkPicture, phase: int, first: int, last: int) -> None:
        """The matrix that stands on each edge, and its factor; none where the gradient is cut."""
        if not self._full:
            return
        for t in range(first, last + 1):
            if self.scene.has_edge(link, t):
                shown = min(phase, FORWARD_DONE) if self.scene.is_cut(link, t) else phase
                self.tiles.draw(painter, link, t, shown)

    # --- nodes ---
    def _draw_narrow(self, painter: QPainter, index: int, phase: int, first: int, last: int) -> None:
        """The nodes of a row at the steps first … last where they are narrow: outlines from a picture, and in them
        nothing but colours."""
        row, layout = self.scene.rows[index], self.layout
        there = (np.flatnonzero(row.present[first - 1 : last]) + first).tolist()
        if not there:
            return
        room = layout.node(index, there[0]).united(layout.node(index, there[-1])).adjusted(-2.0, -2.0, 2.0, 2.0)
        key = layout.geometry, index, tuple(there), self.theme
        _OUTLINES.draw(painter, key, room, lambda inner: self._draw_outlines(inner, index, there))
        if row.before is not None or row.tokens is not None or index in self.digits.rows:
            for t in there:
                self._draw_inside(painter, index, t, phase, layout.node(index, t))
            return
        upper, lower = layout.strips(index, layout.node(index, 0))
        strips = [(upper, row.value_strip)] * (phase >= FORWARD_DONE)
        if lower is not None and phase >= BACKWARD_DONE and row.gradient_strip is not None:
            strips.append((lower, row.gradient_strip))
        for place, strip in strips:
            for t in there:
                at = place.translated(t * layout.column, 0.0)
                painter.drawImage(at, strip, _pixels(t, row.units, len(row.lines)))

    def _draw_outlines(self, painter: QPainter, index: int, steps: list[int]) -> None:
        painter.setPen(self._outline)
        painter.setBrush(self._node)
        for t in steps:
            painter.drawPath(rounded(self.layout.node(index, t), NARROW_RADIUS))

    def draw_node(self, painter: QPainter, index: int, t: int, phase: int) -> None:
        """The node of a row at step t in a phase; nothing where there is none."""
        row = self.scene.rows[index]
        if not row.present[t - 1]:
            return
        node = self.layout.node(index, t)
        painter.setPen(self._outline)
        painter.setBrush(self._node)
        painter.drawPath(rounded(node, min(6.0, node.height() / 3) if self._full else NARROW_RADIUS))
        self._draw_inside(painter, index, t, phase, node)

    def _draw_inside(self, painter: QPainter, index: int, t: int, phase: int, node: QRectF) -> None:
        row, full = self.scene.rows[index], self._full
        upper, lower = self.layout.strips(index, node)
        font = row.tokens.font(t, upper) if row.tokens is not None else None
        if row.tokens is not None and font is not None:
            row.tokens.draw(painter, t, upper, font, phase >= FORWARD_DONE, phase >= BACKWARD_DONE)
            return
        written = self.digits.rows.get(index)
        if written is not None and written.table:
            self.digits.draw_table(painter, index, t, phase >= FORWARD_DONE, phase >= BACKWARD_DONE, self._empty)
            return
        if phase >= FORWARD_DONE:
            painter.drawImage(upper, row.value_strip, _pixels(t, row.units, len(row.lines)))
            self._separate(painter, upper, row.units, len(row.lines))
            if row.before is not None and row.changed_values[t - 1]:
                self._before(painter, row.before.value_strip, row, t, upper)
            self._rest(painter, row, t, upper)
            if index in self.digits.rows:
                self.digits.draw(painter, index, upper, row.values[t - 1], row.value_colours[t - 1])
            elif full and row.value_signs is not None:
                draw_signs(painter, upper, row.value_signs[t - 1], row.value_colours[t - 1], self.theme)
        elif full:
            painter.fillRect(upper, self._empty)
        if lower is not None:
            self._gradients(painter, index, t, lower, phase >= BACKWARD_DONE)

    def _before(self, painter: QPainter, then: QImage, row: RowPicture, t: int, strip: QRectF) -> None:
        """What a strip was before an edit, along the lower edge of each of its lines."""
        lines = len(row.lines)
        line = strip.height() / lines
        painter.setPen(self._separator)
        for k in range(lines):
            place = lower_edge(QRectF(strip.x(), strip.y() + k * line, strip.width(), line))
            pixels = _pixels(t, row.units, lines)
            pixels.setTop(k + 0.02)
            pixels.setBottom(k + 0.98)
            painter.drawImage(place, then, pixels)
            if self._full:
                painter.drawLine(place.topLeft(), place.topRight())

    def _rest(self, painter: QPainter, row: RowPicture, t: int, strip: QRectF) -> None:
        """A line through the units that are copied from the step before: they pass by this one."""
        if row.resting is None or not self._full:
            return
        width = strip.width() / row.units
        painter.setPen(QPen(QColor(self.theme.muted), 1.6))
        y = strip.center().y()
        painter.drawLines(
            [
                QLineF(strip.x() + unit * width, y, strip.x() + (unit + 1) * width, y)
                for unit in np.flatnonzero(row.resting[t - 1])
            ]
        )

    def _gradients(self, painter: QPainter, index: int, t: int, strip: QRectF, done: bool) -> None:
        row = self.scene.rows[index]
        if not done or row.gradient_strip is None:
            if self._full:
                painter.fillRect(strip, self._empty)
            return
        painter.drawImage(strip, row.gradient_strip, _pixels(t, row.units, len(row.lines)))
        self._separate(painter, strip, row.units, len(row.lines))
        before = row.before.gradient_strip if row.before is not None and row.changed_gradients[t - 1] else None
        if before is not None:
            self._before(painter, before, row, t, strip)
        if index in self.digits.rows:
            assert row.gradients is not None
            self.digits.draw(painter, index, strip, row.gradients[t - 1], row.gradient_colours[t - 1])
        else:
            self._signs(painter, index, t, strip)

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
        if self._full:
            draw_signs(painter, strip, row.signs[t - 1], row.gradient_colours[t - 1], self.theme)

    # --- heat ---
    def _heat(self, painter: QPainter, index: int, phase: int, first: int, last: int) -> None:
        row = self.scene.rows[index]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        upper, lower = self.layout.strips(index, self.layout.node(index, 1))
        empty = QColor(self.theme.empty_strip)
        then = row.before
        for band, heat, before, changed, done in (
            (upper, row.value_heat, then and then.value_heat, row.changed_values, phase >= FORWARD_DONE),
            (lower, row.gradient_heat, then and then.gradient_heat, row.changed_gradients, phase == BACKWARD_DONE),
        ):
            if band is None:
                continue
            for a, b in runs(row.present[first - 1 : last]):
                left, right = self._edges(first + a, first + b)
                painter.fillRect(QRectF(left, band.y(), right - left, band.height()), empty)
                if done and heat is not None:
                    self._heat_part(painter, band, heat, first + a, first + b)
            if done and before is not None:
                for a, b in runs((row.present & changed)[first - 1 : last]):
                    self._heat_before(painter, band, row, before, first + a, first + b)

    def _edges(self, first: int, last: int) -> tuple[float, float]:
        half = self.layout.column / 2
        return self.layout.x(first) - half, self.layout.x(last) + half

    def _heat_before(
        self, painter: QPainter, band: QRectF, row: RowPicture, then: QImage, first: int, last: int
    ) -> None:
        """What columns first … last were before an edit, along the lower edge of each of the band's lines."""
        line, left, right = band.height() / len(row.lines), *self._edges(first, last)
        for k in range(len(row.lines)):
            place = lower_edge(QRectF(band.x(), band.y() + k * line, band.width(), line))
            self._heat_part(painter, place, then.copy(0, k * row.units, then.width(), row.units), first, last)
            painter.fillRect(QRectF(left, place.top() - HAIR, right - left, HAIR), self._separator.color())

    def _heat_part(self, painter: QPainter, band: QRectF, heat: QImage, first: int, last: int) -> None:
        """Columns first … last of a heat image, stretched to their place."""
        left, right = self._edges(first, last)
        whole_left, whole_right = self._edges(1, self.scene.steps)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        # The whole image, clipped: a part of it, stretched by itself, would be sampled at other places.
        painter.setClipRect(QRectF(left, band.y(), right - left, band.height()), Qt.ClipOperation.IntersectClip)
        painter.drawImage(QRectF(whole_left, band.y(), whole_right - whole_left, band.height()), heat)
        painter.restore()


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The (first, last) places of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _pixels(t: int, units: int, lines: int) -> QRectF:
    """Step t's part of a strip; a hair less, because a smoothed edge would take in the neighbour's colour."""
    return QRectF((t - 1) * units + 0.02, 0.02, units - 0.04, lines - 0.04)
