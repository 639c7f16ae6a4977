"""The window: panels in their places, actions, and what is remembered of the layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from core.chain.rows import row_named
from core.experiment import describe
from core.jobs import Job, finished, part
from explorer.application import application_of
from explorer.panels import ABOVE, BELOW, BOTTOM, CENTRE, LEFT, PANELS, RIGHT, TOP, UNDER_LEFT
from explorer.panels.base import Panel
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.settings import Settings
from explorer.style.fonts import sized
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import PROJECTOR, palette, zoom_for
from explorer.widgets.pages import Pages
from explorer.widgets.progress import Progress
from explorer.widgets.toasts import Toasts
from explorer.window.drawers import Drawers
from explorer.window.fields import FieldKeys
from explorer.window.presenting.mode import Presenting
from explorer.window.side import AREA, FIRST_WIDTH, Side
from explorer.window.stage import Stage

MARGIN = 10
OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
OWNERS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractItemView)
FRAME = QSize(2, 40)  # px that a title bar and its borders take
PRESENTED = "#presented {{ background: {background}; }}"  # behind what is presented
LEAST, LEAST_PRESENTED = (960, 600), (480, 360)  # px; what is presented is drawn smaller, on whatever screen there is
LIST_ITEMS = 24  # lines of a list before it scrolls


class Window(QMainWindow):
    """Built from PANELS around one session and its player."""

    closing = Signal()  # it has been asked, and closes

    def __init__(self, session: Session, player: Player, settings: Settings, in_pieces: bool = False) -> None:
        """`in_pieces`: the caller runs `building` to the end before anything else."""
        super().__init__()
        self.session, self.player, self.settings = session, player, settings
        self.may_close: Callable[[], bool] = lambda: True  # asked before it closes
        self.escapes: list[Callable[[], bool]] = []  # asked first by Esc, each whether it had something to end
        self._docks_before: list[bool] = []
        self._below_claim: list[QWidget] = []
        self._below_before: list[QWidget] = []  # those of them in sight when presenting began
        self._fitted = 0.0, 0.0  # the columns that were chosen for the picture that is presented
        self._theme_before = "light" if session.theme.name == PROJECTOR.name else session.theme.name
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
        session.message.connect(self.show_message)
        session.undoable.connect(self.show_undoable)
        session.time_changed.connect(self._follow_playhead)
        session.time_changed.connect(self.presentation.caption.follow)
        session.edit_requested.connect(self.show_numbers)
        self._restore()
        if session.theme.name == PROJECTOR.name:
            self._arrange(True)
        self._show_wanted()
        self.update_title()

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
        centre = self._centre = QWidget()
        centre.setObjectName("presented")
        centre.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = self._column = QVBoxLayout(centre)
        column.setContentsMargins(0, MARGIN, 0, MARGIN)
        column.setSpacing(MARGIN - 2)
        head = self._head()
        self.stage = Stage(self.session, MARGIN - 2)
        column.addWidget(self.stage, 1)
        self.toasts = Toasts(self.stage, centre)
        for kind, place, share, depth in PANELS:
            panel = self.panels[kind.name] = kind()
            if place == TOP:
                head.addWidget(panel)
            elif place == BELOW:
                line = QHBoxLayout()
                line.setContentsMargins(MARGIN, MARGIN - 2, MARGIN, 0)
                line.addWidget(panel)
                head.addLayout(line)
            elif place == ABOVE:
                column.insertWidget(0, panel)
            elif place in (LEFT, RIGHT):
                self._dock(panel, place)
            elif place == UNDER_LEFT:
                next(side for side in self.docks if side.place == LEFT).add_under(panel)
            elif place == CENTRE:
                self.stage.add(panel, share, depth)
            elif place == BOTTOM:
                column.addWidget(panel)
            yield len(self.panels) / len(PANELS)
        self.presentation = Presenting(self, self)
        column.addWidget(self.presentation.caption)
        self.setCentralWidget(centre)
        self.drawers = Drawers(self, self.docks, self._drawer_room)
        self.escapes.append(self.drawers.close)
        self.stage.show_depth()

    def _head(self) -> QVBoxLayout:
        """What reaches over the whole width, above the docks."""
        self._top = QWidget()
        self._top.setObjectName("presented")
        self._top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        head = self._head_column = QVBoxLayout(self._top)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        self.setMenuWidget(self._top)
        return head

    def add_below_claim(self, widget: QWidget) -> None:
        """One line more above the docks and the pictures, which presenting hides."""
        self._below_claim.append(widget)
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, MARGIN - 2, MARGIN, 0)
        line.addWidget(widget)
        self._head_column.addLayout(line)

    def refit(self) -> None:
        """The pictures take the room that there is now."""
        self.stage.fit(self._room())

    def _room(self) -> int:
        """px of height for the pictures: what the window has beside everything else."""
        beside = [each for each in self._centre.children() if isinstance(each, QWidget) and each is not self.stage]
        heights = [
            each.sizeHint().height() for each in beside if self._column.indexOf(each) >= 0 and not each.isHidden()
        ]
        margins = self._column.contentsMargins()
        taken = sum(heights) + self._column.spacing() * len(heights) + margins.top() + margins.bottom()
        return self.height() - self._top.sizeHint().height() - taken

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
        return self._column

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
        """A picture keeps its distance from the window's edge where no dock's own margin is beside it."""
        docked = not self.drawers.narrow  # a drawer that opens moves nothing
        left, right = (0 if docked and dock.isVisibleTo(self) else MARGIN for dock in self.docks)
        self._column.setContentsMargins(left, MARGIN, right, MARGIN)

    def _keyboard_order(self) -> None:
        """Buttons take the focus from the keyboard only: after a click, Space still plays. Lists open whole."""
        for kind in (QAbstractButton, QComboBox):
            for widget in self.findChildren(kind):
                if widget.focusPolicy() & Qt.FocusPolicy.ClickFocus:
                    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for combo in self.findChildren(QComboBox):
            combo.setMaxVisibleItems(LIST_ITEMS)
        self.central_panels[0].setFocus()
        app = application_of(self)
        app.focusChanged.connect(self._on_focus_changed)
        self.fields = FieldKeys(self, app, lambda: self.central_panels[0].setFocus())

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """The arrows belong to the timeline again where the focus would wander: its widget has gone from the panel, or
        the mouse has finished with a list or a slider. What the keyboard has come to is scrolled into sight."""
        if new is None or not self.isAncestorOf(new) or isinstance(new, QLineEdit):
            return
        if QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton:
            _scroll_to(new)
        gone = old is not None and isValid(old) and self.isAncestorOf(old) and not old.isVisible()
        if gone and not isinstance(old, QLineEdit):
            self.central_panels[0].setFocus()

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
        app, theme = application_of(self), self.session.theme
        app.setFont(sized(app.font(), theme.font_px))
        app.setPalette(palette(theme))

    def _apply_sheet(self) -> None:
        """The window's own sheet, not the application's: another one of an application dresses every widget once for
        each of its ancestors (QStyleSheetStyle::updateObjects), another one of a window twice. What is presented has
        one of its own: the docks, which nobody sees then, keep theirs."""
        sheet, presented = stylesheet(self.session.theme), self.session.theme.name == PROJECTOR.name
        for area in (self._top, self._centre):
            own = sheet + PRESENTED.format(background=self.session.theme.background) if presented else ""
            if area.styleSheet() != own:
                area.setStyleSheet(own)
        if self.styleSheet() != sheet and not (presented and self.styleSheet()):
            self.setStyleSheet(sheet)

    def set_theme(self, name: str) -> None:
        """Another theme; the projector's has its own layout."""
        if self.session.theme.name != PROJECTOR.name:
            self._theme_before = self.session.theme.name
        self._enlarge(name, self.size())

    def _enlarge(self, name: str, size: QSize) -> None:
        """Shows in a theme; the projector's in proportion to a window of that size."""
        zoom = zoom_for(size.width(), size.height()) if name == PROJECTOR.name else None
        self.session.set_theme(name, zoom)

    def _on_changed(self, flags: Change) -> None:
        if flags & Change.THEME and self.session.theme == PROJECTOR:  # chosen by name: its size is the window's
            self._enlarge(PROJECTOR.name, self.size())
            if self.session.theme != PROJECTOR:
                return
        if flags & Change.THEME:
            self._apply_colours()
            self._apply_sheet()
            if (self.session.theme.name == PROJECTOR.name) != self.presenting:
                self._arrange(not self.presenting)
            self._fit_sides(self.width())
        if flags & Change.RUN:
            self._show_wanted()
        if flags & (Change.RUN | Change.PINS):
            self.update_title()
        if self.stage.stale:
            self._change_depth()
        if self.presenting:
            self._fit_columns()
            self.update_caption()

    def _change_depth(self) -> None:
        """The focus goes along, where it was in a picture that goes."""
        focused = self.focusWidget()
        self.stage.show_depth()
        if focused is None or not focused.isVisible():
            self.central_panels[0].setFocus()

    def update_title(self) -> None:
        """The file's name, with a star while it has changes; the run in short where there is no file."""
        name = self.session.path.name if self.session.path else describe(self.session.experiment)
        star = "*" if self.session.path and self.session.modified else ""
        self.setWindowTitle(f"{name}{star} — " + self.tr("BPTT Explorer"))

    # --- layouts ---
    def present(self) -> None:
        """One picture, its claim and its caption, as large as the screen; again: back to what was."""
        if self.presenting:
            self.presentation.fill_screen(False)  # first: the docks come back into a window of their size
            self.set_theme(self._theme_before)
            return
        self._theme_before = self.session.theme.name
        self._enlarge(PROJECTOR.name, self.size() if self.isFullScreen() else self.screen().size())
        self.presentation.fill_screen(True)

    def _arrange(self, presenting: bool) -> None:
        self.stage.presenting = presenting
        self.presentation.leaving = False
        self.setMinimumSize(*(LEAST_PRESENTED if presenting else LEAST))
        if presenting:
            self._docks_before = [dock.isVisibleTo(self) for dock in self.docks]
            self._below_before = [each for each in self._below_claim if not each.isHidden()]
            self.presentation.begin()
        else:
            self.presentation.end()
        for each in self._below_before:
            each.setVisible(not presenting)
        for dock, was in zip(self.docks, self._docks_before or [True] * len(self.docks), strict=True):
            if dock.styleSheet():
                dock.setStyleSheet("")
            dock.setVisible(was and not presenting)
        self.stage.show_depth()
        self._fit_columns()
        if presenting:
            self.update_caption()
        else:
            self.stage.fit(self._room())  # the bars are back by now

    def update_caption(self) -> None:
        """Says which picture it is."""
        self.presentation.caption.show_place(self.stage.number + 1, len(self.stage.presented))

    def next_picture(self, by: int = 1) -> None:
        """While presenting: the next of all pictures, or that before; those of an open cell come after the chain's."""
        if not self.presenting:
            self.show_message(self.tr("F6 changes the picture while presenting; F5 starts that."))
            return
        pictures = self.stage.presented
        panel, of_cell = pictures[(self.stage.number + by) % len(pictures)]
        if of_cell and not self.session.inside:
            self.enter()
        elif self.session.inside and not of_cell:
            self.session.leave()
        self.stage.show_only(panel)
        self._fit_columns()
        self.update_caption()

    def _fit_columns(self) -> None:
        """Where all steps are in sight, a picture of some of them, a decoder's, has the whole width for those."""
        columns = self.session.columns
        if not columns.whole and (columns.start, columns.span) != self._fitted:
            return  # a person has zoomed
        panel = self.stage.presented[self.stage.number][0]
        own = panel.own_steps() if self.presenting else None
        first, last = own or (1, self.session.trace.steps)
        columns.show_range(first - 1.0, last - first + 1.0)
        self._fitted = columns.start, columns.span

    def toggle_equation(self) -> None:
        """While presenting: the arithmetic of what is selected beside the picture, and away again."""
        dock = self.docks[-1]
        self.pages[RIGHT].show_page("inspector")
        dock.setStyleSheet(stylesheet(self.session.theme))  # in the size of the picture beside it
        dock.setVisible(not dock.isVisibleTo(self))
        self.presentation.mark()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def escape(self) -> None:
        """Cancels or clears the innermost of what is active; the keys belong to the picture again, not to a number."""
        if self.presenting:
            self.present()
            return
        if self.panels["numbers"].isAncestorOf(self.focusWidget() or self):
            self.central_panels[0].setFocus()
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
        elif self.isFullScreen():
            self.toggle_full_screen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presentation.watch()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pictures keep most of the width, whatever size the window had before."""
        self._fit_sides(event.size().width())
        self.stage.fit(self._room())
        super().resizeEvent(event)
        if self.presenting and not self.presentation.leaving:
            self._enlarge(PROJECTOR.name, event.size())
            self.presentation.resized()

    def _show_wanted(self) -> None:
        for side in self.docks:
            side.show_wanted(self.session)

    def _fit_sides(self, width: int) -> None:
        self._limit_docks(width)
        self.drawers.fit(width, self.session.theme.font_px, self.presenting)
        self._on_dock()

    def _drawer_room(self) -> QRect:
        """Over the pictures: not over what is above them, nor over the playhead's controls."""
        centre, stage = self._centre.geometry(), self.stage.geometry()
        return QRect(centre.left(), centre.top(), centre.width(), stage.bottom() + MARGIN // 2)

    def _limit_docks(self, width: int) -> None:
        for side in self.docks:
            side.limit(width, self.session.theme.enlarged.font_px)

    def event(self, event: QEvent) -> bool:
        # What has the focus by Tab needs these keys for itself: to be pressed, to open its list, to end its editing.
        owned = event.type() == QEvent.Type.ShortcutOverride and isinstance(self.focusWidget(), OWNERS)
        if owned and isinstance(event, QKeyEvent) and event.key() in OWN_KEYS:
            event.accept()
            return True
        return super().event(event)

    # --- what actions do ---
    def go(self, position: float) -> None:
        """Moves the playhead to a place and stops there."""
        self.player.pause()
        self.session.seek(position)

    def enter(self) -> None:
        """Opens the cell of the selected step, or of the playhead's."""
        session, chosen = self.session, self.session.selection
        if session.inside:
            return
        if chosen is None:
            session.enter()
            return
        piece = row_named(session.trace, chosen.row).piece(chosen.t)
        session.enter(piece.part if piece is not None else None, chosen.t)

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
            self.central_panels[0].setFocus()
            return
        self.session.edit_number(*self.session.edits.selected_number())

    def zoom(self, factor: float) -> None:
        """Nearer or farther around the playhead, or around the middle."""
        columns, time = self.session.columns, self.session.time
        x = columns.x(time.t) if time.t else columns.LEFT + columns.room / 2
        columns.zoom(factor, min(max(x, columns.LEFT), columns.width))

    def _follow_playhead(self, position: float) -> None:
        time = self.session.time
        if time.t and not self.session.columns.whole:
            self.session.columns.reveal(time.t)

    def toggle_normalise(self) -> None:
        self.session.set_view(normalise=not self.session.view.normalise)

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
            self._arrange(False)
        self.settings.geometry = self.saveGeometry()
        self.settings.set_state("docks", self.drawers.state())
        self.settings.set_state("pictures", self.stage.saveState())
        for name, panel in self.panels.items():
            if panel.remembered:
                self.settings.set_value(f"panel/{name}", panel.chosen())
        self.settings.theme = self.session.theme.name
        self.settings.sync()
        super().closeEvent(event)


def _scroll_to(widget: QWidget) -> None:
    """Scrolls the area that a widget stands in, if it does, so that it is seen with what is just around it."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        above.ensureWidgetVisible(widget, 0, 8)
