"""Ctrl-C ends long work between two pieces, so that what there is can be written."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
