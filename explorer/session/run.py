"""The half of the session that runs: the experiment and its trace, undo, the jobs, time and selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from core.analysis import contributions
from core.analysis.gradcheck import Check, check
from core.chain.rows import records_of, rows
from core.documents.document import Content, own_parameters
from core.documents.storage import View
from core.edits.editing import surviving
from core.errors import InputError
from core.experiment import Experiment, describe, suited
from core.history import History
from core.jobs import Job
from core.maths.arrays import Array
from core.network.parts import Key
from core.recorder import record, recording
from core.tasks import reading, task_named
from core.timeline.timeline import Time, Timeline
from core.trace import Trace
from explorer.columns import Columns
from explorer.session.documents import Document, Entry, Shelf
from explorer.session.selection import LOSSES, Change, Pin, Selection, shares
from explorer.session.work import Work
from explorer.style.theme import Theme, theme_named


class RunSession(QObject):
    """The experiment and its trace, the place on the line, the selection, the pinned runs, the view and the theme.

    A change of the experiment marks the session dirty; once a frame `update` runs the latest. Everything that follows
    is announced by one `changed`. What a person has made, pins and a file's parameters too, is an entry of the history.
    """

    changed = Signal(object)  # Change
    time_changed = Signal(float)
    selection_changed = Signal()
    check_changed = Signal(object)  # Check | None
    message = Signal(str)  # one sentence for the person
    edit_requested = Signal(str, object)  # a number to edit: the name of its matrix, and its index or None
    document_changed = Signal()  # another document is shown, or it was saved
    frame_wanted = Signal()  # something waits for the player's next frame

    def __init__(
        self,
        experiment: Experiment | None = None,
        theme: str = "light",
        parent: QObject | None = None,
        parameters: Mapping[str, Array] | None = None,
        trace: Trace | None = None,
    ) -> None:
        """`parameters`: the run's own, where they are not those that its seed makes. `trace`: the finished run, where
        there is one already."""
        super().__init__(parent)
        chosen = trace.experiment if trace is not None else experiment or Experiment()
        if trace is not None and trace.own_parameters:
            parameters = trace.parameters
        content = Content(chosen, own_parameters(chosen, parameters))
        self.trace = trace or record(chosen, content.parameters)
        self._shown = Entry(content, Document(began=content))  # what trace and pins are of
        self.history = History(self._shown)
        self._shelf = Shelf()
        self.timeline = Timeline(self.trace.steps, self.trace.schedule.sweeps)
        self.columns = Columns(self.trace.steps, self)
        self.position = 0.0
        self.selection: Selection | None = None
        self.pins: tuple[Pin, ...] = ()
        self.view = View()
        self.theme: Theme = theme_named(theme)
        self.check: Check | None = None
        self.contributions: contributions.Contributions | None = None
        self.runs = 0  # how often core has run; tests count it
        self._dirty = False
        self.work = Work(self)
        self.running = Work(self)  # the run of the latest experiment, where it takes more than a frame
        for work in (self.work, self.running):
            work.message.connect(self.message)
            work.wanted.connect(self.frame_wanted)
        self._jobs: dict[str, Any] = {}
        self._share: tuple[Trace, int, bool, Mapping[Key, Array]] | None = None
        self._start_jobs()

    # --- the experiment ---
    @property
    def experiment(self) -> Experiment:
        """The latest, which the trace follows within a frame."""
        return self.history.current.content.experiment

    @property
    def entry(self) -> Entry:
        """The latest entry of the person's own history."""
        return self.history.current

    @property
    def shown(self) -> tuple[Entry, Trace, View]:
        """The entry on the screen with its run, and how it is looked at; of the person's own work."""
        return self._shown, self.trace, self.view

    @property
    def path(self) -> Path | None:
        """The file that the document on show belongs to."""
        return self.entry.document.path

    @property
    def modified(self) -> bool:
        """Whether there is work in it that is in no file."""
        return self.entry.content != self._shelf.saved(self.entry.document)

    @property
    def looked_at_otherwise(self) -> bool:
        """Whether the way of looking is another than when the document began or was saved."""
        entry, _, view = self.shown
        return view != entry.document.view

    @property
    def time(self) -> Time:
        """The beat that is under way."""
        return self.timeline.at(self.position)

    def change(self, gesture: str | None = None, **fields: Any) -> bool:
        """Changes fields of the experiment; `gesture` names a drag, so that it is one entry of the history.

        False, with a message, where a value is refused; nothing changes then.
        """
        try:
            self._push(self.experiment.with_changes(**fields), gesture)
        except InputError as error:
            self.message.emit(str(error))
            return False
        return True

    def choose_task(self, name: str, **fields: Any) -> bool:
        """Another task, with the choices that suit it, then `fields`. A length that suited the last task is dropped."""
        now = self.experiment
        own = task_named(now.task).natural(now).get("steps") if name != now.task else None
        usual = {"steps": Experiment().steps} if own == now.steps else {}
        try:
            chosen = now.with_changes(**{"task": name, **usual, **fields})
            self._push(suited(chosen, fields))
        except InputError as error:
            self.message.emit(str(error))
            return False
        return True

    def freeze(self, gate: str, at: float | None, gesture: str | None = None) -> None:
        """Holds a gate at a value, or lets it be learned again (None)."""
        try:
            self._push(self.experiment.freeze(gate, at), gesture)
        except InputError as error:
            self.message.emit(str(error))

    def end_gesture(self) -> None:
        """The drag is over: the next change is an entry of its own."""
        self.history.end_gesture()

    def undo(self) -> None:
        self.history.undo()
        self._follow()

    def redo(self) -> None:
        self.history.redo()
        self._follow()

    def _push(self, experiment: Experiment, gesture: str | None = None) -> None:
        kept = surviving(self.experiment, experiment)
        gone = len(experiment.edits) - len(kept.edits)
        if gone:
            text = self.tr("%n edited number(s) do not exist with this choice; undo restores them.", "", gone)
            self.message.emit(text)
        self._enter(replace(self.history.current.content, experiment=kept), gesture)

    def _enter(self, content: Content, gesture: str | None = None) -> None:
        """Another content of the same document."""
        self.history.push(replace(self.history.current, content=content), gesture)
        self._follow()

    def _follow(self) -> None:
        self._dirty = self._dirty or self.running.busy or self.history.current != self._shown
        self.frame_wanted.emit()

    def update(self) -> None:
        """Runs the latest entry of the history if it is not the one shown. One that cannot be run says why,
        is forgotten, and leaves the one shown; so does an error in the program, which is raised again."""
        self.follow(lambda: False)

    def follow(self, out_of_time: Callable[[], bool]) -> None:
        """Once a frame: the same until `out_of_time()`; a long run goes on in the next frame. One that is cancelled
        leaves the one shown, and so does the latest one to the one before it."""
        if self._dirty:
            self._dirty = False
            self.running.drop()
            wanted = self.history.current
            if wanted == self._shown:  # changed and changed back: widgets follow
                self.changed.emit(Change.RUN)
                return
            title = self.tr("Running {what}").format(what=describe(wanted.content.experiment))
            job = self._run(wanted.content)
            self.running.start(title, job, lambda made: self._ran(wanted, *made), otherwise=self._stay)
        if self.running.busy:
            self.running.pull(out_of_time)

    def _ran(self, wanted: Entry, trace: Trace, pins: tuple[Pin, ...]) -> None:
        """The latest entry has been run."""
        was, now = self._shown.content, wanted.content
        if was.parameters is not None and now.given is was.given and now.parameters is None:
            self.message.emit(self.tr("The file's weights do not fit this choice: the seed's own are used."))
        self._show_entry(wanted, trace, pins)

    def _stay(self) -> None:
        """The latest entry cannot be run, or is not to be: the one shown stays."""
        self.history.withdraw(self._shown)
        self.changed.emit(Change.RUN)

    def _run(self, content: Content) -> Job[tuple[Trace, tuple[Pin, ...]]]:
        """Reads the files that a content names, makes its run and the pinned ones, and the share of the loss that the
        view asks for; what is on show already is not run again. Raises InputError."""
        shown = self._shown.content
        same = (content.experiment, content.parameters) == (shown.experiment, shown.parameters)
        trace = self.trace
        if not same:
            yield from reading(content.experiment)
            trace = yield from recording(content.experiment, content.parameters)
            if self.view.share_at in shares(trace):
                yield from self._shared(trace, self.view)
        known, pins = {pin.run: pin for pin in self.pins}, []
        for run in content.pinned:
            pin = known.get(run)
            if pin is None:
                yield from reading(run.experiment)
                pin = Pin(run, (yield from recording(run.experiment, run.parameters)))
            pins.append(pin)
        return trace, tuple(pins)

    def _share_missing(self, trace: Trace, view: View) -> bool:
        """Whether the view asks for a share of the loss that is not there yet."""
        wanted = view.share_at, view.gradient == "used"
        there = self._share is not None and self._share[0] is trace and self._share[1:3] == wanted
        return view.share_at is not None and not there

    def _shared(self, trace: Trace, view: View) -> Job[None]:
        """Makes the share of the loss that the view asks for."""
        t, used = view.share_at, view.gradient == "used"
        if t is not None:
            found = yield from contributions.sharing(trace, t, used)
            self._share = trace, t, used, found

    def _show_entry(self, entry: Entry, trace: Trace, pins: tuple[Pin, ...]) -> None:
        """Shows an entry whose runs there are. Another document is looked at as it was when it was left."""
        old, new = self._shown.document, entry.document
        if new is not old:
            old.view, old.position = self.view, self.position
        viewed, pinned = self.view, self.pins
        another = trace is not self.trace or new is not old
        self._shown, self.trace, self.pins = entry, trace, pins  # together: they are what a file is written from
        if new is not old:
            self.view = new.view
        if another:
            self._show(trace)
        flags = Change(0)
        if pinned != pins:
            flags |= Change.PINS
        if new is not old and viewed != self.view:
            flags |= Change.VIEW
        if flags:
            self.changed.emit(flags)
        if new is not old:
            self.seek(new.position)
            self.document_changed.emit()

    def _show(self, trace: Trace) -> None:
        self.running.drop()
        self.runs += 1
        at = self.time
        whole = self.position >= self.timeline.last
        self.trace = trace
        self.timeline = Timeline(trace.steps, trace.schedule.sweeps)
        self.position = float(self.timeline.last) if whole else self.timeline.position(at)
        self.columns.set_steps(trace.steps)
        self.selection = self._clamped(self.selection)
        view = msgspec.structs.replace(
            self.view,
            sample=min(self.view.sample, trace.data.x.shape[1] - 1),
            share_at=self.view.share_at if self.view.share_at in shares(trace) else None,
        )
        flags = Change.RUN if view == self.view else Change.RUN | Change.VIEW
        self.view = view
        self._start_jobs()
        self.changed.emit(flags)

    def _clamped(self, selection: Selection | None) -> Selection | None:
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

    # --- jobs: pulled by the player, a few milliseconds a frame ---
    def _start_jobs(self) -> None:
        self.check, self.contributions = None, None
        self._jobs = {}
        self._map_contributions()
        self._jobs["check"] = check(self.trace)
        self.check_changed.emit(None)
        self.frame_wanted.emit()

    def _map_contributions(self) -> None:
        total = self.view.reach == "total"
        self._jobs["contributions"] = contributions.contributions(self.trace, self.view.sample, total=total)

    @property
    def busy(self) -> bool:
        """Whether a job or a change waits."""
        return bool(self._jobs) or self._dirty or self.work.busy or self.running.busy

    @property
    def mapping(self) -> bool:
        """Whether the map of contributions is being computed; where it neither is nor exists, the network is too
        large."""
        return "contributions" in self._jobs

    @property
    def finding(self) -> bool:
        """Whether the map or the check is still being worked out."""
        return bool(self._jobs)

    def know_what(self, other: RunSession) -> None:
        """Takes over how another session looks at the same run, and what it has found out about it."""
        self.view, self._share = other.view, other._share
        self.check, self.contributions = other.check, other.contributions
        self._jobs = {name: job for name, job in self._jobs.items() if name in other._jobs}

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Pulls what a person has started, then the jobs, until `out_of_time()` or they are done."""
        if self.work.busy:
            self.work.pull(out_of_time)
        if not out_of_time():
            self.find(out_of_time)

    def find(self, out_of_time: Callable[[], bool]) -> None:
        """Pulls the jobs, by one piece at least, until `out_of_time()` or they are done."""
        before = self.check
        first = True
        while self._jobs and (first or not out_of_time()):
            first = False
            name = next(iter(self._jobs))
            try:
                result = next(self._jobs[name])
            except StopIteration:
                del self._jobs[name]
                if name == "contributions" and self.contributions is None:
                    self.changed.emit(Change.CONTRIBUTIONS)
                continue
            if name == "check":
                self.check = result
            elif result is not None:
                self.contributions = result
                self.changed.emit(Change.CONTRIBUTIONS)
        if self.check is not before:
            self.check_changed.emit(self.check)

    # --- time and selection ---
    def seek(self, position: float) -> None:
        """Moves the playhead to a position on the line, clamped to it."""
        position = min(max(float(position), 0.0), float(self.timeline.last))
        if position != self.position:
            self.position = position
            self.time_changed.emit(position)

    def seek_to(self, phase: str, t: int) -> None:
        """Moves the playhead to where `phase` has done step t."""
        self.seek(self.timeline.position(Time(phase, t)))

    def select(self, selection: Selection | None) -> None:
        """Selects a node or an edge; None clears the selection, and the playhead's node is shown again."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()
