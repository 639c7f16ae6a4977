"""A long line in pieces is the same picture as in one."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from explorer.items.polyline import AT_ONCE, draw_polyline

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)


def picture(draw, points: list[QPointF], style: Qt.PenStyle, width: float) -> np.ndarray:
    """How dark each pixel is, 0 to 255."""
    image = QImage(320, 120, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("black"), width, style, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.BevelJoin))
    draw(painter, points)
    painter.end()
    rows = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.bytesPerLine())
    return 255 - rows[:, : image.width()].astype(int)


def line(count: int, noise: float) -> list[QPointF]:
    x = np.linspace(5.0, 315.0, count)
    y = 60.0 + 30.0 * np.sin(x / 40.0) + noise * np.random.default_rng(0).standard_normal(count)
    return [QPointF(*each) for each in zip(x.tolist(), y.tolist(), strict=True)]


def in_one(painter: QPainter, points: list[QPointF]) -> None:
    painter.drawPolyline(QPolygonF(points))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("count", [2, AT_ONCE, AT_ONCE + 1, AT_ONCE + 2, 5 * AT_ONCE + 3, 300])
@pytest.mark.parametrize("noise", [0.0, 12.0])
def test_it_is_the_picture_of_the_line_in_one(qapp, count, style, noise):
    points = line(count, noise)
    for width in (1.0, 2.2):
        whole, pieces = (picture(draw, points, style, width) for draw in (in_one, draw_polyline))
        apart = np.abs(whole - pieces)
        assert whole.max() > 128 and apart.sum() < 0.02 * whole.sum()
        assert not (apart > 128).any()


def test_no_piece_has_many_segments_and_all_are_there(qapp):
    drawn = []

    class Recording(QPainter):
        def drawPolyline(self, polygon) -> None:
            drawn.append([point.toTuple() for point in polygon])

    points = line(100, 5.0)
    image = QImage(320, 120, QImage.Format.Format_Grayscale8)
    painter = Recording(image)
    painter.setPen(QPen(QColor("black"), 2.0))
    draw_polyline(painter, points)
    painter.end()
    assert max(map(len, drawn)) <= AT_ONCE + 2
    joined = drawn[0][:2]
    for before, piece in zip([[], *drawn], drawn, strict=False):
        assert not before or before[-2:] == piece[:2]
        joined += piece[2:]
    assert joined == [point.toTuple() for point in points]
