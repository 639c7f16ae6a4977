"""The gradient before and after clipping, as two arrows from one point in the plane that they span."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.maths.clipping import Turn
from explorer.items.arrow import draw_arrow
from explorer.style.numbers import number, power
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

LEAST = 14.0  # px of an arrow that can be seen as one
_EDGE = 6.0  # px
_ARC = 0.42  # of the shorter arrow, so far from the common point
_NO_TURN = 1e-9  # degrees: rounding


def angle_text(degrees: float) -> str:
    """ "37.2°"; rounding is no angle."""
    return "0°" if degrees < _NO_TURN else f"{number(degrees, 3)}°"


class ClipArrows(Painted):
    """The earlier arrow lies level and is thin, the one that is used is thick. Both have one scale, as long as the
    second one can be seen at it; else the picture says that it is drawn longer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._turn: Turn | None = None
        self._rises = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_turn(self, turn: Turn, rises: bool) -> None:
        """What clipping did; `rises`: by a rule that can turn the gradient, so that there is room for it."""
        grown = rises != self._rises
        self._turn, self._rises = turn, rises
        self._say()
        if grown and self._theme is not None:
            self.refit()
        self.update()

    def _say(self) -> None:
        self.setAccessibleName(self.sentence())
        self.setToolTip(self.sentence())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Whether the second arrow is drawn longer than it is depends on the room."""
        super().resizeEvent(event)
        self._say()

    # --- words ---
    def captions(self) -> tuple[str, str]:
        """ "turned by 37.2°" and "length × 0.31"."""
        if self._turn is None:
            return "", ""
        angle, factor = angle_text(self._turn.degrees), number(self._turn.factor)
        return self.tr("turned by {angle}").format(angle=angle), self.tr("length × {factor}").format(factor=factor)

    def sentence(self) -> str:
        """The picture in words."""
        turn = self._turn
        if turn is None:
            return ""
        words = self.tr("The gradient of all parameters as one vector, before clipping and as it is used: {caption}, "
                        "‖g‖ {before} → {after}.")  # fmt: skip
        said = words.format(caption=", ".join(self.captions()), before=power(turn.before), after=power(turn.after))
        return said if self.to_scale else f"{said} {self.tr('The second arrow is drawn longer than it is.')}"

    # --- geometry ---
    def sizeHint(self) -> QSize:
        if self._theme is None:
            return QSize(200, 60)
        lines = 4 * self._type.height + 3 * _EDGE
        return QSize(200, math.ceil(lines + (4.2 if self._rises else 0.6) * self._type.height))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def _room(self) -> QRectF:
        """px of the arrows: above the earlier one's name and the caption, below that of what is used."""
        high = self._type.height
        return QRectF(_EDGE, high + _EDGE, self.width() - 2 * _EDGE, self.height() - 4 * high - 3 * _EDGE)

    @property
    def length(self) -> float:
        """px of the earlier arrow. The other one's end lies in the circle over it, for no entry grows or changes its
        sign: it rises by half the length at most."""
        room = self._room()
        return room.width() if not self._rises else min(room.width(), 2 * room.height())

    @property
    def to_scale(self) -> bool:
        """Whether the second arrow is long enough to be seen."""
        return self._theme is None or self._turn is None or self.length * self._turn.factor >= LEAST

    def arrows(self) -> tuple[QPointF, QPointF, QPointF]:
        """The common point, and where the gradient before clipping and the one that is used end, px."""
        turn, room = self._turn, self._room()
        start = room.bottomLeft()
        if turn is None:
            return start, start, start
        far = max(self.length * turn.factor, LEAST)
        angle = math.radians(turn.degrees)
        used = start + QPointF(far * math.cos(angle), -far * math.sin(angle))
        return start, start + QPointF(self.length, 0.0), used

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if self._turn is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        start, before, used = self.arrows()
        self._draw_arc(painter, start, used, theme)
        draw_arrow(painter, start, before, theme.curve, QColor(theme.muted))
        draw_arrow(painter, start, used, 1.7 * theme.curve, QColor(theme.backward))
        high, width = self._type.height, self.width() - 2 * _EDGE
        left = Qt.AlignmentFlag.AlignLeft
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        below = QRectF(_EDGE, start.y() + _EDGE, width, high)
        text = self.tr("before {v}").format(v=power(self._turn.before))
        x = max(before.x() - self._type.width(text), _EDGE)
        painter.drawText(QPointF(x, self._type.base(below.y(), high)), text)
        painter.setPen(QColor(theme.backward_text))
        text = self.tr("used {v}").format(v=power(self._turn.after))
        if not self.to_scale:
            text = self.tr("used {v}, drawn longer").format(v=power(self._turn.after))
        wide = self._type.width(text)
        x = min(max(used.x() - wide / 2, _EDGE), max(self.width() - _EDGE - wide, _EDGE))
        painter.drawText(QRectF(x, used.y() - high - _EDGE, wide + 2, high), left, text)
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.ink))
        for k, caption in enumerate(self.captions()):
            painter.drawText(below.translated(0, (k + 1) * high + 2), left, caption)

    def _draw_arc(self, painter: QPainter, start: QPointF, used: QPointF, theme: Theme) -> None:
        """The angle between the arrows, where it can be seen."""
        turn = self._turn
        if turn is None or turn.degrees < 2.0:
            return
        radius = _ARC * math.hypot(used.x() - start.x(), used.y() - start.y())
        painter.setPen(QPen(QColor(theme.ink), theme.outline))
        box = QRectF(start.x() - radius, start.y() - radius, 2 * radius, 2 * radius)
        painter.drawArc(box, 0, round(16 * turn.degrees))
