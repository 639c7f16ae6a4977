"""The rows of a table below its header, read into columns block by block."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import InputError
from core.jobs import Job
from core.tables.blocks import Block, Row, blocks, rows
from core.tables.columns import Column, Missing
from core.tables.layout import Layout, is_blank
from core.tables.numbers import MARK_NAMES, POINT, plain_table

PIECE = 20_000  # cells that are read at once: a moment's work


def first_guess(block: Block, layout: Layout, name: str, missing: Missing, decimal: str) -> tuple[str, ...]:
    """The decimal marks that are said, or that the table's first rows suggest; what follows may decide otherwise."""
    for mark, word in MARK_NAMES.items():
        if word == decimal:
            return (mark,) * len(layout.titles)
    columns = [Column(title) for title in layout.titles]
    found = []
    for line, cells in rows(block, layout.separator, name):
        if line >= layout.start and len(cells) == len(columns):
            found.append((line, cells))
        if len(found) * len(columns) >= PIECE:
            break
    for k, column in enumerate(columns):
        if found:
            column.read([line for line, _ in found], [cells[k] for _, cells in found], missing)
    sure = {mark for column in columns for mark in column.certain}
    usual = sure.pop() if len(sure) == 1 else POINT
    return tuple(next(iter(column.certain), usual) for column in columns)


class Body:
    """The table's rows below its header, which can be read more than once."""

    def __init__(self, name: str, layout: Layout, missing: Missing, content: bytearray, encoding: str) -> None:
        self.name, self.layout, self.missing = name, layout, missing
        self.blank = 0  # rows of separators only
        self._content, self._encoding = content, encoding

    def columns(self, marks: Sequence[str]) -> Job[list[Column]]:
        """All columns, each read with its decimal mark. Raises InputError for a row of another length."""
        columns = [Column(title, mark) for title, mark in zip(self.layout.titles, marks, strict=True)]
        self.blank = 0
        for block in blocks(self._content, self._encoding, self.name):
            if not self._plain(block, columns):
                found = self._rows(block)
                while piece := list(itertools.islice(found, max(1, PIECE // len(columns)))):
                    self._take(piece, columns, '"' in block.text)
                    yield block.done
            yield block.done
        return columns

    def _plain(self, block: Block, columns: list[Column]) -> bool:
        """Takes a block of nothing but plain numbers as a whole, five times faster; False where it is none."""
        mark, separator = columns[0].mark, self.layout.separator
        if block.line < self.layout.start or any(column.bad or column.mark != mark for column in columns):
            return False
        values = plain_table(block.text, separator, mark, len(columns))
        if values is None:
            return False
        unknown = [column for column in columns if mark not in column.certain or "" not in column.units]
        if unknown:
            found = rows(block, separator, self.name)
            some = list(found if mark in block.text else itertools.islice(found, 1))
            lines = range(block.line, block.line + len(some))
            for column, cells in zip(columns, zip(*(cells for _, cells in some), strict=True), strict=True):
                column.learn_plain(lines, cells)
        for column, numbers in zip(columns, np.ascontiguousarray(values.T), strict=True):
            column.append(numbers, self.missing)
        return True

    def _rows(self, block: Block) -> Iterator[Row]:
        width, start = len(self.layout.titles), self.layout.start
        for line, cells in rows(block, self.layout.separator, self.name):
            if line < start:
                continue
            if (not cells[0] or cells[0].isspace()) and is_blank(cells):
                self.blank += 1
                continue
            if len(cells) != width:
                raise InputError(
                    "“{file}”, line {line}: 1 cell, but line {first} has {width}; give every row the same number of "
                    "cells."
                    if len(cells) == 1
                    else "“{file}”, line {line}: {count} cells, but line {first} has {width}; give every row the same "
                    "number of cells.",
                    file=self.name,
                    line=line,
                    count=len(cells),
                    first=self.layout.first,
                    width=width,
                )
            yield line, cells

    def _take(self, found: list[Row], columns: list[Column], quotes: bool) -> None:
        lines = [line for line, _ in found]
        breaks = quotes and any("\n" in cell for _, cells in found for cell in cells)
        for k, cells in enumerate(zip(*(cells for _, cells in found), strict=True)):
            at = [line + sum(cell.count("\n") for cell in row[:k]) for line, row in found] if breaks else lines
            columns[k].read(at, cells, self.missing)
            columns[k].refuse_mixed(self.name)
