"""The page of numbers: any input, target, initial state, weight or bias as a heat map to type into, change with the
wheel and drag."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from core.arithmetic.matrices import Matrix, key_like
from core.edits.places import stacked
from explorer.panels.base import Listening
from explorer.panels.numbers.editing import MatrixEditing
from explorer.panels.numbers.view import Cell, NumbersView
from explorer.session.session import Session


class NumbersPanel(NumbersView):
    """Edits the matrix on show: numbers are typed over, turned, dragged, locked and reset."""

    name = "numbers"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editing = MatrixEditing(self.map, self._on_show, self)
        self.editing.chosen.connect(lambda *cell: self._show_number(cell))
        self.editing.changed.connect(lambda *cell: self._show_number(cell))
        self.lock_button.clicked.connect(lambda: self.editing.toggle_lock(*self.map.cell()))
        self.back_button.clicked.connect(lambda: self.editing.reset(*self.map.cell()))
        self.paste_button.clicked.connect(lambda: self.editing.paste(self.map.cell()))
        self.class_button.clicked.connect(lambda: self.editing.set_class(*self.map.cell()))
        self.rewind_button.clicked.connect(self._on_rewind)

    def _on_show(self) -> tuple[Session, Matrix] | None:
        return None if self._matrix is None else (self.session, self._matrix)

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
            self.editing.choose(*cell)

    # --- user actions ---
    def set_number(self, cell: Cell, value: float, name: str | None = None) -> bool:
        """See `MatrixEditing.set_number`."""
        return self.editing.set_number(cell, value, name)

    def _on_rewind(self) -> None:
        self.editing.rest()
        self.session.edits.rewind()

    # --- Qt ---
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def hideEvent(self, event: QHideEvent) -> None:
        self.editing.rest()
        super().hideEvent(event)
