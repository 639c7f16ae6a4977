"""A small field to type a number into, over the number itself: Enter accepts it, Esc cancels, the wheel changes it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.style.fonts import tabular
from explorer.widgets.card import repolish
from explorer.widgets.keys import TAKES_ITS_KEYS


class NumberField(QLineEdit):
    """`typed` tells the text at Enter or when the focus goes; `left` that it was given up. ↑ ↓ and the wheel change
    it."""

    typed = Signal(str)
    adjusted = Signal(float, object)  # notches up, the modifiers
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty(TAKES_ITS_KEYS, True)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFont(tabular(self.font()))
        self.setAccessibleName(self.tr("number"))
        self._begun = ""
        self.textEdited.connect(lambda _: self.set_wrong(False))

    def begin(self, text: str, started: bool = False) -> None:
        """Opens with a number to overwrite; `started`: with what was typed first, to go on with."""
        self._begun = "" if started else text
        self.set_wrong(False)
        self.setText(text)
        self.show()
        self.raise_()
        self.setFocus()
        if not started:
            self.selectAll()

    def set_number(self, text: str) -> None:
        """Another number while it is open: what the wheel has changed it to."""
        self._begun = text
        self.setText(text)
        self.selectAll()

    def set_wrong(self, wrong: bool) -> None:
        """Marks what was typed as no number."""
        if bool(self.property("invalid")) != wrong:
            self.setProperty("invalid", wrong)
            repolish(self)

    def least_width(self) -> int:
        """Room for a number of a few digits."""
        return QFontMetrics(self.font()).horizontalAdvance("−0.000000") + 18

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # every key is the field's own
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._take()
            case Qt.Key.Key_Escape:
                self.left.emit()
            case Qt.Key.Key_Up:
                self.adjusted.emit(1.0, event.modifiers())
            case Qt.Key.Key_Down:
                self.adjusted.emit(-1.0, event.modifiers())
            case _:
                super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        self.adjusted.emit((delta.y() or delta.x()) / 120.0, event.modifiers())
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed is taken, too, where a person goes on elsewhere; its own menu is not elsewhere."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason and self.isVisible():
            if self.text() == self._begun or self.property("invalid"):
                self.left.emit()
            else:
                self._take()

    def _take(self) -> None:
        if self.text() == self._begun:  # nothing typed: the number keeps every digit, and is no edit
            self.left.emit()
        else:
            self.typed.emit(self.text())
