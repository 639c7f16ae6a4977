"""A matrix at some updates of a training, as a strip of small maps over the axis of updates. The blocks of a stacked
one, of four gates or so, are drawn as a square of maps: beside each other they leave room for one update alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.items.plots.readout import Row
from explorer.items.training.over_updates import OverUpdates, UpdateAxis
from explorer.style.colours import image, value_colours
from explorer.style.numbers import count, number
from explorer.style.theme import Theme

LEAST_TILE = 26.0  # px
GAP = 5.0  # px


class MatrixFilm(OverUpdates):
    """`frames` (n, rows, columns) at the updates `at` (n,), ascending; all on one scale, so that growth is seen. Their
    columns are those of `blocks`, one after the other; each block is drawn as (rows, columns / number of blocks)."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._at: NDArray = np.zeros(0, dtype=int)
        self._frames: NDArray = np.zeros((0, 1, 1))
        self._blocks: tuple[str, ...] = ("",)

    def set_frames(self, at: NDArray, frames: NDArray, blocks: tuple[str, ...] = ("",)) -> None:
        """Other matrices."""
        self._at, self._frames, self._blocks = np.asarray(at), np.asarray(frames), blocks
        self.update()

    @property
    def grid(self) -> tuple[int, int]:
        """How many blocks are below and beside each other."""
        beside = math.ceil(math.sqrt(len(self._blocks)))
        return math.ceil(len(self._blocks) / beside), beside

    def parts(self, place: QRectF) -> list[QRectF]:
        """Where the blocks of a tile are."""
        down, beside = self.grid
        wide, high = place.width() / beside, place.height() / down
        corners = (divmod(k, beside) for k in range(len(self._blocks)))
        return [QRectF(place.left() + x * wide, place.top() + y * high, wide, high) for y, x in corners]

    @property
    def limit(self) -> float:
        """What the ends of the colours stand for: the largest |entry| of the whole strip."""
        finite = np.abs(self._frames[np.isfinite(self._frames)])
        return float(finite.max(initial=0.0)) or 1.0

    def tiles(self, axis: UpdateAxis) -> list[tuple[int, QRectF]]:
        """(which frame, its place): as many as fit beside each other, each above its update as nearly as it can be; the
        one on the screen is among them where it has a frame."""
        if not len(self._at):
            return []
        rows, columns = self._frames.shape[1:]
        down, beside = self.grid
        rows, columns = rows * down, columns // len(self._blocks) * beside
        high = axis.rect.height()
        wide = min(max(high * columns / rows, LEAST_TILE), axis.rect.width())
        high = min(high, wide * rows / columns)
        fit = max(1, int((axis.rect.width() + GAP) / (wide + GAP)))
        centres = axis.rect.left() + (np.arange(fit) + 0.5) * axis.rect.width() / fit
        wanted = np.linspace(0, axis.last, fit)
        if axis.decades:
            wanted = np.expm1(np.linspace(0, np.log1p(axis.last), fit))
        frames = [int(np.abs(self._at - update).argmin()) for update in wanted]
        here = np.flatnonzero(self._at == self.at_update)
        if len(here) and not set(here.tolist()) & set(frames):
            frames[int(np.abs(axis.places(wanted) - axis.x(self.at_update)).argmin())] = int(here[0])
        found, last = [], -1
        for frame, centre in zip(frames, centres.tolist(), strict=True):
            if frame != last:
                top = axis.rect.top() + (axis.rect.height() - high) / 2
                found.append((frame, QRectF(centre - wide / 2, top, wide, high)))
            last = frame
        return found

    def draw(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for frame, place in self.tiles(axis):
            parts = self.parts(place)
            painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
            for block, part in zip(np.split(self._frames[frame], len(parts), axis=1), parts, strict=True):
                painter.drawImage(part, image(value_colours(block, self.limit, theme)))
                if len(parts) > 1:
                    painter.drawRect(part)
            shown = int(self._at[frame]) == self.at_update
            painter.setPen(QPen(QColor(theme.ink if shown else theme.node_outline), 2.0 if shown else theme.hairline))
            painter.drawRect(place)

    def _draw_axis(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """The update under each of them."""
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        end = -np.inf
        for frame, place in self.tiles(axis):
            text = count(int(self._at[frame]))
            left = place.center().x() - self._type.width(text) / 2
            if left > end:
                painter.drawText(QPointF(left, axis.rect.bottom() + self._type.metrics.ascent() + 4), text)
                end = left + self._type.width(text) + 8

    def _draw_shown(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """The frame of the update on the screen is outlined instead."""

    def readout(self, update: int) -> list[Row]:
        under = self._under()
        if under is None or self._hover is None or self._theme is None:
            return []
        frame, place = under
        for k, part in enumerate(self.parts(place)):
            if not part.contains(self._hover):
                continue
            rows, columns = self._frames.shape[1], self._frames.shape[2] // len(self._blocks)
            row = min(int((self._hover.y() - part.top()) / part.height() * rows), rows - 1)
            column = min(int((self._hover.x() - part.left()) / part.width() * columns), columns - 1)
            name = f"{self._blocks[k]} [{row + 1}, {column + 1}]".strip()
            return [(name, number(float(self._frames[frame, row, k * columns + column])), self._theme.ink)]
        return []

    def _under(self) -> tuple[int, QRectF] | None:
        """The tile under the mouse."""
        if self._hover is None:
            return None
        tiles = self.tiles(self.axis)
        return next((each for each in tiles if each[1].left() <= self._hover.x() <= each[1].right()), None)

    def update_under(self, x: float) -> int:
        """The update of the tile that is nearest to a place."""
        tiles = self.tiles(self.axis)
        if not tiles:
            return self.at_update
        frame, _ = min(tiles, key=lambda each: abs(each[1].center().x() - x))
        return int(self._at[frame])
