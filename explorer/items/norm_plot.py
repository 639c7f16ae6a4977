"""Curves of norms over columns, stroked by pyqtgraph once per change into two pictures: what always stands there, and
the current run, which the panel then shows as far as the backward pass has come without stroking anything again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.items import log_axis
from explorer.theme import Theme

DOTS_FROM = 12.0  # px of a column
_EDGE = 8.0  # px above the highest and below the lowest decade: half a dot, or the mark of a 0


@dataclass(frozen=True, eq=False)
class Curve:
    """log₁₀ of a norm at t = 1 … n, (n,); −∞ where it is 0, +∞ or NaN where it is no number."""

    logs: NDArray
    label: str
    colour: str
    text_colour: str
    width: float
    current: bool
    main: bool = True  # thick with full dots; the others have rings
    dashed: bool = False
    pin: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Frame:
    """Where the plot lies: px of the picture, the columns' scale, and the decades from the bottom to the top."""

    rect: QRectF
    first: float  # steps left of the rect's left edge
    column: float
    low: int
    high: int

    def x(self, t: float | NDArray) -> float | NDArray:
        """px of the middle of step t."""
        return self.rect.left() + (t - 0.5 - self.first) * self.column

    @property
    def decade(self) -> float:
        """px of one decade."""
        return max(self.rect.height() - 2 * _EDGE, 1.0) / (self.high - self.low)

    def y(self, log: float | NDArray) -> float | NDArray:
        """px of a finite log₁₀."""
        return self.rect.top() + _EDGE + (self.high - log) * self.decade

    def mark_y(self, log: float) -> float:
        """px of any: a 0 lies at the lower edge, what is no number at the upper one."""
        if np.isfinite(log):
            return float(self.y(log))
        return self.rect.bottom() - 4 if log == -np.inf else self.rect.top() + 4

    def line(self, curve: Curve) -> tuple[NDArray, NDArray]:
        """A curve's finite points, px."""
        finite = np.flatnonzero(np.isfinite(curve.logs))
        return self.x(finite + 1.0), self.y(curve.logs[finite])


