"""Pictures that are painted once and then only copied."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap


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
