"""How a table is laid out, from its first rows: what separates the cells, and whether the first row is a header."""

import contextlib
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from core.errors import InputError, quoted
from core.sentence import Sentence
from core.tables.blocks import SPACES, Block, Row, rows
from core.tables.numbers import is_missing, number_in

SEPARATORS = (";", "\t", "|", ",")  # the comma last: where all is equal, it is a decimal one
MOST_COLUMNS = 4096
_SAMPLE = 2**15  # characters that are looked at
_SAMPLE_ROWS = 200
_SEPARATOR_LINE = re.compile(r'"?sep=([^\w"\n])"?[;,\t|]*', re.IGNORECASE)  # as spreadsheets write it in front
_WHOLE_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[, ]\d{3})+")
_WHOLE = re.compile(r"\d+")
_DECIMALS = re.compile(r"\d[.,](\d+)$")
_YEARS, _NEAR_YEARS = range(1500, 2201), range(1000, 3001)


class Stated(NamedTuple):
    """What a person says about a table: texts and numbers that mean that there is no value, whether its first row names
    the columns ("yes", "no"), and the decimal mark of its numbers ("point", "comma"); "auto": as its cells show."""

    missing: tuple[str, ...] = ()
    header: str = "auto"
    decimal: str = "auto"


class Layout(NamedTuple):
    """`header`: the first row names the columns. `first`: its line; `start`: the lines before this one are no data.
    `notes`: sentences on what was assumed."""

    separator: str
    titles: tuple[str, ...]
    header: bool
    first: int
    start: int
    notes: tuple[str, ...]


def layout_of(block: Block, name: str, header: str = "auto") -> Layout:
    """The layout that a table's first block shows, with a header as it shows or as is said ("yes", "no"). Raises
    InputError where it has no row, too many columns, or not such a header."""
    given = _SEPARATOR_LINE.fullmatch(block.text.partition("\n")[0])
    block = _sample(block, skipped=1 if given else 0)
    separator = given[1] if given else _separator(block)
    seen: list[Row] = []
    with contextlib.suppress(InputError):  # further down: the reading itself says so
        seen.extend(islice((row for row in rows(block, separator, name) if not is_blank(row[1])), _SAMPLE_ROWS))
    if not seen:
        seen.extend(row for row in rows(block, separator, name) if not is_blank(row[1]))
    if not seen:
        raise empty(name)
    line, first = seen[0]
    if len(first) > MOST_COLUMNS:
        raise InputError(
            "“{name}” has {count:,} columns, more than {most:,}; leave some of them out.",
            name=name,
            count=len(first),
            most=MOST_COLUMNS,
        )
    below = [cells for _, cells in seen[1:] if len(cells) == len(first)]
    _refuse_spaces(name, separator, seen)
    named, notes = _header(first, below) if header == "auto" else _stated_header(name, line, first, header)
    if separator == SPACES:
        notes += (Sentence("The cells are separated by spaces."),)
    if given:
        notes = (Sentence("The first line ({line}) says what separates the cells.", line=quoted(given[0])), *notes)
    if separator == "," and len(first) > 1 and all(_is_number(",".join(cells)) for _, cells in seen):
        notes += (
            Sentence(
                "“{text}” in line {line} is read as {count} cells; quote numbers with commas.",
                text=",".join(first),
                line=line,
                count=len(first),
            ),
        )
    start = seen[1][0] if named and len(seen) > 1 else line + 1 if named else line
    return Layout(separator, _titles(first, named), named, line, start, notes)


def empty(name: str) -> InputError:
    """The sentence for a file without a row."""
    return InputError("“{name}” is empty; choose a file with at least 2 rows of numbers.", name=name)


def is_blank(cells: Sequence[str]) -> bool:
    """Whether a row consists of separators and spaces only."""
    return not any(cell and not cell.isspace() for cell in cells)


def _sample(block: Block, skipped: int) -> Block:
    """Some whole rows from the beginning, without the first `skipped` lines."""
    lines, size, quotes = [], 0, 0
    for text in islice(block.text.split("\n")[:-1], skipped, None):  # splitlines() also splits at other characters
        lines.append(text + "\n")
        size, quotes = size + len(text), quotes + text.count('"')
        if size >= _SAMPLE and quotes % 2 == 0:
            break
    return Block(block.line + skipped, "".join(lines), 0.0)


