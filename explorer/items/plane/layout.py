"""Where the square of the plane lies, and the notes beside or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from explorer.items.plane.model import Note, Plane

SIGN = 24.0  # px before a note's text
BESIDE = 1.35  # width by height from which the notes stand beside the square
LEAST = 120.0  # px of the square's side
NOTES = 230.0  # px of the notes' width beside it, at least
_GAP, _BETWEEN = 16.0, 4.0
_WRAP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


@dataclass(frozen=True, eq=False)
class PlaneLayout:
    """`room`: px that there are."""

    plane: Plane
    room: QRectF
    metrics: QFontMetricsF

    @property
    def beside(self) -> bool:
        """Whether the notes stand to the right of the square."""
        return self.room.width() > BESIDE * self.room.height()

    @property
    def _margins(self) -> tuple[float, float, float]:
        """px left of, above and below the square: the axes' numbers and names."""
        left = max(self.metrics.horizontalAdvance(text) for text in ("−0.5", self.plane.axes[1])) + 8
        return left, self.metrics.height() * 0.5 + 2, 2 * self.metrics.height() + 4

    @cached_property
    def square(self) -> QRectF:
        left, above, below = self._margins
        width, height = self.room.width() - left - 8, self.room.height() - above - below
        if self.beside:
            side = min(height, width - _GAP - NOTES)
        else:
            side = min(width, max(height - self._needed(self.room.width()), min(0.62 * height, width)))
        side = max(side, min(LEAST, width, height))
        return QRectF(self.room.left() + left, self.room.top() + above, side, side)

    @property
    def _notes_room(self) -> QRectF:
        _, _, below = self._margins
        if self.beside:
            start = self.square.right() + _GAP
            return QRectF(start, self.room.top(), self.room.right() - start, self.room.height())
        top = self.square.bottom() + below
        return QRectF(self.room.left(), top, self.room.width(), self.room.bottom() - top)

    def _height(self, note: Note, width: float) -> float:
        room = QRectF(0, 0, max(width - SIGN, 20.0), 10_000.0)
        return self.metrics.boundingRect(room, _WRAP, note.text).height()

    def _needed(self, width: float) -> float:
        return sum(self._height(note, width) + _BETWEEN for note in self.plane.notes)

    @cached_property
    def notes(self) -> Sequence[tuple[Note, QRectF]]:
        """Each with the room of its text; those for which there is no height are left out, whole."""
        room, found = self._notes_room, []
        top = room.top()
        for note in self.plane.notes:
            height = self._height(note, room.width())
            if top + height > room.bottom() + 1:
                break
            found.append((note, QRectF(room.left() + SIGN, top, room.width() - SIGN, height)))
            top += height + _BETWEEN
        return found

    def spot(self, s: Sequence[float] | NDArray) -> QPointF:
        """Where a state lies, px."""
        square, half = self.square, self.plane.half
        x = (float(s[0]) - self.plane.middle[0]) / half
        y = (float(s[1]) - self.plane.middle[1]) / half
        return QPointF(square.center().x() + x * square.width() / 2, square.center().y() - y * square.height() / 2)

    def spots(self, states: NDArray) -> NDArray:
        """Where states (n, 2) lie, (n, 2) px."""
        square = self.square
        middle, half = (square.center().x(), square.center().y()), (square.width() / 2, -square.height() / 2)
        return np.array(middle) + (states - self.plane.middle) / self.plane.half * half
