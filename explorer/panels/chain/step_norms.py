"""‖∂L/∂s‖ under every step as a number, or under every k-th where they would not stand apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.chain.symbols import scan_symbol
from core.claims.claim import column_norms
from core.memo import remember
from core.notation.equations import Style
from core.timeline.timeline import ACCUMULATE, BACKWARD, UPDATE
from explorer.panels.chain.marks import Label
from explorer.panels.chain.step_numbers import EVERY
from explorer.panels.sentences import loss_symbol
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.style.numbers import power

NORMS_HEIGHT = 1.15  # in lines of text


@dataclass(frozen=True)
class StepNorms:
    """The line of numbers between `top` and `bottom` px: of the memory of the cell that the run is about."""

    session: Session
    top: float
    bottom: float
    base_font: QFont

    @property
    def _font(self) -> QFont:
        return sized(self.base_font, self.session.theme.small_px)

    @property
    def sizes(self) -> np.ndarray:
        """(columns,) of the gradient on show; NaN where that cell has no step."""
        session, trace = self.session, self.session.trace
        key = ("step norms", session.view.share_at, session.view.gradient)
        return remember(trace, key, lambda: column_norms(trace, session.share, trace.scan.cell.memory))

    def name(self) -> Label:
        """What they are, under the rows' names."""
        trace, style = self.session.trace, Style(False, "t", self.session.notation)
        symbol = scan_symbol(trace, trace.scan, trace.scan.cell.memory, style)
        loss = loss_symbol(self.session.notation, self.session.view.share_at)
        text = f"‖∂{loss}/∂{symbol}‖"
        width = QFontMetricsF(self._font).horizontalAdvance(text)
        return Label(QRectF(6, self.top, width, self.bottom - self.top), text, self.session.theme.muted)

    def labels(self) -> list[Label]:
        """Those of all visible steps that stand apart, whatever the passes have reached; the last and the first step
        have one: they are what a gradient begins with and what is left of it."""
        return [label for _, label in self._placed()]

    def _placed(self) -> list[tuple[int, Label]]:
        columns, metrics, sizes = self.session.columns, QFontMetricsF(self._font), self.sizes
        first, last = columns.visible()
        there = [t for t in range(first, last + 1) if not np.isnan(sizes[t - 1])]
        if not there:
            return []
        texts = {t: power(float(sizes[t - 1])) for t in there}
        widest = max(metrics.horizontalAdvance("0.00·10⁻⁰"), metrics.horizontalAdvance(texts[there[-1]]))
        every = next((n for n in EVERY if n * columns.column >= widest + 6.0), EVERY[-1])
        found: list[tuple[int, Label]] = []
        left, right = max(self.name().place.right() + 4.0, columns.LEFT - 3.0), columns.right + 3.0
        for t in dict.fromkeys((there[-1], there[0], *reversed(there))):
            if (there[-1] - t) % every and t != there[0]:
                continue
            width = metrics.horizontalAdvance(texts[t])
            x = min(columns.x(t) - width / 2, right - width)
            if t == there[0]:
                x = max(x, min(left, columns.x(t)))  # beside their name, and still in its column
            if left <= x and x + width <= right:
                place = QRectF(x, self.top, width, self.bottom - self.top)
                found.append((t, Label(place, texts[t], self.session.theme.backward_text)))
                if t == there[0]:
                    left = place.right() + 4.0
                else:
                    right = x - 4.0
        return sorted(found, key=lambda each: each[0])

    def shown(self) -> list[Label]:
        """Those that the backward pass has reached."""
        session = self.session
        if session.time.phase not in (BACKWARD, ACCUMULATE, UPDATE):
            return []
        trace = session.trace
        beats = trace.schedule.backward(trace.scan.name)
        done = session.position - session.timeline.beats - 1
        encoder = [scan.name for scan in trace.scans if scan.name == "E" + trace.scan.name[1:]]
        if trace.scan.decodes and encoder:
            beats = beats + trace.schedule.backward(encoder[0])
        return [label for t, label in self._placed() if beats[t - 1] <= done + 1e-9]

    def draw(self, painter: QPainter) -> None:
        """As far as the backward pass has come."""
        painter.setFont(self._font)
        middle = QFontMetricsF(self._font)
        for place, text, ink in self.shown():
            painter.setPen(QColor(ink))
            painter.drawText(QPointF(place.left(), place.center().y() + middle.ascent() / 2 - 1), text)

    def draw_name(self, painter: QPainter) -> None:
        """What does not move."""
        place, text, ink = self.name()
        painter.setFont(self._font)
        painter.setPen(QColor(ink))
        painter.drawText(QPointF(place.left(), place.center().y() + QFontMetricsF(self._font).ascent() / 2 - 1), text)
