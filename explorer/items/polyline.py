"""Lines of many points that go up and down, as those of a training do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

AT_ONCE = 16  # segments


def draw_polyline(painter: QPainter, points: Sequence[QPointF]) -> None:
    """`QPainter.drawPolyline` with the painter's pen, a few segments at a time.

    The outline of a wide line is filled as one shape, in a time that grows with the square of how often it crosses
    itself: of a noisy curve 600 px long 70 ms, and 6 ms in pieces. Each piece ends with the first segment of the next
    one, so that the corners are those of one line; dashes go on from piece to piece.
    """
    pen = QPen(painter.pen())
    if pen.widthF() <= 1.0:  # it has no outline
        painter.drawPolyline(QPolygonF(points))
        return
    dashed = pen.style() != Qt.PenStyle.SolidLine
    length = 0.0
    for first in range(0, len(points) - 1, AT_ONCE):
        piece = points[first : first + AT_ONCE + 2]
        if dashed:
            pen.setDashOffset(length / pen.widthF())
            painter.setPen(pen)
            length += sum(math.dist(a.toTuple(), b.toTuple()) for a, b in pairwise(piece[: AT_ONCE + 1]))
        painter.drawPolyline(QPolygonF(piece))
