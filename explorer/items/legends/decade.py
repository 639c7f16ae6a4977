"""The legend of the gradient's colour map, with its decades, and the same map from log₁₀."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.log_axis import decade_text
from explorer.style.colours import gradient_colours, legend
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

_STRIP, _GAP = 110, 6  # px


def decade_colours(decades: NDArray, theme: Theme) -> NDArray[np.uint32]:
    """The gradient map's colours, 0xffRRGGBB, of 10**decades, from log₁₀ itself, so that −400 is not taken for a 0.

    decades: any shape; the result has the same. −∞ is exactly 0, +∞ and NaN have their own colours.
    """
    shown = np.where(np.isfinite(decades), 10.0 ** np.clip(decades, LOW, HIGH), 0.0)
    shown = np.where(np.isposinf(decades), np.inf, shown)
    return gradient_colours(np.where(np.isnan(decades), np.nan, shown), LOW, HIGH, theme)


class DecadeLegend(QWidget):
    """Paper to full ink between the lowest and the highest decade."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        self._theme = theme
        self.setAccessibleName(self.tr("Colours from {low} to {high}").format(low=self._low, high=self._high))
        self.updateGeometry()
        self.update()

    @property
    def _low(self) -> str:
        return f"≤ {decade_text(int(LOW))}"

    @property
    def _high(self) -> str:
        return f"≥ {decade_text(int(HIGH))}"

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.small_px if self._theme else 12)
        return font

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._small())
        words = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(int(words) + _STRIP + 2 * _GAP + 4, int(metrics.height()) + 2)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._small()
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.muted))
        left = metrics.horizontalAdvance(self._low)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, left + 2, self.height()), middle, self._low)
        strip = QRectF(left + _GAP, self.height() / 2 - 5, _STRIP, 10)
        painter.drawImage(strip, legend("gradient", _STRIP, self._theme))
        painter.drawText(QRectF(strip.right() + _GAP, 0, self.width(), self.height()), middle, self._high)
        painter.setPen(QPen(QColor(self._theme.line), 1.0))
        painter.drawRect(strip)
        painter.end()
