"""The loss over a plane of parameters as a map with contour lines, and on it the path of a training, its update on the
screen and the next step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.maths.contours import contour
from explorer.items.arrow import draw_arrow
from explorer.items.plots.axes.plain import round_ticks
from explorer.items.plots.readout import Row, draw_readout
from explorer.items.polyline import draw_polyline
from explorer.items.training.hovered import Hovered
from explorer.items.training.loss_levels import level_text, levels, log_limits
from explorer.style.colours import image, legend, level_colours
from explorer.style.numbers import MINUS, count, number
from explorer.style.theme import Theme

MOST_MARKS = 10  # updates that are named along the path
NEAR = 14.0  # px of a press from the path
BAR = 10.0  # px of the scale's width
_UPRIGHT = QTransform().rotate(-90.0)


@dataclass(frozen=True, eq=False)
class Surface:
    """`loss` (N, N) at the places `across` (N,), columns, and `up` (N,), rows, the lowest first; the network on the
    screen is in the middle. `path` (F, 2) are the places of a training's `updates` (F,), of which `shown` is on the
    screen. `step`: what the next update adds, (2,); `unclipped`: what it would without clipping, None where nothing is
    clipped. `titles`: of both directions; `origin`: what the middle is called beside their axes."""

    across: NDArray
    up: NDArray
    loss: NDArray
    path: NDArray
    updates: NDArray
    shown: int
    step: NDArray | None
    unclipped: NDArray | None
    titles: tuple[str, str]
    origin: tuple[float, float] = (0.0, 0.0)


def _ticks(places: NDArray, origin: float, most: int) -> list[tuple[float, str]]:
    """(place, text) of round numbers, counted from the origin."""
    found = round_ticks(float(places[0]) + origin, float(places[-1]) + origin, most)
    return [(value - origin, _short(value)) for value, _ in found]


def _short(value: float) -> str:
    text = "0" if abs(value) < 1e-12 else f"{value:.4g}"
    return number(value, 2) if "e" in text else text.replace("-", MINUS)


class LossMap(Hovered):
    """A press on the path asks for the network of that update."""

    pressed = Signal(int)
    focus_radius = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.surface: Surface | None = None
        self.fault = ""
        self._image: tuple[Theme, QImage] | None = None
        self._lines: list[NDArray] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("The loss around the network on show"))

    def set_surface(self, surface: Surface) -> None:
        """Other numbers."""
        if self.surface is None or surface.loss is not self.surface.loss:
            self._image, self._lines = None, []
        self.surface, self.fault = surface, ""
        self.update()

    def set_fault(self, sentence: str) -> None:
        """Why there is nothing to see."""
        self.surface, self.fault = None, sentence
        self.setAccessibleDescription(sentence)
        self.update()

    # --- geometry ---
    @property
    def place(self) -> QRectF:
        """Where the map lies."""
        inner, kind = self.inner_rect(), self._type
        names = [text for _, text in self._rows(inner.height())]
        left = max([4.0 * kind.width("0"), *map(kind.width, names)]) + 8
        right = 6.0 * kind.width("0") + BAR + 16
        return QRectF(left, kind.height * 1.25, inner.width() - left - right, inner.height() - kind.height * 2.35 - 2)

    def _rows(self, height: float) -> list[tuple[float, str]]:
        """The numbers beside the axis upwards, where the whole picture is so many px high."""
        if self.surface is None:
            return []
        return _ticks(self.surface.up, self.surface.origin[1], max(2, int(height / (1.9 * self._type.height)) - 1))

    def spots(self, places: NDArray) -> NDArray:
        """px (m, 2) of places (m, 2) in the plane."""
        surface, rect = self.surface, self.place
        assert surface is not None
        field = np.array([rect.width(), rect.height()]) / len(surface.across)  # a point is the middle of its field
        first = np.array([surface.across[0], surface.up[0]])
        pitch = np.array([surface.across[1], surface.up[1]]) - first
        steps = (np.asarray(places, dtype=float) - first) / pitch + 0.5
        return np.stack((rect.left() + steps[:, 0] * field[0], rect.bottom() - steps[:, 1] * field[1]), axis=1)

    def field_at(self, spot: QPointF) -> tuple[int, int] | None:
        """Row and column of the point of the grid whose field that is."""
        surface, rect = self.surface, self.place
        if surface is None or not rect.contains(spot):
            return None
        n = len(surface.across)
        column = int((spot.x() - rect.left()) / rect.width() * n)
        row = int((rect.bottom() - spot.y()) / rect.height() * n)
        return min(row, n - 1), min(column, n - 1)

    def update_at(self, spot: QPointF) -> int | None:
        """The update of the path that lies there, None where none does."""
        surface = self.surface
        if surface is None or not len(surface.path):
            return None
        away = np.hypot(*(self.spots(surface.path) - (spot.x(), spot.y())).T)
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(away.argmin())
        return int(surface.updates[nearest]) if away[nearest] <= NEAR else None

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._type.plain)
        surface, rect = self.surface, self.place
        if surface is None:
            painter.setPen(QColor(theme.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.inner_rect().adjusted(8, 0, -8, 0), flags, self.fault)
            return
        if rect.width() < 24 or rect.height() < 24:
            return
        low, high = log_limits(surface.loss)
        self._draw_field(painter, theme, surface, rect, low, high)
        painter.save()
        painter.setClipRect(rect)
        self._draw_path(painter, theme, surface)
        self._draw_steps(painter, theme, surface)
        painter.restore()
        painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)
        self._draw_head(painter, theme, surface, rect)
        self._draw_axes(painter, theme, surface, rect)
        self._draw_scale(painter, theme, surface, rect, low, high)
        self._draw_hover(painter, theme, surface)

    def _draw_field(
        self, painter: QPainter, theme: Theme, surface: Surface, rect: QRectF, low: float, high: float
    ) -> None:
        if self._image is None or self._image[0] is not theme:
            with np.errstate(all="ignore"):
                shares = (np.log10(surface.loss) - low) / (high - low)
            shares = np.where(surface.loss == 0.0, 0.0, shares)
            self._image = theme, image(level_colours(shares[::-1], theme))
        if not self._lines:
            with np.errstate(all="ignore"):
                logs = np.log10(surface.loss)
            self._lines = [contour(logs, math.log10(level)) for level in levels(low, high)]
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(rect, self._image[1])
        ink = QColor(theme.ink)
        ink.setAlpha(110)
        painter.setPen(QPen(ink, theme.hairline))
        field = rect.width() / len(surface.across), rect.height() / len(surface.across)
        for pieces in self._lines:
            x = rect.left() + (pieces[..., 0] + 0.5) * field[0]
            y = rect.bottom() - (pieces[..., 1] + 0.5) * field[1]
            ends = np.stack((x, y), axis=2).reshape(-1, 4).tolist()
            painter.drawLines([QLineF(*each) for each in ends])

    def _draw_path(self, painter: QPainter, theme: Theme, surface: Surface) -> None:
        spots = self.spots(surface.path)
        line = [QPointF(x, y) for x, y in spots.tolist()]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((theme.panel, theme.curve + 2.0), (theme.ink, theme.curve)):
            painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                                Qt.PenJoinStyle.RoundJoin))  # fmt: skip
            draw_polyline(painter, line)
        taken: list[QRectF] = []
        for k in self._marked(surface):
            at, text = QPointF(*spots[k].tolist()), count(int(surface.updates[k]))
            painter.setPen(QPen(QColor(theme.panel), 1.0))
            painter.setBrush(QColor(theme.ink))
            painter.drawEllipse(at, 3.2, 3.2)
            box = QRectF(at.x() + 5, at.y() - self._type.height - 1, self._type.width(text) + 6, self._type.height)
            if box.right() > self.place.right():
                box.moveRight(at.x() - 5)
            if box.top() < self.place.top():
                box.moveTop(at.y() + 3)
            if not any(box.intersects(other) for other in taken):
                taken.append(box)
                paper = QColor(theme.panel)
                paper.setAlpha(205)
                painter.fillRect(box, paper)
                painter.setPen(QColor(theme.ink))
                painter.drawText(QPointF(box.left() + 3, self._type.base(box.top(), box.height())), text)

    def _marked(self, surface: Surface) -> list[int]:
        """The places in the path of round updates, its two ends among them."""
        last = int(surface.updates[-1])
        step = next(s * 10**k for k in range(12) for s in (1, 2, 5) if last <= s * 10**k * MOST_MARKS)
        wanted = [*range(0, last, step), last]
        found = {int(np.abs(surface.updates - update).argmin()) for update in wanted}
        return sorted(found, key=lambda k: (0 < k < len(surface.updates) - 1, k))  # the ends have their names first

    def _draw_steps(self, painter: QPainter, theme: Theme, surface: Surface) -> None:
        """The network on the screen, then the next step, over what it would be without clipping."""
        start = QPointF(*self.spots(np.zeros((1, 2)))[0].tolist())
        painter.setBrush(QColor(theme.panel))
        painter.setPen(QPen(QColor(theme.ink), theme.selected))
        painter.drawEllipse(start, 4.5, 4.5)
        for step, width, colour in (
            (surface.unclipped, theme.curve, theme.ink), (surface.step, 1.7 * theme.curve, theme.backward)
        ):  # fmt: skip
            if step is None or not np.isfinite(step).all():
                continue
            end = QPointF(*self._within(self.spots(step[None])[0], start))
            draw_arrow(painter, start, end, width + 2.0, QColor(theme.panel))
            draw_arrow(painter, start, end, width, QColor(colour))

    def _within(self, end: NDArray, start: QPointF) -> tuple[float, float]:
        """An end far outside is brought to just beyond the edge, in the same direction."""
        along = end - (start.x(), start.y())
        far = 2.0 * (self.place.width() + self.place.height())
        long = float(np.abs(along).max())
        along = along * min(1.0, far / long) if long > 0.0 else along
        return float(start.x() + along[0]), float(start.y() + along[1])

    def _draw_head(self, painter: QPainter, theme: Theme, surface: Surface, rect: QRectF) -> None:
        """The direction upwards, and what is drawn on the map."""
        kind, base = self._type, self._type.metrics.ascent() + 1
        painter.setFont(kind.bold)
        painter.setPen(QColor(theme.ink))
        title = f"↑ {surface.titles[1]}"
        painter.drawText(QPointF(2.0, base), title)
        long = 1.5 * kind.height
        x = 2.0 + kind.bold_width(title) + long
        painter.setFont(kind.plain)
        named = [(self.tr("path"), theme.ink, theme.curve, False)]
        if surface.step is not None:
            word = self.tr("next step") if surface.unclipped is None else self.tr("next step, clipped")
            named.append((word, theme.backward, 1.7 * theme.curve, True))
        if surface.unclipped is not None:
            named.append((self.tr("without clipping"), theme.ink, theme.curve, True))
        for name, colour, width, arrow in named:
            if x + long + 5 + kind.width(name) > self.inner_rect().right():
                break
            y = base - kind.metrics.xHeight() / 2
            if arrow:
                draw_arrow(painter, QPointF(x, y), QPointF(x + long, y), width, QColor(colour))
            else:
                painter.setPen(QPen(QColor(colour), width))
                painter.drawLine(QPointF(x, y), QPointF(x + long, y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + long + 5, base), name)
            x += long + 5 + kind.width(name) + 12

    def _draw_axes(self, painter: QPainter, theme: Theme, surface: Surface, rect: QRectF) -> None:
        kind = self._type
        base = rect.bottom() + kind.metrics.ascent() + 3
        title = f"{surface.titles[0]} →"
        painter.setFont(kind.bold)
        painter.setPen(QColor(theme.ink))
        right = self.inner_rect().right() - kind.bold_width(title) - 2
        painter.drawText(QPointF(right, base), title)
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.muted))
        end = -math.inf
        for value, text in _ticks(surface.across, surface.origin[0], 5):
            x = float(self.spots(np.array([[value, 0.0]]))[0, 0])
            left = x - kind.width(text) / 2
            if left > end and left + kind.width(text) + 8 < right:
                painter.drawLine(QPointF(x, rect.bottom()), QPointF(x, rect.bottom() + 3))
                painter.drawText(QPointF(left, base), text)
                end = left + kind.width(text) + 8
        for value, text in self._rows(self.inner_rect().height()):
            y = float(self.spots(np.array([[0.0, value]]))[0, 1])
            painter.drawLine(QPointF(rect.left() - 3, y), QPointF(rect.left(), y))
            x = rect.left() - 6 - kind.width(text)
            painter.drawText(QPointF(max(x, 0.0), y + kind.metrics.capHeight() / 2), text)

    def _draw_scale(
        self, painter: QPainter, theme: Theme, surface: Surface, rect: QRectF, low: float, high: float
    ) -> None:
        """The colours of the losses from the bottom upwards; the lines beside it are those on the map."""
        kind = self._type
        bar = QRectF(rect.right() + 10, rect.top(), BAR, rect.height())
        painter.drawImage(bar, legend("level", 64, theme).transformed(_UPRIGHT))
        painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
        painter.drawRect(bar)
        finite = surface.loss[np.isfinite(surface.loss)]
        taken = math.inf
        for level in levels(low, high):
            y = bar.bottom() - (math.log10(level) - low) / (high - low) * bar.height()
            painter.setPen(QPen(QColor(theme.ink), theme.hairline))
            painter.drawLine(QPointF(bar.left(), y), QPointF(bar.right() + 2, y))
            if y < taken - kind.height * 0.95 and y > bar.top() + kind.metrics.capHeight() / 2:
                painter.setPen(QColor(theme.muted))
                text = level_text(level)
                painter.drawText(QPointF(bar.right() + 4, y + kind.metrics.capHeight() / 2), text)
                taken = y
        if finite.size and math.log10(max(float(finite.max()), 1e-300)) > high + 1e-9:
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(bar.right() + 4, bar.top() + kind.metrics.capHeight() / 2), self.tr("and more"))

    def _draw_hover(self, painter: QPainter, theme: Theme, surface: Surface) -> None:
        if self._hover is None:
            return
        field, update = self.field_at(self._hover), self.update_at(self._hover)
        if field is None:
            return
        rows: list[Row] = [(self.tr("loss here"), number(float(surface.loss[field])), theme.ink)]
        places = surface.origin[0] + surface.across[field[1]], surface.origin[1] + surface.up[field[0]]
        for title, value in zip(surface.titles, places, strict=True):
            rows.append((title, number(float(value), sign=True), theme.muted))
        heading = "" if update is None else self.tr("update {k}: a click shows it").format(k=count(update))
        draw_readout(painter, self._hover, heading, rows, self._type.plain, self.inner_rect(), theme)

    # --- Qt ---
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        on_path = self._hover is not None and self.update_at(self._hover) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if on_path else Qt.CursorShape.ArrowCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        update = self.update_at(self.inner(event.position()))
        if update is not None and event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(update)

    def sizeHint(self) -> QSize:
        return QSize(260, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 64)
