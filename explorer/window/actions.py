"""Everything a person can do by menu and key, as one visible table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from core.cells import PRIMARY
from core.notation.books import NOTATIONS
from explorer.panels.inspector.panel import InspectorPanel
from explorer.style.theme import THEMES
from explorer.window.help import show_about, show_keys

if TYPE_CHECKING:
    from explorer.window.window import Window


def _tr(text: str) -> str:
    return QCoreApplication.translate("actions", text)


@dataclass(frozen=True)
class Entry:
    """One action: its menu, its text, its keys, and what it does to the window."""

    menu: str
    text: str
    keys: tuple[str, ...]
    do: Callable[[Window], object]
    checked: Callable[[Window], bool] | None = None


def _after(name: str) -> str:
    """The notation after this one; the first after the last."""
    names = [notation.name for notation in NOTATIONS]
    return names[(names.index(name) + 1) % len(names)]


def _pin_inspector(window: Window) -> None:
    panel = window.panels[InspectorPanel.name]
    assert isinstance(panel, InspectorPanel)
    panel.pin()
    if window.docks[-1].isHidden():  # what is pinned is seen
        window.docks[-1].show()


MENUS = ("File", "Edit", "Play", "View", "Help")

ENTRIES: tuple[Entry | None, ...] = (  # None: a separator
    Entry("File", "New experiment", ("Ctrl+N",), lambda w: w.files.new()),
    Entry("File", "Open…", ("Ctrl+O",), lambda w: w.files.open()),
    Entry("File", "Reopen the last session", (), lambda w: w.files.open_last()),
    Entry("File", "Restore unsaved work…", (), lambda w: w.files.offer_unsaved()),
    Entry("File", "Save", ("Ctrl+S",), lambda w: w.files.save()),
    Entry("File", "Save as…", ("Ctrl+Shift+S",), lambda w: w.files.save_as()),
    None,
    Entry("File", "Import weights…", (), lambda w: w.files.import_weights()),
    Entry("File", "Export weights…", (), lambda w: w.exports.weights()),
    Entry("File", "Export picture or animation…", ("Ctrl+E",), lambda w: w.exports.picture()),
    Entry("File", "Export trace…", ("Ctrl+Shift+E",), lambda w: w.exports.trace()),
    Entry("File", "Worksheet (PDF)…", ("Ctrl+Shift+W",), lambda w: w.exports.worksheet()),
    None,
    Entry("File", "Quit", ("Ctrl+Q",), lambda w: w.close()),
    Entry("Edit", "Undo", ("Ctrl+Z",), lambda w: w.session.undo()),
    Entry("Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda w: w.session.redo()),
    None,
    Entry("Edit", "Numbers: type, drag, lock", ("E",), lambda w: w.toggle_numbers()),
    Entry("Edit", "Rewind to the same start", ("Ctrl+R",), lambda w: w.session.rewind()),
    None,
    Entry("Edit", "Find a hidden error", ("Ctrl+Shift+F",), lambda w: w.session.start_hunt()),
    Entry("Edit", "Mark the selected gradient as wrong", ("W",), lambda w: w.mark()),
    None,
    Entry("Edit", "Pin this run", ("P",), lambda w: w.pin()),
    Entry("Edit", "Unpin all runs", ("Shift+P",), lambda w: w.session.unpin()),
    Entry("Edit", "Pin what the inspector shows", ("I",), lambda w: _pin_inspector(w)),
    Entry("Edit", "Unpin all inspectors", ("Shift+I",), lambda w: w.session.set_view(inspectors=())),
    None,
    *(Entry("Edit", cell.title, (str(k),), lambda w, name=cell.name: w.session.change(cell=name))
      for k, cell in enumerate(PRIMARY, start=1)),
    None,
    Entry("Edit", "Cancel or leave: job, message, selection, cell, full screen, presentation", ("Esc",),
          lambda w: w.escape()),
    Entry("Play", "Play or pause", ("Space",), lambda w: w.player.toggle(), lambda w: w.player.playing),
    Entry("Play", "One step forward", ("Right",), lambda w: w.player.step(1)),
    Entry("Play", "One step back", ("Left",), lambda w: w.player.step(-1)),
    Entry("Play", "One operation forward, inside a cell", (".",), lambda w: w.player.operation(1)),
    Entry("Play", "One operation back, inside a cell", (",",), lambda w: w.player.operation(-1)),
    Entry("Play", "To the end of this pass", ("PgDown",), lambda w: w.player.jump(1)),
    Entry("Play", "To the beginning of this pass", ("PgUp",), lambda w: w.player.jump(-1)),
    Entry("Play", "To the start", ("Home",), lambda w: w.go(0)),
    Entry("Play", "To the end", ("End",), lambda w: w.go(w.session.timeline.last)),
    None,
    Entry("Play", "Faster", ("+", "="), lambda w: w.player.change_speed(1)),
    Entry("Play", "Slower", ("-",), lambda w: w.player.change_speed(-1)),
    Entry("Play", "Loop", ("L",), lambda w: w.player.toggle_loop(), lambda w: w.player.loop),
    Entry("Play", "Without motion", ("Ctrl+M",), lambda w: w.toggle_motion(), lambda w: w.player.still),
    Entry("View", "Enter the cell", ("Return", "Enter"), lambda w: w.enter()),
    Entry("View", "Back to the chain", ("Backspace",), lambda w: w.session.leave()),
    None,
    Entry("View", "Zoom in", ("Ctrl++", "Ctrl+="), lambda w: w.zoom(1.4)),
    Entry("View", "Zoom out", ("Ctrl+-",), lambda w: w.zoom(1 / 1.4)),
    Entry("View", "All steps", ("Ctrl+0",), lambda w: w.session.columns.fit()),
    None,
    Entry("View", "Next notation", ("B",), lambda w: w.session.set_view(notation=_after(w.session.notation.name))),
    Entry("View", "Scale each row of gradients to its own largest", ("N",), lambda w: w.toggle_normalise(),
          lambda w: w.session.view.normalise),
    None,
    Entry("View", "Hand-sized: one unit, three steps", ("Ctrl+H",), lambda w: w.session.make_hand_sized()),
    None,
    Entry("View", "Present: one picture, large", ("F5",), lambda w: w.present(), lambda w: w.presenting),
    Entry("View", "Next picture while presenting", ("F6",), lambda w: w.next_picture()),
    Entry("View", "Full screen", ("F11",), lambda w: w.toggle_full_screen(), lambda w: w.isFullScreen()),
    Entry("Help", "Keys", ("F1",), lambda w: show_keys(w, keys_as_html(), w.session.theme.font_px)),
    Entry("Help", "About", (), lambda w: show_about(w)),
)  # fmt: skip


def build_menu(window: Window) -> tuple[QMenu, list[QAction]]:
    """The whole menu, and its actions, which are added to the window so that their keys work everywhere in it."""
    menu = QMenu(window)
    menus = {name: menu.addMenu(_tr(name)) for name in MENUS}
    actions: list[QAction] = []
    current = menus[MENUS[0]]
    for entry in ENTRIES:
        if entry is None:
            current.addSeparator()
            continue
        current = menus[entry.menu]
        action = QAction(_tr(entry.text), window)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        action.triggered.connect(lambda _=False, do=entry.do: do(window))
        if entry.checked is not None:
            action.setCheckable(True)
            current.aboutToShow.connect(lambda a=action, state=entry.checked: a.setChecked(state(window)))
        current.addAction(action)
        window.addAction(action)
        actions.append(action)
    _notations(window, menus["View"])
    _themes(window, menus["View"])
    _recent(window, menus["File"])
    _docks(window, menus["View"])
    return menu, actions


def _notations(window: Window, menu: QMenu) -> None:
    """The textbooks, of which one is chosen."""
    books = menu.addMenu(_tr("Notation"))
    for notation in NOTATIONS:
        action = books.addAction(_tr(notation.title))
        action.setCheckable(True)
        action.setToolTip(_tr(notation.source))
        action.triggered.connect(lambda _=False, name=notation.name: window.session.set_view(notation=name))
        books.aboutToShow.connect(
            lambda a=action, name=notation.name: a.setChecked(window.session.notation.name == name)
        )


def _themes(window: Window, menu: QMenu) -> None:
    themes = menu.addMenu(_tr("Theme"))
    for theme in THEMES:
        action = QAction(_tr(theme.name.capitalize()), window)
        action.setCheckable(True)
        action.triggered.connect(lambda _=False, name=theme.name: window.set_theme(name))
        themes.aboutToShow.connect(lambda a=action, name=theme.name: a.setChecked(window.session.theme.name == name))
        themes.addAction(action)


def _docks(window: Window, menu: QMenu) -> None:
    menu.addSeparator()
    for key, dock in zip(("Ctrl+1", "Ctrl+2"), window.docks, strict=False):
        action = dock.toggleViewAction()
        action.setShortcut(QKeySequence(key))
        menu.addAction(action)
        window.addAction(action)


def _recent(window: Window, menu: QMenu) -> None:
    recent = menu.addMenu(_tr("Recent files"))

    def fill() -> None:
        recent.clear()
        for path in window.settings.recent_files():
            recent.addAction(str(path), lambda p=path: window.files.open(p))
        recent.setEnabled(True)
        if recent.isEmpty():
            recent.addAction(_tr("none yet")).setEnabled(False)

    recent.aboutToShow.connect(fill)


def keys_as_html() -> str:
    """The table of keys, for the help."""
    rows = [
        f"<tr><td style='padding-right:24px'><b>{' &nbsp; '.join(entry.keys)}</b></td><td>{_tr(entry.text)}</td></tr>"
        for entry in ENTRIES
        if entry is not None and entry.keys
    ]
    extra = [
        ("Ctrl+1 &nbsp; Ctrl+2", _tr("show or hide the experiment, the inspector")),
        ("Ctrl+C", _tr("copy what the inspector shows, as text")),
        ("↑  ↓ &nbsp; Enter", _tr("in the inspector: a line, its product row by column, a weight of it")),
        ("↑  ↓", _tr("in the chain: another row of the selected step")),
        ("Shift+← →", _tr("in the chain: the same row of another step")),
        ("↑  ↓ &nbsp; Shift+← →", _tr("in a cell: the next node above, below or beside")),
        (_tr("wheel, drag, double-click"), _tr("zoom, pan, all steps")),
        ("K &nbsp; Del &nbsp; F2", _tr("in the numbers: lock, reset, type")),
        ("Shift+↑ ↓ &nbsp; Ctrl+↑ ↓", _tr("in the numbers: ±0.1, ±0.01; both ±0.001; or wheel, or drag")),
    ]
    rows += [f"<tr><td style='padding-right:24px'><b>{keys}</b></td><td>{text}</td></tr>" for keys, text in extra]
    return f"<table cellspacing='4'>{''.join(rows)}</table>"
