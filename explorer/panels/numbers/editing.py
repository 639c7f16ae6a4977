"""What a person does with a heat map of editable numbers, as edits of the session: type, turn, drag, lock, reset.

The run on show may be a frame behind the edits: changes add to what was typed last.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from core.arithmetic.matrices import Cell, Matrix, standing
from core.chain.places import place_of_number
from core.choices import TARGETS, Edit
from core.edits.places import NUMBERS, class_edits, probability_edits
from core.maths.arrays import Array
from explorer.items.heat.map import HeatMap
from explorer.panels.numbers import gestures as gesture
from explorer.session.session import Selection, Session
from explorer.style.numbers import parse
from explorer.style.pasted import cells_of
from explorer.words import translator

MOST_PASTED = 256  # rows and columns
BURST_MS = 500  # after this much rest, notches of the wheel and keys are one finished gesture

tr = translator("numbers")


class MatrixEditing(QObject):
    """Between a heat map and the session. `shown()`: the session and the matrix on the map; None where there is none.
    A drag, or a burst of the wheel, is one entry of the history."""

    chosen = Signal(int, int)  # a cell, by a person
    changed = Signal(int, int)  # a cell that was locked or unlocked

    def __init__(self, heat: HeatMap, shown: Callable[[], tuple[Session, Matrix] | None], parent: QObject) -> None:
        super().__init__(parent)
        self._map, self._shown = heat, shown
        self._held = 0.0  # the number that a drag began at
        self._drag: Cell | None = None
        self._session: Session | None = None  # in which a gesture is under way
        self.burst = QTimer(self)
        self.burst.setSingleShot(True)
        self.burst.setInterval(BURST_MS)
        self.burst.timeout.connect(self.rest)
        heat.chosen.connect(self.choose)
        heat.adjusted.connect(self._on_adjusted)
        heat.dragged.connect(self._on_dragged)
        heat.rested.connect(self.rest)
        heat.typed.connect(self._on_typed)
        heat.lock_requested.connect(self.toggle_lock)
        heat.reset_requested.connect(self.reset)
        heat.pasted.connect(lambda *cell: self.paste(cell))

    def standing(self, cell: Cell) -> float:
        """The number in a cell as it was typed last, in the book's sign."""
        session, matrix = self._here()
        return matrix.shown(cell, standing(session.experiment, session.trace, matrix.name, matrix.index(cell)))

    def set_number(self, cell: Cell, value: float, name: str | None = None) -> bool:
        """Types a number into a cell; `name` is that of the gesture. False, with a message, where it is refused."""
        session, matrix = self._here()
        self._session = session
        return session.edit(self._edits(session, matrix, cell, value), name)

    def choose(self, row: int, column: int) -> None:
        """Selects the number, whose arithmetic the inspector has."""
        self.rest()
        session, matrix = self._here()
        found = place_of_number(session.trace, matrix.name, matrix.index((row, column)), max(1, session.time.t))
        session.select(Selection(found.row, found.t, record=found.record, unit=found.unit,
                                 parameter=found.parameter, entry=found.entry))  # fmt: skip
        self.chosen.emit(row, column)

    def rest(self) -> None:
        """A gesture is over: what comes next is an entry of its own in the history."""
        self.burst.stop()
        self._drag = None
        session, self._session = self._session, None
        if session is not None:
            session.end_gesture()

    def toggle_lock(self, row: int, column: int) -> None:
        """Locks a number at its value, or unlocks it."""
        session, matrix = self._here()
        cell = row, column
        self.rest()
        if not matrix.open[cell]:
            session.message.emit(session.edits.refusal(matrix.edit(cell, 0.0)))
        elif matrix.locked[cell]:
            session.edits.unlock(matrix.name, matrix.index(cell))
        else:
            place = matrix.edit(cell, self.standing(cell))
            session.edits.lock(place.name, place.index, place.value, True)
        self.changed.emit(row, column)

    def reset(self, row: int, column: int) -> None:
        """The number as it was before it was edited; of classes the whole row."""
        session, matrix = self._here()
        if not matrix.edited[row, column]:
            return
        self.rest()
        places = [matrix.index((row, column))]
        if matrix.key == TARGETS and session.trace.data.loss == "categorical":
            places = [matrix.index((row, k)) for k in range(matrix.values.shape[1])]
        session.edits.reset_numbers((matrix.name, index) for index in places)

    def set_class(self, row: int, column: int) -> None:
        """Makes a class the target."""
        session, matrix = self._here()
        self.rest()
        session.edit(class_edits(session.trace.data, *matrix.index((row, column))))

    def paste(self, cell: Cell) -> bool:
        """Types what was copied over the matrix: all of it where it has the same shape, or the shape of its transpose,
        which is said; else from a cell on. One entry of the history. False, with a message, where it does not fit."""
        session, matrix = self._here()
        self.rest()
        try:
            rows = np.array(cells_of(QGuiApplication.clipboard().text(), MOST_PASTED))
            values, start, turned = _placed(rows, matrix.values.shape, cell)
        except ValueError as error:
            session.message.emit(str(error))
            return False
        places = [(start[0] + i, start[1] + j) for i, j in np.ndindex(values.shape)]
        edits = [matrix.edit(place, float(value)) for place, value in zip(places, values.flat, strict=True)]
        if not session.edit(edits):
            return False
        many = tr("1 number pasted") if len(edits) == 1 else tr("{n} numbers pasted").format(n=len(edits))
        said = tr("{many} (rows and columns exchanged)").format(many=many) if turned else many
        session.message.emit(f"{matrix.symbol}: {said}.")
        return True

    # --- gestures ---
    def _here(self) -> tuple[Session, Matrix]:
        found = self._shown()
        assert found is not None  # without a matrix the map has no cells, and sends nothing
        return found

    def _edits(self, session: Session, matrix: Matrix, cell: Cell, value: float) -> list[Edit]:
        if matrix.key != TARGETS:
            return [matrix.edit(cell, value)]
        # Of targets that are probabilities the whole row goes along.
        t, sample, unit = matrix.index(cell)
        row = np.array([self.standing((cell[0], k)) for k in range(matrix.values.shape[1])])
        return probability_edits(session.trace.data, t, sample, unit, value, row)

    def _name(self, what: str, cell: Cell) -> str:
        return f"{what} {self._here()[1].key} {cell}"

    def _on_adjusted(self, row: int, column: int, notches: float, modifiers: Qt.KeyboardModifier, by_key: bool) -> None:
        cell = row, column
        value = gesture.adjusted(self.standing(cell), notches, modifiers, by_key)
        if self.set_number(cell, value, self._name("turn", cell)):
            self.burst.start()

    def _on_dragged(self, row: int, column: int, up: float, modifiers: Qt.KeyboardModifier) -> None:
        cell = row, column
        if self._drag != cell:
            self.rest()
            self._drag, self._held = cell, self.standing(cell)
        self.set_number(cell, gesture.dragged(self._held, up, modifiers), self._name("drag", cell))

    def _on_typed(self, row: int, column: int, text: str) -> None:
        self.rest()
        session, matrix = self._here()
        cell, field = (row, column), self._map.field
        try:
            value = parse(text)
        except ValueError as error:
            field.set_wrong(True)
            session.message.emit(str(error))
            return
        probability = matrix.key == TARGETS and session.trace.data.loss not in NUMBERS
        if probability and not 0.0 <= value <= 1.0:  # a wheel stops at the ends; what is typed is meant
            field.set_wrong(True)
            session.message.emit(tr("This target is a probability: it lies between 0 and 1."))
            return
        same = matrix.open[cell] and not matrix.locked[cell] and value == self.standing(cell)
        if same or self.set_number(cell, value):
            self._map.close_field()
        else:
            field.set_wrong(True)


def _placed(rows: Array, shape: tuple[int, int], cell: Cell) -> tuple[Array, Cell, bool]:
    """What was copied as it goes in, the cell where it begins, and whether it was transposed. Raises ValueError with
    one sentence where there is no room."""
    if rows.shape == shape:
        return rows, (0, 0), False
    if rows.T.shape == shape:
        return rows.T, (0, 0), True
    room = shape[0] - cell[0], shape[1] - cell[1]
    if rows.shape[0] <= room[0] and rows.shape[1] <= room[1]:
        return rows, cell, False
    said = tr(
        "What was copied is {a} × {b}, but the matrix is {c} × {d}; copy as many, or select where it is to begin."
    )
    raise ValueError(said.format(a=rows.shape[0], b=rows.shape[1], c=shape[0], d=shape[1]))
