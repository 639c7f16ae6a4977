"""A matrix as an editable heat map: cells to select, type into, change with the wheel and drag.

Arrays in, pixels out; edits are requested by signals, and the listener changes the numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.items.heat.layout import HeatCells, HeatLayout
from explorer.items.heat.painter import HeatPainter
from explorer.style.theme import Theme
from explorer.widgets.number_field import NumberField
from explorer.widgets.painted import PaintedArea

START_DRAG = 3.0  # px
TYPED = "0123456789.,-+−"
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


class HeatMap(PaintedArea):
    """Shows one matrix; one of its cells is selected. ← → ↑ ↓ choose, with Shift or Ctrl ↑ ↓ change the number; digits,
    Enter and F2 type; Delete resets; K locks."""

    chosen = Signal(int, int)
    hovered = Signal(int, int)  # (−1, −1) where the mouse has left
    adjusted = Signal(int, int, float, object, bool)  # notches up, the modifiers, whether by a key
    dragged = Signal(int, int, float, object)  # px up from where the drag began, the modifiers
    rested = Signal()  # the mouse button was released
    typed = Signal(int, int, str)
    lock_requested = Signal(int, int)
    reset_requested = Signal(int, int)
    pasted = Signal(int, int)  # the clipboard, from a cell on

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells: HeatCells | None = None
        self._cell = (0, 0)
        self._pressed: QPointF | None = None
        self._dragging = False
        self.layout_of_cells = HeatLayout()
        self.says: Callable[[int, int], str] = lambda row, column: ""  # a cell in words
        self.field = NumberField(self.viewport())
        self.field.hide()
        self.field.typed.connect(lambda text: self.typed.emit(*self._cell, text))
        self.field.adjusted.connect(
            lambda notches, modifiers: self.adjusted.emit(*self._cell, notches, modifiers, False)
        )
        self.field.left.connect(self.close_field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._on_scrolled)

    # --- what is shown ---
    def set_theme(self, theme: Theme) -> None:
        theme = self._theme = theme.enlarged
        self.layout_of_cells.set_theme(theme, self.font())
        self._fit()

    def set_cells(self, cells: HeatCells) -> None:
        """Another matrix, or other numbers in this one: the selected cell stays, where it still exists."""
        other = self._cells is None or self._cells.values.shape != cells.values.shape
        self._cells = cells
        if other:
            rows, columns = cells.values.shape
            self._cell = (min(self._cell[0], rows - 1), min(self._cell[1], columns - 1))
            self.close_field()
        self._fit()
        self.describe()

    def cells(self) -> HeatCells | None:
        return self._cells

    def cell(self) -> tuple[int, int]:
        """The selected cell, (row, column) from 0."""
        return self._cell

    def set_cell(self, row: int, column: int) -> None:
        """Selects a cell, without a signal."""
        if self._cells is None:
            return
        rows, columns = self._cells.values.shape
        cell = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
        if cell != self._cell:
            self.close_field()
        self._cell = cell
        self._reveal()
        self.describe()
        self.viewport().update()

    def _choose(self, row: int, column: int) -> None:
        self.set_cell(row, column)
        self.chosen.emit(*self._cell)

    def describe(self) -> None:
        """Says the cell anew, where what there is to say of it has changed."""
        self.setAccessibleDescription(self.says(*self._cell))

    # --- geometry ---
    def _fit(self) -> None:
        if self._theme is None or self._cells is None:
            return
        layout, cells = self.layout_of_cells, self._cells
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        whole = self.size() - QSize(1, 1)  # the last line and the selection's outline have a width
        size, room, down, across = layout.fit(cells, whole), whole, False, False
        # A bar takes room, and may make the other one needed: at most one round more.
        for _ in range(2):
            down, across = size.height() > room.height() + 0.5, size.width() > room.width() + 0.5
            room = whole - QSize(down * vertical.sizeHint().width(), across * horizontal.sizeHint().height())
            size = layout.fit(cells, room)
        for bar, needed, over, policy in (
            (horizontal, across, size.width() - room.width(), self.setHorizontalScrollBarPolicy),
            (vertical, down, size.height() - room.height(), self.setVerticalScrollBarPolicy),
        ):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn if needed else Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            bar.setRange(0, max(0, ceil(over)) if needed else 0)
        horizontal.setPageStep(room.width())
        vertical.setPageStep(room.height())
        vertical.setSingleStep(round(self.layout_of_cells.high))
        horizontal.setSingleStep(round(self.layout_of_cells.wide))
        self._place_field()
        self.viewport().update()

    @property
    def _offset(self) -> QPointF:
        return QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a cell is in the viewport."""
        return self.layout_of_cells.rect(row, column).translated(-self._offset)

    def cell_at(self, point: QPointF) -> tuple[int, int] | None:
        """The cell at a point of the viewport; the headings are none."""
        return self.layout_of_cells.at(point, self._offset)

    def _reveal(self) -> None:
        layout = self.layout_of_cells
        rect, room = self.cell_rect(*self._cell), self.viewport().size()
        for bar, low, high, head, most in (
            (self.horizontalScrollBar(), rect.left(), rect.right(), layout.left, room.width()),
            (self.verticalScrollBar(), rect.top(), rect.bottom(), layout.top, room.height()),
        ):
            if low < head:
                bar.setValue(bar.value() + round(low - head))
            elif high > most:
                bar.setValue(bar.value() + round(high - most))

    def _on_scrolled(self) -> None:
        self._place_field()
        self.viewport().update()

    # --- typing ---
    def open_field(self, text: str = "") -> None:
        """A field on the selected cell: with its number to overwrite, or with the first character that was typed."""
        if self._cells is None:
            return
        self._reveal()
        self.field.begin(text or self._cells.exact(*self._cell), bool(text))
        self._place_field()

    def close_field(self) -> None:
        """Away with the field; the map has the focus again where the field had it."""
        had = self.field.hasFocus()
        if self.field.isVisible():
            self.field.hide()
            if had:
                self.setFocus()

    def _place_field(self) -> None:
        if self._cells is None or self.field.isHidden():
            return
        rect = self.cell_rect(*self._cell)
        wide = max(rect.width(), self.field.least_width())
        left = min(max(rect.center().x() - wide / 2, 0.0), max(0.0, self.viewport().width() - wide))
        high = max(rect.height(), float(self.field.sizeHint().height()))
        top = min(max(rect.center().y() - high / 2, 0.0), max(0.0, self.viewport().height() - high))
        self.field.setGeometry(round(left), round(top), round(wide), round(high))

    # --- Qt ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if self._cells is None:
            return
        drawn = HeatPainter(painter, theme, self._cells, self.layout_of_cells, self._offset)
        drawn.paint(self.viewport().rect(), self._cell, self.hasFocus() or self.field.hasFocus())

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size() != event.oldSize():
            self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._wants(event):
            event.accept()
            return True
        return super().event(event)

    def _wants(self, event: QKeyEvent) -> bool:
        """Whether a key is this map's own, although the window has a shortcut on it."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) or event.matches(QKeySequence.StandardKey.Paste):
            return True
        if modifiers & ~_SHIFT:
            return False
        own = (*_MOVES, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2,
               Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_K)  # fmt: skip
        return event.key() in own or (bool(event.text()) and event.text() in TYPED)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers() & (_SHIFT | _CONTROL)
        row, column = self._cell
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(row, column)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and modifiers:
            self.adjusted.emit(row, column, 1.0 if key == Qt.Key.Key_Up else -1.0, event.modifiers(), True)
        elif key in _MOVES and not modifiers:
            down, right = _MOVES[Qt.Key(key)]
            self._choose(row + down, column + right)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End) and self._cells is not None:
            self._choose(row, 0 if key == Qt.Key.Key_Home else self._cells.values.shape[1] - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
            self.open_field()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset_requested.emit(row, column)
        elif key == Qt.Key.Key_K and not modifiers & _CONTROL:
            self.lock_requested.emit(row, column)
        elif event.text() and event.text() in TYPED and not modifiers & _CONTROL:
            self.open_field(event.text())
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or cell is None:
            event.ignore()
            return
        again = cell == self._cell
        self._choose(*cell)
        if self._cells is not None and self._cells.locked[cell]:
            if again and self.layout_of_cells.lock_rect(self.cell_rect(*cell)).contains(event.position()):
                self.lock_requested.emit(*cell)
            return
        self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            cell = self.cell_at(event.position())
            self.hovered.emit(*(cell or (-1, -1)))
            free = cell is not None and self._cells is not None and self._cells.free[cell]
            self.viewport().setCursor(Qt.CursorShape.SizeVerCursor if free else Qt.CursorShape.ArrowCursor)
            return
        up = self._pressed.y() - event.position().y()
        if self._dragging or abs(up) >= START_DRAG:
            self._dragging = True
            self.dragged.emit(*self._cell, up, event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragging, self._pressed, self._dragging = self._dragging, None, False
        if dragging:
            self.rested.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self._pressed = None
            self._choose(*cell)
            self.open_field()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Changes the number under the mouse; where there is something to scroll, only the selected one."""
        cell = self.cell_at(event.position())
        scrolls = self.verticalScrollBar().maximum() > 0 or self.horizontalScrollBar().maximum() > 0
        if cell is None or (scrolls and cell != self._cell):
            super().wheelEvent(event)
            return
        delta = event.angleDelta()
        if cell != self._cell:
            self._choose(*cell)
        self.adjusted.emit(*cell, (delta.y() or delta.x()) / 120.0, event.modifiers(), False)
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            cell = self.cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.says(*cell) if cell else "", self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.hovered.emit(-1, -1)
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(300, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 90)
