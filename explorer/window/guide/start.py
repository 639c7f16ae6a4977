"""The first minute: at the very first start the run plays once by itself, with three notes; then comes a strip."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QKeyEvent

from explorer.window.cards.page import EXAMPLES
from explorer.window.files import Files
from explorer.window.guide.overlay import Overlay, Pointed
from explorer.window.guide.strip import StartStrip
from explorer.window.guide.tour import Tour
from explorer.window.window import Window

SECONDS = 10.0  # of the run that plays by itself
STARTED, CLOSED = "started_before", "start_strip_closed"  # names of settings
STOPPING = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class Guide(QObject):
    """Made with the window, and silent until `begin`."""

    def __init__(self, window: Window, files: Files) -> None:
        super().__init__(window)
        self._window, self._files = window, files
        self.tour = Tour(window)
        self.notes = Overlay(window)
        self.strip: StartStrip | None = None
        self.show_lessons: Callable[[], object] = lambda: None  # the list of them, which the finder has
        self._playing = False
        self._gave_way = False  # the strip, to a lesson
        window.session.lesson_changed.connect(self._on_lesson)

    def begin(self) -> None:
        """What a start shows: the run played once, if it is the first and there may be motion; else the strip."""
        settings, player = self._window.settings, self._window.player
        first = not settings.value(STARTED, False)
        settings.set_value(STARTED, True)
        if not first or player.still:
            self.show_strip_unless_closed()
            if first:
                self._point()  # without motion the notes stand beside the finished run, until a key or a click
                self._watch()
            return
        self._playing = True
        player.play_once(SECONDS)
        self._point()
        self._watch()
        player.changed.connect(self._on_player)

    def _point(self) -> None:
        self.notes.point((
            Pointed("chain", "loss", self.tr("The loss: how far the output is from the target.")),
            Pointed("chain", "edge", self.tr("W, the same at every step: the gradient comes back through it.")),
            Pointed("norms", "bracket", self.tr("How large the gradient is at each step, from the loss back.")),
        ))  # fmt: skip

    # --- until a key or a click ---
    def _watch(self) -> None:
        app = QCoreApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self._window.closing.connect(self.stop)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A key or a click stops the run that plays by itself. Space and Esc do nothing else."""
        if event.type() not in STOPPING or not self.notes.isVisible():
            return False
        key = event.key() if isinstance(event, QKeyEvent) else None
        swallowed = key in (0x20, 0x01000000)  # Space, Esc
        if swallowed and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        self.stop()
        return swallowed

    def _on_player(self) -> None:
        if self._playing and not self._window.player.playing:
            self.stop()

    def stop(self) -> None:
        """The notes go, and the finished run is on the screen."""
        if not self.notes.isVisible():
            return
        app = QCoreApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        self._window.closing.disconnect(self.stop)
        self.notes.point(())
        if self._playing:
            self._playing = False
            self._window.player.changed.disconnect(self._on_player)
            self._window.player.pause()
            self._window.session.seek(self._window.session.timeline.complete)
        self.show_strip_unless_closed()

    # --- the strip ---
    def show_strip_unless_closed(self) -> None:
        if not self._window.settings.value(CLOSED, False):
            self.show_strip()

    def show_strip(self) -> None:
        """The strip, also after it was closed."""
        self._window.settings.set_value(CLOSED, False)
        if self.strip is None:
            files = self._files
            offers = {
                self.tr("Tour"): self.tour.start,
                self.tr("Lessons"): lambda: self.show_lessons(),
                self.tr("Examples"): lambda: files.show_cards(EXAMPLES),
                self.tr("Reopen last"): files.open_last,
            }
            self.strip = StartStrip(offers, self.close_strip, self._window)
            self._window.add_below_claim(self.strip)
        self.strip.show()
        self._window.refit()

    def _on_lesson(self) -> None:
        """A lesson says itself what to do: the strip comes back at its end."""
        there = self._window.session.lesson.lesson is not None
        if there and self.strip is not None and not self.strip.isHidden():
            self._gave_way = True
            self.strip.hide()
        elif not there and self._gave_way and self.strip is not None:
            self._gave_way = False
            self.strip.setVisible(not self._window.presenting)
        self._window.refit()

    def close_strip(self) -> None:
        """Closed, and not shown at later starts."""
        self._window.settings.set_value(CLOSED, True)
        if self.strip is not None:
            self.strip.hide()
            self._window.refit()
            self._window.stage.first.setFocus()
