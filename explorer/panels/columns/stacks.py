"""What panels of stacks have in common: a stack for every step that the backward pass has done, made once per change;
a moving playhead only shows more of a picture. A column is read off with the mouse or [ and ]."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.network.scan import Scan
from explorer.items.legends import ShareLegend
from explorer.items.pixmaps import painted
from explorer.items.plots.split_curve import ShareFrame, Shares, draw_axis, draw_shares, share_range
from explorer.panels.columns.column_panel import ColumnPanel
from explorer.session.session import Change
from explorer.words import clauses


class StacksPanel(ColumnPanel):
    """Subclasses say what is stacked: `update_stacks` and `stacks`, `absence` where there are none, `readout` and
    `select_column`; `heading` is what a column's readout is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.legend = ShareLegend()
        self.renders = self.splits = 0  # how often the stacks were painted, and made; tests count them
        self._stale_stacks = True
        self._done = np.zeros(0, dtype=int)
        self._stacks: Shares | None = None  # as they were made last
        self._picture: tuple[QPixmap, QPixmap, ShareFrame] | None = None
        self._at: int | None = None  # the column that is read off
        self._mouse_at: QPointF | None = None

    # --- for subclasses ---
    @property
    def scan(self) -> Scan:
        """The scan whose steps they are."""
        raise NotImplementedError

    def own_steps(self) -> tuple[int, int] | None:
        return self.session.trace.schedule.lanes[self.scan.name][:2]

    def update_stacks(self) -> None:
        """Makes what is stacked, and says what it is: the legend's names, the canvas's description."""
        raise NotImplementedError

    def stacks(self) -> Shares | None:
        """What is stacked; None where there is nothing."""
        raise NotImplementedError

    def absence(self) -> str:
        """Why there is nothing to show."""
        raise NotImplementedError

    def heading(self, column: int) -> str:
        """What the readout of a column is about."""
        raise NotImplementedError

    def readout(self, column: int) -> list[tuple[str, str]]:
        """(name, number) of every part of a column; one line that says why where there are none."""
        raise NotImplementedError

    def select_column(self, column: int) -> None:
        """Selects what a column stands for."""
        raise NotImplementedError

    # --- what is shown ---
    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.VIEW | Change.THEME):
            return
        self._stale_stacks = True
        self.legend.set_theme(self.session.theme)
        if self.isVisible():
            self._update()  # the header with it
            self.stale()
        else:
            self.resized()

    def _update(self) -> None:
        """Only while it is visible."""
        self._stale_stacks = False
        self.splits += 1
        self._done = self.session.trace.schedule.backward(self.scan.name)
        self._at = None
        self.update_stacks()
        self._stacks = self.stacks()
        self.fit_header()

    def forget_picture(self) -> None:
        self._picture = None

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self.session is not None and self._stale_stacks:
            self._update()

    # --- time ---
    def reached(self) -> tuple[int, int]:
        """The first and the last column that the backward pass has done in this scan; (0, 0) where it has none."""
        done = self.session.timeline.backward_done(self.session.position)
        there = np.flatnonzero((self._done > 0) & (self._done <= done))
        return (int(there[0]) + 1, int(there[-1]) + 1) if there.size else (0, 0)

    def now(self) -> tuple[int, ...]:
        return self.live, *self.reached()

    # --- painting ---
    def paint(self, painter: QPainter) -> None:
        if self._stale_stacks:
            self._update()
        columns = self.session.columns
        _, first, last = self._drawn = self.now()
        self.draw_playhead(painter)
        stacks = self._stacks
        if stacks is None or not np.isfinite(stacks.values).any():
            self.draw_absence(painter, self.absence())
            return
        if self._picture is None or self._picture[0].devicePixelRatio() != self.ratio():
            self._picture = self._render(stacks)
        axis, drawn, frame = self._picture
        painter.drawPixmap(0, 0, axis)
        if first:
            half = columns.column / 2
            left, right = columns.x(first) - half, columns.x(last) + half
            if stacks.shift:  # they stand between two columns, and the pass has come to one of them
                left, right = (left + half, right) if stacks.shift > 0 else (left, right - half)
            painter.save()
            painter.setClipRect(QRectF(left, 0, right - left, self.high))
            painter.drawPixmap(0, 0, drawn)
            painter.restore()
        if self._at is not None:
            self._draw_readout(painter, frame, self._at)

    def _render(self, stacks: Shares) -> tuple[QPixmap, QPixmap, ShareFrame]:
        columns, theme, font = self.session.columns, self.session.theme, self.small_font()
        plot = self.plot.adjusted(0, 3, 0, -4)
        frame = ShareFrame(plot, columns.first, columns.column, *share_range(stacks.values))
        right = max(min(columns.right, plot.right()), plot.left() + 20)
        size, ratio = self.picture_size(), self.ratio()
        axis = painted(size, ratio, lambda painter: draw_axis(painter, frame, right, font, theme))
        drawn = painted(size, ratio, lambda painter: draw_shares(painter, stacks, frame, font, theme))
        self.renders += 1
        return axis, drawn, frame

    def _draw_readout(self, painter: QPainter, frame: ShareFrame, column: int) -> None:
        x, ink = frame.x(column), self.session.theme.ink
        self.draw_line(painter, x, frame.rect)
        rows = [(name, value, ink) for name, value in self.readout(column)]
        place = QPointF(x, self._mouse_at.y() if self._mouse_at else frame.rect.center().y())
        self.draw_readout(painter, place, self.heading(column), rows)

    # --- mouse and keys ---
    def hover(self, place: QPointF | None) -> None:
        inside = place is not None and self.steps_rect.adjusted(0, -4, 0, 4).contains(place)
        self._mouse_at = place
        at = self._clamped(self.session.columns.step_at(place.x())) if inside and place is not None else None
        if at != self._at:
            self._at = at
            self.canvas.update()

    def _clamped(self, column: int) -> int:
        """A column of the scan's own."""
        own = np.flatnonzero(self._done > 0) + 1
        return min(max(column, int(own[0])), int(own[-1])) if own.size else column

    def click(self, place: QPointF) -> None:
        if self.steps_rect.contains(place):
            self.select_column(self.session.columns.step_at(place.x()))

    def own_keys(self) -> frozenset[Qt.Key]:
        brackets = (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)
        with_line = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return frozenset(brackets if self._at is None else (*brackets, *with_line))

    def key(self, key: Qt.Key) -> bool:
        if key not in self.own_keys():
            return False
        if key == Qt.Key.Key_Escape:
            self._at = None
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            by = 1 if key == Qt.Key.Key_BracketRight else -1
            self._at = self._clamped(self._at + by if self._at else self.live or self.session.trace.steps)
            self.session.columns.reveal(self._at)
            said = clauses(f"{name} {value}".strip() for name, value in self.readout(self._at))
            self.canvas.setAccessibleDescription(f"{self.heading(self._at)}: {said}")
        elif self._at is not None:
            self.select_column(self._at)
        self._mouse_at = None
        self.canvas.update()
        return True
