"""Where the two matrices of attention lie, and what stands around them: names of rows and columns, captions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.columns import Columns
from explorer.items.plots.attention.matrix import MatrixFrame, draw_columns, draw_rows
from explorer.panels.attention.scene import Attention
from explorer.style.theme import Theme

_LEAST = 4.0  # px of a cell of the second matrix beside the first one, where that has wider ones


@dataclass(frozen=True, eq=False)
class AttentionLayout:
    """`plot`: the room there is, px. `captions`: what the first and the second matrix are called."""

    data: Attention
    columns: Columns
    plot: QRectF
    font: QFont
    captions: tuple[str, str]

    @cached_property
    def frames(self) -> tuple[MatrixFrame, MatrixFrame]:
        """Where they lie: the first in the encoder's columns, the second beside it or below it, whichever way the cells
        are less narrow."""
        columns, plot = self.columns, self.plot
        height = self._metrics.height() + 2
        written, read = self.data.steps
        left = columns.x(1) - columns.column / 2
        end = min(columns.x(read) + columns.column / 2, plot.right())
        names = self._names_room + 14
        beside = (plot.right() - end - names) / max(read, 1)
        half = max((plot.height() - height - 6) / 2, 10.0)
        tall = (plot.height() - height) / max(written, 1)
        if beside >= min(_LEAST, 0.75 * columns.column) and min(beside, tall) >= min(columns.column, half / written):
            rect = QRectF(plot.left(), plot.top() + height, end - plot.left(), plot.height() - height)
            column = min(beside, columns.column)
            second = QRectF(end + names, rect.top(), column * read, rect.height())
            return (
                MatrixFrame(rect, left, columns.column, written, read),
                MatrixFrame(second, second.left(), column, written, read),
            )
        upper = QRectF(plot.left(), plot.top() + height, end - plot.left(), half)
        frame = MatrixFrame(upper, left, columns.column, written, read)
        lower = upper.translated(0, frame.row * written + 6)
        return frame, MatrixFrame(lower, left, columns.column, written, read)

    @property
    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.font)

    @property
    def _beside(self) -> bool:
        first, second = self.frames
        return second.rect.top() == first.rect.top()

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The rows' names; their numbers alone where the symbols have no room."""
        written, width = self.data.written, self._metrics.horizontalAdvance
        fits = all(width(name) <= self.columns.LEFT - 14 for name in written)
        return written if fits else tuple(name.split(" ")[0] for name in written)

    @cached_property
    def _names_room(self) -> float:
        """px for them to the left of the second matrix, where its caption stands above them."""
        return max(self._metrics.horizontalAdvance(name) for name in (*self._names, self.captions[1]))

    def draw_around(self, painter: QPainter, theme: Theme) -> None:
        """Names of rows and columns, captions, and the empty cells."""
        first, second = self.frames
        beside, margin = self._beside, self.columns.LEFT - 4
        draw_columns(painter, first, self.data.read, self.font, theme)
        if beside:
            draw_columns(painter, second, self.data.read, self.font, theme)
        for frame, room in ((first, margin), (second, self._names_room + 12 if beside else margin)):
            draw_rows(painter, frame, self._names, self.font, theme, room)
            painter.fillRect(frame.span(0, frame.rows - 1), QColor(theme.empty_strip))
        painter.setPen(QColor(theme.ink))
        for frame, text in zip(self.frames, self.captions, strict=True):
            self._draw_caption(painter, frame, text)

    def _draw_caption(self, painter: QPainter, frame: MatrixFrame, text: str) -> None:
        """In a matrix's corner, or to its right where they are below each other; nowhere where there is no room."""
        metrics, first = self._metrics, self.frames[0]
        width = metrics.horizontalAdvance(text)
        if self._beside:
            place = QPointF(frame.rect.left() - 6 - width, frame.rect.top() - 4 - metrics.descent())
            fits = frame is first or place.x() >= first.span(0, 0).right() + 4
        else:
            place = QPointF(frame.span(0, 0).right() + 8, frame.rect.top() + metrics.ascent())
            fits = place.x() + width <= self.plot.right() + 4
        if fits:
            painter.drawText(place, text)
