"""The one long job that a person has started: reading a file, an export. Pulled by the player, shown with its progress,
and cancelled at a press."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.errors import InputError
from core.files.writing import unwritable
from core.jobs import Job
from explorer.words import in_language

FRAME_SECONDS = 0.05  # of a run in one frame: most are over by then
WORTH_SHOWING = 0.05  # of a job: the rest of its many pieces is shown at the end of the frame
AT_ONCE = 0.03  # seconds that a person does not notice


class Work(QObject):
    """Holds at most one job of `core.jobs`, with what becomes of its result."""

    changed = Signal()  # it began, went on or is over
    message = Signal(str)  # one sentence for the person
    wanted = Signal()  # a job waits for the player's next frame

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title, self.done = "", 0.0  # what it is ("Reading air.csv"), and how much of it is done, 0 to 1
        self.slow = False  # it is known to last, and so is shown at once
        self._pulling, self._given_up = False, False
        self._job: Job[Any] | None = None
        self._then: Callable[[Any], None] = lambda result: None
        self._otherwise: Callable[[], None] = lambda: None

    @property
    def busy(self) -> bool:
        return self._job is not None

    def start(
        self,
        title: str,
        job: Job[Any],
        then: Callable[[Any], None],
        slow: bool = False,
        otherwise: Callable[[], None] = lambda: None,
    ) -> bool:
        """Begins a job; `then` gets its result. An InputError or OSError of the job becomes a message; `otherwise` is
        done after that, and where it is cancelled. `slow`: it is known to last.

        False, with a message, where another job is still running.
        """
        if self._job is not None:
            self.message.emit(self.tr("{title} is not done yet; wait for it or cancel it.").format(title=self.title))
            job.close()
            return False
        self.title, self.done, self.slow = title, 0.0, slow
        self._job, self._then, self._otherwise = job, then, otherwise
        self.changed.emit()
        self.wanted.emit()
        return True

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Goes on with the job until `out_of_time()` or it is over; always by one piece at least."""
        if self._pulling:  # a piece of it lets events in
            return
        shown = self.done
        while (job := self._job) is not None:
            try:
                self.done = self._piece(job)
            except StopIteration as end:
                then, _ = self._end()
                then(end.value)
            except InputError as error:
                self._fail(in_language(error))
            except OSError as error:
                self._fail(str(unwritable(error.filename or self.title, error)))
            except BaseException:
                _, otherwise = self._end()
                otherwise()
                raise
            else:
                if self._given_up:
                    self.cancel()
                over = out_of_time()
                if job is self._job and (over or self.done >= shown + WORTH_SHOWING):
                    shown = self.done
                    self.changed.emit()
                if not over:
                    continue
            return

    def _piece(self, job: Job[Any]) -> float:
        self._pulling, self._given_up = True, False
        try:
            return next(job)
        finally:
            self._pulling = False

    def cancel(self) -> None:
        """Ends the job; nothing of it is left, and a message says so. From within one of its pieces: after it."""
        if self._pulling:
            self._given_up = True
        elif self._job is not None:
            self._job.close()
            self._fail(self.tr("Cancelled: {title}.").format(title=self.title))

    def drop(self) -> None:
        """Ends the job without a word: another takes its place."""
        if self._job is not None:
            self._job.close()
            self._end()

    def _fail(self, said: str) -> None:
        _, otherwise = self._end()
        self.message.emit(said)
        otherwise()

    def _end(self) -> tuple[Callable[[Any], None], Callable[[], None]]:
        then, otherwise, self._job, self._given_up = self._then, self._otherwise, None, False
        self._then, self._otherwise = lambda result: None, lambda: None
        self.changed.emit()
        return then, otherwise


def out_of(seconds: float, clock: Callable[[], float] = time.perf_counter) -> Callable[[], bool]:
    """Whether so many seconds from now are over."""
    deadline = clock() + seconds
    return lambda: clock() >= deadline


def at_once() -> Callable[[], bool]:
    """Whether a job that has just been started takes longer than a person does not notice."""
    return out_of(AT_ONCE)
