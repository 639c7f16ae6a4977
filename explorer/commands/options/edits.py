"""Numbers typed over from the command line: --edit "L1.W[0,1]=0.5", and --lock for one that training leaves alone."""

from __future__ import annotations

import argparse
import re

from core.choices import Edit
from core.edits.editing import LARGEST, edited
from core.edits.places import places_of, stacked
from core.errors import InputError, quoted
from core.experiment import Experiment

_WRITTEN = re.compile(r"\s*([^\[\]=\s]+)\s*\[([\d\s,]*)\]\s*=\s*(.+)")
EXAMPLE = '"L1.W[0,1]=0.5"'


def add_edit_options(group: argparse._ArgumentGroup) -> None:
    """--edit and --lock."""
    about = f'one number of x, y, a parameter or an initial state, counted from 0: {EXAMPLE}, "x[2,0,0]=1" (step, '
    about += 'sample, unit), "L1.s_0[0,1]=-0.3"; can be given again'
    group.add_argument("--edit", metavar="NAME[I,J]=VALUE", action="append", default=[], dest="edits", help=about)
    about = "the same, and locked: training leaves it unchanged"
    group.add_argument("--lock", metavar="NAME[I,J]=VALUE", action="append", default=[], dest="locks", help=about)


def with_edits(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """The experiment with the numbers that --edit and --lock type over. Raises InputError naming the option."""
    given = [("--edit", text) for text in options.edits] + [("--lock", text) for text in options.locks]
    if not given:
        return experiment
    places = places_of(experiment)
    wanted: dict[tuple[str, tuple[int, ...]], tuple[Edit, str]] = {}
    for option, text in given:
        name, index, number = _read(option, text)
        name, index = stacked(places.network, name, index)
        edit = Edit(name, index, number, option == "--lock")
        reason = places.refusal(edit) or places.unused(edit)
        if reason:
            raise InputError(
                "{option} {text}: {reason}", option=option, text=quoted(text), reason=reason.removeprefix("edits: ")
            )
        before = wanted.setdefault((name, index), (edit, f"{option} {quoted(text)}"))
        if before[0].value != number:
            raise InputError(
                "{option} {text}: {before} sets the same number to another value; leave one of them out.",
                option=option,
                text=quoted(text),
                before=before[1],
            )
        wanted[name, index] = edit, f"{option} {quoted(text)}"
    return edited(experiment, [edit for edit, _ in wanted.values()])


def _read(option: str, text: str) -> tuple[str, tuple[int, ...], float]:
    found = _WRITTEN.fullmatch(text)
    places = [part.strip() for part in found[2].split(",")] if found else []
    if found is None or not all(part.isdecimal() and len(part) < 8 for part in places):
        raise InputError(
            "{option} {text}: write it as NAME[I,J]=VALUE, counted from 0, for example {option} {example}.",
            option=option,
            text=quoted(text),
            example=EXAMPLE,
        )
    try:
        number = float(found[3].replace("−", "-"))
    except ValueError:
        raise InputError(
            "{option} {text}: “{found}” is no number.", option=option, text=quoted(text), found=quoted(found[3])
        ) from None
    if not abs(number) <= LARGEST:  # not a number is refused as well
        wrong = f"{option} {quoted(text)}: “{quoted(found[3])}”"
        raise InputError("{wrong} cannot be used; give a number from −10⁶ to 10⁶.", wrong=wrong)
    return found[1], tuple(map(int, places)), number
