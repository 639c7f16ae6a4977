"""The pictures in the centre: those of the depth on show, or one of them while presenting."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from explorer.panels import BOTH, CELL, CHAIN, PRESENTED
from explorer.panels.base import Panel
from explorer.session.session import Session

TITLE = 44  # px from a picture's upper edge to what it draws, in the light theme
FREE = 3  # px between a message and what stands below it
FIRST_LEAST = 220  # px of the first picture, in the light theme, before another gives way
FIRST_SMALL = 170  # px that it has at least beside one that wishes for height


class Stage(QSplitter):
    """Below each other; their width is that of the session's columns. `presenting`: one at a time."""

    arranged = Signal()  # a picture lies elsewhere, or has another height

    def __init__(self, session: Session, gap: int, parent: QWidget | None = None) -> None:
        """`gap`: px between two pictures."""
        super().__init__(Qt.Orientation.Vertical, parent)
        self._session = session
        self._pictures: list[tuple[Panel, str]] = []  # each with its depth
        self._shown: list[Panel] = []  # that are on show, or take turns while presenting
        self._wished = 0  # px, of the first
        self._shares: list[int] = []
        self._room = FIRST_LEAST  # px of height
        self.presenting = False
        self.setChildrenCollapsible(False)
        self.setHandleWidth(gap)

    def add(self, panel: Panel, share: int, depth: str) -> None:
        """One picture more, with its share of the height."""
        self.addWidget(panel)
        panel.installEventFilter(self)
        panel.wish_changed.connect(self._fit_again)
        self._pictures.append((panel, depth))
        self._shares.append(share * 10)
        self.setSizes(self._shares)

    @property
    def pictures(self) -> list[Panel]:
        """Those of the depth on show that the run has anything for, the one that is presented first."""
        depth = CELL if self._session.inside else CHAIN
        depths = (depth, BOTH, PRESENTED) if self.presenting and depth == CHAIN else (depth, BOTH)
        here = [panel for panel, own in self._pictures if own in depths]
        wanted = [panel for panel in here if panel.wanted(self._session)]
        return wanted[:1] if self._session.lesson.alone else wanted

    @property
    def first(self) -> Panel:
        """That which has the keys unless another has been given them: the first in sight."""
        here = self.pictures
        return next((panel for panel in here if panel.isVisibleTo(self)), here[0])

    @property
    def stale(self) -> bool:
        """Whether others are to be shown than those that are, or the first wishes for another height; the others say so
        themselves."""
        return self.pictures != self._shown or (not self.presenting and self._wish() != self._wished)

    def _wish(self) -> int:
        return self._shown[0].wished_height if self._shown else 0

    def show_depth(self) -> None:
        """Shows the pictures of this depth that have room, while presenting only the first of them."""
        here = self._shown = self.pictures
        self._wished = self._wish()
        fitting = self._fitting(here)
        for panel, height in fitting.items():
            if panel.wished_height:
                panel.setMinimumHeight(panel.least_height if self.presenting else height)
        self._show(here[:1] if self.presenting else list(fitting))

    def _show(self, chosen: list[Panel]) -> None:
        """Just these. The focus goes along where it was in a picture that goes: Qt would give it to whatever control
        comes next, which then has the keys."""
        for panel in chosen:
            panel.show()
        going = [panel for panel, _ in self._pictures if panel not in chosen]
        focused = self.window().focusWidget()
        if chosen and focused is not None and any(p is focused or p.isAncestorOf(focused) for p in going):
            chosen[0].setFocus()
        for panel in going:
            panel.hide()

    def fit(self, room: int) -> None:
        """So many px of height are there: where they are too few, the last pictures give way, so that the first can be
        read. (The splitter itself never gets lower than what it shows.)"""
        self._room = room
        if not self.presenting:
            self.show_depth()

    def _fit_again(self) -> None:
        if not self.presenting:
            self.show_depth()

    def _fitting(self, here: list[Panel]) -> dict[Panel, int]:
        """The pictures that have room, each with the least height that it is given."""
        text = self._session.theme.font_px / 13
        own = min(here[0].wished_height, self._room) if here else 0
        least, small = max(round(FIRST_LEAST * text), own), max(round(FIRST_SMALL * text), own)
        room, spare = self._room - least, least - small
        shown = {panel: max(panel.least_height, own) for panel in here[:1]}
        for panel in here[1:]:
            room -= panel.least_height + self.handleWidth()
            if room < 0:
                break
            more = min(max(panel.wished_height - panel.least_height, 0), room + spare)
            shown[panel] = panel.least_height + more
            spare -= max(more - room, 0)
            room = max(room - more, 0)
        return shown

    @property
    def presented(self) -> list[tuple[Panel, bool]]:
        """All pictures that a run has, in their order; each with whether it is of an open cell."""
        found = [(panel, own == CELL) for panel, own in self._pictures if self._has(panel)]
        return sorted(found, key=lambda each: each[1])

    def _has(self, panel: Panel) -> bool:
        return panel.wanted(self._session) and not panel.empty(self._session)

    @property
    def number(self) -> int:
        """Which of them is on show while presenting, from 0."""
        return next((k for k, (panel, _) in enumerate(self.presented) if panel.isVisibleTo(self)), 0)

    def show_only(self, chosen: Panel) -> None:
        """While presenting: one of those of this depth."""
        self._show([chosen])

    def bands(self) -> list[tuple[int, int]]:
        """px from the top to where a message may begin and end: below a picture's heading, which may have tabs, and
        above what its colours mean. The lowest picture comes first and the first one, which matters most, last; a
        picture with controls in it is left alone where there is another."""
        shown = [panel for panel, _ in self._pictures if panel.isVisibleTo(self)]
        best = [each for each in reversed(shown) if not each.has_controls] or shown[::-1]
        title = round(TITLE * self._session.theme.font_px / 13)
        found = [(each.y() + title, each.y() + each.height() - each.foot - FREE) for each in best]
        return found or [(0, self.height())]

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize):
            self.arranged.emit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._session.columns.set_width(event.size().width() / self._session.theme.zoom)
        super().resizeEvent(event)
