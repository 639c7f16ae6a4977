"""The one exception that a person's input can raise, and how its sentence quotes what it got."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from core.sentence import Sentence

Named = TypeVar("Named")
MOST_QUOTED = 60  # characters of a file's content in a sentence about it
SPACES = "\u00a0\u2009\u202f"  # that do not break a line


class InputError(ValueError):
    """Input that cannot be used. Its message is one sentence for a person: what is wrong, and what to do. It is made as
    a `Sentence` is, of a template and its parts, or is one already: "{name} has {count} rows.", name=…, count=….
    Another InputError among the parts is its own sentence.

    Control characters and broken ones, which a file or an argument may have brought into it, are shown as ·.
    """

    def __init__(self, template: str, /, **parts: Any) -> None:
        super().__init__(Sentence(template, **parts).with_texts(_clean))

    @property
    def sentence(self) -> Sentence:
        """What it says, for the window to say in the user's language."""
        return self.args[0]


def _clean(text: str) -> str:
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character in SPACES:
        return character
    return " " if character.isspace() else "·"


_EXPECTED = re.compile(r"[Ee]xpected (`[^`]+`(?: (?:[<>]=?|of length [<>]=?) [^,]+)?)(?:, got (`[^`]+`))?")
_INVALID = re.compile(r"[Ii]nvalid enum value '(.*)'")


def misfit(message: str) -> Sentence:
    """What msgspec says of a value, as a clause: «expected `int` >= 1»."""
    text = quoted(message, 200)
    if expected := _EXPECTED.fullmatch(text):
        return Sentence(
            "expected {wanted}, got {found}" if expected[2] else "expected {wanted}",
            wanted=expected[1],
            found=expected[2] or "",
        )
    if invalid := _INVALID.fullmatch(text):
        return Sentence("invalid enum value “{value}”", value=invalid[1])
    clause = text[:1].lower() + text[1:]
    return Sentence(clause)


def quoted(text: str, most: int = MOST_QUOTED) -> str:
    """At most `most` characters of a text in one line, for a sentence that quotes what it got: control characters and
    broken ones are shown as ·, and … stands for what is left out."""
    line = " ".join(text[: 4 * most].split())
    shown = "".join(c if c.isprintable() else "·" for c in line[:most])
    return shown + "…" if len(line) > most or len(text) > 4 * most else shown


def one_named(name: str, of: Iterable[Named], refusal: str) -> Named:
    """The one whose `name` it is. Raises InputError where there is none: `refusal`, a template with {name} for the name
    and {known} for all that there are."""
    there: list[Any] = list(of)
    for each in there:  # no dictionary: a training asks at every update
        if each.name == name:
            return each
    raise InputError(refusal, name=quoted(name), known=", ".join(each.name for each in there))
