"""The words of a cell's interior: symbols above the boxes, functions beside the edges that they are on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.interior import FUNCTIONS, Node
from explorer.items.cell_layout import CellLayout
from explorer.items.cell_routes import Net
from explorer.items.cell_scene import CellStep
from explorer.theme import Theme


def sized(font: QFont, px: float) -> QFont:
    """The same font in another size."""
    result = QFont(font)
    result.setPixelSize(max(7, round(px)))
    return result


class CellCaptions:
    """Writes beside what is drawn with one layout, where no edge runs."""

    def __init__(self, layout: CellLayout, nets: tuple[Net, ...], step: CellStep, theme: Theme, font: QFont) -> None:
        self.layout, self.nets, self.step, self.theme = layout, nets, step, theme
        self.small = sized(font, min(theme.small_px, layout.line * 0.9))
        self.symbol_font = sized(font, min(theme.font_px, layout.line))
        self.symbol_font.setItalic(True)
        self._smaller = sized(self.symbol_font, self.small.pixelSize())

    def draw(self, painter: QPainter) -> None:
        """All of them."""
        for node in self.layout.interior.nodes:
            if node.name in self.layout.boxes:
                self._caption(painter, node)

    def _caption(self, painter: QPainter, node: Node) -> None:
        """The symbol above the box, left of what rises from it; the function on the way to it; its title where there
        is room."""
        box, line = self.layout.boxes[node.name], self.layout.line
        room = self.layout.column * 0.96
        left = box.center().x() - room / 2
        top = QRectF(left, box.top() - line - 1, room, line)
        painter.setFont(self.symbol_font)
        painter.setPen(QColor(self.theme.ink))
        text = self.step.symbols[node.name]
        wires = self._crossing(node.name)
        width = QFontMetricsF(self.symbol_font).horizontalAdvance(text)
        if width > box.width() * 0.6 and wires:
            painter.setFont(self._smaller)
            width = QFontMetricsF(self._smaller).horizontalAdvance(text)
        own = QRectF(box.left(), top.y(), width + 1, line)
        if wires:
            own.moveLeft(min(box.left(), min(wires) - 6 - width))
            right = own.translated(max(wires) + 7 - own.left(), 0)
            if self._covered(own) and not self._covered(right):
                own = right
        painter.drawText(own, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        beside = QRectF(own.left() + width + 8, top.y(), left + room - own.left() - width - 8, line)
        if wires:
            beside.setLeft(max(beside.left(), max(wires) + 7))
        painter.setFont(self.small)
        painter.setPen(QColor(self.theme.muted))
        if QFontMetricsF(self.small).horizontalAdvance(node.title) <= beside.width():
            painter.drawText(beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, node.title)
        self._function(painter, node)

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
        near = place.adjusted(2, 3, -2, -3)
        return any(each.adjusted(-1, -1, 1, 1).intersects(near) for each in (*pieces, *shapes))

    def _function(self, painter: QPainter, node: Node) -> None:
        """σ, tanh … beside the edge that an activation comes by."""
        operation = node.operation
        if operation is None or len(operation.inputs) != 1 or operation.kind == "linear":
            return
        text = FUNCTIONS.get(operation.kind, operation.kind)
        if text in self.step.symbols[node.name]:  # its symbol says so
            return
        net = next(net for net in self.nets if net.source == operation.inputs[0])
        end = next(route.points[-1] for route in net.routes if route.key == (node.name, operation.inputs[0]))
        box = self.layout.boxes[node.name]
        line = self.layout.line
        if abs(end.y() - box.bottom()) < 1:
            place = QRectF(end.x() + 7, box.bottom() + 1, 90, line)
        elif abs(end.y() - box.top()) < 1:
            place = QRectF(end.x() + 7, box.top() - line - 1, 90, line)
        else:
            gap = self.layout.column - self.layout.box_width
            place = QRectF(end.x() - gap, end.y() - line - self.theme.edge_max / 2 - 5, gap, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            return
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
