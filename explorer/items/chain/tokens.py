"""Inputs that are characters or words: the token in its node, and under it a line in the ink of ‖∂L/∂x_t‖."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.items.chain.links import places
from explorer.style.colours import edge_colours
from explorer.style.decades import HIGH
from explorer.style.theme import Theme

LEAST_PX, MOST_PX = 9, 22  # of a token in its node
LINE, THICK, SHORT = 0.18, 6.0, 0.45  # of a node's height that the line takes; its px at most; its share of the width


@dataclass(frozen=True, eq=False)
class TokenPicture:
    """`texts` (T,) of one sample, "" where a step has none; `norms` (T,) of ∂L/∂x_t."""

    texts: tuple[str, ...]
    norms: np.ndarray
    theme: Theme
    high: float = HIGH
    before: TokenPicture | None = None  # the same ones before an edit

    @cached_property
    def inks(self) -> np.ndarray:
        """(T,) packed: as edges with these gradients have them."""
        return edge_colours(self.norms, self.high, self.theme)

    @cached_property
    def decades(self) -> np.ndarray:
        """(T,) in 0 … 1 over the fixed decades; −1 where the gradient is exactly 0."""
        return places(self.norms, self.high)

    def font(self, t: int, inner: QRectF) -> QFont | None:
        """In which the token of step t stands whole within the strip of its node; None where it cannot be read."""
        text = self.texts[t - 1] if t <= len(self.texts) else ""
        if not text:
            return None
        font = QFont()
        font.setBold(True)
        height = inner.height() - self._thick(inner)
        for px in range(min(MOST_PX, int(height * 0.95)), LEAST_PX - 1, -1):
            font.setPixelSize(px)
            if QFontMetricsF(font).horizontalAdvance(text) <= inner.width() - 2.0:
                return font
        return None

    @staticmethod
    def _thick(inner: QRectF) -> float:
        return min(max(inner.height() * LINE, 2.0), THICK)

    def line(self, t: int, inner: QRectF) -> QRectF:
        """The line under the token: as long as the gradient over the decades, the longest for the highest."""
        thick, share = self._thick(inner), SHORT + (1.0 - SHORT) * max(float(self.decades[t - 1]), 0.0)
        width = inner.width() * share
        return QRectF(inner.center().x() - width / 2, inner.bottom() - thick, width, thick)

    def draw(self, painter: QPainter, t: int, inner: QRectF, font: QFont, forward: bool, backward: bool) -> None:
        """A token as far as the passes have come: named from its step on, its line once every reader has sent back."""
        theme = self.theme
        if not forward:
            painter.fillRect(inner, QColor(theme.empty_strip))
            return
        painter.setFont(font)
        painter.setPen(QColor(theme.ink))
        place = inner.adjusted(-4, -4, 4, -self._thick(inner) + 2)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.texts[t - 1])
        line = self.line(t, inner)
        if not backward:
            painter.fillRect(line, QColor(theme.empty_strip))
            return
        self._line(painter, t, line)
        if self.before is not None and self.changed(t):
            place = self.line_before(t, inner)
            painter.fillRect(QRectF(inner.x(), place.y(), inner.width(), place.height()), QColor(theme.node))
            self.before._line(painter, t, place)

    def line_before(self, t: int, inner: QRectF) -> QRectF:
        """Where the line from before an edit lies: in the lower half of this one's, and a px below it."""
        assert self.before is not None
        line = self.before.line(t, inner)
        return QRectF(line.x(), line.center().y(), line.width(), line.height() / 2 + 1.0)

    def changed(self, t: int) -> bool:
        """Whether the gradient of step t was another before an edit."""
        return self.before is not None and not np.array_equal(
            self.norms[t - 1 : t], self.before.norms[t - 1 : t], equal_nan=True
        )

    def _line(self, painter: QPainter, t: int, line: QRectF) -> None:
        """The line under a token, dashed where the gradient is exactly 0."""
        if self.decades[t - 1] < 0.0:
            painter.setPen(QPen(QColor.fromRgb(int(self.inks[t - 1])), 1.2, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(line.left(), line.center().y()), QPointF(line.right(), line.center().y()))
        else:
            painter.fillRect(line, QColor.fromRgb(int(self.inks[t - 1])))
