"""A curve that a person draws over an empty axis with the mouse or the arrow keys, and the true one over it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.axes.log import decade_text, named_ticks
from explorer.items.plots.axes.plain import round_ticks
from explorer.style.numbers import MINUS, number
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted

_KEYS = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down))
_NUDGE = 40  # arrow keys from the lower end of the axis to the upper


class DrawnCurve(Painted):
    """`places`: where it is drawn, in their order; `low` and `high`: the ends of the axis, in decades where `decades`.
    `drawn`: what there is of it by the number of the place, from 0; `truth`: the true one, () until it may be seen."""

    changed = Signal()
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: tuple[float, ...] = ()
        self.low, self.high, self.decades = 0.0, 1.0, False
        self.drawn: dict[int, float] = {}
        self.truth: tuple[float, ...] = ()
        self.at = 0  # the place that the arrow keys are at
        self._last: int | None = None  # the place where the mouse was last
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def set_axis(self, places: Sequence[float], low: float, high: float, decades: bool) -> None:
        """Another question: nothing is drawn yet."""
        self.places, self.low, self.high, self.decades = tuple(places), low, high, decades
        self.drawn, self.truth, self.at = {}, (), 0
        self.update()

    def set_guess(self, guess: Mapping[float, float]) -> None:
        """What was drawn before, by its places."""
        self.drawn = {k: guess[place] for k, place in enumerate(self.places) if place in guess}
        self.update()

    def show_truth(self, truth: Sequence[float]) -> None:
        """The true curve, over what was drawn."""
        self.truth = tuple(truth)
        self.update()

    def values(self) -> Mapping[float, float]:
        """What was drawn, by its places."""
        return {self.places[k]: value for k, value in sorted(self.drawn.items())}

    # --- geometry ---
    @property
    def plot(self) -> QRectF:
        """Where the curve stands: beside the numbers of the axis, above those of the places."""
        line = self._type.height if self._theme is not None else 14.0
        left = max(map(self._type.width, map(self._label, (self.low, self.high)))) if self._theme is not None else 40.0
        left = max([left, *(self._type.width(text) for _, text in self.value_ticks(line))])
        return self.inner_rect().adjusted(left + 10.0, 6.0, -10.0, -line - 4.0)

    def spot(self, k: int, value: float) -> QPointF:
        """Where a value stands at a place; beyond the axis at its end."""
        plot = self.plot
        along = k / max(len(self.places) - 1, 1)
        up = (min(max(value, self.low), self.high) - self.low) / ((self.high - self.low) or 1.0)
        return QPointF(plot.left() + along * plot.width(), plot.bottom() - up * plot.height())

    def place_at(self, x: float) -> int:
        """The nearest place to an x of the picture."""
        plot = self.plot
        share = (x - plot.left()) / max(plot.width(), 1.0)
        return min(max(round(share * (len(self.places) - 1)), 0), len(self.places) - 1)

    def value_at(self, y: float) -> float:
        """The value at a y of the picture, on the axis."""
        plot = self.plot
        share = min(max((plot.bottom() - y) / max(plot.height(), 1.0), 0.0), 1.0)
        return self.low + share * (self.high - self.low)

    def value_ticks(self, line: float) -> list[tuple[float, str]]:
        """The values with a line across the picture, and what stands beside it; "" where there is no room for it."""
        height = self.height() / self.zoom - 2 * line
        if self.decades:
            low, high = math.ceil(self.low), math.floor(self.high)
            named = set(named_ticks(low, high, height / ((self.high - self.low) or 1.0), line))
            return [(float(k), decade_text(k) if k in named else "") for k in range(low, high + 1)]
        return round_ticks(self.low, self.high, max(int(height / (2 * line)), 2))

    def place_ticks(self, width: float) -> list[int]:
        """The places, by number, that are written under the picture: the ends, and as many between as have room."""
        places, last = self.places, len(self.places) - 1
        most = max(int(width / (4 * self._type.width("00"))), 1)
        span = (places[-1] - places[0]) * len(places) / max(last, 1)
        every = next((n for n in (1, 2, 5, 10, 20, 50, 100) if span / n <= most), span)
        room = [min(place - places[0], places[-1] - place) for place in places]
        whole = [abs(place / (every or 1.0) - round(place / (every or 1.0))) < 1e-6 for place in places]
        return [k for k in range(last + 1) if k in (0, last) or (whole[k] and every / 2 <= room[k])]

    def sizeHint(self) -> QSize:
        return QSize(round(420 * self.zoom), round(130 * self.zoom))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(240 * self.zoom), round(110 * self.zoom))

    def _label(self, value: float) -> str:
        return decade_text(round(value)) if self.decades else number(value)

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if not self.places:
            return
        plot, kind = self.plot, self._type
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        painter.setBrush(QColor(theme.panel))
        painter.drawRect(plot)
        painter.setFont(kind.plain)
        for value, text in self.value_ticks(kind.height):
            y, whole = self.spot(0, value).y(), value == 0.0  # 10⁰ is 1
            painter.setPen(QPen(QColor(theme.muted if whole else theme.grid), theme.hairline))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.ink if whole else theme.muted))
            painter.drawText(QPointF(plot.left() - kind.width(text) - 6.0, y + kind.metrics.capHeight() / 2), text)
        painter.setPen(QColor(theme.muted))
        base = plot.bottom() + kind.height
        for k in self.place_ticks(plot.width()):
            text, x = f"{self.places[k]:g}".replace("-", MINUS), self.spot(k, 0.0).x()
            wide = kind.width(text)
            painter.drawText(QPointF(min(max(x - wide / 2, plot.left()), plot.right() - wide), base), text)
        self._draw(painter, QPen(QColor(theme.forward), theme.current_curve), sorted(self.drawn.items()))
        finite = [(k, value) for k, value in enumerate(self.truth) if math.isfinite(value)]
        pen = QPen(QColor(theme.backward), theme.current_curve, Qt.PenStyle.DashLine)
        self._draw(painter, pen, finite)

    def _draw(self, painter: QPainter, pen: QPen, points: Sequence[tuple[int, float]]) -> None:
        if not points:
            return
        painter.setPen(pen)
        spots = [self.spot(k, value) for k, value in points]
        if len(spots) == 1:
            painter.drawEllipse(spots[0], 2.0, 2.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(spots))

    # --- Qt ---
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._last = None
        self._draw_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._draw_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _draw_to(self, event: QMouseEvent) -> None:
        """What lies between two places of a quick mouse is drawn straight."""
        if self.truth or not self.places:
            return
        spot = event.position() / self.zoom
        k, value = self.place_at(spot.x()), self.value_at(spot.y())
        before = self._last
        if before is not None and before != k:
            start, step = self.drawn[before], 1 if k > before else -1
            for between in range(before + step, k, step):
                self.drawn[between] = start + (value - start) * (between - before) / (k - before)
        self.drawn[k], self._last, self.at = value, k, k
        self.changed.emit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.truth or not self.places or event.key() not in _KEYS:
            super().keyPressEvent(event)
            return
        key, step = event.key(), (self.high - self.low) / _NUDGE
        here = self.drawn.get(self.at, (self.low + self.high) / 2)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.at = min(max(self.at + (1 if key == Qt.Key.Key_Right else -1), 0), len(self.places) - 1)
            self.drawn.setdefault(self.at, here)
        else:
            moved = here + (step if key == Qt.Key.Key_Up else -step)
            self.drawn[self.at] = min(max(moved, self.low), self.high)
        self.changed.emit()
        self.update()
