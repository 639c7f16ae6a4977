"""The chain from cached pictures: every bundle of elements in each of its phases, cut at its own front."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPixmap, QPolygonF

from explorer.items.chain.layout import Detail
from explorer.items.chain.loss import returning
from explorer.items.chain.painter import ChainPainter, Progress
from explorer.items.chain.scene import EMPTY, FORWARD_DONE, TILES, Elements, phases

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
        heat = chain.layout.detail is Detail.HEAT
        losing = progress.done + 1 == chain.scene.loss_beat
        fraction = returning(progress.fraction) if losing else progress.fraction
        for k, (each, pieces) in enumerate(
            zip(chain.scene.elements, _pieces(chain, progress, first, last), strict=True)
        ):
            if (heat and not each.rows) or (each.way == TILES and chain.layout.detail is not Detail.FULL):
                continue
            for start, end, before, after in pieces:
                span = start, end
                across = _across(chain, each, *span, room)
                for phase, top, bottom in _wiped(chain, before, after, fraction, room):
                    if each.way == "leans":
                        where = _slanted(chain, each, *span, QRectF(room.left(), top, room.width(), bottom - top))
                        self._through(painter, chain, each, (k, phase), span, where, room, ratio)
                    elif ratio is None:
                        where = QRectF(across[0], top, across[1] - across[0], bottom - top)
                        self._direct(painter, chain, each, phase, span, where)
                    else:
                        self._blit(painter, chain, (k, phase), (*across, top, bottom), room, ratio)
        painter.restore()

    def _through(
        self,
        painter: QPainter,
        chain: ChainPainter,
        each: Elements,
        key: tuple[int, int],
        span: tuple[int, int],
        where: QPainterPath,
        room: QRectF,
        ratio: float | None,
    ) -> None:
        """Slanted edges, cut along a slanted line."""
        if ratio is None:
            self._direct(painter, chain, each, key[1], span, where)
            return
        picture, top = self._pictures.get(key) or self._build(chain, key, room, ratio)
        painter.save()
        _clip(painter, where)
        painter.drawPixmap(QPointF(room.left(), top), picture)
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
        part: tuple[float, float, float, float],
        room: QRectF,
        ratio: float,
    ) -> None:
        """`part`: the left, right, top and bottom of what is shown of a picture."""
        picture, begin = self._pictures.get(key) or self._build(chain, key, room, ratio)
        left, right, top, bottom = part
        top, bottom = max(top, begin), min(bottom, begin + picture.height() / ratio)
        width, height = right - left, bottom - top
        if width > 0 and height > 0:
            x, y = (left - room.left()) * ratio, (top - begin) * ratio
            painter.drawPixmap(QRectF(left, top, width, height), picture, QRectF(x, y, width * ratio, height * ratio))

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
        with QPainter(picture) as painter:
            painter.translate(-room.left(), -top)
            first, last = (each.only, each.only) if each.way == "single" else chain.columns.visible()
            chain.draw_elements(painter, each, key[1], first - 1, last + 1)
        self._pictures[key] = picture, top
        self.builds += 1
        return self._pictures[key]


def _pieces(chain: ChainPainter, progress: Progress, first: int, last: int) -> list[list[tuple[int, int, int, int]]]:
    """For each bundle of elements its runs (first step, last step, phase, next phase) of steps that show the same and
    will, within first … last."""
    elements = chain.scene.elements
    forward, backward = chain.scene.beats_of_elements
    now = phases(forward, backward, progress.done)
    pairs = now * 3 + (phases(forward, backward, progress.done + 1) if progress.fraction else now)
    which, places = np.nonzero(np.diff(pairs[:, first - 1 : last], axis=1))
    starts: list[list[int]] = [[first] for _ in elements]
    for k, place in zip(which.tolist(), places.tolist(), strict=True):
        starts[k].append(first + place + 1)
    found = []
    for k, each in enumerate(elements):
        begins = [each.only] if each.way == "single" else starts[k]
        ends = [each.only] if each.way == "single" else [*(begin - 1 for begin in begins[1:]), last]
        found.append([(a, b, *divmod(int(pairs[k, a - 1]), 3)) for a, b in zip(begins, ends, strict=True)])
    return found


def _wiped(
    chain: ChainPainter, before: int, after: int, fraction: float, room: QRectF
) -> list[tuple[int, float, float]]:
    """Which phase a column shows from where to where (top, bottom) while its beat is under way: values rise, the
    gradient falls."""
    if before == after:
        return [(before, room.top(), room.bottom())]
    layout = chain.layout
    rising = (before, after) == (EMPTY, FORWARD_DONE)
    height = round((layout.bottom - layout.top) * fraction)
    y = round(layout.bottom) - height if rising else round(layout.top) + height
    upper, lower = (before, after) if rising else (after, before)
    return [(upper, room.top(), y), (lower, y, room.bottom())]


def _across(chain: ChainPainter, each: Elements, first: int, last: int, room: QRectF) -> tuple[float, float]:
    """px of the left and the right of what steps first … last of some elements take: whole columns, or gaps."""
    if each.way == "single":
        return room.left(), room.right()
    layout = chain.layout
    half, reach = layout.column / 2, -each.reach * layout.column / 2
    left = round(layout.x(first) - half + reach) if first > 1 else room.left()
    right = round(layout.x(last) + half + reach) if last < chain.scene.steps else room.right()
    return max(left, room.left()), min(right, room.right())


def _slanted(chain: ChainPainter, each: Elements, first: int, last: int, area: QRectF) -> QPainterPath:
    """The same of an area for edges between columns that are so many apart."""
    layout = chain.layout
    half, reach = layout.column / 2, -each.reach * layout.column
    links = [chain.scene.links[k] for k in each.links]
    low = min(layout.node(link.source, 1).top() for link in links) + 2
    high = max(layout.node(link.target, 1).bottom() for link in links) - 2
    left = layout.x(first) - half if first > 1 else -1e4
    right = layout.x(last) + half if last < chain.scene.steps else 1e6
    corners = [(left + reach, low), (right + reach, low), (right, high), (left, high)]
    path, within = QPainterPath(), QPainterPath()
    path.addPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    path.closeSubpath()
    within.addRect(area)
    return path.intersected(within)


def _clip(painter: QPainter, where: QRectF | QPainterPath) -> None:
    if isinstance(where, QPainterPath):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setClipPath(where, Qt.ClipOperation.IntersectClip)
    else:
        painter.setClipRect(where, Qt.ClipOperation.IntersectClip)
