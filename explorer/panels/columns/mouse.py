"""The mouse over a picture of columns: wheel zooms, a drag pans, a double-click fits. One behaviour for all of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.columns import Columns

ZOOM_PER_NOTCH = 1.18
NOTCH = 120.0


class ColumnMouse(QObject):
    """An event filter for `widget`. `inner` says where a point of it lies in its picture; `columns` is asked for at
    every event, since a panel may be bound anew.

    A press and release without a drag goes to `clicked(position)`; so does nothing else. A double click goes to
    `entered(position)` first, and fits where that answers False.
    """

    # While Qt takes a widget down, events still come when the attributes of this object are gone already.
    _columns: Callable[[], Columns | None] = staticmethod(lambda: None)

    def __init__(
        self,
        widget: QWidget,
        inner: Callable[[QPointF], QPointF],
        columns: Callable[[], Columns | None],
        clicked: Callable[[QPointF], None] | None = None,
        entered: Callable[[QPointF], bool] | None = None,
    ) -> None:
        super().__init__(widget)
        self._inner, self._columns, self._clicked, self._entered = inner, columns, clicked, entered
        self._pressed: QPointF | None = None
        self._dragged = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        columns = self._columns()
        if columns is None:
            return False
        if isinstance(event, QWheelEvent):
            return self._wheel(columns, event)
        if not isinstance(event, QMouseEvent):
            return False
        kind = event.type()
        if kind == QEvent.Type.MouseButtonDblClick and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            if self._entered is None or not self._entered(self._inner(event.position())):
                columns.fit()
            return True
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = self._inner(event.position()), False
            return False
        if kind == QEvent.Type.MouseMove and self._pressed is not None:
            return self._drag(columns, event, self._pressed)
        if kind == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            place, self._pressed = self._pressed, None
            if not self._dragged and self._clicked is not None:
                self._clicked(place)
            return self._dragged
        return False

    def _wheel(self, columns: Columns, event: QWheelEvent) -> bool:
        turn, sideways = event.angleDelta().y(), event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(sideways) > abs(turn):
            columns.pan((sideways or turn) / NOTCH * 3 * columns.column)
        else:
            columns.zoom(ZOOM_PER_NOTCH ** (turn / NOTCH), self._inner(event.position()).x())
        event.accept()
        return True

    def _drag(self, columns: Columns, event: QMouseEvent, pressed: QPointF) -> bool:
        here = self._inner(event.position())
        moved = here.x() - pressed.x()
        if not self._dragged and abs(moved) < QApplication.startDragDistance():
            return False
        self._dragged = True
        columns.pan(moved)
        self._pressed = here
        return True
