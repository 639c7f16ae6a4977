"""The run: the experiment with all that can be undone, and the trace that follows it within a frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.cells import cell_named
from core.choices import layer_widths
from core.documents.document import Content, PinnedRun
from core.edits.editing import surviving
from core.errors import InputError
from core.experiment import Experiment, describe, suited
from core.history import History
from core.jobs import Job
from core.recorder import recording
from core.tasks import reading, task_named
from core.trace import Trace
from explorer.session.documents import Entry
from explorer.session.findings import Findings
from explorer.session.looking import Looking
from explorer.session.screen import Screen
from explorer.session.selection import Change, Pin, shares
from explorer.session.signals import Signals, translated, translated_of
from explorer.session.work import Work, at_once
from explorer.words import in_language

LONG_FIT = 1e7  # steps × samples × units²: about 50 ms of least squares
PINNED_ALREADY = "%n run is pinned already; unpin it first.", "%n runs are pinned already; unpin one first."


def fits_long(experiment: Experiment) -> bool:
    """Whether the read-out of its cell is fitted by least squares, in one piece that a person notices."""
    cell = cell_named(experiment.cell)
    return (
        not cell.learned
        and cell.readout == "ridge"
        and experiment.steps * experiment.batch * layer_widths(experiment)[-1] ** 2 > LONG_FIT
    )


class Run:
    """Changes are entries of the history; once a frame the latest is run. A long run goes on in the next frame, with
    its progress, and can be cancelled.

    `locked`: why nothing may be changed at present, in one sentence; "" where it may.
    """

    def __init__(self, signals: Signals, screen: Screen, findings: Findings, looking: Looking, running: Work) -> None:
        self._signals, self._screen, self._findings, self._looking = signals, screen, findings, looking
        self._running = running
        self.history = History(screen.entry)
        self.locked = ""
        self.count = 0  # how often core has run; tests count it
        self.dirty = False
        self._under_way = False  # the latest entry is being run
        self._afterwards: list[Callable[[], object]] = []  # what waits for it

    @property
    def experiment(self) -> Experiment:
        """The latest, which the trace follows within a frame."""
        return self.history.current.content.experiment

    # --- changes ---
    def change(self, make: Callable[[], Experiment], gesture: str | None = None, pinning: str = "") -> bool:
        """Pushes the experiment that `make` returns; `gesture` names a drag or a burst of the wheel, so that it is one
        entry of the history. `pinning`: the run before it is pinned under this name, in the same entry, instead of the
        one that has it. False, with a message, where it raises InputError; nothing changes then."""
        try:
            self._push(make(), gesture, pinning)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        return True

    def choose_task(self, name: str, **fields: Any) -> bool:
        """Another task, with the choices that suit it, then `fields`. A length that suited the last task is dropped."""
        now = self.experiment
        own = task_named(now.task).natural(now).get("steps") if name != now.task else None
        usual = {"steps": Experiment().steps} if own == now.steps else {}
        return self.change(lambda: suited(now.with_changes(**{"task": name, **usual, **fields}), fields))

    def undo(self) -> None:
        self.history.undo()
        self._follow()

    def redo(self) -> None:
        self.history.redo()
        self._follow()

    def _push(self, experiment: Experiment, gesture: str | None, pinning: str = "") -> None:
        if self.refused():
            return
        kept = surviving(self.experiment, experiment)
        gone = len(experiment.edits) - len(kept.edits)
        entry, pinned = self.history.current, self.history.current.content.pinned
        if pinning and kept != self.experiment and not self.history.goes_on(gesture):
            pinned = self._with_run_before(pinning)
        self.history.push(replace(entry, content=replace(entry.content, experiment=kept, pinned=pinned)), gesture)
        if gone:
            one = "%n edited number does not exist with this choice; undo restores it."
            many = "%n edited numbers do not exist with this choice; undo restores them."
            self._signals.undoable.emit(translated_of(gone, one, many))
        self._follow()

    def push(self, entry: Entry, gesture: str | None = None) -> None:
        """Another entry of the same experiment, which is shown within a frame."""
        self.history.push(entry, gesture)
        self._follow()

    def check_again(self) -> None:
        """Checks the gradients of the run on show, where that was left out."""
        if self._findings.check is None and "check" not in self._findings.jobs:
            self._findings.start_check()

    def _with_run_before(self, label: str) -> tuple[PinnedRun, ...]:
        """The pinned runs with the latest one as `label`, instead of the one that was; without it, and with a message,
        where there is no room."""
        content, most = self.history.current.content, len(self._screen.theme.pinned)
        others = tuple(run for run in content.pinned if run.label != label)
        if len(others) == most:
            self._signals.message.emit(translated_of(most, *PINNED_ALREADY))
            return content.pinned
        number = next(k for k in range(most) if all(run.number != k for run in others))
        return (*others, PinnedRun(content.experiment, label, number, content.parameters))

    def refused(self) -> bool:
        """Whether nothing may be changed, with a message."""
        if self.locked:
            self._signals.message.emit(self.locked)
            self._signals.changed.emit(Change.RUN)  # widgets follow back
        return bool(self.locked)

    def _follow(self) -> None:
        self.dirty = self.dirty or self._running.busy or self.history.current != self._screen.entry
        self._signals.frame_wanted.emit()

    # --- running the latest ---
    def follow(self, out_of_time: Callable[[], bool]) -> None:
        """Runs the latest entry of the history, until `out_of_time()`, if it is not the one shown. One that cannot be
        run says why, is forgotten, and leaves the one shown; so does one that is cancelled, and an error in the
        program, which is raised again."""
        if self.dirty:
            self.dirty = self._under_way = False
            self._running.drop()
            wanted = self.history.current
            if wanted == self._screen.entry:  # changed and changed back: widgets follow
                self._signals.changed.emit(Change.RUN)
                self._do_what_waits()
                return
            title = translated("Running {what}").format(what=wanted.content.described)
            job, slow = self.running(wanted.content), self.fits_long(wanted.content)
            self._under_way = True
            self._running.start(title, job, lambda made: self._ran(wanted, *made), slow, self._stay)
            if slow:  # its first piece may last: the next frame begins it, when its progress is on the screen
                return
        if self._running.busy:
            self._running.pull(out_of_time)

    def when_shown(self, then: Callable[[], object]) -> bool:
        """Calls `then` once the latest entry is on the screen, at once where that takes no longer than a person
        notices. False where it has to wait. Where the run fails or is cancelled, the one shown is the latest."""
        self.follow(at_once())
        if self.dirty or self._under_way:
            self._afterwards.append(then)
            return False
        then()
        return True

    def _do_what_waits(self) -> None:
        self._under_way = False
        waiting, self._afterwards = self._afterwards, []
        for then in waiting:
            then()

    def _ran(self, wanted: Entry, trace: Trace, pins: tuple[Pin, ...]) -> None:
        """The latest entry has been run."""
        was, now = self._screen.entry.content, wanted.content
        self._under_way = False
        self.show_entry(wanted, trace, pins)
        if was.parameters is not None and now.given is was.given and now.parameters is None:  # after it: no refusal
            text = "The weights trained or read before do not fit this choice: the seed's own are used. Undo goes back."
            self._signals.message.emit(translated(text))
        self._do_what_waits()

    def _stay(self) -> None:
        """The latest entry cannot be run, or is not to be: the one shown stays."""
        self.history.withdraw(self._screen.entry)
        self._signals.changed.emit(Change.RUN)
        self._do_what_waits()

    def running(self, content: Content) -> Job[tuple[Trace, tuple[Pin, ...]]]:
        """Reads the files that a content names, makes its run and the pinned ones, and the share of the loss that the
        view asks for; what is on show already is not run again. Raises InputError."""
        screen, trace = self._screen, self._screen.trace
        if not self._on_screen(content):
            yield from reading(content.experiment)
            trace = yield from recording(content.experiment, content.parameters)
            if screen.view.share_at in shares(trace):
                yield from self._looking.making_share(trace, screen.view)
        return trace, (yield from self._pins(content.pinned))

    def recording(self, content: Content) -> Job[tuple[Trace, tuple[Pin, ...]]]:
        """The same of a content whose files have been read, for the whole loss alone."""
        trace = self._screen.trace
        if not self._on_screen(content):
            trace = yield from recording(content.experiment, content.parameters)
        return trace, (yield from self._pins(content.pinned))

    def _pins(self, runs: tuple[PinnedRun, ...]) -> Job[tuple[Pin, ...]]:
        """Those that are on show already are not run again."""
        known, pins = {pin.run: pin for pin in self._screen.pins}, []
        for run in runs:
            pin = known.get(run)
            if pin is None:
                yield from reading(run.experiment)
                pin = Pin(run, (yield from recording(run.experiment, run.parameters)))
            pins.append(pin)
        return tuple(pins)

    def _on_screen(self, content: Content) -> bool:
        """Whether the run of a content is on show already."""
        shown = self._screen.entry.content
        return (content.experiment, content.parameters) == (shown.experiment, shown.parameters)

    def fits_long(self, content: Content) -> bool:
        """Whether `running` has a piece that lasts, so that it is announced before it begins."""
        pinned = {pin.run for pin in self._screen.pins}
        wanted = [run.experiment for run in content.pinned if run not in pinned]
        return any(map(fits_long, wanted if self._on_screen(content) else [content.experiment, *wanted]))

    # --- showing ---
    def show_entry(self, entry: Entry, trace: Trace, pins: tuple[Pin, ...], checked: bool = True) -> None:
        """Shows an entry whose runs there are; `checked`: with the gradient check. Another document is looked at as it
        was when it was left."""
        screen = self._screen
        old, new = screen.entry.document, entry.document
        if new is not old:
            old.view, old.position = screen.view, screen.position
        viewed, pinned, planned = screen.view, screen.pins, screen.entry.content.plan
        another = trace is not screen.trace or new is not old
        screen.entry, screen.trace, screen.pins = entry, trace, pins  # together: they are what a file is written from
        if new is not old:
            screen.view = new.view
        if another:
            self.show(trace, checked)
        flags = Change(0)
        if pinned != pins:
            flags |= Change.PINS
        if planned != entry.content.plan:
            flags |= Change.PLAN
        if new is not old and viewed != screen.view:
            flags |= Change.VIEW
        if flags:
            self._signals.changed.emit(flags)
        if new is not old:
            screen.seek(new.position)
            self._signals.document_changed.emit()

    def show(self, trace: Trace, checked: bool = True) -> None:
        """Puts a run on the screen. `checked`: with the gradient check."""
        if self._under_way:  # another document takes its place
            self._under_way, self._afterwards = False, []
        self._running.drop()
        self.count += 1
        flags = self._screen.show(trace)
        self._findings.start(checked)
        self._signals.changed.emit(flags)

    # --- pinned runs ---
    def pin(self, label: str = "") -> None:
        """Keeps the current run in the plots, up to as many as there are colours, once it is on the screen. `label`:
        the experiment in short by default."""
        self.when_shown(lambda: self._pin(label))

    def _pin(self, label: str) -> None:
        if self.refused():
            return
        screen = self._screen
        most = len(screen.theme.pinned)
        if len(screen.pins) == most:
            self._signals.message.emit(translated_of(most, *PINNED_ALREADY))
            return
        number = next(k for k in range(most) if all(pin.number != k for pin in screen.pins))
        shown = screen.entry.content
        name = label or shown.described
        run = PinnedRun(shown.experiment, name, number, shown.parameters, shown.plan)
        self._show_pins(*screen.pins, Pin(run, screen.trace))

    def comparing(self, cells: Sequence[str]) -> bool:
        """Whether the experiment of the latest entry is pinned with each of these cells that can do the same."""
        pinned = self.history.current.content.pinned
        if not pinned:
            return False
        wanted, _ = self._with_cells(cells)
        there = [run.experiment for run in pinned if run.parameters is None]
        return bool(wanted) and all(each in there for each in wanted)

    def _with_cells(self, cells: Sequence[str]) -> tuple[list[Experiment], list[str]]:
        """The latest experiment with each of these cells but its own, and why some of them cannot do it."""
        now, wanted, left_out = self.experiment, [], []
        for cell in cells:
            try:
                each = surviving(now, now.with_cell(cell))
            except InputError as error:
                left_out.append(in_language(error))
                continue
            if each.cell != now.cell:
                wanted.append(each)
        return wanted, left_out

    def compare(self, cells: Sequence[str]) -> None:
        """Pins the same experiment with each of these cells beside the one on show, with the seed's own parameters;
        where all are pinned already, unpins them. A cell that cannot do the same is left out, with a message."""
        self.when_shown(lambda: self._compare(cells))

    def _compare(self, cells: Sequence[str]) -> None:
        if self.refused():
            return
        content = self._screen.entry.content
        wanted, left_out = self._with_cells(cells)
        there = [run for run in content.pinned if run.experiment in wanted and run.parameters is None]
        missing = [each for each in wanted if each not in [run.experiment for run in there]]
        others = tuple(run for run in content.pinned if run not in there)
        most = len(self._screen.theme.pinned)
        if not missing:
            pinned = others
        elif len(content.pinned) + len(missing) > most:
            one = "Comparing needs room for %n more run, and others are pinned; unpin some."
            many = "Comparing needs room for %n more runs, and others are pinned; unpin some."
            self._signals.message.emit(translated_of(len(missing), one, many))
            return
        else:
            free = (k for k in range(most) if all(run.number != k for run in content.pinned))
            pinned = (
                *content.pinned,
                *(PinnedRun(each, describe(each), k) for each, k in zip(missing, free, strict=False)),
            )
        if left_out:
            self._signals.message.emit(left_out[0])
        if pinned != content.pinned:
            self.history.push(replace(self._screen.entry, content=replace(content, pinned=pinned)))
            self._follow()

    def unpin(self, number: int | None = None) -> None:
        """Unpins one run, or all of them."""

        def drop() -> None:
            left = tuple(pin for pin in self._screen.pins if number is not None and pin.number != number)
            gone = len(self._screen.pins) - len(left)
            if gone and not self.refused():
                self._show_pins(*left)
                self._signals.undoable.emit(translated_of(gone, "%n run unpinned.", "%n runs unpinned."))

        self.when_shown(drop)

    def _show_pins(self, *pins: Pin) -> None:
        """These are pinned, and no others: an entry of the history that is shown at once."""
        screen = self._screen
        content = replace(screen.entry.content, pinned=tuple(pin.run for pin in pins))
        self.history.push(replace(screen.entry, content=content))
        self.show_entry(self.history.current, screen.trace, pins)
