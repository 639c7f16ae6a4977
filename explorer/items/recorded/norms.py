"""The norms of a layer's gradients over time, on a logarithmic axis, and beside them what they do in words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.plots.axes import log as log_axis
from explorer.items.plots.norms import DOTS_FROM, Curve, Frame, axis_labels, draw_dot, draw_marks
from explorer.items.recorded.layout import NormCurve
from explorer.style.theme import Theme
from explorer.widgets.painted import SmallType

INDENT, BETWEEN, DOT = 16.0, 4.0, 3.6  # px


def axis_width(kind: SmallType) -> float:
    """px of the widest number at the axis."""
    return kind.width("10⁻⁸⁸")


def draw_norms(painter: QPainter, frame: Frame, curves: tuple[NormCurve, ...], kind: SmallType, theme: Theme) -> None:
    """The axis and the curves, the first of them in front."""
    rect = frame.rect
    painter.setPen(QPen(QColor(theme.grid), theme.hairline))
    for decade in log_axis.ticks(frame.low, frame.high, max(2, int(rect.height() / 9))):
        y = float(frame.y(decade))
        painter.drawLine(QPointF(rect.left(), y), QPointF(rect.right(), y))
    painter.setFont(kind.plain)
    painter.setPen(QColor(theme.muted))
    for place, text in axis_labels(frame, kind.plain):
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for curve in reversed(_curves(curves, theme)):
        _draw_curve(painter, frame, curve, kind, theme)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_said(painter: QPainter, room: QRectF, curves: tuple[NormCurve, ...], kind: SmallType, theme: Theme) -> None:
    """What the norms do: each with the dot that its curve has."""
    y, left = room.top(), room.left() + INDENT
    flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
    for curve, each in zip(_curves(curves, theme), curves, strict=True):
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(curve.colour), 1.4))
        painter.setBrush(QColor(curve.colour if curve.main else theme.panel))
        painter.drawEllipse(QPointF(room.left() + INDENT / 3, y + kind.height / 2), DOT, DOT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QColor(curve.text_colour))
        painter.setFont(kind.bold)
        painter.drawText(QPointF(left, y + kind.metrics.ascent()), each.name)
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.ink))
        box = QRectF(left, y + kind.height, max(room.width() - INDENT, 40.0), 4 * kind.height)
        said = each.said.replace("× ", "×\u00a0")  # a factor stays beside its sign
        taken = painter.boundingRect(box, flags, said)
        painter.drawText(box, flags, said)
        y += kind.height + taken.height() + BETWEEN


def _curves(curves: tuple[NormCurve, ...], theme: Theme) -> list[Curve]:
    """The first with full dots, the others with rings."""
    return [
        Curve(each.logs, each.name, theme.backward, theme.backward_text, theme.curve, True, main=number == 0)
        for number, each in enumerate(curves)
    ]


def _draw_curve(painter: QPainter, frame: Frame, curve: Curve, kind: SmallType, theme: Theme) -> None:
    painter.setPen(QPen(QColor(curve.colour), curve.width))
    finite = np.isfinite(curve.logs)
    points = [QPointF(float(frame.x(t + 1.0)), frame.mark_y(log)) for t, log in enumerate(curve.logs)]
    for t in np.flatnonzero(finite[:-1] & finite[1:]):
        painter.drawLine(points[t], points[t + 1])
    padded = np.concatenate(([False], finite, [False]))
    alone = finite & ~padded[:-2] & ~padded[2:]
    for t in np.flatnonzero(finite if frame.column >= DOTS_FROM else alone):
        draw_dot(painter, curve, frame, int(t) + 1, theme)
    draw_marks(painter, curve, frame, kind.plain)