class NormPlot:
    """An unshown pyqtgraph view, as large as the plot with its axis."""

    def __init__(self, parent: QWidget) -> None:
        self._view = pg.GraphicsView(parent, background=None)
        self._view.hide()
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._layout = pg.GraphicsLayout()
        self._layout.setSpacing(0)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._axis = pg.AxisItem("left", linkView=self._box)
        self._axis.setZValue(-1000)  # the grid lies beneath the curves; a ViewBox is at −100
        self._layout.addItem(self._axis, 0, 0)
        self._layout.addItem(self._box, 0, 1)
        self._view.setCentralItem(self._layout)
        self._items: list[tuple[pg.GraphicsObject, bool]] = []
        self.strokes = 0  # curves drawn so far; tests count them

    def render(
        self, curves: Sequence[Curve], frame: Frame, size: QSize, ratio: float, font: QFont, theme: Theme
    ) -> tuple[QPixmap, QPixmap]:
        """(axis, grid and pinned runs; the current run), `size` logical pixels each, transparent where nothing is."""
        self._prepare(frame, size, font, theme)
        self._set_curves(curves, frame, theme)
        pictures = []
        for current in (False, True):
            for item, of_current in self._items:
                item.setVisible(of_current == current)
            self._axis.setOpacity(0.0 if current else 1.0)  # not hidden: the layout would give its room away
            pixmap = QPixmap(size * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self._view.render(painter, QRectF(0, 0, size.width(), size.height()), self._view.viewport().rect())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for curve in curves:
                if curve.current == current:
                    _draw_marks(painter, curve, frame, font)
            painter.end()
            pictures.append(pixmap)
        self.strokes += len(curves)
        return pictures[0], pictures[1]

    def _prepare(self, frame: Frame, size: QSize, font: QFont, theme: Theme) -> None:
        rect = frame.rect
        if self._view.size() != size:
            old = self._view.size()
            self._view.resize(size)
            for widget in (self._view, self._view.viewport()):  # an unshown widget gets no event by itself
                QApplication.sendEvent(widget, QResizeEvent(size, old))
        margins = (0.0, rect.top(), size.width() - rect.right(), size.height() - rect.bottom())
        self._layout.setContentsMargins(*margins)
        self._axis.setWidth(rect.left())
        self._axis.setStyle(tickLength=0, tickTextOffset=8, tickFont=font, autoExpandTextSpace=False)
        self._axis.setPen(QPen(QColor(theme.grid), theme.hairline))
        self._axis.setTextPen(QColor(theme.muted))
        self._axis.setGrid(255)
        named = log_axis.ticks(frame.low, frame.high, max(2, int(rect.height() / (font.pixelSize() * 1.4))))
        lines = log_axis.ticks(frame.low, frame.high, max(2, int(rect.height() / 9)))
        self._axis.setTicks([[(k, log_axis.decade_text(k) if k in named else "") for k in sorted({*lines, *named})]])
        self._layout.layout.activate()
        margin = _EDGE / frame.decade
        self._box.setRange(
            xRange=(frame.first + 0.5, frame.first + 0.5 + rect.width() / frame.column),
            yRange=(frame.low - margin, frame.high + margin),
            padding=0,
            disableAutoRange=True,
        )

    def _set_curves(self, curves: Sequence[Curve], frame: Frame, theme: Theme) -> None:
        for item, _ in self._items:
            self._box.removeItem(item)
        self._items = []
        for curve in sorted(curves, key=lambda each: each.main and not each.dashed):
            for item in _items_of(curve, frame, theme):
                self._box.addItem(item, ignoreBounds=True)
                self._items.append((item, curve.current))


def _items_of(curve: Curve, frame: Frame, theme: Theme) -> list[pg.GraphicsObject]:
    """The line through its finite points, and dots where there is room or a point stands alone."""
    t = np.arange(1.0, len(curve.logs) + 1)
    logs = np.where(np.isfinite(curve.logs), curve.logs, np.nan)
    narrow = frame.column < DOTS_FROM
    width = min(curve.width, 2.0) if narrow else curve.width
    pen = QPen(QColor(curve.colour), width)
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if curve.dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    line = pg.PlotCurveItem(
        t, logs, pen=pen, antialias=True, connect="finite", segmentedLineMode="off" if curve.dashed else "on"
    )
    there = np.isfinite(logs)
    padded = np.concatenate(([False], there, [False]))
    dots = there if not narrow else there & ~padded[:-2] & ~padded[2:]
    if curve.dashed:
        dots = dots & False
    if not dots.any():
        return [line]
    ring = QPen(QColor(curve.colour), 1.4)
    ring.setCosmetic(True)
    points = pg.ScatterPlotItem(
        t[dots],
        logs[dots],
        size=2 * _radius(curve) + 0.5,
        pen=None if curve.main else ring,
        brush=QColor(curve.colour if curve.main else theme.panel),
        antialias=True,
    )
    return [line, points]


def _radius(curve: Curve) -> float:
    return max(3.0, curve.width * 1.15)


def draw_dot(painter: QPainter, curve: Curve, frame: Frame, t: int, theme: Theme) -> None:
    """The dot of a curve at step t, as the picture has it where columns are wide; nothing where the norm is not finite."""
    log = curve.logs[t - 1]
    if np.isfinite(log):
        painter.setPen(QPen(QColor(curve.colour), 1.4))
        painter.setBrush(QColor(curve.colour if curve.main else theme.panel))
        radius = _radius(curve) - (0.4 if curve.main else 0.0)
        painter.drawEllipse(QPointF(frame.x(float(t)), frame.y(log)), radius, radius)


@dataclass(frozen=True)
class Mark:
    """A triangle, its tip at (x, y): a norm that is 0 (pointing down) or no number (up). `sign` once for each run."""

    x: float
    y: float
    sign: str
    box: QRectF


def marks(curve: Curve, frame: Frame, font: QFont) -> list[Mark]:
    """The marks in sight, at most one in 5 px."""
    found: list[Mark] = []
    last, last_x, signed_x, neighbour = "", -np.inf, -np.inf, -2
    places = np.flatnonzero(~np.isfinite(curve.logs))
    for at in places[::-1] if curve.current else places:  # the first that comes in sight has the sign
        log, x = curve.logs[at], float(frame.x(at + 1.0))
        sign = "0" if log == -np.inf else "∞" if log == np.inf else "NaN"
        joined, neighbour = sign == last and abs(at - neighbour) == 1, at
        if not frame.rect.left() - 4 <= x <= frame.rect.right() + 4 or (abs(x - last_x) < 5.0 and sign == last):
            continue
        y, height = (frame.rect.bottom() if sign == "0" else frame.rect.top()), font.pixelSize() + 3.0
        box = QRectF(x - 14, y - 7 - height if sign == "0" else y + 7, 28, height)
        said = not joined and (sign != last or abs(x - signed_x) > 60.0)
        signed_x = x if said else signed_x
        found.append(Mark(x, y, sign if said else "", box))
        last, last_x = sign, x
    return found


def _draw_marks(painter: QPainter, curve: Curve, frame: Frame, font: QFont) -> None:
    painter.setFont(font)
    for mark in marks(curve, frame, font):
        inward = -6.0 if mark.y == frame.rect.bottom() else 6.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(curve.colour))
        ends = (QPointF(mark.x - 4, mark.y + inward), QPointF(mark.x + 4, mark.y + inward), QPointF(mark.x, mark.y))
        painter.drawPolygon(QPolygonF(ends))
        if mark.sign:
            painter.setPen(QColor(curve.text_colour))
            painter.drawText(mark.box, Qt.AlignmentFlag.AlignCenter, mark.sign)
