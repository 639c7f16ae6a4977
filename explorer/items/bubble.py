"""A short text beside what it is about, with an arrow to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from explorer.style.theme import Theme

PAD, RADIUS, REACH = 11.0, 8.0, 34.0  # px: within a bubble, of its corners, from it to what it is about
CLOSE = 10.0  # px from a bubble to what it lies beside
WIDEST = 290.0  # px of a bubble's text in the light theme
WRAP = int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignTop)


@dataclass(frozen=True)
class Bubble:
    """`text`, and below it a `hint` in small type; `target`: what it is about, px. `around`: the whole that the target
    is a part of, to be left in sight as well where there is room beside it."""

    text: str
    target: QRectF
    hint: str = ""
    around: QRectF = field(default_factory=QRectF)

    def fonts(self, font: QFont, theme: Theme) -> tuple[QFont, QFont]:
        large, small = QFont(font), QFont(font)
        large.setPixelSize(round(theme.font_px * 1.08))
        small.setPixelSize(round(theme.small_px))
        return large, small

    def size(self, font: QFont, theme: Theme) -> QSizeF:
        """px, its margins included."""
        wide = WIDEST * theme.font_px / 13
        width = height = 0.0
        for text, each in zip((self.text, self.hint), self.fonts(font, theme), strict=True):
            if text:
                box = QFontMetricsF(each).boundingRect(QRectF(0, 0, wide, 10_000), WRAP, text)
                width, height = max(width, box.width()), height + box.height() + (5.0 if height else 0.0)
        return QSizeF(math.ceil(width) + 2 * PAD, math.ceil(height) + 2 * PAD)


def place_bubble(bubble: Bubble, size: QSizeF, room: QRectF, taken: Sequence[QRectF]) -> QRectF:
    """Where a bubble lies: beside its target, in the room, and over as little of the target and of `taken` as can be;
    of equal places the nearest."""
    target, found = bubble.target, []
    w, h = size.width(), size.height()
    middle = target.center()
    lefts = [
        middle.x() - w / 2,
        target.left() - REACH - w,
        target.right() + REACH,
        middle.x() - w - REACH,
        middle.x() + REACH,
    ]
    tops = [middle.y() - h / 2, target.top() - REACH - h, target.bottom() + REACH]
    for whole in (bubble.around, *taken) if not bubble.around.isEmpty() else ():
        lefts += [whole.left() - CLOSE - w, whole.right() + CLOSE]
        tops += [whole.top() - CLOSE - h, whole.bottom() + CLOSE]
    for left in lefts:
        for top in tops:
            x = min(max(left, room.left() + 4), room.right() - w - 4)
            y = min(max(top, room.top() + 4), room.bottom() - h - 4)
            place = QRectF(x, y, w, h)
            covered = sum(_shared(place, each) for each in (*taken, bubble.around))
            covered += 4 * _shared(place, target.adjusted(-6, -6, 6, 6))
            away = math.hypot(place.center().x() - middle.x(), place.center().y() - middle.y())
            found.append((covered, away, place))
    return min(found, key=lambda each: (round(each[0]), each[1]))[2]


def draw_bubble(painter: QPainter, bubble: Bubble, place: QRectF, font: QFont, theme: Theme) -> None:
    """The bubble, and its arrow to the nearest point of its target."""
    tip, start = nearest(bubble.target, place.center()), nearest(place, bubble.target.center())
    painter.setPen(QPen(QColor(theme.ink), 1.6))
    length = math.hypot(tip.x() - start.x(), tip.y() - start.y())
    if length > 6:
        painter.drawLine(start, tip)
        painter.setBrush(QColor(theme.ink))
        painter.drawPolygon(_head(start, tip))
    shape = QPainterPath()
    shape.addRoundedRect(place, RADIUS, RADIUS)
    painter.fillPath(shape, QColor(theme.note_background))
    painter.setPen(QPen(QColor(theme.ink), 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)
    inside = place.adjusted(PAD, PAD, -PAD, -PAD)
    for text, each, ink in zip(
        (bubble.text, bubble.hint), bubble.fonts(font, theme), (theme.ink, theme.muted), strict=True
    ):
        if text:
            painter.setFont(each)
            painter.setPen(QColor(ink))
            painter.drawText(inside, WRAP, text)
            inside.setTop(inside.top() + QFontMetricsF(each).boundingRect(inside, WRAP, text).height() + 5.0)


def nearest(rect: QRectF, point: QPointF) -> QPointF:
    """The point of a rectangle that is nearest to another; towards its middle where it lies inside."""
    return QPointF(min(max(point.x(), rect.left()), rect.right()), min(max(point.y(), rect.top()), rect.bottom()))


def _head(start: QPointF, tip: QPointF) -> QPolygonF:
    angle = math.atan2(tip.y() - start.y(), tip.x() - start.x())
    back = [QPointF(tip.x() - 9 * math.cos(angle + d), tip.y() - 9 * math.sin(angle + d)) for d in (0.42, -0.42)]
    return QPolygonF([tip, *back])


def _shared(a: QRectF, b: QRectF) -> float:
    """px² that two rectangles have in common."""
    both = a.intersected(b)
    return max(both.width(), 0.0) * max(both.height(), 0.0)
