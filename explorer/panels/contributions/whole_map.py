"""The whole map, a row for each t, the last at the top: painted once, and shown as far as the forward pass has come."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from core.analysis.contributions import Contributions
from explorer.items.pixmaps import painted
from explorer.items.plots.triangle import Triangle, draw_triangle, triangle_colours
from explorer.panels.contributions.layout import Frame, outline
from explorer.panels.contributions.scene import Now, rows_done


class WholeMap:
    """`place`: where it lies; None until it has been painted."""

    def __init__(self) -> None:
        self.renders = 0  # how often it was painted anew; tests count it
        self._picture: tuple[QPixmap, Triangle] | None = None

    @property
    def place(self) -> Triangle | None:
        return self._picture[1] if self._picture is not None else None

    def forget(self) -> None:
        """What it shows, or its room, is another."""
        self._picture = None

    def paint(self, painter: QPainter, frame: Frame, found: Contributions, now: Now, ratio: float) -> Triangle:
        """`ratio`: device pixels to a px."""
        if self._picture is None or self._picture[0].devicePixelRatio() != ratio or self._picture[1].rect != frame.plot:
            self._picture = self._render(frame, found, ratio)
        picture, place = self._picture
        painter.drawPixmap(0, 0, picture, 0, 0, round(place.rect.left() * picture.devicePixelRatio()), -1)
        shown = rows_done(found, now)
        if shown:
            painter.save()
            painter.setClipRect(QRectF(place.rect.left(), place.y(shown - 1), place.rect.width(), shown * place.row))
            painter.drawPixmap(0, 0, picture)
            painter.restore()
        if now.backward:
            row, theme = place.span(place.index_of(now.live)).adjusted(-1, -1, 1, 1), frame.theme
            outline(painter, row.adjusted(-1, -1, 1, 1), theme.panel, 2.0)  # the map has the outline's hues
            outline(painter, row, theme.backward_text, theme.outline)
        return place

    def _render(self, frame: Frame, found: Contributions, ratio: float) -> tuple[QPixmap, Triangle]:
        place = frame.triangle(found.rows, frame.plot)
        colours = triangle_colours(found.rows, found.decades, frame.theme, frame.before)

        def draw(painter: QPainter) -> None:
            draw_triangle(painter, place, colours, found.decades, frame.theme)
            frame.draw_axis(painter, place)

        self.renders += 1
        return painted(frame.size, ratio, draw), place
