"""One sentence for the person, above the pictures, which goes by itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

MESSAGE_MS = 9000


class Note(QFrame):
    """A sentence for the person, which goes by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("note", True)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 7, 14, 7)
        layout.addWidget(self._label)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_text(self, text: str) -> None:
        self._label.setText(text)
        self._label.setAccessibleName(text)
        self.setVisible(bool(text))
        if text:
            self._timer.start(MESSAGE_MS)

    def text(self) -> str:
        return self._label.text()

    def hideEvent(self, event) -> None:
        self._timer.stop()
        super().hideEvent(event)
