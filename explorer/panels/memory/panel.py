"""Where the gradient on the memory comes from, over time: signed shares that add up to 1, in the chain's columns."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from core.analysis.memory_split import MemorySplit, kinds_of, no_split
from core.network.scan import Scan
from explorer.items.legends import ShareLegend
from explorer.items.pixmaps import painted
from explorer.items.plots.share_bar import share_text
from explorer.items.plots.split_curve import ShareFrame, Shares, draw_axis, draw_shares, share_range
from explorer.panels.columns.column_panel import ColumnPanel
from explorer.panels.memory.source import split_of
from explorer.panels.memory.words import absence, gradient, kind_name, select_node, selected_scan, symbol, tone
from explorer.session.session import Change
from explorer.widgets.labels import text_label


class MemoryPanel(ColumnPanel):
    """A stack of signed shares for every step that the backward pass has done: along the memory, through the gates,
    from the state. The split is made once per change; a moving playhead only shows more of a picture."""

    name = "memory"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.keys = (
            (self.tr("[ ]"), self.tr("move the readout")),
            (self.tr("Return"), self.tr("select the memory of its step")),
        )
        self._title, self._legend = text_label("title"), ShareLegend()
        self._note = text_label("small", self.tr("signed shares, they add up to 1"))
        for widget in (self._title, self._note):
            self.card.header.addWidget(widget)
        self.card.header.addStretch(1)
        self.card.header.addWidget(self._legend)
        self.renders = self.splits = 0  # how often the stacks were painted, and the gradient split; tests count them
        self.split: MemorySplit | None = None
        self._stale_split = True
        self._done = np.zeros(0, dtype=int)
        self._picture: tuple[QPixmap, QPixmap, ShareFrame] | None = None
        self._at: int | None = None  # the column that is read off
        self._mouse_at: QPointF | None = None

    # --- what is shown -----------------------------------------------------------------------------------------------
    @property
    def scan(self) -> Scan:
        """The scan whose memory it is."""
        return selected_scan(self.session)

    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.VIEW | Change.THEME):
            return
        session = self.session
        self._stale_split = True
        self._legend.set_theme(session.theme)
        name = self.tr("Where the gradient on {m} comes from").format(m=symbol(session, self.scan))
        self.canvas.setAccessibleName(name)
        if self.isVisible():
            self._update_split()
        self._fit_header()
        self._stale()

    def _update_split(self) -> None:
        """Splits the gradient that the view asks for; only while it is visible."""
        session, scan = self.session, self.scan
        self._stale_split = False
        self.split = split_of(session, scan)
        self.splits += 1
        if self.split is not None:
            names = tuple((kind_name(session.trace, scan, kind), tone(kind)) for kind in self.split.kinds)
            self._legend.set_names(names)
        else:
            kinds = kinds_of(scan.cell)
            self._legend.set_names(tuple((kind_name(session.trace, scan, kind), tone(kind)) for kind in kinds))
        self._done = session.trace.schedule.backward(scan.name)
        self._at = None
        self._fit_header()
        self.canvas.setAccessibleDescription(self._description())

    def _description(self) -> str:
        """The picture in a sentence: the mean share of every kind, and where it is largest."""
        split = self.split
        if split is None:
            return self._absence()
        there = np.isfinite(split.shares).all(axis=0)
        if not there.any():
            return self._absence()
        shares = split.shares[:, there]
        words = self.tr("{name}: {mean} on average, from {low} to {high}")
        name = {kind: kind_name(self.session.trace, self.scan, kind) for kind in split.kinds}
        parts = (
            words.format(
                name=name[kind], mean=share_text(float(row.mean())), low=share_text(float(row.min())),
                high=share_text(float(row.max())),
            )
            for kind, row in zip(split.kinds, shares, strict=True)
        )  # fmt: skip
        return self.tr("Steps with a gradient: {n}; {parts}.").format(n=int(there.sum()), parts="; ".join(parts))

    def _absence(self) -> str:
        """Why there is nothing to show."""
        if no_split(self.session.trace):
            return self.tr("an error is switched on: shares of a wrong gradient mean nothing")
        m = symbol(self.session, self.scan)
        if self.split is not None and not np.isfinite(self.split.gradient).all():
            return self.tr("the gradient on {m} is not a number: there is nothing to divide").format(m=m)
        return self.tr("the gradient on {m} is 0 at every step").format(m=m)

    def _stale(self) -> None:
        self._picture = None
        self.canvas.update()

    columns_changed = _stale

    def resized(self) -> None:
        if self.session is not None:
            self._fit_header()
        self._stale()

    def _fit_header(self) -> None:
        """The legend stays; the note goes first, then the title gets short."""
        m, width = symbol(self.session, self.scan), self._title.fontMetrics().horizontalAdvance
        whole = self.tr("Where the gradient on {m} comes from").format(m=m)
        room = self.card.width() - 60 - self._legend.sizeHint().width() - 1.12 * width(whole)
        self._title.setText(
            whole if room >= 0 else self.tr("Shares of {g}").format(g=gradient(self.session, self.scan))
        )
        self._note.setVisible(room >= self._note.sizeHint().width())

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self.session is not None and self._stale_split:
            self._update_split()

    # --- time --------------------------------------------------------------------------------------------------------
    def _reached(self) -> tuple[int, int]:
        """The first and the last column that the backward pass has done in this scan; (0, 0) where it has none."""
        done = self.session.timeline.backward_done(self.session.position)
        there = np.flatnonzero((self._done > 0) & (self._done <= done))
        return (int(there[0]) + 1, int(there[-1]) + 1) if there.size else (0, 0)

    def now(self) -> tuple[int, ...]:
        return self.live, *self._reached()

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        if self._stale_split:
            self._update_split()
        columns = self.session.columns
        _, first, last = self._drawn = self.now()
        self.draw_playhead(painter)
        if self.split is None or not np.isfinite(self.split.shares).any():
            self.draw_absence(painter, self._absence())
            return
        if self._picture is None or self._picture[0].devicePixelRatio() != self.devicePixelRatioF():
            self._picture = self._render(self.split)
        axis, stacks, frame = self._picture
        painter.drawPixmap(0, 0, axis)
        if first:
            left, right = columns.x(first) - columns.column / 2, columns.x(last) + columns.column / 2
            painter.save()
            painter.setClipRect(QRectF(left, 0, right - left, self.card.height()))
            painter.drawPixmap(0, 0, stacks)
            painter.restore()
        if self._at is not None:
            self._draw_readout(painter, frame, self._at)

    def _render(self, split: MemorySplit) -> tuple[QPixmap, QPixmap, ShareFrame]:
        columns, theme, font = self.session.columns, self.session.theme, self.small_font()
        plot = self.plot.adjusted(0, 3, 0, -4)
        frame = ShareFrame(plot, columns.first, columns.column, *share_range(split.shares))
        zero = (split.gradient == 0).all(axis=1)
        shares = Shares(split.shares, tuple(tone(kind) for kind in split.kinds), zero, split.offset)
        right = max(min(columns.right, plot.right()), plot.left() + 20)
        size, ratio = QSize(max(round(columns.width), 60), self.card.height()), self.devicePixelRatioF()
        axis = painted(size, ratio, lambda painter: draw_axis(painter, frame, right, font, theme))
        stacks = painted(size, ratio, lambda painter: draw_shares(painter, shares, frame, font, theme))
        self.renders += 1
        return axis, stacks, frame

    # --- reading off -------------------------------------------------------------------------------------------------
    def readout(self, column: int) -> list[tuple[str, str]]:
        """(name, share) of every kind; one line that says why where there are none."""
        split = self.split
        first, last = self._reached()
        if split is None or not first <= column <= last:
            return [(self.tr("the backward pass has not reached this step"), "")]
        shares = split.at(column)
        if not shares:
            return [(absence(split, column).format(g=self._gradient(column)), "")]
        return [(kind_name(self.session.trace, self.scan, kind), share_text(value)) for kind, value in shares.items()]

    def _gradient(self, column: int) -> str:
        own = column - (self.split.offset if self.split else 0)
        return gradient(self.session, self.scan, own)

    def _draw_readout(self, painter: QPainter, frame: ShareFrame, column: int) -> None:
        x, ink = frame.x(column), self.session.theme.ink
        self.draw_line(painter, x, frame.rect)
        rows = [(name, value, ink) for name, value in self.readout(column)]
        place = QPointF(x, self._mouse_at.y() if self._mouse_at else frame.rect.center().y())
        self.draw_readout(painter, place, self._gradient(column), rows)

    # --- mouse and keys ----------------------------------------------------------------------------------------------
    def hover(self, place: QPointF | None) -> None:
        inside = place is not None and self.steps_rect.adjusted(0, -4, 0, 4).contains(place)
        self._mouse_at = place
        at = self._clamped(self.session.columns.step_at(place.x())) if inside and place is not None else None
        if at != self._at:
            self._at = at
            self.canvas.update()

    def _clamped(self, column: int) -> int:
        split = self.split
        if split is None:
            return column
        return min(max(column, split.offset + 1), split.offset + len(split.gradient))

    def click(self, place: QPointF) -> None:
        if self.steps_rect.contains(place):
            self._select(self.session.columns.step_at(place.x()))

    def _select(self, column: int) -> None:
        """Selects the memory of a column."""
        select_node(self.session, self.scan, self.scan.cell.memory, column)

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
            said = "; ".join(f"{name} {value}".strip() for name, value in self.readout(self._at))
            self.canvas.setAccessibleDescription(f"{self._gradient(self._at)}: {said}")
        elif self._at is not None:
            self._select(self._at)
        self._mouse_at = None
        self.canvas.update()
        return True

    def menu(self) -> QMenu | None:
        return None
