"""Autosave: within a second of a change, in a file of the window's own, until it is saved or the
person lets it go. What a crash or a kill has left is found at the next start."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from core.errors import InputError
from core.files.locking import Lock
from core.files.writing import unwritable, write_text
from explorer.session.session import Session
from explorer.words import in_language

SOON_MS = 400  # after a change
LATER_MS = 5000  # after the playhead has moved
FORGOTTEN_S = 60.0
FAILED = "?"  # in place of what was written: it is tried again
KEPT, LOCKED, DAMAGED = ".json", ".lock", ".damaged"


class Autosave(QObject):
    """Keeps one session in a file of `folder` while there is something in it that is in no other file.

    The text is made in the window's thread (0.2 ms for the default run, 1 ms for 17,000 weights) and written in one of
    its own, since a disk may take long to say that it has it.
    """

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._folder = session, folder
        self._file = folder / f"{uuid.uuid4().hex}{KEPT}"
        self._lock: Lock | None = None
        self._written = ""
        self._thread: threading.Thread | None = None
        self._failure: InputError | None = None
        self._said = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.keep)
        session.changed.connect(self._soon)
        session.document_changed.connect(self._soon)
        session.time_changed.connect(self._later)

    def _soon(self, *_: object) -> None:
        """Not put off by further changes: a drag is kept while it lasts."""
        if not self._timer.isActive() or self._timer.interval() > SOON_MS:
            self._timer.start(SOON_MS)

    def _later(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start(LATER_MS)

    def keep(self) -> None:
        """Begins to write what has changed since the last time."""
        if self._thread is not None and self._thread.is_alive():
            self._soon()
            return
        text = self._changed()
        if text is not None:
            self._thread = threading.Thread(target=self._write, args=(text,), name="autosave")
            self._thread.start()

    def keep_now(self) -> bool:
        """The same before it returns, as the program is about to end. False where that failed."""
        text = self._changed()
        if text is not None:
            self._write(text)
        self._join()
        return self._written == "" or self._file.is_file()

    def _changed(self) -> str | None:
        """What is to be written ("": nothing is unsaved); None where that has been done."""
        self._join()
        session = self._session
        try:
            text = session.saved.text(kept=True) if session.modified or session.saved.view_changed else ""
        except InputError as error:
            self._say(in_language(error))
            return None
        if text == self._written:
            return None
        self._written = text
        return text

    def _write(self, text: str) -> None:
        try:
            if not text:
                self._file.unlink(missing_ok=True)
                return
            if self._lock is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._lock = Lock(self._file.with_suffix(LOCKED))
            write_text(self._file, text)
        except OSError as error:
            self._failure = unwritable(self._file, error)

    def _join(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._failure is not None:
            failure, self._failure, self._written = self._failure, None, FAILED
            self._say(in_language(failure))

    def _say(self, reason: str) -> None:
        """Once: saving is all that the user can do about it."""
        if not self._said:
            self._said = True
            text = self.tr("Unsaved work cannot be backed up automatically, so save it: {reason}")
            self._session.message.emit(text.format(reason=reason))

    def end(self, keep: bool) -> None:
        """The window is closed. `keep`: its unsaved work is found at the next start; otherwise nothing of it is."""
        self._timer.stop()
        self._join()
        if not keep:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release(remove=not keep)
            self._lock = None


class Leftover:
    """Unsaved work of a program that has ended. It belongs to the holder of its lock."""

    def __init__(self, file: Path, lock: Lock) -> None:
        self.file, self._lock = file, lock
        self.when = time.localtime(file.stat().st_mtime)

    def release(self) -> None:
        """Leaves it for the next start."""
        self._lock.release()

    def discard(self) -> None:
        """Deletes it: it was restored, or is not wanted."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
        self._lock.release(remove=True)

    def set_aside(self) -> Path:
        """Renames an unreadable one, so that it is not offered again."""
        aside = self.file.with_suffix(DAMAGED)
        with contextlib.suppress(OSError):
            self.file.replace(aside)
        self._lock.release(remove=True)
        return aside


def leftovers(folder: Path) -> Iterator[Leftover]:
    """The leftovers, newest first, none of running windows. The caller releases or discards each."""
    for lock in folder.glob(f"*{LOCKED}"):  # of windows that were killed with nothing unsaved
        if not lock.with_suffix(KEPT).exists() and time.time() - _age(lock) > FORGOTTEN_S:
            with contextlib.suppress(OSError):
                Lock(lock).release(remove=True)
    for file in sorted(folder.glob(f"*{KEPT}"), key=_age, reverse=True):
        try:
            lock = Lock(file.with_suffix(LOCKED))
        except OSError:
            continue
        try:
            found = Leftover(file, lock)
        except OSError:  # gone in between
            lock.release(remove=True)
            continue
        yield found


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
