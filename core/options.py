"""Option: what a part, a cell or a task lets a person choose, declared where it is read.

CELLS, TASKS and, for parts, core.network.structures hold the declarations; core.experiment makes a field of each. Its
limits are checked, and the command line, the list of options, the files and the Experiment panel find it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.choices import Choices


@dataclass(frozen=True)
class Slider:
    """Which numbers a slider has: from `near` to `far` evenly, or by decades. `far` may depend on the other choices.
    Evenly, whatever else the option's limits allow can be typed. What can be off starts at `start` (None: `near`)."""

    near: float
    far: float | Callable[[Choices], float]
    decades: bool = False
    start: float | None = None


@dataclass(frozen=True)
class Option:
    """One choice that only some parts, cells or tasks read.

    `type` is a type with its limits as msgspec has them: Annotated[int, msgspec.Meta(ge=1, le=64)]. `unit` is what a
    number counts or measures. `makes` says what is made anew with another value: "parameters" (trained ones no longer
    belong) or "data" (what was typed over them no longer belongs).

    In the Experiment panel: `title` ("": no row of its own), `tip`, the `slider` of a number, the `words` of each
    value of a Literal (value, label, tip), the `example` in an empty field, and `after`, the choice whose row is above
    its own ("": a part's options are the last of the structure's, a cell's and a task's the first of theirs). The row
    of a cell's or task's option is shown with these. Where the option does not apply to the other choices its row is
    out of reach, for the reason `why`, one sentence. A symbol in braces, {W}, is written as in the notation on view.
    `note`: what the list of options adds.
    `along`: what changes with it, unless it is chosen too, from the choices before.
    """

    name: str
    type: Any
    default: Any
    title: str = ""
    tip: str = ""
    slider: Slider | None = None
    words: tuple[tuple[str, str, str], ...] = ()
    example: str = ""
    after: str = ""
    note: str = ""
    unit: str = ""
    makes: tuple[Literal["parameters", "data"], ...] = ()
    along: Callable[[Choices], Mapping[str, Any]] = lambda choices: {}
    applies: Callable[[Choices], bool] = lambda choices: True
    why: str = ""


def collected(owners: Iterable[tuple[Option, ...]], taken: Iterable[str]) -> dict[str, Option]:
    """The options that parts, cells and tasks declare, by name, in the order of their lists.

    Raises ValueError where two declare one name differently, or one of the names `taken` by what every experiment has.
    """
    found: dict[str, Option] = {}
    for option in (option for options in owners for option in options):
        if option.name in taken:
            raise ValueError(f"{option.name} is a choice of every experiment; give the option another name.")
        if found.setdefault(option.name, option) is not option:
            raise ValueError(f"{option.name} is declared twice; declare it once, and use that where it is read.")
    return found


def names_of(options: Iterable[Option]) -> tuple[str, ...]:
    """The names of some options."""
    return tuple(option.name for option in options)
