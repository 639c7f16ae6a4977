"""How a window is arranged, so that a copy of it shows the same: its picture, docks, sizes, columns and choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QScrollArea

from explorer.window.window import Window


@dataclass(frozen=True)
class Arrangement:
    """`picture`: the one that is presented, "" where all are on show; `docks` and `pictures`: Qt's states of them;
    `opened`: the sides in sight, as a narrow window's drawers;
    `pages`: those in sight in the docks, by place; `columns`: the first step in sight (from 0) and how many there are;
    `scrolled`: px of every scrolled area; `chosen`: what each panel has chosen for itself, by its name."""

    picture: str
    docks: QByteArray
    opened: tuple[bool, ...]
    pictures: QByteArray
    pages: Mapping[str, str]
    columns: tuple[float, float]
    scrolled: tuple[int, ...]
    chosen: Mapping[str, Any]

    def apply(self, window: Window) -> None:
        """To a window that is shown in the same size."""
        window.restoreState(self.docks)
        for side, opened in zip(window.docks, self.opened, strict=True):
            if window.drawers.narrow:
                side.setVisible(opened)
        window.stage.restoreState(self.pictures)
        for dock in window.docks:  # its contents have the width that the dock had before, until it is asked again
            holder = dock.widget()
            holder.resize(dock.size())
            holder.updateGeometry()
        for place, key in self.pages.items():
            window.pages[place].show_page(key)
        if self.picture:
            for panel in window.central_panels:
                panel.setVisible(panel.name == self.picture)
            window.presented.update_caption()
        for name, found in self.chosen.items():
            window.panels[name].choose(found)
        window.session.columns.show_range(*self.columns)

    def scroll(self, window: Window) -> None:
        """The last of it, when everything has its height."""
        for area, value in zip(window.findChildren(QScrollArea), self.scrolled, strict=False):
            area.verticalScrollBar().setValue(value)


def arrangement_of(window: Window) -> Arrangement:
    """How a window is arranged now."""
    shown = [panel.name for panel in window.central_panels if panel.isVisibleTo(window)]
    columns = window.session.columns
    return Arrangement(
        picture=shown[0] if window.presenting and shown else "",
        docks=window.saveState(),
        opened=tuple(side.isVisibleTo(window) for side in window.docks),
        pictures=window.stage.saveState(),
        pages={place: pages.current() for place, pages in window.pages.items()},
        columns=(columns.start, columns.span),
        scrolled=tuple(area.verticalScrollBar().value() for area in window.findChildren(QScrollArea)),
        chosen={name: panel.chosen() for name, panel in window.panels.items()},
    )
