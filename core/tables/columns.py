"""One column of a table while it is read: its numbers under one decimal mark, and what its cells say about it."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

import numpy as np

from core.errors import InputError, quoted
from core.sentence import Sentence
from core.tables.numbers import (
    COMMA,
    MARK_NAMES,
    OTHER,
    PERCENT,
    POINT,
    Number,
    has_thousands,
    is_missing,
    number_in,
    plain,
    plain_column,
    resembles_number,
)

MOST_CLASSES = 64  # different texts in a column that can be labels


class Cell(NamedTuple):
    """A cell that a sentence may name, with its line."""

    line: int
    text: str

    @property
    def shown(self) -> str:
        return f"“{quoted(self.text, 40)}”"


class Missing(NamedTuple):
    """What was declared to mean that there is no value: texts in lower case, and numbers."""

    texts: frozenset[str]
    numbers: np.ndarray

    @classmethod
    def of(cls, declared: Sequence[str]) -> "Missing":
        """A declared number is any way of writing it: -200 is −200,0 as well."""
        found = [number_in(text) for text in declared]
        numbers = sorted({value for each in found for value in (each.point, each.comma) if not math.isnan(value)})
        return cls(frozenset(text.strip().lower() for text in declared), np.array(numbers))

    def says(self, cell: str) -> bool:
        """Whether a cell is one of the texts, or says that there is no value without having been declared."""
        return is_missing(cell) or cell.strip().lower() in self.texts


@dataclass
class Column:
    """Its numbers in parts, NaN where there is none. `certain` has its first cell that is a number with that decimal
    mark only, `ambiguous` its first with that sign in it which is one with either. `codes` numbers its texts while
    there is no number and they are few."""

    title: str
    mark: str = POINT
    parts: list[np.ndarray] = field(default_factory=list)
    has_number: bool = False
    bad: Cell | None = None  # the first that is neither a number nor missing
    certain: dict[str, Cell] = field(default_factory=dict)
    ambiguous: dict[str, Cell] = field(default_factory=dict)
    grouped: Cell | None = None  # the first with thousands marks
    units: dict[str, Cell] = field(default_factory=dict)  # $, %, or "" for none: the first cell of each
    resembling: int = 0  # cells that are no number, but have nothing in them but digits, marks and signs
    others: int = 0  # other cells that are neither a number nor missing
    codes: dict[str, int] | None = field(default_factory=dict)
    coded: list[np.ndarray] = field(default_factory=list)

    def read(self, lines: Sequence[int], cells: Sequence[str], missing: Missing) -> None:
        """Append these cells, which stand on these lines."""
        self.append(self._numbers(lines, cells, missing), missing)
        if self.codes is not None:
            self._code(cells, missing)

    def append(self, values: np.ndarray, missing: Missing) -> None:
        """Append numbers, without those that were declared to be none."""
        if len(missing.numbers):
            values[np.isin(values, missing.numbers)] = math.nan
        self.parts.append(values)
        if not self.has_number and not np.isnan(values).all():
            self.has_number, self.codes, self.coded = True, None, []

    def learn_plain(self, lines: Sequence[int], cells: Sequence[str]) -> None:
        """Notes what cells that are plain numbers say about the decimal mark, until one decides."""
        self.units.setdefault("", Cell(lines[0], cells[0]))
        if self.mark in self.certain or self.mark not in "".join(cells):
            return
        for line, cell in zip(lines, cells, strict=True):
            if self.mark in cell:
                self._weigh(Cell(line, cell), number_in(cell))
                if self.mark in self.certain:
                    return

    def _weigh(self, cell: Cell, number: Number) -> None:
        if number.ambiguous:
            self.ambiguous.setdefault(POINT if POINT in cell.text else COMMA, cell)
        elif number.certain:
            self.certain.setdefault(number.certain, cell)

    def _numbers(self, lines: Sequence[int], cells: Sequence[str], missing: Missing) -> np.ndarray:
        """The cells' values, NaN where there is none."""
        joined = "".join(cells)
        if "" in self.units and (self.mark in self.certain or self.mark not in joined):
            found = plain_column(cells, joined, self.mark)
            if found is not None:
                return found
        times = Counter(cells)  # texts and gaps repeat, and each of them is looked at once
        found = {}
        for line, cell in zip(lines, cells, strict=True):
            if cell not in found:
                found[cell] = self._value(Cell(line, cell), times[cell], missing)
        return np.array([found[cell] for cell in cells])

    def _value(self, cell: Cell, times: int, missing: Missing) -> float:
        """The value of a text that stands in so many cells, the first of them this one; NaN where it has none."""
        value = plain(cell.text, self.mark)
        if value is not None and (self.mark in self.certain or self.mark not in cell.text) and "" in self.units:
            return value
        return math.nan if missing.says(cell.text) else self._number(cell, times)

    def _number(self, cell: Cell, times: int) -> float:
        """The same of what is not missing, and what it says about the column."""
        number = number_in(cell.text)
        value = number.under(self.mark)
        if number.certain or number.ambiguous:
            self._weigh(cell, number)
        if math.isnan(value):
            if not number.certain:  # else a number with the other mark: with that the column is read again, or refused
                self.bad = self.bad or cell
                self.resembling += times * resembles_number(cell.text)
                self.others += times
            return value
        self.units.setdefault(number.unit, cell)
        if self.grouped is None and has_thousands(cell.text, self.mark):
            self.grouped = cell
        return value

    def _code(self, cells: Sequence[str], missing: Missing) -> None:
        texts = [" ".join(cell.split()) for cell in cells]
        codes = self.codes or {}
        for text in dict.fromkeys(texts):
            if not missing.says(text):
                codes.setdefault(text, len(codes))
                if len(codes) > MOST_CLASSES:
                    self.codes, self.coded = None, []
                    return
        self.codes = codes
        self.coded.append(np.array([codes.get(text, -1) for text in texts], dtype=np.int16))

    def texts(self) -> tuple[tuple[str, ...], np.ndarray]:
        """The column's texts, sorted, and each row's number among them, −1 where it is missing."""
        names = tuple(sorted(self.codes or {}))
        place = np.array([*(names.index(text) for text in self.codes or {}), -1])  # code −1 reads the last, −1
        found = place[np.concatenate(self.coded)]
        found.setflags(write=False)
        return names, found

    def refuse_contradiction(self, name: str) -> None:
        """Raises InputError where its cells cannot all be read in one way."""
        if POINT in self.certain and COMMA in self.certain:
            earlier, later = sorted((self.certain[mark], mark) for mark in OTHER)
            raise InputError(
                "“{name}”, line {later_line}, column “{title}”: {later} has a decimal {later_mark}, but {earlier} in "
                "line {earlier_line} has a decimal {earlier_mark}; write them alike.",
                name=name,
                later_line=later[0].line,
                title=quoted(self.title),
                later=later[0].shown,
                later_mark=Sentence(MARK_NAMES[later[1]]),
                earlier=earlier[0].shown,
                earlier_line=earlier[0].line,
                earlier_mark=Sentence(MARK_NAMES[earlier[1]]),
            )
        signs = {sign: cell for sign, cell in self.units.items() if sign}
        if PERCENT in signs and "" in self.units:
            signs[""] = self.units[""]
        if len(signs) > 1:
            earlier, later = sorted(signs.values())[:2]
            raise InputError(
                "“{name}”, line {later_line}, column “{title}”: {later} is of another unit than {earlier} in line "
                "{earlier_line}; write them alike.",
                name=name,
                later_line=later.line,
                title=quoted(self.title),
                later=later.shown,
                earlier=earlier.shown,
                earlier_line=earlier.line,
            )

    def refuse_mixed(self, name: str) -> None:
        """Raises InputError where it has numbers beside cells that are none."""
        if self.bad is not None and self.has_number:
            self._refuse(name, self.bad)

    def refuse_resembling(self, name: str) -> None:
        """Raises InputError where most of its cells are nearly numbers: they are not left out as texts."""
        if self.bad is not None and 2 * self.resembling > self.others:
            self._refuse(name, self.bad)

    def _refuse(self, name: str, cell: Cell) -> NoReturn:
        raise InputError(
            "“{name}”, line {line}, column “{title}”: {shown} is not a number; correct the cell, empty it, declare it "
            "missing (csv_missing) or remove the column.",
            name=name,
            line=cell.line,
            title=quoted(self.title),
            shown=cell.shown,
        )


