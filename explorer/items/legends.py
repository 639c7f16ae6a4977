"""What the colours of a picture mean: a colour map between the numbers at its ends, or swatches with names."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.hatch import draw_hatch
from explorer.items.plots.axes.log import decade_text
from explorer.style.colours import legend, share_colours
from explorer.style.decades import GROWN, LOW
from explorer.style.numbers import MINUS
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

SWATCH = 10.0  # px
_GAP, _SWATCH_GAP, _BETWEEN = 6, 5.0, 14.0  # px


@dataclass(frozen=True)
class MapScale:
    """A map of `explorer.style.colours`, and the numbers at its ends."""

    kind: str
    low: str
    high: str


def values_scale(limit: float) -> MapScale:
    """Values, on ±limit."""
    return MapScale("value", f"{MINUS}{limit:g}", f"+{limit:g}")


def decades_scale(low: float, high: float) -> MapScale:
    """Gradients, from 10^low to 10^high."""
    return MapScale("gradient", f"≤ {decade_text(int(low))}", f"≥ {decade_text(int(high))}")


def levels_scale(high: str = "1") -> MapScale:
    """Levels from empty, 0, to full; `high`: what a full one stands for."""
    return MapScale("level", "0", high)


class Legend(Painted):
    """One line that takes no mouse."""

    zooms = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _say(self, name: str) -> None:
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def _size(self, width: float) -> QSize:
        metrics = QFontMetricsF(self.font()) if self._theme is None else self._type.metrics
        return QSize(math.ceil((round(width) + 4) * self.zoom), math.ceil((round(metrics.height()) + 2) * self.zoom))

    @property
    def _room(self) -> QRectF:
        return self.inner_rect()

    def _advance(self, text: str) -> float:
        return 0.0 if self._theme is None else self._type.width(text)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class MapLegend(Legend):
    """The whole of one map, `strip` px wide, between the numbers at its ends; where `least` is given, the strip may
    become as narrow as that, and stands at the right end of its room."""

    def __init__(self, scale: MapScale, strip: int, least: int | None = None) -> None:
        super().__init__()
        self._strip, self._least = strip, least
        if least is not None:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_scale(scale)

    @property
    def scale(self) -> MapScale:
        return self._scale

    def set_scale(self, scale: MapScale) -> None:
        """Another map, or other numbers at its ends."""
        self._scale = scale
        self._say(self.tr("Colours from {low} to {high}").format(low=scale.low, high=scale.high))

    def _width(self, strip: int) -> float:
        return self._advance(self._scale.low) + self._advance(self._scale.high) + strip + 2 * _GAP

    def sizeHint(self) -> QSize:
        return self._size(self._width(self._strip))

    def minimumSizeHint(self) -> QSize:
        return self._size(self._width(self._strip if self._least is None else self._least))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        wide = float(self._strip)
        if self._least is not None:
            rest = self._room.width() - self._width(0) - 4
            wide = min(wide, rest)
            painter.translate(rest - wide, 0)
        middle, left = Qt.AlignmentFlag.AlignVCenter, self._advance(self._scale.low)
        painter.drawText(QRectF(0, 0, left + 2, self._room.height()), middle, self._scale.low)
        strip = QRectF(round(left + _GAP), round(self._room.height() / 2 - 5), wide, 10)
        painter.drawImage(strip, legend(self._scale.kind, self._strip, theme))
        end = QRectF(strip.right() + _GAP, 0, self._room.width(), self._room.height())
        painter.drawText(end, middle, self._scale.high)
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawRect(strip)


class ReachLegend(Legend):
    """Of what may exceed 1: up to it the map that fades below it, beyond it the hatched one."""

    def __init__(self, strip: int) -> None:
        super().__init__()
        self._strip = strip
        low, high = decade_text(int(LOW)), decade_text(int(GROWN))
        self._texts = low, "1", high
        words = self.tr("Colours from {low} to 1, and in another hue, hatched, up to {high}")
        self._say(words.format(low=low, high=high))

    def sizeHint(self) -> QSize:
        return self._size(sum(map(self._advance, self._texts)) + 2 * self._strip + 4 * _GAP)

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        x, top = 0.0, round(self._room.height() / 2 - 5)
        for text, kind in zip(self._texts, ("gradient", "growth", ""), strict=True):
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(x, 0, self._room.width(), self._room.height()), Qt.AlignmentFlag.AlignVCenter, text)
            x = round(x + self._advance(text) + _GAP)
            if kind:
                strip = QRectF(x, top, self._strip, 10)
                painter.drawImage(strip, legend(kind, self._strip, theme))
                if kind == "growth":
                    draw_hatch(painter, [strip], theme)
                painter.setPen(QPen(QColor(theme.line), 1.0))
                painter.drawRect(strip)
                x += self._strip + _GAP


class ShareLegend(Legend):
    """Names in the order of the stacks, from the zero line outwards: which colour is whose share."""

    _names: tuple[tuple[str, int], ...] = ()

    def set_names(self, names: tuple[tuple[str, int], ...]) -> None:
        """(name, which of the three colours) each; −1 for what is left free."""
        self._names = names
        self._say(", ".join(name for name, _ in names))

    def sizeHint(self) -> QSize:
        words = sum(SWATCH + _SWATCH_GAP + self._advance(name) for name, _ in self._names)
        return self._size(words + _BETWEEN * max(len(self._names) - 1, 0))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        baseline = self._type.base(0.0, self._room.height())
        x = 1.0
        for name, tone in self._names:
            colour = theme.panel if tone < 0 else share_colours(theme)[tone]
            draw_swatch(painter, round(x), round(baseline + 1), colour, theme)
            x += SWATCH + _SWATCH_GAP
            painter.setPen(QColor(theme.ink))
            painter.drawText(QPointF(x, baseline), name)
            x += self._advance(name) + _BETWEEN


def draw_swatch(painter: QPainter, x: float, bottom: float, colour: str, theme: Theme) -> None:
    """A share's colour in a frame."""
    box = QRectF(x, bottom - SWATCH, SWATCH, SWATCH)
    painter.fillRect(box, QColor(colour))
    painter.setPen(QPen(QColor(theme.backward_text), 1.0))
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
