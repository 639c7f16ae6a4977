"""The page of numbers: any input, target, initial state, weight or bias as a heat map to type into, change with the
wheel and drag."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from core.arithmetic.matrices import Matrix, key_like
from core.chain.places import place_of_number
from core.choices import TARGETS, Edit
from core.edits.places import class_edits, probability_edits, stacked
from explorer.panels.base import Listening
from explorer.panels.numbers import gestures as gesture
from explorer.panels.numbers import words as words
from explorer.panels.numbers.view import Cell, NumbersView
from explorer.session.session import Selection, Session
from explorer.style.numbers import parse

BURST_MS = 500  # after this much rest, notches of the wheel and keys are one finished gesture


class NumbersPanel(NumbersView):
    """Edits the matrix on show: numbers are typed over, turned, dragged, locked and reset.

    The run on show may be a frame behind the edits: changes add to what was typed last.
    """

    name = "numbers"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._held = 0.0  # the number that a drag began at
        self._drag: Cell | None = None
        self._burst = QTimer(self)
        self._burst.setSingleShot(True)
        self._burst.setInterval(BURST_MS)
        self._burst.timeout.connect(self._on_rest)
        self.map.chosen.connect(self._on_chosen)
        self.map.adjusted.connect(self._on_adjusted)
        self.map.dragged.connect(self._on_dragged)
        self.map.rested.connect(self._on_rest)
        self.map.typed.connect(self._on_typed)
        self.map.lock_requested.connect(self._on_lock)
        self.map.reset_requested.connect(self._on_back)
        self.lock_button.clicked.connect(lambda: self._on_lock(*self.map.cell()))
        self.back_button.clicked.connect(lambda: self._on_back(*self.map.cell()))
        self.class_button.clicked.connect(self._on_class)
        self.rewind_button.clicked.connect(self._on_rewind)

    # --- what is shown ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.edit_requested, self.take

    def show_selection(self) -> None:
        """The number of what was selected elsewhere, where it can be edited."""
        if not self.isVisible():
            return
        name, index = self.session.edits.selected_number()
        if index is not None:
            self._take(name, index)

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

    # --- user actions ---
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

    def hideEvent(self, event: QHideEvent) -> None:
        self._on_rest()
        super().hideEvent(event)
