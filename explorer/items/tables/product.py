"""One unit of a product written out: element × element = product and the running total, below a small picture of which
row meets which column."""

from __future__ import annotations

from math import isfinite

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from explorer.items.tables.numbers import cell_text
from explorer.items.tables.product_picture import ProductNumbers, paint_picture, picture_height
from explorer.style.colours import ink_on, value_colour
from explorer.style.numbers import number, power
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedTable, draw_focus

MOST_ROWS = 8  # more elements scroll
_ENTER = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
_KEYS = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)) | _ENTER


class ProductTable(PaintedTable):
    """Arrays in, pixels out. ↑ ↓ go through the elements; a click on an element's weight, or Enter, chooses it."""

    weight_chosen = Signal(int)  # the element, from 0
    closed = Signal()
    own_keys, LINE = _KEYS, 1.36

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: ProductNumbers | None = None
        self._cursor, self._digits = 0, 3
        self._limits: dict[str, float] = {}
        self._widths: list[float] = [0.0] * 5
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setAccessibleName(self.tr("a product, element by element"))
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._measure())
        self.horizontalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    def set_product(self, shown: ProductNumbers, limit: float, input_limit: float) -> None:
        """Values are coloured on ±limit, inputs on ±input_limit."""
        same = self._shown is not None and len(self._shown.first) == len(shown.first)
        self._shown, self._limits = shown, {"value": limit, "input": input_limit}
        if not same:
            self._cursor = 0
            self.verticalScrollBar().setValue(0)
        self.refit()
        self._describe()

    @property
    def shown(self) -> ProductNumbers | None:
        return self._shown

    def texts(self) -> list[list[str]]:
        """Every line as written: head, elements, total."""
        shown = self._shown
        if shown is None:
            return []
        heads = ["", shown.heads[0], shown.heads[1], self.tr("product"), self.tr("sum so far")]
        lines = [self._texts(k) for k in range(len(shown.first))]
        return [heads, *lines, [shown.title, self._value(shown.total)]]

    def _texts(self, k: int) -> list[str]:
        shown = self._shown
        assert shown is not None
        products, running = shown.products, shown.running
        pairs = zip((shown.first, shown.second), shown.kinds, strict=True)
        factors = [cell_text(float(vector[k]), kind, self._digits) for vector, kind in pairs]
        return [str(k + 1), *factors, self._value(float(products[k])), self._value(float(running[k]))]

    def _value(self, value: float) -> str:
        shown = self._shown
        gradient = shown is not None and shown.gradient
        return power(value, self._digits, sign=True) if gradient else number(value, self._digits, sign=True)

    def _describe(self) -> None:
        shown = self._shown
        if shown is None:
            return
        k = min(self._cursor, len(shown.first) - 1)
        _, first, second, product, running = self._texts(k)
        text = self.tr("{title}, element {k} of {n}: {first} times {second} is {product}, the sum so far {running}")
        words = {"title": shown.title, "k": k + 1, "n": len(shown.first), "first": first, "second": second}
        self.setAccessibleDescription(text.format(**words, product=product, running=running))

    # --- geometry ---
    @property
    def _top(self) -> float:
        """Where the first element's line begins."""
        picture = 0.0 if self._shown is None else picture_height(self._shown, self.viewport().width())
        return self._line + picture + self._line

    def refit(self) -> None:
        if self._theme is None or self._shown is None:
            return
        n = len(self._shown.first)
        shown = min(n, MOST_ROWS)
        wanted = round(self._top + (shown + 1) * self._line) + 6
        if wanted != self.height():
            self.setFixedHeight(wanted)
        self.scroll_over(n, MOST_ROWS)
        self.show_bar(n > MOST_ROWS)
        self._measure()

    def _visible(self) -> range:
        n = 0 if self._shown is None else len(self._shown.first)
        first = self.verticalScrollBar().value()
        return range(first, min(first + MOST_ROWS, n))

    def _measure(self) -> None:
        shown = self._shown
        if self._theme is None or shown is None:
            return
        self._signs = [self._type.width(sign) + 4 for sign in "×="]
        room = self.viewport().width() - sum(self._signs) - 18
        for digits in (3, 2, 1):  # as many as there is room for
            self._digits = digits
            self._widths = self._wanted(shown)
            if sum(self._widths) <= room:
                break
        spare = room - sum(self._widths)
        if spare > 0:
            self._widths[4] += min(spare, 30.0)
        self.horizontalScrollBar().setRange(0, max(0, round(-spare)))
        self.viewport().update()

    def _wanted(self, shown: ProductNumbers) -> list[float]:
        """The width of each of the five columns, for what is in sight."""
        advance, bold = self._type.width, self._type.bold_width
        lines = [self._texts(k) for k in self._visible()]
        widths = [max(map(advance, texts)) + 3 for texts in zip(*lines, strict=True)]
        widths[0] = advance(str(len(shown.first))) + 3
        widths[1:3] = [max(width, bold(head) + 3) for width, head in zip(widths[1:3], shown.heads, strict=True)]
        widths[4] = max(widths[4], bold(self._value(shown.total)) + 3)
        return widths

    def _lefts(self) -> list[float]:
        """Where each of the five columns begins."""
        gaps = [4.0, self._signs[0], self._signs[1], 8.0]
        lefts = [4.0]  # below the title
        for width, gap in zip(self._widths, gaps, strict=False):
            lefts.append(lefts[-1] + width + gap)
        return lefts

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        shown = self._shown
        if shown is None:
            return
        painter.fillRect(self.viewport().rect(), QColor(theme.note_background))
        painter.translate(-self.horizontalScrollBar().value(), 0)
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.backward_text if shown.gradient else theme.forward_text))
        painter.drawText(QPointF(4.0, self._base(0.0)), shown.title)
        painter.setFont(self._type.plain)
        paint_picture(painter, shown, self._line, self.viewport().width(), self._limits, theme)
        self._paint_table(painter, theme, shown)
        if self.hasFocus():
            painter.resetTransform()
            draw_focus(painter, QRectF(self.viewport().rect()), theme)

    def _base(self, top: float) -> float:
        return self._type.base(top, self._line)

    def _paint_table(self, painter: QPainter, theme: Theme, shown: ProductNumbers) -> None:
        lefts, rows, line = self._lefts(), self._visible(), self._line
        head = self._top - line
        painter.setFont(self._type.bold)
        names = [*shown.heads, "", "Σ"]
        for name, left, width, kind in zip(names, lefts[1:], self._widths[1:], [*shown.kinds, "", ""], strict=True):
            painter.setPen(QColor(theme.backward_text if kind == "gradient" else theme.ink if kind else theme.muted))
            self._put(painter, name, left, width, head, True)
        right = lefts[-1] + self._widths[-1]
        for place, k in enumerate(rows):
            y = self._top + place * line
            if k == self._cursor:
                painter.fillRect(QRectF(0.0, y, right + 2, line), QColor(theme.selection))
            texts = self._texts(k)
            painter.setFont(self._type.plain)
            painter.setPen(QColor(theme.muted))
            self._put(painter, texts[0], lefts[0], self._widths[0] - 3, y, False)
            for j, (vector, kind) in enumerate(zip((shown.first, shown.second), shown.kinds, strict=True)):
                self._paint_factor(painter, theme, float(vector[k]), kind, texts[1 + j], lefts[1 + j],
                                   self._widths[1 + j], y)  # fmt: skip
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(lefts[2] - self._signs[0] + 2, self._base(y)), "×")
            painter.drawText(QPointF(lefts[3] - self._signs[1] + 2, self._base(y)), "=")
            ink = QColor(theme.backward_text if shown.gradient else theme.ink)
            painter.setPen(ink)
            self._put(painter, texts[3], lefts[3], self._widths[3], y, False)
            painter.setPen(QColor(theme.muted))
            self._put(painter, texts[4], lefts[4], self._widths[4], y, False)
        y = self._top + len(rows) * line
        painter.setPen(QPen(QColor(theme.node_outline), theme.hairline))
        painter.drawLine(QPointF(lefts[3], y + 1), QPointF(right, y + 1))
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.backward_text if shown.gradient else theme.forward_text))
        self._put(painter, self._value(shown.total), lefts[4], self._widths[4], y + 1, True)

    def _paint_factor(
        self, painter: QPainter, theme: Theme, value: float, kind: str, text: str, x: float, width: float, y: float
    ) -> None:  # fmt: skip
        pen = QColor(theme.backward_text if kind == "gradient" else theme.ink)
        if kind != "gradient" and isfinite(value):
            colour = value_colour(value, self._limits[kind], theme)
            painter.fillRect(QRectF(x - 1, y + 1, width + 2, self._line - 2), colour)
            pen = ink_on(colour)
        painter.setPen(pen)
        self._put(painter, text, x, width, y, False)

    def _put(self, painter: QPainter, text: str, x: float, width: float, y: float, bold: bool) -> None:
        metrics = self._type.bold_metrics if bold else self._type.metrics
        painter.drawText(QPointF(x + width - metrics.horizontalAdvance(text) - 1, self._base(y)), text)

    # --- Qt ---
    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = 0 if self._shown is None else len(self._shown.first) - 1
        key = Qt.Key(event.key())
        moves = {Qt.Key.Key_Up: self._cursor - 1, Qt.Key.Key_Down: self._cursor + 1, Qt.Key.Key_Home: 0}
        moves[Qt.Key.Key_End] = last
        if key in moves:
            self._cursor = min(max(moves[key], 0), last)
            bar = self.verticalScrollBar()
            bar.setValue(min(max(bar.value(), self._cursor - MOST_ROWS + 1), self._cursor))
            self._describe()
            self.viewport().update()
        elif key in _ENTER:
            self._choose(self._cursor)
        elif key == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            event.ignore()

    def _choose(self, k: int) -> None:
        if self._shown is not None and self._shown.weight is not None and 0 <= k < len(self._shown.first):
            self.weight_chosen.emit(k)

    def element_at(self, y: float) -> int | None:
        """The element whose line is at y, if there is one."""
        place = int((y - self._top) // self._line) if y >= self._top else -1
        rows = self._visible()
        return rows[place] if 0 <= place < len(rows) else None

    def _over_weight(self, x: float) -> bool:
        shown = self._shown
        if shown is None or shown.weight is None:
            return False
        left = self._lefts()[1 + shown.weight] - self.horizontalScrollBar().value()
        return left - 2 <= x <= left + self._widths[1 + shown.weight] + 2

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self.element_at(event.position().y())
        if event.button() != Qt.MouseButton.LeftButton or k is None:
            return
        self._cursor = k
        self._describe()
        self.viewport().update()
        if self._over_weight(event.position().x()):
            self._choose(k)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.element_at(event.position().y()) is not None and self._over_weight(event.position().x())
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refit()
