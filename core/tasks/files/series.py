"""A person's own series: numbers read from a CSV file, known by the hash of the file's content."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.choices import Choices
from core.errors import InputError, quoted
from core.files.reading import file_stat, opened, refuse_changed
from core.jobs import Job, finished, part
from core.tables import notes
from core.tables.blocks import blocks, encoding_of
from core.tables.body import Body, first_guess
from core.tables.columns import MOST_CLASSES, Missing, settle_marks
from core.tables.layout import Stated, empty, layout_of
from core.tables.suspicious import suspicious

__all__ = [
    "LARGEST_FILE",
    "MOST_CLASSES",
    "Series",
    "cached",
    "load",
    "read_series",
    "reading",
    "stated_by",
]

LARGEST_FILE = 200 * 10**6  # bytes
KEPT = 4  # series that are kept though nobody may need them any more
NOTHING = Stated()
_READ, _DECODED, _PARSED = 0.1, 0.2, 0.9  # how much is done when the file is read, its encoding known, its cells read


@dataclass(frozen=True, eq=False)
class Series:
    """The numeric columns of a file: `values` (N, columns), read-only; `hash` is the sha256 of the file's bytes.

    `low` and `high`, (columns,), are each column's smallest and largest value over the whole file. `filled` counts the
    missing values that were interpolated; `dropped` names the columns that hold no number. `texts` has those of them
    that can be labels: the different texts, sorted, and for each row the number of its text, −1 where it is missing.
    `notes` says in sentences what was filled, left out and assumed.
    """

    names: tuple[str, ...]
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    hash: str
    path: str
    filled: int = 0
    dropped: tuple[str, ...] = ()
    texts: Mapping[str, tuple[tuple[str, ...], np.ndarray]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def stated_by(experiment: Choices) -> Stated:
    """What an experiment says about its table."""
    return Stated(experiment.csv_missing, experiment.csv_header, experiment.csv_decimal)


def read_series(path: str | os.PathLike[str], stated: Stated = NOTHING) -> Series:
    """Read a CSV file. Raises InputError, naming the file and where possible the line and column, if it is no series.

    UTF-8 with or without its mark, UTF-16 with one, else Windows-1252; separated by a comma, semicolon, tab, bar or
    spaces, whichever gives the most regular table, or by what a first line `sep=;` says. The first row is the header
    unless it holds a number; a header of numbers is known by what stands below it (core.tables.layout), and said.
    Columns without a name are c1, c2 …. A column's cells decide whether commas or points are its decimal mark
    (core.tables.numbers). Missing values (nothing, NA, N/A, NaN, null, ?, - and those that are stated)
    are interpolated linearly between their neighbours, and at the ends repeat the nearest value. Rows of separators
    only are no data.
    """
    return finished(_read(path, stated))


def load(path: str, expected_hash: str = "", stated: Stated = NOTHING) -> Series:
    """Return the file's series, read again only when its time or size has changed: a dragged slider costs no reading.

    Raises InputError as `read_series` does, and where the content is not what `expected_hash`, unless empty, says.
    """
    table = finished(reading(path, stated))
    refuse_changed(path, table.hash, expected_hash)
    return table


def cached(path: str, stated: Stated = NOTHING) -> Series | None:
    """The file's series if it has been read and has not changed since. Raises InputError where there is no file."""
    return _CACHE.get(_key(path, stated))


def reading(path: str, stated: Stated = NOTHING) -> Job[Series]:
    """The same as `load`, as a job: over at once where the file has been read before."""
    key = _key(path, stated)
    table = _CACHE.get(key)
    if table is None:
        table = yield from _read(path, stated)
        _CACHE.put(key, table)
    return table


