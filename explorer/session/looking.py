"""How the run is looked at: the view and the theme, the cell that is open, one step's share of the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from core.analysis import contributions
from core.documents.storage import View
from core.jobs import Job, finished
from core.maths.arrays import Array
from core.network.parts import Key
from core.timeline.moment import Whereabouts, beat_of
from core.timeline.timeline import LOSS
from core.trace import Trace
from explorer.session.findings import Findings
from explorer.session.screen import Screen
from explorer.session.selection import Change
from explorer.session.signals import Signals, translated
from explorer.session.work import Work, at_once
from explorer.style.theme import PROJECTOR, projected, theme_named


class Looking:
    """Changes the view on the screen, and makes what it asks for."""

    def __init__(self, signals: Signals, screen: Screen, findings: Findings, running: Work) -> None:
        self._signals, self._screen, self._findings, self._running = signals, screen, findings, running
        self._came: tuple[float, float] | None = None  # where the playhead was when a cell was opened, where it went
        self._share: tuple[Trace, int, bool, Mapping[Key, Array]] | None = None

    def set_view(self, **fields: Any) -> None:
        """Changes how the run is looked at."""
        screen = self._screen
        view = msgspec.structs.replace(screen.view, **fields)
        if view == screen.view:
            return
        if self._lacks_share(screen.trace, view) and not self._running.busy:
            title = translated("One step's share of the loss")
            job = self.making_share(screen.trace, view)

            def look(_: object) -> None:
                self._look(msgspec.structs.replace(screen.view, **fields))

            self._running.start(title, job, look, otherwise=lambda: self._signals.changed.emit(Change.VIEW))
            self._running.pull(at_once())
            return
        self._look(view)

    def _look(self, view: View) -> None:
        old = self._screen.view
        self._screen.view = view
        if (view.sample, view.reach) != (old.sample, old.reach):
            self._findings.map_again()
        self._signals.changed.emit(Change.VIEW)

    @property
    def inside(self) -> str | None:
        """The part whose cell is open, by name; None on the chain."""
        name = self._screen.view.inside
        return name if name in {scan.name for scan in self._screen.trace.scans} else None

    def enter(self, part: str | None = None, t: int | None = None) -> None:
        """Opens the cell of a part, at a column: the playhead goes there, in the pass that it has done last, unless the
        cell shows that column anyway."""
        screen = self._screen
        scan = next((each for each in screen.trace.scans if each.name == part), screen.trace.scan)
        self._came = None
        if t is not None:
            back, before = screen.position > screen.timeline.index(LOSS), screen.position
            now = Whereabouts(screen.trace, scan.name, screen.timeline).at(before)
            if (now.column, now.forward, now.backward) != (t, 1.0, float(back)):
                screen.seek(beat_of(screen.trace, scan.name, screen.timeline, t, back))
                self._came = before, screen.position
        screen.select(None)
        self.set_view(inside=scan.name)

    def leave(self) -> None:
        """Back to the chain; the playhead, too, where opening the cell moved it and nothing has since."""
        came, self._came = self._came, None
        if came is not None and self._screen.position == came[1]:
            self._screen.seek(came[0])
        self.set_view(inside=None)

    def set_theme(self, name: str, zoom: float | None = None) -> None:
        """Another theme, or its pictures enlarged otherwise (None: as the theme has it). The projector's is dark after
        the dark one."""
        screen = self._screen
        theme = projected(screen.theme) if name == PROJECTOR.name else theme_named(name)
        theme = theme if zoom is None else replace(theme, zoom=zoom)
        if theme != screen.theme:
            before, screen.theme = screen.theme, theme
            screen.columns.set_width(screen.columns.width * before.zoom / theme.zoom)  # as wide as it was
            self._signals.changed.emit(Change.THEME)

    # --- one step's share of the loss ---
    @property
    def gradients(self) -> Mapping[Key, Array]:
        """The gradients that the view asks for: exact, or used (truncated)."""
        trace = self._screen.trace
        return trace.exact if self._screen.view.gradient == "exact" else trace.used

    @property
    def share(self) -> Mapping[Key, Array]:
        """The same for one step's share of the loss, where the view asks for it; otherwise `gradients`."""
        trace, view = self._screen.trace, self._screen.view
        if view.share_at is None:
            return self.gradients
        if self._lacks_share(trace, view):
            finished(self.making_share(trace, view))
        assert self._share is not None
        return self._share[3]

    def _lacks_share(self, trace: Trace, view: View) -> bool:
        wanted = view.share_at, view.gradient == "used"
        there = self._share is not None and self._share[0] is trace and self._share[1:3] == wanted
        return view.share_at is not None and not there

    def making_share(self, trace: Trace, view: View) -> Job[None]:
        """Makes the share of the loss that a view asks for."""
        t, used = view.share_at, view.gradient == "used"
        if t is not None:
            found = yield from contributions.sharing(trace, t, used)
            self._share = trace, t, used, found

    def take_over(self, other: Looking) -> None:
        """How another session looks at the same run."""
        self._screen.view, self._share = other._screen.view, other._share
