"""The playhead in a picture of columns: a translucent band over the live one."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from explorer.style.theme import Theme

NARROW = 8.0  # px: below it a band alone would hardly be seen, and gets a line in its middle


def band(x: float, column: float, top: float, bottom: float) -> QRectF:
    """The band's place around the column whose middle is x; never thinner than 4 px."""
    width = max(column, 4.0)
    return QRectF(x - width / 2, top, width, bottom - top)


def tint(theme: Theme, forward: bool) -> QColor:
    """The band's colour: the pass's own, as translucent as the theme's playhead."""
    colour = QColor(theme.forward if forward else theme.backward)
    colour.setAlpha(QColor(theme.playhead).alpha())
    return colour


def _whole(place: QRectF) -> QRect:
    """In whole px: an edge between two of them would be smoothed, over the whole height, at every frame."""
    left, right = round(place.left()), round(place.right())
    return QRect(left, round(place.top()), right - left, round(place.height()))


def draw_band(painter: QPainter, place: QRectF, theme: Theme, forward: bool = False) -> None:
    """Draws it, in the colour of the pass that is under way."""
    painter.fillRect(_whole(place), tint(theme, forward))
    if place.width() < NARROW:
        line = QColor(theme.forward if forward else theme.backward)
        line.setAlpha(130)
        painter.fillRect(QRectF(place.center().x() - 0.5, place.top(), 1.0, place.height()), line)
