"""The inspector: the arithmetic of the node or edge in hand, and the gradient of a parameter as its sum over time."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QLabel,
    QWidget,
)

from core.chain import row_named, value_limit
from core.inspection import Step
from core.inspection_plan import Plan
from core.inspection_text import edge_text, node_text
from core.notations.base import Notation
from core.timeline import ACCUMULATE
from core.trace import Trace
from explorer.panels import inspector_content as content
from explorer.panels import inspector_product as product
from explorer.panels.inspector_layout import InspectorLayout
from explorer.session import Change, Selection

READABLE_S = 0.1
IN_A_ROW = 3  # quick beats before the panel takes its time: a few steps by hand are always shown at once
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
        self._plans: dict[str, Plan] = {}  # by part, of one trace
        self._plans_of: tuple[Trace, Notation] | None = None
        self._shown: tuple = ()
        self._limit: tuple[Trace, int, float] | None = None
        self._accumulating = False
        self._beat, self._quick, self._moved_at, self._shown_at = -1, 0, 0.0, 0.0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(round(READABLE_S * 1000))
        self._late.timeout.connect(self.show_now)
        self.chips.chosen.connect(self._on_record)
        self.table.unit_chosen.connect(self._on_unit)
        self.arithmetic.opened.connect(self._on_opened)
        self.product.closed.connect(self._close_product)
        self.sums.step_chosen.connect(self._on_step)
        self.product.weight_chosen.connect(self._on_weight)
        self.copy_button.clicked.connect(self.copy)
        self.follow_button.clicked.connect(self._on_follow)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self, self.copy)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # --- what is shown ---
    def refresh(self, flags: Change) -> None:
        """After a change: everything anew, as far as the flags say. While a slider is dragged nothing is typeset."""
        self.equations.postpone()
        if flags & Change.THEME:
            theme = self.session.theme
            self.setMinimumWidth(round(LEAST_WIDTH * theme.font_px / 13))
            painted = (self.heading, self.chips, self.equations, self.table, self.arithmetic, self.product, self.sums)
            for each in painted:
                each.set_theme(theme)
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self._shown = ()
            if flags & (Change.RUN | Change.VIEW):
                self.sums.refresh(self.session)
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
        if self.session.selection is not None:  # then only the bars move
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

    def show_now(self) -> None:
        """Shows at once what a fast playhead has left for the next tenth of a second."""
        self._late.stop()
        self._shown_at = time.perf_counter()
        self._show()

    def show_selection(self) -> None:
        selection = self.session.selection
        if selection is not None and selection.unit is not None:
            self._unit = selection.unit
        if selection is not None and selection.record:
            self._records[selection.row] = selection.record
        self.follow_button.setVisible(selection is not None)
        self._show()

    @property
    def step(self) -> Step:
        """The step in hand, with the sample and the gradients that the view asks for."""
        session = self.session
        used = session.view.gradient != "exact"
        part, t = content.part_of(session.trace, content.place(session))
        if self._plans_of != (session.trace, session.notation):
            self._plans, self._plans_of = {}, (session.trace, session.notation)
        if part not in self._plans:
            self._plans[part] = Plan(session.trace, part, session.notation)
        return Step(session.trace, t, session.view.sample, used, self._plans[part])

    def _show(self) -> None:
        """Draws the place as the playhead sees it; nothing where that is what is shown already."""
        session = self.session
        place = content.place(session)
        there = content.seen(session, place.row, place.t)
        record = content.default_record(session, place.row, place.record or self._records.get(place.row, ""))
        key = (place, record, there, self._unit)
        if key != self._shown:
            self._shown = key
            step = self.step
            self.sums.follow_part(step.scan.name)
            if content.plain(session.trace, place):
                self._show_plain(place, record, there)
            elif place.source:
                self._show_edge(step, place, there)
            else:
                self._show_node(step, place, record, there)
            self._show_product()
        self.sums.show_time(place.t)
        accumulating = session.timeline.at(session.position).phase == ACCUMULATE and session.selection is None
        if accumulating and not self._accumulating:
            self.area.ensureWidgetVisible(self.sum_text, 0, 0)
        elif self._accumulating and not accumulating:
            self.area.verticalScrollBar().setValue(0)
        self._accumulating = accumulating

    def _show_node(self, step: Step, place: Selection, record: str, there: content.Seen) -> None:
        unit = min(self._unit, len(step.value(record)) - 1)
        title = step.title(record) + self.tr(" at t = {t}").format(t=step.t)
        self._set_heading(step.symbol(record), title)
        self._set_notes(content.notes_of(self.session, step, record))
        groups = content.chip_groups(step.plan)
        own = next((names for row, names in step.rows if row == place.row), ())
        self.chips.set_chips(groups, record, own)
        self.equations.set_equations(content.equations_of(step, record), lambda: content.warm_equations(step.plan))
        self.table.setVisible(True)
        underflow = bool(step.scan.order(step.trace.underflow[step.scan.name])[step.t - 1])
        self.table.set_table(content.columns_of(step, record, there), self._value_limit(), unit, underflow)
        _set(self.numbers_title, self.tr("With this step’s numbers, unit {i}").format(i=unit + 1))
        entries = content.entries_of(step.forward(record, unit), there.forward, False)
        back = step.backward(record, unit)
        if back is not None:
            entries += content.entries_of(back, there.backward, True)
        self.arithmetic.set_entries(tuple(entries))
        self.setAccessibleDescription(content.sentence(step, record, there))

    def _show_product(self) -> None:
        """The product that is open, with this step's numbers, where this node has it."""
        entries = self.arithmetic.entries
        k = product.place_of(entries, self._opened)
        numbers = None
        if k >= 0:
            numbers = product.product_numbers(self.session.trace, self.session.notation, entries[k])
        self.arithmetic.set_open(k if numbers is not None else -1)
        if numbers is not None:
            self.product.set_product(numbers, self._value_limit())
        self.product.setVisible(numbers is not None)

    def _show_plain(self, place: Selection, record: str, there: content.Seen) -> None:
        """A node that no cell makes: a join, a convolution, a context, the weights of attention."""
        trace, notation = self.session.trace, self.session.notation
        row, equation = content.plain_row(trace, place, notation), content.plain_equation(trace, place, notation)
        symbol, t = content.plain_symbol(trace, place, notation)
        self._set_heading(symbol, row.title + self.tr(" at t = {t}").format(t=t))
        self._set_notes(equation)
        self.chips.set_chips((tuple((name, row.text) for _, name in row.signals),), record, (record,))
        self.equations.set_equations((), lambda: ())
        columns = content.plain_columns(self.session, place, there)
        self.table.setVisible(True)
        unit = min(self._unit, len(columns[0].values) - 1)
        self.table.set_table(columns, self._value_limit(), unit, False)
        _set(self.numbers_title, "")
        self.arithmetic.set_entries(())
        self.setAccessibleDescription(", ".join(filter(None, (symbol, row.title, equation))))

    def _show_edge(self, step: Step, place: Selection, there: content.Seen) -> None:
        found = step.edge(place.source, place.row, place.recurrent, self._unit)
        length = max((len(each.vector) for each in found), default=1)
        unit = min(self._unit, length - 1)
        start = step.t - step.way * int(place.recurrent)
        symbol = f"{self._node_symbol(step, place.source, start)} → {self._node_symbol(step, place.row, step.t)}"
        self._set_heading(symbol, self.tr("what goes back along this edge"))
        self._set_notes(content.notes_of(self.session, step, step.rows[-1][1][0]))
        groups = content.chip_groups(step.plan)
        self.chips.set_chips(groups, "", ())
        self.equations.set_equations(content.edge_equations(found), lambda: content.warm_equations(step.plan))
        columns = content.edge_columns(found, step, there.backward)
        self.table.setVisible(bool(columns))
        if columns:
            self.table.set_table(columns, 1.0, unit)
        _set(self.numbers_title, self.tr("With this step’s numbers, unit {i}").format(i=unit + 1))
        entries = content.edge_entries(found, step, place.recurrent, unit, there.backward)
        self.arithmetic.set_entries(entries or content.no_edge())
        self.setAccessibleDescription(f"{symbol}. " + "; ".join(self.arithmetic.texts()))

    def _node_symbol(self, step: Step, row: str, t: int) -> str:
        name = content.default_record(self.session, row)
        shown = row_named(step.trace, row, self.session.notation)
        if row not in dict(step.rows) or len(shown.lines) > 1:
            own = self.tr("{row} at {t}").format(row=shown.text, t=t)
            return own if len(shown.lines) > 1 else content.at_step(shown.text, t, self.session.notation)
        return step.plan.at(t).symbol(step.cell, name)

    def _value_limit(self) -> float:
        trace, sample = self.session.trace, self.session.view.sample
        if self._limit is None or self._limit[0] is not trace or self._limit[1] != sample:
            self._limit = (trace, sample, value_limit(trace, sample))
        return self._limit[2]

    def _set_heading(self, symbol: str, title: str) -> None:
        self.heading.set_heading(symbol, title)

    def _set_notes(self, text: str) -> None:
        _set(self.notes, text)
        self.notes.setVisible(bool(text))

    # --- what a person does ---
    def copy(self) -> None:
        """Everything shown, as text with every digit, to the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def text(self) -> str:
        """Everything shown, as aligned plain text with 17 significant digits."""
        self.show_now()
        place, record, there, unit = self._shown
        step = self.step
        if content.plain(self.session.trace, place):
            head = content.plain_text(self.session, place, there)
        elif place.source:
            head = edge_text(step, place.source, place.row, place.recurrent, unit, there.backward)
        else:
            unit = min(unit, len(step.value(record)) - 1)
            head = node_text(step, record, unit, there.forward, there.backward)
        shown = self.product.shown if not self.product.isHidden() else None
        opened = f"\n\n{product.text(shown)}" if shown is not None else ""
        return f"{head}{opened}\n\n{self.sums.as_text()}\n"

    def _on_record(self, record: str) -> None:
        step = self.step
        place = content.place(self.session)
        if content.plain(self.session.trace, place):
            self.session.select(replace(place, record=record, unit=self._unit))
            return
        self.session.select(Selection(step.row_of(record), step.column, record=record, unit=self._unit))

    def _on_unit(self, unit: int) -> None:
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
            self.area.ensureWidgetVisible(self.product, 0, 4)
            if self.arithmetic.hasFocus():
                self.product.setFocus()

    def _close_product(self) -> None:
        self._opened = None
        self.arithmetic.setFocus()
        self._show_product()

    def _on_weight(self, element: int) -> None:
        """A weight of the open product: its gradient as a sum over time."""
        entry = self.arithmetic.entries[product.place_of(self.arithmetic.entries, self._opened)]
        if entry.product is not None:
            self.sums.show_entry(entry.product.parameter, product.weight_entry(entry.product, element))

    def _on_step(self, column: int) -> None:
        """The node at which the parameter's addend of that column is made."""
        addends = self.sums.addends
        record = addends.record
        step = Step(self.session.trace, 1, plan=Plan(self.session.trace, addends.scan.name))
        names = {name for _, names in step.rows for name in names}
        # The stack h of a gated cell is no record of its own; its parameter names one block of it.
        row = step.row_of(record) if record in names else step.rows[1][0]
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
