"""A short string that carries an experiment or one step of a lesson: to be pasted, or read from a QR code.

bptt1.<base64url of zlib>: inside is the JSON of a saved session, without what goes without saying, or of a lesson; it
is read by the same strict reading as a file. A stranger's string can do nothing but show itself: its size is limited
before it is unpacked and while that is done, it names no file, and what it sets is held to an experiment's limits.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

import msgspec

from core.documents import storage
from core.documents.storage import View
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.lessons.check import Checker
from core.lessons.format import Lesson, Step, Strict, Text
from core.lessons.reading import lesson_paths, read_lesson
from core.lessons.setting import scene_of
from core.tasks import TASKS

PREFIX = "bptt1."
LONGEST = 8000  # characters of a string
LARGEST = 200_000  # bytes of what is in it
MOST_NUMBERS = 400  # weights of its own that a run takes along
_ALPHABET = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_KEPT = ("structure", "loss_at", "task")  # whose defaults depend on each other
_FILES = frozenset(name for task in TASKS for name in task.files) | {
    name for name in Experiment.__struct_fields__ if name == "path" or name.endswith(("_path", "_hash"))
}
_DAMAGED = "This string is damaged or not complete; copy it once more, all of it."


@dataclass(frozen=True)
class Shared:
    """What a string holds: a saved session, or a lesson and the number of its step, from 0, to begin with."""

    saved: storage.Saved | None = None
    lesson: Lesson | None = None
    step: int = 0


class _Known(Strict, frozen=True, kw_only=True):
    """A step of a lesson that comes with the program."""

    lesson: str
    step: int = 0


class _Own(Strict, frozen=True, kw_only=True):
    """Steps of somebody's lesson: those that make the last one, which is shown."""

    steps: tuple[Step, ...]
    title: Text


def is_string(text: str) -> bool:
    """Whether a text says of itself that it is one."""
    return text.strip().startswith(PREFIX)


# --- making ---
def of_session(text: str) -> str:
    """The string of a session, from the text of its file. Raises InputError where it needs a file, or is too large."""
    values = json.loads(text)
    if not values.get("own_parameters"):
        values.pop("parameters", None)
    count = _numbers(values.get("parameters")) + sum(_numbers(each.get("parameters")) for each in values["pinned"])
    if count > MOST_NUMBERS:
        raise InputError(
            "A string takes at most {most_numbers} weights along, and this run has {count:,} of its own; rewind it to "
            "its seed's (Ctrl+R), or send a saved file.",
            most_numbers=MOST_NUMBERS,
            count=count,
        )
    values["experiment"] = _told(values["experiment"])
    usual = msgspec.to_builtins(View())
    values["view"] = {name: value for name, value in values["view"].items() if value != usual[name]}
    values["pinned"] = [{**each, "experiment": _told(each["experiment"])} for each in values["pinned"]]
    values = {name: value for name, value in values.items() if value not in (None, [], {}, False)}
    return _packed({"session": values})


def of_step(lesson: Lesson, number: int) -> str:
    """The string of a step, from 0: by its place, where the lesson comes with the program. Raises InputError."""
    for path in lesson_paths():
        if path.name.startswith(lesson.id) and read_lesson(path)[0] == lesson:
            return _packed({"known": {"lesson": lesson.id, "step": number}})
    first = number
    while first and lesson.step[first].same:
        first -= 1
    steps = [_without_defaults(step) for step in lesson.step[first : number + 1]]
    return _packed({"own": {"title": _without_defaults(lesson.title), "steps": steps}})


def _numbers(parameters: dict[str, Any] | None) -> int:
    """How many numbers there are. What is packed as a block is too many."""
    total = 0
    for array in (parameters or {}).values():
        if isinstance(array, dict):
            return MOST_NUMBERS + 1
        rows = array if array and isinstance(array[0], list) else [array]
        total += sum(map(len, rows))
    return total


def _told(experiment: dict[str, Any]) -> dict[str, Any]:
    """What is not as usual. Raises InputError for what names a file."""
    usual = msgspec.to_builtins(Experiment())
    found = {name: value for name, value in experiment.items() if name in _KEPT or value != usual[name]}
    _refuse_files(found)
    return found


