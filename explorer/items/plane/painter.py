"""How the plane is drawn: what stands still while the playhead moves, and what follows it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.plane.layout import SIGN, PlaneLayout
from explorer.items.plane.model import ARROWS, FIELD, LINES, NEUTRAL, PATH, POINTS, SADDLE, STABLE
from explorer.style.colours import edge_colours, legend
from explorer.style.theme import Theme
from explorer.widgets.painted import SmallType

LONGEST = 0.18  # of the square's side: an arrow at the highest decade
DOT, LIVE = 5.5, 6.0  # px
_HEAD, _TIP = 6.0, 3.0
_TURNS = (-0.45, 0.45)  # of an arrowhead's two strokes, radians
_NARROW = 24  # steps up to which each has a full dot


class PlanePainter:
    """One plane in one place."""

    def __init__(self, layout: PlaneLayout, small: SmallType, theme: Theme) -> None:
        self.layout, self.plane, self.small, self.theme = layout, layout.plane, small, theme
        self.lengths = self.plane.lengths()
        with np.errstate(all="ignore"):
            norms = np.hypot(self.plane.gradients[:, 0], self.plane.gradients[:, 1])
        self.colours = edge_colours(norms, self.plane.high, theme)
        self.spots = [layout.spot(each) if np.isfinite(each).all() else None for each in self.plane.path]
        start = self.plane.start
        self.start = layout.spot(start) if np.isfinite(start).all() else None

    # --- what stands still ---
    def draw_ground(self, painter: QPainter) -> None:
        """Axes, the field, the directions of W, fixed points and the notes."""
        painter.setFont(self.small.plain)
        self._draw_axes(painter)
        painter.save()
        painter.setClipRect(self.layout.square.adjusted(-1, -1, 1, 1))
        self._draw_rays(painter)
        self._draw_field(painter)
        for dot in self.plane.dots:
            draw_dot(painter, self.layout.spot(dot.place), dot.kind, self.theme)
        painter.restore()
        self._label_rays(painter)
        for note, room in self.layout.notes:
            self._draw_sign(painter, note.sign, room)
            painter.setPen(QColor(self.theme.ink if note.sign in POINTS else self.theme.muted))
            painter.setFont(self.small.plain)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, note.text)

    @property
    def tick(self) -> float:
        """The distance of two grid lines: 1, 2 or 5 times a power of ten, four to ten of them in sight."""
        raw = 2 * self.plane.half / 5
        power = 10.0 ** math.floor(math.log10(raw))
        return power * next(each for each in (1, 2, 5, 10) if raw <= each * power * (1 + 1e-9))

    def _draw_axes(self, painter: QPainter) -> None:
        theme, square, plane = self.theme, self.layout.square, self.plane
        painter.fillRect(square, QColor(theme.panel))
        step = self.tick
        metrics = self.small.metrics
        for axis in (0, 1):
            low, high = plane.middle[axis] - plane.half, plane.middle[axis] + plane.half
            taken = -1e9
            for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
                value = k * step
                at = self.layout.spot((value, plane.middle[1]) if axis == 0 else (plane.middle[0], value))
                painter.setPen(QPen(QColor(theme.node_outline if k == 0 else theme.grid), theme.hairline))
                text = f"{value:.6g}".replace("-", "−")
                if axis == 0:
                    x = round(at.x() - 0.5) + 0.5
                    painter.drawLine(QPointF(x, square.top()), QPointF(x, square.bottom()))
                    left = x - metrics.horizontalAdvance(text) / 2
                    if left > taken + 6:
                        painter.setPen(QColor(theme.muted))
                        painter.drawText(QPointF(left, square.bottom() + 2 + metrics.ascent()), text)
                        taken = left + metrics.horizontalAdvance(text)
                else:
                    y = round(at.y() - 0.5) + 0.5
                    painter.drawLine(QPointF(square.left(), y), QPointF(square.right(), y))
                    painter.setPen(QColor(theme.muted))
                    box = QRectF(self.layout.room.left(), y - metrics.height() / 2, 0, metrics.height())
                    box.setRight(square.left() - 5)
                    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square)
        painter.setPen(QColor(theme.forward_text))
        painter.setFont(self.small.bold)
        below = QRectF(square.left(), square.bottom() + 2 + metrics.height(), square.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, plane.axes[0])
        painter.drawText(QPointF(square.left() + 5, square.top() + metrics.ascent() + 3), plane.axes[1])
        painter.setFont(self.small.plain)

    def _draw_field(self, painter: QPainter) -> None:
        field = self.plane.field
        if field is None:
            return
        painter.setPen(QPen(QColor(self.theme.node_outline), self.theme.hairline))
        tails, tips = self.layout.spots(field.places), self.layout.spots(field.places + field.moves * field.share)
        long = np.hypot(*(tips - tails).T) > 2 * _TIP
        angles = np.arctan2(*(tips - tails)[long].T[::-1])
        strokes = [np.hstack((tails, tips))]
        for turn in _TURNS:
            back = _TIP * np.stack((np.cos(angles + turn), np.sin(angles + turn)), axis=1)
            strokes.append(np.hstack((tips[long], tips[long] - back)))
        painter.drawLines([QLineF(*ends) for ends in np.vstack(strokes).tolist()])

    def _ray(self, vector: tuple[float, float]) -> QLineF:
        reach = 4 * (self.plane.half + max(map(abs, self.plane.middle)))
        ends = ((vector[0] * reach, vector[1] * reach), (-vector[0] * reach, -vector[1] * reach))
        return QLineF(*map(self.layout.spot, ends))

    def _draw_rays(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(self.theme.muted), self.theme.outline, Qt.PenStyle.DashLine))
        for ray in self.plane.rays:
            painter.drawLine(self._ray(ray.vector))

    def _label_rays(self, painter: QPainter) -> None:
        """λ where a line leaves the square, inside it, none on another."""
        square, metrics, boxes = self.layout.square, self.small.metrics, []
        for ray in self.plane.rays:
            line = self._ray(ray.vector)
            wide, high = metrics.horizontalAdvance(ray.label) + 4, metrics.height()
            inner = square.adjusted(wide / 2 + 2, high / 2 + 2, -wide / 2 - 2, -high / 2 - 2)
            for share in (0.92, 0.08, 0.8, 0.2):
                on = _clipped(line, inner)
                if on is None:
                    break
                at = on.pointAt(share)
                box = QRectF(at.x() - wide / 2, at.y() - high / 2, wide, high)
                if not any(box.intersects(other) for other in boxes):
                    boxes.append(box)
                    painter.fillRect(box, QColor(self.theme.panel))
                    painter.setPen(QColor(self.theme.muted))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, ray.label)
                    break

    def _draw_sign(self, painter: QPainter, sign: str, room: QRectF) -> None:
        theme = self.theme
        middle = QPointF(room.left() - SIGN + 9, room.top() + self.small.height / 2)
        across = QLineF(middle - QPointF(8, 0), middle + QPointF(8, 0))
        if sign in POINTS:
            draw_dot(painter, middle, sign, theme)
        elif sign == PATH:
            painter.setPen(QPen(QColor(theme.forward), theme.curve))
            painter.drawLine(across)
            painter.setBrush(QColor(theme.forward))
            painter.drawEllipse(middle, 2.6, 2.6)
        elif sign == FIELD:
            painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
            painter.drawLines([across, *head_lines(across.p1(), across.p2(), _TIP)])
        elif sign == LINES:
            painter.setPen(QPen(QColor(theme.muted), theme.outline, Qt.PenStyle.DashLine))
            painter.drawLine(across)
        elif sign == ARROWS:
            strip = QRectF(middle.x() - 9, middle.y() - 4, 18, 8)
            painter.drawImage(strip, legend("gradient", 18, theme))
            painter.setPen(QPen(QColor(theme.line), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(strip)

    # --- what follows the playhead ---
    def draw_time(self, painter: QPainter, done: int, back: int, live: int | None, backward: bool) -> None:
        """The first `done` steps forward, the last `back` ones backward, of the order of processing; `live` from 0."""
        painter.save()
        painter.setClipRect(self.layout.square.adjusted(-4, -4, 4, 4))
        self._draw_path(painter, done)
        self._draw_arrows(painter, self.plane.steps - back)
        painter.restore()
        if live is not None and (live < done or live == -1):
            self._draw_live(painter, live, backward)

    def _draw_path(self, painter: QPainter, done: int) -> None:
        theme = self.theme
        places = [each for each in (self.start, *self.spots[:done]) if each is not None]
        colour = QColor(theme.forward)
        painter.setPen(QPen(colour, theme.curve))
        painter.drawLines([QLineF(*pair) for pair in pairwise(places)])  # one stroke that crosses itself costs far more
        radius = 3.2 if self.plane.steps <= _NARROW else 2.2
        painter.setPen(QPen(colour, 2 * radius, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(places[1:] if self.start is not None else places)
        if self.start is not None:  # a square: no step has made it
            painter.setBrush(QColor(theme.panel))
            painter.setPen(QPen(colour, theme.outline))
            painter.drawRect(QRectF(self.start.x() - 3, self.start.y() - 3, 6, 6))

    def arrow(self, k: int) -> QLineF | None:
        """The gradient at step k (from 0, in the order of processing); None where there is no arrow to draw."""
        spot, share = self.spots[k], float(self.lengths[k])
        if spot is None or not share:
            return None
        gx, gy = (float(each) for each in self.plane.gradients[k] / np.abs(self.plane.gradients[k]).max())
        long = share * LONGEST * self.layout.square.width() / math.hypot(gx, gy)
        return QLineF(spot, spot + QPointF(gx * long, -gy * long))

    def _draw_arrows(self, painter: QPainter, first: int) -> None:
        theme = self.theme
        painter.setBrush(Qt.BrushStyle.NoBrush)
        thick = 1.6 if self.plane.steps <= _NARROW else 0.5  # px that the longest has beside 1
        for k in range(first, self.plane.steps):
            line, spot = self.arrow(k), self.spots[k]
            if line is not None:
                width = 1.0 + thick * float(self.lengths[k])
                painter.setPen(QPen(QColor.fromRgb(int(self.colours[k])), width))
                head = min(_HEAD, 0.45 * line.length())
                painter.drawLines([line, *head_lines(line.p1(), line.p2(), head)])
            elif spot is not None:
                self._draw_none(painter, k, spot, theme)

    def _draw_none(self, painter: QPainter, k: int, spot: QPointF, theme: Theme) -> None:
        """A ring for exactly 0, a dot in it for what was too small to be kept, a cross for what is no number."""
        painter.setPen(QPen(QColor(theme.muted), theme.outline))
        if not np.isfinite(self.plane.gradients[k]).all():
            painter.drawLines([QLineF(spot + QPointF(-5, -5), spot + QPointF(5, 5)),
                               QLineF(spot + QPointF(-5, 5), spot + QPointF(5, -5))])  # fmt: skip
            return
        painter.drawEllipse(spot, 6.0, 6.0)
        if self.plane.underflow[k]:
            painter.drawEllipse(spot, 1.0, 1.0)

    def _draw_live(self, painter: QPainter, live: int, backward: bool) -> None:
        theme, spot = self.theme, self.start if live < 0 else self.spots[live]
        if spot is None or not self.layout.square.adjusted(-2, -2, 2, 2).contains(spot):
            return
        fill = QColor(theme.backward if backward else theme.forward)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(theme.panel), 4.0))
        painter.drawEllipse(spot, LIVE, LIVE)
        painter.setPen(QPen(QColor(theme.ink), theme.curve))
        painter.drawEllipse(spot, LIVE, LIVE)
        self.draw_name(painter, live + 1, spot)

    def draw_name(self, painter: QPainter, k: int, spot: QPointF) -> None:
        """The name of the start (0) or of a step, beside it and within the square."""
        text, square, metrics = self.plane.names[k], self.layout.square, self.small.bold_metrics
        wide, high = metrics.horizontalAdvance(text) + 4, metrics.height()
        x = spot.x() + LIVE + 4 if spot.x() + LIVE + 4 + wide <= square.right() else spot.x() - LIVE - 4 - wide
        y = min(max(spot.y() - high - 2, square.top() + 1), square.bottom() - high)
        box = QRectF(x, y, wide, high)
        ground = QColor(self.theme.panel)
        ground.setAlpha(215)
        painter.fillRect(box, ground)
        painter.setFont(self.small.bold)
        painter.setPen(QColor(self.theme.ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def head_lines(tail: QPointF, tip: QPointF, size: float) -> list[QLineF]:
    """Both strokes of an arrow's head."""
    angle = math.atan2(tip.y() - tail.y(), tip.x() - tail.x())
    return [QLineF(tip, tip - QPointF(size * math.cos(angle + turn), size * math.sin(angle + turn))) for turn in _TURNS]


