"""A hidden error: it is in the run, nobody says which, and the gradient check answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from core.documents.document import Content, own_parameters
from core.exercises.hunt import Hunt, Verdict, hiding
from core.faults import Fault, fault_named
from core.history import History
from core.trace import Trace
from explorer.session.documents import Entry
from explorer.session.findings import Findings
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change
from explorer.session.signals import Signals, translated
from explorer.session.standing import Standing, standing_of
from explorer.session.work import Work, at_once


@dataclass(frozen=True)
class Hunting:
    """How far a hunt is. `verdict`: the last one; `found`: the cause was marked; `revealed`: the fault is named."""

    hunt: Hunt
    tries: int = 0
    verdict: Verdict | None = None
    found: bool = False
    revealed: bool = False
    again: Callable[[Hunt], Verdict] | None = None  # the last answer, in the symbols of another notation


class HiddenError:
    """While a fault is hidden the run stays as it is; leaving brings back the experiment and its history exactly.

    Pinned runs are right ones, and would show by their curves where the faulty run departs from them: a hunt begins
    without any, and they come back when it ends. Nothing that is written to a file names the fault before it is
    revealed.
    """

    def __init__(self, signals: Signals, screen: Screen, findings: Findings, run: Run, running: Work) -> None:
        self._signals, self._screen, self._findings, self._run = signals, screen, findings, run
        self._running = running
        self.state: Hunting | None = None
        self._hunts, self._failed = 0, False
        self._asks = False  # whether the message on show asks for a selection
        self._before: Standing | None = None
        signals.selection_changed.connect(self._on_selection)

    @property
    def named_fault(self) -> Fault | None:
        """The fault of the run on show, where it may be named."""
        return None if self.hidden_fields else fault_named(self._screen.trace.experiment.fault)

    @property
    def hidden_fields(self) -> frozenset[str]:
        """The fields of the experiment that must not be shown."""
        hidden = self.state is not None and not self.state.revealed
        return frozenset({"fault"}) if hidden else frozenset()

    @property
    def standing(self) -> Standing:
        """What is kept of the session: while a fault is hidden that of before the hunt."""
        if self._before is not None:
            return self._before
        return standing_of(self._screen, self._run)

    def start(self, seed: int | None = None) -> bool:
        """Switches on a fault that `seed` chooses (another one each time where it is None), once the latest entry has
        been run. False, with a message, where there is none to find."""
        self.leave()
        self._failed = False
        self._run.when_shown(lambda: self._choose(seed))
        return not self._failed

    def _choose(self, seed: int | None) -> None:
        trace = self._screen.trace
        own = trace.parameters if trace.own_parameters else None
        chosen = self._screen.entry.content.experiment.weight_seed + self._hunts if seed is None else seed

        def failed() -> None:
            self._failed = True

        job = hiding(self._screen.entry.content.experiment, chosen, own)
        self._running.start(translated("Hiding an error"), job, self._hide, otherwise=failed)
        self._running.pull(at_once())

    def _hide(self, trace: Trace) -> None:
        """Shows a run with a fault in it."""
        screen, run = self._screen, self._run
        self._hunts += 1
        self._before = self.standing
        screen.pins = ()
        screen.view = msgspec.structs.replace(screen.view, share_at=None, gradient="exact")
        self.state = Hunting(Hunt(trace))
        own = own_parameters(trace.experiment, trace.parameters if trace.own_parameters else None)
        screen.entry = Entry(Content(trace.experiment, own, ()), screen.entry.document)
        run.history = History(screen.entry)
        run.locked = translated("While an error is hidden the run cannot be changed; end the search first.")
        run.dirty = False
        run.show(trace, checked=False)
        screen.select(None)
        screen.seek(screen.timeline.complete)
        self._signals.changed.emit(Change.VIEW | Change.PINS)
        self._signals.hunt_changed.emit()

    def leave(self) -> None:
        """Ends the hunt: the experiment, what can be undone and the way of looking are as they were."""
        before, screen, run = self._before, self._screen, self._run
        if before is None:
            return
        self.state = self._before = None
        run.locked = ""
        run.history, screen.entry, screen.pins = before.history, before.shown, before.pins
        view = before.view
        screen.view = msgspec.structs.replace(screen.view, share_at=view.share_at, gradient=view.gradient)
        run.dirty = run.history.current != screen.entry
        run.show(before.trace)
        self._signals.changed.emit(Change.VIEW | Change.PINS)
        self._signals.hunt_changed.emit()

    def show_as(self, other: HiddenError) -> None:
        """How far the hunt of another session has come, in a copy of what it shows."""
        self.state = other.state

    def _on_selection(self) -> None:
        if self._screen.selection is not None:
            self._clear_prompt()

    def _clear_prompt(self) -> None:
        """The message that asked for a selection goes."""
        if self._asks:
            self._asks = False
            self._signals.message.emit("")

    def mark(self, parameter: str = "") -> None:
        """Marks the selected node as wrong, or a parameter's gradient by its name, "L1.W_f"."""
        state, chosen = self.state, self._screen.selection
        if state is None:
            self._signals.message.emit(
                translated("No error is hidden yet; start with “Find a hidden error” in the menu Edit.")
            )
            return
        if state.revealed:
            return
        if parameter:
            self._clear_prompt()

            def judged(hunt: Hunt) -> Verdict:
                return hunt.judge_parameter(parameter)
        elif chosen is None or chosen.source:
            self._asks = True
            self._signals.message.emit(translated("Select a node first: click it, or move to it with the arrow keys."))
            return
        else:
            place = chosen.row, chosen.t, chosen.record, chosen.unit, self._screen.view.sample

            def judged(hunt: Hunt) -> Verdict:
                return hunt.judge_row(*place)

        verdict = judged(self._judge())
        found = verdict.kind == "cause"
        self.state = replace(state, tries=state.tries + int(verdict.counts), verdict=verdict, found=found, again=judged)
        if found:
            self._reveal()
        self._signals.hunt_changed.emit()

    def _judge(self) -> Hunt:
        """The hunt in the symbols of the notation on view."""
        assert self.state is not None
        notation = self._screen.notation
        hunt = self.state.hunt
        hunt.notation = notation
        return hunt

    def reword_verdict(self) -> None:
        """Writes the last answer in the notation on view."""
        state = self.state
        if state is not None and state.again is not None and state.hunt.notation is not self._screen.notation:
            self.state = replace(state, verdict=state.again(self._judge()))

    def give_up(self) -> None:
        """Reveals the fault."""
        if self.state is not None and not self.state.revealed:
            self._clear_prompt()
            self._reveal()
            self._signals.hunt_changed.emit()

    def _reveal(self) -> None:
        assert self.state is not None
        self.state = replace(self.state, revealed=True)
        self._findings.start_check()
        self._signals.changed.emit(Change.RUN)
