"""The gradient's norm at every step and update of a training, as one picture: steps upwards, updates to the right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.items.plots.readout import Row
from explorer.items.training.over_updates import OverUpdates, UpdateAxis
from explorer.style.colours import gradient_colours, image, legend
from explorer.style.decades import LOW, upper
from explorer.style.numbers import number, superscript
from explorer.style.theme import Theme


def columns_over(axis: UpdateAxis, edges: NDArray, ratio: float = 1.0) -> list[tuple[int, float, float]]:
    """(which column, its left and right end in px) of columns between `edges` (n + 1,), ascending: on the borders of
    pixels, of which there are `ratio` in a px, so that none between two columns is left out. A column that is narrower
    than a pixel has one of its own, unless its neighbour has it already."""
    places = np.rint(axis.places(edges) * ratio)
    kept = np.flatnonzero(np.diff(places) > 0)
    return [(int(k), float(places[k] / ratio), float(places[k + 1] / ratio)) for k in kept]


class UpdateMap(OverUpdates):
    """`norms` (n, T) at the updates `at` (n,), ascending; step 1 at the bottom. The colours run over the fixed decades
    of |gradient|, so that what vanishes stays pale."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._at: NDArray = np.zeros(0)
        self._norms: NDArray = np.zeros((0, 0))
        self._image: tuple[Theme, QImage] | None = None

    def set_norms(self, at: NDArray, norms: NDArray) -> None:
        """Other numbers."""
        self._at, self._norms, self._image = np.asarray(at), np.asarray(norms), None
        self.update()

    @property
    def high(self) -> float:
        """The upper decade of the colours."""
        finite = self._norms[np.isfinite(self._norms)]
        return upper(float(finite.max(initial=0.0)))

    def draw(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        painter.fillRect(axis.rect, QColor(theme.empty_strip))
        if not self._norms.size:
            return
        if self._image is None or self._image[0] is not theme:
            self._image = theme, image(gradient_colours(self._norms.T[::-1], LOW, self.high, theme))
        edges = self._edges()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.setClipRect(axis.rect)
        source, steps = self._image[1], self._norms.shape[1]
        evenly = not axis.decades and (len(self._at) < 3 or float(np.ptp(np.diff(self._at))) == 0.0)
        if evenly:
            target = QRectF(QPointF(axis.x(edges[0]), axis.rect.top()), QPointF(axis.x(edges[-1]), axis.rect.bottom()))
            painter.drawImage(target, source)
        else:
            ratio = painter.deviceTransform().m11() or 1.0
            for k, left, right in columns_over(axis, edges, ratio):
                target = QRectF(left, axis.rect.top(), right - left, axis.rect.height())
                painter.drawImage(target, source, QRectF(k, 0, 1, steps))
        painter.setClipping(False)
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        rise = self._type.metrics.capHeight()
        for text, y in ((f"t = {steps}", axis.rect.top() + rise + 1), ("1", axis.rect.bottom() - 1)):
            painter.drawText(QPointF(axis.rect.left() - 6 - self._type.width(text), y), text)
        self._draw_scale(painter, theme, axis)

    def _edges(self) -> NDArray:
        """Where one column ends and the next begins, (n + 1,)."""
        at = self._at.astype(float)
        middles = (at[1:] + at[:-1]) / 2
        half = (middles[0] - at[0]) if len(middles) else 0.5
        tail = (at[-1] - middles[-1]) if len(middles) else 0.5
        return np.concatenate(([at[0] - half], middles, [at[-1] + tail]))

    def _draw_scale(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """The map's ends and their colours, at the right of the heading."""
        low, high = f"10{superscript(int(LOW))}", f"10{superscript(int(self.high))}" if self.high else "1"
        wide, right = 56.0, axis.rect.right()
        base = self._type.metrics.ascent() + 1
        left = right - wide - self._type.width(high) - 5
        if left - self._type.width(low) - 12 < axis.rect.left() + self._type.bold_width(self.title):
            return
        painter.setPen(QColor(theme.muted))
        painter.drawText(QPointF(right - self._type.width(high), base), high)
        painter.drawText(QPointF(left - self._type.width(low) - 5, base), low)
        place = QRectF(left, base - self._type.metrics.capHeight(), wide, self._type.metrics.capHeight())
        painter.drawImage(place, legend("gradient", 64, theme))
        painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)

    def readout(self, update: int) -> list[Row]:
        if not self._norms.size or self._hover is None or self._theme is None:
            return []
        axis = self.axis
        steps = self._norms.shape[1]
        share = (axis.rect.bottom() - self._hover.y()) / max(axis.rect.height(), 1.0)
        if not 0.0 <= share < 1.0:
            return []
        t, k = int(share * steps), int(np.abs(self._at - update).argmin())
        return [(f"t = {t + 1}", number(float(self._norms[k, t])), self._theme.backward_text)]
