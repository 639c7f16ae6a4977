"""The one exception that a person's input can raise, and how its sentence quotes what it got."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

Named = TypeVar("Named")
MOST_QUOTED = 60  # characters of a file's content in a sentence about it
SPACES = "\u00a0\u2009\u202f"  # that do not break a line


class InputError(ValueError):
    """Input that cannot be used. Its message is one sentence for a person: what is wrong, and what to do.

    Control characters and broken ones, which a file or an argument may have brought into it, are shown as ·.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("".join(map(_shown, sentence)))


def _shown(character: str) -> str:
    if character.isprintable() or character in SPACES:
        return character
    return " " if character.isspace() else "·"


def quoted(text: str, most: int = MOST_QUOTED) -> str:
    """At most `most` characters of a text in one line, for a sentence that quotes what it got: control characters and
    broken ones are shown as ·, and … stands for what is left out."""
    line = " ".join(text[: 4 * most].split())
    shown = "".join(c if c.isprintable() else "·" for c in line[:most])
    return shown + "…" if len(line) > most or len(text) > 4 * most else shown


def one_named(name: str, of: Iterable[Named], refusal: str) -> Named:
    """The one whose `name` it is. Raises InputError where there is none: `refusal` with the name and all there are put
    in for {name} and {known}."""
    there: list[Any] = list(of)
    for each in there:  # no dictionary: a training asks at every update
        if each.name == name:
            return each
    raise InputError(refusal.format(name=quoted(name), known=", ".join(each.name for each in there)))
