"""Labels by their role in the style sheet, and the line that separates what stands above from what stands below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy


def text_label(role: str, text: str = "", wraps: bool = False) -> QLabel:
    """Plain text. `role`: one that the style sheet knows (title, value, muted, small, error, status …)."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    return made


class FittedLabel(QLabel):
    """One line of plain text: of several ways to say it the longest that fits into the room that there is."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._texts: tuple[str, ...] = ()

    def set_texts(self, texts: Sequence[str]) -> None:
        """The longest first; where none fits there is no text."""
        self._texts = tuple(texts)
        self._fit()

    def _fit(self) -> None:
        room, width = self.width(), self.fontMetrics().horizontalAdvance
        self.setText(next((text for text in self._texts if width(text) <= room), ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


def separator() -> QFrame:
    """A horizontal line."""
    made = QFrame()
    made.setProperty("separator", True)
    return made
