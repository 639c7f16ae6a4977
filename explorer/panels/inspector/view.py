"""What the inspector shows: the page of the selection as the playhead sees it, and the cards of what is pinned."""

from __future__ import annotations

import time
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.arithmetic.nodes import Node
from core.chain.rows import input_limit
from core.timeline.timeline import ACCUMULATE, UPDATE
from explorer.items.tables.numbers import NumbersTable
from explorer.items.tables.product import ProductTable
from explorer.panels.base import Listening, Panel
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector import product as product
from explorer.panels.inspector.arithmetic_view import ArithmeticView
from explorer.panels.inspector.chips import Chips
from explorer.panels.inspector.equations_view import EquationsView
from explorer.panels.inspector.heading import Heading
from explorer.panels.inspector.page import Page
from explorer.panels.inspector.pages import Pages
from explorer.panels.inspector.parameter_page import entry_of
from explorer.panels.inspector.pinned import PinnedStack
from explorer.panels.inspector.sum_over_time import SumOverTime
from explorer.session.progress import progress_at
from explorer.session.selection import LOSSES
from explorer.session.session import Change, Session
from explorer.widgets.card import Card
from explorer.widgets.labels import separator, text_label
from explorer.widgets.scroll import SteadyArea

PINNED_SHARE = 0.46  # of the height at most
READABLE_S = 0.1
IN_A_ROW = 3  # quick beats before the panel takes its time: a few manual steps are always shown at once
LEAST_WIDTH = 300  # px at the usual type size; grows with it


