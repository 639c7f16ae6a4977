"""A person's own series: numbers read from a CSV file, known by the hash of the file's content."""

import contextlib
import csv
import functools
import hashlib
import io
import itertools
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.files.reading import file_stat, read_bytes, refuse_changed

LARGEST_FILE = 200 * 10**6  # bytes
MOST_CLASSES = 64  # different texts in a column that can be labels
LARGEST_NUMBER = 1e300  # the span of a column must not overflow
SEPARATORS = (";", "\t", "|", ",")  # the comma last: where all is equal, it is a decimal one
MISSING = frozenset({"", "na", "n/a", "nan", "null", "?", "-"})  # in any case
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")  # never in a text file

Row = tuple[int, list[str]]  # the line on which a row starts, counted from 1, and its cells


@dataclass(frozen=True, eq=False)
class Series:
    """The numeric columns of a file: `values` (N, columns), read-only; `hash` is the sha256 of the file's bytes.

    `low` and `high`, (columns,), are each column's smallest and largest value over the whole file. `filled` counts the
    missing values that were interpolated; `dropped` names the columns that hold no number. `texts` has those of them
    that can be labels: the different texts, sorted, and for each row the number of its text, −1 where it is missing.
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


def read_series(path: str | os.PathLike[str]) -> Series:
    """Read a CSV file. Raises InputError, naming the file and where possible the line and column, if it is no series.

    UTF-8 with or without its mark, UTF-16 with one, else Latin-1; separated by a comma, semicolon, tab or bar,
    whichever gives the most regular table; a decimal comma is understood where the comma does not separate. The first
    row is the header unless it holds a number; columns without a name are c1, c2 …. Missing values (nothing, NA, N/A,
    NaN, null, ?, -) are interpolated linearly between their neighbours, and at the ends repeat the nearest value.
    """
    name = Path(path).name
    content = read_bytes(path, LARGEST_FILE, "CSV")
    encoding = _encoding(content, name)
    separator = _separator(content, encoding)
    columns = _columns(_rows(content, encoding, separator, name), separator, name)
    rows = sum(len(part) for part in columns[0].parts)
    if rows < 2:
        raise InputError(f"“{name}” has {_count(rows, 'row')} of data; a series needs at least 2.")
    kept = [column for column in columns if column.has_number]
    if not kept:
        raise InputError(f"“{name}” has no column of numbers; choose a file with at least one.")
    for column in kept:
        if column.bad:
            line, cell = column.bad
            raise InputError(
                f"“{name}”, line {line}, column “{column.title}”: “{' '.join(cell.split())[:40]}” is not a number; "
                "correct the cell, empty it or remove the column."
            )
    values = np.column_stack([np.concatenate(column.parts) for column in kept])
    filled = _fill(values)
    low, high = values.min(axis=0), values.max(axis=0)
    for array in (values, low, high):
        array.setflags(write=False)
    return Series(
        names=tuple(column.title for column in kept),
        values=values,
        low=low,
        high=high,
        hash=hashlib.sha256(content).hexdigest(),
        path=str(path),
        filled=filled,
        dropped=tuple(column.title for column in columns if not column.has_number),
        texts={column.title: column.texts() for column in columns if not column.has_number and column.codes},
    )


def load(path: str, expected_hash: str = "") -> Series:
    """Return the file's series, read again only when its time or size has changed: a dragged slider costs no reading.

    Raises InputError as `read_series` does, and where the content is not what `expected_hash`, unless empty, says.
    """
    found = file_stat(path, LARGEST_FILE, "CSV")
    table = _read_once(str(path), found.st_mtime_ns, found.st_size)
    refuse_changed(path, table.hash, expected_hash)
    return table


@functools.lru_cache(maxsize=4)
def _read_once(path: str, mtime_ns: int, size: int) -> Series:
    return read_series(path)


class SeriesStore:
    """Series by the hash of their content, for whoever must keep one though its file may change or go."""

    def __init__(self) -> None:
        self._by_hash: dict[str, Series] = {}

    def add(self, table: Series) -> str:
        """Keep a series and return its hash; the same content is kept once."""
        return self._by_hash.setdefault(table.hash, table).hash

    def get(self, content_hash: str) -> Series | None:
        """Return the series of that hash, or None."""
        return self._by_hash.get(content_hash)


def _encoding(content: bytes, name: str) -> str:
    """Return the encoding in which the whole content is text."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text or text.isspace():
            raise _empty(name)
        if not _CONTROL.search(text):
            return encoding
    raise InputError(f"“{name}” is not a text file; save the table as CSV and choose that.")


def _empty(name: str) -> InputError:
    return InputError(f"“{name}” is empty; choose a file with at least 2 rows of numbers.")


def _rows(content: bytes, encoding: str, separator: str, name: str) -> Iterator[Row]:
    """Yield the rows that are not blank, each with the line it starts on: a quoted cell may run over several lines."""
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), encoding=encoding, newline=""), delimiter=separator, strict=True
    )
    line = 1
    try:
        for cells in reader:
            if cells and not (len(cells) == 1 and cells[0].isspace()):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"“{name}”, line {line}: not a row of cells ({error}); check its quotation marks.") from error


