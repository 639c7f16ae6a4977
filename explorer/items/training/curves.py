"""Curves over the updates of a training, on a logarithmic or a plain axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from explorer.items.plots.axes.log import decade_text, ticks
from explorer.items.plots.axes.plain import round_ticks
from explorer.items.plots.readout import Row
from explorer.items.polyline import draw_polyline
from explorer.items.training.over_updates import OverUpdates, UpdateAxis
from explorer.style.numbers import number
from explorer.style.theme import Theme

_MARK = 7.0  # px of a spike's triangle
LEAST_SPAN = 0.3  # decades: a smaller range would make noise look like a slope


@dataclass(frozen=True, eq=False)
class Series:
    """`values` (n,) at the updates `at` (n,), ascending. What is not finite, or not positive on a logarithmic axis,
    leaves a gap. `band`: quantiles below and above, (2, n)."""

    name: str
    at: NDArray
    values: NDArray
    colour: str
    width: float
    dashed: bool = False
    band: NDArray | None = None


@dataclass(frozen=True)
class Spike:
    """A jump worth a name, at an update."""

    update: int
    text: str


class UpdateCurves(OverUpdates):
    """`logarithmic`: decades on the axis. `unit`: what the numbers are, for the readout."""

    def __init__(self, title: str = "", logarithmic: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.logarithmic = logarithmic
        self._series: tuple[Series, ...] = ()
        self._spikes: tuple[Spike, ...] = ()
        self._limits: tuple[float, float] | None = None
        self._range: tuple[float, float] | None = None  # of these series, once it has been asked for

    def set_series(
        self, series: Sequence[Series], spikes: Sequence[Spike] = (), limits: tuple[float, float] | None = None
    ) -> None:
        """Other curves. `limits`: of a plain axis; None: what the curves need."""
        self._series, self._spikes, self._limits = tuple(series), tuple(spikes), limits
        self._range = None
        self.update()

    @property
    def series(self) -> tuple[Series, ...]:
        """What is drawn."""
        return self._series

    def legend(self) -> list[tuple[str, str, bool]]:
        return [(each.name, each.colour, each.dashed) for each in self._series if each.name]

    # --- the axis of values ---
    def range(self) -> tuple[float, float]:
        """The bottom and the top of the axis: log₁₀ where it is logarithmic."""
        if self._range is None:  # every line of the grid asks, and a long training has many numbers
            self._range = self._found_range()
        return self._range

    def _found_range(self) -> tuple[float, float]:
        shown = [self._shown(each.values) for each in self._series]
        shown += [self._shown(each.band) for each in self._series if each.band is not None]
        finite = [values[np.isfinite(values)] for values in shown]
        finite = [values for values in finite if values.size]
        if not finite:
            return (-1.0, 0.0) if self.logarithmic else (0.0, 1.0)
        low, high = min(float(v.min()) for v in finite), max(float(v.max()) for v in finite)
        if self.logarithmic:
            middle, half = (low + high) / 2, max((high - low) * 0.54, LEAST_SPAN / 2)
            return middle - half, middle + half
        if self._limits is not None:
            return min(low, self._limits[0]), max(high, self._limits[1])
        half = max((high - low) * 0.54, 1e-12 + 1e-3 * max(abs(low), abs(high)))
        return (low + high) / 2 - half, (low + high) / 2 + half

    def _shown(self, values: NDArray) -> NDArray:
        values = np.asarray(values, dtype=float)
        if not self.logarithmic:
            return np.where(np.isfinite(values), values, np.nan)
        with np.errstate(all="ignore"):
            return np.where(np.isfinite(values) & (values > 0.0), np.log10(values), np.nan)

    def value_ticks(self, high: float) -> list[tuple[float, str]]:
        """(place, text) of the lines across, for so many px of height."""
        bottom, top = self.range()
        most = max(2, int(high / (self._type.height * 1.5)))
        if self.logarithmic:
            first, last = int(np.ceil(bottom)), int(np.floor(top))
            if last > first:
                return [(float(k), decade_text(k)) for k in ticks(bottom, top, most)]
            candidates = [(k, m) for k in range(first - 1, last + 1) for m in (1, 2, 3, 5, 7)]
            found = [(k + float(np.log10(m)), number(m * 10.0**k, 1)) for k, m in candidates]
            found = [each for each in found if bottom <= each[0] <= top]
            return found[:: max(1, -(-len(found) // most))]
        return round_ticks(bottom, top, most)

    def lane(self, axis: UpdateAxis) -> float:
        """px at the top that no curve reaches, for what is written of the spikes; 0 where there are none, or the curves
        would have less room than that."""
        wanted = self._type.height + _MARK + 2.0
        return wanted if self._spikes and axis.rect.height() >= 2.0 * wanted else 0.0

    def _y(self, values: NDArray | float, axis: UpdateAxis) -> NDArray:
        (bottom, top), height = self.range(), axis.rect.height() - self.lane(axis)
        return axis.rect.bottom() - (np.asarray(values) - bottom) / (top - bottom) * height

    # --- painting ---
    def draw(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        self._draw_grid(painter, theme, axis)
        painter.setClipRect(axis.rect.adjusted(-2, -2, 2, 2))
        for each in self._series:
            if each.band is not None:
                self._draw_band(painter, each, axis)
        for each in self._series:
            self._draw_line(painter, each, axis)
        self._draw_spikes(painter, theme, axis)

    def _draw_grid(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        painter.setFont(self._type.plain)
        for place, text in self.value_ticks(axis.rect.height() - self.lane(axis)):
            y = float(self._y(place, axis))
            painter.setPen(QPen(QColor(theme.grid), theme.hairline))
            painter.drawLine(QPointF(axis.rect.left(), y), QPointF(axis.rect.right(), y))
            painter.setPen(QColor(theme.muted))
            x = axis.rect.left() - 6 - self._type.width(text)
            painter.drawText(QPointF(max(x, 0.0), y + self._type.metrics.capHeight() / 2), text)

    def _places(self, each: Series, values: NDArray, axis: UpdateAxis) -> tuple[NDArray, NDArray]:
        """px of a curve, at most two points a px: the lowest and the highest of those that share one."""
        x = axis.places(each.at)
        y = self._y(self._shown(values), axis)
        if len(x) <= 2 * axis.rect.width():
            return x, y
        column = (x - x[0]).astype(int)
        starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
        low = np.fmin.reduceat(y, starts)
        high = np.fmax.reduceat(y, starts)
        return np.repeat(x[starts], 2), np.column_stack((low, high)).ravel()

    def _draw_line(self, painter: QPainter, each: Series, axis: UpdateAxis) -> None:
        if not len(each.at):
            return
        x, y = self._places(each, each.values, axis)
        style = Qt.PenStyle.DashLine if each.dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(each.colour), each.width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in np.split(np.arange(len(y)), np.flatnonzero(np.diff(np.isfinite(y).astype(int))) + 1):
            if not len(run) or not np.isfinite(y[run[0]]):
                continue
            points = [QPointF(px, py) for px, py in zip(x[run].tolist(), y[run].tolist(), strict=True)]
            if len(points) == 1:
                painter.drawEllipse(points[0], each.width, each.width)
            else:
                draw_polyline(painter, points)

    def _draw_band(self, painter: QPainter, each: Series, axis: UpdateAxis) -> None:
        """Between the two quantiles, in the curve's own colour."""
        band = each.band
        if band is None or not len(each.at):
            return
        low, high = (self._shown(row) for row in band)
        there = np.isfinite(low) & np.isfinite(high)
        x = axis.places(np.asarray(each.at)[there])
        up, down = self._y(high[there], axis), self._y(low[there], axis)
        across = np.concatenate((x, x[::-1]))
        corners = zip(across.tolist(), np.concatenate((up, down[::-1])).tolist(), strict=True)
        colour = QColor(each.colour)
        colour.setAlpha(45)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))

    def labels(self, axis: UpdateAxis) -> list[tuple[QRectF, Spike]]:
        """Where the texts of the spikes stand, above the curves and none on another; those that have room."""
        found: list[tuple[QRectF, Spike]] = []
        for spike in self._spikes if self.lane(axis) else ():
            wide = self._type.width(spike.text)
            left = min(max(axis.x(spike.update) - 4, axis.rect.left()), axis.rect.right() - wide)
            if left >= (found[-1][0].right() + 6 if found else axis.rect.left()):
                found.append((QRectF(left, axis.rect.top(), wide, self._type.height), spike))
        return found

    def _draw_spikes(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """A triangle above each, and over it its text where there is room."""
        painter.setFont(self._type.plain)
        lane = self.lane(axis)
        top = axis.rect.top() + max(lane - _MARK - 1.0, 0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.fail_text))
        for x in (axis.x(spike.update) for spike in self._spikes):
            painter.drawPolygon([QPointF(x - 4, top), QPointF(x + 4, top), QPointF(x, top + _MARK)])
        painter.setPen(QColor(theme.fail_text))
        for box, spike in self.labels(axis):
            painter.drawText(QPointF(box.left(), box.top() + self._type.metrics.ascent()), spike.text)

    def readout(self, update: int) -> list[Row]:
        rows = []
        for each in self._series:
            if not len(each.at):
                continue
            k = int(np.abs(np.asarray(each.at) - update).argmin())
            value = float(each.values[k])
            if each.name and (abs(int(each.at[k]) - update) <= max(1, self.last // 100) or each.dashed):
                rows.append((each.name, number(value), each.colour))
        near = [spike for spike in self._spikes if abs(spike.update - update) <= max(1, self.last // 150)]
        rows += [(spike.text, "", self._theme.fail_text) for spike in near if self._theme is not None]
        return rows