class InspectorView(Panel):
    """A heading with buttons; below, scrolling: notes, chips, equations, table, arithmetic, the sum over time. Of
    `session.selection`, or of the playhead's node where nothing is selected.

    Everything below the heading is painted, so that following the playhead makes no widget and typesets nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = 0
        self._records: dict[str, str] = {}  # the record last chosen, by row
        self._opened: tuple[str, bool] | None = None  # the product that is written out, at whatever step it is there
        self.pages = Pages()
        self._page: Page
        self._shown: tuple = ()
        self._beat, self._quick, self._moved_at, self._shown_at = -1, 0, 0.0, 0.0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(round(READABLE_S * 1000))
        self._late.timeout.connect(self.show_now)
        self.chips, self.equations, self.arithmetic = Chips(), EquationsView(), ArithmeticView()
        self.table, self.sums = NumbersTable(), SumOverTime()
        self.bars, self.parameters, self.sum_text = self.sums.bars, self.sums.parameters, self.sums.text
        self.heading, self.notes, self.product = Heading(), text_label("small", wraps=True), ProductTable()
        self.product.hide()
        self.numbers_title = text_label("value", wraps=True)
        self.follow_button, self.pin_button, self.copy_button = QToolButton(), QToolButton(), QToolButton()
        self.follow_button.setText(self.tr("Follow"))
        self.pin_button.setText(self.tr("Pin"))
        self.copy_button.setText(self.tr("Copy"))
        for button in (self.follow_button, self.pin_button, self.copy_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        keeps = self.follow_button.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # the heading beside it does not move
        self.follow_button.setSizePolicy(keeps)
        self.follow_button.setToolTip(
            self.tr("What the playhead computes, in place of the selection.\nA click follows it (Esc).")
        )
        self.pin_button.setToolTip(self.tr("An inspector of its own for this quantity, below.\nA click pins it (I)."))
        self.pin_button.setAccessibleName(self.tr("Pin this inspector"))
        self.copy_button.setToolTip(self.tr("Everything shown, as text with every digit.\nA click copies it (Ctrl+C)."))
        self.copy_button.setAccessibleName(self.tr("Copy as text"))
        self.table.setAccessibleName(self.tr("values and gradients, unit by unit"))
        top = QHBoxLayout()
        top.setSpacing(2)
        top.setContentsMargins(0, 0, 6, 0)
        top.addWidget(self.heading, 1)
        for button in (self.follow_button, self.pin_button, self.copy_button):
            button.setAutoRaise(True)
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(7)
        for each in (self.notes, self.chips, self.equations, separator(), self.table, self.numbers_title):
            column.addWidget(each)
        for each in (self.arithmetic, self.product, separator(), self.sums):
            column.addWidget(each)
        column.addStretch(1)
        self.area = SteadyArea(inside)
        self.card = Card()
        self.card.content.addLayout(top)
        self.card.scroll(self.area)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self.pinned = PinnedStack()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.addWidget(self.card)
        self.splitter.addWidget(self.pinned)
        self.splitter.setStretchFactor(0, 1)
        whole.addWidget(self.splitter)
        order = (self.follow_button, self.pin_button, self.copy_button, self.chips, self.table, self.arithmetic,
                 self.product, self.parameters, self.bars)  # fmt: skip
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # --- what is shown ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.update_changed, self._update_found
        yield session.compared_changed, self._show_theirs

    def _update_found(self) -> None:
        if self.session.time.phase == UPDATE and content.place(self.session).parameter:
            self._shown = ()
            self._show()

    def _show_theirs(self) -> None:
        """A person's own numbers are beside the run's, or no longer are."""
        self._shown = ()
        self._show()

    def page_title(self) -> tuple[str, str]:
        return self.tr("Inspector"), self.tr("The arithmetic of the selection.")

    def refresh(self, flags: Change) -> None:
        """After a change: everything anew, as far as the flags say. While a slider is dragged nothing is typeset."""
        self.equations.postpone()
        if flags & Change.THEME:
            theme = self.session.theme.enlarged
            self.setMinimumWidth(round(LEAST_WIDTH * theme.font_px / 13))
            painted = (self.heading, self.chips, self.equations, self.table, self.arithmetic, self.product, self.sums,
                       self.pinned)  # fmt: skip
            for each in painted:
                each.set_theme(theme)
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self._shown = ()
            if flags & (Change.RUN | Change.VIEW):
                self.sums.refresh(self.session)
                before = len(self.pinned.cards)
                self.pinned.set_pinned(self.session.view.inspectors, self.session.theme)
                self._show()
                if len(self.pinned.cards) != before:
                    self.fit_pinned()
                return
            self._show()

    def show_time(self, position: float) -> None:
        """Follows the playhead; where the beats run faster than anyone can read, ten times a second."""
        self.equations.postpone()
        if self._hurried(position):
            if not self._late.isActive():
                self._late.start()
        else:
            self._show()

    def _hurried(self, position: float) -> bool:
        """Whether beats follow each other too fast to be read, and the last one was shown a moment ago."""
        follows = any(card.pinned.t is None for card in self.pinned.cards)
        if self.session.selection is not None and not follows:  # then only the bars move
            return False
        beat, now = int(position), time.perf_counter()
        if beat == self._beat:
            return self._late.isActive()
        quick = now - self._moved_at < READABLE_S
        self._beat, self._moved_at = beat, now
        self._quick = self._quick + 1 if quick else 0
        if self._quick > IN_A_ROW and now - self._shown_at < READABLE_S:
            return True
        self._shown_at = now
        return False

    def chosen(self) -> tuple:
        """The selected unit, the record of each row, the product written out, and what is summed."""
        return self._unit, dict(self._records), self._opened, self.sums.chosen()

    def choose(self, chosen: tuple) -> None:
        """Takes over the choice of another panel of this kind."""
        self._unit, records, self._opened, summed = chosen
        self._records = dict(records)
        self.sums.choose(summed)
        self._shown = ()
        self._show()

    def show_now(self) -> None:
        """Shows at once what a fast playhead has left for the next tenth of a second."""
        self._late.stop()
        self._shown_at = time.perf_counter()
        self._show()

    def show_selection(self) -> None:
        selection = self.session.selection
        if selection is not None and selection.unit is not None:
            self._unit = selection.unit
        if selection is not None and selection.record not in ("", *LOSSES):
            self._records[selection.row] = selection.record
        self.follow_button.setVisible(selection is not None)
        self._show()

    @property
    def node(self) -> Node:
        """The selected node, with the sample and the gradients that the view asks for."""
        return self.pages.node(self.session, content.place(self.session))

    def _show(self) -> None:
        """Draws the place as the playhead sees it; nothing where that is what is shown already."""
        session = self.session
        place = content.place(session)
        record = place.record or self._records.get(place.row, "")
        there = progress_at(session, place.row, place.t, record)
        late = session.time.phase if place.parameter and session.time.phase in (ACCUMULATE, UPDATE) else ""
        key = (place, record, there, self._unit, late)
        if key != self._shown:
            self._shown = key
            self._page = self.pages.page(session, place, key[1], there, self._unit)
            if place.parameter:
                self.sums.show_entry(place.parameter, entry_of(session.trace, place) or ())
            else:
                self.sums.follow_part(self._page.part)
            self._show_page(self._page)
            self._show_product()
        self.sums.show_time(place.t)
        self._show_pinned()

    def _show_page(self, page: Page) -> None:
        self.heading.set_heading(page.symbol, page.titles)
        notes = " · ".join(filter(None, (page.notes, page.whose)))
        _set(self.notes, notes)
        self.notes.setVisible(bool(notes))
        self.chips.set_chips(page.chips, page.record, page.own)
        self.equations.set_equations(page.equations, page.warm)
        self.table.setVisible(bool(page.columns))
        if page.columns:
            self.table.set_table(page.columns, page.limit, page.unit, page.underflow)
        _set(self.numbers_title, page.numbers_title)
        self.arithmetic.set_entries(page.entries)
        self.setAccessibleDescription(page.sentence)

    def _show_pinned(self, everything: bool = False) -> None:
        """What is pinned, as the playhead sees it; a card that is scrolled out of sight waits until it is not."""
        for card in self.pinned.cards:
            if not everything and card.page is not None and not card.isHidden() and self.pinned.hides(card):
                continue
            place = content.pinned_place(self.session, card.pinned)
            card.setVisible(place is not None)
            if place is None:  # another network; it comes back with its own
                continue
            there = progress_at(self.session, place.row, place.t, place.record)
            if not card.shows((place, there)):
                card.show_page(self.pages.page(self.session, place, place.record, there, place.unit or 0), place.t)

    def _show_product(self) -> None:
        """The product that is open, with this step's numbers, where this node has it."""
        entries = self.arithmetic.entries
        k = product.place_of(entries, self._opened)
        numbers = None
        if k >= 0:
            numbers = product.product_numbers(self.session.trace, self.session.notation, entries[k])
        self.arithmetic.set_open(k if numbers is not None else -1)
        if numbers is not None:
            self.product.set_product(numbers, self.pages.limit, input_limit(self.session.trace))
        self.product.setVisible(numbers is not None)

    def text(self) -> str:
        """Everything shown, as aligned plain text with 17 significant digits."""
        self.show_now()
        self._show_pinned(everything=True)
        shown = self.product.shown if not self.product.isHidden() else None
        opened = f"\n\n{product.text(shown)}" if shown is not None else ""
        pinned = "".join(f"\n\n{card.page.text()}" for card in self.pinned.cards if card.page is not None)
        summed = self.sums.as_text()
        return f"{self._page.text()}{opened}" + (f"\n\n{summed}" if summed else "") + f"{pinned}\n"

    def fit_pinned(self) -> None:
        """The pinned inspectors get what they need, and leave more than half of the height to the main one."""
        height = self.height() - self.splitter.handleWidth()
        wanted = min(self.pinned.wanted_height(), round(PINNED_SHARE * height))
        self.splitter.setSizes([height - wanted, wanted])


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