class _Cache:
    """The last few series by path, time, size and what is stated."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple, Series] = OrderedDict()

    def get(self, key: tuple) -> Series | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: tuple, table: Series) -> None:
        self._kept[key] = table
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


_CACHE = _Cache()


def _key(path: str, stated: Stated) -> tuple:
    found = file_stat(path, LARGEST_FILE, "CSV")
    return str(path), found.st_mtime_ns, found.st_size, stated


def _read(path: str | os.PathLike[str], stated: Stated) -> Job[Series]:
    name = quoted(Path(path).name, 200)
    content, digest = yield from part(_content(path), 0.0, _READ)
    encoding = yield from part(encoding_of(content, name), _READ, _DECODED)
    first = next(blocks(content, encoding, name), None)
    if first is None or not first.text.strip(' \t\n"'):
        raise empty(name)
    layout = layout_of(first, name, stated.header)
    declared = Missing.of(stated.missing)
    marks = first_guess(first, layout, name, declared, stated.decimal)
    body = Body(name, layout, declared, content, encoding)
    columns = yield from part(body.columns(marks), _DECODED, _PARSED)
    marks, assumed = settle_marks(columns, layout.separator, name, stated.decimal)
    if any(column.mark != mark for column, mark in zip(columns, marks, strict=True)):
        columns = yield from part(body.columns(marks), _DECODED, _PARSED)
        settle_marks(columns, layout.separator, name, stated.decimal)
    count = sum(len(values) for values in columns[0].parts)
    if count < 2:
        raise InputError(
            "“{name}” has 1 row of data; a series needs at least 2."
            if count == 1
            else "“{name}” has {count} rows of data; a series needs at least 2.",
            name=name,
            count=count,
        )
    for column in columns:
        column.refuse_resembling(name)
    kept = [column for column in columns if column.has_number]
    dropped = [column for column in columns if not column.has_number]
    if not kept:
        cell = next((column for column in dropped if column.bad), None)
        if cell is None or cell.bad is None:
            raise InputError("“{name}” has no column of numbers; choose a file with at least one.", name=name)
        raise InputError(
            "“{name}” has no column of numbers (line {line}, column “{column}”: {shown}); choose a file with at least "
            "one.",
            name=name,
            line=cell.bad.line,
            column=quoted(cell.title),
            shown=cell.bad.shown,
        )
    values = np.empty((count, len(kept)))
    filled, apart = [], []
    for k, column in enumerate(kept):
        whole = np.concatenate(column.parts)
        column.parts = []
        yield _PARSED
        filled.append(_fill(whole))
        yield _PARSED
        apart.append(suspicious(whole, column.title))
        values[:, k] = whole
        yield _PARSED + (1.0 - _PARSED) * k / len(kept)
    low, high = values.min(axis=0), values.max(axis=0)
    for array in (values, low, high):
        array.setflags(write=False)
    said = (
        *layout.notes,
        *notes.encoded(encoding),
        *notes.blank(body.blank),
        *assumed,
        *notes.marked(kept),
        *notes.index(kept, layout, values),
    )
    return Series(
        names=tuple(column.title for column in kept),
        values=values,
        low=low,
        high=high,
        hash=digest,
        path=str(path),
        filled=sum(filled),
        dropped=tuple(column.title for column in dropped),
        texts={column.title: column.texts() for column in dropped if column.codes},
        notes=(*said, *notes.filled(kept, filled), *notes.dropped(dropped), *filter(None, apart)),
    )


def _content(path: str | os.PathLike[str]) -> Job[tuple[bytearray, str]]:
    """The file's bytes and their sha256."""
    content, digest = bytearray(), hashlib.sha256()
    with opened(path, LARGEST_FILE, "CSV") as file:
        size = max(os.fstat(file.fileno()).st_size, 1)
        while len(content) <= LARGEST_FILE and (piece := file.read(2**20)):
            content += piece
            digest.update(piece)
            yield min(len(content) / size, 1.0)
    if len(content) > LARGEST_FILE:
        raise InputError("“{file}” grows while it is read; wait until it is whole.", file=Path(path).name)
    return content, digest.hexdigest()


def _fill(column: np.ndarray) -> int:
    """Interpolate the NaNs of a column (N,) in place and return how many there were."""
    gap = np.isnan(column)
    if gap.any():
        row = np.arange(len(column))
        column[gap] = np.interp(row[gap], row[~gap], column[~gap])
    return int(gap.sum())
