"""The top bar: task, cell, notation, undo and redo, compare, present, export, menu, and the gradient check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QToolButton, QWidget

from core.analysis.gradcheck import Check
from core.cells import CELLS, cell_named
from core.cells import PRIMARY as PRIMARY_CELLS
from core.tasks import TASKS, Task, reading, task_named
from explorer.panels.base import Listening, Panel
from explorer.panels.experiment.csv_choice import ask_for, has_file, reads_file
from explorer.panels.experiment.rows import SPACE, UP_AND_DOWN, Guard
from explorer.panels.topbar import menus
from explorer.panels.topbar.check_badge import CheckBadge, CheckPopup, in_notation
from explorer.panels.topbar.room import BESIDE, CONCESSIONS, SIGN
from explorer.session.read_first import read_first, title_of
from explorer.session.session import Change, Session
from explorer.style.glyphs import set_glyph
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.whole_words import WordsBox, whole_words
from explorer.words import in_language

PRIMARY = tuple(cell.name for cell in PRIMARY_CELLS)  # by their keys 1, 2 …; the other cells are in a menu beside them
HEIGHT = 52


class TopBar(Panel):
    """One line at the head of the window. What it has no room for becomes shorter, in the order of CONCESSIONS."""

    name = "topbar"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Task, cell and tools"))
        self._built = False
        self._level = 0  # how many concessions are made
        self._fitting = False
        self._other = ""  # the title of the chosen cell where it is one of the menu's
        self._actions: Mapping[str, QAction] = {}
        self.brand = text_label("brand", self.tr("BPTT Explorer"))
        self.brand.setContentsMargins(4, 0, 8, 0)
        self.tasks = self._box_of_tasks()
        self.cells = SegmentedControl(self.segments(keys=True))
        self.cells.setAccessibleName(self.tr("Cell"))
        self.cells.currentChanged.connect(self._on_cell)
        self.more = self._tool(self._about_others(), "", SIGN)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.others = menus.cells(self, self._on_cell)
        self._drop(self.more, self.others)
        self._make_tools()
        self.check = CheckBadge()
        self.check.clicked.connect(self._on_check_clicked)
        self.popup = CheckPopup(self)
        self._connect()
        line = self.line = QHBoxLayout(self)
        line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it fits itself to any width
        for widget in (self.brand, self.tasks, self.cells, self.more):
            line.addWidget(widget)
        line.addStretch(1)
        for widget in (
            self.notations,
            self.undo,
            self.redo,
            self.compare,
            self.present,
            self.export,
            self.menu,
            self.check,
        ):
            line.addWidget(widget)
        for concession in reversed(CONCESSIONS):
            concession.apply(self, False)
        self._built = True

    # --- parts ---
    def _make_tools(self) -> None:
        tip = self.tr("Notation: the textbook whose symbols are shown.\nA click lists the books; B takes the next one.")
        self.notations = self._tool(tip, "", BESIDE)
        self.books = menus.notations(self, self._on_notation)
        self._drop(self.notations, self.books)
        self.undo = self._tool(
            self.tr("Undo: the last change of the experiment or of pinned runs.\nA click takes it back (Ctrl+Z)."),
            "",
            SIGN,
        )
        self.redo = self._tool(
            self.tr("Redo: the change that was taken back last.\nA click makes it again (Ctrl+Shift+Z)."), "", SIGN
        )
        tip = self.tr(
            "Compare: tanh, ReLU, LSTM and GRU on the same data, beside each other.\n"
            "A click pins or unpins the other cells’ runs (C)."
        )
        self.compare = self._tool(tip, self.tr("Compare"), BESIDE, "C")
        self.compare.setCheckable(True)
        self.present = self._tool(
            self.tr(
                "Present: one picture with its claim, as large as the screen.\nA click starts it (F5), Esc leaves."
            ),
            self.tr("Present"),
            BESIDE,
            "F5",
        )
        self.export = self._tool(
            self.tr(
                "Export: the window as a picture or an animation in a file.\nA click asks what and where (Ctrl+E)."
            ),
            self.tr("Export"),
            BESIDE,
        )
        self.menu = self._tool(
            self.tr(
                "Menu: files, editing, playing, view with the themes, help.\n"
                "A click opens it; Ctrl+K finds any of it by name."
            ),
            "",
            SIGN,
        )
        self.menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _box_of_tasks(self) -> WordsBox:
        box = WordsBox()
        Guard(box, UP_AND_DOWN | SPACE)
        for index, task in enumerate(TASKS):
            box.addItem(self.tr(task.title), task.name)
            box.setItemData(index, self.tr(task.description), Qt.ItemDataRole.ToolTipRole)
        box.setAccessibleName(self.tr("Task"))
        box.activated.connect(self._on_task)
        return box

    def _tool(self, tip: str, text: str, style: Qt.ToolButtonStyle, key: str = "") -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setProperty("short", text)
        button.setProperty("full", f"{text}  {key}" if key else text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(":")[0])
        button.setAccessibleDescription(tip.partition(": ")[2])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(style)
        return button

    @staticmethod
    def _drop(button: QToolButton, menu: QMenu) -> None:
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)

    def _about_others(self) -> str:
        return self.tr("Other cells: recurrent, without BPTT, without recurrence.\nA click lists them.")

    def segments(self, keys: bool) -> list[tuple[str, str, str]]:
        """The cells that have a key: name, label, tip."""
        tip = self.tr("{title}: a cell.\nA click runs the same task, seeds and loss with it (key {n}).")
        titles = enumerate(((name, in_language(cell_named(name).title)) for name in PRIMARY), start=1)
        return [(name, f"{n} {title}" if keys else title, tip.format(n=n, title=title)) for n, (name, title) in titles]

    def set_menu(self, menu: QMenu) -> None:
        """What the ☰ button opens."""
        self.menu.setMenu(menu)

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {f"task {task.name}": partial(self._on_task, k) for k, task in enumerate(TASKS)}

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        self._actions = actions

    def _connect(self) -> None:
        for button, do in ((self.undo, "undo"), (self.redo, "redo"), (self.compare, "compare")):
            button.clicked.connect(lambda _=False, do=do: getattr(self.session, do)())
        self.compare.clicked.connect(self._show_history)  # a click ticks it at once, whatever becomes of it
        for button, action in (
            (self.present, "Present: one picture, large"),
            (self.export, "Export picture or animation…"),
        ):
            button.clicked.connect(lambda _=False, action=action: self._actions[action].trigger())

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.check_changed, self._on_check
        yield session.document_changed, self._show_history

    def bind(self, session: Session) -> None:
        super().bind(session)
        self._on_check(session.check)

    def pointed(self, item: str) -> QRectF | None:
        """ "cells": the choice of the cell."""
        return QRectF(self.cells.geometry())

    def refresh(self, flags: Change) -> None:
        session = self.session
        if session is None:
            return
        if flags & Change.RUN:
            self.tasks.setCurrentIndex(self.tasks.findData(session.experiment.task))
            task = task_named(session.experiment.task)
            self.tasks.setToolTip(
                self.tr("Task: {what}\nA click lists the tasks.").format(what=self.tr(task.description))
            )
            self._show_cell(session.experiment.cell)
        if flags & Change.THEME:
            for button, sign in self._signs():
                set_glyph(button, sign, session.theme)
            self.update()
            self.check.set_theme(session.theme)
        if flags & Change.VIEW:
            self._show_notation(session)
        if flags & (Change.RUN | Change.PINS):
            self._show_history()

    def _signs(self) -> tuple[tuple[QToolButton, str], ...]:
        signs = ("notation", "undo", "redo", "compare", "present", "export", "menu")
        buttons = self.notations, self.undo, self.redo, self.compare, self.present, self.export, self.menu
        return tuple(zip(buttons, signs, strict=True))

    def _show_history(self) -> None:
        session = self.session
        if session is None:
            return
        self.undo.setEnabled(session.history.can_undo)
        self.redo.setEnabled(session.history.can_redo)
        self.compare.setChecked(session.comparing)

    def _show_cell(self, name: str) -> None:
        if name in PRIMARY:
            self.cells.setCurrent(name)
        else:  # none of them: an exclusive group keeps one checked while it is exclusive
            for key in self.cells.keys():  # noqa: SIM118 (its own method)
                button = self.cells.button(key)
                group = button.group()
                group.setExclusive(False)
                button.setChecked(False)
                group.setExclusive(True)
            self.cells.setCurrent("")
        self.others.tick(name)
        title = "" if name in PRIMARY else in_language(cell_named(name).title)
        if title != self._other or not self.more.text():
            self._other = title
            self.more.setAccessibleDescription(title)
            self.more.setToolTip(f"{title}. {self._about_others()}" if title else self._about_others())
            self.more.setProperty("chosen", bool(title))
            self.more.setStyleSheet("QToolButton { font-weight: bold; }" if title else "")
            self._fit()

    def name_more(self, short: bool) -> None:
        """The chosen cell's title on the button of the others, or how many there are; its tip has the whole title."""
        self.more.ensurePolished()
        most = 0 if short else 10_000
        title = whole_words(self._other, self.more.fontMetrics(), most)
        count = self.tr("more") if short else self.tr("{n} more").format(n=len(CELLS) - len(PRIMARY))
        self.more.setText(f"{title or count} ▾")

    def _show_notation(self, session: Session) -> None:
        notation = session.notation
        self.books.tick(notation.name)
        self.notations.setAccessibleDescription(self.tr(notation.title))
        if self.notations.text() != notation.short:
            self.notations.setText(self.tr(notation.short))
            self._on_check(session.check, at_once=True)
            self._fit()

    def _on_check(self, check: Check | None, at_once: bool = False) -> None:
        if self.session is None:
            return
        before = self.check.sizeHint().width()
        if self.session.hunt.hidden_fields:
            self.check.show_hunt()
            self.popup.set_text(self.check.toolTip())
            return
        check = in_notation(check, self.session.trace, self.session.notation)
        if self.check.show_check(check, in_language(self.session.trace.scan.cell.title), at_once):
            self.popup.set_text(self.check.toolTip())
            if self.check.sizeHint().width() != before:
                self._fit()

    # --- user actions ---
    def _on_task(self, index: int) -> None:
        session = self.session
        if session is None:
            return
        task = task_named(self.tasks.itemData(index))
        if not reads_file(task):
            self._choose(task)
            return
        known = msgspec.structs.replace(session.experiment, task=task.name)  # its files may have been chosen before
        title = title_of(known)
        read_first(session.work, title, reading(known), lambda _: self._ask(task), lambda _: self._ask(task))

    def _ask(self, task: Task) -> None:
        """Chooses a task with the files that are known for it, or others that the person is asked for."""
        session = self.session
        if session is None:
            return
        if has_file(session.experiment, task):
            self._choose(task)
        else:
            ask_for(self, session, task, lambda fields: self._choose(task, **fields), self._stay)

    def _choose(self, task: Task, **fields: Any) -> None:
        if self.session is not None and not self.session.choose_task(task.name, **fields):
            self._stay()

    def _stay(self, reason: str = "") -> None:
        """The task stays as it was, for a reason in one sentence, or "" where it was reported already."""
        if self.session is None:
            return
        if reason:
            self.session.message.emit(reason)
        self.tasks.setCurrentIndex(self.tasks.findData(self.session.experiment.task))

    def _on_cell(self, name: str) -> None:
        if self.session is not None and not self.session.choose_cell(name):
            self._show_cell(self.session.experiment.cell)

    def _on_notation(self, name: str) -> None:
        if self.session is not None:
            self.session.set_view(notation=name)

    def _on_check_clicked(self) -> None:
        self.popup.open_under(self.check)

    # --- room ---
    def _fit(self) -> None:
        """As few concessions as there is room for."""
        if self._fitting:
            return
        self._fitting = True
        for concession in reversed(CONCESSIONS[: self._level]):
            concession.apply(self, False)
        self._level = 0
        self.name_more(False)
        self._measure()
        while self._level < len(CONCESSIONS) and self.line.sizeHint().width() > self.width():
            CONCESSIONS[self._level].apply(self, True)
            self._level += 1
            self._measure()
        self.line.activate()  # now, or a frame would show the old places with the new texts
        self._fitting = False

    def _measure(self) -> None:
        self.check.updateGeometry()
        self.line.invalidate()

    # --- Qt ---
    def sizeHint(self) -> QSize:
        return QSize(1024, max(HEIGHT, self.line.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, max(HEIGHT, self.line.minimumSize().height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._built and event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        theme = self.session.theme
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.panel))
            below = QRectF(0, self.height() - theme.hairline, self.width(), theme.hairline)
            painter.fillRect(below, QColor(theme.line))
