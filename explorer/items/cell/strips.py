"""The strips of a node: one field a unit, with its digits where it is wide enough; a gate as levels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from explorer.style.colours import ink_on
from explorer.style.numbers import number
from explorer.style.theme import Theme

Array = np.ndarray
SMALLEST = 9  # px of a digit's type
LOWEST = 7.5  # px of a strip in which digits of that type stand whole: they are three quarters as high
FEW = 2  # units whose digits are written wherever they can be
NARROWEST = 4.5  # px of a unit that can bear a gap beside it


def draw_strip(painter: QPainter, strip: QRectF, picture: QImage, between: str) -> None:
    """Colours, one field a unit, with gaps of colour `between` where they are wide enough."""
    units = picture.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(strip, picture, QRectF(0.02, 0.02, units - 0.04, 0.96))
    _gaps(painter, strip, units, between)


def _gaps(painter: QPainter, strip: QRectF, units: int, colour: str) -> None:
    width = strip.width() / units
    if units < 2 or width < NARROWEST:
        return
    painter.setPen(QPen(QColor(colour), 1.0))
    places = [strip.x() + k * width for k in range(1, units)]
    painter.drawLines([QLineF(x, strip.top(), x, strip.bottom()) for x in places])


def draw_levels(painter: QPainter, strip: QRectF, values: Array, theme: Theme) -> None:
    """Filling levels 0…1, one a unit."""
    units = len(values)
    width, full, empty = strip.width() / units, QColor(theme.level_high), QColor(theme.level_low)
    painter.fillRect(strip, empty)
    painter.setPen(Qt.PenStyle.NoPen)
    for k, level in enumerate(values.tolist()):
        left = strip.x() + k * width
        if not np.isfinite(level):
            painter.fillRect(QRectF(left, strip.y(), width, strip.height()), QColor(theme.nan))
            continue
        height = strip.height() * min(max(level, 0.0), 1.0)
        painter.fillRect(QRectF(left, strip.bottom() - height, width, height), full)
    _gaps(painter, strip, units, theme.node)


def _widest(font: QFont, px: int, texts: list[str]) -> float:
    """px of the widest of some texts in this size."""
    font.setPixelSize(px)
    metrics = QFontMetricsF(font)
    return max(metrics.horizontalAdvance(text) for text in texts)


def draw_numbers(
    painter: QPainter,
    strip: QRectF,
    values: Array,
    colours: Array,
    font: QFont,
    level: bool = False,
    smallest: int = SMALLEST,
) -> bool:
    """The digits, where every field can bear them; whether it could. On a level they stand in the middle. Of one unit
    or two they are what is looked for: those are written smaller (`smallest` px at least), and with two digits, before
    they are left out."""
    units = len(values)
    few = units <= FEW
    width = strip.width() / units
    if width < (20 if few else 30) or strip.height() < (LOWEST * smallest / SMALLEST if few else smallest + 1):
        return False
    largest = max(smallest, min(font.pixelSize(), int(strip.height() - 1)))
    least = smallest if few else largest
    own = QFont(font)
    for digits in (3, 2) if few else (3,):
        texts = [number(float(value), digits, sign=not level) for value in values]
        size = next((px for px in range(largest, least - 1, -1) if _widest(own, px, texts) <= width - 3), 0)
        if size:
            break
    else:
        return False
    own.setPixelSize(size)
    painter.setFont(own)
    for k, text in enumerate(texts):
        colour = QColor.fromRgb(int(colours[k]))
        painter.setPen(ink_on(colour))
        place = QRectF(strip.x() + k * width, strip.y(), width, strip.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
    return True