def settle_marks(
    columns: Sequence[Column], separator: str, name: str, decimal: str = "auto"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The decimal mark of every column, and what was assumed about them, in sentences.

    A column's own cells decide. Where all of them can be read either way, the other columns do, if they agree; where
    none does, 1.010 has a decimal point, and 1,010 a thousands comma where the comma also separates the cells. Raises
    InputError for what remains. `decimal`: "point" or "comma" where it is said what all of them have; a cell that can
    only be read with the other one is refused.
    """
    if decimal != "auto":
        return _stated_marks(columns, name, decimal)
    sure = {mark: cell for column in columns for mark, cell in column.certain.items()}
    marks, notes = [], []
    for column in columns:
        column.refuse_contradiction(name)
        if column.certain:
            mark = next(iter(column.certain))
        elif not column.ambiguous:
            mark = column.mark
        elif len(sure) == 1:
            mark = next(iter(sure))
        else:
            mark = _assumed(column, separator, name, bool(sure))
            cell = min(column.ambiguous.values())
            value = number_in(cell.text).under(mark)
            notes.append(
                Sentence(
                    "No other number decides what {shown} in line {line} (“{column}”) means: it is read as "
                    "{value:.15g}.",
                    shown=cell.shown,
                    line=cell.line,
                    column=quoted(column.title),
                    value=value,
                )
            )
        marks.append(mark)
    return tuple(marks), tuple(notes[:1])


def _stated_marks(columns: Sequence[Column], name: str, decimal: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    (stated,) = (mark for mark, word in MARK_NAMES.items() if word == decimal)
    wrong = [(column.certain[OTHER[stated]], column) for column in columns if OTHER[stated] in column.certain]
    if wrong:
        cell, column = min(wrong, key=lambda each: each[0])
        raise InputError(
            "“{name}”, line {line}, column “{column}”: {shown} has a decimal {other}, but csv_decimal says {decimal}; "
            "leave it out, or write them alike.",
            name=name,
            line=cell.line,
            column=quoted(column.title),
            shown=cell.shown,
            other=Sentence(MARK_NAMES[OTHER[stated]]),
            decimal=decimal,
        )
    for column in columns:
        column.refuse_contradiction(name)
    return (stated,) * len(columns), (
        Sentence("Numbers are read with a decimal {mark}, as csv_decimal says.", mark=Sentence(decimal)),
    )


def _assumed(column: Column, separator: str, name: str, contradictory: bool) -> str:
    if not contradictory and len(column.ambiguous) == 1 and (POINT in column.ambiguous or separator == COMMA):
        return POINT
    cell = min(column.ambiguous.values())
    number = number_in(cell.text)
    low, high = sorted((number.point, number.comma))
    raise InputError(
        "“{name}”, line {line}, column “{column}”: {shown} can be {low:.15g} or {high:.15g}, and no other number "
        "decides; leave out the thousands marks, or write a decimal point.",
        name=name,
        line=cell.line,
        column=quoted(column.title),
        shown=cell.shown,
        low=low,
        high=high,
    )
