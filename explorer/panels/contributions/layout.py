"""Where the map lies in its card, and what is drawn around it: the numbers of its rows, an outline."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.columns import Columns
from explorer.items.plots.triangle import Triangle
from explorer.style.theme import Theme


@dataclass(frozen=True)
class Frame:
    """The room for a picture of T = `steps` columns, of which `before` come before the first step: `plot` in a card of
    `size`, px."""

    columns: Columns
    steps: int
    before: int
    plot: QRectF
    size: QSize
    font: QFont
    theme: Theme

    def triangle(self, rows, rect: QRectF) -> Triangle:
        """These rows in a part of the plot."""
        return Triangle(rows, self.steps, rect, self.columns.first, self.columns.column, self.before)

    def draw_axis(self, painter: QPainter, place: Triangle) -> None:
        """t = T and t = 1, and round numbers between them where there is room."""
        painter.setFont(self.font)
        painter.setPen(QColor(self.theme.muted))
        metrics = QFontMetricsF(self.font)
        height, last = metrics.height(), int(place.rows[-1])
        per_step = place.row * len(place.rows) / max(last, 1)
        step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * per_step >= 1.9 * height or n == 1000)
        drawn: list[float] = []
        for t in (last, int(place.rows[0]), *range(step, last, step)):
            y = place.y(place.index_of(t)) + place.row / 2
            if all(abs(y - other) >= 1.1 * height for other in drawn):
                box = QRectF(0, y - height / 2, self.columns.LEFT - 8, height)
                own = f"{t - self.before}{'′' if self.before else ''}"
                text = f"t = {own}" if metrics.horizontalAdvance(f"t = {own}") <= box.width() - 4 else own
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
                drawn.append(y)


def outline(painter: QPainter, box: QRectF, colour: str, width: float) -> None:
    """A frame around cells."""
    painter.setPen(QPen(QColor(colour), width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)
