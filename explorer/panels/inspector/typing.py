"""Typing in the inspector: the numbers of an input or a target, in place, in its table."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.matrices import Matrix, key_like, matrix_of, standing, symbol_of
from core.choices import TARGETS, Edit
from core.edits.places import probability_edits, stacked
from explorer.items.tables.numbers import NumbersTable
from explorer.panels.inspector.node_page import tr
from explorer.session.session import Selection, Session
from explorer.style.numbers import parse


def begin(session: Session, table: NumbersTable, place: Selection, line: int) -> None:
    """Opens a field on a line whose number can be edited; for a computed one a message says where to edit."""
    found = _number(session, place, line)
    labels = table.texts()[0][1:]
    symbol = symbol_of(session.trace, found[0].key, session.notation, found[1][0] + 1) if found is not None else ""
    if found is None or symbol not in labels:
        session.message.emit(tr("This is computed. Type into an input, a target, a weight or an initial state: E."))
        return
    matrix, cell = found
    reason = session.edits.refusal(matrix.edit(cell, 0.0))
    if reason:
        session.message.emit(reason)
        return
    table.unit_chosen.emit(line)
    ours = standing(session.experiment, session.trace, matrix.name, matrix.index(cell))
    table.open_field(line, labels.index(symbol), repr(matrix.shown(cell, ours)))


def take(session: Session, table: NumbersTable, place: Selection, line: int, text: str) -> None:
    """Replaces a number; text that is no number stays in the field, with a message."""
    found = _number(session, place, line)
    try:
        value = parse(text)
    except ValueError as error:
        session.message.emit(str(error))
        table.field.set_wrong(True)
        return
    if found is not None and not session.edit(_edits(session, *found, value)):
        table.field.set_wrong(True)
        return
    table.close_field()


def _edits(session: Session, matrix: Matrix, cell: tuple[int, int], value: float) -> list[Edit]:
    if matrix.key != TARGETS:
        return [matrix.edit(cell, value)]
    t, sample, unit = matrix.index(cell)
    return probability_edits(session.trace.data, t, sample, unit, value)


def _number(session: Session, place: Selection, line: int) -> tuple[Matrix, tuple[int, int]] | None:
    """The matrix and its cell that a line of the table shows; None where it is computed."""
    if place.source or place.parameter:
        return None
    name, index = session.edits.selected_number(replace(place, unit=line))
    if index is None:
        return None
    name, index = stacked(session.trace.network, name, index)
    matrix = matrix_of(session.trace, key_like(session.trace, name, index), session.view.sample, session.notation)
    cell = matrix.cell(index)
    return None if cell is None else (matrix, cell)
