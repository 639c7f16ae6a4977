"""A painted table of numbers: one unit a line, values on their colours, gradients with their powers, norms below."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from explorer.style.colours import ink_on, level_colours, value_colours
from explorer.style.numbers import MINUS, number, plain, power
from explorer.style.theme import Theme
from explorer.widgets.number_field import NumberField
from explorer.widgets.painted import PaintedTable, draw_focus

MOST_ROWS = 12  # more units scroll
GAP = 2.0
NOT_YET = "–"
NORM = "‖·‖"
_KEYS = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End))


@dataclass(frozen=True, eq=False)
class TableColumn:
    """`kind`: "value" (coloured, centred at 0), "gate" (a level 0…1) or "gradient". `values` (n,); `norm` its norm.
    Where `shown` is False the playhead has not been there, and – stands for every number."""

    label: str
    kind: str
    values: NDArray[np.float64]
    norm: float
    shown: bool = True
    shorter: tuple[str, ...] = ()  # the label where the long one has no room, from longer to shorter


def cell_text(value: float, kind: str, digits: int = 3) -> str:
    """A number as it stands in the table."""
    if isnan(value):
        return "NaN"
    if kind == "gradient":
        return power(value, digits, sign=True)
    if kind == "gate":
        return plain(value, 3)
    return plain(value, 3, sign=True) if abs(value) < 1000 else number(value, 3, sign=True)


class NumbersTable(PaintedTable):
    """Arrays in, pixels out; only the visible lines are painted. A click or ↑ ↓ chooses a unit."""

    unit_chosen = Signal(int)  # from 0
    edit_requested = Signal(int)  # a double click on a line, or F2
    typed = Signal(int, str)  # into the field that `open_field` has opened
    own_keys, LINE = _KEYS, 1.42

    def __init__(self, parent: QWidget | None = None, most_rows: int = MOST_ROWS) -> None:
        super().__init__(parent)
        self._most = most_rows
        self._columns: tuple[TableColumn, ...] = ()
        self._rows, self._unit, self._limit = 0, 0, 1.0
        self._underflow = False
        self._digits, self._short, self._widths = 3, 0, [0.0]
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.viewport().setAutoFillBackground(False)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._measure())
        self.field = NumberField(self.viewport())
        self.field.hide()
        self.field.typed.connect(lambda text: self.typed.emit(self._unit, text))
        self.field.left.connect(self.close_field)

    def set_theme(self, theme: Theme) -> None:
        self._advance: dict[str, float] = {}
        super().set_theme(theme)

    def set_table(self, columns: tuple[TableColumn, ...], limit: float, unit: int, underflow: bool = False) -> None:
        """`limit`: values are coloured on ±limit. `unit` from 0. `underflow`: a 0 may have been too small."""
        rows = max((len(column.values) for column in columns), default=0)
        same_shape = rows == self._rows and len(columns) == len(self._columns)
        moved = unit != self._unit or not same_shape
        self._columns, self._rows, self._limit, self._unit, self._underflow = columns, rows, limit, unit, underflow
        if not same_shape:
            self.refit()
        if moved:
            self._reveal()
        self._measure()
        self.setAccessibleDescription(self.line_text(unit))
        self.viewport().update()

    def open_field(self, unit: int, column: int, text: str) -> None:
        """A field over one number of a line, with that number to type over."""
        rows = self._visible()
        if self._columns and unit in rows:
            right = sum(self._widths[: column + 2]) + GAP * (column + 1) - self.horizontalScrollBar().value()
            wide = max(self._widths[column + 1], float(self.field.least_width()))
            top = (unit - rows.start + 1) * self._line
            self.field.begin(text)
            self.field.setGeometry(round(max(0.0, right - wide)), round(top) - 2, round(wide), round(self._line) + 4)

    def close_field(self) -> None:
        """Away with the field."""
        if self.field.isVisible():
            self.field.hide()
            self.setFocus()

    def line_text(self, unit: int) -> str:
        """One unit's line as a sentence."""
        parts = [f"{c.label} {self._text(c, unit)}" for c in self._columns if unit < len(c.values)]
        return f"{self.tr('unit')} {unit + 1}: " + ", ".join(parts)

    def texts(self) -> list[list[str]]:
        """Every cell as written, line by line, the heads first and the norms last; for tests and tool tips."""
        heads = ["i", *(column.label for column in self._columns)]
        lines = [[str(k + 1), *(self._text(c, k) for c in self._columns)] for k in range(self._rows)]
        return [heads, *lines, [self.tr("norm"), *(self._norm_text(c) for c in self._columns)]]

    def _label(self, column: TableColumn) -> str:
        labels = (column.label, *column.shorter)
        return labels[min(self._short, len(labels) - 1)]

    def _text(self, column: TableColumn, row: int) -> str:
        if not column.shown:
            return NOT_YET
        return cell_text(float(column.values[row]), column.kind, self._digits)

    def _norm_text(self, column: TableColumn) -> str:
        return cell_text(column.norm, column.kind, self._digits).replace("+", "") if column.shown else NOT_YET

    # --- geometry ---
    def refit(self) -> None:
        """The height of all lines, or of so many as are shown at most, with a scroll bar."""
        if self._theme is None:
            return
        shown = min(self._rows, self._most)
        self.setFixedHeight(round((shown + 2) * self._line) + 4)
        self.scroll_over(self._rows, self._most)
        self.show_bar(self._rows > shown)

    def _reveal(self) -> None:
        bar, shown = self.verticalScrollBar(), min(self._rows, self._most)
        if self._unit < bar.value():
            bar.setValue(self._unit)
        elif self._unit >= bar.value() + shown:
            bar.setValue(self._unit - shown + 1)

    def _measure(self) -> None:
        """Column widths for what is in sight, with as many digits as the width has room for."""
        if self._theme is None:
            return
        room = self.viewport().width() - 4
        for digits, short in ((3, 0), (3, 1), (3, 2), (2, 2), (1, 2)):
            self._digits, self._short = digits, short
            self._widths = [self._index_width(), *(self._width(column) for column in self._columns)]
            total = sum(self._widths) + GAP * len(self._columns)
            if total <= room:
                break
        spare = max(0.0, room - total)
        if self._columns and spare:
            share, most = spare / len(self._columns), 9.0 * self._theme.small_px
            self._widths = [self._widths[0], *(max(w, min(w + share, most)) for w in self._widths[1:])]
        self.horizontalScrollBar().setRange(0, max(0, round(total - room)))
        self.viewport().update()

    def _visible(self) -> range:
        first = self.verticalScrollBar().value()
        return range(first, min(first + self._most, self._rows))

    def _index_width(self) -> float:
        return max(self._advanced(str(self._rows), False), self._advanced(NORM, True)) + 4

    def _width(self, column: TableColumn) -> float:
        least = power(-0.001, self._digits) if column.kind == "gradient" else "+0.000"
        texts = [self._label(column), least, self._norm_text(column)]
        texts += [self._text(column, row) for row in self._visible() if row < len(column.values)]
        return max(self._advanced(text, text is texts[2] or text is texts[0]) for text in texts) + 4

    def _advanced(self, text: str, bold: bool) -> float:
        # The width of a text is that of its pattern: digits have one width. Few patterns, many numbers.
        key = ("b" if bold else "r") + text.translate(_ZEROS)
        if key not in self._advance:
            self._advance[key] = (self._type.bold_width if bold else self._type.width)(key[1:])
        return self._advance[key]

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if not self._columns:
            return
        painter.translate(-self.horizontalScrollBar().value(), 0)
        rows = self._visible()
        line, width = self._line, sum(self._widths) + GAP * len(self._columns)
        chosen = QRectF(0, line * (1 + self._unit - rows.start), width, line)
        if self._unit in rows:
            painter.fillRect(chosen.adjusted(0, 1, 0, -1), QColor(theme.selection))
        painter.setFont(self._type.plain)
        painter.setPen(QColor(theme.muted))
        for k, row in enumerate(rows):
            self._put(painter, str(row + 1), 0.0, self._widths[0] - 2, (k + 1) * line)
        x = self._widths[0] + GAP
        for column, wide in zip(self._columns, self._widths[1:], strict=True):
            self._paint_column(painter, column, x, wide, rows, theme)
            x += wide + GAP
        bottom = (len(rows) + 1) * line
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, bottom, self._widths[0] + 60, line), Qt.AlignmentFlag.AlignVCenter, NORM)
        if self.hasFocus() and self._unit in rows:
            draw_focus(painter, chosen, theme)

    def _paint_column(
        self, painter: QPainter, column: TableColumn, x: float, wide: float, rows: range, theme: Theme
    ) -> None:
        line = self._line
        gradient = column.kind == "gradient"
        ink = QColor(theme.backward_text if gradient else theme.ink)
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.backward_text if gradient else theme.forward_text))
        self._put(painter, self._label(column), x, wide - 2, 0.0)
        painter.setFont(self._type.plain)
        seen = column.values[rows.start : rows.stop]
        fills = None
        if column.shown and column.kind == "value":
            fills = value_colours(seen, self._limit, theme, self._underflow)
        elif column.shown and column.kind == "gate":
            fills = level_colours(seen, theme)
        for k, value in enumerate(seen):
            pen = ink
            if fills is not None:
                colour = QColor.fromRgb(int(fills[k]))
                painter.fillRect(QRectF(x, (k + 1) * line + 1, wide, line - 2), colour)
                pen = ink_on(colour)
            elif not column.shown:
                pen = QColor(theme.muted)
            elif not np.isfinite(value):
                pen = QColor(theme.fail_text)
            painter.setPen(pen)
            self._put(painter, self._text(column, rows.start + k), x, wide - 2, (k + 1) * line)
        painter.setFont(self._type.bold)
        painter.setPen(ink if column.shown else QColor(theme.muted))
        self._put(painter, self._norm_text(column), x, wide - 2, (len(rows) + 1) * line)

    def _put(self, painter: QPainter, text: str, x: float, width: float, y: float) -> None:
        bold = painter.font().bold()
        metrics = self._type.bold_metrics if bold else self._type.metrics
        base = y + (self._line + metrics.ascent() - metrics.descent()) / 2
        painter.drawText(QPointF(x + width - self._advanced(text, bold), base), text)

    # --- Qt ---
    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Up: self._unit - 1, Qt.Key.Key_Down: self._unit + 1, Qt.Key.Key_Home: 0}
        moves[Qt.Key.Key_End] = self._rows - 1
        if event.key() in moves:
            self.unit_chosen.emit(min(max(moves[Qt.Key(event.key())], 0), max(self._rows - 1, 0)))
        elif event.key() == Qt.Key.Key_F2:
            self.edit_requested.emit(self._unit)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // self._line) - 1 + self.verticalScrollBar().value()
        if event.button() == Qt.MouseButton.LeftButton and row in self._visible():
            self.unit_chosen.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // self._line) - 1 + self.verticalScrollBar().value()
        if event.button() == Qt.MouseButton.LeftButton and row in self._visible():
            self.edit_requested.emit(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()


_ZEROS = str.maketrans(f"123456789¹²³⁴⁵⁶⁷⁸⁹₁₂₃₄₅₆₇₈₉{MINUS}", "000000000⁰⁰⁰⁰⁰⁰⁰⁰⁰₀₀₀₀₀₀₀₀₀+")
