"""Pictures that are painted once and then only copied."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPixmap


def painted(
    size: QSize, ratio: float, draw: Callable[[QPainter], object], ground: QColor | Qt.GlobalColor | None = None
) -> QPixmap:
    """What `draw` paints on a ground, transparent by default; `size` in logical pixels, `ratio` device pixels each."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent if ground is None else ground)
    with QPainter(picture) as painter:
        draw(painter)
    return picture


class Copied:
    """What is painted again and again though it depends on little: from a picture of it, of which the last `most` are
    kept. Where a copy would not have the same pixels, on a sheet of paper or between two px, it is painted itself."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pictures: dict[Hashable, QImage] = {}
        self.paints = 0  # tests count them

    def draw(self, painter: QPainter, key: Hashable, room: QRectF, draw: Callable[[QPainter], object]) -> None:
        """What `draw` paints, which follows from the `key` and lies within `room`."""
        ratio, where = painter.device().devicePixelRatioF(), painter.transform()
        on_px = all(float(each).is_integer() for each in (ratio, where.dx() * ratio, where.dy() * ratio))
        if painter.paintEngine().type() != QPaintEngine.Type.Raster or where.isScaling() or not on_px:
            draw(painter)
            return
        left, top = math.floor(room.left()), math.floor(room.top())
        key = key, left, top, ratio
        picture = self._pictures.pop(key, None)
        if picture is None:
            size = QSize(math.ceil(room.right()) - left, math.ceil(room.bottom()) - top) * ratio
            picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            with QPainter(picture) as inner:
                inner.setRenderHints(painter.renderHints())
                inner.translate(-left, -top)
                draw(inner)
            self.paints += 1
            while len(self._pictures) >= self._most:
                del self._pictures[next(iter(self._pictures))]
        self._pictures[key] = picture  # the last one asked for stands last
        painter.drawImage(QPointF(left, top), picture)
