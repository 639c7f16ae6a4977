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

from explorer.items.plots.axes import log as log_axis
from explorer.items.plots.clear import Line
from explorer.style.meanings import DOTS
from explorer.style.theme import Theme

DOTS_FROM = 12.0  # px of a column
PINNED_DOTS_EVERY = 60.0  # px, of a pinned run where columns are narrow: its dots are its mark
LINE, BESIDE = 1.25, 8.0  # the height of a line of the axis, in px of its font; px between its text and the plot
_EDGE = 8.0  # px above the highest and below the lowest decade: half a dot, or the mark of a 0


@dataclass(frozen=True, eq=False)
class Curve:
    """log₁₀ of a norm at t = 1 … n, (n,); −∞ where it is 0, +∞ or NaN where it is no number. The first `absent` columns
    have none at all: the run begins after them."""

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
    absent: int = 0


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

    def line(self, logs: NDArray) -> Line:
        """The finite points of a curve at t = 1 … n, px."""
        finite = np.flatnonzero(np.isfinite(logs))
        return np.asarray(self.x(finite + 1.0)), np.asarray(self.y(logs[finite]))


def axis_labels(frame: Frame, font: QFont) -> list[tuple[QRectF, str]]:
    """The decades that are written beside the plot, each in its place; where it is too low for two of them the range in
    one line."""
    line, right = font.pixelSize() * LINE, frame.rect.left() - BESIDE
    named = log_axis.named_ticks(frame.low, frame.high, frame.decade, line)
    if not named:
        middle = frame.rect.center().y()
        return [(QRectF(0, middle - line / 2, right, line), log_axis.span_text(frame.low, frame.high))]
    return [(QRectF(0, float(frame.y(k)) - line / 2, right, line), log_axis.decade_text(k)) for k in named]


