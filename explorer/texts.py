"""Every text that a second language needs, found in the program's own source.

A text is asked for at a call (`tr("…")`, `Sentence("…")`, `InputError("…")`), or it stands in a table and is asked for
from there: in a field of what the table is made of, in a class, or in a constant. Which those are stands here; a test
walks through the window and says what is asked for and not found.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from core.arithmetic.lines import TITLES
from core.arithmetic.text import ABSENT, absent_clause
from core.cells import CELLS, alternatives
from core.documents.differences import labels_within, title_within
from core.documents.opening import KINDS
from core.ensemble.measures import MEASURES
from core.exercises.explanation import templates
from core.experiment import OPTIONS, Experiment
from core.faults import FAULTS
from core.glossary import glossary
from core.lessons.format import Ask, Text
from core.lessons.reading import lessons_there
from core.maths.activations import ACTIVATIONS
from core.maths.losses import GIVEN, LOSSES
from core.network.structures import build
from core.notation.books import NOTATIONS
from core.options import Option
from core.tasks import TASKS, make
from core.training.optimizers import OPTIMIZERS
from core.training.plan import OPTIONS as OPTIONS_OF_PLANS
from core.training.schedules import SCHEDULES
from explorer.examples import EXAMPLES
from explorer.export.exports import PICTURES
from explorer.languages import LanguageFile
from explorer.panels.experiment.choices import INITIALISATIONS
from explorer.panels.experiment.structure_rows import BIDIRECTIONAL, STRUCTURES
from explorer.panels.experiment.words import SECTIONS
from explorer.style.theme import THEMES
from explorer.window.actions import ENTRIES, MENUS
from explorer.window.guide.stops import STOPS
from explorer.window.palette.sources import ELSEWHERE

Found = tuple[str, str, str]  # context, file, text
ROOT = Path(__file__).resolve().parents[1]
ENGLISH_ALONE = (
    "explorer/commands/",
    "explorer/cli.py",
    "explorer/recorders/",
    "explorer/export/gallery",
    "explorer/texts.py",
)

_TEXT = re.compile(r"\\text\{([^{}]+)\}")
# Networks whose parts say in words what goes back to their inputs.
IN_WORDS: tuple[Mapping[str, Any], ...] = (
    {"structure": "attention", "task": "reverse"},
    {"structure": "encoder-decoder", "context": "all", "task": "reverse"},
    {"structure": "n-1", "bidirectional": "product"},
)
# Functions whose arguments are texts, from which one on.
CALLS: Mapping[str, int] = {
    "tr": 0, "_tr": 0, "words": 0, "translated": 0, "translated_of": 0, "_counted": 0, "in_language": 0, "_term": 0,
    "_title": 0, "translate": 1, "counted": 1,
    "Sentence": 0, "plural": 0, "InputError": 0, "Misuse": 0, "fault": 0, "LessonError": 1, "note": 1, "one_named": 2,
    "read_bytes": 2, "opened": 2, "file_stat": 2,
}  # fmt: skip
# What tables in the source are made of: which of its arguments are texts, by place and by name.
FIELDS: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "Record": ((2,), ("title",)),
    "Choice": ((1, 2, 3), ("title", "tip", "section")),
    "_choice": ((), ("title", "tip")),
    "Aspect": ((1,), ("name",)),
    "_switch": ((1,), ()),
    "_number": ((1,), ()),
    "_limit": ((1,), ()),
    "seed_row": ((0,), ()),
    "_require": ((3,), ()),
    "task_of_table": ((4,), ("file",)),
    "Axis": ((1,), ()),
}
ROWS = {"segment_row": 2, "combo_row": 1}  # functions, and from which argument on they are rows of (value, label, tip)


OTHERS = ("glossary", "lesson title", "lesson text", "formula")  # contexts of what is not the window's


@cache
def needed() -> Mapping[tuple[str, str], str]:
    """Every text by its context ("" for those of the window and of the program's sentences) and itself, with the file
    that it stands in."""
    found: dict[tuple[str, str], str] = {}
    for context, place, text in (*_of_source(), *_of_tables(), *_of_formulas(), *_of_glossary(), *_of_lessons()):
        if any(character.isalpha() for character in text):
            found.setdefault((context, text), place)
    return found


def missing(language: LanguageFile) -> Mapping[tuple[str, str], str]:
    """What of `needed` a language has no text for."""
    return {key: place for key, place in needed().items() if not _has(language, *key)}


def unused(language: LanguageFile) -> list[tuple[str, str]]:
    """Contexts and texts of a language that nothing asks for any more."""
    window = {text for context, text in needed() if not context}
    return [
        (context, text)
        for context, texts in (("", language.texts), *language.contexts.items())
        for text in texts
        if (context, text) not in needed() and text not in window
    ]


def lines_of(language: LanguageFile, new: bool = False) -> Iterator[str]:
    """What is missing as lines of a language's file, by context and by the file that each stands in; what is unused, in
    comments. `new`: with what a whole file begins with."""
    if new:
        yield f"name = {_quoted(language.name)}"
    for context, text in unused(language):
        yield f"# unused{f' in {context}' if context else ''}: {_quoted(text)}"
    found = missing(language)
    for context in dict.fromkeys(context for context, _ in found):
        yield ""
        yield f"[contexts.{_key(context)}]" if context else "[texts]"
        own = {text: place for (of, text), place in found.items() if of == context}
        for place in sorted(set(own.values())):
            yield f"# {place}"
            yield from (f'{_quoted(text)} = ""' for text, where in own.items() if where == place)


def _key(context: str) -> str:
    return context if context.isalnum() else _quoted(context)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _has(language: LanguageFile, context: str, text: str) -> bool:
    if context:
        return bool(language.contexts.get(context, {}).get(text) or language.texts.get(text))
    of_window = (texts for name, texts in language.contexts.items() if name not in OTHERS)
    return bool(language.texts.get(text)) or any(texts.get(text) for texts in of_window)


# --- the source ---
def _of_source() -> Iterator[Found]:
    for path in sorted((*ROOT.glob("core/**/*.py"), *ROOT.glob("explorer/**/*.py"))):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(ENGLISH_ALONE):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield from (("", place, text) for text in _of_call(node))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from (("formula", place, text) for text in _TEXT.findall(node.value))


def _of_call(node: ast.Call) -> Iterator[str]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given: list[ast.expr] = []
    if called in CALLS:
        given += node.args[CALLS[called] :]
    if called in FIELDS:
        places, names = FIELDS[called]
        given += [node.args[k] for k in places if k < len(node.args)]
        given += [each.value for each in node.keywords if each.arg in names]
    for row in node.args[ROWS[called] :] if called in ROWS else ():
        if isinstance(row, ast.Tuple):
            given += row.elts[1:]
    for each in given:
        yield from _literals(each)


def _literals(node: ast.expr) -> Iterator[str]:
    """A text, or those of which one is chosen."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from _literals(each)


# --- tables ---
def _of_tables() -> Iterator[Found]:
    for place, texts in TABLES.items():
        yield from (("", place, text) for text in texts())


def _of_options(options: Iterable[Option]) -> Iterator[str]:
    for each in options:
        yield from (each.title, each.tip, each.example, each.why, title_within(each))
        yield each.title.replace("{", "").replace("}", "")  # of an axis
        yield from (text for row in each.words for text in row[1:])
        yield from labels_within(each).values()


def _of_cells() -> Iterator[str]:
    for cell in CELLS:
        yield from (cell.title, cell.note, cell.family)


def _of_faults() -> Iterator[str]:
    for fault in FAULTS:
        yield from (fault.title, fault.description, *templates(fault))


def _of_notations() -> Iterator[str]:
    for each in NOTATIONS:
        yield from (each.title, each.short, each.source, *each.notes)


def _of_rows(*tables: Iterable[tuple[str | None, str, str]]) -> Iterator[str]:
    return (text for table in tables for row in table for text in row[1:])


TABLES: Mapping[str, Callable[[], Iterable[str]]] = {
    "core/cells": _of_cells,
    "core/cells/alternatives.py": lambda: (
        each.title for each in vars(alternatives).values() if isinstance(each, alternatives.Alternative)
    ),
    "core/tasks": lambda: (text for each in TASKS for text in (each.title, each.description)),
    "core/options.py": lambda: _of_options((*OPTIONS.values(), *OPTIONS_OF_PLANS.values())),
    "core/faults.py": _of_faults,
    "core/notation/books": _of_notations,
    "core/maths": lambda: (each.title for each in (*LOSSES, GIVEN, *ACTIVATIONS)),
    "core/training": lambda: (
        text for each in OPTIMIZERS for text in (each.title, (each.__doc__ or "").partition("\n")[0])
    ),
    "core/training/schedules.py": lambda: (text for each in SCHEDULES for text in (each.title, each.about)),
    "core/ensemble/measures.py": lambda: (each.title for each in MEASURES),
    "core/documents/opening.py": lambda: (each.title for each in KINDS),
    "core/arithmetic/text.py": lambda: (*ABSENT.values(), *map(absent_clause, ABSENT)),
    "core/arithmetic/lines.py": TITLES.values,
    "explorer/window/actions.py": lambda: (*MENUS, *(each.text for each in ENTRIES if each is not None)),
    "explorer/style/theme.py": lambda: (text for each in THEMES for text in (each.name, each.name.capitalize())),
    "explorer/panels/experiment": lambda: (*SECTIONS, *_of_rows(STRUCTURES, BIDIRECTIONAL, INITIALISATIONS)),
    "explorer/window/guide/stops.py": lambda: (each.text for each in STOPS),
    "explorer/examples": lambda: (text for each in EXAMPLES for text in (each.group, each.title, each.claim)),
    "explorer/export/exports.py": lambda: (each.line for each in PICTURES),
    "explorer/window/palette/sources.py": lambda: (text for row in ELSEWHERE for text in row[:2]),
}


# --- what equations say in words ---
def _of_formulas() -> Iterator[Found]:
    """What goes back to an input, where that is too long to be written out."""
    for chosen in IN_WORDS:
        experiment = Experiment().with_changes(**chosen)
        data = make(experiment)
        for declared in build(experiment, data).declared:
            yield from (("formula", "core/network", text) for text in declared.in_words.values())


# --- glossary and lessons ---
def _of_glossary() -> Iterator[Found]:
    found = glossary()
    entries = [entry for section in found.section for entry in section.entry]
    for each in (*entries, *found.event, *found.use):
        for text in (each.name, each.says):
            yield "glossary", "assets/glossary.toml", text


def _of_lessons() -> Iterator[Found]:
    for path, lesson in lessons_there():
        place = path.relative_to(ROOT).as_posix()
        for text in (lesson.title, lesson.goal):
            yield "lesson title", place, text.en
        for text in (*texts_of(lesson.answers), *texts_of(lesson.step)):
            yield "lesson text", place, text


def texts_of(part: object) -> Iterator[str]:
    """Every sentence of a part of a lesson that the window shows."""
    if isinstance(part, Text):
        yield part.en
    elif isinstance(part, tuple):
        yield from (text for each in part for text in texts_of(each))
    elif isinstance(part, msgspec.Struct):
        if isinstance(part, Ask) and part.unit:
            yield part.unit
        yield from (text for name in part.__struct_fields__ for text in texts_of(getattr(part, name)))
