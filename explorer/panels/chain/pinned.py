"""The chain of a pinned run, below that of the run on show: the same columns, the same playhead, the same scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from core.chain.rows import rows
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.items.chain.scene import ChainScene
from explorer.panels.chain.drawing import ChainDrawing
from explorer.panels.chain.frame import ChainFrame, fitting
from explorer.panels.chain.hover import Node, node_tip
from explorer.panels.chain.layout import ANSWERS, Around
from explorer.panels.chain.marks import Label
from explorer.panels.chain.scale import Scale, scale_of
from explorer.panels.chain.step_norms import NORMS_HEIGHT
from explorer.panels.chain.step_numbers import STEPS_HEIGHT
from explorer.panels.chain.under import selection_under
from explorer.panels.chain.view import ChainView, Shown
from explorer.session.pinned import share_of
from explorer.session.session import Pin, Selection, Session
from explorer.words import clauses, counted, translator

HEADER, FOOT = 1.45, 0.15  # in lines of text
NAME = 0.5  # of the width that a run's name takes at most
BAR = 4.0  # px of the bar in the run's colour

_tr = translator("chain")


@dataclass(frozen=True)
class Heading:
    """What stands over a pinned chain: the run's name; what it has otherwise, from the longest words to the shortest.
    `numbered`: its steps have numbers of their own."""

    name: str
    words: tuple[str, ...]
    bar: str
    ink: str
    numbered: bool


@dataclass(frozen=True)
class PinnedFrame(ChainFrame):
    """Says whose chain it is, and nothing that stands over or below the other chains already."""

    heading: Heading = Heading("", (), "", "", False)
    waits: bool = False  # the playhead is beside columns that the run does not have

    def background(self, painter: QPainter, columns: bool = True) -> None:
        super().background(painter, columns)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.heading.bar))
        painter.drawRoundedRect(QRectF(1.0, 5.0, BAR, self.rect.height() - 10.0), BAR / 2, BAR / 2)

    def _legend(self, painter: QPainter) -> None:
        """It is that of the chain above."""

    def step_labels(self) -> list[Label]:
        return super().step_labels() if self.heading.numbered else []

    def draw_live(self, painter: QPainter, t: int, ink: str) -> None:
        if self.heading.numbered:
            super().draw_live(painter, t, ink)

    def live_steps(self) -> tuple[int, ...]:
        return () if self.waits else super().live_steps()

    @property
    def title_ink(self) -> str:
        return self.heading.ink

    @property
    def said_ink(self) -> str:
        return self.session.theme.muted

    def title(self) -> str:
        room = self.rect.width() * NAME
        return QFontMetricsF(self.title_font).elidedText(self.heading.name, Qt.TextElideMode.ElideRight, room)

    def said(self, room: float, metrics: QFontMetricsF) -> str:
        return next((text for words in self.heading.words if (text := fitting(words, "", room, metrics))), "")


class PinnedView(ChainView):
    """One picture of a pinned run's chain."""

    def __init__(self, heading: Heading, *shown: Any) -> None:
        super().__init__(*shown)
        self.heading, self.waits = heading, False
        self.around = around(heading.numbered)

    @property
    def frame(self) -> PinnedFrame:
        return PinnedFrame(**self._framed(), heading=self.heading, waits=self.waits)


def around(numbered: bool) -> Around:
    """What stands above and below the rows of a pinned chain."""
    return Around(HEADER, STEPS_HEIGHT if numbered else FOOT, 0.0)


