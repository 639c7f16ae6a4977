"""What tests do with a session, its panels and a whole window that the program has no use for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.experiment import Experiment
from explorer.app import compose
from explorer.application import application
from explorer.panels.experiment.rows import Row
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings

NONE = Qt.KeyboardModifier.NoModifier


def pulled(session: Session) -> int:
    """How many pieces there are until nothing of the session's runs is under way, as the player pulls them."""
    pieces = 0
    while session.running.busy or session.work.busy or session.run.dirty:
        session.follow(lambda: True)
        session.work.pull(lambda: True)
        pieces += 1
    return pieces


def come_to_rest(window: QWidget) -> None:
    """Does at once what the window does when nothing has moved for a while, such as typesetting: by its timers it would
    be done sooner or later, as the machine has time."""
    while waiting := [timer for timer in window.findChildren(QTimer) if timer.isSingleShot() and timer.isActive()]:
        for timer in waiting:
            timer.stop()
            timer.timeout.emit()
        QApplication.processEvents()


def error_of(row: Row) -> str:
    """Why a row's value was refused."""
    return row._error.text() if row._error is not None else ""


def double_click(widget: QWidget, at: QPoint | None = None, button=Qt.MouseButton.LeftButton, modifier=NONE) -> None:
    """A double click, after which the button is up again: QTest leaves it down, for every test that follows."""
    at = widget.rect().center() if at is None else at
    QTest.mouseDClick(widget, button, modifier, at)
    QTest.mouseRelease(widget, button, modifier, at)


class Clock:
    """Seconds that the test counts."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Driver:
    """A window with its session, its player and their clock."""

    def __init__(self, folder, experiment=None, size=(1366, 768), theme="light"):
        self._app = application()
        self._found = self._app.font(), self._app.palette()
        self.clock = Clock()
        self.session = Session(experiment or Experiment(), theme)
        self.player = Player(self.session, self.clock)
        self.settings = Settings(folder / "settings.ini")
        self.last = folder / "last.json"
        self.program = compose(self.session, self.player, self.settings, self.last)
        self.window, self.files = self.program.window, self.program.files
        self.window.resize(*size)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.window.activateWindow()
        self.settle()

    def settle(self, frames=1):
        """Runs frames until nothing waits but the gradient check, which has tests of its own; and lets Qt paint."""
        self.player.frame()
        self.session.findings.jobs.pop("check", None)
        while self.session.busy:
            self.player.frame()
        for _ in range(frames):
            QApplication.processEvents()

    def key(self, *keys, modifier=Qt.KeyboardModifier.NoModifier):
        for key in keys:
            QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)
            self.settle()

    def play(self, seconds, step=0.05):
        """Lets the clock run."""
        for _ in range(round(seconds / step)):
            self.clock.now += step
            self.player.frame()
            QApplication.processEvents()

    def close(self):
        """Closes the window; the application's type and colours, which a window dresses in its theme, are as before."""
        self.files.may_lose = lambda: True
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        QApplication.processEvents()
        self._app.setFont(self._found[0])
        self._app.setPalette(self._found[1])
