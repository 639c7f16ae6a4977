"""Ctrl-C while there is nothing yet to be undone: the process ends at once, with its status and without a word."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # main.py has it too, because it cannot import this


@contextmanager
def leaving_at_once() -> Iterator[None]:
    """For the time of imports: a KeyboardInterrupt within NumPy's or Qt's would be printed, swallowed, or come out as
    another error. Where Ctrl-C is ignored, or somebody else's, it stays so. Also lets an interrupt through that
    `blocked` has kept."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: os._exit(INTERRUPTED))
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


def leaving_anyway() -> None:
    """What a command has come to is decided, and Ctrl-C no longer changes it: Python gives the signal its default back
    on its way out, and the process would end by it with another status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def blocked() -> None:
    """Keep Ctrl-C waiting, also through exec, until the next Python is far enough to leave without a traceback."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
