"""The top bar: the task, the cell, pin, notation, theme, menu, and whether the gradients are verified."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QPushButton, QToolButton, QWidget

from core.analysis.gradcheck import Check
from core.cells import CELLS, cell_named
from core.cells import PRIMARY as PRIMARY_CELLS
from core.notation.books import NOTATIONS
from core.tasks import TASKS, Task, reading, task_named
from explorer.panels.base import Listening, Panel
from explorer.panels.experiment.csv_choice import ask_for, has_file, reads_file
from explorer.panels.experiment.rows import combo
from explorer.panels.topbar.check_badge import CheckBadge, CheckPopup, in_notation
from explorer.session.read_first import read_first, title_of
from explorer.session.session import Change, Session
from explorer.style.glyphs import set_glyph
from explorer.style.theme import THEMES
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl

PRIMARY = tuple(cell.name for cell in PRIMARY_CELLS)  # by their keys 1, 2 …; the other cells are in a menu beside them
HEIGHT = 52
# 0: all in full; 1: no program name; 2: signs for words; 3: a narrow task; 4: no keys, short badge; 5: close together;
# 6: a few letters of the task and of another cell
LEVELS = 7


class TopBar(Panel):
    """One line at the head of the window. What it has no room for becomes shorter, never hidden."""

    name = "topbar"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Task, cell and tools"))
        self._level = -1
        self._other = ""  # the title of the chosen cell where it is one of the menu's
        self._fitting = False
        self._brand = text_label("brand", self.tr("BPTT Explorer"))
        self._brand.setContentsMargins(4, 0, 8, 0)
        self.tasks = combo([(task.name, self.tr(task.title), self.tr(task.description)) for task in TASKS])
        self.tasks.setAccessibleName(self.tr("Task"))
        self.tasks.activated.connect(self._on_task)
        self.cells = SegmentedControl(self._segments(keys=True))
        self.cells.setAccessibleName(self.tr("Cell"))
        self.cells.currentChanged.connect(self._on_cell)
        self.more = self._tool(self.tr("Other cells"), "")
        self.more.setMenu(self._menu_of_cells())
        self.pin = QPushButton()
        self.pin.clicked.connect(self._on_pin)
        self.notations = self._tool(self.tr("Notation: whose symbols, and rows or columns (B: next)"), "")
        self.notations.setMenu(self._menu_of_notations())
        self.themes = self._tool(self.tr("Theme: light, dark or projector"), self.tr(" Theme"))
        self.themes.setMenu(self._menu_of_themes())
        self.menu = self._tool(self.tr("Menu: files, playing, view, help"), "")
        self.check = CheckBadge()
        self.check.clicked.connect(self._on_check_clicked)
        self.popup = CheckPopup(self)
        line = self._line = QHBoxLayout(self)
        line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it fits itself to any width
        for widget in (self._brand, self.tasks, self.cells, self.more):
            line.addWidget(widget)
        line.addStretch(1)
        for widget in (self.pin, self.notations, self.themes, self.menu, self.check):
            line.addWidget(widget)
        self._apply(0)

    # --- parts ---
    def _tool(self, tip: str, text: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(":")[0])
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def _segments(self, keys: bool) -> list[tuple[str, str, str]]:
        tip = self.tr("The same task, seeds and loss with this cell (key {n}).")
        titles = enumerate(((name, cell_named(name).title) for name in PRIMARY), start=1)
        return [(name, f"{n} {title}" if keys else title, tip.format(n=n)) for n, (name, title) in titles]

    def _menu_of_cells(self) -> QMenu:
        menu = QMenu(self)
        self._others = QActionGroup(menu)
        for cell in CELLS:
            if cell.name not in PRIMARY:
                self._choice(menu, self._others, cell.title, cell.name).triggered.connect(
                    lambda _=False, name=cell.name: self._on_cell(name)
                )
        return menu

    def _menu_of_themes(self) -> QMenu:
        titles = {"light": self.tr("Light"), "dark": self.tr("Dark"), "projector": self.tr("Projector")}
        menu = QMenu(self)
        self._looks = QActionGroup(menu)
        for theme in THEMES:
            self._choice(menu, self._looks, titles.get(theme.name, theme.name), theme.name).triggered.connect(
                lambda _=False, name=theme.name: self._on_theme(name)
            )
        return menu

    def _menu_of_notations(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        self._books = QActionGroup(menu)
        for notation in NOTATIONS:
            action = self._choice(menu, self._books, self.tr(notation.title), notation.name)
            action.setToolTip("\n".join((notation.source, *notation.notes)))
            action.triggered.connect(lambda _=False, name=notation.name: self._on_notation(name))
        return menu

    @staticmethod
    def _choice(menu: QMenu, group: QActionGroup, text: str, name: str) -> QAction:
        action = menu.addAction(text)
        action.setData(name)
        action.setCheckable(True)
        group.addAction(action)
        return action

    def set_menu(self, menu: QMenu) -> None:
        """What the ☰ button opens."""
        self.menu.setMenu(menu)

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.check_changed, self._on_check

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
            self.tasks.setToolTip(self.tr(task_named(session.experiment.task).description))
            self._show_cell(session.experiment.cell)
        if flags & Change.THEME:
            signs = ((self.pin, "pin"), (self.notations, "notation"), (self.themes, "theme"), (self.menu, "menu"))
            for button, sign in signs:
                set_glyph(button, sign, session.theme)
            self.check.set_theme(session.theme)
            for action in self._looks.actions():
                action.setChecked(action.data() == session.theme.name)
            self.update()
        if flags & Change.VIEW:
            self._show_notation(session)
        if flags & (Change.PINS | Change.THEME):
            self._show_pin(session)

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
        for action in self._others.actions():
            action.setChecked(action.data() == name)
        title = "" if name in PRIMARY else cell_named(name).title
        if title != self._other or not self.more.text():
            self._other = title
            self.more.setAccessibleDescription(title)
            self.more.setToolTip(f"{title}\n{self.tr('Other cells')}" if title else self.tr("Other cells"))
            self.more.setProperty("chosen", bool(title))
            self.more.setStyleSheet("QToolButton { font-weight: bold; }" if title else "")
            self._fit()

    def _show_notation(self, session: Session) -> None:
        notation = session.notation
        for action in self._books.actions():
            action.setChecked(action.data() == notation.name)
        self.notations.setAccessibleDescription(self.tr(notation.title))
        if self.notations.text() != notation.short:
            self.notations.setText(self.tr(notation.short))
            self._on_check(session.check, at_once=True)
            self._fit()

    def _show_pin(self, session: Session) -> None:
        most = len(session.theme.pinned)
        room = len(session.pins) < most
        self.pin.setEnabled(room)
        tip = self.tr("Keep the curve of this run beside the next ones in the plot of norms (P).")
        full = self.tr("All {n} colours are used; unpin a run first.")
        self.pin.setToolTip(tip if room else full.format(n=most))
        self.pin.setAccessibleName(self.tr("Pin run"))
        self.pin.setAccessibleDescription(self.pin.toolTip())

    def _on_check(self, check: Check | None, at_once: bool = False) -> None:
        if self.session is None:
            return
        before = self.check.sizeHint().width()
        if self.session.hunt.hidden_fields:
            self.check.show_hunt()
            self.popup.set_text(self.check.toolTip())
            return
        check = in_notation(check, self.session.trace, self.session.notation)
        if self.check.show_check(check, self.session.trace.scan.cell.title, at_once):
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
        if self.session is not None and not self.session.change(cell=name):
            self._show_cell(self.session.experiment.cell)

    def _on_theme(self, name: str) -> None:
        if self.session is not None:
            self.session.set_theme(name)

    def _on_notation(self, name: str) -> None:
        if self.session is not None:
            self.session.set_view(notation=name)

    def _on_pin(self) -> None:
        if self.session is not None:
            self.session.pin()

    def _on_check_clicked(self) -> None:
        self.popup.open_under(self.check)

    # --- room ---
    def _apply(self, level: int) -> None:
        self._brand.setVisible(level < 1)
        self.pin.setText(self.tr(" Pin run  P") if level < 2 else "")
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if level < 2 else Qt.ToolButtonStyle.ToolButtonIconOnly
        self.themes.setToolButtonStyle(style)
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        self.notations.setToolButtonStyle(beside if level < 4 else Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.menu.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._name_more(level)
        self.tasks.setMinimumContentsLength(20 if level < 3 else 10 if level < 5 else 5 if level < 6 else 2)
        if (level < 4) != (self._level < 4) or self._level < 0:
            for key, label, _ in self._segments(keys=level < 4):
                self.cells.button(key).setText(label)
            self.cells.updateGeometry()
            self.check.set_short(level >= 4)
        self._line.setSpacing(8 if level < 5 else 4)
        self._line.setContentsMargins(*((12, 7, 12, 8) if level < 5 else (5, 7, 5, 8)))
        self._level = level
        self._line.invalidate()

    def _name_more(self, level: int) -> None:
        """The chosen cell's title on the button of the others, cut where the bar is narrow; its tip has it whole."""
        self.more.ensurePolished()
        metrics = self.more.fontMetrics()
        most = metrics.averageCharWidth() * (40 if level < 3 else 12 if level < 5 else 8 if level < 6 else 5)
        title = metrics.elidedText(self._other, Qt.TextElideMode.ElideRight, most) or self.tr("more")
        self.more.setText(f"{title} ▾")

    def _fit(self) -> None:
        """The fullest level for which there is room."""
        if self._fitting:
            return
        self._fitting = True
        for level in range(LEVELS):
            self._apply(level)
            if self._line.sizeHint().width() <= self.width():
                break
        self._line.activate()  # now, or a frame would show the old places with the new texts
        self._fitting = False

    # --- Qt ---
    def sizeHint(self) -> QSize:
        return QSize(1024, max(HEIGHT, self._line.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, max(HEIGHT, self._line.minimumSize().height()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and self._level >= 0:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        theme = self.session.theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.fillRect(QRectF(0, self.height() - theme.hairline, self.width(), theme.hairline), QColor(theme.line))
