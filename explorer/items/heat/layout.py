"""Where the cells of a heat map stand: as large as their numbers want where there is room, smaller without them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import QFont, QFontMetricsF

from explorer.style.fonts import tabular
from explorer.style.numbers import number, plain, power
from explorer.style.theme import Theme

LEAST, MOST = 12.0, 96.0  # px of a cell's width, without and with its number
FLAT = 12.0  # px of a row's height without numbers
LOCK = 10.0  # px of the corner with the padlock
WIDEST_NAMES = 90.0  # px that the names of the rows may have
GAP = 3.0


@dataclass(frozen=True, eq=False)
class HeatCells:
    """`values` (rows, columns), coloured on ±`limit` ("value"), or by decades from `low` to `high` ("gradient");
    `rows` and `columns` name them. `free`: can be changed; `used`: has an effect at all; `live`: the playhead's row."""

    values: NDArray[np.float64]
    kind: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    free: NDArray[np.bool_]
    used: NDArray[np.bool_]
    edited: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    limit: float = 1.0
    decades: tuple[float, float] = (-4.0, 0.0)
    live: int = -1
    numbers: NDArray[np.float64] | None = field(default=None)  # what is typed into, where the map shows gradients

    def text(self, row: int, column: int) -> str:
        """A number as it stands in its cell."""
        value = float(self.values[row, column])
        if self.kind == "gradient":
            return power(value, 2, sign=True)
        if abs(value) >= 100.0 or (value and abs(value) < 0.005):
            return number(value, 2, sign=True)
        return plain(value, 2, sign=True)

    def exact(self, row: int, column: int) -> str:
        """The number to type over, with every digit."""
        numbers = self.values if self.numbers is None else self.numbers
        return repr(float(numbers[row, column]))


class HeatLayout:
    """Sizes and places for one map; `numbered` says whether the numbers are written, `headed` whether rows and columns
    are named."""

    headed = True

    def __init__(self) -> None:
        self.wide = self.high = self.left = self.top = 0.0
        self.numbered = True
        self.font, self.head_font = QFont(), QFont()
        self._shape = (0, 0)

    def set_theme(self, theme: Theme, font: QFont) -> None:
        self.font, self.head_font = QFont(font), QFont(font)
        self.font.setPixelSize(theme.small_px)
        self.head_font.setPixelSize(max(theme.small_px - 1, 8))
        self.font, self.head_font = tabular(self.font), tabular(self.head_font)
        self.metrics, self.head_metrics = QFontMetricsF(self.font), QFontMetricsF(self.head_font)

    def fit(self, cells: HeatCells, room: QSize) -> QSizeF:
        """Takes the sizes for a room; the size of it all, larger than the room where it scrolls."""
        rows, columns = self._shape = cells.values.shape
        widest = max((self.head_metrics.horizontalAdvance(text) for text in cells.rows), default=0.0)
        self.left = min(widest + 8, WIDEST_NAMES)
        self.top = self.head_metrics.height() + 4
        least = self.metrics.horizontalAdvance("−9.99·10⁻⁹" if cells.kind == "gradient" else "+0.00") + 8
        line = self.metrics.height() + 6
        across = (room.width() - self.left) / max(columns, 1)
        down = (room.height() - self.top) / max(rows, 1)
        self.numbered = across >= least
        self.wide = min(across, MOST) if self.numbered else max(LEAST, min(across, MOST / 2))
        wanted = line * 1.5 if self.numbered else self.wide
        self.high = max(line if self.numbered else FLAT, min(down, wanted))
        return QSizeF(self.left + columns * self.wide, self.top + rows * self.high)

    def rect(self, row: int, column: int) -> QRectF:
        """A cell before it is scrolled."""
        return QRectF(self.left + column * self.wide, self.top + row * self.high, self.wide, self.high)

    def at(self, point: QPointF, offset: QPointF) -> tuple[int, int] | None:
        """The cell at a point of the viewport; None on the headings and beside the map."""
        if point.x() < self.left or point.y() < self.top or not self.wide or not self.high:
            return None
        row = int((point.y() + offset.y() - self.top) // self.high)
        column = int((point.x() + offset.x() - self.left) // self.wide)
        inside = 0 <= row < self._shape[0] and 0 <= column < self._shape[1]
        return (row, column) if inside else None

    def visible(self, room: QRectF, offset: QPointF) -> tuple[range, range]:
        """The rows and columns that a room shows some of."""
        rows, columns = self._shape
        first, last = int(offset.y() // self.high), int((offset.y() + room.height() - self.top) // self.high) + 1
        left, right = int(offset.x() // self.wide), int((offset.x() + room.width() - self.left) // self.wide) + 1
        return range(max(first, 0), min(last, rows)), range(max(left, 0), min(right, columns))

    def lock_rect(self, cell: QRectF) -> QRectF:
        """The corner of a cell where its padlock is."""
        size = min(LOCK, cell.width(), cell.height())
        return QRectF(cell.left() + 1, cell.top() + 1, size + 2, size + 2)
