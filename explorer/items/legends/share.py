"""Swatches with names, in one line: which colour is whose share."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.share_bar import share_colours
from explorer.style.theme import Theme

_SWATCH, _GAP, _BETWEEN = 10.0, 5.0, 14.0  # px


class ShareLegend(QWidget):
    """Names in the order of the stacks, from the zero line outwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme | None = None
        self._names: tuple[tuple[str, int], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_theme(self, theme: Theme) -> None:
        """Takes the theme's colours and font size."""
        self._theme = theme
        self._update()

    def set_names(self, names: tuple[tuple[str, int], ...]) -> None:
        """(name, which of the three colours) each."""
        self._names = names
        self.setAccessibleName(", ".join(name for name, _ in names))
        self._update()

    def _update(self) -> None:
        self.updateGeometry()
        self.update()

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(self._theme.small_px if self._theme else 12)
        return font

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._small())
        words = sum(_SWATCH + _GAP + metrics.horizontalAdvance(name) for name, _ in self._names)
        return QSize(round(words + _BETWEEN * max(len(self._names) - 1, 0)) + 4, round(metrics.height()) + 2)

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        if theme is None:
            return
        painter = QPainter(self)
        painter.setFont(self._small())
        metrics = QFontMetricsF(self._small())
        baseline = (self.height() + metrics.ascent() - metrics.descent()) / 2
        x = 1.0
        for name, tone in self._names:
            box = QRectF(round(x), round(baseline - _SWATCH + 1), _SWATCH, _SWATCH)
            painter.fillRect(box, QColor(share_colours(theme)[tone]))
            painter.setPen(QPen(QColor(theme.backward_text), 1.0))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            x += _SWATCH + _GAP
            painter.setPen(QColor(theme.ink))
            painter.drawText(QPointF(x, baseline), name)
            x += metrics.horizontalAdvance(name) + _BETWEEN
        painter.end()