def _separator(block: Block) -> str:
    """The separator that cuts the first rows most regularly into more than one cell, and those into numbers; spaces
    where none of the others does."""

    def regularity(separator: str) -> tuple[bool, float, float]:
        found: list[Sequence[str]] = []
        with contextlib.suppress(InputError):  # a misplaced quotation mark: the real reading will say so
            found.extend(cells for _, cells in islice(rows(block, separator, ""), 50))
        if not found:
            return False, 0.0, 0.0
        width, times = Counter(len(cells) for cells in found).most_common(1)[0]
        some = [cell for cells in found for cell in cells[:: len(cells) // 40 + 1]]
        good = sum(is_missing(cell) or _is_number(cell) for cell in some)
        return width > 1, times / len(found), good / len(some)

    best = max(SEPARATORS, key=regularity)
    if regularity(best)[0]:
        return best
    several, _, good = regularity(SPACES)
    return SPACES if several and good > 0.0 else best


def _refuse_spaces(name: str, separator: str, seen: Sequence[Row]) -> None:
    """Raises InputError where spaces may separate the cells as well as the thousands of one number."""
    lines = [(line, SPACES.join(cells)) for line, cells in seen if any(map(_is_number, cells))]
    if separator == SPACES and all(_WHOLE_THOUSANDS.fullmatch(text) for _, text in lines):
        line, text = lines[0]
        raise InputError(
            "“{name}”, line {line}: “{text}” can be one number or {columns}; separate the cells by semicolons, or "
            "write the numbers without spaces.",
            name=name,
            line=line,
            text=quoted(text),
            columns=text.count(SPACES) + 1,
        )


def _header(first: Sequence[str], below: Sequence[Sequence[str]]) -> tuple[bool, tuple[str, ...]]:
    """Whether the first row names the columns, and what is to be said about it."""
    places = [k for k, cell in enumerate(first) if _is_number(cell)]
    if not places:
        return not all(map(is_missing, first)), ()
    shown = quoted(", ".join(cell.strip() for cell in first))
    taken = Sentence("The first row ({shown}) is read as the columns' names.", shown=shown)
    if any(_is_text(cell) and _all_numbers(below, k) for k, cell in enumerate(first)):
        return True, (taken,)
    if not below or not all(_WHOLE.fullmatch(first[k].strip()) for k in places):
        return False, ()
    numbers = [int(first[k]) for k in places]
    counts = numbers == list(range(len(numbers)))
    increasing = all(a < b for a, b in pairwise(numbers))
    years = increasing and all(number in _YEARS for number in numbers)
    blanks = [k for k, cell in enumerate(first) if not cell.strip()]
    values = [number_in(cells[k]).point for cells in below for k in places]
    decimals = [_written_as_decimals(below, k) for k in places]
    if blanks not in ([], [0]):
        header = False
    elif counts and (blanks or len(numbers) > 2):
        following = [number_in(below[0][k]).point for k in places]
        header = bool(blanks) or following != [number + len(numbers) for number in numbers]
    elif years:
        header = not any(_NEAR_YEARS[0] <= value <= _NEAR_YEARS[-1] for value in values)
    else:
        header = len(numbers) > 1 and increasing and all(decimals)
    if header:
        return True, (taken,)
    if (counts and len(numbers) > 1) or years:
        note = Sentence(
            "The first row ({shown}) is read as data; if it names the columns, name them with letters.", shown=shown
        )
        return False, (note,)
    return False, ()


def _stated_header(name: str, line: int, first: Sequence[str], header: str) -> tuple[bool, tuple[str, ...]]:
    """The same where it is said. Raises InputError where a row that is to name the columns names none, and where one
    that is to be data has no number."""
    shown = quoted(", ".join(cell.strip() for cell in first))
    if header == "yes":
        if all(map(is_missing, first)):
            raise InputError(
                "“{name}”, line {line}: “{shown}” names no column; leave csv_header out, or say no.",
                name=name,
                line=line,
                shown=shown,
            )
        return True, (
            Sentence("The first row ({shown}) is read as the columns' names, as csv_header says.", shown=shown),
        )
    if not any(map(_is_number, first)) and not all(map(is_missing, first)):
        raise InputError(
            "“{name}”, line {line}: “{shown}” is no row of numbers; leave csv_header out, or say yes.",
            name=name,
            line=line,
            shown=shown,
        )
    return False, (Sentence("The first row ({shown}) is read as data, as csv_header says.", shown=shown),)


def _is_number(cell: str) -> bool:
    found = number_in(cell)
    return found.point == found.point or found.comma == found.comma  # not NaN


def _is_text(cell: str) -> bool:
    return not is_missing(cell) and not _is_number(cell)


def _all_numbers(below: Sequence[Sequence[str]], k: int) -> bool:
    cells = [cells[k] for cells in below if not is_missing(cells[k])]
    return bool(cells) and all(map(_is_number, cells))


def _written_as_decimals(below: Sequence[Sequence[str]], k: int) -> bool:
    """Whether whatever wrote this column writes decimals of whole numbers too: 1.0, or always as many of them."""
    found = [_DECIMALS.search(cells[k].strip()) for cells in below if not is_missing(cells[k])]
    places = [each[1] for each in found if each]
    if len(places) < 3 or len(places) < len(found):
        return False
    return "0" in places or (len(places[0]) > 1 and len(set(map(len, places))) == 1)


def _titles(first: Sequence[str], header: bool) -> tuple[str, ...]:
    """One distinct name per column."""
    titles: dict[str, None] = {}
    for index, cell in enumerate(first, start=1):
        title = (cell.strip() if header else "") or f"c{index}"
        while title in titles:
            title += f" (c{index})"
        titles[title] = None
    return tuple(titles)
