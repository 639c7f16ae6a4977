"""The legend of the map of levels: 0 … 1."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.style.colours import legend
from explorer.style.theme import Theme

_STRIP, _GAP = 60, 6  # px


class LevelLegend(QWidget):
    """From empty, 0, to full, 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._high = "1"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme, high: str = "1") -> None:
        """Takes the theme's colours and font size; `high`: what a full level stands for."""
        self._theme, self._high = theme, high
        self.setAccessibleName(self.tr("Colours from 0 to {high}").format(high=high))
        self.updateGeometry()
        self.update()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.small_px if self._theme else 12)
        return font

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._small())
        words = metrics.horizontalAdvance("0") + metrics.horizontalAdvance(self._high)
        return QSize(round(words) + _STRIP + 2 * _GAP + 4, round(metrics.height()) + 2)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        font = self._small()
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        digit = QFontMetricsF(font).horizontalAdvance("0")
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, digit + 2, self.height()), middle, "0")
        strip = QRectF(round(digit + _GAP), round(self.height() / 2 - 5), _STRIP, 10)
        painter.drawImage(strip, legend("level", _STRIP, theme))
        painter.drawText(QRectF(strip.right() + _GAP, 0, self.width(), self.height()), middle, self._high)
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawRect(strip)
        painter.end()
