"""The page of numbers: any input, target, initial state, weight or bias as a heat map to type into, change with the
wheel and drag."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.arithmetic.matrices import Matrix, key_like, keys, matrix_of, standing
from core.chain.places import place_of_number
from core.chain.rows import NICE, input_limit
from core.choices import INPUTS, TARGETS, Edit
from core.edits.places import class_edits, probability_edits, stacked
from core.trace import Trace
from explorer.items.heat.layout import HeatCells
from explorer.items.legends import decades_scale, values_scale
from explorer.panels.base import Listening
from explorer.panels.numbers import gestures as gesture
from explorer.panels.numbers import words as words
from explorer.panels.numbers.layout import GRADIENTS, NumbersLayout
from explorer.session.session import Change, Selection, Session
from explorer.style.decades import LOW, upper
from explorer.style.numbers import number, parse

BURST_MS = 500  # after this much rest, notches of the wheel and keys are one finished gesture
Cell = tuple[int, int]


class NumbersPanel(NumbersLayout):
    """Shows one matrix of the run for editing; while it is hidden it does nothing.

    The run on show may be a frame behind the edits: changes add to what was typed last.
    """

    name = "numbers"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = "x"
        self._matrix: Matrix | None = None
        self._stale = True
        self._held = 0.0  # the number that a drag began at
        self._drag: Cell | None = None
        self._places: dict[str, Cell] = {}  # the cell selected last, by matrix
        self._known: tuple[str, ...] = ()
        self._burst = QTimer(self)
        self._burst.setSingleShot(True)
        self._burst.setInterval(BURST_MS)
        self._burst.timeout.connect(self._on_rest)
        self.map.says = self._says
        self.map.chosen.connect(self._on_chosen)
        self.map.hovered.connect(self._on_hovered)
        self.map.adjusted.connect(self._on_adjusted)
        self.map.dragged.connect(self._on_dragged)
        self.map.rested.connect(self._on_rest)
        self.map.typed.connect(self._on_typed)
        self.map.lock_requested.connect(self._on_lock)
        self.map.reset_requested.connect(self._on_back)
        self.choice.activated.connect(lambda k: self.show_matrix(self.choice.itemData(k)))
        self.kind.currentChanged.connect(lambda _: self._show())
        self.lock_button.clicked.connect(lambda: self._on_lock(*self.map.cell()))
        self.back_button.clicked.connect(lambda: self._on_back(*self.map.cell()))
        self.class_button.clicked.connect(self._on_class)
        self.rewind_button.clicked.connect(self._on_rewind)

    # --- what is shown ---
    def page_title(self) -> tuple[str, str]:
        return self.tr("Numbers"), self.tr("Type over or drag inputs, targets, weights, initial states (E)")

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.edit_requested, self.take

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

    def show_selection(self) -> None:
        """The number of what was selected elsewhere, where it can be edited."""
        if not self.isVisible():
            return
        name, index = self.session.edits.selected_number()
        if index is not None:
            self._take(name, index)

    def _live(self) -> int:
        """The row of the playhead's step; −1 where the rows are no steps, or it is elsewhere."""
        if self._matrix is None or self._matrix.key not in (INPUTS, TARGETS):
            return -1
        offset = self.session.trace.schedule.offset("out") if self._matrix.key == TARGETS else 0
        t = self.session.time.t - offset
        return t - 1 if 1 <= t <= len(self._matrix.values) else -1

    def take(self, name: str, index: tuple[int, ...] | None = None) -> None:
        """Shows the matrix of a number, by its name or that of its gate, with the number selected; "" for
        the one that was shown last."""
        if name:  # else the one that was selected last
            self._take(name, index)
        self.map.setFocus()

    def _take(self, name: str, index: tuple[int, ...] | None) -> None:
        trace = self.session.trace
        if index is not None:
            name, index = stacked(trace.network, name, index)
        self.show_matrix(key_like(trace, name, index))
        cell = self._matrix.cell(index) if index is not None and self._matrix is not None else None
        if cell is not None:
            self.map.set_cell(*cell)
            self._on_chosen(*cell)

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
        parts = [f"{entry} = {float(matrix.values[cell])!r}", slope]
        return ". ".join(filter(None, (*parts, self._note(matrix, cell))))

    # --- user actions ---
    def _standing(self, cell: Cell) -> float:
        """The number in a cell as it was typed last, in the book's sign."""
        matrix = self._matrix
        assert matrix is not None
        session = self.session
        return matrix.shown(cell, standing(session.experiment, session.trace, matrix.name, matrix.index(cell)))

    def set_number(self, cell: Cell, value: float, name: str | None = None) -> bool:
        """Types a number into a cell; `name` is that of the gesture. False, with a message, where it is refused."""
        matrix = self._matrix
        assert matrix is not None
        return self.session.edit(self._edits(matrix, cell, value), name)

    def _edits(self, matrix: Matrix, cell: Cell, value: float) -> list[Edit]:
        if matrix.key != TARGETS:
            return [matrix.edit(cell, value)]
        # Of targets that are probabilities the whole row goes along.
        t, sample, unit = matrix.index(cell)
        row = np.array([self._standing((cell[0], k)) for k in range(matrix.values.shape[1])])
        return probability_edits(self.session.trace.data, t, sample, unit, value, row)

    def _name(self, what: str, cell: Cell) -> str:
        return f"{what} {self.key} {cell}"

    def _on_chosen(self, row: int, column: int) -> None:
        self._on_rest()
        self._show_number((row, column))
        if self._matrix is not None:  # the inspector has the arithmetic of the same number
            found = place_of_number(self.session.trace, self._matrix.name, self._matrix.index((row, column)),
                                    max(1, self.session.time.t))  # fmt: skip
            self.session.select(Selection(found.row, found.t, record=found.record, unit=found.unit,
                                          parameter=found.parameter, entry=found.entry))  # fmt: skip

    def _on_hovered(self, row: int, column: int) -> None:
        self._show_number((row, column) if row >= 0 else self.map.cell())

    def _on_adjusted(self, row: int, column: int, notches: float, modifiers: Qt.KeyboardModifier, by_key: bool) -> None:
        if self._matrix is None:
            return
        cell = row, column
        value = gesture.adjusted(self._standing(cell), notches, modifiers, by_key)
        if self.set_number(cell, value, self._name("turn", cell)):
            self._burst.start()

    def _on_dragged(self, row: int, column: int, up: float, modifiers: Qt.KeyboardModifier) -> None:
        cell = row, column
        if self._matrix is None:
            return
        if self._drag != cell:
            self._on_rest()
            self._drag, self._held = cell, self._standing(cell)
        self.set_number(cell, gesture.dragged(self._held, up, modifiers), self._name("drag", cell))

    def _on_rest(self) -> None:
        """A gesture is over: what comes next is an entry of its own in the history."""
        self._burst.stop()
        self._drag = None
        if self.session is not None:
            self.session.end_gesture()

    def _on_typed(self, row: int, column: int, text: str) -> None:
        self._on_rest()
        try:
            value = parse(text)
        except ValueError as error:
            self.map.field.set_wrong(True)
            self.session.message.emit(str(error))
            return
        matrix, cell = self._matrix, (row, column)
        assert matrix is not None
        probability = matrix.key == TARGETS and self.session.trace.data.loss != "squared"
        if probability and not 0.0 <= value <= 1.0:  # a wheel stops at the ends; what is typed is meant
            self.map.field.set_wrong(True)
            self.session.message.emit(self.tr("This target is a probability: it lies between 0 and 1."))
            return
        same = matrix.open[cell] and not matrix.locked[cell] and value == self._standing(cell)
        if same or self.set_number(cell, value):
            self.map.close_field()
        else:
            self.map.field.set_wrong(True)

    def _on_lock(self, row: int, column: int) -> None:
        matrix, cell = self._matrix, (row, column)
        if matrix is None:
            return
        self._on_rest()
        if not matrix.open[cell]:
            self.session.message.emit(self._note(matrix, cell))
        elif matrix.locked[cell]:
            self.session.edits.unlock(matrix.name, matrix.index(cell))
        else:
            place = matrix.edit(cell, self._standing(cell))
            self.session.edits.lock(place.name, place.index, place.value, True)
        self._show_number(cell)

    def _on_back(self, row: int, column: int) -> None:
        matrix, cell = self._matrix, (row, column)
        if matrix is None or not matrix.edited[cell]:
            return
        self._on_rest()
        places = [matrix.index(cell)]
        if matrix.key == TARGETS and self.session.trace.data.loss == "categorical":
            places = [matrix.index((row, k)) for k in range(matrix.values.shape[1])]
        self.session.edits.reset_numbers((matrix.name, index) for index in places)

    def _on_class(self) -> None:
        matrix = self._matrix
        if matrix is not None:
            self._on_rest()
            t, sample, unit = matrix.index(self.map.cell())
            self.session.edit(class_edits(self.session.trace.data, t, sample, unit))

    def _on_rewind(self) -> None:
        self._on_rest()
        self.session.edits.rewind()

    # --- Qt ---
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self.session is not None:
            self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        self._on_rest()
        super().hideEvent(event)


def limit_of(values: np.ndarray) -> float:
    """The scale ±limit of a matrix: the next round number above its largest finite |value|, at least ½."""
    finite = np.abs(values[np.isfinite(values)])
    largest = max(float(finite.max(initial=0.0)), 0.5)
    decade = 10.0 ** np.floor(np.log10(largest))
    return float(next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9)))
