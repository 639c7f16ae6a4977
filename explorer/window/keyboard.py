"""Who has the keyboard in a window: the pictures, unless Tab has brought it to a control."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollArea,
    QWidget,
)
from shiboken6 import isValid

from explorer.window.fields import FieldKeys

OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
OWNERS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractItemView)


class Keyboard(QObject):
    """Of one window, from when all its widgets are there. `fields` keeps the keys of the one that is typed into."""

    def __init__(self, window: QWidget, app: QApplication, give_back: Callable[[], object]) -> None:
        """`give_back`: gives the focus to the picture that it belongs to."""
        super().__init__(window)
        self._window, self._give_back = window, give_back
        give_back()
        app.focusChanged.connect(self._on_focus_changed)
        self.fields = FieldKeys(window, app, give_back)

    def keeps(self, event: QEvent) -> bool:
        """Whether a key that is a shortcut belongs to what has the focus by Tab: to press it, to open its list, to end
        its editing."""
        owned = event.type() == QEvent.Type.ShortcutOverride and isinstance(self._window.focusWidget(), OWNERS)
        return owned and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """The arrows belong to the timeline again where the focus would wander: its widget has gone from the panel, or
        the mouse has finished with a list or a slider. What the keyboard has come to is scrolled into sight.

        A window whose focus is nowhere gives it to its first control when it comes back from a dialog.
        """
        window = self._window
        if new is None and old is not None and isValid(window) and isValid(old):
            if window.isAncestorOf(old) and window.isActiveWindow():
                self._give_back()
            return
        if new is None or not window.isAncestorOf(new) or isinstance(new, QLineEdit):
            return
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            _scroll_to(new)
        gone = old is not None and isValid(old) and window.isAncestorOf(old) and not old.isVisible()
        if gone and not isinstance(old, QLineEdit):
            self._give_back()


def _scroll_to(widget: QWidget) -> None:
    """Scrolls the area that a widget stands in, if it does, so that it is seen with what is just around it."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        above.ensureWidgetVisible(widget, 0, 8)