class PinnedChain:
    """A pinned run as a session of its own that looks and plays as the one on show does, and its picture. `top`: px
    from the top of the panel's picture."""

    def __init__(self, pin: Pin, theme: str) -> None:
        self.pin = pin
        self.session = Session(theme=theme, trace=pin.trace)
        self.session.findings.jobs.clear()  # nobody asks them of a pinned run
        self.drawing = ChainDrawing()
        self.shown: Shown | None = None
        self.view: PinnedView | None = None
        self.top = 0.0
        self.scale: Scale | None = None  # its own
        self._looked: tuple | None = None
        self._scaled: Scale | None = None

    # --- what it follows ---
    def look(self, main: Session, pin: Pin) -> None:
        """Looks at it as `main` looks at its run, as far as this one has the same."""
        self.pin, self.view = pin, None
        trace, view = self.session.trace, main.view
        sample = min(view.sample, trace.data.x.shape[1] - 1)
        share = share_of(trace, view.share_at)
        own = msgspec.structs.replace(view, sample=sample, share_at=share, difference=False, inside=None, inspectors=())
        looked = own, main.theme
        if looked != self._looked:
            self._looked, self.scale, self.shown = looked, None, None
            self.session.screen.view, self.session.screen.theme = own, main.theme
        self.scale = self.scale or scale_of(self.session)
        self.show_time(main)

    def show(self, scale: Scale) -> None:
        """Makes the scene on the scale of all runs."""
        if self.shown is None or scale != self._scaled:
            self._scaled, self.shown = scale, Shown.of(self.session, scale)

    def show_time(self, main: Session) -> None:
        """The playhead stands beside that of the run on show."""
        shift = main.pinned.shift(self.pin)
        self.session.seek(self.session.timeline.aligned(main.position, main.timeline, shift))
        self.session.unroll(main.unrolled)
        if self.view is not None:
            self.view.waits = self._waits(main)

    def show_selection(self, main: Session) -> None:
        """The same node is selected, where this run has it."""
        chosen, there = main.selection, None
        if chosen is not None:
            t = chosen.t - main.pinned.shift(self.pin)
            row = next((each for each in rows(self.session.trace) if each.name == chosen.row), None)
            if row is not None and 1 <= t <= self.session.trace.steps and row.piece(t) is not None:
                there = Selection(chosen.row, t)
        self.session.select(there)

    # --- where it lies ---
    @property
    def whole(self) -> ChainScene:
        """All rows and edges."""
        assert self.shown is not None, "after `show`"
        return self.shown.whole

    def numbered(self, main: Session) -> bool:
        """Whether its steps have other numbers than those of the run on show."""
        own, other = self.whole, main.trace
        return main.pinned.shift(self.pin) != 0 or own.written != other.schedule.before_output

    def lines(self, main: Session) -> float:
        """Lines of text that stand above and below its rows."""
        assert self.shown is not None
        more = ANSWERS * bool(self.shown.answers) + NORMS_HEIGHT * main.view.digits
        return around(self.numbered(main)).lines + more

    def place(self, main: Session, rect: QRectF, font: QFont, typeset: frozenset[str]) -> None:
        """Gives it its part of the panel's picture."""
        assert self.shown is not None
        shift = main.pinned.shift(self.pin)
        self.session.screen.columns = main.columns.moved(self.session.trace.steps, shift)
        self.top, room = rect.top(), QRectF(0, 0, rect.width(), rect.height())
        self.view = PinnedView(self._heading(main), self.session, self.shown, room, font, typeset)
        self.view.waits = self._waits(main)

    def _heading(self, main: Session) -> Heading:
        theme, number, name = main.theme, self.pin.number, " ".join(self.pin.label.split())
        words, short = main.pinned.words(self.pin), main.pinned.short(self.pin)
        notes = [note for note in (self._in_sight(main), self._sweeps(main), self._whole_loss(main)) if note]
        texts = [clauses((each, *notes)) for each in (words, short, "")]
        k = number % len(theme.pinned)
        return Heading(name, tuple(texts), theme.pinned[k], theme.pinned_text[k], self.numbered(main))

    def _in_sight(self, main: Session) -> str:
        """Which of its steps are to be seen, where the run on show has no columns for the others."""
        steps, shift = self.session.trace.steps, main.pinned.shift(self.pin)
        first, last = max(1, 1 - shift), min(steps, main.trace.steps - shift)
        if (first, last) == (1, steps):
            return ""
        return _tr("steps {first} … {last} of {steps}").format(first=first, last=last, steps=steps)

    def _sweeps(self, main: Session) -> str:
        """That its playhead stands elsewhere, where it goes over its columns another number of times."""
        own = len(self.session.timeline.sweeps)
        if own == len(main.timeline.sweeps):
            return ""
        return counted("chain", own, "in one sweep, as far in its pass", "in %n sweeps, as far in its pass")

    def _whole_loss(self, main: Session) -> str:
        """That another gradient is shown here, where the run has no loss at the step asked for."""
        lacks = main.view.share_at is not None and self.session.view.share_at is None
        return _tr("the gradient of all of L") if lacks else ""

    def _waits(self, main: Session) -> bool:
        """Whether the playhead is at a column that this run does not have."""
        time = main.time
        if len(main.timeline.sweeps) != len(self.session.timeline.sweeps) or time.phase not in (FORWARD, BACKWARD):
            return False
        return not 1 <= time.t - main.pinned.shift(self.pin) <= self.session.trace.steps

    # --- under the mouse ---
    def under(self, place: QPointF) -> Node | None:
        """The node at a place of the panel's picture."""
        found = selection_under(self.view, place - QPointF(0, self.top)) if self.view is not None else None
        return None if found is None or found.source else (found.row, found.t)

    def tip(self, node: Node) -> str:
        """What it says, and what a click on it does."""
        said = _tr("A click selects the same node of the run on show.")
        return "\n".join((" ".join(self.pin.label.split()), node_tip(self.session, node), said))

    def same(self, main: Session, node: Node) -> Selection | None:
        """The same node of the run on show; None where it has none."""
        t = node[1] + main.pinned.shift(self.pin)
        row = next((each for each in rows(main.trace) if each.name == node[0]), None)
        there = row is not None and 1 <= t <= main.trace.steps and row.piece(t) is not None
        return Selection(node[0], t) if there else None

    def paint(self, painter: QPainter, ratio: float, direct: bool) -> None:
        """Draws it in its place."""
        if self.view is None:
            return
        painter.save()
        painter.translate(0.0, self.top)
        self.drawing.paint(painter, self.view, ratio, (frozenset(), frozenset()), direct, False)
        painter.restore()
