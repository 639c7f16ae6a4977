"""The legend of the map of values, −limit … +limit, and of the map of gradients by decades."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.log_axis import decade_text
from explorer.style.colours import legend
from explorer.style.numbers import MINUS
from explorer.style.theme import Theme

_STRIP, _LEAST, _GAP = 84, 24, 6  # px


class HeatLegend(QWidget):
    """The whole of one map between the numbers at its ends."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._kind, self._low, self._high = "value", f"{MINUS}1", "+1"
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.updateGeometry()
        self.update()

    def set_limit(self, limit: float) -> None:
        """Values, on ±limit."""
        self._set("value", f"{MINUS}{limit:g}", f"+{limit:g}")

    def set_decades(self, low: float, high: float) -> None:
        """Gradients, from 10^low to 10^high."""
        self._set("gradient", f"≤ {decade_text(int(low))}", f"≥ {decade_text(int(high))}")

    def texts(self) -> tuple[str, str]:
        """The numbers at both ends."""
        return self._low, self._high

    def _set(self, kind: str, low: str, high: str) -> None:
        if (kind, low, high) == (self._kind, self._low, self._high) and self.accessibleName():
            return
        self._kind, self._low, self._high = kind, low, high
        self.setAccessibleName(self.tr("Colours from {low} to {high}").format(low=low, high=high))
        self.updateGeometry()
        self.update()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.small_px if self._theme else 12)
        return font

    def sizeHint(self) -> QSize:
        return self._size(_STRIP)

    def minimumSizeHint(self) -> QSize:
        return self._size(_LEAST)

    def _size(self, strip: int) -> QSize:
        metrics = QFontMetricsF(self._small())
        words = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(round(words) + strip + 2 * _GAP + 4, round(metrics.height()) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        font = self._small()
        painter.setFont(font)
        painter.setPen(QColor(theme.muted))
        metrics = QFontMetricsF(font)
        first, last = (metrics.horizontalAdvance(text) for text in (self._low, self._high))
        wide = min(float(_STRIP), self.width() - first - last - 2 * _GAP - 4)
        painter.translate(self.width() - first - last - 2 * _GAP - 4 - wide, 0)  # at the right end
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, first + 2, self.height()), middle, self._low)
        strip = QRectF(round(first + _GAP), round(self.height() / 2 - 5), wide, 10)
        painter.drawImage(strip, legend(self._kind, _STRIP, theme))
        painter.drawText(QRectF(strip.right() + _GAP, 0, self.width(), self.height()), middle, self._high)
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawRect(strip)
        painter.end()
