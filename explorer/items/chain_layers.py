"""The chain from cached pictures: every bundle of elements in each of its phases, cut at its own front."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QPolygonF

from explorer.items.chain_layout import Detail
from explorer.items.chain_painter import ChainPainter, Progress
from explorer.items.chain_scene import EMPTY, FORWARD_DONE, Elements

MARGIN = 12.0  # px above and below nodes that arrows and outlines may take


class ChainLayers:
    """Draws a chain at any progress. Directly, or from pictures, one for each bundle and phase, that are made when they
    are first needed: between two changes of the run or of the size, frames are blits alone."""

    def __init__(self) -> None:
        self.builds = 0  # tests count them
        self._pictures: dict[tuple[int, int], tuple[QPixmap, float]] = {}

    def forget(self) -> None:
        """After a change: nothing that was drawn holds."""
        self._pictures.clear()

    def paint(
        self, painter: QPainter, chain: ChainPainter, progress: Progress, room: QRectF, ratio: float | None
    ) -> None:
        """All visible columns within `room`. `ratio`: device px of a px in the pictures; None draws directly."""
        first, last = chain.columns.visible()
        first, last = max(first - 1, 1), min(last + 1, chain.scene.steps)
        painter.save()
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        for k, each in enumerate(chain.scene.elements):
            if chain.layout.detail is Detail.HEAT and not each.rows:
                continue
            start, end = (each.only, each.only) if each.way == "single" else (first, last)
            now = each.phases(progress.done)[start - 1 : end]
            then = each.phases(progress.done + 1)[start - 1 : end] if progress.fraction else now
            for a, b, (before, after) in _pieces(now, then):
                for phase, area in _wiped(chain, before, after, progress.fraction):
                    where = _place(chain, each, start + a, start + b, area.intersected(room), room)
                    if ratio is None:
                        self._direct(painter, chain, each, phase, (start + a, start + b), where)
                    else:
                        self._blit(painter, chain, (k, phase), where, room, ratio)
        painter.restore()

    @staticmethod
    def _direct(
        painter: QPainter,
        chain: ChainPainter,
        each: Elements,
        phase: int,
        span: tuple[int, int],
        where: QRectF | QPainterPath,
    ) -> None:
        painter.save()
        _clip(painter, where)
        chain.draw_elements(painter, each, phase, span[0] - 1, span[1] + 1)  # neighbours whose ends reach in
        painter.restore()

    def _blit(
        self,
        painter: QPainter,
        chain: ChainPainter,
        key: tuple[int, int],
        where: QRectF | QPainterPath,
        room: QRectF,
        ratio: float,
    ) -> None:
        picture, top = self._pictures.get(key) or self._build(chain, key, room, ratio)
        height = picture.height() / ratio
        if isinstance(where, QPainterPath):
            painter.save()
            _clip(painter, where)
            painter.drawPixmap(QPointF(room.left(), top), picture)
            painter.restore()
            return
        part = where.intersected(QRectF(room.left(), top, room.width(), height))
        if not part.isEmpty():
            x, y = (part.x() - room.left()) * ratio, (part.y() - top) * ratio
            painter.drawPixmap(part, picture, QRectF(x, y, part.width() * ratio, part.height() * ratio))

    def _build(self, chain: ChainPainter, key: tuple[int, int], room: QRectF, ratio: float) -> tuple[QPixmap, float]:
        """One picture in device pixels, as high as it needs to be."""
        each = chain.scene.elements[key[0]]
        links = [chain.scene.links[k] for k in each.links]
        rows = {*each.rows, *(link.source for link in links), *(link.target for link in links)}
        nodes = [chain.layout.node(row, 1) for row in rows]
        top = math.floor(max(0.0, min(node.top() for node in nodes) - MARGIN))
        bottom = math.ceil(min(room.bottom(), max(node.bottom() for node in nodes) + MARGIN))
        picture = QPixmap(QSize(math.ceil(room.width() * ratio), math.ceil((bottom - top) * ratio)))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(0, 0, 0, 0))
        painter = QPainter(picture)
        painter.translate(-room.left(), -top)
        first, last = (each.only, each.only) if each.way == "single" else chain.columns.visible()
        chain.draw_elements(painter, each, key[1], first - 1, last + 1)
        painter.end()
        self._pictures[key] = picture, top
        self.builds += 1
        return self._pictures[key]


def _pieces(now: np.ndarray, then: np.ndarray) -> list[tuple[int, int, tuple[int, int]]]:
    """Runs (first, last, (phase, next phase)) of steps that show the same and will."""
    pairs = now * 3 + then
    edges = np.flatnonzero(np.diff(pairs)) + 1
    starts, ends = [0, *edges.tolist()], [*edges.tolist(), len(pairs)]
    return [(a, b - 1, divmod(int(pairs[a]), 3)) for a, b in zip(starts, ends, strict=True)]


def _wiped(chain: ChainPainter, before: int, after: int, fraction: float) -> list[tuple[int, QRectF]]:
    """Where a column shows which phase while its beat is under way: values rise, the gradient falls."""
    layout = chain.layout
    everywhere = QRectF(-1e4, -1e4, 1e6, 1e6)
    if before == after:
        return [(before, everywhere)]
    rising = (before, after) == (EMPTY, FORWARD_DONE)
    height = round((layout.bottom - layout.top) * fraction)
    y = round(layout.bottom) - height if rising else round(layout.top) + height
    upper, lower = QRectF(-1e4, -1e4, 1e6, 1e4 + y), QRectF(-1e4, y, 1e6, 1e6)
    return [(before, upper), (after, lower)] if rising else [(before, lower), (after, upper)]


def _place(
    chain: ChainPainter, each: Elements, first: int, last: int, area: QRectF, room: QRectF
) -> QRectF | QPainterPath:
    """What steps first … last of some elements take of an area: whole columns, gaps, or slanted ones."""
    if each.way == "single":
        return area
    layout = chain.layout
    half, reach = layout.column / 2, -each.reach * layout.column
    if each.way != "leans":
        left = layout.x(first) - half + reach / 2 if first > 1 else room.left()
        right = layout.x(last) + half + reach / 2 if last < chain.scene.steps else room.right()
        left, right = round(left), round(right)
        return QRectF(left, area.top(), max(right - left, 0), area.height()).intersected(area)
    links = [chain.scene.links[k] for k in each.links]
    low = min(layout.node(link.source, 1).top() for link in links) + 2
    high = max(layout.node(link.target, 1).bottom() for link in links) - 2
    left = layout.x(first) - half if first > 1 else -1e4
    right = layout.x(last) + half if last < chain.scene.steps else 1e6
    slanted = QPolygonF(
        [QPointF(left + reach, low), QPointF(right + reach, low), QPointF(right, high), QPointF(left, high)]
    )
    path, within = QPainterPath(), QPainterPath()
    path.addPolygon(slanted)
    path.closeSubpath()
    within.addRect(area)
    return path.intersected(within)


def _clip(painter: QPainter, where: QRectF | QPainterPath) -> None:
    if isinstance(where, QPainterPath):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setClipPath(where, Qt.ClipOperation.IntersectClip)
    else:
        painter.setClipRect(where, Qt.ClipOperation.IntersectClip)
