"""The weights of attention as arcs: the decoder's steps in a row above the encoder's, an arc for each weight.

An arc is as wide and as dark as its weight, on a scale from 0 to 1; or as the gradient with respect to it, by decades.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from explorer.items.pixmaps import Copied
from explorer.items.rounded import rounded
from explorer.style.colours import Colours, edge_colours, ink_on, level_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

FEW, WIDEST_STEP, WIDEST_BOX = 3, 220.0, 150.0  # so few steps fill the room; px of a step and of its box otherwise
EVERY = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # of which steps the names stand where there is no room for all
LEAST_BOX, TALLEST_BOX = 9.0, 44.0  # px of height
OUTLINED_FROM, HEADS_FROM = 9.0, 9.0  # px of a step
THIN, WIDE = 1.0, 7.0  # px of an arc of weight 0 and of weight 1
WIDE_ARCS = 16  # how many of the shown are wider than THIN: a wide curve takes a hundred times as long to paint
NEAR = 9.0  # px beside an arc that count as on it
_FAINT = 0.18  # of the way to a full arc: the ink of a weight of 0, so that its arc is seen on the card

_EMPTY = Copied(4)  # rows of boxes without colours


def arc_colours(weights: ArrayLike, theme: Theme) -> Colours:
    """The ink of arcs by their weights, 0…1: the map of levels, from the first ink that shows on a card."""
    return level_colours(_FAINT + (1.0 - _FAINT) * np.clip(np.nan_to_num(np.asarray(weights)), 0.0, 1.0), theme)


def decade_share(gradients: ArrayLike) -> NDArray:
    """|gradient| on the scale of decades, 0 … 1."""
    size = np.abs(np.nan_to_num(np.asarray(gradients, dtype=float), nan=0.0, posinf=10.0**HIGH, neginf=10.0**HIGH))
    return np.clip((np.log10(np.maximum(size, 1e-300)) - LOW) / (HIGH - LOW), 0.0, 1.0)


@dataclass(frozen=True)
class Arcs:
    """Arcs that are drawn together, each from step `read[k]` of the encoder to step `written[k]` of the decoder (from
    0), with its share of the scale (k,), 0…1, and its colour."""

    written: NDArray
    read: NDArray
    shares: NDArray
    colours: Colours
    dashed: NDArray  # bool: it carries exactly 0


def weight_arcs(written: NDArray, read: NDArray, weights: NDArray, theme: Theme) -> Arcs:
    """By their weights, 0…1."""
    return Arcs(written, read, np.clip(np.nan_to_num(weights), 0, 1), arc_colours(weights, theme), weights < 0)


def gradient_arcs(written: NDArray, read: NDArray, gradients: NDArray, theme: Theme) -> Arcs:
    """By the gradients with respect to the weights, on the scale of the chain's edges."""
    colours = edge_colours(np.abs(gradients), HIGH, theme)
    return Arcs(written, read, decade_share(gradients), colours, gradients == 0.0)


