"""What is on the screen: a run, the pinned ones, the playhead, the selection, and how they are looked at."""

from __future__ import annotations

import math
from dataclasses import replace

import msgspec

from core.chain.rows import records_of, rows
from core.documents.storage import View
from core.notation.base import Notation
from core.notation.books import notation_named
from core.timeline.timeline import Time, Timeline
from core.trace import Trace
from explorer.columns import Columns
from explorer.session.documents import Entry
from explorer.session.selection import LOSSES, Change, Pin, Selection, shares
from explorer.session.signals import Signals
from explorer.style.theme import Theme


class Screen:
    """The state that every panel draws. `entry`: the entry of the history that `trace` and `pins` are the runs of."""

    def __init__(self, signals: Signals, entry: Entry, trace: Trace, theme: Theme) -> None:
        self._signals = signals
        self.entry, self.trace = entry, trace
        self.pins: tuple[Pin, ...] = ()
        self.timeline = Timeline(trace.steps, trace.schedule.sweeps)
        self.columns = Columns(trace.steps, signals)
        self.position = 0.0
        self.rests: tuple[float, ...] = ()  # places at which playing stops, in their order
        self.limit = math.inf  # the playhead goes no further: what comes is not to be seen yet
        self._beat: tuple[Timeline, float, Time] | None = None  # `time` as it was asked for last
        self.ghost: Trace | None = None  # the run as it was before a matrix was opened
        self.unrolled = 1.0  # the chain: 0 folded to one step, 1 every step in its column
        self.selection: Selection | None = None
        self.view = View()
        self.theme = theme
        self.presented = ""  # the name of the picture that a window shows alone; "" where it shows all

    def set_presented(self, name: str) -> None:
        """Another picture is presented, or none."""
        if name != self.presented:
            self.presented = name
            self._signals.presented_changed.emit()

    @property
    def notation(self) -> Notation:
        """The textbook whose symbols are on the screen."""
        return notation_named(self.view.notation)

    @property
    def time(self) -> Time:
        """The beat that is under way."""
        line, position, known = self.timeline, self.position, self._beat
        if known is None or known[0] is not line or known[1] != position:
            known = self._beat = line, position, line.at(position)
        return known[2]

    def seek(self, position: float) -> None:
        """Moves the playhead to a position on the line, clamped to it."""
        position = min(max(float(position), 0.0), float(self.timeline.last), self.limit)
        if position != self.position:
            self.position = position
            self._signals.time_changed.emit(position)

    def set_ghost(self, trace: Trace | None) -> None:
        """Keeps a run on the screen, faintly, beside the one that is changed; None lets it go."""
        if trace is not self.ghost:
            self.ghost = trace
            self._signals.changed.emit(Change.PINS)

    def unroll(self, share: float) -> None:
        """Shows the chain unrolled so far, 0 … 1."""
        share = min(max(share, 0.0), 1.0)
        if share != self.unrolled:
            self.unrolled = share
            self._signals.unrolled_changed.emit(share)

    def select(self, selection: Selection | None) -> None:
        """Selects a node or an edge; None clears the selection, and the playhead's node is shown again."""
        if selection != self.selection:
            self.selection = selection
            self._signals.selection_changed.emit()

    def show(self, trace: Trace) -> Change:
        """Another run takes the screen; the playhead, the selection and the view stay as far as the run has them."""
        at, whole = self.time, self.position >= self.timeline.last
        self.trace = trace
        self.timeline = Timeline(trace.steps, trace.schedule.sweeps)
        self.position = float(self.timeline.last) if whole else self.timeline.position(at)
        self.columns.set_steps(trace.steps)
        self.selection = self.clamped(self.selection)
        before = self.view
        self.view = msgspec.structs.replace(
            before,
            sample=min(before.sample, trace.data.x.shape[1] - 1),
            share_at=before.share_at if before.share_at in shares(trace) else None,
        )
        return Change.RUN if self.view == before else Change.RUN | Change.VIEW

    def clamped(self, selection: Selection | None) -> Selection | None:
        """As far as the run on the screen has it; None where it has not."""
        if selection is None:
            return None
        known = {row.name: row for row in rows(self.trace)}
        if selection.row not in known or (selection.source and selection.source not in known):
            return None
        t = min(selection.t, self.trace.steps)
        if known[selection.row].piece(t) is None:
            return None
        kept = selection.record in (*records_of(self.trace, selection.row), *LOSSES)
        return replace(selection, t=t, record=selection.record if kept else "", unit=None)
