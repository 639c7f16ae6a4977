"""The inspector: the arithmetic of the selected node or edge, and the gradient of a parameter as its sum over time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QWidget,
)

from core.arithmetic.nodes import Node, node_of
from core.chain.places import row_of_parameter
from core.chain.rows import OUTPUT, Piece, input_limit, row_named
from core.documents.storage import MOST_INSPECTORS, Inspector
from core.timeline.timeline import ACCUMULATE
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector import product as product
from explorer.panels.inspector import typing
from explorer.panels.inspector.layout import InspectorLayout
from explorer.panels.inspector.page import Page
from explorer.panels.inspector.pages import Pages
from explorer.panels.inspector.parameter_page import PARAMETER, entry_of
from explorer.session.progress import progress_at
from explorer.session.selection import LOSSES
from explorer.session.session import Change, Selection

READABLE_S = 0.1
IN_A_ROW = 3  # quick beats before the panel takes its time: a few manual steps are always shown at once
LEAST_WIDTH = 300  # px at the usual type size; grows with it


class InspectorPanel(InspectorLayout):
    """Shows `session.selection`, or the playhead's node where nothing is selected.

    Everything below the heading is painted, so that following the playhead makes no widget and typesets nothing.
    """

    name = "inspector"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = 0
        self._records: dict[str, str] = {}  # the record last chosen, by row
        self._opened: tuple[str, bool] | None = None  # the product that is written out, at whatever step it is there
        self.pages = Pages()
        self._page: Page
        self._shown: tuple = ()
        self._accumulating: bool | None = None  # until the first look, which begins at the top
        self._beat, self._quick, self._moved_at, self._shown_at = -1, 0, 0.0, 0.0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(round(READABLE_S * 1000))
        self._late.timeout.connect(self.show_now)
        self.chips.chosen.connect(self._on_record)
        self.table.unit_chosen.connect(self._on_unit)
        self.table.edit_requested.connect(
            lambda k: typing.begin(self.session, self.table, content.place(self.session), k)
        )
        self.table.typed.connect(lambda *to: typing.take(self.session, self.table, content.place(self.session), *to))
        self.arithmetic.opened.connect(self._on_opened)
        self.product.closed.connect(self._close_product)
        self.sums.step_chosen.connect(self._on_step)
        self.sums.entry_chosen.connect(self._on_entry)
        self.product.weight_chosen.connect(self._on_weight)
        self.copy_button.clicked.connect(self.copy)
        self.pin_button.clicked.connect(self.pin)
        self.pinned.changed.connect(self._on_pinned)
        self.pinned.scrolled.connect(self._show_pinned)
        self.pinned.opened.connect(self._on_pinned_opened)
        self.follow_button.clicked.connect(self._on_follow)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # --- what is shown ---
    def page_title(self) -> tuple[str, str]:
        return self.tr("Inspector"), self.tr("The arithmetic of the selection")

    def refresh(self, flags: Change) -> None:
        """After a change: everything anew, as far as the flags say. While a slider is dragged nothing is typeset."""
        self.equations.postpone()
        if flags & Change.THEME:
            theme = self.session.theme
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
        there = progress_at(session, place.row, place.t)
        key = (place, place.record or self._records.get(place.row, ""), there, self._unit)
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
        accumulating = session.timeline.at(session.position).phase == ACCUMULATE and session.selection is None
        if accumulating and self._accumulating is False:
            self.area.ensureWidgetVisible(self.sum_text, 0, 0)
        elif self._accumulating and not accumulating:
            self.area.verticalScrollBar().setValue(0)
        self._accumulating = accumulating

    def _show_page(self, page: Page) -> None:
        self.heading.set_heading(page.symbol, page.title)
        _set(self.notes, page.notes)
        self.notes.setVisible(bool(page.notes))
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
            there = progress_at(self.session, place.row, place.t)
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

    # --- user actions ---
    def copy(self) -> None:
        """Everything shown, as text with every digit, to the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def text(self) -> str:
        """Everything shown, as aligned plain text with 17 significant digits."""
        self.show_now()
        self._show_pinned(everything=True)
        shown = self.product.shown if not self.product.isHidden() else None
        opened = f"\n\n{product.text(shown)}" if shown is not None else ""
        pinned = "".join(f"\n\n{card.page.text()}" for card in self.pinned.cards if card.page is not None)
        summed = self.sums.as_text()
        return f"{self._page.text()}{opened}" + (f"\n\n{summed}" if summed else "") + f"{pinned}\n"

    def _on_record(self, record: str) -> None:
        place = content.place(self.session)
        if record.startswith(PARAMETER):
            self._select_entry(record.removeprefix(PARAMETER), ())
        elif record in LOSSES:
            self.session.select(Selection(OUTPUT, place.t, record=record, unit=self._unit))
        elif record in dict(self.node.rows)[place.row]:
            self.session.select(Selection(place.row, place.t, record=record, unit=self._unit))
        else:
            node = self.node
            self.session.select(Selection(node.row_of(record), node.column, record=record, unit=self._unit))

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"pin what is shown": self.pin}

    def pin(self) -> None:
        """Keeps what is shown in an inspector of its own: what is selected at its step, else with the playhead."""
        session, place = self.session, content.place(self.session)
        if len(session.view.inspectors) == MOST_INSPECTORS:
            text = self.tr("%n quantities are pinned already; unpin one first.", "", MOST_INSPECTORS)
            session.message.emit(text)
            return
        t = None if session.selection is None else place.t
        pinned = Inspector(row=place.row, record=self._page.record, unit=self._page.unit, t=t, source=place.source,
                           recurrent=place.recurrent)  # fmt: skip
        if pinned not in session.view.inspectors:
            session.set_view(inspectors=(*session.view.inspectors, pinned))

    def unpin(self) -> None:
        """Unpins all inspectors."""
        self.session.set_view(inspectors=())

    def _on_pinned(self, place: int, pinned: Inspector | None) -> None:
        kept = list(self.session.view.inspectors)
        kept[place : place + 1] = [] if pinned is None else [pinned]
        self.session.set_view(inspectors=tuple(dict.fromkeys(kept)))

    def _on_pinned_opened(self, place: int, entry: int) -> None:
        """A product of a pinned inspector is written out in the main one."""
        card = self.pinned.cards[place]
        self._opened = product.identity(card.arithmetic.entries[entry])
        pinned = card.pinned
        self.session.select(Selection(pinned.row, card.t, pinned.source, pinned.recurrent, pinned.record, pinned.unit))
        self._show_product()
        self._reveal_product()

    def _on_unit(self, unit: int) -> None:
        if self._page.what == "steps":
            column = unit + 1 + self.session.trace.schedule.offset("out")
            self.session.select(Selection(OUTPUT, column, record=LOSSES[0], unit=self._unit))
            return
        if self._page.what == "rows":
            self.sums.choose_row(unit)
            return
        self._unit = unit
        if self.session.selection is not None:
            self.session.select(replace(self.session.selection, unit=unit))
        self._show()

    def _on_opened(self, k: int) -> None:
        """Opens the product of an entry of the arithmetic, or closes it."""
        wanted = product.identity(self.arithmetic.entries[k])
        self._opened = None if wanted == self._opened else wanted
        self._show_product()
        if self._opened is not None:
            self._reveal_product()
            if self.arithmetic.hasFocus():
                self.product.setFocus()

    def _reveal_product(self) -> None:
        """Scrolls to it, once the layout has made room for it."""
        QTimer.singleShot(0, self.product, lambda: self.area.ensureWidgetVisible(self.product, 0, 8))

    def _close_product(self) -> None:
        self._opened = None
        self.arithmetic.setFocus()
        self._show_product()

    def _on_weight(self, element: int) -> None:
        """A weight of the open product: its gradient as a sum over time."""
        entry = self.arithmetic.entries[product.place_of(self.arithmetic.entries, self._opened)]
        if entry.product is not None:
            self._select_entry(entry.product.parameter, product.weight_entry(entry.product, element))

    def _select_entry(self, name: str, index: tuple[int, ...]) -> None:
        """The page of one entry of a parameter, at the node that it makes."""
        t = content.place(self.session).t
        row, record = row_of_parameter(self.session.trace, name)
        piece = next(iter(self._pieces(row, name)))
        t = min(max(t, piece.offset + 1), piece.offset + piece.steps)
        self.session.select(Selection(row, t, record=record, unit=self._unit, parameter=name, entry=index))

    def _pieces(self, row: str, name: str) -> list[Piece]:
        pieces = row_named(self.session.trace, row).pieces
        return [each for each in pieces if each.part == name.partition(".")[0]] or list(pieces)

    def _on_entry(self, name: str, index: tuple[int, ...]) -> None:
        """Another entry is looked at below: the page of a parameter goes along."""
        selection = self.session.selection
        if selection is not None and selection.parameter:
            self._select_entry(name, index)

    def _on_step(self, column: int) -> None:
        """The node at which the parameter's addend of that column is made."""
        addends = self.sums.addends
        record = addends.record
        node = node_of(self.session.trace, addends.scan.name, 1)
        assert node is not None
        names = {name for _, names in node.rows for name in names}
        # The stack h of a gated cell is no record of its own; its parameter names one block of it.
        row = node.row_of(record) if record in names else node.rows[1][0]
        self.session.select(Selection(row, column, record=record if record in names else "", unit=self._unit))

    def _on_follow(self) -> None:
        self.session.select(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.session is not None and self.session.selection is not None:
            self._on_follow()
        else:
            super().keyPressEvent(event)


def _set(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
