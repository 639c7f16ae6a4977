"""The loss above the chain's outputs: for each term a node with output and target side by side, their difference below
them, and the edge by which the gradient goes back to the output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from core.chain.losses import LossNodes
from explorer.items.before import lower_edge
from explorer.items.chain.edges import ChainEdges, PenKey
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.links import Inked
from explorer.items.chain.routes import Curve, upward
from explorer.items.pixmaps import Copied
from explorer.items.rounded import rounded
from explorer.items.signs import draw_signs, gradient_signs
from explorer.style.colours import gradient_colours, image, level_colours, value_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.fonts import sized
from explorer.style.theme import Theme

Array = np.ndarray
ANTIALIASING = QPainter.RenderHint.Antialiasing
NOTHING, OUTPUT, TARGET, DIFFERENCE, LOSS = range(5)  # what there is to be seen, each with all before it
STAGES = (NOTHING, OUTPUT, TARGET, DIFFERENCE, LOSS)
WIDEST, LEAST_WIDTH = 64.0, 34.0  # px of a node; of one that stands alone, however narrow its column
FAINT = 0.35  # the opacity of the terms whose gradient is not on show
NARROW_RADIUS = 2.0  # px of the corners of a narrow node
LINE, GAP, AWAY = 1.15, 10.0, 14.0  # a line of text, in its px; between what is said, and between it and the node

_OUTLINES = Copied(4)


def stage(position: float, beat: int) -> int:
    """What is to be seen at a position on the line, where the loss is beat `beat`: a quarter of it each."""
    return min(max(int(4.0 * (position - beat + 1) + 1e-6) + (position > beat - 1), NOTHING), LOSS)


def returning(fraction: float) -> float:
    """How much of the loss's beat the gradient on the outputs has of its own: none before there is a difference."""
    return max(0.0, fraction - 0.75) * 4.0


@dataclass(frozen=True, eq=False)
class LossPicture(LossNodes, Inked):
    """The terms of a loss and what they are drawn in: edges in the ink of their `norms` up to 10^`high`. `levels`: the
    outputs are probabilities, drawn as levels, otherwise as values within ±`limit`. `alone`: the column of the one term
    whose gradient is on show; None: that of all of them."""

    levels: bool
    limit: float
    theme: Theme
    high: float = HIGH
    alone: int | None = None
    before: LossPicture | None = None  # the same terms before an edit

    def changed(self, k: int) -> tuple[bool, bool, bool]:
        """Whether the output, the target and the difference of term k (from 0) were others before an edit."""
        if self.before is None:
            return False, False, False
        now, then = ((each.outputs[k], each.targets[k], each.differences[k]) for each in (self, self.before))
        first, second, third = (not np.array_equal(a, b, equal_nan=True) for a, b in zip(now, then, strict=True))
        return first, second, third

    @property
    def single(self) -> bool:
        """Whether the loss has one term."""
        return len(self) == 1

    def _shown(self, values: Array) -> Array:
        if self.levels:
            return level_colours(values, self.theme)
        return value_colours(values, self.limit, self.theme)

    @cached_property
    def colours(self) -> tuple[Array, Array, Array]:
        """(n, O) each, packed: of the outputs, the targets and the differences."""
        differences = gradient_colours(self.differences, LOW, self.high, self.theme)
        return self._shown(self.outputs), self._shown(self.targets), differences

    @cached_property
    def images(self) -> tuple[QImage, QImage, QImage]:
        """The same as pictures, one line a term."""
        first, second, third = (image(each) for each in self.colours)
        return first, second, third

    def heat(self, at: int) -> QImage:
        """What a stage shows of all terms, in 2·O px each: outputs and targets beside each other, and below them the
        differences."""
        if at not in self._heats:
            empty = QColor(self.theme.empty_strip).rgb()
            outputs, targets, differences = (
                each if at >= least else np.full_like(each, empty)
                for each, least in zip(self.colours, STAGES[1:], strict=False)
            )
            lines = np.concatenate((outputs, targets), axis=1), np.repeat(differences, 2, axis=1)
            self._heats[at] = image(np.stack([line.ravel() for line in lines]))
        return self._heats[at]

    @cached_property
    def _heats(self) -> dict[int, QImage]:
        return {}

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """The first and the last term (from 0) of each run of columns side by side."""
        ends = np.flatnonzero(np.diff(self.columns) != 1).tolist()
        return list(zip([0, *(end + 1 for end in ends)], [*ends, len(self) - 1], strict=True))

    @cached_property
    def signs(self) -> Array:
        """(n, O): those of the differences."""
        return gradient_signs(self.differences, 10.0**LOW)


