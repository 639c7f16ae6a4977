"""Sentences with values in them that another language can still say: the English text, and what it was made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from numbers import Number
from typing import Any

LONGEST = 1000  # characters of a template in a file
_PLACE = re.compile(r"\{[a-z_]+(?::[,.0-9]{0,4}[dfg]?)?\}")

Translate = Callable[[str], str]


class Sentence(str):
    """The English text: it is compared, hashed, printed and written as that. Beside it are the `template` it was made
    of, which is the key of a language's text, and the `parts`, by the names of its {placeholders}: numbers, texts, and
    sentences, which are translated first. A template without parts is the text itself, braces and all."""

    template: str
    parts: dict[str, Any]

    def __new__(cls, template: str, /, **parts: Any) -> Sentence:
        """Raises KeyError for a placeholder without a part. Of a sentence without more parts it is that sentence."""
        if isinstance(template, Sentence) and not parts:
            return template
        kept = {name: _kept(value) for name, value in parts.items()}
        self = super().__new__(cls, template.format(**kept) if kept else template)
        self.template, self.parts = template, kept
        return self

    def __reduce__(self) -> tuple[Callable[..., Sentence], tuple[str, dict[str, Any]]]:
        return _made, (self.template, self.parts)

    def translated(self, translate: Translate) -> str:
        """The text that `translate` makes of the template, with the parts in their places."""
        text = translate(self.template)
        if not self.parts:
            return text
        return text.format(**{name: translated(part, translate) for name, part in self.parts.items()})

    def with_texts(self, change: Callable[[str], str]) -> Sentence:
        """The sentence with `change` made to every text that was put into it, and to its own."""
        return Sentence(change(self.template), **{name: _changed(part, change) for name, part in self.parts.items()})


def _made(template: str, parts: dict[str, Any]) -> Sentence:
    return Sentence(template, **parts)


def _kept(part: Any) -> Any:
    """A part without what it came from: an error is what it says, and of other things only their text is kept."""
    said = getattr(part, "sentence", part)
    return said if isinstance(said, str | Number | tuple) else str(said)


def translated(part: Any, translate: Translate) -> Any:
    """A sentence in another language; what is none stays."""
    return part.translated(translate) if isinstance(part, Sentence) else part


def _changed(part: Any, change: Callable[[str], str]) -> Any:
    if isinstance(part, Sentence):
        return part.with_texts(change)
    return change(part) if isinstance(part, str) else part


# --- in files ---
def to_builtins(text: str) -> str | list[Any]:
    """A text as JSON holds it: a sentence as its template and its parts."""
    if not isinstance(text, Sentence):
        return text
    parts = {name: to_builtins(part) if isinstance(part, str) else part for name, part in text.parts.items()}
    return [text.template, parts]


def from_builtins(found: Any) -> str:
    """The inverse. Raises ValueError, TypeError or KeyError where it is none: a file may hold anything, and a template
    of a file may do no more than put its parts in."""
    if isinstance(found, str):
        return found
    template, parts = found
    if not isinstance(parts, dict) or len(template) > LONGEST or set(_PLACE.sub("", template)) & set("{}"):
        raise ValueError
    kept = {name: part if isinstance(part, int | float) else from_builtins(part) for name, part in parts.items()}
    return Sentence(template, **kept)


def plural(count: int, one: str, many: str, /, **parts: Any) -> Sentence:
    """The sentence about one thing or about several, {count} of them; a language has a text for either."""
    return Sentence(one if count == 1 else many, count=count, **parts)


# --- several texts, one after another ---
def clauses(each: Iterable[str]) -> str:
    """Clauses of one sentence: "a; b"; those that are empty are left out."""
    found = ""
    for clause in filter(None, each):
        found = Sentence("{clauses}; {clause}", clauses=found, clause=clause) if found else clause
    return found


def and_then(each: Iterable[str]) -> str:
    """Clauses of one sentence that belong together: "a, and b"."""
    found = ""
    for clause in filter(None, each):
        found = Sentence("{clauses}, and {clause}", clauses=found, clause=clause) if found else clause
    return found


def listed(each: Iterable[str]) -> str:
    """Things in a row: "a, b, c"."""
    found = ""
    for thing in each:
        found = Sentence("{things}, {thing}", things=found, thing=thing) if found else thing
    return found


def first_of(each: Iterable[str], most: int) -> str:
    """The first of several things: "a, b and 3 more"."""
    things = list(each)
    first, more = listed(things[:most]), len(things) - most
    return Sentence("{first} and {more} more", first=first, more=more) if more > 0 else first


def one_of(names: Iterable[str]) -> str:
    """Names of which one is to be chosen: "a, b or c"."""
    *others, last = names
    return Sentence("{others} or {last}", others=listed(others), last=last) if others else last


def all_of(names: Iterable[str]) -> str:
    """Names that belong together: "a, b and c"."""
    *others, last = names
    return Sentence("{others} and {last}", others=listed(others), last=last) if others else last
