"""What is different while a window presents: its parts, the tools that come with the mouse, black, frozen, the spot."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent, QScreen, QWindow
from PySide6.QtWidgets import QBoxLayout, QMainWindow, QVBoxLayout

from explorer.panels.base import Panel
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.stylesheet import stylesheet
from explorer.window.presenting.bar import PresentBar
from explorer.window.presenting.caption import Caption
from explorer.window.presenting.covers import Black, Cover, Frozen, Spot

BAR_SECONDS = 2.0  # that the tools stay after the mouse has moved
HIDDEN = ("topbar", "timeline")  # panels that a presented picture is shown without
REMINDER = "present bar"  # of the player: when the tools go


class Host(Protocol):
    """What presenting asks of its window, besides being one."""

    session: Session
    player: Player
    panels: dict[str, Panel]

    @property
    def inspector_shown(self) -> bool: ...
    @property
    def column(self) -> QVBoxLayout: ...
    def next_picture(self, by: int = 1) -> None: ...
    def toggle_equation(self) -> None: ...
    def present(self) -> None: ...


class _Place(NamedTuple):
    """Where a window is, and what of its screen it takes: `screen` is the room of that, for a screen that is unplugged
    is gone; `room` is the window's, also when it takes the whole screen for the time being."""

    screen: QRect
    room: QRect
    state: Qt.WindowState


