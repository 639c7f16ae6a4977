"""Session: the only mutable state of the program. Panels read it, change it through its methods, and listen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from core.chain.rows import INPUT, OUTPUT, row_named
from core.choices import INPUTS, Edit
from core.documents import storage
from core.documents.document import Content, PinnedRun, own_parameters
from core.documents.storage import View
from core.edits import editing
from core.edits.places import Places, stacked
from core.errors import InputError
from core.exercises import hand_sized
from core.experiment import Experiment, natural
from core.files.reading import quoted
from core.jobs import finished
from core.maths.arrays import Array
from core.network.parts import Key
from core.notation.base import Notation
from core.notation.books import notation_named
from core.timeline.moment import beat_of
from core.timeline.timeline import LOSS
from explorer.session.documents import Document, Entry
from explorer.session.hunt import HuntSession
from explorer.session.read_first import read_runs
from explorer.session.selection import Change, Pin, Selection, shares
from explorer.session.work import FRAME_SECONDS, out_of
from explorer.style.theme import theme_named

__all__ = ["Change", "Pin", "Selection", "Session", "shares"]


class Session(HuntSession):
    """The whole of it: how the run is looked at, its edits, what is pinned, and its files."""

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
        other_map = (view.sample, view.reach) != (self.view.sample, self.view.reach)
        self.view = view
        if other_map:
            self.contributions = None  # never the old one under the new one's name
            self._map_contributions()
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
        """Another theme."""
        if name != self.theme.name:
            self.theme = theme_named(name)
            self.changed.emit(Change.THEME)

    @property
    def gradients(self) -> Mapping[Key, Array]:
        """The gradients that the view asks for: exact, or used (truncated)."""
        return self.trace.exact if self.view.gradient == "exact" else self.trace.used

    @property
    def share(self) -> Mapping[Key, Array]:
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
        self.update()
        if self._held():
            return
        most = len(self.theme.pinned)
        if len(self.pins) == most:
            self.message.emit(self.tr("%n runs are pinned already; unpin one first.", "", most))
            return
        number = next(k for k in range(most) if all(pin.number != k for pin in self.pins))
        shown = self._shown.content
        self._pin(*self.pins, Pin(PinnedRun(shown.experiment, label, number, shown.parameters), self.trace))

    def unpin(self, number: int | None = None) -> None:
        """Unpins one run, or all of them."""
        self.update()
        left = tuple(pin for pin in self.pins if number is not None and pin.number != number)
        if left != self.pins and not self._held():
            self._pin(*left)

    def _pin(self, *pins: Pin) -> None:
        """These are pinned, and no others: an entry of the history that is shown at once."""
        content = replace(self._shown.content, pinned=tuple(pin.run for pin in pins))
        self.history.push(replace(self._shown, content=content))
        self._show_entry(self.history.current, self.trace, pins)

    # --- edits ---
    def edit(self, changes: Iterable[Edit], gesture: str | None = None) -> bool:
        """Types numbers over; `gesture` names a drag or a burst of the wheel, so that it is one entry of the history.

        False, with a message, where one is locked or does not fit; nothing changes then.
        """
        wanted = tuple(changes)
        now = self.experiment
        held = next((e for e in wanted if (found := editing.edit_of(now, e.name, e.index)) and found.locked), None)
        if held is not None:
            text = self.tr("{name} is locked there; unlock it first.")
            self.message.emit(text.format(name=held.name))
            return False
        bare = [msgspec.structs.replace(each, edits=()) for each in (now, self.trace.experiment)]
        # A pending run has other numbers than the one on show; it reports itself what it lacks.
        reason = next(filter(None, map(self.refusal, wanted)), "") if bare[0] == bare[1] else ""
        if reason:
            self.message.emit(reason)
            return False
        return self._typed(lambda: editing.edited(now, wanted), gesture)

    def refusal(self, edit: Edit) -> str:
        """Why the run on show has no such number to edit, or one without effect, in one sentence; "" where it has."""
        places = Places(self.trace.experiment, self.trace.data, self.trace.network)
        return places.refusal(edit) or places.unused(edit)

    def edit_number(self, name: str, index: tuple[int, ...] | None = None) -> None:
        """Asks for the page of numbers with a matrix ("x", "L1.W", "L1.W_f"), with one of its numbers selected."""
        self.edit_requested.emit(name, index)

    def selected_number(self, chosen: Selection | None = None) -> tuple[str, tuple[int, ...] | None]:
        """What a selection (None: the one there is) is about, as `edit_number` takes it: an entry of a parameter, x, a
        target, else a recurrent matrix without an entry."""
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
            return INPUTS, (t, self.view.sample, unit)
        if row.name == OUTPUT:
            return editing.TARGETS, (t, self.view.sample, unit)
        return f"{piece.part if piece is not None else row.part}.W", None

    def reset_numbers(self, places: Iterable[tuple[str, tuple[int, ...]]]) -> bool:
        """Some numbers as they were before they were typed over. False, with a message, where one is locked."""
        gone, now = tuple(places), self.experiment
        held = next((name for name, index in gone if (e := editing.edit_of(now, name, index)) and e.locked), None)
        if held is not None:
            self.message.emit(self.tr("{name} is locked there; unlock it first.").format(name=held))
            return False
        return self._typed(lambda: editing.without(now, gone))

    def unlock(self, name: str, index: tuple[int, ...]) -> bool:
        """Unlocks a number; one that equals its original value is no edit any more."""
        typed = editing.edit_of(self.experiment, name, index)
        if typed is None:
            return False
        if name in self.trace.unedited and self.trace.unedited[name][index] == typed.value:
            return self._typed(lambda: editing.without(self.experiment, [(name, index)]))
        return self.lock(name, index, typed.value, False)

    def lock(self, name: str, index: tuple[int, ...], value: float, locked: bool) -> bool:
        """Locks a number at its value, or unlocks it."""
        return self._typed(lambda: editing.with_lock(self.experiment, name, index, value, locked))

    def rewind(self) -> None:
        """Drops all edits, so that every number is as the seeds make it, and moves the playhead before the first
        step."""
        self._typed(lambda: editing.rewound(self.experiment))
        self.seek(0.0)

    def make_hand_sized(self) -> None:
        """One unit, three steps, one sample, numbers of one decimal: small enough to compute by hand. One entry of the
        history; a message says so, or why the task or the cell cannot be that small."""
        if self._typed(lambda: hand_sized.hand_sized(self.experiment)):
            self.message.emit(self.tr("One unit, three steps, numbers of one decimal; undo restores the rest."))

    def _typed(self, make: Callable[[], Experiment], gesture: str | None = None) -> bool:
        try:
            self._push(make(), gesture)
        except InputError as error:
            self.message.emit(str(error))
            return False
        return True

    # --- files ---
    def save(self, path: Path) -> bool:
        """Writes the session. False, with a message, where that failed, or while a fault is hidden."""
        if self.hunting is not None:
            self.message.emit(self.tr("A run with a hidden error is not saved; end the search first."))
            return False
        try:
            self.update()
        except Exception as error:  # of the program; what is on the screen is another run
            text = self.tr("Nothing is saved: the last change cannot be run ({error}). Save again without it.")
            self.message.emit(text.format(error=quoted(str(error)) or type(error).__name__))
            return False
        try:
            storage.save(path, self.text())
        except InputError as error:
            self.message.emit(str(error))
            return False
        document = self._shown.document
        document.path, document.view = path, self.view
        self._shelf.holds(path, self._shown.content)
        self.document_changed.emit()
        self.message.emit(self.tr("Saved as {name}.").format(name=path.name))
        return True

    def text(self, kept: bool = False) -> str:
        """The file's text of what is on the screen (while a fault is hidden, of what was there before it), with the
        file that it belongs to where the program keeps it by itself. Raises InputError."""
        entry, trace, view = self.shown
        path = entry.document.path if kept else None
        return storage.to_text(trace, self.standing.position, view, entry.content.pinned, path)

    def open(self, path: Path) -> bool:
        """Opens a saved session; one step back in the history undoes it. False, with a message, where that failed; the
        session is as it was then. Where a file that it names takes long to read, it is shown after that."""
        return self._load(path, path, lambda saved: self._opened(path, saved))

    def _opened(self, path: Path, saved: storage.Saved) -> None:
        self._shelf.holds(path, self._shown.content)
        self.document_changed.emit()
        self.message.emit(storage.differences(saved, self.trace) or self.tr("Opened {name}.").format(name=path.name))

    def reopen(self, kept: Path) -> bool:
        """Opens what the program has kept by itself: work that has not been saved. False, with a message, where that
        failed."""
        return self._load(kept, None, lambda saved: self.message.emit(storage.differences(saved, self.trace)))

    def _load(self, file: Path, path: Path | None, then: Callable[[storage.Saved], None]) -> bool:
        """Shows what is in a file as the document of `path`, or of the file that it says itself, when the files that it
        names are read, and calls `then`. False, with a message, where that failed."""
        try:
            saved = storage.load(file)
            given = own_parameters(saved.experiment, saved.given)
        except InputError as error:
            self.message.emit(str(error))
            return False
        content = Content(saved.experiment, given, self._pinned(saved.pinned))
        document = Document(path or saved.changes, None, saved.view, saved.position)
        return self._begin_read(content, document, lambda: then(saved))

    def _pinned(self, runs: tuple[PinnedRun, ...]) -> tuple[PinnedRun, ...]:
        """As many as there are colours, each with its own."""
        most = len(self.theme.pinned)
        runs = runs[:most]
        if len({run.number for run in runs}) == len(runs) and all(run.number < most for run in runs):
            return runs
        return tuple(replace(run, number=k) for k, run in enumerate(runs))

    def new(self, task: str = "last-step") -> bool:
        """The default experiment on a task, looked at as at the start; one step back in the history undoes it. False,
        with a message, where the task cannot be made."""
        content = Content(natural(task))
        try:
            self._begin(content, Document(None, content, View(), math.inf))
        except InputError as error:
            self.message.emit(str(error))
            return False
        self.select(None)
        self.message.emit("")
        return True

    def open_trained(self, experiment: Experiment, parameters: Mapping[str, Array], said: str = "") -> bool:
        """Shows a run with parameters of its own, from an exported run or another library, as work that is in no file
        yet; one step back in the history undoes it. False, with a message, where it cannot be run; the session is as it
        was then."""
        content = Content(experiment, own_parameters(experiment, parameters), self._shown.content.pinned)
        view = msgspec.structs.replace(View(), notation=self.view.notation)
        document = Document(None, None, view, math.inf)
        return self._begin_read(content, document, lambda: self.message.emit(said))

    def _begin_read(self, content: Content, document: Document, then: Callable[[], None]) -> bool:
        """Shows the content of another document once the files that its runs need are read, and calls `then`. False,
        with a message, where that failed."""
        failed: list[str] = []

        def refuse(reason: str) -> None:
            failed.append(reason)
            if reason:
                self.message.emit(reason)

        def show() -> None:
            try:
                self._begin(content, document)
            except InputError as error:
                refuse(str(error))
            else:
                then()

        read_runs(self.work, content, show, refuse)
        return not failed

    def _begin(self, content: Content, document: Document) -> None:
        """Shows the content of another document, as an entry of the history. Raises InputError; nothing has changed
        then."""
        trace, pins = finished(self._run(content))
        self.leave_hunt()
        self.history.end_gesture()
        now = self.history.current
        if (now.content, now.document.path) != (content, document.path):
            self.history.push(Entry(content, document))
        elif now == self._shown:  # the same again: only the way of looking is another
            self.view = document.view
            self._show(trace)
            self.changed.emit(Change.VIEW)
            self.seek(document.position)
        self._dirty = False
        self._show_entry(self.history.current, trace, pins)
