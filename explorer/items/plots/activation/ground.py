"""What of the activation's plot stays from step to step: axes, where the gradient stops, both curves, their names."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from explorer.items.plots.activation.frame import Curve, Frame
from explorer.items.plots.clear import Line
from explorer.style.theme import Theme
from explorer.widgets.painted import SmallType


def draw_ground(
    painter: QPainter, curves: tuple[Curve, Curve | None], frame: Frame, small: SmallType, theme: Theme
) -> list[Line]:
    """Draws all of it; `curves`: the one that is looked at, and that which is compared with it, which lies behind.
    Returns the curves as they are drawn, px."""
    curve, other = curves
    _draw_flat(painter, curve, frame, theme)
    _draw_axes(painter, curve, frame, small, theme)
    lines = _stroke(painter, other, frame, theme, own=False) if other is not None else []
    lines += _stroke(painter, curve, frame, theme, own=True)
    _name_ends(painter, (curve, other), frame, small, theme)
    return lines


def _draw_flat(painter: QPainter, curve: Curve, frame: Frame, theme: Theme) -> None:
    """A ground where the derivative is below a tenth of its largest value: the gradient stops there."""
    plot, flat = frame.plot, curve.slope < 0.1 * curve.steep
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False])).astype(int)))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        left, right = (frame.place(float(curve.h[k]), 0.0).x() for k in (start, stop - 1))
        painter.fillRect(QRectF(left, plot.top(), right - left, plot.height()), QColor(theme.empty_strip))


def _draw_axes(painter: QPainter, curve: Curve, frame: Frame, small: SmallType, theme: Theme) -> None:
    plot, metrics = frame.plot, small.metrics
    taken: list[float] = []
    for value in dict.fromkeys((0.0, frame.high, frame.low, curve.steep)):
        y = round(frame.place(0.0, value).y() - 0.5) + 0.5
        painter.setPen(QPen(QColor(theme.node_outline if value == 0.0 else theme.grid), theme.hairline))
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        if all(abs(y - other) >= metrics.height() for other in taken):
            taken.append(y)
            text = f"{value:.3g}".replace("-", "−")
            box = QRectF(0, y - metrics.height() / 2, plot.left() - 6, metrics.height())
            painter.setPen(QColor(theme.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    for h in (-curve.reach, -curve.reach / 2, 0.0, curve.reach / 2, curve.reach):
        x = round(frame.place(h, 0.0).x() - 0.5) + 0.5
        painter.setPen(QPen(QColor(theme.node_outline if h == 0.0 else theme.grid), theme.hairline))
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        text = f"{h:g}".replace("-", "−")
        left = max(x - metrics.horizontalAdvance(text) / 2, plot.left() - 2)  # beside the lowest number, not on it
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(left, plot.bottom() + 2 + metrics.ascent()), text)


def _stroke(painter: QPainter, curve: Curve, frame: Frame, theme: Theme, own: bool) -> list[Line]:
    """φ′ and φ as lines; where they leave the plot they end. Returns them in px."""
    found, plot = [], frame.plot
    painter.save()
    painter.setClipRect(plot.adjusted(-1, -2, 1, 2))
    for values, colour in ((curve.slope, theme.backward), (curve.value, theme.forward)):
        line = [frame.spot(float(h), float(v)) for h, v in zip(curve.h, values, strict=True)]
        style = Qt.PenStyle.SolidLine if own else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(colour), theme.curve if own else 0.6 * theme.curve, style))
        painter.drawPolyline(QPolygonF(line))
        xs, ys = np.array([(at.x(), at.y()) for at in line]).T
        inside = (ys >= plot.top() - 1) & (ys <= plot.bottom() + 1)
        found.append((xs[inside], ys[inside]))
    painter.restore()
    return found


def _name_ends(
    painter: QPainter, curves: tuple[Curve, Curve | None], frame: Frame, small: SmallType, theme: Theme
) -> None:
    """The curves' names right of the plot, none on another: those of what is looked at come first."""
    high, left = small.height, frame.plot.right() + 5
    taken: list[float] = []
    for curve in curves:
        if curve is None:
            continue
        for values, name, colour in (
            (curve.value, curve.name, theme.forward_text),
            (curve.slope, curve.slope_name, theme.backward_text),
        ):
            y = frame.place(float(curve.h[-1]), float(values[-1])).y()
            levels = _levels(frame, high, y - high / 2)
            free = [at for at in levels if all(abs(at - other) >= high - 1 for other in taken)]
            if not free:
                continue  # a low plot has no room for all: the solid curves keep theirs
            taken.append(free[0])
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(left, free[0] + small.metrics.ascent()), name)


def _levels(frame: Frame, high: float, top: float) -> list[float]:
    """Tops of a label, px, from the nearest to the one wanted."""
    lowest = max(frame.plot.bottom() + high / 2 - high, 0.0)
    return sorted((float(at) for at in np.arange(0.0, lowest + 0.5, 0.5)), key=lambda at: abs(at - top))
