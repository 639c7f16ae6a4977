"""Fields to type into have their keys to themselves: Enter and a click elsewhere accept, Esc restores.

Fields that open over a number (explorer/widgets/number_field.py, the slider's) do so themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QSpinBox, QWidget
from shiboken6 import isValid

from explorer.widgets.keys import TAKES_ITS_KEYS

FIELDS = (QLineEdit, QAbstractSpinBox, QComboBox)
EDITING = frozenset(
    (
        Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    )
)  # fmt: skip
TAKEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TYPED = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


def belongs_to_field(event: QKeyEvent) -> bool:
    """Whether a key is one to type or to edit with: a letter, a digit, a sign, Home, Enter …; not with Ctrl or Alt."""
    if event.modifiers() & ~_TYPED:
        return False
    text = event.text()
    return event.key() in EDITING or (bool(text) and text.isprintable())


class FieldKeys(QObject):
    """Watches the field of a window that has the keyboard, and nothing while none has it."""

    def __init__(self, window: QWidget, app: QApplication, leave: Callable[[], object]) -> None:
        """`leave`: gives the keyboard to what it belongs to where no field has it."""
        super().__init__(window)
        self._window, self._app, self._leave = window, app, leave
        self._field: QWidget | None = None
        self._before: str | int = ""  # the text, value or index when the field got the keyboard
        app.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        inside = new is not None and isValid(self._window) and self._window.isAncestorOf(new)
        field = new if inside and isinstance(new, FIELDS) else None
        if field is self._field:
            return
        if (self._field is None) != (field is None):
            # A filter of the application sees every event of the program: it is there while a field has the keyboard.
            (self._app.installEventFilter if field is not None else self._app.removeEventFilter)(self)
        self._field = field
        if field is not None:
            self._before = _content(field)

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        field = self._field
        if field is None or not isValid(field):
            return False
        if isinstance(event, QKeyEvent) and watched is field:
            return self._key(field, event)
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._pressed(field, watched)
        return False

    def _key(self, field: QWidget, event: QKeyEvent) -> bool:
        own = bool(field.property(TAKES_ITS_KEYS))  # Enter and Esc mean something else there
        escape = event.key() == Qt.Key.Key_Escape and not own and self._changed(field)
        if event.type() == QEvent.Type.ShortcutOverride and (belongs_to_field(event) or escape):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and not own and not isinstance(field, QComboBox):
            if event.key() in TAKEN:
                self._leave()  # the focus goes, and with it the field takes what was typed
                return True
            if escape:
                self._restore(field)
                self._leave()
                return True
        if event.type() == QEvent.Type.KeyPress and escape:
            self._restore(field)
            return True
        return False

    def _changed(self, field: QWidget) -> bool:
        """Whether Esc has anything to bring back: then it does that, and nothing else in the window."""
        return _content(field) != self._before

    def _restore(self, field: QWidget) -> None:
        before = self._before
        if isinstance(field, QSpinBox):
            value = field.valueFromText(str(before))
            if value == field.value():
                with QSignalBlocker(field):
                    field.setValue(value)
                field.lineEdit().setText(str(before))
            else:
                field.setValue(value)
        elif isinstance(field, QLineEdit):
            field.setText(str(before))
            field.textEdited.emit(str(before))  # what follows while it is typed follows back
        elif isinstance(field, QComboBox) and isinstance(before, int):
            field.setCurrentIndex(before)
            field.activated.emit(before)

    def _pressed(self, field: QWidget, watched: QObject) -> None:
        """A click elsewhere takes what was typed before it does anything else."""
        if not isinstance(watched, QWidget) or watched is field or field.isAncestorOf(watched):
            return
        if watched.window() is self._window and not isinstance(field, QComboBox):
            self._leave()


def _content(field: QWidget) -> str | int:
    """What stands in a field: a text, or the index of a list."""
    if isinstance(field, QComboBox):
        return field.currentIndex()
    if isinstance(field, QAbstractSpinBox):
        return field.lineEdit().text()
    return field.text() if isinstance(field, QLineEdit) else ""
