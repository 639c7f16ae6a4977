"""A lesson's texts with their numbers: "{norm('L1.ds', 1)|power}" is filled in from the run, and never typed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.errors import InputError
from core.exercises.worksheet.rows import figure
from core.jobs import Job
from core.lessons.language.parse import Expression, parse
from core.lessons.language.runs import Runs

_PLACE = re.compile(r"\{([^{}|]*)(?:\|([^{}|]*))?\}")
NOT_A_NUMBER = "not a number"


@dataclass(frozen=True)
class Format:
    """How a number is written: {expression|name}."""

    name: str
    about: str
    write: Callable[[float], str]


def _decimals(count: int) -> Callable[[float], str]:
    return lambda value: f"{value:.{count}f}".replace("-", "−")


def _power(value: float) -> str:
    """2·10⁻¹²: one digit is enough beside a power of ten."""
    return figure(value, 1) if not 1e-3 <= abs(value) < 1e4 else figure(value, 2)


def _three(value: float) -> str:
    return figure(value, 3)


FORMATS = (
    Format("", "three digits, with a power of ten where it is needed", _three),
    Format("whole", "a whole number", lambda value: f"{value:,.0f}".replace("-", "−")),
    Format("1", "one decimal", _decimals(1)),
    Format("2", "two decimals", _decimals(2)),
    Format("3", "three decimals", _decimals(3)),
    Format("power", "two digits, or one and a power of ten", _power),
    Format("percent", "as a percentage", lambda value: f"{100 * value:.0f} %".replace("-", "−")),
)
_BY_NAME = {each.name: each for each in FORMATS}


def numbers_in(text: str) -> Iterator[tuple[Expression, Format]]:
    """What stands in braces. Raises InputError where it is no expression, or no such format."""
    for found in _PLACE.finditer(text):
        name = (found[2] or "").strip()
        if name not in _BY_NAME:
            known = ", ".join(each.name for each in FORMATS if each.name)
            raise InputError("there is no format {name}; the formats are {known}.", name=name, known=known)
        yield parse(found[1].strip()), _BY_NAME[name]
    left = _PLACE.sub("", text)
    if "{" in left or "}" in left:
        raise InputError("a brace is not closed; a number stands as {expression|format}.")


def filling(text: str, runs: Runs) -> Job[str]:
    """The text with its numbers. Raises InputError as `numbers_in` does, or where one cannot be found."""
    written = []
    for expression, form in numbers_in(text):
        value = yield from expression.number(runs)
        written.append(form.write(value) if math.isfinite(value) else NOT_A_NUMBER)
    numbers = iter(written)
    return _PLACE.sub(lambda _: next(numbers), text)
