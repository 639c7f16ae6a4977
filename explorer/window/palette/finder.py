"""A field to type into, and the list of what answers it: by the arrow keys, Enter and Esc alone, or by the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.widgets.labels import text_label
from explorer.widgets.whole_words import whole_words
from explorer.window.palette.match import ranked

_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
TITLE, HINT, KEY = 0, 1, 2  # columns
AROUND_LIST = 32  # px of the dialog beside its list
LESSONS, GLOSSARY = "Lessons", "Glossary"  # headings of what the menu shows by itself
HISTORY, USES = "History", "What structures are used for"
READ = (GLOSSARY, HISTORY, USES)  # what is read comes after what does something


@dataclass(frozen=True)
class Item:
    """One thing that can be found: its heading, what it is, a word on it, its key, and what is done when it is chosen
    (None: nothing; it is only named). `also`: other names by which it is found."""

    group: str
    title: str
    hint: str = ""
    key: str = ""
    do: Callable[[], object] | None = None
    also: str = ""


class Finder:
    """Opens the field over a window. `items` is asked each time, since what there is changes with the run."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self.items: Callable[[], Sequence[Item]] = tuple
        self.dialog: FinderDialog | None = None

    def open(self) -> None:
        """Everything there is, ranked by what is typed."""
        self._show(self._dialog(grouped=False))

    def open_keys(self) -> None:
        """What has a key, under its headings."""
        self._show(self._dialog(grouped=True))

    def open_group(self, heading: str) -> None:
        """What stands under one heading."""
        items = [item for item in self.items() if item.group == heading]
        dialog = FinderDialog(self._window, items, False)
        dialog.setWindowTitle(heading)
        self._show(dialog, whole=True)

    def _dialog(self, grouped: bool) -> FinderDialog:
        items = [item for item in self.items() if item.key or not grouped]
        return FinderDialog(self._window, [item for item in items if grouped or item.do is not None], grouped)

    def _show(self, dialog: FinderDialog, whole: bool = False) -> None:
        """`whole`: as wide as titles and hints are, as far as the window is."""
        self.dialog = dialog
        font = self._window.fontMetrics()
        width = max(84 * font.averageCharWidth() + 80, dialog.list.whole_width() + AROUND_LIST if whole else 0)
        width = min(width, self._window.width() - 40)
        height = min(30 * font.height(), round(self._window.height() * 0.8))
        dialog.resize(width, height)
        dialog.move(self._window.mapToGlobal(QPoint((self._window.width() - width) // 2, self._window.height() // 10)))
        dialog.open()
        dialog.field.setFocus()


class FinderDialog(QDialog):
    """The field with its list. `grouped`: the list keeps its headings and its order while it is filtered."""

    def __init__(self, window: QWidget, items: Sequence[Item], grouped: bool) -> None:
        super().__init__(window)
        self._window, self._items, self._grouped = window, items, grouped
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keys") if grouped else self.tr("Find a command, cell, task, quantity …"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(self.tr("a word, or a key") if grouped else self.tr("type a name"))
        self.field.setAccessibleName(self.windowTitle())
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.list = _List(self.tr("what was found"))
        self.list.itemClicked.connect(lambda item: self._take(item))
        self.count: QLabel = text_label("small")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 8)
        for widget in (self.field, self.list, self.count):
            column.addWidget(widget)
        self._fill("")

    def found(self) -> list[Item]:
        """What is listed, in its order."""
        query = self.field.text()
        things = [(item, item.title, f"{item.hint} {item.group} {item.key} {item.also}") for item in self._items]
        if not query.strip():
            return list(self._items)
        answering = sorted(ranked(query, things), key=lambda item: item.group in READ)
        return [item for item in self._items if item in answering] if self._grouped else answering

    def current(self) -> Item | None:
        """The one that Enter would take."""
        item = self.list.currentItem()
        return None if item is None else item.data(TITLE, Qt.ItemDataRole.UserRole)

    def _fill(self, query: str) -> None:
        found = self.found()
        self.list.show_items(found, headings=self._grouped or not query.strip())
        many = self.tr("{n} found").format(n=len(found)) if found else self.tr("Nothing has that name")
        self.count.setText(self.tr("{many}; ↑ ↓ choose, Enter takes, Esc closes").format(many=many))
        self.field.setAccessibleDescription(many)

    def _take(self, item: QTreeWidgetItem | None) -> None:
        chosen = None if item is None else item.data(TITLE, Qt.ItemDataRole.UserRole)
        if chosen is None or chosen.do is None:
            return
        self.accept()
        # When the window has the keyboard again: what is done may open a dialog of its own, or give the focus away.
        QTimer.singleShot(0, self._window, chosen.do)

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list while the field has the keyboard."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self.list.currentItem())
        else:
            super().keyPressEvent(event)


class _List(QTreeWidget):
    """Headings, and under them title, hint and key."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # nothing moves when it is needed
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(_Delegate(self))
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(0)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def show_items(self, items: Sequence[Item], headings: bool) -> None:
        """Lists them; the first one is current."""
        self.clear()
        group, bold = "", QFont(self.font())
        bold.setBold(True)
        for item in items:
            if headings and item.group != group:
                group = item.group
                heading = QTreeWidgetItem(self, [group])
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setFirstColumnSpanned(True)
                heading.setFont(TITLE, bold)
            line = QTreeWidgetItem(self, [item.title, item.hint or ("" if headings else item.group), item.key])
            line.setData(TITLE, Qt.ItemDataRole.UserRole, item)
            line.setToolTip(TITLE, item.title)
            line.setToolTip(HINT, item.hint)
            line.setTextAlignment(KEY, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line.setFont(KEY, bold)
        self._fit()
        first = next((k for k in range(self.topLevelItemCount()) if self._at(k).flags()), None)
        if first is not None:
            self.setCurrentItem(self._at(first))
            self.scrollToTop()

    def whole_width(self) -> int:
        """px in which nothing is shortened."""
        self.ensurePolished()
        columns = sum(self.sizeHintForColumn(column) for column in (TITLE, HINT, KEY)) + 24
        return columns + self.verticalScrollBar().sizeHint().width()

    def _fit(self) -> None:
        """The keys in full; of the rest the hints get what the titles leave, a third at least where they need it."""
        whole = self.viewport().width()
        key = self.sizeHintForColumn(KEY) + 4
        left = whole - key - self.sizeHintForColumn(TITLE) - 8
        hint = min(self.sizeHintForColumn(HINT) + 8, max((whole - key) // 3, left))
        for column, width in ((TITLE, whole - key - hint), (HINT, hint), (KEY, key)):
            self.setColumnWidth(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _at(self, k: int) -> QTreeWidgetItem:
        item = self.topLevelItem(k)
        assert item is not None
        return item


class _Delegate(QStyledItemDelegate):
    """Texts that have no room are shortened to whole words."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        room = option.rect.width() - 10  # type: ignore[attr-defined]
        if index.column() != KEY and room > 0:
            option.text = whole_words(option.text, option.fontMetrics, room)  # type: ignore[attr-defined]
