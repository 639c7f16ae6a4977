"""An option of a question that a hall is asked: how many hands were shown for it, as a number and as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton

from explorer.style.theme import Theme

BAR = 5  # px of height, below the text


class HandsButton(QPushButton):
    """A press is one hand more. `share`: of all hands, 0 … 1."""

    def __init__(self, text: str, theme: Theme) -> None:
        super().__init__(text)
        self._option, self._theme = text, theme.enlarged
        self.hands, self.share = 0, 0.0

    def set_hands(self, hands: int, all_hands: int) -> None:
        """Another count."""
        self.hands, self.share = hands, hands / all_hands if all_hands else 0.0
        self.setText(f"{self._option}   {hands}" if hands else self._option)
        self.setAccessibleName(f"{self._option}, {hands}")
        self.update()

    def sizeHint(self) -> QSize:
        wanted = super().sizeHint()
        return QSize(wanted.width(), wanted.height() + BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.share:
            with QPainter(self) as painter:
                room = QRectF(self.rect()).adjusted(6, 0, -6, -3)
                bar = QRectF(room.left(), room.bottom() - BAR, room.width() * self.share, BAR)
                painter.fillRect(bar, QColor(self._theme.control))
