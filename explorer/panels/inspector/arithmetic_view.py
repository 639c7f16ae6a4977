"""Sums with this step's numbers: every addend with its name, operands and value, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from core.arithmetic.lines import Product
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedFlow
from explorer.words import clauses

INDENT = 12.0
_ENTER = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter))
_KEYS = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down)) | _ENTER


@dataclass(frozen=True)
class Entry:
    """One line: a label left, what is put in below or beside it, a value right. `role`: "head", "line", "total",
    "equation" or "note"; `backward` picks the colour. `product`: the two vectors, where the line can be opened; `term`
    and `exact` are then its symbols and its value."""

    role: str
    label: str
    numbers: str = ""
    value: str = ""
    backward: bool = False
    product: Product | None = field(default=None, compare=False)
    term: str = field(default="", compare=False)
    exact: float = field(default=0.0, compare=False)
    heads: tuple[str, str] | None = field(default=None, compare=False)  # of both vectors, where they are not in `term`
    key: str = field(default="", compare=False)  # what tells its product from the others of the node


@dataclass(frozen=True)
class _Drawn:
    x: float
    y: float  # of the base line
    text: str
    bold: bool
    colour: str


class ArithmeticView(PaintedFlow):
    """Entries below each other; long lines break between their numbers, and nothing is elided.

    A line that is a product has a triangle: a click on it, or ↑ ↓ and Enter, opens it, and closes it again.
    """

    opened = Signal(int)  # the entry, from 0
    own_keys = _KEYS

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._open, self._cursor = -1, 0
        self._spans: list[QRectF] = []  # of every entry
        self._drawn: list[_Drawn] = []
        self._rules: list[float] = []
        self.setMouseTracking(True)

    def set_entries(self, entries: tuple[Entry, ...]) -> None:
        same = entries == self._entries and [bool(e.product) for e in entries] == [
            bool(e.product) for e in self._entries
        ]
        self._entries = entries  # their products may have other numbers even so
        if same:
            return
        openable = self.openable()
        policy = Qt.FocusPolicy.StrongFocus if openable else Qt.FocusPolicy.NoFocus
        if policy != self.focusPolicy():
            self.setFocusPolicy(policy)
        if self._cursor not in openable:
            self._cursor = openable[0] if openable else 0
        self.setAccessibleName(clauses(self.texts()))
        self.refit()

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    def openable(self) -> list[int]:
        """The entries that are products."""
        return [k for k, entry in enumerate(self._entries) if entry.product is not None]

    def set_open(self, k: int) -> None:
        """Marks the entry whose product is shown below; -1: none."""
        if k != self._open:
            self._open = k
            self._cursor = k if k >= 0 else self._cursor
            self.update()

    def box(self, k: int) -> QRectF:
        """Where an entry is."""
        return QRectF(self._spans[k])

    def texts(self) -> list[str]:
        """Every line as plain text."""
        return [" ".join(part for part in (e.label, e.numbers, e.value) if part) for e in self._entries]

    def arrange(self, theme: Theme, room: float) -> float:
        self._drawn, self._rules, self._spans = [], [], []
        line, right, y = self._type.height * 1.22, room - 2, 0.0
        for entry in self._entries:
            bold = entry.role in ("head", "total")
            regular = self._type.width
            advance = self._type.bold_width if bold else regular
            pass_colour = theme.backward_text if entry.backward else theme.forward_text
            colours = {"head": pass_colour, "total": pass_colour, "equation": pass_colour, "note": theme.muted}
            colour = colours.get(entry.role, theme.ink)
            x = INDENT if entry.product is not None or not (bold or entry.role == "equation") else 0.0
            if entry.role == "head" and y:
                y += 0.4 * line
            start_y = y
            if entry.role == "total":
                self._rules.append(y + 2)
                y += 3
            base = y + self._type.metrics.ascent()
            value_x = right - advance(entry.value)
            x, base = self._words(
                entry.label, x, base, right, bold, theme.muted if entry.role == "line" else colour, advance, line
            )
            if entry.numbers:
                # Beside the label where it fits with its value, otherwise on lines of their own.
                gap = 5 if bold else 10
                if x + gap + regular(entry.numbers) + 10 <= value_x:
                    self._put(x + gap, base, entry.numbers, False, theme.ink)
                else:
                    start = INDENT if bold else 2 * INDENT
                    x, base = self._words(entry.numbers, start, base + line, right, False, theme.ink, regular, line)
            if entry.value:
                if x + 8 > value_x:
                    base += line
                self._put(value_x, base, entry.value, bold, colour)
            y = base + self._type.metrics.descent() + 0.22 * line
            self._spans.append(QRectF(0.0, start_y, room, y - start_y))
        return y + 2

    def _words(
        self, text: str, x: float, base: float, room: float, bold: bool, colour: str,
        advance: Callable[[str], float], line: float,
    ) -> tuple[float, float]:  # fmt: skip
        """Puts a text, broken between words where it is too long; returns where it ended."""
        start, held = x, ""
        for word in text.split(" "):
            longer = f"{held} {word}" if held else word
            if held and start + advance(longer) > room:
                self._put(start, base, held, bold, colour)
                base, held, start = base + line, word, max(x, INDENT)
            else:
                held = longer
        self._put(start, base, held, bold, colour)
        return start + advance(held), base

    def _put(self, x: float, base: float, text: str, bold: bool, colour: str) -> None:
        if text:
            self._drawn.append(_Drawn(x, base, text, bold, colour))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(QPen(QColor(theme.line), theme.hairline))
        for y in self._rules:
            painter.drawLine(QPointF(0.0, y), QPointF(self.width(), y))
        for k in self.openable():
            self._paint_triangle(painter, k, theme)
        for each in self._drawn:
            painter.setFont(self._type.bold if each.bold else self._type.plain)
            painter.setPen(QColor(each.colour))
            painter.drawText(QPointF(each.x, each.y), each.text)

    def _paint_triangle(self, painter: QPainter, k: int, theme: Theme) -> None:
        """Where a product can be opened: pointing right, or down where it is open."""
        box, size = self._spans[k], 3.2 * theme.small_px / 12
        if k == self._open:
            painter.fillRect(box.adjusted(0, -1, 0, -1), QColor(theme.note_background))
        middle = QPointF(4.0, box.y() + self._type.metrics.ascent() / 2 + 1.5)
        corners = ((-size, -size * 0.6), (size, -size * 0.6), (0.0, size)) if k == self._open else (
            (-size * 0.6, -size), (size, 0.0), (-size * 0.6, size)
        )  # fmt: skip
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.muted))
        painter.drawPolygon(QPolygonF([middle + QPointF(*corner) for corner in corners]))
        if self.hasFocus() and k == self._cursor:
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 0, -1, -1), 3, 3)
        painter.restore()

    # --- Qt ---
    def keyPressEvent(self, event: QKeyEvent) -> None:
        openable = self.openable()
        if not openable or event.key() not in _KEYS:
            event.ignore()
            return
        if event.key() in _ENTER:
            self.opened.emit(self._cursor)
            return
        place = openable.index(self._cursor) + (1 if event.key() == Qt.Key.Key_Down else -1)
        self._cursor = openable[min(max(place, 0), len(openable) - 1)]
        self.setAccessibleDescription(self.texts()[self._cursor])
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = next((k for k in self.openable() if self._spans[k].contains(event.position())), None)
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._cursor = found
        self.opened.emit(found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = any(self._spans[k].contains(event.position()) for k in self.openable())
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
