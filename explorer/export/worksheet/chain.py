"""The unrolled chain on a worksheet: a box for each number, to be filled in or with its digits, in bands of columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from core.exercises.worksheet.chain import Box, ChainPicture, Lines, Place
from core.exercises.worksheet.rows import Number, figure
from explorer.export.worksheet.blocks import SMALL, Block, font, width_of
from explorer.style.theme import LIGHT

CELL, CELL_HEIGHT = 48.0, 19.0  # px of the room for one number: a handwritten line
DIGITS = 3  # significant ones of an answer in a box; all of them stand in the computation
MOST, LEAST = 10, 7  # px of the digits
APART, ABOVE, STEPS = 20.0, 17.0, 18.0  # px between boxes, between rows, of the steps' names below
HEAD, HALF = 6.0, 9.0  # px of an arrow's head, and of an arrow that goes on in another band
SIDE_BY_SIDE = 4  # as many numbers; more units are written below each other


class Band(Block):
    """Some columns of the chain over the page's width."""

    def __init__(self, chain: ChainPicture, answers: bool, room: float, columns: range, pitch: float) -> None:
        self.chain, self.answers, self.room, self.columns, self.pitch = chain, answers, room, columns, pitch
        self.left = labels_width(chain)
        heights = [self._row_height(k) for k in range(len(chain.labels))]
        above = [height + ABOVE * (height > 0) for height in heights]
        self.tops = [6.0 + sum(above[k + 1 :]) for k in range(len(heights))]
        self.bottom = max(self.tops[box.place[0]] + _height(box) for box in self.boxes)
        self.height = self.bottom + STEPS + 6.0

    def _row_height(self, row: int) -> float:
        """px of its highest node in these columns; 0 where there is none."""
        return max((_height(box) for box in self.boxes if box.place[0] == row), default=0.0)

    # --- where things are ---
    def middle(self, column: int) -> float:
        """The middle of a column, from the band's left edge; columns of other bands lie outside it."""
        return self.left + (column - self.columns.start + 0.5) * self.pitch

    def rectangle(self, box: Box) -> QRectF:
        """A node with all its boxes."""
        width, (row, column) = _grid(box.values)[0] * CELL, box.place
        return QRectF(self.middle(column) - width / 2, self.tops[row], width, _height(box))

    def cells(self, box: Box) -> Iterator[tuple[QRectF, Number, bool]]:
        """Each number's room, the number, and whether it is a gradient."""
        whole, down = self.rectangle(box), _grid(box.values)[1]
        for back, lines in enumerate((box.values, box.gradients)):
            for k, line in enumerate(lines):
                for unit, number in enumerate(line):
                    x, y = (k, unit) if down > 1 else (k * len(line) + unit, 0)
                    at = QPointF(whole.left() + x * CELL, whole.top() + (back * down + y) * CELL_HEIGHT)
                    yield QRectF(at, QSizeF(CELL, CELL_HEIGHT)), number, bool(back)

    @cached_property
    def boxes(self) -> list[Box]:
        """Those of its columns."""
        return [box for box in self.chain.boxes if box.place[1] in self.columns]

    # --- drawing ---
    def draw(self, painter: QPainter, x: float, y: float) -> None:
        painter.save()
        painter.translate(x, y)
        self._draw_arrows(painter)
        for box in self.boxes:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#ffffff"))
            painter.drawRect(self.rectangle(box))
            for room, number, back in self.cells(box):
                self._draw_cell(painter, room, number, back)
        self._draw_words(painter)
        painter.restore()

    def _draw_cell(self, painter: QPainter, room: QRectF, number: Number, back: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(LIGHT.backward_text if back else LIGHT.forward_text), 0.7))
        painter.drawRect(room)
        if not (self.answers or number.given):
            return
        text = digits(number)
        painter.setFont(fitting(text))
        painter.setPen(QColor(LIGHT.ink))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_words(self, painter: QPainter) -> None:
        small = font(SMALL)
        centre = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small)
        for k, label in enumerate(self.chain.labels):
            boxes = [box for box in self.boxes if box.place[0] == k]
            if not boxes:
                continue
            lines = _grid(boxes[0].values)[1] * CELL_HEIGHT
            painter.setPen(QColor(LIGHT.ink))
            painter.drawText(QRectF(0, self.tops[k], self.left - 8, lines), centre, label.value)
            if any(box.gradients for box in boxes):
                painter.setPen(QColor(LIGHT.backward_text))
                painter.drawText(QRectF(0, self.tops[k] + lines, self.left - 8, lines), centre, label.gradient)
        painter.setPen(QColor(LIGHT.muted))
        for column in self.columns:
            room = QRectF(self.middle(column) - self.pitch / 2, self.bottom + 2.0, self.pitch, STEPS)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, self.chain.columns[column])

    def _draw_arrows(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(LIGHT.muted), 0.7))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for path in self.arrows:
            painter.drawPath(path)

    @cached_property
    def arrows(self) -> list[QPainterPath]:
        """Those between its nodes, and the halves of those that go on in another band, each once."""
        paths: list[QPainterPath] = []
        halves: dict[tuple[Place, bool, bool], QPainterPath] = {}
        for source, target in self.chain.arrows:
            begins, ends = source[1] in self.columns, target[1] in self.columns
            if begins and ends:
                paths.append(self._arrow(source, target))
            elif begins or ends:
                place, later = source if begins else target, target[1] > source[1]
                halves[place, begins, later] = self._half(place, begins, later)
        return paths + list(halves.values())

    def _half(self, place: Place, begins: bool, later: bool) -> QPainterPath:
        """Out of a node, or into it."""
        node = self.rectangle(self.chain.at[place])
        outside = node.right() if begins == later else node.left()
        away = HALF if begins == later else -HALF
        at, far = QPointF(outside, node.center().y()), QPointF(outside + away, node.center().y())
        path = QPainterPath(at)
        path.lineTo(far)
        return _headed(path, far, at) if begins else _headed(path, at, far)

    def _arrow(self, source: Place, target: Place) -> QPainterPath:
        begin, end = (self.rectangle(self.chain.at[place]) for place in (source, target))
        if source[1] == target[1]:
            return self._within_column(source, target, begin, end)
        later = target[1] > source[1]
        first = QPointF(begin.right() if later else begin.left(), begin.center().y())
        last = QPointF(end.left() if later else end.right(), end.center().y())
        path = QPainterPath(first)
        if source[0] == target[0] and abs(target[1] - source[1]) > 1:  # over the nodes between
            lift = QPointF(0, begin.height() / 2 + ABOVE)
            path.cubicTo(first - lift, last - lift, last)
            return _headed(path, last, last - lift)
        path.lineTo(last)
        return _headed(path, last, first)

    def _within_column(self, source: Place, target: Place, begin: QRectF, end: QRectF) -> QPainterPath:
        """Straight up (or down), or round the nodes between."""
        up = target[0] > source[0]
        rows = range(min(source[0], target[0]) + 1, max(source[0], target[0]))
        between = [self.chain.at[row, source[1]] for row in rows if (row, source[1]) in self.chain.at]
        first = QPointF(begin.center().x(), begin.top() if up else begin.bottom())
        last = QPointF(end.center().x(), end.bottom() if up else end.top())
        if not between:
            path = QPainterPath(first)
            path.lineTo(last)
            return _headed(path, last, first)
        aside = max(self.rectangle(box).width() for box in between) / 2 + 7.0
        first.setX(first.x() + min(aside, begin.width() / 2 - 5.0))
        last.setX(last.x() + min(aside, end.width() / 2 - 5.0))
        turn = self.middle(source[1]) + aside
        low, high = (QPointF(turn, at.y() + (-1 if up else 1) * step) for at, step in ((first, 8.0), (last, -8.0)))
        path = QPainterPath(first)
        path.quadTo(QPointF(turn, first.y()), low)
        path.lineTo(high)
        path.quadTo(QPointF(turn, last.y() + (4.0 if up else -4.0)), last)
        return _headed(path, last, high)


