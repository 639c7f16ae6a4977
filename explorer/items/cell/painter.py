"""Draws a cell's interior: the ground that holds for a whole step, and on it what the passes have done so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap, QPolygonF

from core.interior.diagram import SIGNS
from explorer.items.cell.captions import TIP, CellCaptions, tip_size
from explorer.items.cell.layout import CellLayout
from explorer.items.cell.routes import Key, Net, Segment
from explorer.items.cell.scene import Array, CellStep, Progress
from explorer.items.cell.strips import draw_levels, draw_numbers, draw_strip
from explorer.items.cell.tags import height
from explorer.items.signs import draw_signs, gradient_signs, value_signs
from explorer.style.decades import LOW
from explorer.style.fonts import sized, tabular
from explorer.style.numbers import power
from explorer.style.theme import Theme

STUB_GAP = 4.0
FADED = 0.22  # of what a copied step does not use
FLAT = Qt.PenCapStyle.FlatCap
WIDEST_NORM, LONE_NORM = "9.9·10⁻⁹⁹", "9·10⁻⁹⁹"
ZERO_LINE = Qt.PenStyle.DashLine  # of an edge whose gradient is exactly 0


@dataclass(frozen=True)
class Drawn:
    """A diagram's geometry: where nodes, edges and the addends on them lie."""

    layout: CellLayout
    nets: tuple[Net, ...]
    tags: dict[Key, QRectF]


