"""A lock on a file that one process has at a time. The system releases it when the process ends, however it ends."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """The lock on `path`, an empty file that is made for it. Raises OSError where another one has it, or it cannot be
    made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by a process that is started
        try:
            _take(self._descriptor)
            if not _same(self._descriptor, path):  # its last owner has deleted it in between
                raise BlockingIOError(11, "it was released just now", str(path))
        except OSError:
            os.close(self._descriptor)
            raise

    def release(self, remove: bool = False) -> None:
        """Releases the lock; `remove`: and deletes the file."""
        if remove and sys.platform != "win32":  # Windows removes no file that is open
            with suppress(OSError):
                os.unlink(self._path)
        os.close(self._descriptor)
        if remove and sys.platform == "win32":
            with suppress(OSError):
                os.unlink(self._path)


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False