def _without_defaults(value: Any) -> Any:
    """A struct as plain values, without what is as it is by default."""
    if isinstance(value, msgspec.Struct):
        fields = {field.name: field for field in msgspec.structs.fields(type(value))}
        kept = {name: getattr(value, name) for name in fields}
        return {name: _without_defaults(each) for name, each in kept.items() if not _usual(fields[name], each)}
    if isinstance(value, list | tuple):
        return [_without_defaults(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_defaults(each) for name, each in value.items()}
    return value


def _usual(field: Any, value: Any) -> bool:
    if field.default is not msgspec.NODEFAULT:
        return bool(value == field.default)
    return field.default_factory is not msgspec.NODEFAULT and value == field.default_factory()


def _packed(values: dict[str, Any]) -> str:
    content = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    text = PREFIX + base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
    if len(text) > LONGEST or len(content) > LARGEST:
        raise InputError(
            "This would be a string of {count:,} characters, and {most:,} is the most; send a file.",
            count=len(text),
            most=LONGEST,
        )
    return text


# --- reading ---
def read(text: str) -> Shared:
    """What a string holds. Raises InputError with one sentence for whatever is wrong with it."""
    try:
        values = msgspec.json.decode(_unpacked(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(_DAMAGED) from None
    kinds = {"session": _session, "known": _known, "own": _own}
    if not isinstance(values, dict) or len(values) != 1 or next(iter(values)) not in kinds:
        raise InputError("This string holds nothing that this program knows; open it with a newer version.")
    ((kind, content),) = values.items()
    try:
        return kinds[kind](content)
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError("This string is damaged: {error}.", error=quoted(str(error), 200)) from None


def _unpacked(text: str) -> bytes:
    """The bytes in a string. Nothing larger than the limits is ever made."""
    bare = "".join(text.split()) if len(text) <= 2 * LONGEST else text
    if not bare.startswith(PREFIX):
        raise InputError("A string of this program begins with {prefix}; copy it once more, all of it.", prefix=PREFIX)
    if len(bare) > LONGEST:
        raise InputError(
            "This string has more than {most:,} characters, which no string of this program has.", most=LONGEST
        )
    body = bare[len(PREFIX) :]
    if _ALPHABET.fullmatch(body) is None:
        raise InputError(_DAMAGED)
    unpacking = zlib.decompressobj()
    try:
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        content = unpacking.decompress(packed, LARGEST + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise InputError(_DAMAGED) from None
    if len(content) > LARGEST:
        raise InputError(
            "What is in this string has more than {largest:,} bytes, which no string of this program has.",
            largest=LARGEST,
        )
    if not unpacking.eof or unpacking.unused_data:
        raise InputError(_DAMAGED)
    return content


def _session(values: Any) -> Shared:
    if not isinstance(values, dict) or "changes" in values:
        raise InputError(_DAMAGED)
    saved = storage.from_text(msgspec.json.encode({"format": storage.FORMAT, **values}))
    for experiment in (saved.experiment, *(run.experiment for run in saved.pinned)):
        _refuse_files({name: getattr(experiment, name) for name in experiment.__struct_fields__})
    return Shared(saved)


def _refuse_files(fields: dict[str, Any]) -> None:
    usual = Experiment()
    for name in sorted(_FILES & fields.keys()):
        if fields[name] != getattr(usual, name):
            raise InputError(
                "{name}: a string carries no files; choose a task that makes its own data, or send a file.", name=name
            )


def _known(values: Any) -> Shared:
    known = msgspec.convert(values, _Known)
    for path in lesson_paths():
        lesson, _ = read_lesson(path) if path.name.startswith(f"{known.lesson}-") else (None, "")
        if lesson is not None and lesson.id == known.lesson and 0 <= known.step < len(lesson.step):
            return Shared(lesson=lesson, step=known.step)
    raise InputError(
        "This program has no step {step} of a lesson {lesson}; open it with a newer version.",
        step=known.step + 1,
        lesson=quoted(known.lesson),
    )


def _own(values: Any) -> Shared:
    own = msgspec.convert(values, _Own)
    lesson = msgspec.convert(
        {"id": "shared", "title": msgspec.to_builtins(own.title), "goal": msgspec.to_builtins(own.title), "answers": [],
         "step": msgspec.to_builtins(own.steps)}, Lesson,
    )  # fmt: skip
    checker = Checker(lesson, "")
    if not checker.read():
        raise InputError("This string is damaged: {mistake}", mistake=checker.mistakes[0])
    for step, setting in zip(lesson.step, checker.settings, strict=True):
        scene = scene_of(setting, step.pins)
        scene.experiments()  # refuses files and what no experiment can be
        scene.plans()
    return Shared(lesson=lesson, step=len(lesson.step) - 1)
