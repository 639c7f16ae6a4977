"""The glossary: each symbol and term with one sentence that says what it is; the history; what structures are for."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import msgspec

from core.errors import InputError, quoted
from core.files.reading import read_bytes

FILE = Path(__file__).resolve().parents[1] / "assets" / "glossary.toml"
LARGEST = 1_000_000  # bytes of a catalogue


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A field that is not known is a mistake."""


class Entry(_Strict, frozen=True, kw_only=True):
    """One term. `symbol`: in our own notation, "" where it has none; `also`: other names by which it is found."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    says: Annotated[str, msgspec.Meta(min_length=10, max_length=160)]
    symbol: Annotated[str, msgspec.Meta(max_length=24)] = ""
    also: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=60)], ...] = ()


class Section(_Strict, frozen=True, kw_only=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    entry: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]


class Event(_Strict, frozen=True, kw_only=True):
    """What came when. `task`, `set`: the choices of an experiment that show it."""

    year: Annotated[int, msgspec.Meta(ge=1800, le=2100)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    says: Annotated[str, msgspec.Meta(min_length=10, max_length=160)]
    task: str = ""
    set: dict[str, Any] = {}


class Use(_Strict, frozen=True, kw_only=True):
    """What a structure is used for. `task`, `set`: an experiment that shows it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    says: Annotated[str, msgspec.Meta(min_length=10, max_length=160)]
    task: str
    set: dict[str, Any] = {}


class Catalogue(_Strict, frozen=True, kw_only=True):
    section: tuple[Section, ...]
    event: tuple[Event, ...] = ()
    use: tuple[Use, ...] = ()


def read_glossary(path: Path) -> Catalogue:
    """A catalogue. Raises InputError naming the file and what is wrong."""
    try:
        values = tomllib.loads(read_bytes(path, LARGEST, "glossary").decode("utf-8"))
        return msgspec.convert(values, Catalogue)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(
            "{file}: this is no glossary ({error}).", file=path.name, error=quoted(str(error), 200)
        ) from None


@lru_cache(1)
def glossary() -> Catalogue:
    """That of the program. Raises InputError where it cannot be read."""
    return read_glossary(FILE)


@lru_cache(1)
def by_name() -> dict[str, Entry]:
    """The entries by each of their names, in small letters."""
    found: dict[str, Entry] = {}
    for section in glossary().section:
        for entry in section.entry:
            for name in (entry.name, *entry.also):
                found.setdefault(name.lower(), entry)
    return found


def entry_of(name: str) -> Entry | None:
    """What a term is, by any of its names, singular or plural; "pre-activation of the forget gate" by its first words.
    None where the glossary has none."""
    known, name = by_name(), name.lower()
    for each in (name, name.removesuffix("s"), f"{name}s", name.partition(" of the ")[0], name.partition(",")[0]):
        if each in known:
            return known[each]
    return None
