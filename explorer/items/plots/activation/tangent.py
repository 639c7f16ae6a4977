"""The tangent of a curve at one point: a short line whose slope is the derivative there, and that slope as a number."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.plots import end_labels
from explorer.items.plots.clear import Line
from explorer.items.plots.end_labels import EndLabel
from explorer.style.theme import Theme
from explorer.widgets.painted import SmallType

HALF = 34.0  # px from the point to either end


def ends(at: QPointF, slope: float, across: float, up: float) -> tuple[QPointF, QPointF]:
    """Both ends, in px; `across` and `up`: px of one unit of h and of one of φ. A slope that is not finite is drawn as
    the upright line that it tends to."""
    rise = slope * up
    if not math.isfinite(rise):
        return at + QPointF(0.0, HALF), at - QPointF(0.0, HALF)
    by = HALF / math.hypot(across, rise)
    return at - QPointF(across * by, -rise * by), at + QPointF(across * by, -rise * by)


def draw_line(painter: QPainter, line: tuple[QPointF, QPointF], plot: QRectF, theme: Theme) -> None:
    """The line, as far as it is within the plot."""
    painter.save()
    painter.setClipRect(plot.adjusted(-2, -2, 2, 2))
    painter.setPen(QPen(QColor(theme.ink), theme.curve, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLine(*line)
    painter.restore()


def draw_number(
    painter: QPainter,
    text: str,
    line: tuple[QPointF, QPointF],
    room: QRectF,
    obstacles: tuple[Sequence[Line], Sequence[QRectF]],
    style: tuple[SmallType, Theme],
) -> QRectF:
    """The slope beside the line's ends; on no obstacle (curves, boxes) where there is room. Returns its box."""
    small, theme = style
    first, last = line
    label = EndLabel(text, theme.ink, last.x() + 5, last.y(), (first.x() - 5, first.y()))
    box = end_labels.place([label], small.bold, room, *obstacles)[0]
    end_labels.draw(painter, label, box, small.bold, theme.panel)
    return box
