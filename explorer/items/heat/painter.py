"""A heat map's drawing: colours, numbers where there is room, a dot on what was typed, a padlock on what is locked."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from explorer.items.heat.layout import GAP, LOCK, HeatCells, HeatLayout
from explorer.style.colours import gradient_colours, image, ink_on, value_colours
from explorer.style.theme import Theme

DOT = 2.2  # px, a radius
LEAST_MARKED = 6.0  # px of a cell that can bear a dot or a stroke
SLANT = 6.0  # px between the strokes over what cannot be changed


class HeatPainter:
    """Draws one map once."""

    def __init__(self, painter: QPainter, theme: Theme, cells: HeatCells, layout: HeatLayout, offset: QPointF) -> None:
        self.painter, self.theme, self.cells, self.layout, self.offset = painter, theme, cells, layout, offset

    def paint(self, room: QRect, cell: tuple[int, int], focused: bool, outlined: bool = True) -> None:
        """Everything that a room shows; `outlined`: with the selected cell."""
        layout, painter = self.layout, self.painter
        rows, columns = layout.visible(QRectF(room), self.offset)
        if not rows or not columns:
            return
        painter.save()
        painter.setClipRect(QRectF(layout.left - 1, layout.top - 1, room.width(), room.height()))
        seen = self.cells.values[rows.start : rows.stop, columns.start : columns.stop]
        if self.cells.kind == "gradient":
            colours = gradient_colours(seen, *self.cells.decades, self.theme)
        else:
            colours = value_colours(seen, self.cells.limit, self.theme)
        used = self.cells.used[rows.start : rows.stop, columns.start : columns.stop]
        colours = np.where(used, colours, np.uint32(QColor(self.theme.trough).rgb())).astype(np.uint32)
        first = layout.rect(rows.start, columns.start).translated(-self.offset)
        last = layout.rect(rows.stop - 1, columns.stop - 1).translated(-self.offset)
        painter.drawImage(first.united(last), image(colours))
        self._grid(rows, columns)
        painter.setFont(layout.font)
        for k, j in np.argwhere(self._written(rows, columns)).tolist():
            self._cell(rows[k], columns[j], QColor.fromRgb(int(colours[k, j])))
        if outlined:
            self._outline_cell(cell, focused)
        painter.restore()
        if layout.headed:
            self._headings(rows, columns, cell)

    def _written(self, rows: range, columns: range) -> np.ndarray:
        """(rows, columns) bool: the cells that have more than their colour."""
        cells, layout = self.cells, self.layout
        seen = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
        if layout.numbered:
            return np.ones((len(rows), len(columns)), dtype=bool)
        if min(layout.wide, layout.high) < LEAST_MARKED:
            return np.zeros((len(rows), len(columns)), dtype=bool)
        return cells.edited[seen] | cells.locked[seen] | ~cells.used[seen]

    def _rect(self, row: int, column: int) -> QRectF:
        return self.layout.rect(row, column).translated(-self.offset)

    def _grid(self, rows: range, columns: range) -> None:
        """Hairlines, so that a cell is one."""
        if self.layout.wide < 8 or self.layout.high < 8:
            return
        self.painter.setPen(QPen(QColor(self.theme.line), 1.0))
        left, right = self._rect(0, columns.start).left(), self._rect(0, columns.stop - 1).right()
        top, bottom = self._rect(rows.start, 0).top(), self._rect(rows.stop - 1, 0).bottom()
        for row in (*rows, rows.stop):
            y = self._rect(row, 0).top()
            self.painter.drawLine(QPointF(left, y), QPointF(right, y))
        for column in (*columns, columns.stop):
            x = self._rect(0, column).left()
            self.painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def _cell(self, row: int, column: int, colour: QColor) -> None:
        cells, painter, rect = self.cells, self.painter, self._rect(row, column)
        ink = ink_on(colour)
        if not cells.used[row, column]:
            ink = QColor(self.theme.muted)
            self._strike(rect)
        if self.layout.numbered:
            painter.setPen(ink)
            text = cells.text(row, column)
            wide = self.layout.metrics.horizontalAdvance(text)
            base = rect.center().y() + (self.layout.metrics.ascent() - self.layout.metrics.descent()) / 2
            painter.drawText(QPointF(rect.center().x() - wide / 2, base), text)
        if cells.edited[row, column]:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            inset = DOT + 2.0
            painter.drawEllipse(QPointF(rect.right() - inset, rect.top() + inset), DOT, DOT)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if cells.locked[row, column]:
            self._padlock(self.layout.lock_rect(rect), ink)

    def _strike(self, rect: QRectF) -> None:
        """Slanted strokes: there is nothing to change here."""
        painter = self.painter
        painter.save()
        painter.setClipRect(rect.adjusted(1, 1, 0, 0), Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(QColor(self.theme.line), 1.0))
        x = rect.left() - rect.height()
        while x < rect.right():
            painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()))
            x += SLANT
        painter.restore()

    def _padlock(self, rect: QRectF, ink: QColor) -> None:
        """A body with a shackle above it."""
        painter, unit = self.painter, rect.width() / (LOCK + 2.0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        body = QRectF(rect.left() + 2 * unit, rect.top() + 5 * unit, 7 * unit, 5.5 * unit)
        painter.setPen(QPen(ink, 1.3 * unit))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shackle = QRectF(body.left() + 1.5 * unit, rect.top() + 1.5 * unit, 4 * unit, 7 * unit)
        painter.drawArc(shackle, 0, 180 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawRoundedRect(body, unit, unit)
        painter.restore()

    def _outline_cell(self, cell: tuple[int, int], focused: bool) -> None:
        rect = self._rect(*cell)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(QPen(QColor(self.theme.panel), 4.0))
        self.painter.drawRect(rect)
        self.painter.setPen(QPen(QColor(self.theme.focus if focused else self.theme.ink), 2.0))
        self.painter.drawRect(rect)

    def _headings(self, rows: range, columns: range, cell: tuple[int, int]) -> None:
        """The names of rows and columns, the playhead's and the selection's in colour; as many as do not touch."""
        layout, painter, cells = self.layout, self.painter, self.cells
        metrics = layout.head_metrics
        painter.setFont(layout.head_font)
        every = self._every(metrics.height(), layout.high)
        for row in rows:
            near = row != cell[0] and abs(row - cell[0]) * layout.high < metrics.height() + GAP
            if (row % every or near) and row != cell[0]:
                continue
            rect = self._rect(row, 0)
            if rect.center().y() < layout.top:
                continue
            painter.setPen(self._head_ink(row == cell[0], row == cells.live))
            text = metrics.elidedText(cells.rows[row], Qt.TextElideMode.ElideRight, layout.left - 4)
            at = QRectF(0, rect.top(), layout.left - 5, rect.height())
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        widest = max(metrics.horizontalAdvance(cells.columns[column]) for column in columns)
        shortened = widest + GAP > layout.wide and layout.numbered
        every = 1 if shortened else self._every(widest, layout.wide)
        for column in columns:
            if column % every and column != cell[1]:
                continue
            near = every > 1 and column != cell[1] and abs(column - cell[1]) * layout.wide < widest + GAP
            rect = self._rect(0, column)
            if near or rect.center().x() < layout.left:
                continue
            painter.setPen(self._head_ink(column == cell[1], False))
            text = cells.columns[column]
            if shortened:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, layout.wide - 2)
            wide = max(layout.wide, metrics.horizontalAdvance(text) + 2)
            at = QRectF(rect.center().x() - wide / 2, 0, wide, layout.top - 3)
            painter.drawText(at, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, text)

    def _head_ink(self, selected: bool, live: bool) -> QColor:
        theme = self.theme
        return QColor(theme.ink if selected else theme.backward_text if live else theme.muted)

    @staticmethod
    def _every(needed: float, has: float) -> int:
        return max(1, -int(-(needed + GAP) // max(has, 1.0)))
