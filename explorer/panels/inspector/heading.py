"""The inspector's heading: a symbol and what it is, painted, since it changes with every beat."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.theme import Theme

GAP = 10.0


class Heading(QWidget):
    """The symbol in bold; the title beside it, over as many lines as it needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._symbol, self._title = "", ""
        self._lines: list[tuple[float, float, str]] = []
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._bold, self._font = QFont(self.font()), QFont(self.font())
        self._bold.setPixelSize(theme.title_px)
        self._bold.setBold(True)
        self._font.setPixelSize(theme.font_px)
        self._bold_metrics, self._metrics = QFontMetricsF(self._bold), QFontMetricsF(self._font)
        self._arrange()

    def set_heading(self, symbol: str, title: str) -> None:
        if (symbol, title) != (self._symbol, self._title):
            self._symbol, self._title = symbol, title
            self.setAccessibleName(self.text())
            self._arrange()

    def text(self) -> str:
        return f"{self._symbol} {self._title}"

    def _arrange(self) -> None:
        if self._theme is None:
            return
        first = self._bold_metrics.horizontalAdvance(self._symbol) + GAP
        line, room = self._metrics.height() * 1.15, float(self.width())
        x, y, held = first, self._bold_metrics.ascent() + 4, ""
        self._lines = []
        for word in self._title.split(" "):
            longer = f"{held} {word}".strip()
            if (held or x) and x + self._metrics.horizontalAdvance(longer) > room:
                if held:
                    self._lines.append((x, y, held))
                x, y, held = 0.0, y + line, word
            else:
                held = longer
        self._lines.append((x, y, held))
        wanted = round(y + self._metrics.descent() + 4)
        if wanted != self.height():
            self.setFixedHeight(wanted)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setFont(self._bold)
        painter.setPen(QColor(self._theme.ink))
        painter.drawText(QPointF(0.0, self._bold_metrics.ascent() + 4), self._symbol)
        painter.setFont(self._font)
        for x, y, text in self._lines:
            painter.drawText(QPointF(x, y), text)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(160, max(self.height(), 1))
