"""Labels by their role in the style sheet, and the line that separates what stands above from what stands below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QToolTip, QWidget

LEAST_LETTERS = 6  # of a label that is cut


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


class CutLabel(QLabel):
    """One line of plain text, cut in the middle where there is too little room; its tool tip then begins with all of
    it, before that of what it stands in."""

    def __init__(self, role: str, text: str) -> None:
        super().__init__(text)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def shown(self) -> str:
        """What there is room for."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())

    def minimumSizeHint(self) -> QSize:
        least = LEAST_LETTERS * self.fontMetrics().averageCharWidth()
        return QSize(min(super().sizeHint().width(), least), super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.shown() != self.text():
            around = next((tip for tip in (self.toolTip(), *_tips_around(self)) if tip), "")
            QToolTip.showText(event.globalPos(), f"{self.text()}\n{around}".rstrip())
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), self.shown())


def _tips_around(widget: QWidget) -> Iterator[str]:
    above = widget.parentWidget()
    while above is not None:
        yield above.toolTip()
        above = above.parentWidget()


def separator() -> QFrame:
    """A horizontal line."""
    made = QFrame()
    made.setProperty("separator", True)
    return made
