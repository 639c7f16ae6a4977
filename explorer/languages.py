"""Other languages: one file each, assets/languages/NAME.toml, in which every text stands beside its English one.

The English text is the key: [texts] "Pin run" = "…". A text for one place alone stands under what it is asked for:
[contexts.glossary] "gate" = "…". What a file lacks stays English. Texts of the window, of lessons and of the glossary
are all asked for in the same way, so that a second language is one more file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtGui import QTextLayout

from core.errors import InputError, quoted
from core.files.reading import read_bytes

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "languages"
LARGEST = 4_000_000  # bytes of a file
ENGLISH = "en"


class LanguageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`name`: what the language calls itself; `texts`: by the English ones, with the same {placeholders}; `contexts`:
    the same for texts of one context, before all others."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    texts: dict[str, str] = {}
    contexts: dict[str, dict[str, str]] = {}


class Language(QTranslator):
    """A table of texts, handed to Qt."""

    def __init__(self, texts: Mapping[str, str], contexts: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(QCoreApplication.instance())  # Qt keeps no translator alive that is installed
        self._texts, self._contexts = texts, contexts

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:  # type: ignore[override]
        """The text in this language; None for one that it lacks."""
        return self._contexts.get(context, {}).get(source) or self._texts.get(source) or None

    def isEmpty(self) -> bool:
        return not (self._texts or self._contexts)


def languages_there(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of the files that there are."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml"))) if folder.is_dir() else ()


@cache
def name_of(language: str, folder: Path = FOLDER) -> str:
    """What a language calls itself; the name of its file where that cannot be read, or not be drawn."""
    try:
        name = read_language(folder / f"{language}.toml").name
    except InputError:
        return language
    return name if can_be_drawn(name) else language


def can_be_drawn(text: str) -> bool:
    """Whether some font of this machine has every character."""
    layout = QTextLayout(text)
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return all(glyph for run in layout.glyphRuns() for glyph in run.glyphIndexes())  # 0 is that of no character


def read_language(path: Path) -> LanguageFile:
    """A language's file. Raises InputError naming it, and what is wrong: no such file, a text with other {placeholders}
    than the English one."""
    try:
        found = msgspec.convert(tomllib.loads(read_bytes(path, LARGEST, "language").decode("utf-8")), LanguageFile)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(
            "{file}: this is no language's file ({error}).", file=path.name, error=quoted(str(error), 200)
        ) from None
    tables = (found.texts, *found.contexts.values())
    for source, text in (pair for table in tables for pair in table.items()):
        if text and _placeholders(source) != _placeholders(text):
            raise InputError(
                "{file}: “{text}” has other {{placeholders}} than “{source}”; take over all of them as they are.",
                file=path.name,
                text=quoted(text, 100),
                source=quoted(source, 100),
            )
    return found


def use_language(name: str, folder: Path = FOLDER) -> Language | None:
    """Everything from now on is said in that language, as far as it has the texts; None for English. Raises InputError
    for one that cannot be read, or not be drawn."""
    if name in ("", ENGLISH):
        return None
    found = read_language(folder / f"{name}.toml")
    if not can_be_drawn(found.name):
        raise InputError(
            "{name}: no font of this machine has its characters; install one, then start again.", name=name
        )
    made = Language(found.texts, found.contexts)
    QCoreApplication.installTranslator(made)
    return made


def _placeholders(text: str) -> list[str]:
    """What stands in braces, which only its order may change; and Qt's own %n."""
    pieces = text.split("{")[1:]
    return sorted([*(piece.partition("}")[0] for piece in pieces), *(["%n"] * text.count("%n"))])
