"""What a command is, and a parser whose complaints are one line."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar

from core.errors import InputError, quoted
from core.files.writing import unwritable
from core.jobs import Job, finished

PROGRAM = "main.py"
LONGEST = 1200  # characters of a complaint: the longest of ours lists every option
THEMES = ("light", "dark", "projector")  # the names of explorer.style.theme.THEMES, which would bring Qt with it

LINE_SECONDS = 0.2  # between two lines that say how far a job is

Result = TypeVar("Result")


class Command(NamedTuple):
    """One word after main.py. `run` gets the parsed options and returns the exit status; it may raise InputError."""

    name: str
    about: str
    examples: tuple[str, ...]
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line on stderr, and ends with status 2."""

    def __init__(self, name: str, about: str, examples: tuple[str, ...], more: str = "") -> None:
        lines = "".join(f"\n  python3 {PROGRAM} {example}".rstrip() for example in examples)
        super().__init__(
            prog=f"{PROGRAM} {name}".strip(),
            description=about,
            epilog=f"{more}Examples:{lines}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        text = quoted(message, 300)
        complain(f"{text}; `python3 {self.prog} --help` shows the options.", self.prog)
        self.exit(2)


def complain(text: str, name: str = PROGRAM) -> None:
    """One line on standard error: control characters and broken ones as ·."""
    print(f"{name}: {quoted(text, LONGEST)}", file=sys.stderr, flush=True)


class FileFault(InputError):
    """A file that cannot be read or written: the arguments were right, so the exit status is another."""


@contextmanager
def file_faults(path: Path) -> Iterator[None]:
    """Turns what goes wrong with a file into a FileFault with one sentence."""
    try:
        yield
    except OSError as error:
        raise FileFault(str(unwritable(path, error))) from None


def run_job(title: str, job: Job[Result]) -> Result:
    """Runs a job to the end; where standard error is a terminal, with a line that says how far it is.
    Raises what the job raises."""
    if not sys.stderr.isatty():
        return finished(job)
    shown, next_time = "", 0.0
    try:
        while True:
            done = next(job)
            if (now := time.monotonic()) >= next_time:
                next_time = now + LINE_SECONDS
                shown = f"{title}: {100 * done:.0f} %"
                print(f"\r{shown}", end="", file=sys.stderr, flush=True)
    except StopIteration as end:
        return end.value
    finally:
        job.close()
        if shown:  # what comes next stands at the beginning of an empty line
            print(f"\r{' ' * (len(shown) + 2)}\r", end="", file=sys.stderr, flush=True)


def refuse_unwritable(path: Path) -> None:
    """Raises FileFault where no file can be made at `path`, before any work is done for it."""
    shown = quoted(str(path), 200)
    try:
        folder, is_folder = path.resolve().parent, path.is_dir()
        if folder.is_dir():
            path.exists()  # raises where the name is too long
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in it; links that lead in a circle
        reason = getattr(error, "strerror", None) or error
        raise FileFault(f"{shown} cannot be written: {reason}. Choose another place.") from None
    if not folder.is_dir():
        where = quoted(str(folder), 200)
        raise FileFault(f"{shown} cannot be written: there is no folder {where}. Choose another place, or make it.")
    if is_folder:
        raise FileFault(f"{shown} cannot be written: it is a folder. Choose another name.")