class Words(NamedTuple):
    """What is said beside or over a node, each from its stage on: `detail` by stage, and the loss itself."""

    detail: tuple[str, str, str]
    loss: str


class Said(NamedTuple):
    """A text in its place."""

    place: QRectF
    text: str
    bold: bool


class LossRow:
    """The row of the loss's nodes between `top` and `bottom` px, over a laid-out chain; `output`: the row of z."""

    def __init__(
        self, layout: ChainLayout, picture: LossPicture, output: int, top: float, bottom: float, font: QFont
    ) -> None:
        self.layout, self.picture, self.output = layout, picture, output
        self.top, self.bottom, self.theme = top, bottom, picture.theme
        self._places = {int(t): k for k, t in enumerate(picture.columns)}
        self._small, self._bold = sized(font, self.theme.small_px), sized(font, self.theme.font_px + 2, bold=True)
        self._full = layout.detail is Detail.FULL or picture.single
        self._heat = layout.detail is Detail.HEAT and not picture.single  # nodes side by side, without edges
        self._outline = QPen(QColor(self.theme.node_outline), self.theme.outline if self._full else 0.8)
        self._chosen = QPen(QColor(self.theme.ink), self.theme.selected)
        self._inside, self._empty = QColor(self.theme.node), QColor(self.theme.empty_strip)
        self._separator = QPen(self._inside, 1.0)
        self._said: tuple[list[str], list[Said]] | None = None  # texts with their places

    # --- geometry ---
    def node(self, k: int) -> QRectF:
        """The node of term k (from 0)."""
        layout, height = self.layout, self.bottom - self.top
        width = layout.column if layout.detail is Detail.HEAT else min(layout.node_width, WIDEST)
        if self.picture.single:
            width = max(width, LEAST_WIDTH)
        lost = 3.0 + (self.theme.small_px * LINE if self.has_numbers else 0.0)
        node = QRectF(layout.x(int(self.picture.columns[k])) - width / 2, self.top + lost, width, height - lost - 3.0)
        if self.picture.single:
            node.moveRight(min(node.right(), max(layout.columns.right, layout.x(int(self.picture.columns[k])))))
        return node

    @property
    def has_numbers(self) -> bool:
        """Whether every node has its number over it."""
        return not self.picture.single and self.layout.detail is Detail.FULL

    def term(self, t: int) -> int | None:
        """The term of column t; None where the loss does not look at it."""
        return self._places.get(t)

    def hit(self, place: QPointF) -> int | None:
        """The column whose node is under a point."""
        if not self.top <= place.y() <= self.bottom:
            return None
        columns = [int(self.picture.columns[0])] if self.picture.single else [self.layout.columns.step_at(place.x())]
        return next((t for t in columns if t in self._places and self.node(self._places[t]).contains(place)), None)

    def _strips(self, node: QRectF) -> tuple[QRectF, QRectF, QRectF]:
        """Where output, target and difference lie in a node."""
        inset = 3.0 if self._full else 1.0 if self.layout.detail is Detail.COMPACT else 0.0
        inner = node.adjusted(inset, inset, -inset, -inset)
        half, high = (inner.width() - inset * 0.6) / 2, (inner.height() - max(inset * 0.6, 1.0)) / 2
        return (
            QRectF(inner.left(), inner.top(), half, high),
            QRectF(inner.right() - half, inner.top(), half, high),
            QRectF(inner.left(), inner.bottom() - high, inner.width(), high),
        )

    # --- what is said ---
    def said(self, words: Words, at: int, left: float, right: float) -> list[Said]:
        """The texts beside a node that stands alone, as far as there is room between `left` and `right`: the detail
        and the loss under each other or in one line, left of it or right of it; the loss alone; nothing."""
        if not self.picture.single or at == NOTHING:
            return []
        node, small, bold = self.node(0), QFontMetricsF(self._small), QFontMetricsF(self._bold)
        two = self.bottom - self.top >= small.height() + bold.height()
        texts = (words.detail[min(at, DIFFERENCE) - 1], words.loss if at == LOSS else "")
        widths = [small.horizontalAdvance(words.detail[-1]), bold.horizontalAdvance(words.loss)]  # of the last stage
        for shown in ((0, 1), (1,)):
            wide = [widths[k] for k in shown]
            width = max(wide) if two else sum(wide) + GAP * (len(wide) - 1)
            if node.left() - AWAY - width >= left:
                return self._set(texts, shown, two, node.left() - AWAY, True)
            if node.right() + AWAY + width <= right:
                return self._set(texts, shown, two, node.right() + AWAY, False)
        return []

    def _set(self, texts: tuple[str, str], shown: tuple[int, ...], two: bool, x: float, before: bool) -> list[Said]:
        """Texts that end (`before`) or begin at x; the loss next to the node, or over the detail."""
        middle, found = self.node(0).center().y(), []
        metrics = (QFontMetricsF(self._small), QFontMetricsF(self._bold))
        height = sum(metrics[k].height() for k in shown)
        y = middle - height / 2
        for k in reversed(shown):
            width = metrics[k].horizontalAdvance(texts[k]) + 1.0
            top = y if two else middle - metrics[k].height() / 2
            found.append(Said(QRectF(x - width if before else x, top, width, metrics[k].height()), texts[k], k == 1))
            y += metrics[k].height()
            if not two and texts[k]:
                x += (-1.0 if before else 1.0) * (width + GAP)
        return [each for each in found if each.text]

    def numbers(self, texts: list[str]) -> list[Said]:
        """Each term's number over its node, where it stands free of its neighbours."""
        if not self.has_numbers:
            return []
        if self._said is None or self._said[0] is not texts:  # they stay where they are while the playhead moves
            first, last = self.layout.columns.visible()
            there = [self.number(k, text) for k, text in enumerate(texts) if first <= self.picture.columns[k] <= last]
            self._said = texts, [each for each in there if each.place.width() <= self.layout.column - 5.0]
        return self._said[1]

    def number(self, k: int, text: str) -> Said:
        """A term's number over its node."""
        metrics, node = QFontMetricsF(self._small), self.node(k)
        width, height = metrics.horizontalAdvance(text), metrics.height()
        return Said(QRectF(node.center().x() - width / 2, node.top() - height + 1, width, height), text, False)

    # --- painting ---
    def draw(self, painter: QPainter, edges: ChainEdges, at: int) -> None:
        """All visible nodes with their edges, as far as a stage has come."""
        first, last = self.layout.columns.visible()
        painter.setRenderHint(ANTIALIASING, self._full or self.layout.detail is Detail.COMPACT)
        if self._heat and self.picture.before is None:
            self._draw_heat(painter, at)
            return
        columns = self.picture.columns
        seen = np.flatnonzero((columns >= first - 1) & (columns <= last + 1)).tolist()
        if not self._full and self.picture.alone is None:
            self._draw_narrow(painter, edges, seen, at)
            return
        for k in seen:
            painter.setOpacity(1.0 if self.picture.alone in (None, int(columns[k])) else FAINT)
            self.draw_term(painter, edges, k, at)
        painter.setOpacity(1.0)

    def _draw_narrow(self, painter: QPainter, edges: ChainEdges, terms: list[int], at: int) -> None:
        """Many narrow nodes: the edges of one pen are one path, and outlines come from a picture."""
        picture = self.picture
        if not self._heat:
            edges.draw_narrow(painter, (self._narrow_edge(edges, k, at) for k in terms))
            steps = tuple(picture.columns[terms].tolist())
            key = self.layout.geometry, self.top, self.bottom, steps, self.theme
            room = self.node(terms[0]).united(self.node(terms[-1])).adjusted(-2.0, -2.0, 2.0, 2.0)
            _OUTLINES.draw(painter, key, room, lambda inner: self._draw_outlines(inner, terms))
        for k in terms:
            self._draw_inside(painter, k, self.node(k), at)

    def _narrow_edge(self, edges: ChainEdges, k: int, at: int) -> tuple[PenKey, Curve]:
        picture, t = self.picture, int(self.picture.columns[k])
        curve = edges.known(
            (self.output, self.top, self.bottom, t), lambda: upward(self.layout.node(self.output, t), self.node(k))
        )
        if at != LOSS:
            return edges.pen_without(at > NOTHING), curve
        return edges.pen_with(float(picture.decades[k]), int(picture.inks[k])), curve

    def _draw_outlines(self, painter: QPainter, terms: list[int]) -> None:
        painter.setPen(self._outline)
        painter.setBrush(self._inside)
        for k in terms:
            painter.drawPath(rounded(self.node(k), NARROW_RADIUS))

    def _draw_heat(self, painter: QPainter, at: int) -> None:
        """Nodes that stand side by side, without anything between them: each run of columns is one picture."""
        picture, layout, half = self.picture, self.layout, self.layout.column / 2
        upper, _, lower = self._strips(self.node(0))
        heat = picture.heat(at)
        wide = heat.width() / len(picture)
        painter.setOpacity(1.0 if picture.alone is None else FAINT)
        for first, last in picture.runs:
            left = layout.x(int(picture.columns[first])) - half
            right = layout.x(int(picture.columns[last])) + half
            pixels = QRectF(first * wide, 0.0, (last + 1 - first) * wide, 1.0)
            for line, band in enumerate((upper, lower)):
                place = QRectF(left, band.y(), right - left, band.height())
                painter.drawImage(place, heat, pixels.translated(0.0, line))
        painter.setOpacity(1.0)
        if picture.alone in self._places:
            self._node(painter, self._places[picture.alone], at)

    def draw_term(self, painter: QPainter, edges: ChainEdges, k: int, at: int) -> None:
        """One node with its edge."""
        self._edge(painter, edges, k, int(self.picture.columns[k]), at)
        self._node(painter, k, at)

    def _edge(self, painter: QPainter, edges: ChainEdges, k: int, t: int, at: int) -> None:
        if self._heat:
            return
        output = self.layout.node(self.output, t)
        if self.layout.detail is Detail.HEAT:  # a column of a px or two, and the node wider than it
            output = QRectF(self.node(k).center().x() - 1.0, output.top(), 2.0, output.height())
        place, ink = float(self.picture.decades[k]), int(self.picture.inks[k])
        back = at == LOSS and self.picture.alone in (None, t)
        edges.draw_curve(painter, upward(output, self.node(k)), place, ink, at > NOTHING, back)

    def _node(self, painter: QPainter, k: int, at: int) -> None:
        node, picture = self.node(k), self.picture
        if not self._heat:
            radius = min(node.height() / 2 if self._full else NARROW_RADIUS, 9.0)
            painter.setPen(self._chosen if picture.alone == int(picture.columns[k]) else self._outline)
            painter.setBrush(self._inside)
            painter.drawPath(rounded(node, radius))
        self._draw_inside(painter, k, node, at)

    def _draw_inside(self, painter: QPainter, k: int, node: QRectF, at: int) -> None:
        picture = self.picture
        changed = picture.changed(k)
        for which, (strip, least) in enumerate(zip(self._strips(node), STAGES[1:], strict=False)):
            if at < least:
                painter.fillRect(strip, self._empty)
                continue
            colours = picture.colours[which]
            pixels = QRectF(0.02, k + 0.02, colours.shape[1] - 0.04, 0.96)
            painter.drawImage(strip, picture.images[which], pixels)
            if picture.before is not None and changed[which]:
                place = lower_edge(strip)
                painter.drawImage(place, picture.before.images[which], pixels)
                if self._full:
                    painter.setPen(self._separator)
                    painter.drawLine(place.topLeft(), place.topRight())
            if least == DIFFERENCE and self._full:
                draw_signs(painter, strip, picture.signs[k : k + 1], colours[k : k + 1], self.theme)

    def draw_texts(self, painter: QPainter, texts: list[Said], ink: str, loss_ink: str) -> None:
        """Texts at their places."""
        for each in texts:
            painter.setFont(self._bold if each.bold else self._small)
            painter.setPen(QColor(loss_ink if each.bold else ink))
            painter.drawText(each.place.adjusted(-4, -2, 4, 2), Qt.AlignmentFlag.AlignCenter, each.text)
