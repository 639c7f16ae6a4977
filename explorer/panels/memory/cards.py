"""Beside an open cell: its activations with the step's units on them, and what the gradient on m is made of."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from core.network.scan import Scan
from core.timeline.moment import Whereabouts
from explorer.panels.base import Panel
from explorer.panels.memory.activation_card import ActivationCard
from explorer.panels.memory.share_card import ShareCard
from explorer.panels.memory.words import select_node, selected_scan
from explorer.session.session import Change

_LEAST = 118  # px


class MemoryCards(Panel):
    """Two cards side by side. Everything is made when the cell opens or the run changes, and only where it is seen; the
    playhead moves points and shares."""

    name = "cards"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = ((self.tr("↑ ↓"), self.tr("the next unit on the activation's curve")),)
        self.activation, self.share = ActivationCard(), ShareCard()
        self.activation.unit_chosen.connect(self._select)
        self.share.chosen.connect(self._select)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for card, stretch in ((self.activation, 9), (self.share, 11)):
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            row.addWidget(card, stretch)
        self.setMinimumSize(320, _LEAST)
        self._stale = True

    @property
    def scan(self) -> Scan:
        """The scan whose cell is open."""
        return selected_scan(self.session)

    def refresh(self, flags: Change) -> None:
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self._stale = True
            if self.isVisible():
                self._make()

    def _make(self) -> None:
        session, scan = self.session, self.scan
        self._stale = False
        self._whereabouts = Whereabouts(session.trace, scan.name, session.timeline)
        self.activation.show_cell(session, scan)
        self.share.show_cell(session, scan)
        self.show_time(session.position)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self.session is not None and self._stale:
            self._make()

    def show_time(self, position: float) -> None:
        if self._stale:
            return
        moment = self._whereabouts.at(position)
        self.activation.show_step(moment)
        self.share.show_step(moment)
        self.share.equation.postpone()

    def show_selection(self) -> None:
        if not self._stale:
            self.activation.choose()

    def _select(self, record: str, unit: int | None = None) -> None:
        column = self._whereabouts.at(self.session.position).column
        select_node(self.session, self.scan, record, column, unit)
