"""Small signs on buttons, drawn here: they look the same on every machine and wait for no icon font."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton

from explorer.style.theme import Theme

_SIDE = 16.0  # all signs are drawn on a square of this side
_SCALES = (1, 2, 3)  # device pixels per logical one that a screen may have


def set_glyph(button: QAbstractButton, name: str, theme: Theme) -> None:
    """Puts the sign `name` on a button: dice, pin, theme, notation or menu. Raises KeyError for another."""
    side = round(theme.enlarged.font_px * 1.25)
    icon = QIcon()
    for mode, colour in ((QIcon.Mode.Normal, theme.ink), (QIcon.Mode.Disabled, theme.disabled)):
        for scale in _SCALES:
            icon.addPixmap(_pixmap(_DRAWN[name], QColor(colour), side, scale), mode)
    button.setIcon(icon)
    button.setIconSize(QSize(side, side))


def _pixmap(draw: Callable[[QPainter], None], colour: QColor, side: int, scale: int) -> QPixmap:
    pixmap = QPixmap(side * scale, side * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side * scale / _SIDE, side * scale / _SIDE)
    painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    draw(painter)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _dice(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(1.7, 1.7, 12.6, 12.6), 3, 3)
    painter.setBrush(painter.pen().color())
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y in ((5, 5), (11, 5), (8, 8), (5, 11), (11, 11)):
        painter.drawEllipse(QPointF(x, y), 1.25, 1.25)


def _pin(painter: QPainter) -> None:
    path = QPainterPath(QPointF(5.2, 2.0))
    for x, y in ((10.8, 2.0), (10.0, 3.6), (10.2, 6.8), (12.4, 9.2), (3.6, 9.2), (5.8, 6.8), (6.0, 3.6)):
        path.lineTo(x, y)
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawLine(QPointF(8, 9.4), QPointF(8, 14.4))


def _theme(painter: QPainter) -> None:
    painter.drawEllipse(QPointF(8, 8), 6.0, 6.0)
    painter.setBrush(painter.pen().color())
    painter.drawPie(QRectF(2, 2, 12, 12), 90 * 16, 180 * 16)


def _menu(painter: QPainter) -> None:
    for y in (4, 8, 12):
        painter.drawLine(QPointF(2.5, y), QPointF(13.5, y))


def _notation(painter: QPainter) -> None:
    """An x with an index."""
    painter.drawLine(QPointF(2.0, 3.5), QPointF(8.5, 11.0))
    painter.drawLine(QPointF(8.5, 3.5), QPointF(2.0, 11.0))
    painter.drawLine(QPointF(12.0, 8.0), QPointF(12.0, 14.0))
    painter.drawLine(QPointF(10.2, 9.8), QPointF(13.8, 9.8))


_DRAWN = {"dice": _dice, "pin": _pin, "theme": _theme, "notation": _notation, "menu": _menu}
