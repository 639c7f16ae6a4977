"""The inspector's heading: a symbol and what it is, painted, since it changes with every beat."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.style.fonts import sized
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow

GAP = 10.0


class Heading(PaintedFlow):
    """The symbol in bold; the title beside it, over as many lines as it needs."""

    usual_width = 160
    _symbol = _title = ""

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        theme = theme.enlarged
        self._bold, self._font = sized(self.font(), theme.title_px, bold=True), sized(self.font(), theme.font_px)
        self._first = QPointF(0.0, QFontMetricsF(self._bold).ascent() + 4)
        super().set_theme(theme)

    def set_heading(self, symbol: str, title: str) -> None:
        if (symbol, title) != (self._symbol, self._title):
            self._symbol, self._title = symbol, title
            self.setAccessibleName(self.text())
            self.refit()

    def text(self) -> str:
        return f"{self._symbol} {self._title}"

    def arrange(self, theme: Theme, room: float) -> float:
        metrics = QFontMetricsF(self._font)
        x, y = QFontMetricsF(self._bold).horizontalAdvance(self._symbol) + GAP, self._first.y()
        held, self._lines = "", []
        for word in self._title.split(" "):
            longer = f"{held} {word}".strip()
            if (held or x) and x + metrics.horizontalAdvance(longer) > room:
                if held:
                    self._lines.append((QPointF(x, y), held))
                x, y, held = 0.0, y + metrics.height() * 1.15, word
            else:
                held = longer
        self._lines.append((QPointF(x, y), held))
        return y + metrics.descent() + 4

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(self._first, self._symbol)
        painter.setFont(self._font)
        for place, text in self._lines:
            painter.drawText(place, text)
