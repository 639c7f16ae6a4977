"""An image that is read row by row, small: rows not yet read are pale, those being read are marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.style.colours import image, value_colours
from explorer.style.theme import Theme

PALE = 200  # of 255: the card's colour over rows that are not read yet
MARK = 3.0  # px that the mark of a row stands out on each side, and its least height


@dataclass(frozen=True, eq=False)
class ImagePicture:
    """`x` (T, I): what is read at each step; `rows` (T,): which row of the image that is, 0 at the top; `high`: the
    height of a row in widths of a pixel. `limit`: of the values' colours. `shows`: its label, "" where it has none."""

    x: np.ndarray
    rows: tuple[int, ...]
    high: float
    limit: float
    shows: str
    theme: Theme

    @cached_property
    def places(self) -> np.ndarray:
        """(T,) the place, from the top, of the row that each step reads, among those that are read."""
        return np.argsort(np.argsort(self.rows))

    @cached_property
    def pixels(self) -> QImage:
        """T × I pixels, in the colours that the values have in the nodes."""
        return image(value_colours(self.x[np.argsort(self.rows)], self.limit, self.theme))

    def within(self, room: QRectF) -> QRectF:
        """The largest place for it in a room, with its own proportions, at the middle of its lower edge."""
        steps, pixels = self.x.shape
        width = min(room.width(), room.height() * pixels / (steps * self.high))
        height = width * steps * self.high / pixels
        return QRectF(room.center().x() - width / 2, room.bottom() - height, width, height)

    def row(self, t: int, place: QRectF) -> QRectF:
        """The row that step t (from 1) reads."""
        height = place.height() / len(self.rows)
        return QRectF(place.x(), place.y() + self.places[t - 1] * height, place.width(), height)

    def mark(self, t: int, place: QRectF) -> QRectF:
        """What stands around the row of step t: higher than that where the rows are thin."""
        row = self.row(t, place).adjusted(-MARK, -0.5, MARK, 0.5)
        missing = max(0.0, MARK - row.height()) / 2
        return row.adjusted(0, -missing, 0, missing)

    def draw(self, painter: QPainter, place: QRectF, read: np.ndarray, live: Iterable[int], ink: str) -> None:
        """`read` (T,) bool: the steps that have read their row; `live`: those whose rows are marked, in `ink`."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.height() < len(self.rows))
        painter.drawImage(place, self.pixels)
        pale = QColor(self.theme.panel)
        pale.setAlpha(PALE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height = place.height() / len(self.rows)
        there = np.zeros(len(self.rows), dtype=bool)
        there[self.places] = read
        edges = np.flatnonzero(np.diff(np.concatenate(([True], there, [True]))))  # of what is not read, from the top
        for first, end in edges.reshape(-1, 2):
            painter.fillRect(QRectF(place.x(), place.y() + first * height, place.width(), (end - first) * height), pale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.node_outline), 1.0))
        painter.drawRect(place)
        painter.setPen(QPen(QColor(ink), 1.6))
        for t in live:
            painter.drawRect(self.mark(t, place))
        painter.restore()
