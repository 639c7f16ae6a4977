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
    """Puts the sign `name` on a button, one of _DRAWN. Raises KeyError for another."""
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
    with QPainter(pixmap) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(side * scale / _SIDE, side * scale / _SIDE)
        painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw(painter)
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _dice(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(1.7, 1.7, 12.6, 12.6), 3, 3)
    painter.setBrush(painter.pen().color())
    painter.setPen(Qt.PenStyle.NoPen)
    for x, y in ((5, 5), (11, 5), (8, 8), (5, 11), (11, 11)):
        painter.drawEllipse(QPointF(x, y), 1.25, 1.25)


def _menu(painter: QPainter) -> None:
    for y in (4, 8, 12):
        painter.drawLine(QPointF(2.5, y), QPointF(13.5, y))


def _notation(painter: QPainter) -> None:
    """An x with an index."""
    painter.drawLine(QPointF(2.0, 3.5), QPointF(8.5, 11.0))
    painter.drawLine(QPointF(8.5, 3.5), QPointF(2.0, 11.0))
    painter.drawLine(QPointF(12.0, 8.0), QPointF(12.0, 14.0))
    painter.drawLine(QPointF(10.2, 9.8), QPointF(13.8, 9.8))


def _undo(painter: QPainter) -> None:
    """An arrow that turns back to the left."""
    path = QPainterPath(QPointF(3.0, 6.0))
    path.lineTo(9.5, 6.0)
    path.cubicTo(14.5, 6.0, 14.5, 13.0, 9.5, 13.0)
    path.lineTo(6.0, 13.0)
    painter.drawPath(path)
    painter.drawLine(QPointF(3.0, 6.0), QPointF(6.0, 3.0))
    painter.drawLine(QPointF(3.0, 6.0), QPointF(6.0, 9.0))


def _redo(painter: QPainter) -> None:
    painter.translate(_SIDE, 0.0)
    painter.scale(-1.0, 1.0)
    _undo(painter)


def _compare(painter: QPainter) -> None:
    """Two curves that part."""
    for end in (3.0, 13.0):
        path = QPainterPath(QPointF(2.0, 8.0))
        path.cubicTo(7.0, 8.0, 8.0, end, 14.0, end)
        painter.drawPath(path)


def _present(painter: QPainter) -> None:
    """A screen on a stand."""
    painter.drawRoundedRect(QRectF(2.0, 2.5, 12.0, 8.0), 1.5, 1.5)
    painter.drawLine(QPointF(8.0, 10.5), QPointF(8.0, 13.5))
    painter.drawLine(QPointF(5.0, 13.5), QPointF(11.0, 13.5))


def _export(painter: QPainter) -> None:
    """An arrow out of a tray."""
    painter.drawLine(QPointF(8.0, 2.0), QPointF(8.0, 9.5))
    painter.drawLine(QPointF(8.0, 2.0), QPointF(5.2, 4.8))
    painter.drawLine(QPointF(8.0, 2.0), QPointF(10.8, 4.8))
    path = QPainterPath(QPointF(2.5, 9.5))
    for x, y in ((2.5, 13.5), (13.5, 13.5), (13.5, 9.5)):
        path.lineTo(x, y)
    painter.drawPath(path)


_DRAWN = {
    "dice": _dice,
    "notation": _notation,
    "menu": _menu,
    "undo": _undo,
    "redo": _redo,
    "compare": _compare,
    "present": _present,
    "export": _export,
}
