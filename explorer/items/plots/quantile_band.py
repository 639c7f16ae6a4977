"""A band between two quantiles of many runs, with their median, beneath the curve of one of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from explorer.items.plots.norms import Frame
from explorer.style.theme import Theme

FILL, EDGE = 0.16, 0.4  # how opaque the band is, and the lines at its edges
ALONE = 4.0  # px: half the width of a band that has one column only


@dataclass(frozen=True, eq=False)
class QuantileBand:
    """log₁₀ of the quantiles at t = 1 … n, (n,) each; −∞ where a quantile is 0, NaN in a column that has none."""

    low: NDArray
    median: NDArray
    high: NDArray
    label: str

    def stretches(self) -> list[tuple[int, int]]:
        """Where there is a band: the first column from 0, and the one after the last, of each stretch of columns."""
        there = ~np.isnan(self.low) & ~np.isnan(self.high)
        ends = np.flatnonzero(np.diff(np.concatenate(([False], there, [False]))))
        return [(int(a), int(b)) for a, b in zip(ends[::2], ends[1::2], strict=True)]


def beneath(picture: QPixmap, band: QuantileBand, frame: Frame, theme: Theme) -> QPixmap:
    """The picture with the band under it, of the same size."""
    made = QPixmap(picture.size())
    made.setDevicePixelRatio(picture.devicePixelRatio())
    made.fill(QColor(0, 0, 0, 0))
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.setClipRect(frame.rect)
        draw_quantiles(painter, band, frame, theme)
        painter.restore()
        painter.drawPixmap(0, 0, picture)
    return made


def draw_quantiles(painter: QPainter, band: QuantileBand, frame: Frame, theme: Theme) -> None:
    """The band, its edges and the median."""
    fill, edge = QColor(theme.backward), QColor(theme.backward)
    fill.setAlphaF(FILL)
    edge.setAlphaF(EDGE)
    for begin, end in band.stretches():
        low, middle, high = (_points(logs, begin, end, frame) for logs in (band.low, band.median, band.high))
        painter.setPen(QPen(QColor(0, 0, 0, 0)))
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([*high, *reversed(low)]))
        painter.setPen(QPen(edge, theme.hairline))
        for line in (low, high):
            _draw_line(painter, line)
        painter.setPen(QPen(QColor(theme.backward_text), theme.hairline * 1.4))
        _draw_line(painter, middle)


def _points(logs: NDArray, begin: int, end: int, frame: Frame) -> list[QPointF]:
    """Its points in px; what is 0 lies at the lower edge. One column alone is a short line."""
    found = [QPointF(float(frame.x(t + 1.0)), frame.mark_y(float(logs[t]))) for t in range(begin, end)]
    if len(found) == 1:
        return [found[0] - QPointF(ALONE, 0), found[0] + QPointF(ALONE, 0)]
    return found


def _draw_line(painter: QPainter, points: list[QPointF]) -> None:
    """Piece by piece: one long antialiased path takes many times as long."""
    for first, second in pairwise(points):
        painter.drawLine(first, second)