def draw_dot(painter: QPainter, at: QPointF, kind: str, theme: Theme) -> None:
    """A fixed point: full where it is stable, half full a saddle, empty unstable; a bar in it: not decided."""
    painter.setPen(QPen(QColor(theme.ink), theme.outline))
    painter.setBrush(QColor(theme.ink if kind == STABLE else theme.panel))
    painter.drawEllipse(at, DOT, DOT)
    if kind == SADDLE:
        painter.setBrush(QColor(theme.ink))
        painter.drawChord(QRectF(at.x() - DOT, at.y() - DOT, 2 * DOT, 2 * DOT), 90 * 16, 180 * 16)
    elif kind == NEUTRAL:
        painter.drawLine(QPointF(at.x() - DOT, at.y()), QPointF(at.x() + DOT, at.y()))


def _clipped(line: QLineF, box: QRectF) -> QLineF | None:
    """The part of a line in a box; None where there is none."""
    start, along = line.p1(), line.p2() - line.p1()
    low, high = 0.0, 1.0
    for at, by, least, most in ((start.x(), along.x(), box.left(), box.right()),
                                (start.y(), along.y(), box.top(), box.bottom())):  # fmt: skip
        if abs(by) < 1e-12:
            if not least <= at <= most:
                return None
            continue
        first, last = sorted(((least - at) / by, (most - at) / by))
        low, high = max(low, first), min(high, last)
    return QLineF(line.pointAt(low), line.pointAt(high)) if low < high else None
