"""A whole matrix in little room: square cells without headings, which can be changed by hand where they are large
enough to be hit."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.heat.layout import HeatCells, HeatLayout
from explorer.items.heat.map import HeatMap
from explorer.items.heat.painter import HeatPainter
from explorer.style.theme import Theme

LEAST_HIT = 6.0  # px of a cell that a hand can take hold of


class SquareLayout(HeatLayout):
    """Square cells that fill a room, all of them; numbers stand in them where every one fits."""

    headed = False

    def fit(self, cells: HeatCells, room: QSize) -> QSizeF:
        rows, columns = self._shape = cells.values.shape
        side = square_cell(rows, columns, room.width(), room.height())
        self.left = self.top = 0.0
        self.wide = self.high = side
        self.numbered = side >= self.metrics.horizontalAdvance("+0.00") + 4
        return QSizeF(columns * side, rows * side)


def square_cell(rows: int, columns: int, width: float, height: float) -> float:
    """px of a square cell of a matrix in so much room."""
    return min(width / max(columns, 1), height / max(rows, 1))


class SmallHeatMap(HeatMap):
    """`opened`: a double-click where the cells are too small for a hand. The selected cell is outlined where `marked`,
    or while the map has the focus."""

    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layout_of_cells = SquareLayout()
        self.marked = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def by_hand(self) -> bool:
        """Whether its cells are large enough to be dragged."""
        return self.layout_of_cells.wide >= LEAST_HIT

    def paint(self, painter: QPainter, theme: Theme) -> None:
        cells = self.cells()
        if cells is None:
            return
        focused = self.hasFocus() or self.field.hasFocus()
        drawn = HeatPainter(painter, theme, cells, self.layout_of_cells, self._offset)
        drawn.paint(self.viewport().rect(), self.cell(), focused, (self.marked or focused) and self.by_hand)

    # --- Qt ---
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.by_hand:
            super().mousePressEvent(event)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not self.by_hand:
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.by_hand:
            super().mouseDoubleClickEvent(event)
        else:
            self.opened.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.by_hand:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.by_hand:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.opened.emit()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and not self.by_hand and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
            return False
        return super().event(event)

    def sizeHint(self) -> QSize:
        return QSize(100, 100)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 20)
