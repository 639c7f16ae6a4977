"""Numbers that were copied elsewhere: a block of a spreadsheet's cells, a Python list, what NumPy prints."""

from __future__ import annotations

import re

from explorer.style.numbers import parse
from explorer.words import translator

tr = translator("pasted")

_ROW = re.compile(r"\[([^\[\]]*)\]")
_AROUND = re.compile(
    r"^\s*(?:[\w.]+\s*=\s*)?(?:[\w.]+\()?\s*(?=\[)|\s*(?:,\s*(?:dtype|requires_grad|device|grad_fn)\s*=[^)]*)?\)?;?\s*$"
)


def cells_of(text: str, most: int) -> list[list[float]]:
    """The numbers of a copied block, row by row, at most `most` in a row and a column. Raises ValueError with one
    sentence where it is no block of numbers.

    A list with brackets is Python's: an inner pair is a row, and a point is decimal. Else a line is a row; its cells
    are separated by tabs where there are any, else by semicolons, else by commas, else by spaces; a comma is a decimal
    one where it does not separate.
    """
    rows = _listed(text) if "[" in text else _of_lines(text)
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows) or max(len(rows), len(rows[0])) > most:
        said = tr("Copy a block of at most {most} × {most} numbers, the same count in every row.")
        raise ValueError(said.format(most=most))
    return rows


def _listed(text: str) -> list[list[float]]:
    """The rows of nested brackets: of a list of lists, of an array that was printed, of one flat list."""
    bare = _AROUND.sub("", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "[") - (character == "]")
        deepest = max(deepest, depth)
    if depth or deepest > 2:
        raise ValueError(tr("Copy a matrix: a list of rows, [[1, 2], [3, 4]], with every bracket closed."))
    return [_numbers(k, row) for k, row in enumerate(_ROW.findall(bare), start=1)]


def _numbers(number: int, row: str) -> list[float]:
    cells = row.replace("\n", " ")
    parts = cells.split(",") if "," in cells else cells.split()
    return _parsed(number, [part for part in parts if part.strip()])


def _of_lines(text: str) -> list[list[float]]:
    lines = [line for line in text.splitlines() if line.strip()]
    whole = "\n".join(lines)
    separator = next((mark for mark in "\t;," if mark in whole), None)
    rows = []
    for number, line in enumerate(lines, start=1):
        marks = line.strip() if separator is None else line.strip(" \n").removesuffix(separator)
        rows.append(_parsed(number, marks.split() if separator is None else marks.split(separator)))
    return rows


def _parsed(number: int, cells: list[str]) -> list[float]:
    try:
        return [parse(cell) for cell in cells]
    except ValueError as error:
        raise ValueError(tr("Row {n} of what was copied: {reason}").format(n=number, reason=error)) from None
