"""A step of a lesson from what is on the screen, and a file of such steps: a lecturer's stops, in their order.

What is written is read again before it is given out, and makes the very same experiment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

import msgspec
import numpy as np

from core.choices import Edit
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.lessons.check import Checker
from core.lessons.format import Look
from core.lessons.presets import PRESETS
from core.lessons.reading import lesson_from
from core.lessons.setting import setting_named, settings_of
from core.maths.arrays import Array

USUAL = Look()
LONGEST = 600  # characters of a note
MOST_EDITS = 400  # numbers of weights of its own that a step writes out
_FOR_EDITS = ("edits", "frozen")


@dataclass(frozen=True)
class Stop:
    """What is taught. `parameters`: the run's own, where they are not those of its seed; `pins`: pinned runs, each with
    its own parameters; `inside`: a cell is open; `focus`: "node L1.s 3", or ""; `look`: what the picture means, no more
    than that; `lower`: its loss is below the first pinned run's."""

    experiment: Experiment
    note: str
    beats: tuple[str, ...] = ()
    parameters: Mapping[str, Array] = field(default_factory=dict)
    pins: tuple[tuple[Experiment, Mapping[str, Array]], ...] = ()
    inside: bool = False
    focus: str = ""
    look: Look = USUAL
    lower: bool = True


def new_lesson(title: str) -> str:
    """The heading of a file of stops, without a number: it is in no series."""
    text = _quoted("".join(each if each.isprintable() else "·" for each in title) or "Stops")
    return f'id = "stops"\ntitle = {{ en = {text} }}\ngoal = {{ en = {text} }}\nanswers = []\n'


def draft(title: str, stop: Stop, asked: str, symbol: str) -> str:
    """The first draft of a lesson: a step that shows what is shown, a question for one of its numbers, and, where runs
    are pinned, a step that compares. `asked`: the expression of that number; `symbol`: what it is called. Raises
    InputError as `with_stop` does."""
    text = with_stop(new_lesson(title), stop)
    question = _quoted(f"What is {symbol}?")
    lines = [
        "", "# What is asked for is hidden until there is a guess. Give typical wrong numbers a sentence of their own:",
        '#   wrong = [{ near = "-(the truth)", say = { en = "The sign is the other way round." } }]',
        "[[step]]", 'kind = "faded"', "lecture = true", "same = true",
        *([f'focus = "{stop.focus}"'] if stop.focus else []),
        'text = { en = "Say what one needs to find it." }',
        "", "[step.ask]", 'id = "Q1"', 'kind = "number"', f"text = {{ en = {question} }}", f"truth = {_quoted(asked)}",
        "tolerance = 0.02", "relative = true", f"say = {{ en = {_quoted(f'It is {{{asked}|3}}.')} }}",
    ]  # fmt: skip
    if stop.pins:
        lines += [
            "", "# Both runs are there, A the pinned one. A claim is computed beside its sentence, over many seeds by",
            "# `python3 main.py lesson check FILE`.",
            "[[step]]", 'kind = "compare"', "same = true",
            *_pinned(stop),
            'text = { en = "Here L is {loss()|3}, and in the pinned run {loss(\'A\')|3}." }',
            "", "[[step.claim]]", "fixed = true",
            'holds = "loss() < loss(\'A\')"' if stop.lower else 'holds = "loss() >= loss(\'A\')"',
        ]  # fmt: skip
    whole = text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    checker = Checker(lesson_from(whole), whole)
    if not checker.read():
        raise checker.mistakes[0]
    return whole


