"""Predictions drawn over what came: two lines, and the error between them hatched; or roll-outs as a fan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.hatch import PATTERN
from explorer.items.plots.axes.plain import round_ticks
from explorer.items.plots.readout import Row, draw_readout
from explorer.items.training.hovered import Hovered
from explorer.style.numbers import count, number
from explorer.style.theme import Theme

LEFT = 5.6  # widths of a digit, at least, for the numbers beside the axis
TWO_LINES_FROM = 110  # px of height
BEYOND = 0.75  # of the targets' range: what is predicted further away leaves the picture


@dataclass(frozen=True, eq=False)
class Curves:
    """`targets` and `outputs` (n,), and `rival` where there is one, over `pieces` of time; `numbers` (n,): what the
    window or sequence of each point is called. `starts` (k,) and `rolled` (ahead, k): roll-outs. `said`: the figures.
    """

    targets: NDArray
    outputs: NDArray
    rival: NDArray | None
    pieces: tuple[range, ...]
    numbers: NDArray
    starts: NDArray = field(default_factory=lambda: np.zeros(0, dtype=int))
    rolled: NDArray = field(default_factory=lambda: np.zeros((0, 0)))
    said: tuple[str, ...] = ()


class ForecastPlot(Hovered):
    """`moved`: a drag moves the stretch by so many points; they are those since the press."""

    pressed = Signal()
    moved = Signal(int)
    focus_radius = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves: Curves | None = None
        self.fault = ""
        self._held: float | None = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Predictions over the data"))

    def set_curves(self, curves: Curves) -> None:
        """Other numbers."""
        self.curves, self.fault = curves, ""
        self.update()

    def set_fault(self, sentence: str) -> None:
        """Why there is nothing to see."""
        self.curves, self.fault = None, sentence
        self.update()

    # --- geometry ---
    @property
    def rect_of_plot(self) -> QRectF:
        """Where the curves lie."""
        inner, top = self.inner_rect(), self._type.height * (0.35 + len(self._lines()))
        high = inner.height() - top - self._type.height - 4
        widest = max((self._type.width(text) for _, text in self._ticks(high)), default=0.0)
        left = max(widest, LEFT * self._type.width("0")) + 8
        return QRectF(left, top, inner.width() - left - 8, high)

    def _ticks(self, high: float) -> list[tuple[float, str]]:
        return round_ticks(*self.range(), max(2, int(high / (self._type.height * 1.5))))

    def range(self) -> tuple[float, float]:
        """The bottom and the top of the axis."""
        curves = self.curves
        if curves is None or not len(curves.targets):
            return 0.0, 1.0
        low, high = float(curves.targets.min()), float(curves.targets.max())
        far = BEYOND * ((high - low) or 1.0)
        shown = curves.rolled if curves.rolled.size else curves.outputs
        shown = np.clip(shown[np.isfinite(shown)], low - far, high + far)
        low, high = min(low, float(shown.min(initial=low))), max(high, float(shown.max(initial=high)))
        half = max((high - low) * 0.54, 1e-12 + 1e-3 * max(abs(low), abs(high)))
        return (low + high) / 2 - half, (low + high) / 2 + half

    def x(self, point: float, rect: QRectF) -> float:
        """px of a point."""
        n = 1 if self.curves is None else len(self.curves.targets)
        return rect.left() + rect.width() * (point + 0.5) / n

    def _y(self, values: NDArray | float, rect: QRectF) -> NDArray:
        bottom, top = self.range()
        places = rect.bottom() - (np.asarray(values, dtype=float) - bottom) / (top - bottom) * rect.height()
        return np.clip(places, rect.top() - 1e4, rect.bottom() + 1e4)

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._type.plain)
        curves, rect = self.curves, self.rect_of_plot
        if curves is None:
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.inner_rect().adjusted(8, 0, -8, 0), flags, self.fault)
            return
        self._draw_head(painter, theme)
        if rect.height() < 8 or rect.width() < 8:
            return
        self._draw_axes(painter, theme, rect, curves)
        painter.save()
        painter.setClipRect(rect.adjusted(-2, -2, 2, 2))
        rolls = self._rolls(curves)
        for points, values in rolls:
            self._draw_error(painter, theme, rect, points, values)
        for piece in curves.pieces:
            self._draw_line(painter, np.array(piece), curves.targets[list(piece)], theme.ink, theme.curve, rect)
        for points, values in rolls:
            self._draw_line(painter, points, values, theme.forward, theme.curve, rect)
        painter.restore()
        self._draw_readout(painter, theme, rect, curves)

    def _rolls(self, curves: Curves) -> list[tuple[NDArray, NDArray]]:
        """The predictions as lines: a line for each piece of time, or one for each roll-out, from the value that was
        read last where that is in sight."""
        if not curves.rolled.size:
            return [(np.array(piece), curves.outputs[list(piece)]) for piece in curves.pieces]
        found = []
        begins = {piece.start for piece in curves.pieces}
        for start, values in zip(curves.starts.tolist(), curves.rolled.T, strict=True):
            points = np.arange(start, start + len(values))
            if curves.rival is not None and start not in begins:
                points, values = np.r_[start - 1, points], np.r_[curves.targets[start - 1], values]
            found.append((points, values))
        return found

    def _draw_error(self, painter: QPainter, theme: Theme, rect: QRectF, points: NDArray, values: NDArray) -> None:
        curves = self.curves
        if curves is None:
            return
        there = np.isfinite(values)
        points, values = points[there], values[there]
        ink = QColor(theme.backward)
        came, said = self._y(curves.targets[points], rect), self._y(values, rect)
        if len(points) == 1:
            painter.setPen(QPen(ink, theme.curve))
            x = self.x(float(points[0]), rect)
            painter.drawLine(QPointF(x, float(came[0])), QPointF(x, float(said[0])))
            return
        across = [self.x(point, rect) for point in points.tolist()]
        corners = zip((*across, *reversed(across)), (*came.tolist(), *reversed(said.tolist())), strict=True)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(ink, PATTERN))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))

    def _draw_line(
        self, painter: QPainter, points: NDArray, values: NDArray, colour: str, width: float, rect: QRectF
    ) -> None:
        places = self._y(values, rect)
        found = [
            QPointF(self.x(point, rect), y)
            for point, y in zip(points.tolist(), places.tolist(), strict=True)
            if np.isfinite(y)
        ]
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        if len(found) == 1:
            painter.setBrush(QColor(colour))
            painter.drawEllipse(found[0], 1.5, 1.5)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(found))

    def _draw_axes(self, painter: QPainter, theme: Theme, rect: QRectF, curves: Curves) -> None:
        for value, text in self._ticks(rect.height()):
            y = float(self._y(value, rect))
            painter.setPen(QPen(QColor(theme.grid), theme.hairline))
            painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
            painter.setPen(QColor(theme.muted))
            place = max(rect.left() - 6 - self._type.width(text), 0.0)
            painter.drawText(QPointF(place, y + self._type.metrics.capHeight() / 2), text)
        base, end = rect.bottom() + self._type.metrics.ascent() + 3, -np.inf
        for point, text in self._named(curves):
            x = self.x(point, rect)
            left = min(max(x - self._type.width(text) / 2, rect.left()), rect.right() + 8 - self._type.width(text))
            if left >= end:
                painter.setPen(QPen(QColor(theme.line), theme.hairline))
                painter.drawLine(QPointF(x, rect.bottom()), QPointF(x, rect.bottom() + 3))
                painter.setPen(QColor(theme.muted))
                painter.drawText(QPointF(left, base), text)
                end = left + self._type.width(text) + 12
        if 1 < len(curves.pieces) < len(curves.targets):  # where one sequence ends and the next begins
            painter.setPen(QPen(QColor(theme.line), theme.hairline))
            for piece in curves.pieces[1:]:
                x = self.x(piece.start - 0.5, rect)
                painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))

    def _named(self, curves: Curves) -> list[tuple[float, str]]:
        """(point, text) below the axis: round window numbers, or each sequence's in its middle."""
        if 1 < len(curves.pieces) < len(curves.targets):
            named = [((piece.start + piece.stop - 1) / 2, curves.numbers[piece.start]) for piece in curves.pieces]
            return [(place, count(int(name))) for place, name in named]
        return [(float(k), count(int(name))) for k, name in enumerate(curves.numbers) if name % 10 == 0 or k == 0]

    # --- the head ---
    def _entries(self) -> list[tuple[str, str]]:
        """(colour of a sample of the line, or "", text)."""
        if self.curves is None or self._theme is None:
            return []
        named = [(self._theme.ink, self.tr("target")), (self._theme.forward, self.tr("prediction"))]
        return [*named, *(("", text) for text in self.curves.said)]

    def _lines(self) -> list[list[tuple[str, str]]]:
        """The legend and the figures, on two lines where they do not fit on one and there is the height."""
        room = self.inner_rect().width() - LEFT * self._type.width("0") - 14
        most = 2 if self.inner_rect().height() > TWO_LINES_FROM else 1
        lines: list[list[tuple[str, str]]] = [[]]
        used = 0.0
        for entry in self._entries():
            wide = self._wide(entry)
            if lines[-1] and used + wide > room and len(lines) < most:
                lines.append([])
                used = 0.0
            lines[-1].append(entry)
            used += wide
        return lines

    def _wide(self, entry: tuple[str, str]) -> float:
        return (21.0 if entry[0] else 0.0) + self._type.width(entry[1]) + 14.0

    def _draw_head(self, painter: QPainter, theme: Theme) -> None:
        left, right = self.rect_of_plot.left(), self.inner_rect().right()
        for k, line in enumerate(self._lines()):
            base, x = self._type.metrics.ascent() + 1 + k * self._type.height, left
            for entry in line:
                colour, text = entry
                if x + self._wide(entry) - 14 > right:
                    break
                if colour:
                    painter.setPen(QPen(QColor(colour), theme.curve))
                    y = base - self._type.metrics.xHeight() / 2
                    painter.drawLine(QPointF(x, y), QPointF(x + 16, y))
                painter.setPen(QColor(theme.muted if colour else theme.ink))
                painter.drawText(QPointF(x + (21 if colour else 0), base), text)
                x += self._wide(entry)

    # --- the mouse ---
    def point_at(self, x: float) -> int | None:
        """The point below a place."""
        rect, curves = self.rect_of_plot, self.curves
        if curves is None or not len(curves.targets) or not rect.left() <= x <= rect.right():
            return None
        return min(int((x - rect.left()) / rect.width() * len(curves.targets)), len(curves.targets) - 1)

    def rows(self, point: int) -> Sequence[Row]:
        """What stands in the box beside the mouse."""
        curves, theme = self.curves, self._theme
        if curves is None or theme is None:
            return []
        found = [(self.tr("target"), number(float(curves.targets[point])), theme.ink)]
        if curves.rolled.size:
            ahead = len(curves.rolled)
            for k in np.flatnonzero((curves.starts <= point) & (point < curves.starts + ahead)).tolist():
                step = point - int(curves.starts[k])
                value = number(float(curves.rolled[step, k]))
                found.append((self.tr("prediction, {k} ahead").format(k=step + 1), value, theme.forward_text))
        else:
            found.append((self.tr("prediction"), number(float(curves.outputs[point])), theme.forward_text))
            error = float(curves.outputs[point] - curves.targets[point])
            found.append((self.tr("error"), number(error), theme.backward_text))
        if curves.rival is not None:
            found.append((self.tr("next = this"), number(float(curves.rival[point])), theme.muted))
        return found

    def _draw_readout(self, painter: QPainter, theme: Theme, rect: QRectF, curves: Curves) -> None:
        point = None if self._hover is None or self._held is not None else self.point_at(self._hover.x())
        if point is None or self._hover is None:
            return
        x = self.x(point, rect)
        painter.setPen(QPen(QColor(theme.muted), theme.hairline))
        painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()))
        heading = count(int(curves.numbers[point]))
        draw_readout(painter, self._hover, heading, self.rows(point), self._type.plain, self.inner_rect(), theme)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.curves is not None:
            self._held = self.inner(event.position()).x()
            self.pressed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.inner(event.position())
        if self._held is not None and self.curves is not None and self._theme is not None:
            apart = (self._held - self._hover.x()) / max(self.rect_of_plot.width(), 1.0)
            self.moved.emit(round(apart * len(self.curves.targets)))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(260, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 48)
