"""The window: panels in their places, actions, and what is remembered of the layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QVBoxLayout, QWidget

from core.jobs import Job, finished, part
from explorer.application import application_of
from explorer.panels import ABOVE, BELOW, BOTTOM, CENTRE, LEFT, PANELS, RIGHT, TOP, UNDER_LEFT
from explorer.panels.base import Panel
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.settings import Settings
from explorer.style.theme import PROJECTOR, projected
from explorer.widgets.controls import settle_controls
from explorer.widgets.pages import Pages
from explorer.widgets.progress import Progress
from explorer.window.areas import MARGIN, Centre, Head
from explorer.window.drawers import Drawers
from explorer.window.dress import apply_colours, apply_sheet
from explorer.window.keyboard import Keyboard
from explorer.window.navigation import enter, follow_playhead
from explorer.window.presenting.layout import LEAST, PresentedLayout
from explorer.window.presenting.mode import Presenting
from explorer.window.side import AREA, FIRST_WIDTH, Side
from explorer.window.tab_order import move_focus
from explorer.window.tips import OpenTip

FRAME = QSize(2, 40)  # px that a title bar and its borders take


class Window(QMainWindow):
    """Built from PANELS around one session and its player."""

    closing = Signal()  # it has been asked, and closes

    def __init__(self, session: Session, player: Player, settings: Settings, in_pieces: bool = False) -> None:
        """`in_pieces`: the caller runs `building` to the end before anything else."""
        super().__init__()
        self.session, self.player, self.settings = session, player, settings
        self.may_close: Callable[[], bool] = lambda: True  # asked before it closes
        self.escapes: list[Callable[[], bool]] = []  # asked first by Esc, each whether it had something to end
        self.below_claim: list[QWidget] = []  # what presenting hides
        self.keyboard: Keyboard | None = None  # from when all widgets are there
        self.panels: dict[str, Panel] = {}
        self.docks: list[Side] = []
        self.setWindowTitle(self.tr("BPTT Explorer"))
        self.setMinimumSize(*LEAST)
        self.building = self._built(player)
        if not in_pieces:
            finished(self.building)

    def _built(self, player: Player) -> Job[None]:
        session = self.session
        self._apply_colours()
        yield from part(self._build(), 0.0, 0.6)
        self._apply_sheet()  # once all widgets are there: each that came later would be polished by itself
        yield 0.7
        for panel in self.panels.values():
            panel.set_player(player)
        for k, panel in enumerate(self.panels.values()):
            panel.bind(session)
            yield 0.7 + 0.3 * k / len(self.panels)
        self.progress = Progress((session.work, session.running), self._centre)
        self._keyboard_order()
        session.changed.connect(self._on_changed)
        session.document_changed.connect(self.update_title)
        session.lesson_changed.connect(self._on_card)
        session.hunt_changed.connect(self._on_card)
        session.compared_changed.connect(self._on_card)
        session.message.connect(self.show_message)
        session.undoable.connect(self.show_undoable)
        session.time_changed.connect(self._follow_playhead)  # a lambda that holds the session would keep both for ever
        session.time_changed.connect(self.presentation.caption.follow)
        session.edit_requested.connect(self.show_numbers)
        self.open_tip = OpenTip(session, self)  # after the panels, which have the new words by then
        self._restore()
        if session.theme.name == PROJECTOR.name:
            self.presented.arrange(True)
        self._show_wanted()
        self.update_title()

    def _follow_playhead(self) -> None:
        follow_playhead(self.session)

    def set_menu(self, menu: QMenu, actions: Mapping[str, QAction]) -> None:
        """The menu, whose keys work everywhere in the window, and its actions by their English texts."""
        for panel in self.panels.values():
            panel.set_menu(menu)
            panel.set_actions(actions)

    def command(self, name: str) -> None:
        """Does what an action asks of a panel, by the name that the panel gives it."""
        next(panel.commands()[name] for panel in self.panels.values() if name in panel.commands())()

    # --- building ---
    def _build(self) -> Job[None]:
        self._head, self._centre = Head(), Centre(self.session)
        self.stage, self.toasts = self._centre.stage, self._centre.toasts
        self.setMenuWidget(self._head)
        for kind, place, share, depth in PANELS:
            panel = self.panels[kind.name] = kind()
            if place == TOP:
                self._head.add_bar(panel)
            elif place == BELOW:
                self._head.add_line(panel)
            elif place == ABOVE:
                self.column.insertWidget(0, panel)
            elif place in (LEFT, RIGHT):
                self._dock(panel, place)
            elif place == UNDER_LEFT:
                next(side for side in self.docks if side.place == LEFT).add_under(panel)
            elif place == CENTRE:
                self.stage.add(panel, share, depth)
            elif place == BOTTOM:
                self.column.addWidget(panel)
            yield len(self.panels) / len(PANELS)
        self.presentation, self.presented = Presenting(self, self), PresentedLayout(self, self)
        self.column.addWidget(self.presentation.caption)
        self.setCentralWidget(self._centre)
        self.drawers = Drawers(self, self.docks, self._centre.drawer_room)
        self.escapes.append(self.drawers.close)
        self.stage.show_depth()

    def add_below_claim(self, widget: QWidget) -> None:
        """One line more above the docks and the pictures, which presenting hides."""
        self.below_claim.append(widget)
        self._head.add_line(widget)

    @contextmanager
    def without_hints(self) -> Iterator[None]:
        """The window for a while without its lines below the claim, whose room the pictures have."""
        shown = [each for each in self.below_claim if not each.isHidden()]
        for each in shown:
            each.hide()
        if shown:
            self.refit()
        try:
            yield
        finally:
            for each in shown:
                each.show()
            if shown:
                self.refit()

    def refit(self) -> None:
        """The pictures take the room that there is now."""
        self._centre.fit(self.height() - self._head.sizeHint().height())

    @property
    def central_panels(self) -> list[Panel]:
        """The pictures in the centre at the depth on show, the one that is presented first."""
        return self.stage.pictures

    @property
    def inspector_shown(self) -> bool:
        """Whether the dock on the right is there."""
        return self.docks[-1].isVisibleTo(self)

    @property
    def column(self) -> QVBoxLayout:
        """What the pictures and everything beside them lie in."""
        return self._centre.column

    @property
    def presenting(self) -> bool:
        """Whether one picture has the window."""
        return self.stage.presenting

    @property
    def pages(self) -> dict[str, Pages]:
        """Those of the docks, by place."""
        return {side.place: side.pages for side in self.docks}

    def _dock(self, panel: Panel, place: str) -> None:
        side = next((side for side in self.docks if side.place == place), None)
        if side is not None:
            side.add(panel)
            return
        side = Side(place, panel, MARGIN, self)
        self.addDockWidget(AREA[place], side)
        side.visibilityChanged.connect(self._on_dock)
        self.docks.append(side)

    def _on_dock(self) -> None:
        docked = not self.drawers.narrow  # a drawer that opens moves nothing
        self._centre.keep_from_edges(*(not (docked and dock.isVisibleTo(self)) for dock in self.docks))

    def _keyboard_order(self) -> None:
        """Once all widgets are there."""
        settle_controls(self)
        self.keyboard = Keyboard(self, application_of(self), lambda: self.stage.first.setFocus())

    def _restore(self) -> None:
        if not self.restoreGeometry(self.settings.geometry):
            self.resize(QSize(1600, 1000).boundedTo(self.screen().availableSize() - FRAME))
        if not self.restoreState(self.settings.state("docks")):
            self.resizeDocks(self.docks, [FIRST_WIDTH[side.place] for side in self.docks], Qt.Orientation.Horizontal)
        self.stage.restoreState(self.settings.state("pictures"))
        for name, panel in self.panels.items():
            if panel.remembered:
                panel.choose(self.settings.value(f"panel/{name}", {}))
        self.player.still = self.settings.reduced_motion

    def below_bar(self) -> QRect:
        """All of the window below its bar: what a page over it may fill."""
        bar = self.panels["topbar"]
        top = bar.mapTo(self, bar.rect().bottomLeft()).y() + 1
        return QRect(0, top, self.width(), self.height() - top)

    # --- theme ---
    def _apply_colours(self) -> None:
        apply_colours(application_of(self), self.session.theme)

    def _apply_sheet(self) -> None:
        apply_sheet(self, (self._head, self._centre), self.session.theme)

    def set_theme(self, name: str) -> None:
        """Another theme; the projector's presents."""
        self.presented.set_theme(name)

    def _on_changed(self, flags: Change) -> None:
        theme = self.session.theme
        if flags & Change.THEME and theme == projected(theme):  # chosen by name: its size is the window's
            self.presented.enlarge(PROJECTOR.name, self.size())
            if self.session.theme != theme:
                return
        if flags & Change.THEME:
            self._apply_colours()
            self._apply_sheet()
            if (self.session.theme.name == PROJECTOR.name) != self.presenting:
                self.presented.arrange(not self.presenting)
            self._fit_sides(self.width())
        if flags & Change.RUN:
            self._show_wanted()
        if flags & (Change.RUN | Change.PINS):
            self.update_title()
        if self.stage.stale:
            self._change_depth()
        if self.presenting:
            self.presented.follow()

    def _on_card(self) -> None:
        """What stands above the pictures came, went, or is of another height."""
        lesson, pages = self.session.lesson, self.pages[RIGHT]
        asks = lesson.asks
        self.panels["claim"].setVisible(lesson.page is None)  # the card says what is to be seen
        if asks and pages.current() != "inspector":
            pages.show_page("inspector")
        pages.control.setEnabled(not asks)  # the other pages have numbers of the whole run
        if self.stage.stale:
            self._change_depth()
        self.refit()

    def _change_depth(self) -> None:
        """The focus goes along, where it was in a picture that goes."""
        focused = self.focusWidget()
        self.stage.show_depth()
        if focused is None or not focused.isVisible():
            self.stage.first.setFocus()

    def update_title(self) -> None:
        """The file's name, with a star while it has changes; the run in short where there is no file."""
        name = self.session.path.name if self.session.path else self.session.content.described
        star = "*" if self.session.path and self.session.modified else ""
        self.setWindowTitle(f"{name}{star} — " + self.tr("BPTT Explorer"))

    # --- layouts ---
    def present(self) -> None:
        """One picture, its claim and its caption, as large as the screen; again: back to what was."""
        self.presented.toggle()

    def next_picture(self, by: int = 1) -> None:
        """While presenting: the next of all pictures, or that before."""
        self.presented.next_picture(by)

    def toggle_equation(self) -> None:
        """While presenting: the arithmetic of what is selected beside the picture, and away again."""
        self.presented.toggle_equation()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def escape(self) -> None:
        """Cancels or clears the innermost of what is active; the keys belong to the picture again, not to a number."""
        if self.presenting:
            self.present()
            return
        if self.panels["numbers"].isAncestorOf(self.focusWidget() or self):
            self.stage.first.setFocus()
        if any(end() for end in self.escapes) or self.progress.give_up():
            return
        if self.toasts.dismiss():
            return
        if self.session.selection is not None:
            self.session.select(None)
        elif self.session.view.share_at is not None and not self.session.inside:
            self.session.set_view(share_at=None)
        elif self.session.inside:
            self.session.leave()
        elif self.session.hunting is not None:
            self.session.hunt.leave()
            self.show_message(
                self.tr("The search is over; the experiment is as it was. Ctrl+Shift+F hides another error.")
            )
        elif self.session.compared.state is not None:
            self.session.compared.leave()
        elif self.session.lesson.lesson is not None:
            self.session.lesson.leave()
        elif self.isFullScreen():
            self.toggle_full_screen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presentation.watch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pictures keep most of the width, whatever size the window had before."""
        self._fit_sides(event.size().width())
        self.refit()
        super().resizeEvent(event)
        if self.presenting and not self.presentation.leaving:
            self.presented.enlarge(PROJECTOR.name, event.size())
            self.presentation.resized()

    def _show_wanted(self) -> None:
        for side in self.docks:
            side.show_wanted(self.session)

    def _fit_sides(self, width: int) -> None:
        self._limit_docks(width)
        self.drawers.fit(width, self.session.theme.font_px, self.presenting)
        self._on_dock()

    def _limit_docks(self, width: int) -> None:
        for side in self.docks:
            side.limit(width, self.session.theme.enlarged.font_px)

    def event(self, event: QEvent) -> bool:
        if self.keyboard is not None and self.keyboard.keeps(event):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        if not self.isVisible():  # Qt looks for another place for the keyboard, too
            return super().focusNextPrevChild(forward)
        left, right = ([side, *(rail for rail in self.drawers.rails if rail.side is side)] for side in self.docks)
        return move_focus(self, ((self._head,), left, (self._centre,), right), forward)

    # --- what actions do ---
    def enter(self) -> None:
        """Opens the cell of the selected step, or of the playhead's."""
        enter(self.session)

    def show_left(self) -> None:
        """The dock on the left, where it is hidden."""
        self.docks[0].show()

    def show_right(self) -> None:
        """The dock on the right, where it is hidden: what has just been put there is seen."""
        self.docks[-1].show()

    def show_numbers(self) -> None:
        """The page of editable numbers, in the right dock."""
        self.show_page("numbers")

    def show_page(self, name: str) -> None:
        """A page of the right dock, by its panel's name."""
        self.show_right()
        self.pages[RIGHT].show_page(name)

    def toggle_numbers(self) -> None:
        """From the inspector to the numbers, those of the selection, and back."""
        if self.docks[-1].isVisibleTo(self) and self.pages[RIGHT].current() == "numbers":
            self.pages[RIGHT].show_page("inspector")
            self.stage.first.setFocus()
            return
        self.session.edit_number(*self.session.edits.selected_number())

    def toggle_motion(self) -> None:
        self.player.still = not self.player.still
        self.settings.reduced_motion = self.player.still

    def show_message(self, text: str) -> None:
        """One sentence over the pictures, for a while."""
        self.toasts.show_message(text)

    def show_undoable(self, text: str) -> None:
        """The same of a change that has just been made, with a button that takes it back while it is the last one."""
        session = self.session
        made = session.history.current

        def undo() -> None:
            if session.history.current is made:
                session.undo()
            else:
                self.show_message(self.tr("Something else has been changed since; Ctrl+Z takes that back first."))

        self.toasts.show_message(text, undo)

    # --- the end ---
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        self.session.work.cancel()
        self.player.stop()
        self.closing.emit()
        self.toasts.clear()
        if self.presenting:
            self.presented.arrange(False)
        self.settings.geometry = self.saveGeometry()
        self.settings.set_state("docks", self.drawers.state())
        self.settings.set_state("pictures", self.stage.saveState())
        for name, panel in self.panels.items():
            if panel.remembered:
                self.settings.set_value(f"panel/{name}", panel.chosen())
        self.settings.theme = self.session.theme.name
        self.settings.notation = self.session.notation.name
        self.settings.sync()
        super().closeEvent(event)
