"""docs/lessons.md: its example is a lesson without a mistake, its commands are taken, its table has every function."""

import re
import shlex
from pathlib import Path

from core.jobs import finished
from core.lessons.check import Checker
from core.lessons.language import functions
from core.lessons.presets import PRESETS
from core.lessons.reading import lesson_from
from core.lessons.words import FORMATS
from explorer.commands.base import Parser
from explorer.commands.lesson import LESSON

GUIDE = (Path(__file__).resolve().parents[1] / "docs" / "lessons.md").read_text(encoding="utf-8")


def test_the_example_is_right() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    checker = Checker(lesson_from(text), text)
    assert checker.read()
    finished(checker.running())
    for place, claim, scene in checker.claims():
        finished(checker.testing(place, claim, scene, 5))
    assert not checker.mistakes, [f"{each.line}: {each}" for each in checker.mistakes]


def test_the_commands_are_taken() -> None:
    lines = re.findall(r"^python3 main\.py lesson (.*)$", GUIDE, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        parser = Parser(LESSON.name, LESSON.about, LESSON.examples)
        LESSON.add_options(parser)
        assert parser.parse_args(shlex.split(line)).what == "check"


def test_the_table_has_every_function_with_its_cost() -> None:
    rows = dict(re.findall(r"^\| `(\w+)\([^`]*\)` \| .* \| (.+) \|$", GUIDE, re.MULTILINE))
    assert set(rows) == set(functions.names())
    assert all(rows[each.name] == each.cost for each in functions.FUNCTIONS)


def test_bases_and_formats_are_named() -> None:
    assert all(each.name in GUIDE for each in PRESETS)
    assert all(f"`{each.name}`" in GUIDE for each in FORMATS if each.name)
