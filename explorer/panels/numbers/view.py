"""What the page of numbers shows: one matrix as a heat map with its legend, and the selected number in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.arithmetic.matrices import Matrix, key_like, keys, matrix_of, standing
from core.chain.rows import NICE, input_limit
from core.choices import INPUTS, TARGETS
from core.trace import Trace
from explorer.items.heat.layout import HeatCells
from explorer.items.heat.map import HeatMap
from explorer.items.legends import MapLegend, decades_scale, values_scale
from explorer.panels.base import Panel
from explorer.panels.numbers import words as words
from explorer.session.session import Change
from explorer.style.decades import LOW, upper
from explorer.style.numbers import number
from explorer.widgets.card import Card
from explorer.widgets.labels import separator, text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import ended, sentences

VALUES, GRADIENTS = "values", "gradients"
Cell = tuple[int, int]


class NumbersView(Panel):
    """A choice of the matrix, the heat map with its legend, the selected number, and how many were edited; while it is
    hidden it does nothing. `key`: the matrix on show."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Numbers to edit"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(12)
        self.choice.setMaxVisibleItems(24)
        tip = self.tr("The gradients: how much, and in which direction, each number changes L.")
        self.kind = SegmentedControl(
            (
                (VALUES, self.tr("values"), self.tr("The numbers themselves.")),
                (GRADIENTS, self.tr("gradients"), tip),
            )
        )
        self.map, self.legend = HeatMap(), MapLegend(values_scale(1.0), 84, least=24)
        self.entry, self.loss = text_label("value", wraps=True), text_label("value")
        self.slope, self.note = text_label("small", wraps=True), text_label("small", wraps=True)
        self.lock_button = self._button(
            self.tr("Lock"), self.tr("A lock: neither editing nor training changes it.\nA click sets it (K).")
        )
        self.lock_button.setCheckable(True)
        self.back_button = self._button(self.tr("Reset"), self.tr("The number as it was before it was edited (Delete)"))
        self.paste_button = self._button(
            self.tr("Paste"),
            self.tr("Numbers copied from a spreadsheet or a Python list, from the selected one on"),
        )
        self.class_button = self._button(
            self.tr("This class"), self.tr("This class as the target: 1, the others 0.\nA click makes it so.")
        )
        hint = self.tr("Type, or drag a number up and down. Wheel, or Shift+↑ ↓: ±0.1; Ctrl ±0.01; Ctrl+Shift ±0.001.")
        self.hint, self.count = text_label("small", hint, wraps=True), text_label("small", wraps=True)
        self.pin_box = QCheckBox(self.tr("Pin the run before an edit"))
        self.pin_box.setToolTip(self.tr("The run before stays in the plots; Shift+D shows the difference in the nodes"))
        self.pin_box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pin_box.clicked.connect(lambda on: setattr(self.session.edits, "pins_before", on))
        self.rewind_button = self._button(
            self.tr("Rewind to the same start"),
            self.tr("Every number as the seeds make it.\nA click resets them and goes back to the first step."),
        )
        self._rows: tuple[tuple[QHBoxLayout, QWidget, QWidget], ...] = ()
        self.key = "x"
        self._matrix: Matrix | None = None
        self._stale = True
        self._places: dict[str, Cell] = {}  # the cell selected last, by matrix
        self._known: tuple[str, ...] = ()
        self.map.says = self._says
        self.map.hovered.connect(self._on_hovered)
        self.choice.activated.connect(lambda k: self.show_matrix(self.choice.itemData(k)))
        self.kind.currentChanged.connect(lambda _: self._show())
        self._arrange()

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _arrange(self) -> None:
        self.card = Card()
        top, buttons, last = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self.kind.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        top.addWidget(self.kind)
        top.addWidget(self.legend, 1)
        head = QHBoxLayout()
        head.addWidget(self.entry, 1)
        head.addWidget(self.loss)
        for button in (self.lock_button, self.back_button, self.paste_button, self.class_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        last.addWidget(self.count, 1)
        last.addWidget(self.rewind_button)
        self.rewind_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for row in (top, buttons, last):
            row.setSpacing(8)
        add = self.card.content
        self.card.add(self.choice)
        add.addLayout(top)
        self.card.add(self.map, 1)
        self.card.add(separator())
        add.addLayout(head)
        for each in (self.slope, self.note):
            self.card.add(each)
        add.addLayout(buttons)
        self.card.add(self.pin_box)
        self.card.add(self.hint)
        self.card.add(separator())
        add.addLayout(last)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self._rows = (top, self.kind, self.legend), (last, self.count, self.rewind_button)

    # --- what is shown ---
    def page_title(self) -> tuple[str, str]:
        return self.tr("Numbers"), self.tr("Inputs, targets, weights and initial states, to type over or drag (E).")

    def refresh(self, flags: Change) -> None:
        if flags & Change.THEME:
            self.map.set_theme(self.session.theme)
            self.legend.set_theme(self.session.theme)
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self._stale = True
            if self.isVisible():
                self._show()

    def show_time(self, position: float) -> None:
        """The playhead's row, where the rows are steps."""
        cells = self.map.cells()
        if self.isVisible() and cells is not None and cells.live != self._live():
            self.map.set_cells(replace(cells, live=self._live()))

    def _live(self) -> int:
        """The row of the playhead's step; −1 where the rows are no steps, or it is elsewhere."""
        if self._matrix is None or self._matrix.key not in ("x", TARGETS):
            return -1
        offset = self.session.trace.schedule.before_output if self._matrix.key == TARGETS else 0
        t = self.session.time.t - offset
        return t - 1 if 1 <= t <= len(self._matrix.values) else -1

    def chosen(self) -> str:
        """The matrix on show."""
        return self.key

    def choose(self, chosen: str) -> None:
        """Takes over the choice of another panel of this kind."""
        self.show_matrix(chosen)

    def show_matrix(self, key: str) -> None:
        """Another matrix; the cell that was selected there is selected again."""
        self._places[self.key] = self.map.cell()
        self.key = key
        self._show()
        self.map.set_cell(*self._places.get(key, (0, 0)))
        self._show_number(self.map.cell())

    def _show(self) -> None:
        session = self.session
        trace, view = session.trace, session.view
        self._stale = False
        self.key = key_like(trace, self.key)
        self._fill_choice(trace)
        used = view.gradient != "exact"
        self._matrix = matrix = matrix_of(trace, self.key, view.sample, session.notation, used, session.experiment)
        self.map.set_cells(self._cells(matrix))
        self.map.setAccessibleName(self.choice.currentText())
        self._show_number(self.map.cell())
        self._show_count()
        if self.map.field.isVisible():
            self.map.field.set_number(repr(self._standing(self.map.cell())))

    def _fill_choice(self, trace: Trace) -> None:
        notation, sample = self.session.notation, self.session.view.sample
        texts = tuple(words.choice_text(trace, key, notation, sample) for key in keys(trace))
        with QSignalBlocker(self.choice):
            if texts != self._known:
                self._known = texts
                self.choice.clear()
                for key, text in zip(keys(trace), texts, strict=True):
                    self.choice.addItem(text, key)
            self.choice.setCurrentIndex(keys(trace).index(self.key))

    def _cells(self, matrix: Matrix) -> HeatCells:
        whole = {
            "rows": matrix.rows, "columns": matrix.columns, "used": matrix.open, "free": matrix.open & ~matrix.locked,
            "edited": matrix.edited, "locked": matrix.locked, "live": self._live(),
        }  # fmt: skip
        gradients = matrix.gradients
        self.kind.setEnabled(gradients is not None)
        if gradients is not None and self.kind.current() == GRADIENTS:
            finite = np.abs(gradients[np.isfinite(gradients)])
            high = upper(float(finite.max(initial=0.0)))
            self.legend.set_scale(decades_scale(LOW, high))
            return HeatCells(gradients, "gradient", decades=(LOW, high), numbers=matrix.values, **whole)
        limit = input_limit(self.session.trace) if matrix.key == INPUTS else limit_of(matrix.values)
        self.legend.set_scale(values_scale(limit))
        return HeatCells(matrix.values, "value", limit=limit, **whole)

    def _show_number(self, cell: Cell) -> None:
        """The number of a cell in words, and what can be done with the selected one."""
        matrix = self._matrix
        if matrix is None:
            return
        entry = words.entry_text(self.session.trace, matrix, cell, self.session.notation)
        value = float(matrix.values[cell])
        self.entry.setText(f"{entry} = {words.number_text(value)}")
        self.slope.setText(words.slope_text(matrix, cell, entry, self.session.notation))
        self.note.setText(self._note(matrix, cell))
        selected = self.map.cell()
        self.lock_button.setChecked(bool(matrix.locked[selected]))
        self.lock_button.setText(self.tr("Unlock") if matrix.locked[selected] else self.tr("Lock"))
        self.lock_button.setEnabled(bool(matrix.open[selected]))
        self.back_button.setEnabled(bool(matrix.edited[selected]) and not matrix.locked[selected])
        self.class_button.setVisible(matrix.key == TARGETS and self.session.trace.data.loss == "categorical")

    def _note(self, matrix: Matrix, cell: Cell) -> str:
        """Whether it is as the seed made it."""
        if not matrix.open[cell]:
            return self.session.edits.refusal(matrix.edit(cell, 0.0))
        if matrix.locked[cell]:
            return self.tr("locked: kept by another seed and by training")
        if matrix.edited[cell]:
            index = matrix.index(cell)
            was = matrix.shown(cell, standing(self.session.experiment, self.session.trace, matrix.name, index, False))
            return self.tr("edited; it was {v}").format(v=words.number_text(was))
        return self.tr("as the seed made it") if not self.session.trace.own_parameters else self.tr("not typed over")

    def _show_count(self) -> None:
        edits = self.session.experiment.edits
        locked = sum(edit.locked for edit in edits)
        self.count.setText(words.typed_text(len(edits), locked))
        self.loss.setText(f"L = {number(self.session.trace.loss, 4)}")
        self.rewind_button.setEnabled(bool(edits))

    def _says(self, row: int, column: int) -> str:
        matrix = self._matrix
        if matrix is None or row >= matrix.values.shape[0] or column >= matrix.values.shape[1]:
            return ""
        cell = row, column
        entry = words.entry_text(self.session.trace, matrix, cell, self.session.notation)
        slope = words.slope_text(matrix, cell, entry, self.session.notation)
        parts = f"{entry} = {words.number_text(float(matrix.values[cell]))}", slope, self._note(matrix, cell)
        *before, last = filter(None, parts)
        return sentences((*map(ended, before), last))

    def _on_hovered(self, row: int, column: int) -> None:
        self._show_number((row, column) if row >= 0 else self.map.cell())

    def _standing(self, cell: Cell) -> float:
        """The number in a cell as it was typed last, in the book's sign."""
        matrix = self._matrix
        assert matrix is not None
        session = self.session
        return matrix.shown(cell, standing(session.experiment, session.trace, matrix.name, matrix.index(cell)))

    # --- Qt ---
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self.session is not None:
            self._show()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._stack()
        return super().event(event)

    def _stack(self) -> None:
        """Two that do not fit beside each other, in large type, stand below each other; no word of theirs is cut."""
        room = self.width() - 36  # what the card keeps around its content
        for row, first, second in self._rows:
            least = second.minimumSizeHint() if second is self.legend else second.sizeHint()
            fits = first.sizeHint().width() + 8 + least.width() <= room
            way = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
            if row.direction() != way:
                row.setDirection(way)


def limit_of(values: np.ndarray) -> float:
    """The scale ±limit of a matrix: the next round number above its largest finite |value|, at least ½."""
    finite = np.abs(values[np.isfinite(values)])
    largest = max(float(finite.max(initial=0.0)), 0.5)
    decade = 10.0 ** np.floor(np.log10(largest))
    return float(next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9)))
