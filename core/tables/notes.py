"""What is said about a table that was read: in sentences, what was filled, left out and assumed."""

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import quoted
from core.sentence import Sentence, first_of, plural
from core.tables.blocks import BEYOND_ASCII
from core.tables.columns import Column
from core.tables.layout import Layout

MOST = 5  # columns that are named


def encoded(encoding: str) -> tuple[str, ...]:
    """The encoding, where the file is not Unicode."""
    if encoding not in BEYOND_ASCII:
        return ()
    return (Sentence("The file is not UTF-8; it is read as {encoding}.", encoding=BEYOND_ASCII[encoding]),)


def blank(count: int) -> tuple[str, ...]:
    """Rows without a cell, where there are any."""
    if not count:
        return ()
    return (
        plural(
            count,
            "{count} row of separators only is no data.",
            "{count} rows of separators only are no data.",
        ),
    )


def marked(columns: Sequence[Column]) -> Iterator[str]:
    """Thousands marks and signs of units."""
    found = [(column.grouped, column) for column in columns if column.grouped]
    if found:
        cell, column = min(found, key=lambda each: each[0])
        yield Sentence(
            "{shown} in line {line} (“{column}”) has thousands marks.",
            shown=cell.shown,
            line=cell.line,
            column=quoted(column.title),
        )
    signs = sorted({sign for column in columns for sign in column.units if sign})
    if signs:
        yield plural(
            len(signs),
            "{signs} beside the numbers is left out.",
            "{signs} beside the numbers are left out.",
            signs=" ".join(signs),
        )


def index(columns: Sequence[Column], layout: Layout, values: np.ndarray) -> Iterator[str]:
    """A first column without a name that counts the rows, as pandas writes it."""
    if layout.header and columns[0].title in ("c1", "Unnamed: 0") and columns[0].title == layout.titles[0]:
        first = values[:, 0]
        if len(first) > 2 and (np.diff(first) == 1.0).all():
            yield Sentence(
                "“{column}” counts the rows and is read as data; if it is an index, leave it out of csv_columns.",
                column=columns[0].title,
            )


def filled(columns: Sequence[Column], counts: Sequence[int]) -> Iterator[str]:
    """Missing values."""
    gaps = [
        Sentence("{count:,} in “{column}”", count=count, column=quoted(column.title))
        for column, count in zip(columns, counts, strict=True)
        if count
    ]
    if gaps:
        yield plural(
            sum(counts),
            "{count:,} missing value is filled by interpolation ({columns}).",
            "{count:,} missing values are filled by interpolation ({columns}).",
            columns=first_of(gaps, MOST),
        )


def dropped(columns: Sequence[Column]) -> Iterator[str]:
    """Columns without a number, each with its first cell."""
    if columns:
        shown = [
            Sentence(
                "“{column}” (line {line}: {shown})",
                column=quoted(column.title),
                line=column.bad.line,
                shown=column.bad.shown,
            )
            if column.bad
            else Sentence("“{column}” (empty)", column=quoted(column.title))
            for column in columns
        ]
        yield Sentence("No numbers in {columns}.", columns=first_of(shown, MOST))
