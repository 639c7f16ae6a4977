"""A window's layout while it presents, one picture with its claim and its caption; and what it was before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QMainWindow, QWidget

from explorer.panels import RIGHT
from explorer.session.session import Selection, Session
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import PROJECTOR, zoom_for
from explorer.widgets.pages import Pages
from explorer.window.presenting.mode import Presenting
from explorer.window.side import Side
from explorer.window.stage import Stage
from explorer.words import translator

LEAST, LEAST_PRESENTED = (960, 600), (480, 360)  # px; what is presented is drawn smaller, on whatever screen there is

Place = tuple[str | None, Selection | None]  # the open cell's part, if one is open, and what is selected

_tr = translator("presenting")


class Host(Protocol):
    """What the layout asks of its window, besides being one."""

    session: Session
    stage: Stage
    docks: list[Side]
    presentation: Presenting
    below_claim: list[QWidget]

    @property
    def pages(self) -> Mapping[str, Pages]: ...
    def enter(self) -> None: ...
    def refit(self) -> None: ...
    def command(self, name: str) -> None: ...
    def show_message(self, text: str) -> None: ...


class PresentedLayout:
    """Of one window. It presents in the projector's theme, and only then: choosing that theme presents, too."""

    def __init__(self, window: QMainWindow, host: Host) -> None:
        """`host`: the same window, as far as it is more than one of Qt's."""
        self._window, self._host = window, host
        self._theme_before = "light" if host.session.theme.name == PROJECTOR.name else host.session.theme.name
        self._docks_before: list[bool] = []
        self._below_before: list[QWidget] = []  # what was in sight below the claim when presenting began
        self._place: Place = None, None  # where a person was last on purpose: F6 leads on from there
        self._led_to: Place = None, None  # by F6
        self._begun_with = host.session.trace
        self._fitted = 0.0, 0.0  # the columns that were chosen for the picture that is presented
        self.of_the_hall: Callable[[], QScreen | None] = lambda: None  # the screen to present on; None: the window's

    # --- coming and going ---
    def toggle(self) -> None:
        """One picture, its claim and its caption, as large as the screen; again: back to what was."""
        window, presentation = self._window, self._host.presentation
        if self._host.stage.presenting:
            presentation.free_screen()  # first: the docks come back into a window of their size
            self.set_theme(self._theme_before)
            return
        self._theme_before = self._host.session.theme.name
        screen = self.of_the_hall() or window.screen()
        full = window.isFullScreen() and screen.geometry() == window.screen().geometry()
        self.enlarge(PROJECTOR.name, window.size() if full else screen.size())
        presentation.fill_screen(screen)

    def move_to(self, screen: QScreen) -> None:
        """What is presented goes to another screen; nothing else changes."""
        self.enlarge(PROJECTOR.name, screen.size())
        self._host.presentation.fill_screen(screen)

    def set_theme(self, name: str) -> None:
        """Another theme; the projector's has its own layout."""
        if self._host.session.theme.name != PROJECTOR.name:
            self._theme_before = self._host.session.theme.name
        self.enlarge(name, self._window.size())

    def enlarge(self, name: str, size: QSize) -> None:
        """Shows in a theme; the projector's in proportion to a window of that size."""
        zoom = zoom_for(size.width(), size.height()) if name == PROJECTOR.name else None
        self._host.session.set_theme(name, zoom)

    def arrange(self, presenting: bool) -> None:
        """Lays the window out for presenting, or as it was before."""
        host = self._host
        host.stage.presenting = presenting
        host.presentation.leaving = False
        self._window.setMinimumSize(*(LEAST_PRESENTED if presenting else LEAST))
        if presenting:
            self._place = self._led_to = self._now
            self._begun_with = host.session.trace
            self._docks_before = [dock.isVisibleTo(self._window) for dock in host.docks]
            self._below_before = [each for each in host.below_claim if not each.isHidden()]
            host.presentation.begin()
        else:
            host.presentation.end()
            self._go_back()
        for each in self._below_before:
            each.setVisible(not presenting)
        for dock, was in zip(host.docks, self._docks_before or [True] * len(host.docks), strict=True):
            if dock.styleSheet():
                dock.setStyleSheet("")
            dock.setVisible(was and not presenting)
        host.stage.show_depth()
        self._fit_columns()
        if presenting:
            self.update_caption()
        else:
            host.session.screen.set_presented("")
            host.refit()  # the bars are back by now

    @property
    def _now(self) -> Place:
        return self._host.session.inside, self._host.session.selection

    def _stay_where_chosen(self) -> None:
        """What a person has opened or selected since F6 is where they are."""
        if self._now != self._led_to:
            self._place = self._now

    def _go_back(self) -> None:
        """From the picture that F6 came to, to the cell or the chain, and to what was selected there."""
        self._stay_where_chosen()
        session, (inside, selection) = self._host.session, self._place
        if session.inside and not inside:
            session.leave()  # the playhead comes along
        session.set_view(inside=inside)
        session.select(selection if session.trace is self._begun_with else session.screen.clamped(selection))

    # --- while it presents ---
    def follow(self) -> None:
        """The run, the depth or the picture may be another."""
        self._fit_columns()
        self.update_caption()

    def update_caption(self) -> None:
        """Says which picture it is."""
        stage = self._host.stage
        self._host.session.screen.set_presented(stage.presented[stage.number][0].name)
        self._host.presentation.caption.show_place(stage.number + 1, len(stage.presented))

    def next_picture(self, by: int = 1) -> None:
        """The next of all pictures, or that before; those of an open cell come after the chain's."""
        host, stage = self._host, self._host.stage
        if not stage.presenting:
            host.show_message(_tr("F6 changes the picture while presenting; F5 starts that."))
            return
        self._stay_where_chosen()
        pictures = stage.presented
        panel, of_cell = pictures[(stage.number + by) % len(pictures)]
        if of_cell and not host.session.inside:
            host.enter()
        elif host.session.inside and not of_cell:
            host.session.leave()
        self._led_to = self._now
        stage.show_only(panel)
        self.follow()

    def _fit_columns(self) -> None:
        """Where all steps are in sight, a picture of some of them, a decoder's, has the whole width for those."""
        session, stage = self._host.session, self._host.stage
        columns = session.columns
        if not columns.whole and (columns.start, columns.span) != self._fitted:
            return  # a person has zoomed
        panel = stage.presented[stage.number][0]
        own = panel.own_steps() if stage.presenting else None
        first, last = own or (1, session.trace.steps)
        columns.show_range(first - 1.0, last - first + 1.0)
        self._fitted = columns.start, columns.span

    def toggle_equation(self) -> None:
        """The arithmetic of what is selected beside the picture, and away again."""
        dock = self._host.docks[-1]
        self._host.pages[RIGHT].show_page("inspector")
        dock.setStyleSheet(stylesheet(self._host.session.theme))  # in the size of the picture beside it
        dock.setVisible(not dock.isVisibleTo(self._window))
        self._host.presentation.mark()
        if dock.isVisibleTo(self._window):
            self._host.command("show the equation")
