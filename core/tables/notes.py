"""What is said about a table that was read: in sentences, what was filled, left out and assumed."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import quoted
from core.tables.blocks import BEYOND_ASCII
from core.tables.columns import Column
from core.tables.layout import Layout


def encoded(encoding: str) -> tuple[str, ...]:
    """The encoding, where the file is not Unicode."""
    return (f"The file is not UTF-8; it is read as {BEYOND_ASCII[encoding]}.",) if encoding in BEYOND_ASCII else ()


def blank(count: int) -> tuple[str, ...]:
    """Rows without a cell, where there are any."""
    if not count:
        return ()
    return (f"{counted(count, 'row')} of separators only {'is' if count == 1 else 'are'} no data.",)


def marked(columns: Sequence[Column]) -> Iterator[str]:
    """Thousands marks and signs of units."""
    found = [(column.grouped, column) for column in columns if column.grouped]
    if found:
        cell, column = min(found, key=lambda each: each[0])
        yield f"{cell.shown} in line {cell.line} (“{quoted(column.title)}”) has thousands marks."
    signs = sorted({sign for column in columns for sign in column.units if sign})
    if signs:
        yield f"{' '.join(signs)} beside the numbers {'is' if len(signs) == 1 else 'are'} left out."


def index(columns: Sequence[Column], layout: Layout, values: np.ndarray) -> Iterator[str]:
    """A first column without a name that counts the rows, as pandas writes it."""
    if layout.header and columns[0].title in ("c1", "Unnamed: 0") and columns[0].title == layout.titles[0]:
        first = values[:, 0]
        if len(first) > 2 and (np.diff(first) == 1.0).all():
            counts = f"“{columns[0].title}” counts the rows and is read as data"
            yield f"{counts}; if it is an index, leave it out of csv_columns."


def filled(columns: Sequence[Column], counts: Sequence[int]) -> Iterator[str]:
    """Missing values."""
    gaps = [f"{count:,} in “{quoted(column.title)}”" for column, count in zip(columns, counts, strict=True) if count]
    if gaps:
        total = sum(counts)
        verb = "missing value is" if total == 1 else "missing values are"
        yield f"{total:,} {verb} filled by interpolation ({_listed(gaps)})."


def dropped(columns: Sequence[Column]) -> Iterator[str]:
    """Columns without a number, each with its first cell."""
    if columns:
        shown = [
            f"“{quoted(column.title)}”"
            + (f" (line {column.bad.line}: {column.bad.shown})" if column.bad else " (empty)")
            for column in columns
        ]
        yield f"No numbers in {_listed(shown)}."


def _listed(parts: Sequence[str], most: int = 5) -> str:
    return ", ".join(parts[:most]) + (f" and {len(parts) - most} more" if len(parts) > most else "")


def counted(number: int, thing: str) -> str:
    """«1 row», «2 rows»."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