def bands(chain: ChainPicture, answers: bool, room: float) -> Iterator[Band]:
    """As many columns beside each other as there is room for, the next ones below."""
    left, widest = labels_width(chain), max(_grid(box.values)[0] for box in chain.boxes) * CELL
    most = max(1, math.floor((room - left) / (widest + APART)))
    lines = math.ceil(len(chain.columns) / most)
    each = math.ceil(len(chain.columns) / lines)
    for start in range(0, len(chain.columns), each):
        yield Band(chain, answers, room, range(start, min(start + each, len(chain.columns))), (room - left) / each)


def labels_width(chain: ChainPicture) -> float:
    """px on the left for the rows' symbols."""
    return 8.0 + max(width_of(text, font(SMALL)) for label in chain.labels for text in (label.value, label.gradient))


def _grid(lines: Lines) -> tuple[int, int]:
    """Numbers side by side, and below each other: a row's lines beside each other, their units as well if few."""
    units = len(lines[0])
    if len(lines) * units <= SIDE_BY_SIDE:
        return len(lines) * units, 1
    return len(lines), units


def _height(box: Box) -> float:
    """px of a node: its values, and its gradients below them."""
    return _grid(box.values)[1] * CELL_HEIGHT * (2 if box.gradients else 1)


def digits(number: Number) -> str:
    """What stands in a box: a given number in full where that fits."""
    full = figure(number.value)
    fits = width_of(full, font(LEAST)) <= CELL - 4.0
    return full if number.given and fits else figure(number.value, DIGITS)


def fitting(text: str) -> QFont:
    """The largest font, from MOST px down to LEAST, in which the text fits into a box."""
    size = next((px for px in range(MOST, LEAST, -1) if width_of(text, font(px)) <= CELL - 4.0), LEAST)
    return font(size)


def _headed(path: QPainterPath, tip: QPointF, towards: QPointF) -> QPainterPath:
    """The path with an arrow's head at its tip, which comes from the direction of `towards`."""
    angle = math.atan2(towards.y() - tip.y(), towards.x() - tip.x())
    for turn in (0.42, -0.42):
        path.moveTo(tip)
        path.lineTo(tip + QPointF(math.cos(angle + turn), math.sin(angle + turn)) * HEAD)
    return path
