"""Standard streams that may go away: a command finishes whether or not its output is read."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from typing import TextIO


class Output(io.TextIOBase):
    """Passes text on until that fails; the rest is dropped, and `error` is what the system said."""

    def __init__(self, to: TextIO | None) -> None:
        self._to = to
        self.error: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return getattr(self._to, "encoding", None) or "utf-8"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._to is not None and self._to.isatty()

    def fileno(self) -> int:
        if self._to is None:
            raise io.UnsupportedOperation("fileno")
        return self._to.fileno()

    def write(self, text: str) -> int:
        if self._to is not None and self.error is None:
            try:
                self._write(self._to, text)
            except OSError as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        if self._to is not None and self.error is None:
            try:
                self._to.flush()
            except OSError as error:
                self._lose(error)

    @staticmethod
    def _write(to: TextIO, text: str) -> None:
        try:
            to.write(text)
        except UnicodeEncodeError:  # PYTHONIOENCODING=ascii, or a file name that is no text
            encoding = to.encoding or "ascii"
            to.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def _lose(self, error: OSError) -> None:
        """Discards what is still in the stream's buffer, or Python would complain about it at its end."""
        self.error = error
        assert self._to is not None
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._to.fileno())
