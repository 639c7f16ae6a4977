"""The top bar's menus: the cells beside those that have a key, by family, and the textbooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from core.cells import CELLS, PRIMARY
from core.cells.base import Family
from core.notation.books import NOTATIONS
from explorer.words import in_language, translator

_tr = translator("TopBar")


class Choices(QMenu):
    """One of several, the chosen one ticked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self.group = QActionGroup(self)

    def add(self, text: str, tip: str, name: str, choose: Callable[[str], object]) -> None:
        """One choice more; `choose` gets its name."""
        action = self.addAction(text)
        action.setToolTip(tip)
        action.setData(name)
        action.setCheckable(True)
        action.triggered.connect(lambda _=False: choose(name))
        self.group.addAction(action)

    def tick(self, name: str) -> None:
        """The chosen one; none where it is not among them."""
        for action in self.group.actions():
            action.setChecked(action.data() == name)

    def choices(self) -> list[QAction]:
        """Without the headings."""
        return self.group.actions()


def cells(parent: QWidget, choose: Callable[[str], object]) -> Choices:
    """All cells but the four that have a key, under the names of their families."""
    menu = Choices(parent)
    menu.group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
    for family in get_args(Family):
        menu.addAction(_tr(family)).setEnabled(False)
        for cell in CELLS:
            if cell.family == family and cell not in PRIMARY:
                title = in_language(cell.title)
                tip = _tr("{title}: a cell. A click runs it on the same task, seeds and loss.")
                if cell.note:
                    tip = _tr("{title}: a cell, {note}. A click runs it on the same task, seeds and loss.")
                menu.add(f"    {title}", tip.format(title=title, note=in_language(cell.note)), cell.name, choose)
    return menu


def notations(parent: QWidget, choose: Callable[[str], object]) -> Choices:
    """The textbooks by their names, each with what is peculiar to its symbols."""
    menu = Choices(parent)
    for notation in NOTATIONS:
        tip = "\n".join(map(in_language, (notation.source, *notation.notes)))
        menu.add(f"{_tr(notation.short)}: {_tr(notation.title)}", tip, notation.name, choose)
    return menu