def _separator(content: bytes, encoding: str) -> str:
    """The separator that cuts the first rows most regularly into more than one cell, and those into numbers."""

    def regularity(separator: str) -> tuple[bool, float, float]:
        rows = []
        with contextlib.suppress(InputError):  # a misplaced quotation mark: the real reading will say so
            rows.extend(cells for _, cells in itertools.islice(_rows(content, encoding, separator, ""), 50))
        if not rows:
            return False, 0.0, 0.0
        width, times = Counter(len(cells) for cells in rows).most_common(1)[0]
        cells = [cell for row in rows for cell in row]
        good = sum(_is_number(cell, separator) or _is_missing(cell) for cell in cells)
        return width > 1, times / len(rows), good / len(cells)

    return max(SEPARATORS, key=regularity)


@dataclass
class _Column:
    """One column while it is read, in parts: numbers, NaN where there is none; `bad` is its first cell that is neither
    a number nor missing, with its line. `codes` numbers its texts while there is no number and they are few."""

    title: str
    parts: list[np.ndarray] = field(default_factory=list)
    has_number: bool = False
    bad: tuple[int, str] | None = None
    codes: dict[str, int] | None = field(default_factory=dict)
    coded: list[np.ndarray] = field(default_factory=list)

    def read(self, rows: list[Row], index: int, separator: str) -> None:
        """Append column `index` of these rows."""
        part = _numbers([cells[index] for _, cells in rows], separator)
        self.parts.append(part)
        gaps = np.isnan(part)
        self.has_number = self.has_number or not gaps.all()
        for n in np.flatnonzero(gaps) if self.bad is None else ():
            line, cells = rows[n]
            if not _is_missing(cells[index]):
                self.bad = line + sum(len(_LINE_END.findall(cell)) for cell in cells[:index]), cells[index]
                break
        if self.has_number:
            self.codes = None
        elif self.codes is not None:
            self._code([" ".join(cells[index].split()) for _, cells in rows])

    def _code(self, cells: list[str]) -> None:
        codes = self.codes or {}
        for text in dict.fromkeys(cells):
            if not _is_missing(text):
                codes.setdefault(text, len(codes))
        self.codes = codes if len(codes) <= MOST_CLASSES else None
        self.coded.append(np.array([codes.get(text, -1) for text in cells], dtype=np.int16))

    def texts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The column's texts, sorted, and each row's number among them, −1 where it is missing."""
        names = tuple(sorted(self.codes or {}))
        place = np.array([*(names.index(text) for text in self.codes or {}), -1])  # code −1 reads the last, −1
        found = place[np.concatenate(self.coded)]
        found.setflags(write=False)
        return names, found


def _columns(rows: Iterator[Row], separator: str, name: str) -> list[_Column]:
    """Read all rows, a few thousand at a time: as text they take many times the room of their numbers."""
    first_line, first = next(rows, (0, []))
    if not first:
        raise _empty(name)
    columns = [_Column(title) for title in _titles(first, separator)]
    if not _is_header(first, separator):
        rows = itertools.chain([(first_line, first)], rows)
    while part := list(itertools.islice(rows, 5000)):
        for line, cells in part:
            if len(cells) != len(first):
                raise InputError(
                    f"“{name}”, line {line}: {_count(len(cells), 'cell')}, but line {first_line} has {len(first)}; "
                    "give every row the same number of cells."
                )
        for index, column in enumerate(columns):
            column.read(part, index, separator)
    return columns


def _is_header(cells: list[str], separator: str) -> bool:
    return not any(_is_number(cell, separator) for cell in cells) and not all(_is_missing(cell) for cell in cells)


def _titles(first: list[str], separator: str) -> list[str]:
    """Return one distinct name per column."""
    is_header = _is_header(first, separator)
    titles: list[str] = []
    for index, cell in enumerate(first, start=1):
        title = (cell.strip() if is_header else "") or f"c{index}"
        while title in titles:
            title += f" (c{index})"
        titles.append(title)
    return titles


def _numbers(cells: list[str], separator: str) -> np.ndarray:
    """Return `_number` of every cell, five times faster where all of them are plain numbers."""
    try:
        numbers = np.array([float(cell) for cell in cells])
    except ValueError:
        numbers = np.array([np.nan])
    if (np.abs(numbers) <= LARGEST_NUMBER).all() and "_" not in "".join(cells):
        return numbers
    return np.array([_number(cell, separator) for cell in cells])


def _number(cell: str, separator: str) -> float:
    """Return a cell's finite number, or NaN for anything else."""
    if separator != ",":
        cell = cell.replace(",", ".")
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    # float() also reads 1_000 and infinity
    return value if -LARGEST_NUMBER <= value <= LARGEST_NUMBER and "_" not in cell else math.nan


def _is_number(cell: str, separator: str) -> bool:
    return not math.isnan(_number(cell, separator))


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _fill(values: np.ndarray) -> int:
    """Interpolate the NaNs of each column in place and return how many there were."""
    gaps = np.isnan(values)
    row = np.arange(len(values))
    for column, gap in zip(values.T, gaps.T, strict=True):
        if gap.any():
            column[gap] = np.interp(row[gap], row[~gap], column[~gap])
    return int(gaps.sum())


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
