"""An activation and its derivative as two curves, with the units of one step as points on both: saturation is seen.

A tangent stands at the unit that is looked at. Another activation may lie behind: thinner and dashed. The curves are
stroked once per change into a picture; another step only moves the points and the tangent.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.activation import tangent
from explorer.items.plots.activation.frame import Curve, Frame, Points, frame_of
from explorer.items.plots.activation.ground import draw_ground
from explorer.items.plots.clear import Line
from explorer.items.plots.readout import draw_readout
from explorer.style.numbers import number, plain, spoken
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted
from explorer.words import sentences

_KEYS = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right))
_ACROSS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_NEAR = 14.0  # px


class ActivationCurve(Painted):
    """Curves and points in, pixels out."""

    unit_chosen = Signal(int)  # from 0
    other_wanted = Signal(int)  # the next activation to compare with, or the one before: 1, −1
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: Curve | None = None
        self._other: Curve | None = None
        self._at: int | None = None  # the unit whose tangent is shown while none is looked at
        self._lines: list[Line] = []
        self._points: Points | None = None
        self._unit: int | None = None
        self._picture: QPixmap | None = None
        self._frame: Frame | None = None
        self._note = ""
        self.strokes = 0  # how often the curves were stroked; tests count them
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_curve(self, curve: Curve | None, other: Curve | None = None) -> None:
        """Another activation; None: there is none. `other`: one to compare it with, over the same h."""
        self._curve, self._other, self._note, self._unit = curve, other, "", None
        self.refit()

    def set_unit(self, unit: int | None) -> None:
        """The unit whose tangent is shown while none is looked at."""
        self._at = unit
        self.update()

    @property
    def operating(self) -> int | None:
        """The unit at whose point the tangent stands; None where there is none."""
        unit = self._at if self._unit is None else self._unit
        points = self._points
        if points is None or unit is None or unit >= len(points.h) or not math.isfinite(points.h[unit]):
            return None
        return unit

    def set_points(self, points: Points | None, note: str = "") -> None:
        """Another step's units; None: they are not there yet, and `note` says so."""
        self._points, self._note = points, note
        if points is None or (self._unit is not None and self._unit >= len(points.h)):
            self._unit = None
        self.update()

    def refit(self) -> None:
        self._picture = self._frame = None
        self.update()

    # --- words -------------------------------------------------------------------------------------------------------
    def sentence(self) -> str:
        """The picture in words."""
        curve, points = self._curve, self._points
        if curve is None or points is None:
            return self._note
        flat = int((points.slope < 0.1 * curve.steep).sum())
        words = self.tr("{name} of {h}: {flat} of {all} units where {slope} is below a tenth of its largest.")
        said = [words.format(name=curve.name, h=points.symbol, flat=flat, all=len(points.h), slope=curve.slope_name)]
        if self._other is not None:
            said.append(self.tr("Compared with {name}, dashed.").format(name=self._other.name))
        if self.operating is not None:
            said.append(f"{self.unit_sentence(self.operating)}.".replace("unit", "Unit", 1))
        return sentences(said)

    def unit_sentence(self, unit: int) -> str:
        """One unit in words."""
        curve, points = self._curve, self._points
        if curve is None or points is None:
            return ""
        words = self.tr("unit {k}: {h} = {x}, {name} = {y}, {slope} = {d}")
        x, y, d = (spoken(float(each[unit])) for each in (points.h, points.value, points.slope))
        said = words.format(k=unit + 1, h=points.symbol, x=x, name=curve.name, y=y, slope=curve.slope_name, d=d)
        if self._other is None or points.other is None:
            return said
        value, slope = (spoken(float(each[unit])) for each in points.other)
        return f"{said}; {self._other.name} = {value}, {self._other.slope_name} = {slope}"

    # --- geometry ----------------------------------------------------------------------------------------------------
    @property
    def plot(self) -> QRectF:
        """px between the axes' numbers and the curves' names."""
        return self.frame.plot

    @property
    def frame(self) -> Frame:
        """The plot with its scales."""
        if self._frame is None:
            self._frame = frame_of(self._curve, self._other, self.inner_rect(), self._type.metrics)
        return self._frame

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and the highest value in the plot."""
        return self.frame.low, self.frame.high

    def place(self, h: float, value: float) -> QPointF:
        """px of a point; one beyond the plot is at its edge."""
        return self.frame.place(h, value)

    def tangent(self) -> tuple[QPointF, QPointF] | None:
        """Both ends of the tangent, in px; None where there is none."""
        unit, points = self.operating, self._points
        if unit is None or points is None or self._curve is None:
            return None
        at = self.place(float(points.h[unit]), float(points.value[unit]))
        return tangent.ends(at, float(points.slope[unit]), *self.frame.scales)

    def slope_text(self) -> str:
        """ "slope 0.42", as it stands beside the tangent; "" where there is none."""
        unit, points = self.operating, self._points
        if unit is None or points is None:
            return ""
        return self.tr("slope {d}").format(d=number(float(points.slope[unit]), 2))

    def unit_at(self, place: QPointF) -> int | None:
        """The unit whose point is nearest to a place, if one is near."""
        points = self._points
        if points is None:
            return None
        best, found = _NEAR, None
        for unit in range(len(points.h)):
            for value in (points.value, points.slope):
                at = self.place(float(points.h[unit]), float(value[unit])) - place
                distance = math.hypot(at.x(), at.y())
                if distance < best:
                    best, found = distance, unit
        return found

    def sizeHint(self) -> QSize:
        return QSize(320, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 70)

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter, theme: Theme) -> None:
        curve = self._curve
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._type.plain)
        below = self._below()
        fits = self._points is not None or self._type.metrics.horizontalAdvance(self._note) <= below.width()
        if curve is not None and fits:
            if self._picture is None or self._picture.devicePixelRatio() != self.ratio():
                self._picture = self._render(curve, theme)
            painter.drawPixmap(0, 0, self._picture)
        if curve is not None and self._points is not None:
            self._draw_points(painter, self._points, theme)
        else:  # on no line of the curves: below them, or in their place
            painter.setPen(QColor(theme.muted))
            place = below if curve is not None and fits else self.inner_rect()
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._note)

    def _below(self) -> QRectF:
        """The line below the axis' numbers."""
        high = self._type.metrics.height()
        return QRectF(2, self.plot.bottom() + 2 + high, self.inner_rect().width() - 4, high)

    def _render(self, curve: Curve, theme: Theme) -> QPixmap:
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.ratio())
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._type.plain)
            self._lines = draw_ground(painter, (curve, self._other), self.frame, self._type, theme)
        self.strokes += 2 if self._other is None else 4
        return picture

    def _draw_points(self, painter: QPainter, points: Points, theme: Theme) -> None:
        plot = self.plot
        high = self._type.height
        below = QRectF(plot.left(), plot.bottom() + 2 + high, plot.width(), high)
        painter.setPen(QColor(theme.muted))
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, points.symbol)
        radius = 4.5 if len(points.h) <= 16 else 3.0
        line = self.tangent()
        if line is not None:
            tangent.draw_line(painter, line, plot, theme)
        for unit in range(len(points.h)):
            if unit != self._unit:
                self._draw_unit(painter, points, unit, radius, theme)
        if self._unit is not None:
            self._draw_unit(painter, points, self._unit, radius + 1.5, theme)
            self._draw_readout(painter, points, self._unit, theme)
        elif line is not None:
            tangent.draw_number(
                painter, self.slope_text(), line, plot, (self._lines, self._dots(points)), (self._type, theme)
            )

    def _dots(self, points: Points) -> list[QRectF]:
        """Where points are, px; of many units only those of the unit that is looked at."""
        units = [k for k in range(len(points.h)) if len(points.h) <= 16 or k == self.operating]
        found = []
        for k in units:
            for value in (points.value[k], points.slope[k]):
                at = self.place(float(points.h[k]), float(value)) if math.isfinite(points.h[k]) else None
                found += [] if at is None else [QRectF(at.x() - 5, at.y() - 5, 10, 10)]
        return found

    def _draw_unit(self, painter: QPainter, points: Points, unit: int, radius: float, theme: Theme) -> None:
        h = float(points.h[unit])
        if not math.isfinite(h):
            return
        upper, lower = self.place(h, float(points.value[unit])), self.place(h, float(points.slope[unit]))
        chosen = unit == self.operating
        line = QColor(theme.ink if chosen else theme.node_outline)
        painter.setPen(QPen(line, 1.2 if chosen else 0.7))
        painter.drawLine(upper, lower)
        painter.setPen(QPen(QColor(theme.ink), 1.6 if chosen else 1.0))
        painter.setBrush(QColor.fromRgb(int(points.colours[unit])))
        for at in (lower, upper):
            painter.drawEllipse(at, radius, radius)

    def _draw_readout(self, painter: QPainter, points: Points, unit: int, theme: Theme) -> None:
        curve = self._curve
        if curve is None:
            return
        rows = [
            (points.symbol, plain(float(points.h[unit]), 3, sign=True), theme.ink),
            (curve.name, plain(float(points.value[unit]), 3, sign=True), theme.forward_text),
            (curve.slope_name, plain(float(points.slope[unit]), 3, sign=True), theme.backward_text),
        ]
        if self._other is not None and points.other is not None:
            names, colours = (self._other.name, self._other.slope_name), (theme.forward_text, theme.backward_text)
            for name, each, colour in zip(names, points.other, colours, strict=True):
                rows.append((name, plain(float(each[unit]), 3, sign=True), colour))
        at = self.place(float(points.h[unit]), float(points.value[unit]))
        heading = self.tr("unit {k}").format(k=unit + 1)
        draw_readout(painter, at, heading, rows, self._type.plain, self.inner_rect(), theme)

    # --- Qt ----------------------------------------------------------------------------------------------------------
    def resizeEvent(self, event) -> None:
        if self._theme is not None:
            self.refit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        points = self._points
        if event.key() not in _KEYS or points is None:
            super().keyPressEvent(event)
            return
        if event.key() in _ACROSS:
            self.other_wanted.emit(_ACROSS[Qt.Key(event.key())])
            return
        by = 1 if event.key() == Qt.Key.Key_Down else -1
        self._unit = 0 if self._unit is None else (self._unit + by) % len(points.h)
        self.setAccessibleDescription(self.unit_sentence(self._unit))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(self.inner(event.position()))
        if unit != self._unit:
            self._unit = unit
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        if self._unit is not None:
            self._unit = None
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        unit = self.unit_at(self.inner(event.position()))
        if unit is not None:
            self.unit_chosen.emit(unit)
