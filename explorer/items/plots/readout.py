"""A small box with exact values, beside the mouse."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.style.theme import Theme

Row = tuple[str, str, str]  # name, value, colour of both
_PAD, _BETWEEN, _AWAY = 8.0, 14.0, 14.0


def draw_readout(
    painter: QPainter, at: QPointF, heading: str, rows: Sequence[Row], font: QFont, room: QRectF, theme: Theme
) -> QRectF:
    """Names on the left, values right-aligned; to the right of `at` where it fits into `room`, else to the left.
    Returns the box."""
    bold = QFont(font)
    bold.setBold(True)
    metrics, strong = QFontMetricsF(font), QFontMetricsF(bold)
    names = max((metrics.horizontalAdvance(name) for name, _, _ in rows), default=0.0)
    values = max((strong.horizontalAdvance(value) for _, value, _ in rows), default=0.0)
    line = metrics.height() + 1
    width = max(names + values + (_BETWEEN if names and values else 0.0), strong.horizontalAdvance(heading)) + 2 * _PAD
    height = line * (len(rows) + bool(heading)) + 2 * _PAD - 4
    x = at.x() + _AWAY if at.x() + _AWAY + width <= room.right() else at.x() - _AWAY - width
    y = min(max(at.y() - height / 2, room.top()), max(room.bottom() - height, room.top()))
    box = QRectF(max(x, room.left()), y, width, height)
    painter.setPen(QPen(QColor(theme.node_outline), 1.0))
    painter.setBrush(QColor(theme.panel))
    painter.drawRoundedRect(box, 5.0, 5.0)
    inner = box.adjusted(_PAD, _PAD - 2, -_PAD, 0)
    painter.setPen(QColor(theme.muted))
    if heading:
        painter.setFont(bold)
        painter.drawText(QRectF(inner.x(), inner.y(), inner.width(), line), Qt.AlignmentFlag.AlignVCenter, heading)
        inner.translate(0, line)
    for name, value, colour in rows:
        place = QRectF(inner.x(), inner.y(), inner.width(), line)
        painter.setPen(QColor(colour))
        painter.setFont(font)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setFont(bold)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
        inner.translate(0, line)
    return box