@dataclass(frozen=True)
class ArcFrame:
    """Where the two rows lie, px. `rect`: the room; `line`: the height of a line of text."""

    rect: QRectF
    written: int
    read: int
    line: float

    @cached_property
    def pitch(self) -> float:
        """px from one step to the next, in both rows."""
        steps = max(self.written, self.read, 1)
        whole = self.rect.width() / steps
        return whole if steps <= FEW else min(whole, WIDEST_STEP)

    @cached_property
    def numbered(self) -> bool:
        """Whether there is a line of numbers below the encoder's row."""
        return self.rect.height() >= 5.0 * self.line

    @cached_property
    def box_height(self) -> float:
        """px of a step's box."""
        wanted = max(self.line + 2.0, min(0.14 * self.rect.height(), TALLEST_BOX))
        return max(min(wanted, 0.3 * self.rect.height()), min(LEAST_BOX, 0.3 * self.rect.height()))

    @cached_property
    def box_width(self) -> float:
        """px of a step's box; they touch where there is no room between them."""
        between = 0.14 * self.pitch if self.pitch >= 20 else 1.0 if self.pitch >= 4 else 0.0
        return min(self.pitch - between, WIDEST_BOX if max(self.written, self.read) > FEW else self.pitch)

    @cached_property
    def upper(self) -> float:
        """y of the decoder's lower edge, where arcs end."""
        return self.rect.top() + self.box_height

    @cached_property
    def lower(self) -> float:
        """y of the encoder's upper edge, where arcs begin."""
        return self.rect.bottom() - self.box_height - (self.line + 3.0 if self.numbered else 0.0)

    def _x(self, k: float, steps: int) -> float:
        return self.rect.center().x() + (k + 0.5 - steps / 2) * self.pitch

    def decoder(self, i: int) -> QRectF:
        """The box of step i (from 0) of the decoder."""
        return self._box(self._x(i, self.written), self.rect.top())

    def encoder(self, j: int) -> QRectF:
        """The box of step j (from 0) of the encoder."""
        return self._box(self._x(j, self.read), self.lower)

    def _box(self, middle: float, top: float) -> QRectF:
        """On whole pixels where it has an outline."""
        box = QRectF(middle - self.box_width / 2, top, self.box_width, self.box_height)
        if self.pitch < OUTLINED_FROM:
            return box
        return QRectF(round(box.left()) + 0.5, round(top) + 0.5, round(box.width()), round(box.height()))

    def number(self, j: int) -> QRectF:
        """Where the number of step j of the encoder stands, as wide as a step."""
        return QRectF(self._x(j, self.read) - self.pitch / 2, self.lower + self.box_height + 2, self.pitch, self.line)

    def ends(self, i: int, j: int) -> tuple[QPointF, QPointF]:
        """Where an arc begins, at the encoder, and where it ends, at the decoder."""
        return QPointF(self._x(j, self.read), self.lower), QPointF(self._x(i, self.written), self.upper)

    def path(self, i: int, j: int) -> QPainterPath:
        """The arc of one weight: upright at both of its ends."""
        begin, end = self.ends(i, j)
        middle, path = (begin.y() + end.y()) / 2, QPainterPath(begin)
        path.cubicTo(QPointF(begin.x(), middle), QPointF(end.x(), middle), end)
        return path

    def _level(self, y: float) -> float:
        """The parameter of every arc at a height: all have the same heights at it."""
        low, high, y = 0.0, 1.0, min(max(y, self.upper), self.lower)
        share = (self.lower - y) / max(self.lower - self.upper, 1e-9)
        for _ in range(24):
            t = (low + high) / 2
            done = 1.5 * t * (1 - t) + t**3  # of the height: control points half-way up
            low, high = (t, high) if done < share else (low, t)
        return (low + high) / 2

    def nearest(self, place: QPointF, arcs: Arcs) -> tuple[int, int] | None:
        """The arc (i, j) under a point between the rows; of several the strongest. None where none is near."""
        if not self.upper <= place.y() <= self.lower or not len(arcs.read):
            return None
        t = self._level(place.y())
        begin = self.rect.center().x() + (arcs.read + 0.5 - self.read / 2) * self.pitch
        end = self.rect.center().x() + (arcs.written + 0.5 - self.written / 2) * self.pitch
        away = np.abs(begin + (end - begin) * (3 * t**2 - 2 * t**3) - place.x())
        # a flat arc is as near as it is high above or below the point
        slope = np.abs(end - begin) * 6 * t * (1 - t) / (1.5 - 3 * t + 3 * t**2) / max(self.lower - self.upper, 1.0)
        away = away / np.sqrt(1 + slope**2)
        best = away.min()
        if best > NEAR:
            return None
        near = np.flatnonzero(away <= best + 1.0)
        k = near[np.argmax(arcs.shares[near])]
        return int(arcs.written[k]), int(arcs.read[k])

    def step_at(self, place: QPointF) -> tuple[str, int] | None:
        """ "decoder" or "encoder" and the step (from 0) whose box, or number, is under a point."""
        lowest = self.number(0).bottom() if self.numbered else self.lower + self.box_height
        if self.rect.top() - 2 <= place.y() < self.upper:
            row, steps = "decoder", self.written
        elif self.lower < place.y() <= lowest + 2:
            row, steps = "encoder", self.read
        else:
            return None
        k = int(np.floor((place.x() - self.rect.center().x()) / self.pitch + steps / 2))
        return (row, k) if 0 <= k < steps else None


