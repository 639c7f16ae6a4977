"""The row of one t, with its numbers."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from core.analysis.contributions import Contributions
from explorer.items.plots.triangle import Triangle, draw_row
from explorer.panels.contributions.layout import Frame
from explorer.panels.contributions.words import cell_texts

LINES = 2.2  # of text that the row is high
AROUND = 54  # px of the card's margins and its header


def card_height(font: QFont) -> int:
    """px of a card that shows one row alone."""
    return round(AROUND + LINES * QFontMetricsF(font).height())


class OneRow:
    """Painted anew at each step: it has a few dozen cells, or is one picture. `place`: where it lies; None where there
    is none."""

    def __init__(self) -> None:
        self.place: Triangle | None = None

    def paint(self, painter: QPainter, frame: Frame, found: Contributions, index: int) -> Triangle | None:
        """Row `index` of the map; none for −1."""
        if index < 0:
            self.place = None
            return None
        plot = frame.plot
        painter.setFont(frame.font)
        high = min(plot.height() - 2, LINES * painter.fontMetrics().height())
        rect = QRectF(plot.left(), plot.top(), plot.width(), high)
        self.place = frame.triangle(found.rows[index : index + 1], rect)
        draw_row(painter, self.place, found.decades[index], cell_texts, frame.theme)
        frame.draw_axis(painter, self.place)
        return self.place
