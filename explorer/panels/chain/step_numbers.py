"""The numbers of the steps below the chain: which there is room for, which step lies under a point."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.chain.rows import rows
from core.timeline.timeline import BACKWARD, FORWARD
from core.trace import Trace
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.scene import ChainScene
from explorer.items.plots.playhead import tint
from explorer.items.plots.readout import draw_readout
from explorer.panels.chain.marks import Label
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.style.theme import Theme

STEPS_HEIGHT = 1.5  # in lines of text
TICK = 1.5  # px of a mark's height for each group that runs
BEYOND = 4.0  # px beside the first and the last column in which what moves with time is drawn
EVERY = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)


def line_height(session: Session) -> float:
    """px of a line of text."""
    return session.theme.font_px * 1.25


def part_at(trace: Trace, t: int) -> str | None:
    """The part whose cell opens for column t (from 1): the one that the run is about where it has this step, else the
    topmost that has; None where no cell has."""
    pieces = [row.piece(t) for row in rows(trace) if row.row == "s"]
    parts = [piece.part for piece in pieces if piece is not None]
    return trace.scan.name if trace.scan.name in parts else (parts[-1] if parts else None)


def draw_hint(painter: QPainter, text: str, x: float, bottom: float, width: float, font: QFont, theme: Theme) -> None:
    """What a click on a number does, beside `x` and above `bottom`, where no number is covered; `width`: of the card,
    px."""
    small = sized(font, theme.small_px)
    room = QRectF(0, 0, width, bottom - 1)
    draw_readout(painter, QPointF(x - 7.0, room.bottom()), "", [(text, "", theme.ink)], small, room, theme)


@dataclass(frozen=True)
class StepNumbers:
    """Below the columns of one picture, `width` px wide."""

    session: Session
    scene: ChainScene
    layout: ChainLayout
    width: int
    base_font: QFont

    def _font(self, bold: bool = False) -> QFont:
        return sized(self.base_font, self.session.theme.font_px, bold)

    def labels(self) -> list[tuple[int, Label]]:
        """The steps with their numbers and words that there is room for."""
        theme, columns = self.session.theme, self.session.columns
        metrics = QFontMetricsF(self._font())
        first, last = columns.visible()
        widest = metrics.horizontalAdvance(str(self.scene.steps)) + 14
        every = next((n for n in EVERY if n * columns.column >= widest), 1000)
        found: list[tuple[int, Label]] = []
        for t in range(first, last + 1):
            own = t - self.scene.written if t > self.scene.written else t
            if every == 1 or own % every == 0 or (own == 1 and 2 < every <= 5):
                text = self.text(t)
                width = metrics.horizontalAdvance(text)
                box = self._box(t, max(widest, width + 4))
                place = QRectF(self._whole(box.center().x(), width) - width / 2, box.y(), width, box.height())
                if not found or found[-1][1].place.right() + 4 <= place.left():
                    found.append((t, Label(place, text, theme.muted)))
        return found

    def ticks(self) -> list[QRectF]:
        """Of a cell whose groups have clocks: a mark at each step in sight, as high as groups run; where steps are too
        close for marks, none."""
        columns, clocks = self.session.columns, self.session.trace.scan.cell.clocks
        if not clocks or columns.column < 4.0:
            return []
        first, last = columns.visible()
        own = ((t, t - self.scene.written if t > self.scene.written else t) for t in range(first, last + 1))
        running = ((t, sum(step % period == 0 for period in clocks)) for t, step in own)
        wide, foot = min(columns.column * 0.5, 10.0), self.layout.bottom + len(clocks) * TICK - 2.0
        return [QRectF(columns.x(t) - wide / 2, foot - count * TICK, wide, count * TICK - 0.5)
                for t, count in running if count]  # fmt: skip

    def draw_ticks(self, painter: QPainter) -> None:
        """The marks of the clocks, above the numbers."""
        for mark in self.ticks():
            painter.fillRect(mark, QColor(self.session.theme.muted))

    def under(self, place: QPointF) -> int | None:
        """The step whose number is under a point, between the numbers that of the column; None beside their line."""
        columns = self.session.columns
        height = STEPS_HEIGHT * line_height(self.session)
        if not self.layout.bottom <= place.y() < self.layout.bottom + height:
            return None
        if not columns.LEFT - 2 <= place.x() <= columns.right + 2:
            return None
        time = self.session.time
        if time.phase in (FORWARD, BACKWARD) and self._live(time.t)[0].contains(place):
            return time.t
        written = (t for t, label in self.labels() if label.place.adjusted(-2, 0, 2, 0).contains(place))
        return next(written, columns.step_at(place.x()))

    def _box(self, t: int, width: float) -> QRectF:
        width = max(width, 30.0)
        left = min(max(self.session.columns.x(t) - width / 2, 0.0), self.width - width - 4.0)
        return QRectF(left, self.layout.bottom, width, STEPS_HEIGHT * line_height(self.session) * 0.85)

    @property
    def _labelled(self) -> bool:
        """Whether what is read at a step stands beside its number: there is room, and it is this sample's."""
        return bool(self.scene.labels) and self.session.columns.column >= 24 and self.session.view.sample == 0

    def text(self, t: int) -> str:
        """The number of step t, with what is read there where there is room."""
        if self.scene.written and t > self.scene.written:  # a decoder counts its own steps
            return f"{t - self.scene.written}′"
        labels = self.scene.labels
        if not (self._labelled and t <= len(labels) and labels[t - 1]) or self._in_node(t):
            return str(t)
        metrics = QFontMetricsF(self._font(bold=True))
        room = self.session.columns.column - 4
        text = f"{t} {labels[t - 1]}"
        if metrics.horizontalAdvance(text) <= room:
            return text
        return metrics.elidedText(labels[t - 1], Qt.TextElideMode.ElideRight, room)  # a word alone says more than half

    def _in_node(self, t: int) -> bool:
        """Whether what is read at step t stands in its node."""
        tokens = self.scene.rows[0].tokens
        if tokens is None or self.layout.detail is Detail.HEAT:
            return False
        return tokens.font(t, self.layout.strips(0, self.layout.node(0, t))[0]) is not None

    def _live(self, t: int) -> tuple[QRectF, QRectF]:
        """What the live step's number covers, and the box that it stands in."""
        text, metrics = self.text(t), QFontMetricsF(self._font(bold=True))
        wide = metrics.horizontalAdvance(text)
        box = self._box(t, max(30.0, wide - 16.0))  # 10 px more a side are drawn in
        narrow = self.session.columns.column <= box.width()
        spare = metrics.horizontalAdvance(str(self.scene.steps)) if narrow else 10.0
        box.translate(self._whole(box.center().x(), wide) - box.center().x(), 0.0)
        return QRectF(box.center().x() - (wide + spare) / 2, box.y() + 1, wide + spare, box.height() - 2), box

    def _whole(self, x: float, width: float) -> float:
        """The middle of a text nearest to x where no edge of what moves with time cuts it."""
        columns = self.session.columns
        least, most = columns.LEFT - BEYOND + width / 2, columns.right + BEYOND - width / 2
        return min(max(x, least), most)

    def draw_live(self, painter: QPainter, t: int, ink: str) -> None:
        """The live step's number, bold, over its neighbours where the numbers stand close."""
        theme = self.session.theme
        painter.setFont(self._font(bold=True))
        cover, box = self._live(t)
        painter.fillRect(cover, QColor(theme.panel))
        if self.session.columns.column >= cover.width():
            painter.fillRect(cover, tint(theme, self.session.time.phase == FORWARD))
        painter.setPen(QColor(ink))
        painter.drawText(box.adjusted(-10, 0, 10, 0), Qt.AlignmentFlag.AlignCenter, self.text(t))
