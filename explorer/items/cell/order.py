"""The order of reading a cell: a small number at each operation, and a frame around the one that waits."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.items.cell.layout import CellLayout
from explorer.style.fonts import sized
from explorer.style.theme import Theme

LEAST, SMALL = 13.0, 30.0  # px of a badge; of a sign


class ReadingOrder:
    """The badges of one layout, for the operations `order` of one pass."""

    def __init__(self, layout: CellLayout, order: Iterable[str], font: QFont, theme: Theme) -> None:
        self.layout, self.order, self.theme = layout, tuple(order), theme
        self._font = sized(font, min(theme.small_px - 1, layout.line * 0.8), bold=True)

    def badges(self) -> dict[str, QRectF]:
        """By operation, at the lower left corner of its sign, or of its box: symbols stand above, functions in the
        middle below."""
        metrics = QFontMetricsF(self._font)
        height = max(metrics.height() - 2.0, LEAST)
        found: dict[str, QRectF] = {}
        for k, name in enumerate(self.order, 1):
            place = self.layout.target(name)
            width = max(height, metrics.horizontalAdvance(str(k)) + 6.0)
            inside = 0.45 if place.width() > SMALL else 0.1  # a sign of that size would be covered
            corner = QPointF(place.left() - width * (1.0 - inside), place.bottom() - height * inside)
            found[name] = QRectF(corner.x(), corner.y(), width, height)
        return found

    def draw(self, painter: QPainter, done: frozenset[str], waiting: str, colour: str) -> None:
        """Those that are `done` filled in the pass's `colour`, the others empty; the one that waits in a frame."""
        theme = self.theme
        painter.setFont(self._font)
        if waiting:
            place = self.layout.target(waiting).adjusted(-2.5, -2.5, 2.5, 2.5)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ink), theme.selected, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(place, 8, 8)
        for k, (name, badge) in enumerate(self.badges().items(), 1):
            filled = name in done
            ink = colour if filled else theme.ink if name == waiting else theme.muted
            painter.setPen(QPen(QColor(ink), 1.2))
            painter.setBrush(QColor(colour if filled else theme.panel))
            painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
            painter.setPen(QColor(theme.panel if filled else ink))
            painter.drawText(badge.adjusted(-3, -3, 3, 3), Qt.AlignmentFlag.AlignCenter, str(k))
