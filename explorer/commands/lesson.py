"""lesson: test the file of a lesson, as its author does after every change."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.ensemble.seeds import MOST
from core.errors import InputError, quoted
from core.lessons.check import Checker
from core.lessons.reading import LessonError, read_lesson
from explorer.commands.base import Command, run_job
from explorer.commands.training import whole

WRONG = 1  # the exit status


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("check",), help="test files: what is wrong in them, and their claims")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="my-lesson.toml")
    about = "test every claim over N seeds, 0 to N − 1 (default: as many as each says)"
    parser.add_argument("--seeds", metavar="N", help=about)


def _run(options: argparse.Namespace) -> int:
    seeds = None if options.seeds is None else whole("--seeds", options.seeds, MOST)
    wrong = sum(_checked(path, seeds) for path in options.files)
    return WRONG if wrong else 0


def _checked(path: Path, seeds: int | None) -> int:
    """Tests one file, printing its claims and what is wrong with it; returns how many mistakes there are."""
    name = quoted(str(path), 200)
    try:
        lesson, text = read_lesson(path)
    except LessonError as error:
        print(f"{name}:{error.line}: {error}")
        return 1
    except InputError as error:
        print(f"{name}:1: {error}")
        return 1
    checker = Checker(lesson, text)
    claims = 0
    if checker.read():
        run_job(f"{name}: every step", checker.running(trained=True))
        for place, claim, scene in checker.claims():
            tested = run_job(f"{name}: {quoted(claim.holds)}", checker.testing(place, claim, scene, seeds))
            if tested is not None and tested.right:
                print(f"{name}:{tested.line}: {tested.said()}", flush=True)
                claims += 1
    for mistake in sorted(checker.mistakes, key=lambda each: each.line):
        print(f"{name}:{mistake.line}: {mistake}", flush=True)
    if not checker.mistakes:
        print(f"{name}: {len(lesson.step)} steps, {claims} claims: all right", flush=True)
    return len(checker.mistakes)


LESSON = Command(
    "lesson",
    "Test a lesson's file: its steps, its questions, and every claim over its seeds; mistakes are named by their line.",
    (
        "lesson check assets/lessons/09-vanishing.toml",
        "lesson check --seeds 500 my-lesson.toml",
    ),
    _add_options,
    _run,
)
