"""Tables of n-grams beside each other, cell by cell on one scale: how they grow with n, and how little is met."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.analysis.ngrams import CountTable
from explorer.style.colours import blend
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow
from explorer.words import clauses, counted, translator

MOST, LEAST = 9.0, 1.5  # px of a cell
TALL = 128.0  # px of a table
GAP = 4.0  # px between the columns in which a long table goes on
BETWEEN = 18.0  # px between tables

_tr = translator("lesson")


class CountTables(PaintedFlow):
    """A table goes on in another column where it is taller than the picture; a cell that is never met is empty."""

    def __init__(self, tables: Sequence[CountTable]) -> None:
        super().__init__()
        self.tables = tuple(tables)
        self.side = MOST
        self._places: list[QRectF] = []
        self.setAccessibleName(_tr("Tables of counts, from n = 1 to n = {n}").format(n=len(self.tables)))
        self.setAccessibleDescription(clauses(" ".join(self.words(table)) for table in self.tables))

    @staticmethod
    def words(table: CountTable) -> tuple[str, str, str]:
        """What stands below a table: its n, its size, and how many of its rows are met."""
        rows, columns = table.counts.shape
        return (
            _tr("n = {n}").format(n=table.n),
            f"{rows} × {columns}",
            counted("lesson", table.met, "%n row met", "%n rows met"),
        )

    def place(self, k: int) -> QRectF:
        """Where a table stands, with its words."""
        return self._places[k]

    def arrange(self, theme: Theme, room: float) -> float:
        """The largest cells with which all tables stand in one line; where none do, those that fit are in the first."""
        self.side = MOST
        while self.side > LEAST and self._total() > room:
            self.side -= 0.5
        x, y, high = 0.0, 0.0, TALL + 3 * self._type.height + 4.0
        self._places = []
        for table in self.tables:
            wide = self._width(table)
            if x and x + wide > room:
                x, y = 0.0, y + high + 6.0
            self._places.append(QRectF(x, y, wide, high))
            x += wide + BETWEEN
        return y + high

    def _total(self) -> float:
        return sum(map(self._width, self.tables)) + BETWEEN * (len(self.tables) - 1)

    def _rows(self) -> int:
        """How many rows one column of a table has room for."""
        return int(TALL // self.side)

    def _width(self, table: CountTable) -> float:
        rows, columns = table.counts.shape
        blocks = -(-rows // self._rows())
        return max(blocks * columns * self.side + (blocks - 1) * GAP, *map(self._type.width, self.words(table)))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        for table, place in zip(self.tables, self._places, strict=True):
            most = float(table.counts.max()) or 1.0
            per, (rows, columns) = self._rows(), table.counts.shape
            painter.setPen(QPen(QColor(theme.grid), theme.hairline) if self.side >= 4.0 else Qt.PenStyle.NoPen)
            for row in range(rows):
                block, down = divmod(row, per)
                left = place.left() + block * (columns * self.side + GAP)
                for column in range(columns):
                    share = float(table.counts[row, column]) / most
                    ink = blend(theme.forward, theme.trough, 0.3 + 0.7 * share**0.5) if share else theme.trough
                    painter.setBrush(QColor(ink))
                    side = self.side if self.side >= 4.0 else self.side - 0.25
                    painter.drawRect(QRectF(left + column * self.side, place.top() + down * self.side, side, side))
            base = place.top() + TALL + self._type.metrics.ascent() + 4.0
            for k, (text, ink) in enumerate(zip(self.words(table), (theme.ink, theme.muted, theme.muted), strict=True)):
                painter.setFont(self._type.bold if k == 0 else self._type.plain)
                painter.setPen(QColor(ink))
                painter.drawText(QPointF(place.left(), base + k * self._type.height), text)
