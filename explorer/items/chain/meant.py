"""What a sentence is about stays in full ink and is framed; the rest of the picture fades."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPainterPathStroker, QPen

from explorer.style.theme import Theme

FADE = 125  # of 255, how much of the rest goes
RADIUS, AROUND = 7.0, 5.0  # px of the frame's corners, and around an edge


def draw_meant(
    painter: QPainter, room: QRectF, places: Sequence[QRectF], ways: Sequence[QPainterPath], theme: Theme
) -> None:
    """Over a picture in its `room`. `places`: nodes and tiles, which get a frame; `ways`: edges, which stay."""
    kept = QPainterPath()
    kept.setFillRule(Qt.FillRule.WindingFill)
    for place in places:
        kept.addRoundedRect(place.adjusted(-3, -3, 3, 3), RADIUS, RADIUS)
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * AROUND)
    for way in ways:
        kept.addPath(stroker.createStroke(way))
    rest = QPainterPath()
    rest.addRect(room)
    colour = QColor(theme.panel)
    colour.setAlpha(FADE)
    painter.save()
    painter.setClipRect(room)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(rest.subtracted(kept), colour)
    painter.setPen(QPen(QColor(theme.ink), theme.selected))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for place in places:
        painter.drawRoundedRect(place.adjusted(-2, -2, 2, 2), RADIUS, RADIUS)
    painter.restore()


def draw_asked(painter: QPainter, place: QRectF, theme: Theme) -> None:
    """A question mark where the number is to stand."""
    font = QFont(painter.font())
    font.setPixelSize(max(round(min(place.height() * 0.9, 1.4 * theme.font_px)), 8))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(theme.ink))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "?")
