"""The half of the session that runs: the experiment and its trace, undo, the jobs, time and selection."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from core import diagnostics
from core.cells.base import Array
from core.chain import records_of, rows
from core.document import Content, PinnedRun, own_parameters
from core.edits import surviving
from core.errors import InputError
from core.experiment import Experiment, suited
from core.gradcheck import Check, check
from core.history import History
from core.network import Signal as Quantity
from core.recorder import record
from core.storage import View
from core.tasks import task_named
from core.timeline import Time, Timeline
from core.trace import Trace
from explorer.columns import Columns
from explorer.documents import Document, Entry, Shelf
from explorer.read_first import read_runs
from explorer.theme import Theme, theme_named
from explorer.work import Work

LOSSES = ("ℓ", "L")  # one step's loss and all of it, which the output's node stands for as well


class Change(enum.Flag):
    """What a refresh is about."""

    RUN = enum.auto()  # another trace
    VIEW = enum.auto()  # another way of looking: sample, exact or used, share
    PINS = enum.auto()  # a run was pinned or let go
    CONTRIBUTIONS = enum.auto()  # the map of contributions is there
    THEME = enum.auto()
    ALL = RUN | VIEW | PINS | CONTRIBUTIONS | THEME


@dataclass(frozen=True)
class Selection:
    """A node (row, t) or, where `source` is not empty, the edge that comes to it from row `source`.

    `record`: one quantity of the node; "" for the node as a whole. `unit` from 0, or None. `parameter`: one that makes
    the node ("L1.W_f"), with one `entry` of it in hand. `reaches`: a later column, to which the node's memory comes.
    """

    row: str
    t: int
    source: str = ""
    recurrent: bool = False
    record: str = ""
    unit: int | None = None
    parameter: str = ""
    entry: tuple[int, ...] = ()
    reaches: int | None = None


@dataclass(frozen=True, eq=False)
class Pin:
    """A run that stays beside the current one, with its numbers."""

    run: PinnedRun
    trace: Trace

    @property
    def label(self) -> str:
        return self.run.label

    @property
    def number(self) -> int:
        """Picks its colour, and stays the same when another pin is let go."""
        return self.run.number


class RunSession(QObject):
    """The experiment and its trace, the place on the line, the selection, the pinned runs, the view and the theme.

    A change of the experiment marks the session dirty; once a frame `update` runs the latest. Everything that follows
    is told by one `changed`. What a person has made, pins and a file's parameters too, is an entry of the history.
    """

    changed = Signal(object)  # Change
    time_changed = Signal(float)
    selection_changed = Signal()
    check_changed = Signal(object)  # Check | None
    message = Signal(str)  # one sentence for the person
    hand_wanted = Signal(str, object)  # a number to edit: the name of its matrix, and its index or None
    document_changed = Signal()  # another document is shown, or it was saved
    frame_wanted = Signal()  # something waits for the player's next frame

    def __init__(
        self,
        experiment: Experiment | None = None,
        theme: str = "light",
        parent: QObject | None = None,
        parameters: Mapping[str, Array] | None = None,
    ) -> None:
        """`parameters`: the run's own, where they are not those that its seed makes."""
        super().__init__(parent)
        chosen = experiment or Experiment()
        content = Content(chosen, own_parameters(chosen, parameters))
        self.trace = record(chosen, content.parameters)
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
        self.contributions: diagnostics.Contributions | None = None
        self.runs = 0  # how often core has run; tests count it
        self._dirty = False
        self._reads = False  # files that a run needs are being read
        self.work = Work(self)
        self.work.message.connect(self.message)
        self.work.wanted.connect(self.frame_wanted)
        self._jobs: dict[str, Any] = {}
        self._share: tuple[Trace, int, bool, Mapping[Quantity, Array]] | None = None
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
    def path(self) -> Path | None:
        """The file that the document on show belongs to."""
        return self.entry.document.path

    @property
    def modified(self) -> bool:
        """Whether there is work in it that is in no file."""
        return self.entry.content != self._shelf.saved(self.entry.document)

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
        """Another task, with the choices that suit it, then `fields`. A length of the last task's own is let go."""
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
            text = self.tr("%n number(s) set by hand do not belong to this choice; undo brings them back.", "", gone)
            self.message.emit(text)
        self._enter(replace(self.history.current.content, experiment=kept), gesture)

    def _enter(self, content: Content, gesture: str | None = None) -> None:
        """Another content of the same document."""
        self.history.push(replace(self.history.current, content=content), gesture)
        self._follow()

    def _follow(self) -> None:
        self._dirty = self._dirty or self.history.current != self._shown
        self.frame_wanted.emit()

    def update(self) -> None:
        """Once a frame: runs the latest entry of the history if it is not the one shown. One that cannot be run says
        why, is forgotten, and leaves the one shown; so does an error in the program, which is raised again."""
        if not self._dirty:
            return
        self._dirty = False
        wanted = self.history.current
        if wanted == self._shown:  # changed and changed back within the frame: widgets follow
            self.changed.emit(Change.RUN)
            return
        if self._reads:  # what is wanted by now is run when the files are there
            self._dirty = True
            return
        self._reads = True
        then, failed = partial(self._run_wanted, wanted), partial(self._withdraw, wanted)
        read_runs(self.work, wanted.content, self._shown.content, then, failed)

    def _withdraw(self, wanted: Entry, reason: str) -> None:
        """The entry cannot be run, for a reason in one sentence, or "" where that is said."""
        self._reads = False
        if self.history.current != wanted:
            self._follow()
            return
        self.history.withdraw(self._shown)
        if reason:
            self.message.emit(reason)
        self.changed.emit(Change.RUN)

    def _run_wanted(self, wanted: Entry) -> None:
        """Runs an entry whose files have been read, unless another one is wanted by now."""
        self._reads = False
        if self.history.current != wanted:
            self._follow()
            return
        try:
            trace, pins = self._run(wanted.content)
        except Exception as error:
            self._withdraw(wanted, str(error) if isinstance(error, InputError) else "")
            if isinstance(error, InputError):
                return
            raise
        was = self._shown.content
        if was.parameters is not None and wanted.content.given is was.given and wanted.content.parameters is None:
            self.message.emit(self.tr("The file's weights do not belong to this choice: the seed's own are used."))
        self._show_entry(wanted, trace, pins)

    def _run(self, content: Content) -> tuple[Trace, tuple[Pin, ...]]:
        """A content's own run and the pinned ones; what is on show already is not run again. Raises InputError."""
        shown = self._shown.content
        same = (content.experiment, content.parameters) == (shown.experiment, shown.parameters)
        trace = self.trace if same else record(content.experiment, content.parameters)
        known = {pin.run: pin for pin in self.pins}
        pins = (known.get(run) or Pin(run, record(run.experiment, run.parameters)) for run in content.pinned)
        return trace, tuple(pins)

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
        self._jobs["contributions"] = diagnostics.contributions(self.trace, self.view.sample, total=total)

    @property
    def busy(self) -> bool:
        """Whether a job or a change waits."""
        return bool(self._jobs) or self._dirty or self.work.busy

    @property
    def mapping(self) -> bool:
        """Whether the map of contributions is on its way; where it is neither that nor there, the net is too large."""
        return "contributions" in self._jobs

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Pulls what a person has started, then the jobs, until `out_of_time()` or they are done."""
        if self.work.busy:
            self.work.pull(out_of_time)
        before = self.check
        while self._jobs and not out_of_time():
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
        """Takes a node or an edge in hand; None lets it go, and the playhead's node is shown again."""
        if selection != self.selection:
            self.selection = selection
            self.selection_changed.emit()


def shares(trace: Trace) -> tuple[int, ...]:
    """The steps whose share of the loss can be looked at alone: those that the loss looks at, where it is a sum."""
    steps = tuple(int(t) + 1 for t in trace.supervised.nonzero()[0])
    return steps if len(steps) > 1 else ()
