"""Session: the only mutable state of the program. Panels read it, change it through its methods, and listen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core import by_hand, diagnostics, edits, storage
from core.cells.base import Array
from core.chain import INPUT, OUTPUT, row_named
from core.edits_places import Places, stacked
from core.errors import InputError
from core.experiment import Edit, Experiment, natural
from core.interior_time import beat_of
from core.jobs import finished
from core.narration import describe
from core.network import Signal as Quantity
from core.notation import notation_named
from core.notations.base import Notation
from core.recorder import record
from core.storage import View
from core.timeline import LOSS
from explorer.session_hunt import HuntSession
from explorer.session_run import FRAME_SECONDS, Change, Pin, Selection, out_of, shares
from explorer.theme import theme_named

__all__ = ["Change", "Pin", "Selection", "Session", "shares"]


class Session(HuntSession):
    """The whole of it: how the run is looked at, what a hand types into it, what is pinned, and its files."""

    # --- looking ---
    def set_view(self, **fields: Any) -> None:
        """Changes how the run is looked at."""
        view = msgspec.structs.replace(self.view, **fields)
        if view == self.view:
            return
        if self._share_missing(self.trace, view) and not self.running.busy:
            job = self._shared(self.trace, view)

            def look(_: object) -> None:
                self._look(msgspec.structs.replace(self.view, **fields))

            title = self.tr("One step's share of the loss")
            self.running.start(title, job, look, otherwise=lambda: self.changed.emit(Change.VIEW))
            self.running.pull(out_of(FRAME_SECONDS))  # most are over by then
            return
        self._look(view)

    def _look(self, view: View) -> None:
        resample = view.sample != self.view.sample
        self.view = view
        if resample:
            self._jobs["contributions"] = diagnostics.contributions(self.trace, view.sample)
            self.frame_wanted.emit()
        self.changed.emit(Change.VIEW)

    @property
    def notation(self) -> Notation:
        """The textbook whose symbols are on the screen."""
        return notation_named(self.view.notation)

    @property
    def inside(self) -> str | None:
        """The part whose cell is open, by name; None on the chain."""
        known = {scan.name for scan in self.trace.scans}
        return self.view.inside if self.view.inside in known else None

    def enter(self, part: str | None = None, t: int | None = None) -> None:
        """Opens the cell of a part, at a column: the playhead goes there, in the pass that it has done last."""
        scan = next((each for each in self.trace.scans if each.name == part), self.trace.scan)
        if t is not None:
            back = self.position > self.timeline.index(LOSS)
            self.seek(beat_of(self.trace, scan.name, self.timeline, t, back))
        self.select(None)
        self.set_view(inside=scan.name)

    def leave(self) -> None:
        """Back to the chain."""
        self.set_view(inside=None)

    def set_theme(self, name: str) -> None:
        """Another look."""
        if name != self.theme.name:
            self.theme = theme_named(name)
            self.changed.emit(Change.THEME)

    @property
    def gradients(self) -> Mapping[Quantity, Array]:
        """The gradients that the view asks for: exact, or used (truncated)."""
        return self.trace.exact if self.view.gradient == "exact" else self.trace.used

    @property
    def share(self) -> Mapping[Quantity, Array]:
        """The same for one step's share of the loss, where the view asks for it; otherwise `gradients`."""
        t = self.view.share_at
        if t is None:
            return self.gradients
        if self._share_missing(self.trace, self.view):
            finished(self._shared(self.trace, self.view))
        assert self._share is not None
        return self._share[3]

    # --- pinned runs ---
    def pin(self, label: str) -> None:
        """Keeps the current run in the plots, up to as many as there are colours."""
        most = len(self.theme.pinned)
        if len(self.pins) == most:
            self.message.emit(self.tr("%n runs are pinned already; let one go first.", "", most))
            return
        number = next(k for k in range(most) if all(pin.number != k for pin in self.pins))
        self.pins = (*self.pins, Pin(self.trace, label, number))
        self.changed.emit(Change.PINS)

    def unpin(self, number: int | None = None) -> None:
        """Lets one pinned run go, or all of them."""
        left = tuple(pin for pin in self.pins if number is not None and pin.number != number)
        if left != self.pins:
            self.pins = left
            self.changed.emit(Change.PINS)

    # --- one's own hand ---
    def edit(self, changes: Iterable[Edit], gesture: str | None = None) -> bool:
        """Types numbers over; `gesture` names a drag or a burst of the wheel, so that it is one entry of the history.

        False, with a message, where one is locked or does not fit; nothing changes then.
        """
        wanted = tuple(changes)
        now = self.experiment
        held = next((e for e in wanted if (found := edits.edit_of(now, e.name, e.index)) and found.locked), None)
        if held is not None:
            text = self.tr("{name} is locked there; unlock it first.")
            self.message.emit(text.format(name=held.name))
            return False
        bare = [msgspec.structs.replace(each, edits=()) for each in (now, self.trace.experiment)]
        # A run that is on its way has other numbers than the one on show; it says itself what it has not.
        reason = next(filter(None, map(self.refusal, wanted)), "") if bare[0] == bare[1] else ""
        if reason:
            self.message.emit(reason)
            return False
        return self._typed(lambda: edits.edited(now, wanted), gesture)

    def refusal(self, edit: Edit) -> str:
        """Why the run on show has no such number to edit, or one without effect, in one sentence; "" where it has."""
        places = Places(self.trace.experiment, self.trace.data, self.trace.network)
        return places.refusal(edit) or places.unused(edit)

    def hand(self, name: str, index: tuple[int, ...] | None = None) -> None:
        """Asks for the page of numbers with a matrix ("x", "L1.W", "L1.W_f"), and a number of it in hand."""
        self.hand_wanted.emit(name, index)

    def number_in_hand(self, chosen: Selection | None = None) -> tuple[str, tuple[int, ...] | None]:
        """What a selection (None: the one there is) is about, as `hand` wants it: an entry of a parameter, x, a target,
        else a recurrent matrix without an entry."""
        chosen = chosen or self.selection
        if chosen is None:
            return "", None
        if chosen.parameter:
            entry = chosen.entry
            return stacked(self.trace.network, chosen.parameter, entry) if entry else (chosen.parameter, None)
        row = row_named(self.trace, chosen.row)
        piece = row.piece(chosen.t)
        unit, t = chosen.unit or 0, chosen.t - 1 - (piece.offset if piece is not None else 0)
        if row.name == INPUT:
            return edits.INPUTS, (t, self.view.sample, unit)
        if row.name == OUTPUT:
            return edits.TARGETS, (t, self.view.sample, unit)
        return f"{piece.part if piece is not None else row.part}.W", None

    def give_back(self, places: Iterable[tuple[str, tuple[int, ...]]]) -> bool:
        """Some numbers as they were before they were typed over. False, with a message, where one is locked."""
        gone, now = tuple(places), self.experiment
        held = next((name for name, index in gone if (e := edits.edit_of(now, name, index)) and e.locked), None)
        if held is not None:
            self.message.emit(self.tr("{name} is locked there; unlock it first.").format(name=held))
            return False
        return self._typed(lambda: edits.without(now, gone))

    def unlock(self, name: str, index: tuple[int, ...]) -> bool:
        """Lets a number go; where it is what it was before any hand, nothing of it is left."""
        typed = edits.edit_of(self.experiment, name, index)
        if typed is None:
            return False
        if name in self.trace.unedited and self.trace.unedited[name][index] == typed.value:
            return self._typed(lambda: edits.without(self.experiment, [(name, index)]))
        return self.lock(name, index, typed.value, False)

    def lock(self, name: str, index: tuple[int, ...], value: float, locked: bool) -> bool:
        """Holds a number at the value that it has, or lets it go."""
        return self._typed(lambda: edits.with_lock(self.experiment, name, index, value, locked))

    def rewind(self) -> None:
        """The same start again: every number as the seeds make it, and the playhead before the first step."""
        self._typed(lambda: edits.rewound(self.experiment))
        self.seek(0.0)

    def hand_size(self) -> bool:
        """One unit, three steps, one sample, numbers of one decimal: what a person computes by hand. One entry of the
        history. False, with a message, where the task or the cell cannot be that small."""
        if not self._typed(lambda: by_hand.hand_sized(self.experiment)):
            return False
        self.message.emit(self.tr("One unit, three steps, numbers of one decimal; undo brings the rest back."))
        return True

    def _typed(self, make: Callable[[], Experiment], gesture: str | None = None) -> bool:
        try:
            self._push(make(), gesture)
        except InputError as error:
            self.message.emit(str(error))
            return False
        return True

    # --- files ---
    @property
    def modified(self) -> bool:
        """Whether the experiment differs from the one last saved or opened."""
        return self.experiment != self._saved

    def save(self, path: Path) -> bool:
        """Writes the session. False, with a message, where that failed, or while a fault is hunted."""
        if self.hunting is not None:
            self.message.emit(self.tr("The run of a hunt is not saved; end the hunt first."))
            return False
        self.update()
        try:
            pinned = tuple(pin.trace.experiment for pin in self.pins)
            storage.save(path, storage.to_text(self.trace, self.position, self.view, pinned))
        except InputError as error:
            self.message.emit(str(error))
            return False
        self.path, self._saved = path, self.experiment
        self.message.emit(self.tr("Saved as {name}.").format(name=path.name))
        return True

    def open(self, path: Path) -> bool:
        """Opens a saved session; one step back in the history undoes it. False, with a message, where that failed; the
        session is as it was then."""
        try:
            saved = storage.load(path)
            trace = record(saved.experiment, saved.given)
            pins = tuple(record(each) for each in saved.pinned[: len(self.theme.pinned)])
        except InputError as error:
            self.message.emit(str(error))
            return False
        self.leave_hunt()
        self.history.push(saved.experiment)
        self._given = (saved.experiment, saved.given) if saved.given is not None else None
        self.view = saved.view
        self._show(trace)
        self.pins = tuple(Pin(pinned, describe(pinned.experiment), k) for k, pinned in enumerate(pins))
        self.changed.emit(Change.PINS | Change.VIEW)
        self.seek(saved.position)
        self.path, self._saved = path, saved.experiment
        self.message.emit(storage.differences(saved, trace) or self.tr("Opened {name}.").format(name=path.name))
        return True

    def new(self, task: str = "last-step") -> None:
        """The default experiment on a task, looked at as at the start; one step back in the history undoes it."""
        self.leave_hunt()
        self.path = None
        self.unpin()
        self.select(None)
        self.set_view(**{name: getattr(View(), name) for name in View.__struct_fields__})
        self._given = None
        self._push(natural(task))
        self.seek(self.timeline.last)
        self.message.emit("")
