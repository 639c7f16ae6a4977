"""A matrix at some updates of a training, as a strip of small maps over the axis of updates."""

from __future__ import annotations

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
    """`frames` (n, rows, columns) at the updates `at` (n,), ascending; all on one scale, so that growth is seen."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._at: NDArray = np.zeros(0, dtype=int)
        self._frames: NDArray = np.zeros((0, 1, 1))

    def set_frames(self, at: NDArray, frames: NDArray) -> None:
        """Other matrices."""
        self._at, self._frames = np.asarray(at), np.asarray(frames)
        self.update()

    @property
    def limit(self) -> float:
        """What the ends of the colours stand for: the largest |entry| of the whole strip."""
        finite = np.abs(self._frames[np.isfinite(self._frames)])
        return float(finite.max(initial=0.0)) or 1.0

    def tiles(self, axis: UpdateAxis) -> list[tuple[int, QRectF]]:
        """(which frame, its place): as many as fit beside each other, each above its update as nearly as it can be."""
        if not len(self._at):
            return []
        rows, columns = self._frames.shape[1:]
        high = axis.rect.height()
        wide = min(max(high * columns / rows, LEAST_TILE), axis.rect.width())
        high = min(high, wide * rows / columns)
        fit = max(1, int((axis.rect.width() + GAP) / (wide + GAP)))
        centres = axis.rect.left() + (np.arange(fit) + 0.5) * axis.rect.width() / fit
        wanted = np.linspace(0, axis.last, fit)
        if axis.decades:
            wanted = np.expm1(np.linspace(0, np.log1p(axis.last), fit))
        frames = [int(np.abs(self._at - update).argmin()) for update in wanted]
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
        for frame, place in self.tiles(axis):
            painter.drawImage(place, image(value_colours(self._frames[frame], self.limit, theme)))
            shown = int(self._at[frame]) == self.at_update
            painter.setPen(QPen(QColor(theme.ink if shown else theme.node_outline), 2.0 if shown else theme.hairline))
            painter.setBrush(Qt.BrushStyle.NoBrush)
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
        rows, columns = self._frames.shape[1:]
        row = min(int((self._hover.y() - place.top()) / place.height() * rows), rows - 1)
        column = min(int((self._hover.x() - place.left()) / place.width() * columns), columns - 1)
        if row < 0 or column < 0:
            return []
        name = f"[{row + 1}, {column + 1}]"
        return [(name, number(float(self._frames[frame, row, column])), self._theme.ink)]

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