class NormPlot:
    """An unshown pyqtgraph view, as large as the plot with its axis."""

    def __init__(self, parent: QWidget) -> None:
        self._view = pg.GraphicsView(parent, background=None)  # pyright: ignore[reportArgumentType]
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
        self._lines: list[pg.PlotCurveItem] = []
        self._place: tuple = ()
        self._drawn: dict[bool, tuple[list[Curve], QPixmap]] = {}  # the two pictures, by whether of the current run
        self.strokes = 0  # curves drawn so far; tests count them

    def render(
        self, curves: Sequence[Curve], frame: Frame, size: QSize, ratio: float, font: QFont, theme: Theme
    ) -> tuple[QPixmap, QPixmap]:
        """(axis, grid and pinned runs; the current run), `size` logical pixels each, transparent where nothing is.

        What has not changed since the last call is not drawn again: while a slider is dragged, the pinned runs.
        """
        place = (frame, size, ratio, font.key(), theme)
        if place != self._place:
            self._prepare(frame, size, font, theme)
            self._place, self._drawn = place, {}
        for current in (False, True):
            wanted = [curve for curve in curves if curve.current == current]
            drawn = self._drawn.get(current)
            if drawn is None or not _same(wanted, drawn[0]):
                self._drawn[current] = wanted, self._draw(wanted, current)
        return self._drawn[False][1], self._drawn[True][1]

    def _draw(self, curves: list[Curve], current: bool) -> QPixmap:
        frame, size, ratio, _, theme = self._place
        for line in self._lines:
            self._box.removeItem(line)
        back_to_front = sorted(curves, key=lambda each: each.main and not each.dashed)
        self._lines = [_line(curve, frame, ratio) for curve in back_to_front]
        for line in self._lines:
            self._box.addItem(line, ignoreBounds=True)
        self._axis.setOpacity(0.0 if current else 1.0)  # not hidden: the layout would give its room away
        pixmap = QPixmap(size * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        with QPainter(pixmap) as painter:
            self._view.render(painter, QRectF(0, 0, size.width(), size.height()), self._view.viewport().rect())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not current:
                painter.setFont(self._font)
                painter.setPen(QColor(theme.muted))
                for place, text in axis_labels(frame, self._font):
                    painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            painter.setClipRect(frame.rect)
            for curve in back_to_front:
                _draw_dots(painter, curve, frame, _dots(curve, frame), theme)
                draw_marks(painter, curve, frame, self._font)
        self.strokes += len(curves)
        return pixmap

    def _prepare(self, frame: Frame, size: QSize, font: QFont, theme: Theme) -> None:
        rect, self._font = frame.rect, font
        if self._view.size() != size:
            old = self._view.size()
            self._view.resize(size)
            for widget in (self._view, self._view.viewport()):  # an unshown widget gets no event by itself
                QApplication.sendEvent(widget, QResizeEvent(size, old))
        margins = (0.0, rect.top(), size.width() - rect.right(), size.height() - rect.bottom())
        self._layout.setContentsMargins(*margins)
        self._axis.setWidth(round(rect.left()))
        self._axis.setStyle(tickLength=0, showValues=False, autoExpandTextSpace=False)
        self._axis.setPen(QPen(QColor(theme.grid), theme.hairline))
        self._axis.setGrid(255)
        lines = log_axis.ticks(frame.low, frame.high, max(2, int(rect.height() / 9)))
        named = log_axis.named_ticks(frame.low, frame.high, frame.decade, font.pixelSize() * LINE)
        self._axis.setTicks([[(k, "") for k in sorted({*lines, *named})]])
        self._layout.layout.activate()  # pyright: ignore[reportAttributeAccessIssue]
        margin = _EDGE / frame.decade
        self._box.setRange(
            xRange=(frame.first + 0.5, frame.first + 0.5 + rect.width() / frame.column),
            yRange=(frame.low - margin, frame.high + margin),
            padding=0,
            disableAutoRange=True,
        )


def _same(some: Sequence[Curve], others: Sequence[Curve]) -> bool:
    """Whether these are the same curves, by the identity of their numbers."""

    def of(curve: Curve) -> tuple:
        numbers = curve.logs if curve.logs.base is None else curve.logs.base  # a clipped one is a view
        drawn = curve.label, curve.colour, curve.width, curve.main, curve.dashed, curve.pin
        return id(numbers), len(curve.logs), curve.absent, *drawn

    return [of(curve) for curve in some] == [of(curve) for curve in others]


def _line(curve: Curve, frame: Frame, ratio: float) -> pg.PlotCurveItem:
    """The line through its finite points; a cosmetic pen counts device pixels."""
    narrow = frame.column < DOTS_FROM
    pen = QPen(QColor(curve.colour), ratio * (min(curve.width, 2.0) if narrow else curve.width))
    pen.setCosmetic(True)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if curve.dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    t = np.arange(1.0, len(curve.logs) + 1)
    logs = np.where(np.isfinite(curve.logs), curve.logs, np.nan)
    mode = "off" if curve.dashed else "on"  # one wide antialiased path of 1,000 points takes 250 ms
    line = pg.PlotCurveItem(t, logs, pen=pen, antialias=True, connect="finite")
    line.setSegmentedLineMode(mode)  # as an argument of the constructor it is ignored
    return line


def _dots(curve: Curve, frame: Frame) -> list[int]:
    """The steps in sight that have a dot: all where columns are wide, else those whose neighbours are not finite, and
    of a pinned run one now and then."""
    if curve.dashed:
        return []
    there = np.isfinite(curve.logs)
    if frame.column < DOTS_FROM:
        padded = np.concatenate(([False], there, [False]))
        alone = there & ~padded[:-2] & ~padded[2:]
        if curve.pin is not None:
            every = max(1, round(PINNED_DOTS_EVERY / frame.column))
            alone |= there & ((np.arange(len(there)) + every // 2) % every == 0)
        there = alone
    t = np.flatnonzero(there) + 1
    x = frame.x(t.astype(float))
    return t[(x >= frame.rect.left() - 8) & (x <= frame.rect.right() + 8)].tolist()


def _radius(curve: Curve) -> float:
    return max(3.0, curve.width * 1.15)


def draw_dot(painter: QPainter, curve: Curve, frame: Frame, t: int, theme: Theme) -> None:
    """The dot of a curve at step t, as the picture has it where columns are wide; none where the norm is not finite."""
    if np.isfinite(curve.logs[t - 1]):
        _draw_dots(painter, curve, frame, [t], theme)


def _draw_dots(painter: QPainter, curve: Curve, frame: Frame, steps: list[int], theme: Theme) -> None:
    """The dots of a curve at steps whose norms are finite."""
    at = np.array(steps, dtype=int)
    xs, ys = np.asarray(frame.x(at.astype(float))).tolist(), np.asarray(frame.y(curve.logs[at - 1])).tolist()
    radius, inside = _radius(curve), QColor(theme.panel)
    painter.setPen(QPen(QColor(curve.colour), 1.4))
    if curve.pin is not None:
        for x, y in zip(xs, ys, strict=True):
            _draw_pinned_dot(painter, DOTS[curve.pin % len(DOTS)], QPointF(x, y), radius, inside)
        return
    painter.setBrush(QColor(curve.colour) if curve.main else inside)
    radius -= 0.4 if curve.main else 0.0
    for x, y in zip(xs, ys, strict=True):
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _draw_pinned_dot(painter: QPainter, dot: str, centre: QPointF, radius: float, inside: QColor) -> None:
    """One of DOTS, as the pen draws it."""
    x, y, r = centre.x(), centre.y(), radius + 0.6
    painter.setBrush(inside)
    match dot:
        case "square":
            painter.drawRect(QRectF(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r))
        case "diamond":
            corners = ((x, y - 1.3 * r), (x + 1.3 * r, y), (x, y + 1.3 * r), (x - 1.3 * r, y))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        case "triangle":
            corners = ((x, y - 1.3 * r), (x + 1.2 * r, y + 0.9 * r), (x - 1.2 * r, y + 0.9 * r))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        case "cross":
            painter.drawLine(QPointF(x - r, y - r), QPointF(x + r, y + r))
            painter.drawLine(QPointF(x - r, y + r), QPointF(x + r, y - r))
        case _:
            painter.drawEllipse(centre, radius, radius)


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
    places = np.flatnonzero(~np.isfinite(curve.logs[curve.absent :])) + curve.absent
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


def draw_marks(painter: QPainter, curve: Curve, frame: Frame, font: QFont) -> None:
    """The triangles where a curve has no finite norm, with their signs."""
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
