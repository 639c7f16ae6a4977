"""Pictures that are enlarged as a whole: drawn in px of their own, each of them `zoom` logical px.

Numbers, lines, gaps and nodes grow alike; what is kept as a pixmap is kept in device px, so that it stays sharp.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtWidgets import QWidget


class Zoomed(QWidget):
    """A widget that paints such a picture: `painter.scale(zoom, zoom)` is the first that it does. Subclasses say how
    far it is enlarged."""

    zoom: float = 1.0

    def inner_rect(self) -> QRectF:
        """The widget, in px of the picture."""
        return QRectF(0, 0, self.width() / self.zoom, self.height() / self.zoom)

    def inner_size(self) -> QSize:
        """Whole px of the picture that cover the widget."""
        return QSize(math.ceil(self.width() / self.zoom), math.ceil(self.height() / self.zoom))

    def inner(self, at: QPointF) -> QPointF:
        """A point of the widget, in px of the picture."""
        return QPointF(at.x() / self.zoom, at.y() / self.zoom)

    def outer(self, box: QRect | QRectF) -> QRect:
        """A box of the picture, in logical px of the widget."""
        where, z = QRectF(box), self.zoom
        return QRectF(where.x() * z, where.y() * z, where.width() * z, where.height() * z).toAlignedRect()

    def ratio(self) -> float:
        """Device px of one px of the picture."""
        return self.devicePixelRatioF() * self.zoom
