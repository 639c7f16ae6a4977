"""A gradient as a sum over time: one bar a step, T at the top, each with the sum so far; what is not reached yet is
said in words."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, log10

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QWidget

from explorer.style.colours import gradient_colour
from explorer.style.decades import HIGH, LOW, upper
from explorer.style.numbers import power
from explorer.style.theme import Theme
from explorer.widgets.painted import PaintedTable

MOST_ROWS = 14
_KEYS = frozenset(
    (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter)
)


def bar_length(norm: float, high: float = HIGH) -> float:
    """0 … 1 of the room, by log10 over the decades from LOW to `high`; 0 for what is no ordinary number."""
    if not isfinite(norm) or norm == 0.0:
        return 0.0
    return min(max((log10(norm) - LOW) / (high - LOW), 0.0), 1.0)


class AddendBars(PaintedTable):
    """Norms or signed numbers (T,) in, pixels out; only the lines in sight are painted, and only their sums are asked
    for: a thousand steps cost no more than fourteen."""

    step_chosen = Signal(int)  # t from 1
    own_keys, LINE = _KEYS, 1.3

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._norms: NDArray[np.float64] = np.zeros(0)
        self._label: Callable[[int], str] = str
        self._running: Callable[[int], float] | None = None
        self._heads, self._signed = ("", ""), False
        self._reached, self._at, self._cursor = 1, 0, 0
        self._note, self._high = "", HIGH
        self._laid: dict[str, QStaticText] = {}
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(lambda _: self.viewport().update())

    def set_theme(self, theme: Theme) -> None:
        self._laid.clear()
        super().set_theme(theme)

    def set_norms(
        self,
        norms: NDArray[np.float64],
        label: Callable[[int], str],
        running: Callable[[int], float] | None = None,
        heads: tuple[str, str] = ("", ""),
        signed: bool = False,
    ) -> None:
        """The norm of every step's addend, (T,), or, `signed`, one number of it; its symbol by t; the sum of steps
        T … t by t; what both columns of numbers are called."""
        self._norms, self._label = norms, label
        self._running, self._heads, self._signed = running, heads, signed
        sizes = np.abs(norms)
        self._high = upper(float(sizes.max(initial=0.0, where=np.isfinite(sizes))))
        self._cursor = min(self._cursor, len(norms))
        self.refit()
        self.viewport().update()

    def set_time(self, reached: int, at: int, note: str = "") -> None:
        """Steps T … `reached` are there (T + 1: none); step `at` is marked (0: none); `note` says what is missing, in a
        line below the last bar."""
        if (reached, at, note) == (self._reached, self._at, self._note):
            return
        grown = reached != self._reached
        self._reached, self._at, self._note = reached, at, note
        if grown:
            self.refit()
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())  # the newest addend is the last line
        self.viewport().update()

    @property
    def lines(self) -> int:
        """How many addends are there."""
        return max(0, len(self._norms) + 1 - self._reached)

    def refit(self) -> None:
        if self._theme is None:
            return
        height = min(len(self._norms), MOST_ROWS)  # fixed, so that nothing below moves while the bars grow
        self.setFixedHeight(round(self.top + max(height, 1) * self._line) + 2)
        self.scroll_over(self.lines + bool(self._note), MOST_ROWS)
        self.show_bar(len(self._norms) > MOST_ROWS)

    @property
    def top(self) -> float:
        """Where the first bar's line begins."""
        return self._line if any(self._heads) else 0.0

    def step_at(self, y: float) -> int | None:
        """The step t whose bar is at y, if there is one."""
        line = int((y - self.top) // self._line) + self.verticalScrollBar().value()
        if y < self.top:
            return None
        return len(self._norms) - line if 0 <= line < self.lines else None

    def line_text(self, t: int) -> str:
        """ "dW₅ 1.49·10⁻², sum so far 3.10·10⁻²" """
        text = f"{self._label(t)} {self._number(float(self._norms[t - 1]))}"
        if self._running is None:
            return text
        return self.tr("{addend}, sum so far {sum}").format(addend=text, sum=self._number(self._running(t)))

    def _number(self, value: float) -> str:
        return power(value, 3, sign=self._signed)

    def _static(self, text: str) -> QStaticText:
        """Laid out once: the same lines move up by one with every beat."""
        if text not in self._laid:
            if len(self._laid) > 500:
                self._laid.clear()
            made = QStaticText(text)
            made.setTextFormat(Qt.TextFormat.PlainText)
            made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            made.prepare(font=self._type.plain)
            self._laid[text] = made
        return self._laid[text]

    def paint(self, painter: QPainter, theme: Theme) -> None:
        painter.setFont(self._type.plain)
        steps, first = len(self._norms), self.verticalScrollBar().value()
        shown = range(first, min(first + MOST_ROWS, self.lines))
        texts = {k: self._number(float(self._norms[steps - k - 1])) for k in shown}
        sums = {k: self._number(self._running(steps - k)) for k in shown} if self._running is not None else {}
        advance = self._type.width
        left = max(advance(self._label(steps)), advance(self._label(max(steps - 1, 1)))) + 8
        least = advance(self._number(0.001).replace("⁻³", "⁻⁰⁰"))
        right = max([least, advance(self._heads[0]), *(advance(text) for text in texts.values())]) + 6
        far = max([least, advance(self._heads[1]), *(advance(text) for text in sums.values())]) + 10
        far = far if self._running is not None else 0.0
        width = self.viewport().width()
        if width - left - right - far < 20.0:  # the bar goes first
            far = max(0.0, width - left - right - 20.0) if far else 0.0
        room = max(4.0, width - left - right - far - 2)
        top = (self._line - self._type.metrics.height()) / 2
        painter.setPen(QColor(theme.muted))
        for name, end in zip(self._heads, (left + room + right, left + room + right + far), strict=True):
            painter.drawText(QPointF(end - advance(name), top + self._type.metrics.ascent()), name)
        for k in shown:
            t, y = steps - k, self.top + (k - first) * self._line
            norm = float(self._norms[t - 1])
            whole = QRectF(0, y, width, self._line)
            if t == self._at:
                painter.fillRect(whole, QColor(theme.selection))
            painter.setPen(QColor(theme.ink if t == self._at else theme.muted))
            painter.drawStaticText(QPointF(0, y + top), self._static(self._label(t)))
            length = max(2.0, bar_length(abs(norm), self._high) * room) if norm != 0.0 else 0.0
            painter.fillRect(QRectF(left, y + 0.18 * self._line, room, 0.64 * self._line), QColor(theme.empty_strip))
            if length and isfinite(norm):
                colour = gradient_colour(norm, LOW, self._high, theme)
                painter.fillRect(QRectF(left, y + 0.18 * self._line, length, 0.64 * self._line), colour)
            painter.setPen(QColor(theme.ink if isfinite(norm) else theme.fail_text))
            text = self._static(texts[k])
            painter.drawStaticText(QPointF(left + room + right - text.size().width(), y + top), text)
            if sums:
                painter.setPen(QColor(theme.muted))
                text = self._static(sums[k])
                painter.drawStaticText(QPointF(left + room + right + far - text.size().width(), y + top), text)
            if self.hasFocus() and t == self._cursor:
                painter.setPen(QPen(QColor(theme.focus), 2))
                painter.drawRect(whole.adjusted(1, 1, -1, -1))
        if self._note and first + MOST_ROWS > self.lines:
            painter.setPen(QColor(theme.muted))
            y = self.top + (self.lines - first) * self._line
            painter.drawText(QPointF(0, y + top + self._type.metrics.ascent()), self._note)

    # --- Qt ---
    def focusInEvent(self, event) -> None:
        if not self._reached <= self._cursor <= len(self._norms):
            self._cursor = len(self._norms)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        t = self._cursor
        moves = {Qt.Key.Key_Up: t + 1, Qt.Key.Key_Down: t - 1, Qt.Key.Key_Home: len(self._norms), Qt.Key.Key_End: 1}
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._reached <= t <= len(self._norms):
                self.step_chosen.emit(t)
        elif event.key() in moves and self.lines:
            self._cursor = min(max(moves[Qt.Key(event.key())], self._reached), len(self._norms))
            line, bar = len(self._norms) - self._cursor, self.verticalScrollBar()
            bar.setValue(min(max(bar.value(), line - MOST_ROWS + 1), line))
            self.setAccessibleDescription(self.line_text(self._cursor))
            self.viewport().update()
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        t = self.step_at(event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and t is not None:
            self._cursor = t
            self.step_chosen.emit(t)
