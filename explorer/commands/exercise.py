"""exercise: a script with an empty backward pass, and an answer each time that it has saved what it found."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from core.diagnosis.diagnosis import Diagnosis, diagnosing
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.errors import InputError, quoted
from core.files.npz_writer import write_npz
from core.files.writing import write_text
from core.interop.scripts.numpy_script import exercise_script
from core.jobs import finished
from core.notation.base import Notation
from core.notation.books import NOTATIONS, notation_named
from core.own.files import read_file
from core.recorder import record
from core.trace import Trace
from explorer.commands.base import Command, file_faults, refuse_unwritable
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run, own_parameters
from explorer.commands.running.ctrl_c import Stop, stopped_by_ctrl_c

MINE = "mine.npz"
SMALL = (("steps", "5"), ("hidden", "3"), ("batch", "2"))  # where nothing is said: to be looked at number by number
SECONDS = 0.2  # between two looks
PATIENCE = 5  # looks at a file that cannot be read and does not change any more, before that is said


def _add_options(parser: argparse.ArgumentParser) -> None:
    about = "the script to write, mine.npz is saved beside it (default: exercise.py); one that is there stays as it is"
    parser.add_argument("--out", metavar="FILE", type=Path, default=Path("exercise.py"), help=about)
    choices = ", ".join(f"{each.number} or {each.name}" for each in NOTATIONS)
    parser.add_argument("--notation", metavar="N", default="1", help=f"of the answer: {choices} (default: 1)")
    parser.add_argument("--write", action="store_true", help="write the script alone, and do not wait for its answer")
    add_experiment_options(parser)


def _run(options: argparse.Namespace) -> int:
    notation = notation_named(options.notation)
    if not (options.experiment or options.arrays or options.hand):
        for name, number in SMALL:
            setattr(options, name, getattr(options, name) or number)
    experiment = msgspec.structs.replace(experiment_to_run(options), fault=None)
    trace = record(experiment, own_parameters(options, experiment))
    script, mine = options.out, options.out.with_name(MINE)
    if script.suffix != ".py":
        raise InputError("--out {script}: it is a script of Python; end its name in .py.", script=quoted(str(script)))
    refuse_unwritable(script)
    if script.exists():
        print(f"{script} is there already, and stays as it is.")
    else:
        _write(trace, script)
        print(f"{script}: the forward pass, and `backward` to be written; run it, and it saves {mine}.")
    if options.write:
        return 0
    print("The answer comes here each time that it is saved; Ctrl-C ends this.", flush=True)
    with stopped_by_ctrl_c() as stop:
        return watch(trace, mine, notation, stop)


def _write(trace: Trace, path: Path) -> None:
    script = exercise_script(trace, path.stem, MINE)
    with file_faults(path):
        if script.beside is not None:
            write_npz(path.with_name(script.beside.name), script.beside.arrays)
        write_text(path, script.text)


def watch(
    trace: Trace,
    path: Path,
    notation: Notation,
    stop: Stop,
    wait: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = lambda text: print(text, flush=True),
) -> int:
    """Answers each time that a file has been saved, until all gradients agree (0) or Ctrl-C is pressed (1).

    A file that cannot be read may be half written: it is looked at again, and what is wrong is said once it stays so.
    """
    for found in _saved(trace, path, stop, wait):
        if isinstance(found, str):
            say(found)
            continue
        say("\n".join((f"--- {path.name}, saved at {time.strftime('%H:%M:%S')}", *Report(found, notation).lines())))
        missing = _missing(trace, found)
        if found.agrees and not missing:
            say("The backward pass is right.")
            return 0
        if found.agrees:
            say(f"Not saved yet: {', '.join(missing)}.")
    return 1


def _missing(trace: Trace, found: Diagnosis) -> list[str]:
    """The parameters whose gradients were not given."""
    given = {quantity.name for item in found.items if item.kind == "parameter" for quantity in item.quantities}
    blocks = trace.named_parameters(trace.parameters)
    left = []
    for name in trace.parameters:
        own = [each for each in blocks if each == name or each.startswith(f"{name}_")]
        if name not in given and not (own and all(each in given for each in own)):
            left.append(f"grad.{name}")
    return left


def _saved(trace: Trace, path: Path, stop: Stop, wait: Callable[[float], None]) -> Iterator[Diagnosis | str]:
    """What is found each time that the file has changed, or why it cannot be compared."""
    seen, looks = _mark(path), 0  # what was there before is no answer to this exercise
    answered = True
    while not stop.pressed:
        mark = _mark(path)
        if mark != seen:
            seen, looks, answered = mark, 0, mark is None
        if not answered:
            looks += 1
            try:
                found = finished(diagnosing(trace, read(trace, read_file(path))))
            except InputError as error:
                if looks >= PATIENCE:
                    answered = True
                    yield str(error)
            else:
                answered = True
                yield found
        wait(SECONDS)


def _mark(path: Path) -> tuple[int, int] | None:
    """When a file was written, and its size: what a new one has otherwise. None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


EXERCISE = Command(
    "exercise",
    "Write a script with an empty backward pass, and say each time it is run how far yours is right.",
    (
        "exercise --cell gru",
        "exercise --cell lstm --task echo --structure n-n --out lstm.py",
        "exercise --experiment saved.json --notation 4",
    ),
    _add_options,
    _run,
)
