"""An arrow: a line with a head that ends exactly where it points."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

HEAD = 8.0  # px


def draw_arrow(painter: QPainter, start: QPointF, end: QPointF, width: float, colour: QColor) -> None:
    """From `start` to `end`, `width` px thick; nothing where both are one point."""
    along = end - start
    long = math.hypot(along.x(), along.y())
    if long == 0.0:
        return
    unit = along / long
    aside = QPointF(-unit.y(), unit.x())
    head = HEAD * (0.8 + 0.1 * width)
    neck = end - unit * head
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    if long > head:  # else it is all head
        painter.drawLine(start, neck)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([end, neck + aside * head / 2, neck - aside * head / 2]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
