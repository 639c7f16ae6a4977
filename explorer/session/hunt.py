"""The part of the session that hides a fault: the run has one, it is not named, and the gradient check judges marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import msgspec
from PySide6.QtCore import Signal

from core.analysis.gradcheck import check
from core.documents.document import Content, own_parameters
from core.documents.storage import View
from core.errors import InputError
from core.exercises.hunt import Hunt, Verdict, hunted
from core.experiment import Experiment
from core.history import History
from core.maths.arrays import Array
from core.network.faults import Fault, fault_named
from core.recorder import record
from core.trace import Trace
from explorer.session.documents import Entry
from explorer.session.run import RunSession
from explorer.session.selection import Change, Pin, Selection


@dataclass(frozen=True)
class Hunting:
    """How far a hunt is. `verdict`: the last one; `found`: the cause was marked; `revealed`: the fault is named."""

    hunt: Hunt
    tries: int = 0
    verdict: Verdict | None = None
    found: bool = False
    revealed: bool = False
    again: Callable[[Hunt], Verdict] | None = None  # the last answer, in the symbols of another notation


@dataclass(frozen=True)
class Standing:
    """What a session is apart from a hunt: what can be undone, the run, how it is looked at, and the pinned runs."""

    history: History[Entry]
    shown: Entry
    trace: Trace
    view: View
    position: float
    pins: tuple[Pin, ...]


class HuntSession(RunSession):
    """While a fault is hidden the run stays as it is; leaving brings back the experiment and its history exactly.

    Pinned runs are right ones, and would show by their curves where the faulty run departs from them: a hunt begins
    without any, and they come back when it ends. Nothing that is written to a file names the fault before it is
    revealed.
    """

    hunt_changed = Signal()

    hunting: Hunting | None = None
    _hunts = 0
    _asks = False  # whether the message on show asks for a selection
    _before: Standing | None = None

    @property
    def entry(self) -> Entry:
        """See `RunSession.entry`; a run with a hidden fault is no work of the user's."""
        return self.standing.history.current

    @property
    def shown(self) -> tuple[Entry, Trace, View]:
        """See `RunSession.shown`."""
        standing = self.standing
        return standing.shown, standing.trace, standing.view

    @property
    def named_fault(self) -> Fault | None:
        """The fault of the run on show, where it may be named."""
        return None if self.hidden_fields else fault_named(self.trace.experiment.fault)

    @property
    def hidden_fields(self) -> frozenset[str]:
        """The fields of the experiment that must not be shown."""
        hidden = self.hunting is not None and not self.hunting.revealed
        return frozenset({"fault"}) if hidden else frozenset()

    @property
    def standing(self) -> Standing:
        """What is kept of the session: while a fault is hidden that of before the hunt."""
        if self._before is not None:
            return self._before
        return Standing(self.history, self._shown, self.trace, self.view, self.position, self.pins)

    def start_hunt(self, seed: int | None = None) -> bool:
        """Switches on a fault that `seed` chooses (another one each time where it is None). False, with a message,
        where there is none to hunt."""
        self.leave_hunt()
        self.update()
        own = self.trace.parameters if self.trace.own_parameters else None
        try:
            chosen = hunted(self.experiment, self.experiment.weight_seed + self._hunts if seed is None else seed, own)
        except InputError as error:
            self.message.emit(str(error))
            return False
        self._hunts += 1
        self._before = self.standing
        self.pins = ()
        self.view = msgspec.structs.replace(self.view, share_at=None, gradient="exact")
        self._run_hunted(chosen, own)
        return True

    def _run_hunted(self, chosen: Experiment, own: Mapping[str, Array] | None) -> None:
        trace = record(chosen, own)
        self.hunting = Hunting(Hunt(trace))
        self._shown = Entry(Content(chosen, own_parameters(chosen, own), ()), self._shown.document)
        self.history = History(self._shown)
        self._dirty = False
        self._show(trace)
        self.select(None)
        self.seek(self.timeline.last)
        self.changed.emit(Change.VIEW | Change.PINS)
        self.hunt_changed.emit()

    def select(self, selection: Selection | None) -> None:
        """See `RunSession.select`; clears the message that asked for it."""
        super().select(selection)
        if selection is not None:
            self._clear_prompt()

    def _clear_prompt(self) -> None:
        if self._asks:
            self._asks = False
            self.message.emit("")

    def mark(self, parameter: str = "") -> None:
        """Marks the selected node as wrong, or a parameter's gradient by its name, "L1.W_f"."""
        state, chosen = self.hunting, self.selection
        if state is None:
            self.message.emit(self.tr("No error is hidden yet; start with “Find a hidden error” in the menu Edit."))
            return
        if state.revealed:
            return
        if parameter:
            self._clear_prompt()

            def judged(hunt: Hunt) -> Verdict:
                return hunt.judge_parameter(parameter)
        elif chosen is None or chosen.source:
            self._asks = True
            self.message.emit(self.tr("Select a node first: click it, or move to it with the arrow keys."))
            return
        else:
            place = chosen.row, chosen.t, chosen.record, chosen.unit, self.view.sample

            def judged(hunt: Hunt) -> Verdict:
                return hunt.judge_row(*place)

        verdict = judged(self._judge())
        found = verdict.kind == "cause"
        self.hunting = replace(
            state, tries=state.tries + int(verdict.counts), verdict=verdict, found=found, again=judged
        )
        if found:
            self._reveal()
        self.hunt_changed.emit()

    def _judge(self) -> Hunt:
        """The hunt in the symbols of the notation on view."""
        assert self.hunting is not None
        notation = self.notation  # type: ignore[attr-defined]  # of the session that this is a part of
        hunt = self.hunting.hunt
        hunt.notation = notation
        return hunt

    def reword_verdict(self) -> None:
        """Writes the last answer in the notation on view."""
        state = self.hunting
        if state is not None and state.again is not None and state.hunt.notation is not self.notation:  # type: ignore[attr-defined]
            self.hunting = replace(state, verdict=state.again(self._judge()))

    def give_up(self) -> None:
        """Reveals the fault."""
        if self.hunting is not None and not self.hunting.revealed:
            self._clear_prompt()
            self._reveal()
            self.hunt_changed.emit()

    def _reveal(self) -> None:
        assert self.hunting is not None
        self.hunting = replace(self.hunting, revealed=True)
        self._jobs["check"] = check(self.trace)
        self.changed.emit(Change.RUN)
        self.frame_wanted.emit()

    def leave_hunt(self) -> None:
        """Ends the hunt: the experiment, what can be undone and the way of looking are as they were."""
        if self.hunting is None or self._before is None:
            return
        self.hunting = None
        before = self._before
        self.history, self._shown, self.pins, self._before = before.history, before.shown, before.pins, None
        self.view = msgspec.structs.replace(self.view, share_at=before.view.share_at, gradient=before.view.gradient)
        self._dirty = self.history.current != self._shown
        self._show(before.trace)
        self.changed.emit(Change.VIEW | Change.PINS)
        self.hunt_changed.emit()

    # --- the run stays ---
    def _push(self, experiment: Experiment, gesture: str | None = None) -> None:
        if not self._held():
            super()._push(experiment, gesture)

    def _held(self) -> bool:
        """Whether the run is locked, with a message, because a fault is hidden."""
        if self.hunting is None:
            return False
        self.message.emit(self.tr("While an error is hidden the run cannot be changed; end the search first."))
        self.changed.emit(Change.RUN)  # widgets follow back
        return True

    def _start_jobs(self) -> None:
        super()._start_jobs()
        if self.hidden_fields:
            del self._jobs["check"]