def with_stop(text: str, stop: Stop) -> str:
    """The text of a lesson with one step more at its end. Raises InputError where what is shown cannot stand in a
    lesson, or the text is no lesson (LessonError, with the line)."""
    note = " ".join("".join(each if each.isprintable() else " " for each in stop.note).split())
    if not note:
        raise InputError("A stop needs a sentence: what is to be seen here.")
    if len(note) > LONGEST:
        raise InputError(
            "The note has {count:,} characters; a step's sentence has at most {most}.", count=len(note), most=LONGEST
        )
    lines = [
        "", "[[step]]", 'kind = "worked"', "lecture = true", f'view = "{"cell" if stop.inside else "chain"}"',
        *_changes(stop.experiment, stop.parameters),
    ]  # fmt: skip
    if stop.beats:
        lines.append(f"beats = {_written(list(stop.beats))}")
    if stop.look != USUAL:
        lines.append(f"look = {_table(_unusual(stop.look))}")
    if stop.focus:
        lines.append(f'focus = "{stop.focus}"')
    # Braces in a sentence would be expressions.
    note = note.replace("{", "(").replace("}", ")")
    lines.append(f"text = {{ en = {_quoted(note)} }}")
    lines += _pinned(stop)
    whole = text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"
    try:
        whole.encode()
    except UnicodeEncodeError:
        raise InputError("What is on the screen has a broken character, which no file holds; type it anew.") from None
    lesson = lesson_from(whole)
    checker = Checker(lesson, whole)
    if not checker.read():
        raise checker.mistakes[0]
    found = settings_of(lesson)[-1].experiment()
    if _plain(found) != _plain(stop.experiment) or found.frozen != stop.experiment.frozen:
        raise InputError("What is on the screen cannot be written as a step of a lesson; save it as an experiment.")
    return whole


def _pinned(stop: Stop) -> list[str]:
    """The lines of its pinned runs, one a run."""
    return [
        f"pins.{letter} = {{ {', '.join(_changes(*pin))} }}"
        for letter, pin in zip(ascii_uppercase, stop.pins, strict=False)
    ]


def _plain(experiment: Experiment) -> dict[str, Any]:
    """Its choices, without the numbers typed over."""
    return {name: getattr(experiment, name) for name in experiment.__struct_fields__ if name not in _FOR_EDITS}


def _changes(experiment: Experiment, parameters: Mapping[str, Array]) -> list[str]:
    """The lines that make an experiment of the first preset; only those that are needed."""
    base = PRESETS[0].name
    usual, own = _plain(setting_named(base).experiment()), _plain(experiment)
    fields = {name: value for name, value in own.items() if value != usual[name]}
    for name in fields:
        if name.endswith(("_path", "_hash")) or name == "path":
            raise InputError("{name}: a lesson reads no files; choose a task that makes its own data.", name=name)
    lines = [f'base = "{base}"']
    if fields:
        lines.append(f"set = {_table({name: 'off' if value is None else value for name, value in fields.items()})}")
    edits = {_place(each): each.value for each in experiment.edits}
    weights = {f"{name}[{', '.join(str(k + 1) for k in index)}]": float(value)
               for name, array in parameters.items() for index, value in np.ndenumerate(array)}  # fmt: skip
    if len(weights) > MOST_EDITS:
        raise InputError(
            "This run has {count:,} weights of its own, and a step holds at most {most_edits}; rewind it to its seed's "
            "(Ctrl+R), or save it as an experiment.",
            count=len(weights),
            most_edits=MOST_EDITS,
        )
    edits = {**weights, **edits}
    if edits:
        lines.append(f"edits = {_table(edits)}")
    if experiment.frozen:
        lines.append(f"freeze = {_table({each.gate: each.at for each in experiment.frozen})}")
    return lines


def _unusual(look: Look) -> dict[str, Any]:
    """What is not as usual."""
    usual, own = msgspec.to_builtins(USUAL), msgspec.to_builtins(look)
    return {name: value for name, value in own.items() if value != usual[name]}


def _place(edit: Edit) -> str:
    return f"{edit.name}[{', '.join(str(k + 1) for k in edit.index)}]"


def _table(values: Mapping[str, Any]) -> str:
    keys = {name: name if name.isidentifier() else _quoted(name) for name in values}
    pairs = (f"{keys[name]} = {_written(value)}" for name, value in values.items())
    return f"{{ {', '.join(pairs)} }}"


def _quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, and DEL as well is escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _written(value: Any) -> str:
    """A value as TOML writes it. Raises InputError for what it has no way to write."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, msgspec.Struct):
        return _table(msgspec.to_builtins(value))
    raise InputError("“{value}” cannot stand in a lesson.", value=quoted(str(value)))