def draw_arcs(painter: QPainter, frame: ArcFrame, arcs: Arcs, theme: Theme, heads: str) -> None:
    """The weaker ones first; of those that end on the same px the strongest. `heads`: the row at which arrows point."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    order = _visible(frame, arcs)
    wide = set(order[-WIDE_ARCS:].tolist())
    for k in order:
        i, j = int(arcs.written[k]), int(arcs.read[k])
        colour = QColor.fromRgb(int(arcs.colours[k]))
        pen = QPen(colour, THIN + (WIDE - THIN) * float(arcs.shares[k]) if k in wide else THIN)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if arcs.dashed[k]:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawPath(frame.path(i, j))
    if heads == "encoder" and frame.pitch >= HEADS_FROM:
        for k in order:
            tip, width = frame.ends(int(arcs.written[k]), int(arcs.read[k]))[0], float(arcs.shares[k])
            _head(painter, tip, -1.0, THIN + (WIDE - THIN) * width, QColor.fromRgb(int(arcs.colours[k])))
    elif heads == "decoder" and len(order) and frame.pitch >= HEADS_FROM:
        for i in set(arcs.written.tolist()):
            _head(painter, frame.ends(i, 0)[1], 1.0, WIDE, QColor(theme.forward))


def _visible(frame: ArcFrame, arcs: Arcs) -> NDArray:
    """The arcs that are drawn, the weakest first: of those with both ends on the same px the strongest."""
    order = np.argsort(arcs.shares, kind="stable")
    if frame.pitch >= 1.0:
        return order
    ends = np.stack([np.floor(arcs.read * frame.pitch), np.floor(arcs.written * frame.pitch)], axis=1)[order]
    _, last = np.unique(ends[::-1], axis=0, return_index=True)
    return order[np.sort(len(order) - 1 - last)]


def _head(painter: QPainter, tip: QPointF, up: float, width: float, colour: QColor) -> None:
    """The head of an arrow that points up (1) or down (−1)."""
    high, half = 4.0 + 0.6 * width, 2.4 + 0.4 * width
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    below = tip + QPointF(0, up * high)
    painter.drawPolygon(QPolygonF([tip, below - QPointF(half, 0), below + QPointF(half, 0)]))
    painter.restore()


@dataclass(frozen=True)
class StepRow:
    """One row of steps: its boxes, their names, and their colours (n,), 0 for an empty one. `live`: the step that is
    framed in `frame`, −1 for none. `below`: px from a box to its name where the boxes have no room for names."""

    boxes: Sequence[QRectF]
    names: Sequence[str]
    colours: Colours
    live: int = -1
    frame: str = ""
    below: float = 0.0


def draw_row(painter: QPainter, row: StepRow, pitch: float, font: QFont, theme: Theme) -> None:
    """Boxes with the names that there is room for, and the live one's frame."""
    radius = min(4.0, pitch / 6)
    if not row.boxes:
        return
    if row.colours.any():
        _draw_boxes(painter, row, pitch, font, theme)
    else:  # as they are at every step
        room = (
            row.boxes[0].united(row.boxes[-1]).adjusted(-pitch, -2.0, pitch, 2.0 + row.below + font.pixelSize() * 2.0)
        )
        key = tuple(box.getRect() for box in row.boxes), tuple(row.names), row.below, pitch, font.key(), theme
        _EMPTY.draw(painter, key, room, lambda inner: _draw_boxes(inner, row, pitch, font, theme))
    if 0 <= row.live < len(row.boxes):
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(row.frame), max(theme.selected, 2.0)))
        painter.drawRoundedRect(row.boxes[row.live], radius, radius)


def _draw_boxes(painter: QPainter, row: StepRow, pitch: float, font: QFont, theme: Theme) -> None:
    outlined = pitch >= OUTLINED_FROM
    radius = min(4.0, pitch / 6)
    painter.setPen(QPen(QColor(theme.node_outline), theme.outline))
    for box, packed in zip(row.boxes, row.colours, strict=True):
        colour = QColor.fromRgba(int(packed)) if packed else QColor(theme.node)
        if outlined:
            painter.setBrush(colour)
            painter.drawPath(rounded(box, radius))
        else:
            painter.fillRect(box, colour if packed else QColor(theme.empty_strip))
    _draw_names(painter, row, pitch, font, theme)


def _draw_names(painter: QPainter, row: StepRow, pitch: float, font: QFont, theme: Theme) -> None:
    metrics = QFontMetricsF(font)
    if not row.boxes or row.boxes[0].height() < metrics.height() - 3:
        return
    painter.setFont(font)
    names, widest = row.names, max(metrics.horizontalAdvance(name) for name in row.names)
    if widest + 3 > row.boxes[0].width():  # without their symbols
        names = [name.split(" ")[0] for name in names]
        widest = max(metrics.horizontalAdvance(name) for name in names)
    every = next((n for n in EVERY if n * pitch >= widest + 8), EVERY[-1]) if widest + 3 > pitch else 1
    last = -np.inf
    for k in [k for k in range(len(names)) if k == 0 or (k + 1) % every == 0]:
        middle = row.boxes[k].center()
        colour = QColor.fromRgba(int(row.colours[k])) if row.colours[k] else QColor(theme.node)
        painter.setPen(ink_on(colour))
        wide = metrics.horizontalAdvance(names[k])
        place = QRectF(middle.x() - wide / 2 - 2, row.boxes[k].top(), wide + 4, row.boxes[k].height())
        if every > 1:  # wider than its box, and apart from it where that has a colour
            painter.setPen(QColor(theme.muted))
            place.translate(0, row.below)
            if place.left() < last + 4:
                continue
            last = place.right()
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, names[k])


def draw_chosen(painter: QPainter, frame: ArcFrame, i: int, j: int, arcs: Arcs, width: float, theme: Theme) -> None:
    """One arc in an outline that stands out from the others, and its two boxes in the same."""
    found = np.flatnonzero((arcs.written == i) & (arcs.read == j))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(found):
        own, path = THIN + (WIDE - THIN) * float(arcs.shares[found[0]]), frame.path(i, j)
        for colour, wide in (
            (QColor(theme.panel), own + 2 * width + 2),
            (QColor(theme.ink), own + 2 * width),
            (QColor.fromRgb(int(arcs.colours[found[0]])), max(own, 1.5)),
        ):
            painter.setPen(QPen(colour, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawPath(path)
    painter.setPen(QPen(QColor(theme.ink), width))
    for box in (frame.decoder(i), frame.encoder(j)):
        painter.drawRoundedRect(box, min(4.0, frame.pitch / 6), min(4.0, frame.pitch / 6))
