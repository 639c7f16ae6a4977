"""Reading a lesson's file: TOML, with every mistake named by its line.

`lines_of` finds the line that a place in the file stands on ("step[2].ask.options[1]"), since what reads TOML does not
tell. Raises LessonError, whose `line` counts from 1.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

import msgspec

from core.errors import InputError, misfit, quoted
from core.files.reading import read_bytes
from core.lessons.format import Lesson
from core.sentence import Sentence

LARGEST = 256 * 1024  # bytes of a file
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "lessons"

Place = tuple[str | int, ...]  # ("step", 2, "ask", "options", 1)
_PART = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[\.\.\.\]")
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


class LessonError(InputError):
    """What is wrong with a file, and on which line."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def lesson_paths() -> tuple[Path, ...]:
    """The files of the lessons that come with the program, in their order."""
    return tuple(sorted(FOLDER.glob("*.toml")))


@lru_cache(1)
def lessons_there() -> tuple[tuple[Path, Lesson], ...]:
    """The lessons that come with the program, each with its file, in their order."""
    return tuple((path, read_lesson(path)[0]) for path in lesson_paths())


def lesson_named(name: str) -> Path:
    """The file of a lesson of the program by its number ("9", "09") or its file's name, or the file of that path.
    Raises InputError where there is none."""
    for path in lesson_paths():
        if name in (path.stem, path.name) or (name.isdecimal() and path.stem.partition("-")[0] == name.zfill(2)):
            return path
    if Path(name).suffix == ".toml":
        return Path(name)
    numbers = ", ".join(path.stem.partition("-")[0].lstrip("0") or "0" for path in lesson_paths())
    raise InputError(
        "There is no lesson “{name}”; there are {numbers}, or give a file that ends in .toml.",
        name=quoted(name),
        numbers=numbers,
    )


def read_lesson(path: Path) -> tuple[Lesson, str]:
    """A lesson and the text of its file. Raises InputError where it cannot be read, LessonError where it is wrong."""
    content = read_bytes(path, LARGEST, "lesson")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(line, "this is no text in UTF-8; save the file as UTF-8.") from None
    return lesson_from(text), text


def lesson_from(text: str) -> Lesson:
    """A lesson from its text. Raises LessonError."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        said = _TOML_LINE.sub("", str(error)).removesuffix(" (at end of document)")
        raise LessonError(line, Sentence("this is no TOML: {said}.", said=quoted(said, 200))) from None
    except RecursionError:
        raise LessonError(1, "this is nested too deeply.") from None
    try:
        return msgspec.convert(values, Lesson)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        place = place_of(where.rstrip("`"))
        unknown = _UNKNOWN.search(message)
        if unknown:
            place = (*place, unknown[1])
        raise LessonError(line_of(text, place), _sentence(message, place)) from None


def place_of(path: str) -> Place:
    """msgspec's path in parts: ".step[2].ask" is ("step", 2, "ask")."""
    return tuple(found[1] or int(found[2]) for found in _PART.finditer(path) if found[1] or found[2])


def _sentence(message: str, place: Place) -> str:
    field = next((each for each in reversed(place) if isinstance(each, str)), "")
    missing = re.search(r"missing required field `([^`]*)`", quoted(message, 200))
    if missing:
        return Sentence(
            "{field}: `{name}` is missing." if field else "`{name}` is missing.", field=field, name=missing[1]
        )
    if _UNKNOWN.search(message):
        return Sentence("there is no field `{name}` here.", name=quoted(field))
    return Sentence("{field}: {error}.", field=field, error=misfit(message))


# --- lines ---
def line_of(text: str, place: Place) -> int:
    """The line on which a place stands, from 1, or that of the nearest place around it."""
    lines = text.split("\n")
    first, last, table = 0, len(lines), ""
    for k, name in enumerate(place):
        if isinstance(name, int):
            continue
        number = place[k + 1] if k + 1 < len(place) and isinstance(place[k + 1], int) else None
        table = f"{table}.{name}" if table else name
        found = _heading(lines, first, last, table, int(number or 0))
        if found is not None:
            first, last = found
            continue
        found = _key(lines, first, last, name, None if number is None else int(number))
        if found is None:
            break
        first, last = found
        table = ""  # inside a value: no heading is below it
    return first + 1


def _heading(lines: list[str], first: int, last: int, table: str, number: int) -> tuple[int, int] | None:
    """The lines from the heading of a table, or of the one of that number in an array, to the next of its kind."""
    mark = re.compile(rf"\s*\[{{1,2}}{re.escape(table)}\]{{1,2}}\s*(#.*)?$")
    starts = [k for k in range(first, last) if mark.match(lines[k])]
    if number >= len(starts):
        return None
    end = starts[number + 1] if number + 1 < len(starts) else last
    return starts[number], end


def _key(lines: list[str], first: int, last: int, name: str, number: int | None) -> tuple[int, int] | None:
    """The line of a key, or of the element of that number in its value, one element a line."""
    mark = re.compile(rf"(^|[\s{{,.])[\"']?{re.escape(name)}[\"']?\s*(=|\.)")
    start = next((k for k in range(first, last) if mark.search(lines[k])), None)
    if start is None:
        return None
    if number is None:
        return start, min(start + 1, last)
    if "{" in lines[start] and number == 0:
        return start, start + 1
    elements = [k for k in range(start + 1, last) if lines[k].lstrip().startswith(("{", '"'))]
    before = 1 if "{" in lines[start] else 0
    if number - before < len(elements):
        at = elements[number - before]
        end = next((k for k in elements if k > at), last)
        return at, end
    return start, start + 1
