"""Sums with this step's numbers put in: every addend with its name, operands and value, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.fonts import tabular
from explorer.theme import Theme

INDENT = 12.0


@dataclass(frozen=True)
class Entry:
    """One line: a label left, what is put in below or beside it, a value right. `role`: "head", "line", "total" or
    "note"; `backward` picks the colour."""

    role: str
    label: str
    numbers: str = ""
    value: str = ""
    backward: bool = False


@dataclass(frozen=True)
class _Drawn:
    x: float
    y: float  # of the base line
    text: str
    bold: bool
    colour: str


class ArithmeticView(QWidget):
    """Entries below each other; long lines break between their numbers, and nothing is elided."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._drawn: list[_Drawn] = []
        self._rules: list[float] = []
        self._theme: Theme | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        font = QFont(self.font())
        font.setPixelSize(theme.small_px)
        self._font = tabular(font)
        self._bold = QFont(self._font)
        self._bold.setBold(True)
        self._metrics, self._bold_metrics = QFontMetricsF(self._font), QFontMetricsF(self._bold)
        self._arrange()

    def set_entries(self, entries: tuple[Entry, ...]) -> None:
        if entries == self._entries:
            return
        self._entries = entries
        self.setAccessibleName("; ".join(self.texts()))
        self._arrange()

    def texts(self) -> list[str]:
        """Every line as plain text."""
        return [" ".join(part for part in (e.label, e.numbers, e.value) if part) for e in self._entries]

    def _arrange(self) -> None:
        theme = self._theme
        if theme is None:
            return
        self._drawn, self._rules = [], []
        line, room, y = self._metrics.height() * 1.22, float(self.width()) - 2, 0.0
        for entry in self._entries:
            bold = entry.role in ("head", "total")
            regular = self._metrics.horizontalAdvance
            advance = self._bold_metrics.horizontalAdvance if bold else regular
            pass_colour = theme.backward_text if entry.backward else theme.forward_text
            colour = {"head": pass_colour, "total": pass_colour, "note": theme.muted}.get(entry.role, theme.ink)
            x = 0.0 if bold else INDENT
            if entry.role == "head" and y:
                y += 0.4 * line
            if entry.role == "total":
                self._rules.append(y + 2)
                y += 3
            base = y + self._metrics.ascent()
            value_x = room - advance(entry.value)
            x, base = self._words(
                entry.label, x, base, room, bold, theme.muted if entry.role == "line" else colour, advance, line
            )
            if entry.numbers:
                # Beside the label where it fits with its value, otherwise on lines of their own.
                gap = 5 if bold else 10
                if x + gap + regular(entry.numbers) + 10 <= value_x:
                    self._put(x + gap, base, entry.numbers, False, theme.ink)
                else:
                    start = INDENT if bold else 2 * INDENT
                    x, base = self._words(entry.numbers, start, base + line, room, False, theme.ink, regular, line)
            if entry.value:
                if x + 8 > value_x:
                    base += line
                self._put(value_x, base, entry.value, bold, colour)
            y = base + self._metrics.descent() + 0.22 * line
        wanted = max(1, round(y + 2))
        if wanted != self.height():
            self.setFixedHeight(wanted)
        self.update()

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

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._theme.line), self._theme.hairline))
        for y in self._rules:
            painter.drawLine(QPointF(0.0, y), QPointF(self.width(), y))
        for each in self._drawn:
            painter.setFont(self._bold if each.bold else self._font)
            painter.setPen(QColor(each.colour))
            painter.drawText(QPointF(each.x, each.y), each.text)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(240, max(self.height(), 1))
