"""What stands on the chain's edges where its steps are wide enough: the letter of the matrix, which turns over into its
transpose in the backward pass, and what the edge has done to the gradient's norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.links import LinkPicture, TilePicture
from explorer.items.chain.scene import BACKWARD_DONE, EMPTY
from explorer.style.fonts import sized
from explorer.style.numbers import plain
from explorer.style.theme import Theme

LEAST_TEXT = 11  # px of what is written on an edge
PAD, AROUND = 3.0, 5.0  # px beside a letter, and above and below it together
LEAST_MAP, MOST_MAP = 22.0, 46.0  # px of a matrix under its letter
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74)  # of a curve: where a tile may sit, the best first
APART = 4.0  # px between an edge and its factor
WIDEST = "×0.00"


@dataclass(frozen=True)
class _Form:
    """How the tiles of one link are drawn: where along its curve, in which size, with the matrix or without."""

    along: float
    width: float
    height: float
    font: QFont
    letter: float  # px of the letter's line
    map: float = 0.0  # px of the matrix; 0: none


class ChainTiles:
    """Draws the tiles of a layout; how each link's look is worked out once."""

    def __init__(self, layout: ChainLayout, edges: ChainEdges, theme: Theme, font: QFont) -> None:
        self.layout, self.edges, self.theme = layout, edges, theme
        self._least = max(LEAST_TEXT, theme.digit_px)
        sizes = dict.fromkeys((max(theme.small_px, self._least), self._least))
        self._fonts = tuple(sized(font, px, bold=True) for px in sizes)
        self._number = font  # of the factors
        self._factor = 0.0, 0.0  # px of one
        self._forms: dict[int, _Form] | None = None  # by link, once they are asked for
        self._near: dict[int, tuple[np.ndarray, list[QRectF]]] = {}  # what stands in the way of factors, by step
        self._offsets: dict[int, QPointF] | None = None  # of a factor's corner from the middle of its column
        self._full = layout.detail is Detail.FULL

    # --- tiles ---
    def rect(self, link: LinkPicture, t: int) -> QRectF | None:
        """The tile on the edge into step t; None where there is none."""
        tile = link.tile(t)
        if not self._full or tile is None or link.far:
            return None
        if self._forms is None:
            self._forms = {}
            for each in self.layout.scene.links:
                step = self._step(each)
                form = self._form(each, step) if each.tiles and step and not each.far else None
                if form is not None:
                    self._forms[id(each)] = form
        form = self._forms.get(id(link))
        return self._at(link, t, form) if form is not None else None

    def _step(self, link: LinkPicture, where: np.ndarray | None = None) -> int:
        """One of the steps at which a link has an edge, in the middle of them; 0 where there is none."""
        scene = self.layout.scene
        there = [t for t in range(1, scene.steps + 1) if scene.has_edge(link, t) and (where is None or where[t - 1])]
        return there[len(there) // 2] if there else 0

    def _at(self, link: LinkPicture, t: int, form: _Form) -> QRectF:
        middle = self.edges.curve(link, t).path.pointAtPercent(form.along)
        return QRectF(middle.x() - form.width / 2, middle.y() - form.height / 2, form.width, form.height)

    def _form(self, link: LinkPicture, t: int) -> _Form | None:
        """The largest that has a place."""
        between = self._between(link)
        for font in self._fonts:
            metrics = QFontMetricsF(font)
            texts = [text for tile in link.tiles for text in (tile.letter, tile.turned)]
            width = max(map(metrics.horizontalAdvance, texts)) + 2 * PAD
            line = metrics.capHeight() + AROUND
            side = min(MOST_MAP, self.layout.column - self.layout.node_width - 10.0, between - line - 3 * PAD - 24.0)
            forms = [_Form(along, width, line, font, line) for along in ALONG]
            if side >= LEAST_MAP and link.factors is None and all(tile.maps is not None for tile in link.tiles):
                wide, high = max(width, side + 2 * PAD), line + side + PAD
                forms = [*(_Form(along, wide, high, font, line, side) for along in ALONG), *forms]
            found = next((form for form in forms if self._free(link, t, form)), None)
            if found is not None:
                return found
        return None

    def _between(self, link: LinkPicture) -> float:
        """px between the rows of a link."""
        upper, lower = (self.layout.node(row, 1) for row in sorted((link.source, link.target), reverse=True))
        return lower.top() - upper.bottom()

    def _free(self, link: LinkPicture, t: int, form: _Form) -> bool:
        """Whether a tile covers neither a node nor another link's tile."""
        place, scene = self._at(link, t, form), self.layout.scene
        if form.width > self.layout.column - 16.0 or self._covers_node(place, t):
            return False
        others = [each for each in scene.links if id(each) in (self._forms or {})]
        steps = range(max(t - 1, 1), min(t + 1, scene.steps) + 1)
        tiles = [self.rect(each, step) for each in others for step in steps if scene.has_edge(each, step)]
        return not any(tile is not None and tile.intersects(place) for tile in tiles)

    def _covers_node(self, place: QRectF, t: int) -> bool:
        """Whether a place near step t covers some of a node, or lies beyond all rows."""
        layout = self.layout
        if place.top() < layout.top or place.bottom() > layout.bottom:
            return True
        columns = [column for column in (t - 1, t, t + 1) if 1 <= column <= layout.scene.steps]
        return any(
            layout.node(k, column).intersects(place)
            for k, row in enumerate(layout.scene.rows)
            for column in columns
            if row.present[column - 1]
        )

    # --- factors ---
    def factor_rect(self, link: LinkPicture, t: int) -> QRectF | None:
        """Where the factor of the edge into step t stands; None where there is none, or no room for all of them."""
        if not self._full or link.factors is None or link.far or not np.isfinite(link.factors[t - 1]):
            return None
        if self._offsets is None:
            self._place_factors()
        offset = self._offsets.get(id(link)) if self._offsets is not None else None
        return None if offset is None else QRectF(self.layout.x(t) + offset.x(), offset.y(), *self._factor)

    def _place_factors(self) -> None:
        """In the largest type in which each has a place: the one of W beside that of the slope, or neither."""
        for px in dict.fromkeys((max(self.theme.small_px - 1, self._least), 13, self._least)):
            self._number = sized(self._number, px)
            metrics = QFontMetricsF(self._number)
            self._factor = metrics.horizontalAdvance(WIDEST), metrics.capHeight() + AROUND
            self._offsets = {}
            wanted = [link for link in self.layout.scene.links if link.factors is not None and not link.far]
            if all(map(self._might_fit, wanted)) and all(map(self._placed, wanted)):
                return
        self._offsets = {}

    def _might_fit(self, link: LinkPicture) -> bool:
        """Whether a factor of a link is as low as the room between its rows, or as narrow as half of that between two
        columns: what is seen at a glance."""
        width, height = self._factor
        gap = self.layout.column - self.layout.node_width
        return self._between(link) >= height or gap / 2 >= width

    def _placed(self, link: LinkPicture) -> bool:
        """Takes note of where a link's factors stand: beside the edge, where they cover neither a node, nor an edge,
        nor a tile, nor another factor. False where there is no such place."""
        assert self._offsets is not None and link.factors is not None
        t = self._step(link, np.isfinite(link.factors))
        if not t:
            return True
        for corner in self._corners(link, t):
            place = QRectF(corner, corner + QPointF(*self._factor))
            if not self._covers_node(place, t) and not self._crossed(place, t):
                self._offsets[id(link)] = corner - QPointF(self.layout.x(t), 0.0)
                return True
        return False

    def _corners(self, link: LinkPicture, t: int) -> Iterator[QPointF]:
        """Where the factor on the edge into step t might stand, the best first: under or over its tile, on the side
        that the edge turns away from; beside an edge without one, in its upper half."""
        width, height = self._factor
        path, away = self.edges.curve(link, t).path, self.edges.widest / 2 + APART
        tile = self.rect(link, t)
        if tile is not None:
            points = [path.pointAtPercent(k / 48) for k in range(49)]
            for top, over in ((tile.bottom() + 2.0, False), (tile.top() - 2.0 - height, True)):
                beside = [point.x() for point in points if top - 1.0 <= point.y() <= top + height + 1.0]
                if beside:
                    left = over == link.back
                    yield QPointF(min(beside) - away - width if left else max(beside) + away, top)
        for along in (0.76, 0.84, 0.68) if tile is not None else (0.34, 0.42, 0.5, 0.6, 0.26, 0.7):
            middle = path.pointAtPercent(along)
            for left in (middle.x() - away - width, middle.x() + away)[:: 1 if tile is not None else -1]:
                yield QPointF(left, middle.y() - height / 2)

    def _crossed(self, place: QRectF, t: int) -> bool:
        """Whether a tile or an edge near step t, as wide as edges get, runs over a place, or another factor stands
        there."""
        assert self._offsets is not None
        if t not in self._near:
            self._near[t] = self._obstacles(t)
        points, tiles = self._near[t]
        half = self.edges.widest / 2 + 1.0
        across = np.abs(points[:, 0] - place.center().x()) <= place.width() / 2 + half
        if (across & (np.abs(points[:, 1] - place.center().y()) <= place.height() / 2 + half)).any():
            return True
        corners = [QPointF(self.layout.x(t + k), 0.0) + other for other in self._offsets.values() for k in (-1, 0, 1)]
        factors = [QRectF(corner, corner + QPointF(*self._factor)) for corner in corners]
        return any(each.intersects(place) for each in (*tiles, *factors))

    def _obstacles(self, t: int) -> tuple[np.ndarray, list[QRectF]]:
        """Points along the edges near step t, (n, 2), and the tiles on them."""
        scene, points, tiles = self.layout.scene, [], []
        for link in (each for each in scene.links if not each.far):
            for step in range(max(t - 1, 1), min(t + 1, scene.steps) + 1):
                if scene.has_edge(link, step):
                    path, tile = self.edges.curve(link, step).path, self.rect(link, step)
                    points += [path.pointAtPercent(k / 24) for k in range(25)]
                    tiles += [tile.adjusted(-1, -1, 1, 1)] if tile is not None else []
        return np.array([(point.x(), point.y()) for point in points]).reshape(-1, 2), tiles

    # --- painting ---
    def draw(self, painter: QPainter, link: LinkPicture, t: int, phase: int) -> None:
        """The tile and the factor of the edge into step t, as they are in a phase."""
        place, tile = self.rect(link, t), link.tile(t)
        if place is not None and tile is not None and self._forms is not None:
            self._tile(painter, place, tile, phase, self._forms[id(link)])
        where = self.factor_rect(link, t) if phase == BACKWARD_DONE else None
        if where is not None and link.factors is not None:
            text = f"×{plain(float(link.factors[t - 1]), 2)}"
            painter.setFont(self._number)
            painter.setPen(QColor(self.theme.backward_text))
            painter.drawText(where.adjusted(-4, -4, 4, 4), Qt.AlignmentFlag.AlignCenter, text)

    def _tile(self, painter: QPainter, place: QRectF, tile: TilePicture, phase: int, form: _Form) -> None:
        theme, back = self.theme, phase == BACKWARD_DONE
        ink = theme.muted if phase == EMPTY else theme.backward_text if back else theme.forward_text
        painter.setPen(QPen(QColor(theme.node_outline), 1.0))
        painter.setBrush(QColor(theme.node))
        painter.drawRoundedRect(place, 3.0, 3.0)
        painter.setFont(form.font)
        painter.setPen(QColor(ink))
        letter = QRectF(place.left() - 4, place.top() - 4, place.width() + 8, form.letter + 8)
        painter.drawText(letter, Qt.AlignmentFlag.AlignCenter, tile.turned if back else tile.letter)
        if form.map and tile.maps is not None:
            at = QRectF(place.center().x() - form.map / 2, place.bottom() - form.map - PAD, form.map, form.map)
            painter.drawImage(at, tile.maps[back])

    def outline(self, painter: QPainter, places: list[QRectF]) -> None:
        """Lights tiles: they are one matrix."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.ink), self.theme.selected))
        for place in places:
            painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), 4.0, 4.0)