class Presenting(QObject):
    """Of one window. `caption` lies in the window all the time, hidden unless it presents; everything else is made when
    it is first needed."""

    def __init__(self, window: QMainWindow, host: Host) -> None:
        """`host`: the same window, as far as it is more than one of Qt's."""
        super().__init__(window)
        self._window, self._host = window, host
        self.caption = Caption(host.session, window)
        self.on = False
        self.bar: PresentBar | None = None
        self.cover: Cover | None = None
        self.spot: Spot | None = None
        self._watched: QWindow | None = None
        self._timeline_home: tuple[QBoxLayout, int] | None = None
        self.leaving = False  # what it was is on its way back
        self._before: _Place | None = None  # that the screen was filled

    # --- coming and going ---
    def begin(self) -> None:
        """The parts that are not presented go, the caption comes."""
        self.on = True
        for name in HIDDEN:
            self._host.panels[name].hide()
        self.caption.show()
        self.watch()

    def end(self) -> None:
        """Everything as it was before."""
        self.on = False
        self._uncover()
        self._hide_bar()
        if self.spot is not None:
            self.spot.hide()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None
        self._give_back()
        self.caption.hide()
        for name in HIDDEN:
            self._host.panels[name].show()

    def watch(self) -> None:
        """Listens to the mouse in the whole window, once that is on a screen."""
        handle = self._window.windowHandle()
        if self.on and handle is not None and self._watched is None:
            handle.installEventFilter(self)
            self._watched = handle

    def fill_screen(self, screen: QScreen) -> None:
        """The window takes the whole of a screen while it presents; called again, of another one."""
        window, full = self._window, Qt.WindowState.WindowFullScreen
        there = window.screen().geometry() == screen.geometry()  # PySide may have two objects for one screen
        if there and window.isFullScreen():
            return
        if self._before is None:
            whole = window.windowState() & (Qt.WindowState.WindowMaximized | full)
            room = window.normalGeometry() if whole else window.geometry()
            self._before = _Place(window.screen().geometry(), room, window.windowState())
        if not there:
            self._move(screen, screen.availableGeometry())
        window.setWindowState(window.windowState() | full)

    def free_screen(self) -> None:
        """The window has the size and the place that it had before it presented."""
        if self._before is None:
            return
        before, self._before, self.leaving = self._before, None, True
        for screen in QGuiApplication.screens():
            if screen.geometry() == before.screen:
                self._move(screen, before.room)  # without a window manager nobody else does
        self._window.setWindowState(before.state)

    def _move(self, screen: QScreen, room: QRect) -> None:
        """To a place on another screen, at once: Qt itself would go by where the window manager says that it is."""
        window, handle = self._window, self._window.windowHandle()
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.setScreen(screen)
        if handle is not None:
            handle.setScreen(screen)
        if not room.isEmpty():
            window.setGeometry(room)

    def resized(self) -> None:
        """The window has another size."""
        if self.bar is not None and self.bar.isVisible():
            self.bar.place()
        if self.cover is not None:
            self.cover.setGeometry(self._window.rect())

    # --- tools ---
    def _made_bar(self) -> PresentBar:
        if self.bar is None:
            host = self._host
            self.bar = PresentBar(self._window, {
                "previous": lambda: host.next_picture(-1),
                "next": host.next_picture,
                "equation": host.toggle_equation,
                "freeze": self.freeze,
                "black": self.black,
                "leave": host.present,
            })  # fmt: skip
        return self.bar

    def show_bar(self) -> None:
        """The tools, for a while; the line of the run, to be scrubbed, is among them."""
        bar = self._made_bar()
        if not bar.isVisible():
            bar.set_sheet(stylesheet(self._host.session.theme))
            self._borrow(bar)
            self.mark()
            bar.place()
            bar.show()
            bar.place()  # what is in it has its size by now
        bar.raise_()
        self._host.player.remind(REMINDER, BAR_SECONDS, self._bar_is_due)

    def _bar_is_due(self) -> None:
        """They stay as long as the mouse is over them."""
        if self.bar is not None and self.bar.isVisible() and self.bar.underMouse():
            self._host.player.remind(REMINDER, BAR_SECONDS, self._bar_is_due)
        else:
            self._hide_bar()

    def _hide_bar(self) -> None:
        self._host.player.forget(REMINDER)
        if self.bar is not None:
            self.bar.hide()

    def mark(self) -> None:
        """The tools say what is on."""
        if self.bar is not None:
            self.bar.buttons["freeze"].setChecked(self.frozen)
            self.bar.buttons["equation"].setChecked(self._host.inspector_shown)

    def _borrow(self, bar: PresentBar) -> None:
        """The line of the run goes into the tools."""
        line = self._host.panels["timeline"]
        if self._timeline_home is None:
            home = self._host.column
            self._timeline_home = home, home.indexOf(line)
            bar.take(line)
        line.show()

    def _give_back(self) -> None:
        if self._timeline_home is not None:
            home, place = self._timeline_home
            home.insertWidget(place, self._host.panels["timeline"])
            self._timeline_home = None

    # --- black, frozen ---
    @property
    def frozen(self) -> bool:
        """Whether a picture stays."""
        return isinstance(self.cover, Frozen)

    @property
    def is_black(self) -> bool:
        """Whether nothing is shown."""
        return isinstance(self.cover, Black)

    def black(self) -> None:
        """Nothing is shown; again: the picture is back."""
        self._cover_with(None if self.is_black else Black)

    def freeze(self) -> None:
        """The picture stays while the session goes on; again: it is live."""
        if not self.frozen:
            self._hide_bar()  # no part of the picture
        self._cover_with(None if self.frozen else Frozen)

    def _cover_with(self, kind: type[Cover] | None) -> None:
        self._uncover()
        if kind is not None:
            self.cover = kind(self._window, self._uncover if kind is Black else lambda: None)
        self.mark()
        if self.bar is not None and self.bar.isVisible() and not self.is_black:
            self.bar.raise_()

    def _uncover(self) -> None:
        if self.cover is not None:
            self.cover.hide()
            self.cover.deleteLater()
            self.cover = None

    # --- the mouse, wherever it is in the window ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.on or not isinstance(event, QMouseEvent):
            return False
        place = event.position().toPoint()
        kind, middle = event.type(), Qt.MouseButton.MiddleButton
        if kind == QEvent.Type.MouseButtonPress and event.button() == middle:
            self._point(place)
            return True
        if kind == QEvent.Type.MouseButtonRelease and event.button() == middle:
            if self.spot is not None:
                self.spot.hide()
            return True
        if kind == QEvent.Type.MouseMove and event.buttons() & middle:
            self._point(place)
            return True
        if kind == QEvent.Type.MouseMove and not self.is_black:
            self.show_bar()
        return False

    def _point(self, place: QPoint) -> None:
        if self.spot is None:
            self.spot = Spot(self._window)
        self.spot.show_at(place)
