"""The words of a cell's interior: symbols above the boxes, functions beside the edges that they are on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.interior.diagram import FUNCTIONS, Node
from explorer.items.cell.layout import CellLayout
from explorer.items.cell.routes import Net
from explorer.items.cell.scene import CellStep
from explorer.style.fonts import sized
from explorer.style.theme import Theme

TIP = 0.46  # half the angle of an arrow head


def tip_size(width: float) -> float:
    """px that an arrow head is long, on an edge that is `width` px wide."""
    return 5.0 + width * 1.3


def clearance(widest: float) -> float:
    """px that words keep from the middle of an edge, so that neither it at its widest nor its arrow runs over them."""
    return max(widest / 2, tip_size(widest) * math.sin(TIP)) + 2.5


class Caption(NamedTuple):
    """Words and where they stand."""

    text: str
    place: QRectF
    font: QFont
    colour: str
    flags: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    role: bool = False  # it says what a node is


class CellCaptions:
    """Writes beside what is drawn with one layout, where no edge runs, however wide (`widest` px) it may become."""

    def __init__(
        self, layout: CellLayout, nets: tuple[Net, ...], step: CellStep, theme: Theme, font: QFont, widest: float
    ) -> None:
        self.layout, self.nets, self.step, self.theme = layout, nets, step, theme
        self.small = sized(font, min(theme.small_px, layout.line * 0.9))
        self.symbol_font = sized(font, min(theme.font_px, layout.line))
        self.symbol_font.setItalic(True)
        self._smaller = sized(self.symbol_font, self.small.pixelSize())
        self._half, self._clear = widest / 2, clearance(widest)

    def draw(self, painter: QPainter) -> None:
        """All of them."""
        for each in self.places():
            painter.setFont(each.font)
            painter.setPen(QColor(each.colour))
            painter.drawText(each.place, each.flags | Qt.AlignmentFlag.AlignVCenter, each.text)

    def places(self) -> list[Caption]:
        """Every caption, for all nodes with a box. What they are stands on all that have a title, or on none."""
        nodes = [node for node in self.layout.interior.nodes if node.name in self.layout.boxes]
        found = [each for node in nodes for each in self._captions(node)]
        titled = [node for node in nodes if self.step.title(node)]
        if sum(each.role for each in found) == len(titled) or self.step.copied:
            return found
        return [each for each in found if not each.role]

    def _captions(self, node: Node) -> Iterator[Caption]:
        """The symbol above the box, left of what rises from it; the function on the way to it; its title where there
        is room."""
        box, line, clear = self.layout.boxes[node.name], self.layout.line, self._clear
        room = self.layout.column * 0.96
        left = box.center().x() - room / 2
        top = box.top() - line - 1
        text, font = self.step.symbols[node.name], self.symbol_font
        wires = self._crossing(node.name)
        width = QFontMetricsF(font).horizontalAdvance(text)
        if width > box.width() * 0.6 and wires:
            font = self._smaller
            width = QFontMetricsF(font).horizontalAdvance(text)
        own = QRectF(box.left(), top, width + 1, line)
        if wires:
            own.moveLeft(min(box.left(), min(wires) - clear - width))
            right = own.translated(max(wires) + clear - own.left(), 0)
            if self._covered(own) and not self._covered(right):
                own = right
        yield Caption(text, own, font, self.theme.ink)
        beside = QRectF(own.left() + width + 8, top, left + room - own.left() - width - 8, line)
        if wires:
            beside.setLeft(max(beside.left(), max(wires) + clear))
        said = self.step.title(node)
        wide = QFontMetricsF(self.small).horizontalAdvance(said)
        title = QRectF(beside.left(), top, wide, line)
        if said and wide <= beside.width() and not self._covered(title):
            yield Caption(said, title, self.small, self.theme.muted, role=True)
        yield from self._function(node)

    def _crossing(self, name: str) -> list[float]:
        """px (x) of the edges that come or go through the line above a box."""
        box = self.layout.boxes[name]
        above = QRectF(box.left(), box.top() - 4, box.width(), 3)
        pieces = (QRectF(each.start, each.end).normalized() for net in self.nets for each in net.segments)
        return [piece.center().x() for piece in pieces if piece.adjusted(-1, -1, 1, 1).intersects(above)]

    def _covered(self, place: QRectF) -> bool:
        """Whether a node or an edge lies under some words."""
        pieces = (QRectF(each.start, each.end).normalized() for net in self.nets for each in net.segments)
        shapes = (*self.layout.boxes.values(), *self.layout.signs.values())
        near, half = place.adjusted(0, 3, 0, -3), self._half
        return any(each.adjusted(-half, -half, half, half).intersects(near) for each in pieces) or any(
            each.intersects(near) for each in shapes
        )

    def _function(self, node: Node) -> Iterator[Caption]:
        """σ, tanh … beside the edge that an activation comes by."""
        operation = node.operation
        if operation is None or len(operation.inputs) != 1 or operation.kind == "linear":
            return
        text = FUNCTIONS.get(operation.kind, operation.kind)
        if text in self.step.symbols[node.name]:  # its symbol says so
            return
        net = next(net for net in self.nets if net.source == operation.inputs[0])
        end = next(route.points[-1] for route in net.routes if route.key == (node.name, operation.inputs[0]))
        box, line, clear = self.layout.boxes[node.name], self.layout.line, self._clear
        width, flags = QFontMetricsF(self.small).horizontalAdvance(text) + 1, Qt.AlignmentFlag.AlignLeft
        if abs(end.y() - box.bottom()) < 1:
            place = QRectF(end.x() + clear, box.bottom() + 1, width, line)
        elif abs(end.y() - box.top()) < 1:
            place = QRectF(end.x() + clear, box.top() - line - 1, width, line)
        else:
            gap = self.layout.column - self.layout.box_width
            place = QRectF(end.x() - gap / 2 - width / 2, end.y() - line - clear, width, line)
            flags = Qt.AlignmentFlag.AlignCenter
        yield Caption(text, place, self.small, self.theme.muted, flags)
