"""The session's documents: what is saved, opened, begun anew, and what of it is in no file yet."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from core.documents import storage
from core.documents.document import Content, PinnedRun, own_parameters
from core.documents.storage import View
from core.errors import InputError, quoted
from core.experiment import Experiment, natural
from core.maths.arrays import Array
from core.trace import Trace
from explorer.session.documents import Document, Entry, Shelf
from explorer.session.hunt import HiddenError
from explorer.session.lessons.walk import OpenLesson
from explorer.session.read_first import read_first, title_of
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Change, Pin
from explorer.session.signals import Signals, translated
from explorer.session.work import Work
from explorer.words import in_language


class Saved:
    """Writes and reads whole sessions. Another document is shown once its files are read and its runs are made, which
    is a job where that takes long; until then everything stays as it is."""

    def __init__(
        self, signals: Signals, screen: Screen, run: Run, hunt: HiddenError, lesson: OpenLesson, work: Work
    ) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work
        self._hunt, self._lesson = hunt, lesson
        self._shelf = Shelf()

    @property
    def entry(self) -> Entry:
        """The latest entry of the person's own history; a run with a hidden fault is no work of theirs."""
        return self._lesson.standing.history.current

    @property
    def path(self) -> Path | None:
        """The file that the document on show belongs to."""
        return self.entry.document.path

    @property
    def example(self) -> Path | None:
        """The example that is on the screen as it was opened; None once anything of it is another."""
        shown = self._screen.entry
        path, content = shown.document.example or (None, None)
        return path if shown.content == content else None

    @property
    def modified(self) -> bool:
        """Whether there is work in it that is in no file."""
        return self.entry.content != self._shelf.saved(self.entry.document)

    @property
    def view_changed(self) -> bool:
        """Whether the way of looking is another than when the document began or was saved."""
        standing = self._lesson.standing
        return standing.view != standing.shown.document.view

    # --- saving ---
    def save(self, path: Path) -> bool:
        """Writes the session, once the latest entry has been run. False, with a message, where that failed, where it
        has to wait, or while a fault is hidden."""
        if self._hunt.state is not None:
            self._signals.message.emit(translated("A run with a hidden error is not saved; end the search first."))
            return False
        if self._lesson.lesson is not None:
            text = "A lesson's run is not saved; leave the lesson first, or take its run with you."
            self._signals.message.emit(translated(text))
            return False
        written: list[bool] = []
        try:
            shown = self._run.when_shown(lambda: written.append(self._write(path)))
        except Exception as error:  # of the program; what is on the screen is another run
            text = translated("Nothing is saved: the last change cannot be run ({error}). Save again without it.")
            self._signals.message.emit(text.format(error=quoted(in_language(error)) or type(error).__name__))
            return False
        if not shown:
            self._signals.message.emit(translated("{name} is saved when the run is there.").format(name=path.name))
        return written == [True]

    def _write(self, path: Path) -> bool:
        try:
            storage.save(path, self.text())
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        document = self._screen.entry.document
        document.path, document.view = path, self._screen.view
        self._shelf.holds(path, self._screen.entry.content)
        self._signals.document_changed.emit()
        self._signals.message.emit(translated("Saved as {name}.").format(name=path.name))
        return True

    def text(self, kept: bool = False) -> str:
        """The file's text of what is on the screen (while a fault is hidden or a lesson is open, of what was there
        before), with the file that it belongs to where the program keeps it by itself. Raises InputError."""
        standing = self._lesson.standing
        entry = standing.shown
        path = entry.document.path if kept else None
        content = entry.content
        return storage.to_text(standing.trace, standing.position, standing.view, content.pinned, path, content.plan)

    # --- opening ---
    def open(self, path: Path) -> bool:
        """Opens a saved session; one step back in the history undoes it. False, with a message, where that failed; the
        session is as it was then. Where its files or its runs take long, it is shown after that."""

        def opened(saved: storage.Saved) -> None:
            self._shelf.holds(path, self._screen.entry.content)
            self._signals.document_changed.emit()
            said = in_language(storage.differences(saved, self._screen.trace))
            self._signals.message.emit(said or translated("Opened {name}.").format(name=path.name))

        return self._load(path, path, opened)

    def open_example(self, path: Path) -> bool:
        """Opens a saved experiment of the program's own, as a document that has no file yet and nothing to be lost; one
        step back in the history undoes it. False, with a message, where that failed."""
        return self._load(path, None, lambda saved: self._signals.message.emit(""), begun=True)

    def reopen(self, kept: Path) -> bool:
        """Opens what the program has kept by itself: work that has not been saved. False, with a message, where that
        failed."""
        return self._load(
            kept,
            None,
            lambda saved: self._signals.message.emit(in_language(storage.differences(saved, self._screen.trace))),
        )

    def _load(self, file: Path, path: Path | None, then: Callable[[storage.Saved], None], begun: bool = False) -> bool:
        """Shows what is in a file as the document of `path`, or of the file that it says itself, and calls `then`.
        `begun`: it is no work of a person's. False, with a message, where that failed."""
        try:
            saved = storage.load(file)
            given = own_parameters(saved.experiment, saved.given)
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        content = Content(saved.experiment, given, self._pinned(saved.pinned), saved.plan)
        document = Document(path or saved.changes, content if begun else None, saved.view, saved.position)
        document.example = (file, content) if begun else None
        return self._begin(content, document, lambda: then(saved))

    def open_shared(self, saved: storage.Saved) -> bool:
        """Opens what somebody has given, as work that is in no file yet; one step back in the history undoes it. False,
        with a message, where it cannot be run."""

        def opened() -> None:
            said = in_language(storage.differences(saved, self._screen.trace))
            self._signals.message.emit(said or translated("This is what the string holds; Ctrl+Z takes it back."))

        try:
            content = Content(
                saved.experiment, own_parameters(saved.experiment, saved.given), self._pinned(saved.pinned), saved.plan
            )
        except InputError as error:
            self._signals.message.emit(in_language(error))
            return False
        return self._begin(content, Document(None, None, saved.view, saved.position), opened)

    def _pinned(self, runs: tuple[PinnedRun, ...]) -> tuple[PinnedRun, ...]:
        """As many as there are colours, each with its own."""
        most = len(self._screen.theme.pinned)
        runs = runs[:most]
        if len({run.number for run in runs}) == len(runs) and all(run.number < most for run in runs):
            return runs
        return tuple(replace(run, number=k) for k, run in enumerate(runs))

    def new(self, task: str = "last-step") -> bool:
        """The default experiment on a task, looked at as at the start; one step back in the history undoes it. False,
        with a message, where the task cannot be made."""

        def begun() -> None:
            self._screen.select(None)
            self._signals.message.emit("")

        content = Content(natural(task))
        return self._begin(content, Document(None, content, View(), math.inf), begun)

    def open_trained(
        self,
        experiment: Experiment,
        parameters: Mapping[str, Array],
        said: str = "",
        then: Callable[[], object] = lambda: None,
    ) -> bool:
        """Shows a run with parameters of its own, from an exported run or another library, as work that is in no file
        yet, and does what comes `then`; one step back in the history undoes it. False, with a message, where it cannot
        be run; the session is as it was then."""

        def opened() -> None:
            self._signals.message.emit(said)
            then()

        pinned = self._screen.entry.content.pinned
        content = Content(experiment, own_parameters(experiment, parameters), pinned)
        view = msgspec.structs.replace(View(), notation=self._screen.view.notation)
        return self._begin(content, Document(None, None, view, math.inf), opened)

    def _begin(self, content: Content, document: Document, then: Callable[[], None]) -> bool:
        """Shows the content of another document once its files are read and its runs are made, and calls `then`. False,
        with a message, where that failed."""
        failed = False

        def refuse(reason: str) -> None:
            nonlocal failed
            failed = True
            if reason:
                self._signals.message.emit(reason)

        def show(made: tuple[Trace, tuple[Pin, ...]]) -> None:
            self._show(content, document, *made)
            then()

        job, slow = self._run.running(content), self._run.fits_long(content)
        read_first(self._work, title_of(content.experiment), job, show, refuse, slow)
        return not failed

    def _show(self, content: Content, document: Document, trace: Trace, pins: tuple[Pin, ...]) -> None:
        """Another document, as an entry of the history."""
        self._hunt.leave()
        self._lesson.leave()
        run, screen = self._run, self._screen
        run.history.end_gesture()
        now = run.history.current
        if (now.content, now.document.path) == (content, document.path):
            now.document.example = document.example
        if (now.content, now.document.path) != (content, document.path):
            run.history.push(Entry(content, document))
        elif now == screen.entry:  # the same again: only the way of looking is another
            screen.view = document.view
            run.show(trace)
            self._signals.changed.emit(Change.VIEW)
            screen.seek(document.position)
        run.dirty = False
        run.show_entry(run.history.current, trace, pins)
