"""The window: panels in their places, actions, and what is remembered of the layout."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QFont, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from core.chain.rows import row_named
from core.experiment import describe
from core.jobs import Job, finished, part
from explorer.application import application_of
from explorer.panels import ABOVE, BOTH, BOTTOM, CELL, CENTRE, CHAIN, LEFT, PANELS, RIGHT, TOP
from explorer.panels.base import Panel
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.settings import Settings
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import PROJECTOR, palette
from explorer.widgets.note import Note
from explorer.widgets.pages import Pages
from explorer.widgets.progress import Progress

MARGIN = 10
OWN_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
OWNERS = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractItemView)
FRAME = QSize(2, 40)  # px that a title bar and its borders take
LIST_ITEMS = 24  # lines of a list before it scrolls
DOCK_WIDTHS = 260, 370  # px at first, where the window is wide enough
DOCK_SHARES, DOCK_LEAST = (0.2, 0.26), (260, 330)  # of the window's width at most; px that are never too many


class Window(QMainWindow):
    """Built from PANELS around one session and its player."""

    closing = Signal()  # it has been asked, and closes

    def __init__(self, session: Session, player: Player, settings: Settings, in_pieces: bool = False) -> None:
        """`in_pieces`: the caller runs `building` to the end before anything else."""
        super().__init__()
        self.session, self.player, self.settings = session, player, settings
        self.may_close: Callable[[], bool] = lambda: True  # asked before it closes
        self.presenting = False
        self._docks_before: list[bool] = []
        self._depths: dict[str, str] = {}  # of the pictures in the centre, by name
        self._here: list[Panel] = []  # the pictures in the centre that are on show, or take turns while presenting
        self._theme_before = "light" if session.theme.name == PROJECTOR.name else session.theme.name
        self.panels: dict[str, Panel] = {}
        self.docks: list[QDockWidget] = []
        self.pages: dict[str, Pages] = {}  # of the docks, by place
        self.setWindowTitle(self.tr("BPTT Explorer"))
        self.setMinimumSize(960, 600)
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
        session.time_changed.connect(self._follow_playhead)
        session.edit_requested.connect(self.show_numbers)
        self._restore()
        if session.theme.name == PROJECTOR.name:
            self._arrange(True)
        self.update_title()

    def set_menu(self, menu: QMenu) -> None:
        """The menu, whose keys work everywhere in the window."""
        for panel in self.panels.values():
            panel.set_menu(menu)

    def command(self, name: str) -> None:
        """Does what an action asks of a panel, by the name that the panel gives it."""
        next(panel.commands()[name] for panel in self.panels.values() if name in panel.commands())()

    # --- building ---
    def _build(self) -> Job[None]:
        centre = self._centre = QWidget()
        column = self._column = QVBoxLayout(centre)
        column.setContentsMargins(0, MARGIN, 0, MARGIN)
        column.setSpacing(MARGIN - 2)
        self._note = Note(self)
        column.addWidget(self._note)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(MARGIN - 2)
        column.addWidget(self.splitter, 1)
        heights = []
        for kind, place, share, depth in PANELS:
            panel = self.panels[kind.name] = kind()
            if place == TOP:
                self.setMenuWidget(panel)
            elif place == ABOVE:
                column.insertWidget(0, panel)
            elif place in (LEFT, RIGHT):
                self._dock(panel, place)
            elif place == CENTRE:
                self.splitter.addWidget(panel)
                heights.append(share * 10)
                self._depths[panel.name] = depth
            elif place == BOTTOM:
                column.addWidget(panel)
            yield len(self.panels) / len(PANELS)
        self.splitter.setSizes(heights)
        self.setCentralWidget(centre)
        self._show_depth()
        self.splitter.installEventFilter(self)  # its width is that of every picture in it

    @property
    def central_panels(self) -> list[Panel]:
        """The pictures in the centre at the depth on show, the one that is presented first."""
        depth = CELL if self.session.inside else CHAIN
        here = [self.panels[name] for name, own in self._depths.items() if own in (depth, BOTH)]
        return [panel for panel in here if panel.wanted(self.session)]

    def _show_depth(self) -> None:
        """Shows the pictures of this depth, while presenting only the first of them."""
        here = self._here = self.central_panels
        for name in self._depths:
            panel = self.panels[name]
            panel.setVisible(panel in here and (panel is here[0] or not self.presenting))

    def _dock(self, panel: Panel, place: str) -> None:
        titles = {
            "experiment": (self.tr("Experiment"), ""),
            "inspector": (self.tr("Inspector"), self.tr("The arithmetic of the selection")),
            "numbers": (self.tr("Numbers"), self.tr("Type over or drag inputs, targets, weights, initial states (E)")),
        }
        title, tip = titles[panel.name]
        if place in self.pages:
            self.pages[place].add(panel.name, title, tip, panel)
            return
        pages = self.pages[place] = Pages()
        pages.add(panel.name, title, tip, panel)
        dock = QDockWidget(title, self)
        dock.setObjectName(f"dock-{panel.name}")
        dock.setTitleBarWidget(QWidget())  # the panel has its own title
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        holder = QWidget()
        frame = QVBoxLayout(holder)
        frame.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        frame.addWidget(pages)
        dock.setWidget(holder)
        area = Qt.DockWidgetArea.LeftDockWidgetArea if place == LEFT else Qt.DockWidgetArea.RightDockWidgetArea
        self.addDockWidget(area, dock)
        dock.visibilityChanged.connect(self._on_dock)
        self.docks.append(dock)

    def _on_dock(self) -> None:
        """A picture keeps its distance from the window's edge where no dock's own margin is beside it."""
        left, right = (0 if dock.isVisibleTo(self) else MARGIN for dock in self.docks)
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
        application_of(self).focusChanged.connect(self._on_focus_changed)

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
            self.resizeDocks(self.docks, list(DOCK_WIDTHS), Qt.Orientation.Horizontal)
        self.splitter.restoreState(self.settings.state("pictures"))
        self.player.still = self.settings.reduced_motion

    # --- theme ---
    def _apply_colours(self) -> None:
        app, theme = application_of(self), self.session.theme
        font = QFont(app.font())
        font.setPixelSize(theme.font_px)
        app.setFont(font)
        app.setPalette(palette(theme))

    def _apply_sheet(self) -> None:
        """The window's own sheet, not the application's: another one of an application dresses every widget once for
        each of its ancestors (QStyleSheetStyle::updateObjects), another one of a window twice."""
        sheet = stylesheet(self.session.theme)
        if self.styleSheet() != sheet:
            self.setStyleSheet(sheet)

    def set_theme(self, name: str) -> None:
        """Another theme; the projector's has its own layout."""
        if self.session.theme.name != PROJECTOR.name:
            self._theme_before = self.session.theme.name
        self.session.set_theme(name)

    def _on_changed(self, flags: Change) -> None:
        if flags & Change.THEME:
            self._apply_colours()
            self._apply_sheet()
            self._limit_docks(self.width())
            if (self.session.theme.name == PROJECTOR.name) != self.presenting:
                self._arrange(not self.presenting)
        if flags & (Change.RUN | Change.PINS):
            self.update_title()
        if self.central_panels != self._here:
            self._change_depth()

    def _change_depth(self) -> None:
        """The focus goes along, where it was in a picture that goes."""
        focused = self.focusWidget()
        self._show_depth()
        if focused is None or not focused.isVisible():
            self.central_panels[0].setFocus()

    def update_title(self) -> None:
        """The file's name, with a star while it has changes; the run in short where there is no file."""
        name = self.session.path.name if self.session.path else describe(self.session.experiment)
        star = "*" if self.session.path and self.session.modified else ""
        self.setWindowTitle(f"{name}{star} — " + self.tr("BPTT Explorer"))

    # --- layouts ---
    def present(self) -> None:
        """One picture and its caption, in the projector's theme; again: back to what was."""
        self.set_theme(self._theme_before if self.presenting else PROJECTOR.name)

    def _arrange(self, presenting: bool) -> None:
        self.presenting = presenting
        if presenting:
            self._docks_before = [dock.isVisibleTo(self) for dock in self.docks]
        for dock, was in zip(self.docks, self._docks_before or [True] * len(self.docks), strict=True):
            dock.setVisible(was and not presenting)
        self._show_depth()

    def next_picture(self) -> None:
        """While presenting: the next of the central pictures."""
        if not self.presenting:
            self.show_message(self.tr("F6 changes the picture while presenting; F5 starts that."))
            return
        here = self.central_panels
        shown = next((k for k, panel in enumerate(here) if panel.isVisibleTo(self)), 0)
        for k, panel in enumerate(here):
            panel.setVisible(k == (shown + 1) % len(here))

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def escape(self) -> None:
        """Cancels or clears the innermost of what is active; the keys belong to the picture again, not to a number."""
        if self.panels["numbers"].isAncestorOf(self.focusWidget() or self):
            self.central_panels[0].setFocus()
        if self.progress.give_up():
            return
        if self._note.isVisible():
            self._note.hide()
        elif self.session.selection is not None:
            self.session.select(None)
        elif self.session.inside:
            self.session.leave()
        elif self.session.hunting is not None:
            self.session.hunt.leave()
            self.show_message(
                self.tr("The search is over; the experiment is as it was. Ctrl+Shift+F hides another error.")
            )
        elif self.isFullScreen():
            self.toggle_full_screen()
        elif self.presenting:
            self.present()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pictures keep most of the width, whatever size the window had before."""
        self._limit_docks(event.size().width())
        super().resizeEvent(event)

    def _limit_docks(self, width: int) -> None:
        for dock, share, least in zip(self.docks, DOCK_SHARES, DOCK_LEAST, strict=True):
            dock.setMaximumWidth(max(round(least * self.session.theme.font_px / 13), round(width * share)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent):
            self.session.columns.set_width(float(event.size().width()))
        return super().eventFilter(watched, event)

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

    def show_right(self) -> None:
        """The dock on the right, where it is hidden: what has just been put there is seen."""
        self.docks[-1].show()

    def show_numbers(self) -> None:
        """The page of editable numbers, in the right dock."""
        self.show_right()
        self.pages[RIGHT].show_page("numbers")

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
        """One sentence above the pictures, for a while."""
        self._note.show_text(text)

    # --- the end ---
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_close():
            event.ignore()
            return
        self.session.work.cancel()
        self.player.stop()
        self.closing.emit()
        if self.presenting:
            self._arrange(False)
        self.settings.geometry = self.saveGeometry()
        self.settings.set_state("docks", self.saveState())
        self.settings.set_state("pictures", self.splitter.saveState())
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