class CellPainter:
    """Draws one step with one layout and theme."""

    def __init__(self, drawn: Drawn, step: CellStep, theme: Theme, font: QFont) -> None:
        self.layout, self.nets, self.step, self.theme = drawn.layout, drawn.nets, step, theme
        self.drawn, self.tags = drawn, drawn.tags
        layout = drawn.layout
        self._widest = max(2.0, min(theme.edge_max, layout.lane * 0.13))
        self.captions = CellCaptions(layout, drawn.nets, step, theme, font, self._widest)
        self.small, self._norm_font = self.captions.small, norm_font(font, theme, self.layout.lone)
        self._boxes: dict[tuple[str, bool, bool], QPixmap] = {}
        self._ends = [{_rounded(route.points[-1]) for route in net.routes} for net in self.nets]
        self._forward, self._backward = QColor(theme.forward), QColor(theme.backward)

    # --- what holds for the whole step ---
    def ground(self, painter: QPainter) -> None:
        """The frame, the edges that nothing has passed yet, boxes without numbers, and every word."""
        theme, layout = self.theme, self.layout
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = QColor(theme.trough)
        tint.setAlpha(80)
        painter.setBrush(tint)
        painter.setPen(QPen(QColor(theme.line), theme.outline))
        painter.drawRoundedRect(layout.frame, 16, 16)
        for net in self.nets:
            painter.setPen(QPen(QColor(theme.line), theme.edge))
            for segment in net.segments:
                painter.drawLine(segment.start, segment.end)
        for place, inflow in zip(self._stubs(), self.step.inflows, strict=True):
            dashed = Qt.PenStyle.DashLine if inflow.cut else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(theme.fail if inflow.cut else theme.line), theme.edge, dashed))
            painter.drawLine(*place)
        for name in layout.boxes:
            self._box(painter, name)
        for name in layout.signs:
            self._sign(painter, name, theme.muted)
        self.captions.draw(painter)
        painter.setFont(self.small)
        painter.setPen(QColor(self.theme.muted))
        for box, inflow in zip(self.origins(), self.step.inflows, strict=True):
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, inflow.label)

    def origins(self) -> list[QRectF]:
        """Where the names of the ways in from outside stand."""
        line, width = self.layout.line, self.layout.stub_text + 2
        return [QRectF(end.x() + 6, end.y() - line / 2, width, line) for _, end in self._stubs()]

    def _box(self, painter: QPainter, name: str) -> None:
        theme = self.theme
        painter.setPen(QPen(QColor(theme.node_outline), theme.outline))
        painter.setBrush(QColor(theme.node))
        if not self.layout.interior.by_name[name].recorded and not self.layout.interior.by_name[name].outside:
            painter.setPen(QPen(QColor(theme.node_outline), theme.outline, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.layout.boxes[name], 6, 6)
        for strip in self.layout.strips(name):
            painter.fillRect(strip, QColor(theme.empty_strip))

    def _sign(self, painter: QPainter, name: str, ink: str) -> None:
        place, theme = self.layout.signs[name], self.theme
        operation = self.layout.interior.by_name[name].operation
        assert operation is not None
        painter.setPen(QPen(QColor(ink), theme.outline))
        painter.setBrush(QColor(theme.node))
        painter.drawRoundedRect(place, place.height() / 2, place.height() / 2)
        painter.setPen(QColor(theme.ink))
        self._operator(painter, place, operation.kind)

    def _operator(self, painter: QPainter, place: QRectF, kind: str) -> None:
        """⊙ or +, drawn, so that it is in the middle whatever the typeface; 1 − in letters."""
        centre, arm = place.center(), place.width() * 0.24
        painter.setPen(QPen(QColor(self.theme.ink), max(1.3, self.theme.outline)))
        if kind == "complement":
            text = SIGNS[kind]
            size = min(self.small.pixelSize(), place.height() * 0.6)
            wide = QFontMetricsF(sized(self.small, size)).horizontalAdvance(text)
            painter.setFont(sized(self.small, size * min(1.0, place.width() * 0.86 / wide)))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            return
        if kind == "add":
            painter.drawLine(QPointF(centre.x() - arm, centre.y()), QPointF(centre.x() + arm, centre.y()))
            painter.drawLine(QPointF(centre.x(), centre.y() - arm), QPointF(centre.x(), centre.y() + arm))
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, arm, arm)
        painter.setBrush(QColor(self.theme.ink))
        painter.drawEllipse(centre, 1.2, 1.2)

    # --- what has been done ---
    def done(self, painter: QPainter, progress: Progress) -> None:
        """Values, and the edges they went along; addends, and the gradients that they make."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for net in () if self.step.copied else self.nets:
            self._net(painter, net, progress)
        self._inflows(painter, progress)
        for key, place in self.tags.items():
            if self._went_back(key, progress) and not self.step.copied:
                self._tag(painter, place, self.step.addends[key], *self.step.addend_ink(key))
        kept = self.step.kept
        for name, box in self.layout.boxes.items():
            if name in progress.forward or name in progress.gradients:
                inside = self._inside(painter, name, name in progress.forward, name in progress.gradients)
                painter.setOpacity(1.0 if name in kept else FADED)
                painter.drawPixmap(box.topLeft(), inside)
                painter.setOpacity(1.0)
        for name in self.layout.signs:
            self._sign(painter, name, self._ink_of(name, progress))
        if progress.live and not self.step.copied:
            self.mark(painter, progress.live, self._backward if progress.backward else self._forward, 2.6)

    def _ink_of(self, name: str, progress: Progress) -> str:
        theme = self.theme
        if self.step.copied:
            return theme.muted
        return theme.backward if name in progress.passed else theme.forward if name in progress.forward else theme.muted

    def _net(self, painter: QPainter, net: Net, progress: Progress) -> None:
        theme = self.theme
        if net.source not in progress.forward:
            return
        reached = progress.forward
        widths = []
        for segment in net.segments:
            place = 0.0
            gone = [key for key in segment.keys if self._went_back(key, progress)]
            if gone:
                place, colour = self.step.carried(gone)
                width, style = self._thickness(place), ZERO_LINE if place < 0 else Qt.PenStyle.SolidLine
            elif any(key[0] in reached for key in segment.keys):
                colour, width, style = self._forward, theme.edge, Qt.PenStyle.SolidLine
            else:
                continue
            painter.setPen(QPen(colour, width, style, FLAT if place < 0 else Qt.PenCapStyle.SquareCap))
            painter.drawLine(*self._shortened(net, segment, width, bool(gone)))
            widths.append((segment, colour, width, bool(gone)))
        self._joints(painter, net, widths)
        self._tips(painter, net, widths)

    def _thickness(self, place: float) -> float:
        """px of a gradient at a place over the decades."""
        return self.theme.edge + (self._widest - self.theme.edge) * max(place, 0.0)

    def _shortened(self, net: Net, segment: Segment, width: float, back: bool) -> tuple[QPointF, QPointF]:
        """The piece without the half width that its cap adds at a node, and less where an arrow head stands."""
        length = max((segment.end - segment.start).manhattanLength(), 1e-6)
        way = (segment.end - segment.start) / length
        head = width / 2 + tip_size(width) * 0.5
        first, last = _rounded(segment.start) in self._starts(net), _rounded(segment.end) in self._ends_of(net)
        before = (head if back else width / 2) if first else 0.0
        after = (width / 2 if back else head) if last else 0.0
        if before + after >= length:
            return segment.start, segment.end
        return segment.start + way * before, segment.end - way * after

    @staticmethod
    def _starts(net: Net) -> set[tuple[int, int]]:
        return {_rounded(route.points[0]) for route in net.routes}

    def _ends_of(self, net: Net) -> set[tuple[int, int]]:
        return self._ends[self.nets.index(net)]

    def _went_back(self, key: tuple[str, str], progress: Progress) -> bool:
        if key[0] == key[1]:
            return key[0] in progress.gradients
        return key[0] in progress.passed and key in self.step.addends

    def _joints(self, painter: QPainter, net: Net, widths: list) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for joint in net.joints:
            touching = [(w, c) for s, c, w, _ in widths if _at(s.start, joint) or _at(s.end, joint)]
            if len(touching) > 2:
                width, colour = max(touching, key=lambda each: each[0])
                painter.setBrush(colour)
                painter.drawEllipse(joint, width / 2 + 1.6, width / 2 + 1.6)

    def _tips(self, painter: QPainter, net: Net, widths: list) -> None:
        """Arrow heads: at the readers while values go, at the source once a gradient has come back."""
        ends, starts = self._ends_of(net), self._starts(net)
        for segment, colour, width, back in widths:
            if back and _rounded(segment.start) in starts:
                self._tip(painter, segment.start, segment.end, colour, width)
            elif not back and _rounded(segment.end) in ends:
                self._tip(painter, segment.end, segment.start, colour, width)

    @staticmethod
    def _tip(painter: QPainter, tip: QPointF, tail: QPointF, colour: QColor, width: float) -> None:
        angle = math.atan2(tip.y() - tail.y(), tip.x() - tail.x())
        size = tip_size(width)
        wings = [
            QPointF(tip.x() - size * math.cos(angle + turn), tip.y() - size * math.sin(angle + turn))
            for turn in (-TIP, TIP)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([tip, *wings]))

    def _stubs(self) -> list[tuple[QPointF, QPointF]]:
        """A line to the right of what is passed on, one for each origin of a gradient; its name stands at the end."""
        found = []
        right = self.layout.boxes["s"].right() + self.layout.stubs - self.layout.stub_text - 8
        for inflow in self.step.inflows:
            box = self.layout.boxes[inflow.name]
            own = [each for each in self.step.inflows if each.name == inflow.name]
            gap = max(self.layout.line * 1.1, height(self.layout) + 5, (box.height() - 8) / max(len(own), 1))
            y = box.center().y() + (own.index(inflow) - (len(own) - 1) / 2) * gap
            found.append((QPointF(box.right() + STUB_GAP, y), QPointF(right, y)))
        return found

    def inflow_under(self, place: QPointF) -> int | None:
        """The way in from outside that is under a point, by its number."""
        half = self.layout.line / 2
        for k, (start, end) in enumerate(self._stubs()):
            if QRectF(start.x(), start.y() - half, end.x() - start.x() + self.layout.stub_text + 10, 2 * half).contains(
                place
            ):
                return k
        return None

    def edges_under(self, place: QPointF, progress: Progress) -> frozenset[Key]:
        """The edges with a gradient that share the line under a point."""
        for net in self.nets:
            for segment in net.segments:
                if QRectF(segment.start, segment.end).normalized().adjusted(-5, -5, 5, 5).contains(place):
                    gone = frozenset(key for key in segment.keys if self._went_back(key, progress) and key[0] != key[1])
                    if gone:
                        return gone
        return frozenset(key for key, box in self.tags.items() if box.contains(place) and key[0] in progress.passed)

    def _inflows(self, painter: QPainter, progress: Progress) -> None:
        for place, ((start, end), inflow) in enumerate(zip(self._stubs(), self.step.inflows, strict=True)):
            if inflow.cut or inflow.name not in progress.forward:
                continue
            if not progress.arrived:
                painter.setPen(QPen(self._forward, self.theme.edge))
                painter.drawLine(start, end)
                self._tip(painter, end, start, self._forward, self.theme.edge)
                continue
            size, colour = self.step.carried_in(place)
            width = self._thickness(size)
            painter.setPen(QPen(colour, width, ZERO_LINE if size < 0 else Qt.PenStyle.SolidLine, FLAT))
            painter.drawLine(QPointF(start.x() + 6, start.y()), end)
            self._tip(painter, start, end, colour, width)
            wide = min(self.layout.box_width * 0.6, end.x() - start.x() - 14)
            if wide >= 16 and inflow.name in self.step.several:
                high = height(self.layout)
                strip = QRectF(end.x() - wide - 1, start.y() - high / 2, wide, high)
                self._tag(painter, strip, inflow.vector, *self.step.inflow_ink(place))

    def _tag(self, painter: QPainter, place: QRectF, vector: Array, colours: Array, picture: QImage) -> None:
        """An addend as a small strip with its signs, or its digits where it is one number; none where it is 0."""
        if not vector.any():
            return
        theme = self.theme
        painter.setPen(QPen(QColor(theme.backward), 1.0))
        painter.setBrush(QColor(theme.node))
        painter.drawRect(place.adjusted(-1.5, -1.5, 1.5, 1.5))
        draw_strip(painter, place, picture, theme.node)
        if not self._numbers(painter, place, vector, colours):
            self._signs(painter, place, vector, colours)

    def _inside(self, painter: QPainter, name: str, forward: bool, gradient: bool) -> QPixmap:
        """A box's strips, painted once for each state that it comes to within the step."""
        state = name, forward, gradient
        if state not in self._boxes:
            ratio = painter.device().devicePixelRatio() * painter.worldTransform().m11()  # a picture may be enlarged
            box = self.layout.boxes[name]
            picture = QPixmap(math.ceil(box.width() * ratio), math.ceil(box.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            with QPainter(picture) as inner:
                inner.setRenderHint(QPainter.RenderHint.Antialiasing)
                inner.translate(-box.topLeft())
                self._strips(inner, name, forward, gradient)
            self._boxes[state] = picture
        return self._boxes[state]

    def _strips(self, painter: QPainter, name: str, forward: bool, gradient: bool) -> None:
        upper, lower = self.layout.strips(name)
        theme, step = self.theme, self.step
        node = self.layout.interior.by_name[name]
        if forward:
            values, colours = step.values[name], step.value_colours[name]
            if node.form == "gate":
                draw_levels(painter, upper, values, theme)
            else:
                draw_strip(painter, upper, step.value_strips[name], theme.node)
            signs = value_signs(values)
            if not self._numbers(painter, upper, values, colours, node.form == "gate") and signs is not None:
                draw_signs(painter, upper, signs[None], colours[None], theme)
            if not (gradient and self.layout.lone):
                self._norm(painter, self.layout.norm_places(name)[0], step.norm(name), theme.forward_text)
        if gradient:
            self._norm(painter, self.layout.norm_places(name)[1], step.gradient_norm(name), theme.backward_text)
            draw_strip(painter, lower, step.gradient_strips[name], theme.node)
            if not self._numbers(painter, lower, step.gradients[name], step.gradient_colours[name]):
                self._signs(painter, lower, step.gradients[name], step.gradient_colours[name])

    def _numbers(self, painter: QPainter, strip: QRectF, vector: Array, colours: Array, level: bool = False) -> bool:
        return draw_numbers(painter, strip, vector, colours, self.small, level, self.theme.digit_px)

    def _norm(self, painter: QPainter, place: QRectF, size: float, ink: str) -> None:
        """‖·‖ beside its strip, where all boxes have room for it."""
        if not self.layout.norm_room:
            return
        painter.setFont(self._norm_font)
        painter.setPen(QColor(ink))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        text = norm_text(size, place.width(), QFontMetricsF(self._norm_font))
        painter.drawText(place.adjusted(-3, -4, 0, 4), flags, text)

    def _signs(self, painter: QPainter, strip: QRectF, vector: Array, colours: Array) -> None:
        draw_signs(painter, strip, gradient_signs(vector, 10.0**LOW)[None], colours[None], self.theme)

    def mark(self, painter: QPainter, name: str, colour: QColor, width: float) -> None:
        """An outline around a node: active, selected or focused."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width))
        for shapes in (self.layout.signs, self.layout.boxes):
            if name in shapes:
                place = shapes[name].adjusted(-2.5, -2.5, 2.5, 2.5)
                radius = 8.0 if shapes is self.layout.boxes else place.height() / 2
                painter.drawRoundedRect(place, radius, radius)


def norm_font(font: QFont, theme: Theme, lone: bool = False) -> QFont:
    """In which a norm stands beside its strip, or alone beside both of a box."""
    return sized(tabular(font), theme.digit_px if lone else max(theme.small_px - 1, theme.digit_px))


def norm_text(size: float, room: float, metrics: QFontMetricsF) -> str:
    """A norm with two digits, or with one where it is so small that its power is long; "" where neither is whole."""
    return next((text for text in (power(size, 2), power(size, 1)) if metrics.horizontalAdvance(text) <= room + 2), "")


def _rounded(point: QPointF) -> tuple[int, int]:
    return round(point.x()), round(point.y())


def _at(a: QPointF, b: QPointF) -> bool:
    return _rounded(a) == _rounded(b)
