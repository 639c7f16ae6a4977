"""What every picture over the updates of a training shares: the axis below, the mark of the update on the screen, and
the mouse and keys."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.items.plots.readout import Row, draw_readout
from explorer.items.training.hovered import Hovered
from explorer.style.numbers import count
from explorer.style.theme import Theme
from explorer.widgets.painted import draw_focus

LEFT = 7.0  # widths of a digit, for the numbers beside an axis
_OWN = frozenset((Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight))
_STEPS = (1, 2, 5)
_KEY = 16.0 + 5.0  # px of a curve's sign in the legend, and to its name
LEAST_NAME = 8  # letters of a name that is cut short


@dataclass(frozen=True)
class UpdateAxis:
    """Updates 0 … `last` over the width of `rect`, px. `decades`: by log(1 + update), so that the first ones have as
    much room as all that follow."""

    rect: QRectF
    last: int
    decades: bool = False

    def x(self, update: float) -> float:
        """px of an update."""
        return float(self.places(np.array(update)))

    def places(self, updates: NDArray) -> NDArray:
        """px of many."""
        share = np.asarray(updates, dtype=float) / max(self.last, 1)
        if self.decades:
            share = np.log1p(np.maximum(updates, -0.5)) / math.log1p(max(self.last, 1))
        return self.rect.left() + self.rect.width() * share

    def update_at(self, x: float) -> int:
        """The update at a place, clamped to the training."""
        share = min(max((x - self.rect.left()) / max(self.rect.width(), 1.0), 0.0), 1.0)
        if self.decades:
            return min(round(math.expm1(share * math.log1p(max(self.last, 1)))), self.last)
        return round(share * self.last)

    def ticks(self, apart: float) -> list[int]:
        """Round updates, at least so many px apart; 0 among them."""
        if self.decades:
            found = [0]
            for update in (s * 10**k for k in range(len(str(self.last))) for s in _STEPS):
                if update <= self.last and self.x(update) - self.x(found[-1]) >= apart:
                    found.append(update)
            return found
        least = max(apart * max(self.last, 1) / max(self.rect.width(), 1.0), 1.0)
        power = 10 ** math.floor(math.log10(least))
        step = next(s * power for s in (*_STEPS, 10) if s * power >= least)
        return list(range(0, self.last + 1, int(step)))


class OverUpdates(Hovered):
    """A picture over updates 0 … `last`. `at_update`: the one on the screen. A press or a drag asks for another."""

    scrubbed = Signal(int)
    released = Signal()  # the drag is over
    own_keys, focus_radius = _OWN, None

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.last, self.at_update, self.best = 0, 0, -1
        self.decades = False
        self._dragging = False
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_updates(self, last: int, shown: int, best: int = -1) -> None:
        """So many updates there are; `shown` is the one on the screen, `best` the one with the lowest validation loss
        (−1: none)."""
        if (last, shown, best) != (self.last, self.at_update, self.best):
            self.last, self.at_update, self.best = last, shown, best
            self.update()

    def set_decades(self, decades: bool) -> None:
        """By the logarithm of the updates, or evenly."""
        if decades != self.decades:
            self.decades = decades
            self.update()

    # --- what a picture gives ---
    def draw(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """Draws its contents over the axis."""
        raise NotImplementedError

    def readout(self, update: int) -> list[Row]:
        """What stands in the box beside the mouse."""
        return []

    def legend(self) -> list[tuple[str, str, bool]]:
        """Above the picture: (name, colour, dashed) of what is drawn as a line."""
        return []

    # --- geometry ---
    @property
    def head(self) -> float:
        """px above the picture, for the title and the legend."""
        return self._type.height * 1.3

    @property
    def axis(self) -> UpdateAxis:
        """Where the picture lies."""
        inner = self.inner_rect()
        left = LEFT * self._type.width("0") + 6
        plot = QRectF(left, self.head, inner.width() - left - 8, inner.height() - self.head - self._type.height - 5)
        return UpdateAxis(plot, self.last, self.decades)

    def update_under(self, x: float) -> int:
        """The update that a press at a place asks for."""
        return self.axis.update_at(x)

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        axis = self.axis
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_head(painter, theme)
        if axis.rect.height() < 8 or axis.rect.width() < 8:
            return
        painter.save()
        self.draw(painter, theme, axis)
        painter.restore()
        self._draw_axis(painter, theme, axis)
        self._draw_shown(painter, theme, axis)
        if self._hover is not None and self.last:
            update = self.update_under(self._hover.x())
            rows = self.readout(update)
            if rows:
                heading = self.tr("update {k}").format(k=count(update))
                draw_readout(painter, self._hover, heading, rows, self._type.plain, self.inner_rect(), theme)
        if self.hasFocus():
            draw_focus(painter, self.inner_rect(), theme)

    def _draw_head(self, painter: QPainter, theme: Theme) -> None:
        metrics = self._type.metrics
        base, x, right = metrics.ascent() + 1, self.axis.rect.left(), self.inner_rect().right() - 4
        painter.setFont(self._type.bold)
        painter.setPen(QColor(theme.ink))
        painter.drawText(QPointF(x, base), self.title)
        x += self._type.bold_width(self.title) + 12
        painter.setFont(self._type.plain)
        for name, colour, dashed in self._fitting(right - x):
            wide = _KEY + self._type.width(name)
            if x + wide > right + 0.5:
                break
            pen = QPen(QColor(colour), theme.curve, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            y = base - metrics.xHeight() / 2
            painter.drawLine(QPointF(x, y), QPointF(x + 16, y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(x + 21, base), name)
            x += wide + 12

    def _fitting(self, room: float) -> list[tuple[str, str, bool]]:
        """The legend in so many px: where not all of it fits, long names lose their ends, those of all as much."""
        found = self.legend()
        room -= sum(_KEY + 12 for _ in found) - 12
        widths = sorted(self._type.width(name) for name, _, _ in found)
        most = room
        for k, wide in enumerate(widths):  # the short ones leave what they do not need to the others
            most = room / (len(widths) - k)
            if wide > most:
                break
            room -= wide
        if not widths or widths[-1] <= most or most < LEAST_NAME * self._type.width("x"):
            return found
        end = Qt.TextElideMode.ElideRight
        return [(self._type.metrics.elidedText(name, end, most), colour, dashed) for name, colour, dashed in found]

    def _draw_axis(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        painter.setFont(self._type.plain)
        base = axis.rect.bottom() + self._type.metrics.ascent() + 4
        word = self.tr("update")
        painter.setPen(QColor(theme.muted))
        beside = axis.rect.left() - self._type.width("0") - self._type.width(word)  # half a digit clear of the 0
        painter.drawText(QPointF(max(beside, 0.0), base), word)
        end = -math.inf
        apart = self._type.width(count(self.last)) + (8 if self.decades else 18)
        for tick in axis.ticks(apart):
            text, x = count(tick), axis.x(tick)
            left = min(x - self._type.width(text) / 2, axis.rect.right() + 8 - self._type.width(text))
            if left < end:
                continue
            end = left + self._type.width(text) + 6
            painter.setPen(QPen(QColor(theme.line), theme.hairline))
            painter.drawLine(QPointF(x, axis.rect.bottom()), QPointF(x, axis.rect.bottom() + 3))
            painter.setPen(QColor(theme.muted))
            painter.drawText(QPointF(left, base), text)

    def _draw_shown(self, painter: QPainter, theme: Theme, axis: UpdateAxis) -> None:
        """The update on the screen: a line with a handle; the best one: a small flag."""
        top, bottom = axis.rect.top(), axis.rect.bottom()
        if 0 <= self.best <= self.last:
            x = axis.x(self.best)
            painter.setPen(QPen(QColor(theme.ok_text), theme.hairline, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        if self.at_update < 0:  # what is on the screen is none of these networks
            return
        x = axis.x(self.at_update)
        painter.setPen(QPen(QColor(theme.ink), theme.outline))
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ink))
        painter.drawPolygon([QPointF(x - 4, top), QPointF(x + 4, top), QPointF(x, top + 6)])

    # --- Qt ---
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.last:
            self._dragging = True
            self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.inner(event.position())
        if self._dragging and event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.released.emit()

    def _scrub(self, event: QMouseEvent) -> None:
        update = self.update_under(self.inner(event.position()).x())
        if update != self.at_update:
            self.scrubbed.emit(update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_BracketLeft: -1, Qt.Key.Key_BracketRight: 1}
        if event.key() in moves and self.last:
            by = moves[Qt.Key(event.key())]
            self.scrubbed.emit(min(max(self.at_update + by, 0), self.last))
            self.released.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(260, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 64)
