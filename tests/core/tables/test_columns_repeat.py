"""Cells that repeat are looked at once, and count as often as they stand there."""

import math

import numpy as np

from core.tables import columns
from core.tables.columns import Cell, Column, Missing

NOTHING = Missing.of(())


def read(cells: list[str], at_once: bool) -> Column:
    """A column of these cells, from line 2 on, read at once or each in a piece of its own."""
    column = Column("a")
    lines = range(2, 2 + len(cells))
    pieces = [(lines, cells)] if at_once else [([line], [cell]) for line, cell in zip(lines, cells, strict=True)]
    for at, piece in pieces:
        column.read(at, piece, NOTHING)
    return column


def test_a_column_is_the_same_whether_its_cells_repeat_in_a_piece_or_not():
    rng = np.random.default_rng(4)
    for cells in (
        ["NW", "", "se", "1.5", "NA", "3,5"],
        ["1..2", "x", "$3", "1,000", "-7"],
        ["12 %", "2012-01-01", "?"],
    ):
        drawn = [str(cell) for cell in rng.choice(cells, 200)]
        whole, single = read(drawn, at_once=True), read(drawn, at_once=False)
        assert np.array_equal(whole.parts[0], np.concatenate(single.parts), equal_nan=True)
        for name in ("bad", "certain", "ambiguous", "grouped", "units", "resembling", "others", "codes", "has_number"):
            assert getattr(whole, name) == getattr(single, name), (name, drawn)


def test_a_text_that_repeats_is_looked_at_once(monkeypatch):
    seen: list[str] = []
    look = columns.number_in
    monkeypatch.setattr(columns, "number_in", lambda cell: seen.append(cell) or look(cell))
    column = read(["NW", "NA", "se"] * 5000, at_once=True)
    assert sorted(seen) == ["NW", "se"]
    assert (column.others, column.resembling, column.bad) == (10_000, 0, Cell(2, "NW"))
    assert all(map(math.isnan, column.parts[0]))
