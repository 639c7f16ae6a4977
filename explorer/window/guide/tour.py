"""The tour: it points at the live window, and goes on when its key was pressed. Esc ends it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from explorer.window.guide.overlay import Overlay, Pointed
from explorer.window.guide.stops import STOPS, words
from explorer.window.window import Window


class Tour(QObject):
    """`at`: the number of its stop, from 0; None where it is not under way."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self.at: int | None = None
        self._was: object = None
        self.overlay = Overlay(window)
        window.escapes.append(self.end)

    def start(self) -> None:
        """From its first stop, on the chain, with the whole run done."""
        window, session = self._window, self._window.session
        self.end()
        window.player.pause()
        session.leave()
        session.select(None)
        session.seek(session.timeline.complete)
        window.stage.first.setFocus()
        for signal in self._signals():
            signal.connect(self._look)
        self._stop_at(0)

    def end(self) -> bool:
        """Ends it; False where it is not under way."""
        if self.at is None:
            return False
        self.at = None
        for signal in self._signals():
            signal.disconnect(self._look)
        self.overlay.point(())
        return True

    def _signals(self):
        session = self._window.session
        return (session.changed, session.time_changed, session.selection_changed, self._window.player.changed)

    def _stop_at(self, number: int) -> None:
        self.at = number
        self._was = self._state()
        self._say()

    def _state(self) -> object:
        assert self.at is not None
        return STOPS[self.at].state(self._window.session, self._window.player)

    def _say(self) -> None:
        assert self.at is not None
        stop = STOPS[self.at]
        text, key = words(stop, self._window.session)
        hint = self.tr("Press {key}    ·    {k} of {n}, Esc ends the tour").format(key=key, k=self.at + 1, n=len(STOPS))
        self.overlay.point((Pointed(stop.panel, stop.item, text, hint, beside=True),))

    def _look(self, *_: object) -> None:
        """Whether the key of this stop was pressed; a key is not asked for, what it does is."""
        if self.at is None:
            return
        stop, now = STOPS[self.at], self._state()
        if now == self._was:
            return
        if not stop.wanted(now):
            self._was = now
            return
        if self.at + 1 < len(STOPS):
            self._stop_at(self.at + 1)
            return
        self.end()
        self._window.show_message(
            self.tr("That was the tour. Ctrl+Shift+O opens an example; Help shows the tour again, and all keys.")
        )
