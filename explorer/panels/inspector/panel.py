"""The inspector: the arithmetic of the selected node or edge, and the gradient of a parameter as its sum over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from core.arithmetic.nodes import node_of
from core.chain.places import row_of_parameter
from core.chain.rows import OUTPUT_ROW, Piece, row_named
from core.documents.storage import MOST_INSPECTORS, Inspector
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector import product as product
from explorer.panels.inspector import typing
from explorer.panels.inspector.parameter_page import PARAMETER
from explorer.panels.inspector.view import InspectorView
from explorer.session.selection import LOSSES
from explorer.session.session import Selection


class InspectorPanel(InspectorView):
    """What a person does in it: chooses a quantity, a unit, a step, opens a product, pins, copies and types."""

    name = "inspector"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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

    def copy(self) -> None:
        """Everything shown, as text with every digit, to the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def _on_record(self, record: str) -> None:
        place = content.place(self.session)
        if record.startswith(PARAMETER):
            self._select_entry(record.removeprefix(PARAMETER), ())
        elif record in LOSSES:
            self.session.select(Selection(OUTPUT_ROW, place.t, record=record, unit=self._unit))
        elif record in dict(self.node.rows)[place.row]:
            self.session.select(Selection(place.row, place.t, record=record, unit=self._unit))
        else:
            node = self.node
            self.session.select(Selection(node.row_of(record), node.column, record=record, unit=self._unit))

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"pin what is shown": self.pin, "show the equation": self.show_equation}

    def show_equation(self) -> None:
        """Scrolls to the equations, whatever was looked at before; once everything has its place."""
        self.show_now()

        def scroll() -> None:
            self.area.verticalScrollBar().setValue(self.equations.y())

        QTimer.singleShot(0, self, scroll)

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
            column = unit + 1 + self.session.trace.schedule.before_output
            self.session.select(Selection(OUTPUT_ROW, column, record=LOSSES[0], unit=self._unit))
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
