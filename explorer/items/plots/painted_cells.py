"""A matrix that a person paints with the mouse or the keys, and the true one under what was painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.maths.arrays import Array
from explorer.style.colours import level_colours
from explorer.style.theme import Theme
from explorer.widgets.accessible import announce
from explorer.widgets.painted import Painted
from explorer.words import ended, sentences, translator

Cell = tuple[int, int]  # (row, column), from 0

_ARROWS: dict[int, Cell] = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
_KEYS = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space))
_LOW, _HIGH, _SHARE = 110, 250, 0.2  # px of height at least and at most, and how much of the window's is in between
_WIDEST = 2.4  # times as wide as high, of a cell

_tr = translator("lesson")


class PaintedCells(Painted):
    """`painted`: the cells that are; `at`: the one that the keys are at; `truth` (rows, columns): shares from 0 to 1,
    None until it may be seen. `down` and `across`: what a row and a column is."""

    changed = Signal()
    own_keys, focus_radius, zooms = _KEYS, 5.0, True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows, self.columns, self.down, self.across = 0, 0, "", ""
        self.painted: set[Cell] = set()
        self.truth: Array | None = None
        self.at: Cell = (0, 0)
        self._last: Cell | None = None  # the cell where the mouse was last
        self._paints = True  # what a drag does; False: it wipes
        self.accessible_items = CellItems(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def set_cells(self, rows: int, columns: int, down: str, across: str) -> None:
        """Another question: nothing is painted yet."""
        self.rows, self.columns, self.down, self.across = rows, columns, down, across
        self.painted, self.truth, self.at = set(), None, (0, 0)
        self._describe()
        self.update()

    def show_truth(self, painted: Iterable[Cell], truth: Array) -> None:
        """The true matrix, under what was painted."""
        self.painted, self.truth = set(painted), truth
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._describe()
        self.update()

    def words(self, cell: Cell) -> str:
        """One cell in a sentence."""
        i, j = cell
        said = _tr("painted") if cell in self.painted else _tr("not painted")
        words = _tr("{down} {i}, {across} {j}: {said}")
        text = words.format(down=self.down, i=i + 1, across=self.across, j=j + 1, said=said)
        return text if self.truth is None else f"{text}, {100 * float(self.truth[cell]):.0f} %"

    # --- geometry, in px of the picture ---
    @property
    def plot(self) -> QRectF:
        """Where the cells stand: below the numbers of the columns, beside those of the rows."""
        room, line, left = self.inner_rect(), 14.0, 20.0
        if self._theme is not None:
            line, left = self._type.height, self._type.width("00") + 6.0
        plot = room.adjusted(left + 4.0, line + 3.0, -6.0, -4.0)
        tall = plot.height() / max(self.rows, 1)
        wide = min(_WIDEST * tall, (plot.width() - self._beside()) / max(self.columns, 1))
        return QRectF(plot.left(), plot.top(), max(wide, 1.0) * self.columns, plot.height())

    def _beside(self) -> float:
        """Room for the words at the right."""
        return max(map(self._type.width, self.legend())) + 54.0 if self._theme is not None else 0.0

    def box(self, i: int, j: int) -> QRectF:
        """Where a cell stands."""
        plot = self.plot
        wide, tall = plot.width() / max(self.columns, 1), plot.height() / max(self.rows, 1)
        return QRectF(plot.left() + j * wide, plot.top() + i * tall, wide, tall)

    def cell_at(self, spot: QPointF) -> Cell | None:
        """The cell under a point; None beside the matrix."""
        plot = self.plot
        if not self.rows or not plot.contains(spot):
            return None
        i = int((spot.y() - plot.top()) / plot.height() * self.rows)
        j = int((spot.x() - plot.left()) / plot.width() * self.columns)
        return min(i, self.rows - 1), min(j, self.columns - 1)

    def legend(self) -> tuple[str, ...]:
        """What stands at the right of the cells, line by line."""
        axes = (f"↓ {self.down}", f"→ {self.across}")
        return axes if self.truth is None else (*axes, _tr("your cells"), _tr("the truth, 0 … 100 %"))

    def sizeHint(self) -> QSize:
        return QSize(round(420 * self.zoom), round(min(max(_SHARE * self.window().height(), _LOW), _HIGH)))

    def minimumSizeHint(self) -> QSize:
        return QSize(round(240 * self.zoom), self.sizeHint().height())

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if not self.rows:
            return
        colours = None if self.truth is None else level_colours(self.truth, theme)
        empty, mine = QColor(theme.panel), QColor(theme.forward)
        for i, j in np.ndindex(self.rows, self.columns):
            shade = QColor.fromRgba(int(colours[i, j])) if colours is not None else empty
            if colours is None and (i, j) in self.painted:
                shade = mine
            painter.fillRect(self.box(i, j), shade)
        self._draw_grid(painter, theme)
        if self.truth is not None:
            self._draw_edges(painter, QPen(mine, theme.current_curve))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.focus), 2.0))
            painter.drawRect(self.box(*self.at).adjusted(1, 1, -1, -1))
        self._draw_words(painter, theme)

    def _draw_grid(self, painter: QPainter, theme: Theme) -> None:
        plot, last = self.plot, self.box(self.rows - 1, self.columns - 1)
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        for i in range(self.rows + 1):
            y = plot.top() + i * last.height()
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        for j in range(self.columns + 1):
            x = plot.left() + j * last.width()
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _draw_edges(self, painter: QPainter, pen: QPen) -> None:
        """The outline of what was painted: one of several cells that touch."""
        painter.setPen(pen)
        for i, j in self.painted:
            box = self.box(i, j)
            sides = {
                (i - 1, j): (box.topLeft(), box.topRight()),
                (i + 1, j): (box.bottomLeft(), box.bottomRight()),
                (i, j - 1): (box.topLeft(), box.bottomLeft()),
                (i, j + 1): (box.topRight(), box.bottomRight()),
            }
            for beside, (first, last) in sides.items():
                if beside not in self.painted:
                    painter.drawLine(first, last)

    def _draw_words(self, painter: QPainter, theme: Theme) -> None:
        plot, kind = self.plot, self._type
        painter.setFont(kind.plain)
        painter.setPen(QColor(theme.muted))
        last = self.box(self.rows - 1, self.columns - 1)
        for j in numbered(self.columns, last.width(), kind.width("00") + 4.0):
            text = str(j + 1)
            painter.drawText(QPointF(self.box(0, j).center().x() - kind.width(text) / 2, plot.top() - 4.0), text)
        for i in numbered(self.rows, last.height(), 0.9 * kind.height):
            text, middle = str(i + 1), self.box(i, 0).center().y()
            painter.drawText(QPointF(plot.left() - kind.width(text) - 6.0, middle + kind.metrics.capHeight() / 2), text)
        x, y = plot.right() + 14.0, plot.top() + kind.metrics.ascent()
        side = kind.metrics.capHeight()
        for text, draw in zip(self.legend(), (None, None, self._draw_mine, self._draw_scale), strict=False):
            if draw is not None:
                draw(painter, theme, QRectF(x, y - side, 3 * side, side))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x if draw is None else x + 3 * side + 6.0, y), text)
            y += 1.3 * kind.height

    def _draw_mine(self, painter: QPainter, theme: Theme, room: QRectF) -> None:
        """In a legend: how painted cells look over the truth."""
        painter.setPen(QPen(QColor(theme.forward), theme.current_curve))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room)

    def _draw_scale(self, painter: QPainter, theme: Theme, room: QRectF) -> None:
        """In a legend: the colours of the truth, from 0 to 1."""
        shades = level_colours(np.linspace(0.0, 1.0, 9), theme)
        for k, shade in enumerate(shades):
            wide = room.width() / len(shades)
            painter.fillRect(QRectF(room.left() + k * wide, room.top(), wide + 0.5, room.height()), QColor(int(shade)))

    # --- Qt ---
    def showEvent(self, event: QShowEvent) -> None:
        self.window().installEventFilter(self)  # its height is what the picture's own goes by
        super().showEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.window():
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(self.inner(event.position()))
        self._last, self._paints = None, cell not in self.painted
        self._go_to(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(self.cell_at(self.inner(event.position())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _go_to(self, cell: Cell | None) -> None:
        """Paints or wipes on the way to a cell: those that a quick mouse passed over as well."""
        if cell is None or self.truth is not None:
            return
        for each in _between(self._last or cell, cell):
            self._set(each, self._paints)
        self._last = self.at = cell
        self._tell()

    def _set(self, cell: Cell, on: bool) -> None:
        if on:
            self.painted.add(cell)
        else:
            self.painted.discard(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if not self.rows or key not in self.own_keys:
            super().keyPressEvent(event)
            return
        if key in _ARROWS:
            (down, right), (i, j) = _ARROWS[key], self.at
            self.at = min(max(i + down, 0), self.rows - 1), min(max(j + right, 0), self.columns - 1)
        elif self.truth is None:
            self._set(self.at, self.at not in self.painted)
        self._tell()

    def _tell(self) -> None:
        self._describe()
        announce(self)
        self.changed.emit()
        self.update()

    def _describe(self) -> None:
        said = _tr("{n} of {all} cells are painted").format(n=len(self.painted), all=self.rows * self.columns)
        self.setAccessibleDescription(sentences(map(ended, (self.words(self.at), said))) if self.rows else "")


class CellItems:
    """The children of the picture for a screen reader: its cells, row by row."""

    def __init__(self, picture: PaintedCells) -> None:
        self._picture = picture

    def _cell(self, k: int) -> Cell:
        return divmod(k, max(self._picture.columns, 1))

    def count(self) -> int:
        return self._picture.rows * self._picture.columns

    def sentence(self, k: int) -> str:
        return self._picture.words(self._cell(k))

    def box(self, k: int) -> QRect:
        return self._picture.outer(self._picture.box(*self._cell(k)))

    def focus(self) -> int:
        i, j = self._picture.at
        return i * self._picture.columns + j if self.count() else -1


def _between(first: Cell, last: Cell) -> Iterator[Cell]:
    """The cells on the straight way from one to another, both with it."""
    count = max(abs(last[0] - first[0]), abs(last[1] - first[1]))
    for k in range(count + 1):
        share = k / (count or 1)
        yield tuple(round(a + (b - a) * share) for a, b in zip(first, last, strict=True))  # type: ignore[misc]


def numbered(count: int, size: float, needed: float) -> list[int]:
    """Which of so many cells, from 0, have their number: all, or every second, fifth … one, at even distances."""
    every = next((n for n in (1, 2, 5, 10, 20) if n * size >= needed), count)
    return list(range(every - 1, count, every)) if every < count else [0]
