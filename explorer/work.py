"""The one long job that a person has started: reading a file, an export. Pulled by the player, shown with its progress,
and cancelled at a press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from core.errors import InputError
from core.files.writing import unwritable
from core.jobs import Job


class Work(QObject):
    """Holds at most one job of `core.jobs`, with what becomes of its result."""

    changed = Signal()  # it began, went on or is over
    message = Signal(str)  # one sentence for the person
    wanted = Signal()  # a job waits for the player's next frame

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title, self.done = "", 0.0  # what it is ("Reading air.csv"), and how much of it is done, 0 to 1
        self._job: Job[Any] | None = None
        self._then: Callable[[Any], None] = lambda result: None

    @property
    def busy(self) -> bool:
        return self._job is not None

    def start(self, title: str, job: Job[Any], then: Callable[[Any], None]) -> bool:
        """Begins a job; `then` gets its result. An InputError or OSError of the job becomes a message.

        False, with a message, where another job is still running.
        """
        if self._job is not None:
            self.message.emit(self.tr("{title} is not done yet; wait for it or cancel it.").format(title=self.title))
            job.close()
            return False
        self.title, self.done, self._job, self._then = title, 0.0, job, then
        self.changed.emit()
        self.wanted.emit()
        return True

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Goes on with the job until `out_of_time()` or it is over; always by one piece at least."""
        while (job := self._job) is not None:
            try:
                self.done = next(job)
            except StopIteration as end:
                then = self._end()
                then(end.value)
            except InputError as error:
                self._end()
                self.message.emit(str(error))
            except OSError as error:
                self._end()
                self.message.emit(str(unwritable(error.filename or self.title, error)))
            except BaseException:
                self._end()
                raise
            else:
                if job is self._job:
                    self.changed.emit()
                if not out_of_time():
                    continue
            return

    def cancel(self) -> None:
        """Ends the job; nothing of it is left, and the person is told so."""
        if self._job is not None:
            title = self.title
            self._job.close()
            self._end()
            self.message.emit(self.tr("Cancelled: {title}.").format(title=title))

    def _end(self) -> Callable[[Any], None]:
        then, self._job = self._then, None
        self._then = lambda result: None
        self.changed.emit()
        return then
