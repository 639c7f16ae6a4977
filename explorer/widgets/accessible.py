"""Painted pictures for a screen reader: each thing that is painted is a child with a name of its own.

A widget that has an attribute `accessible_items` (`AccessibleItems`) gets an interface with those children. Qt asks for
it only where a screen reader is there, or a test.
"""

from __future__ import annotations

from typing import Protocol
from weakref import ReferenceType, ref

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid


class AccessibleItems(Protocol):
    """The children of a picture, by number from 0."""

    def count(self) -> int:
        """How many there are now."""
        ...

    def sentence(self, k: int) -> str:
        """What child k is, in one sentence."""
        ...

    def box(self, k: int) -> QRect:
        """Where it is, in the widget's own pixels; empty where it is not on show."""
        ...

    def focus(self) -> int:
        """The selected one; −1 where none is."""
        ...


class Picture(QAccessibleWidget):
    """The interface of a painted widget. Children are made when they are asked for, and kept: Qt holds on to them."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Graphic, widget.accessibleName())
        self._widget: ReferenceType[QWidget] = ref(widget)
        self._children: dict[int, Thing] = {}

    def widget_now(self) -> QWidget | None:
        """The widget, as long as it is there."""
        widget = self._widget()
        return widget if widget is not None and isValid(widget) else None

    def accessible_items(self) -> AccessibleItems | None:
        """What the widget tells."""
        return getattr(self.widget_now(), "accessible_items", None)

    def childCount(self) -> int:
        accessible_items = self.accessible_items()
        return accessible_items.count() if accessible_items is not None else 0

    def child(self, index: int) -> Thing | None:
        if not 0 <= index < self.childCount():
            return None
        if index not in self._children:
            self._children[index] = Thing(self, index)
        return self._children[index]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, Thing) else -1

    def childAt(self, x: int, y: int) -> Thing | None:
        accessible_items, widget = self.accessible_items(), self.widget_now()
        if accessible_items is None or widget is None:
            return None
        place = widget.mapFromGlobal(QPoint(x, y))
        return self.child(
            next((k for k in range(accessible_items.count()) if accessible_items.box(k).contains(place)), -1)
        )

    def focusChild(self) -> Thing | None:
        accessible_items = self.accessible_items()
        return self.child(accessible_items.focus()) if accessible_items is not None else None


class Thing(QAccessibleInterface):
    """One thing that is painted."""

    def __init__(self, picture: Picture, index: int) -> None:
        super().__init__()
        self.picture, self.index = picture, index

    def isValid(self) -> bool:
        accessible_items = self.picture.accessible_items()
        return accessible_items is not None and self.index < accessible_items.count()

    def object(self) -> QObject | None:
        return None

    def window(self) -> QWindow | None:
        widget = self.picture.widget_now()
        return widget.window().windowHandle() if widget is not None else None

    def parent(self) -> QAccessibleInterface | None:
        widget = self.picture.widget_now()
        return QAccessible.queryAccessibleInterface(widget) if widget is not None else None

    def child(self, index: int) -> None:
        return None

    def childAt(self, x: int, y: int) -> None:
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def focusChild(self) -> None:
        return None

    def relations(self, match: object) -> list:
        return []

    def rect(self) -> QRect:
        accessible_items, widget = self.picture.accessible_items(), self.picture.widget_now()
        if accessible_items is None or widget is None or not self.isValid():
            return QRect()
        box = accessible_items.box(self.index)
        return QRect(widget.mapToGlobal(box.topLeft()), box.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.Graphic

    def state(self) -> QAccessible.State:
        state, accessible_items = QAccessible.State(), self.picture.accessible_items()
        valid = self.isValid()
        state.invalid = not valid
        if valid and accessible_items is not None:
            state.focusable = state.selectable = state.readOnly = True
            widget = self.picture.widget_now()
            state.selected = accessible_items.focus() == self.index
            state.focused = bool(state.selected and widget is not None and widget.hasFocus())
            state.offscreen = accessible_items.box(self.index).isEmpty()
        return state

    def text(self, kind: QAccessible.Text) -> str:
        accessible_items = self.picture.accessible_items()
        if kind != QAccessible.Text.Name or accessible_items is None or not self.isValid():
            return ""
        return accessible_items.sentence(self.index)

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A picture is not written into."""

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()


_installed: list[bool] = []


def _factory(name: str, watched: QObject) -> Picture | None:
    """An interface for a widget with accessible items; None leaves it to Qt."""
    if isinstance(watched, QWidget) and getattr(watched, "accessible_items", None) is not None:
        return Picture(watched)
    return None


def install() -> None:
    """Lets Qt ask here for interfaces; once, however often it is called."""
    if not _installed:
        _installed.append(True)
        QAccessible.installFactory(_factory)


def screen_reader_active() -> bool:
    """Whether a screen reader is active."""
    return QAccessible.isActive()


def announce(widget: QWidget) -> None:
    """Tells a screen reader, where there is one, which of a picture's children is selected now."""
    accessible_items: AccessibleItems | None = getattr(widget, "accessible_items", None)
    if accessible_items is None or not screen_reader_active() or not widget.hasFocus():
        return
    k = accessible_items.focus()
    if k >= 0:
        event = QAccessibleEvent(widget, QAccessible.Event.Focus)
        event.setChild(k)
        QAccessible.updateAccessibility(event)
