"""Signals of the system while Qt's loop sleeps: Python runs no handler then, so they come through a socket that Qt
watches (the portable way that the documentation of `signal.set_wakeup_fd` and of Qt's socket notifiers describe)."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Signal
from PySide6.QtGui import QGuiApplication, QSessionManager

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # those of them that the system has


class Interrupts(QObject):
    """Tells of a signal within the loop. One that was ignored at the start (`nohup`) stays ignored.

    A second Ctrl-C, before the loop came to the first, raises KeyboardInterrupt wherever the program is.
    """

    came = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reads, self._writes = socket.socketpair()
        self._reads.setblocking(False)
        self._writes.setblocking(False)
        self._waiting: set[int] = set()
        self._before = signal.set_wakeup_fd(self._writes.fileno(), warn_on_full_buffer=False)
        known = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        heard = [number for number in known if signal.getsignal(number) != signal.SIG_IGN]
        self._handlers = {number: signal.signal(number, self._note) for number in heard}
        self._notifier = QSocketNotifier(self._reads.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _note(self, number: int, frame: FrameType | None) -> None:
        """That it has a handler of Python's is what makes the system write to the socket."""
        if number in self._waiting and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._waiting.add(number)

    def _read(self) -> None:
        try:
            numbers = self._reads.recv(4096)
        except OSError:
            return
        for number in dict.fromkeys(numbers):
            self._waiting.discard(number)
            if number in self._handlers:
                self.came.emit(number)

    def close(self) -> None:
        """Everything is as it was before."""
        self._notifier.setEnabled(False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        self._reads.close()
        self._writes.close()


class LogOut(QObject):
    """The person logs out, or the desktop saves its state. A log-out can be cancelled, and no program learns of that:
    the next key or click in the window shows it."""

    def __init__(self, app: QGuiApplication, keep: Callable[[], object], leaving: Callable[[bool], object]) -> None:
        """`keep` writes what is unsaved; `leaving` gets whether the program is about to be ended."""
        super().__init__(app)
        self._app, self._keep, self._leaving = app, keep, leaving
        app.saveStateRequest.connect(self._save_state)
        app.commitDataRequest.connect(self._begin)

    def _save_state(self, manager: QSessionManager | None = None) -> None:
        self._keep()

    def _begin(self, manager: QSessionManager | None = None) -> None:
        self._keep()
        self._leaving(True)
        self._app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress):
            self._app.removeEventFilter(self)
            self._leaving(False)
        return False

    def close(self) -> None:
        """Everything is as it was before."""
        self._app.removeEventFilter(self)
        self._app.saveStateRequest.disconnect(self._save_state)
        self._app.commitDataRequest.disconnect(self._begin)
