"""Work that is longer than its reader's patience: it goes on where nobody reads its lines, and Ctrl-C ends it between
two pieces, so that what there is can be written."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from explorer.commands.base import FileFault


class Lines:
    """Prints lines to `to` (standard output where it is None) as long as that is possible; raises nothing."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._to = to
        self.failure: OSError | None = None

    def say(self, text: str) -> None:
        """One line, at once."""
        if self.failure is not None:
            return
        try:
            print(text, file=self._to, flush=True)
        except OSError as error:
            self.failure = error
            self._to_nowhere()

    def _to_nowhere(self) -> None:
        """What is still in the buffer would fail again when the program ends."""
        with suppress(OSError, ValueError):  # it may have no descriptor
            descriptor = (self._to or sys.stdout).fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, descriptor)
            os.close(nowhere)

    def refuse_failure(self, done: str) -> None:
        """Raises FileFault where lines are missing, unless their reader has gone (… | head), with what was done."""
        error = self.failure
        if error is not None and not isinstance(error, BrokenPipeError) and error.errno != errno.EPIPE:
            raise FileFault(f"{done}; but standard output cannot be written: {error.strerror or error}.")


class Stop:
    """Whether Ctrl-C was pressed."""

    pressed = False


@contextmanager
def stopped_by_ctrl_c() -> Iterator[Stop]:
    """Within the block the first Ctrl-C only says so; the second raises KeyboardInterrupt. Where it is ignored (in the
    background of a shell), it stays so."""
    stop = Stop()

    def note(number: int, frame: FrameType | None) -> None:
        if stop.pressed:
            raise KeyboardInterrupt
        stop.pressed = True

    try:
        before = signal.getsignal(signal.SIGINT)
        if before != signal.SIG_IGN:
            signal.signal(signal.SIGINT, note)
    except ValueError:  # not in the main thread: there is nothing to press
        yield stop
        return
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
