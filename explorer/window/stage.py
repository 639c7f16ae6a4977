"""The pictures in the centre: those of the depth on show, or one of them while presenting."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from explorer.panels import BOTH, CELL, CHAIN
from explorer.panels.base import Panel
from explorer.session.session import Session


class Stage(QSplitter):
    """Below each other; their width is that of the session's columns. `presenting`: one at a time."""

    def __init__(self, session: Session, gap: int, parent: QWidget | None = None) -> None:
        """`gap`: px between two pictures."""
        super().__init__(Qt.Orientation.Vertical, parent)
        self._session = session
        self._pictures: list[tuple[Panel, str]] = []  # each with its depth
        self._shown: list[Panel] = []  # that are on show, or take turns while presenting
        self._shares: list[int] = []
        self.presenting = False
        self.setChildrenCollapsible(False)
        self.setHandleWidth(gap)

    def add(self, panel: Panel, share: int, depth: str) -> None:
        """One picture more, with its share of the height."""
        self.addWidget(panel)
        self._pictures.append((panel, depth))
        self._shares.append(share * 10)
        self.setSizes(self._shares)

    @property
    def pictures(self) -> list[Panel]:
        """Those of the depth on show that the run has anything for, the one that is presented first."""
        depth = CELL if self._session.inside else CHAIN
        here = [panel for panel, own in self._pictures if own in (depth, BOTH)]
        return [panel for panel in here if panel.wanted(self._session)]

    @property
    def stale(self) -> bool:
        """Whether others are to be shown than those that are."""
        return self.pictures != self._shown

    def show_depth(self) -> None:
        """Shows the pictures of this depth, while presenting only the first of them."""
        here = self._shown = self.pictures
        for panel, _ in self._pictures:
            panel.setVisible(panel in here and (panel is here[0] or not self.presenting))

    def show_next(self) -> None:
        """While presenting: the next of them."""
        here = self.pictures
        shown = next((k for k, panel in enumerate(here) if panel.isVisibleTo(self)), 0)
        for k, panel in enumerate(here):
            panel.setVisible(k == (shown + 1) % len(here))

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._session.columns.set_width(float(event.size().width()))
        super().resizeEvent(event)
