"""Slanted strokes over a colour: the second mark of what has grown beyond 1."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from explorer.style.theme import Theme

PATTERN = Qt.BrushStyle.BDiagPattern


def draw_hatch(painter: QPainter, boxes: Iterable[QRectF], theme: Theme) -> None:
    """Over each box, in the colour of the card that shows between the strokes."""
    brush = QBrush(QColor(theme.panel), PATTERN)
    for box in boxes:
        painter.fillRect(box, brush)
