"""The tinted card behind a sentence above the pictures: the claim, a lesson's step, a hidden error, one's gradients."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.style.theme import Theme

RADIUS = 8.0


def draw_note(painter: QPainter, whole: QRectF, theme: Theme, right: bool = False) -> None:
    """The card that fills `whole`, px; in the colours of what is `right` where something is."""
    background, line = (theme.ok_background, theme.ok_line) if right else (theme.note_background, theme.note_line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(background))
    painter.setPen(QPen(QColor(line), theme.hairline))
    painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
