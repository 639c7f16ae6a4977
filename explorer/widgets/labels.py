"""Labels by their role in the style sheet, and the line that separates what stands above from what stands below."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel


def text_label(role: str, text: str = "", wraps: bool = False) -> QLabel:
    """Plain text. `role`: one that the style sheet knows (title, value, muted, small, error, status …)."""
    made = QLabel(text)
    made.setProperty("role", role)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    return made


def separator() -> QFrame:
    """A horizontal line."""
    made = QFrame()
    made.setProperty("separator", True)
    return made
