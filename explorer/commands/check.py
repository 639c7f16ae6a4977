"""check: compare a learner's own gradients with the right ones, and name the mistake."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.diagnosis.diagnosis import diagnosing
from core.diagnosis.given import handed_in, read
from core.diagnosis.recorded import report_lines, unchecked
from core.diagnosis.report import Report
from core.diagnosis.without_weights import checked
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.maths.arrays import Array
from core.notation.books import NOTATIONS, notation_named
from core.own.files import read_files
from core.own.recorded import is_recording
from core.own.without_weights import is_without_weights, run_without_weights
from core.recorder import record
from explorer.commands.base import Command, FileFault, run_job
from explorer.commands.options.arrays import layout_of
from explorer.commands.options.experiment import add_experiment_options, changed, experiment_to_run, own_parameters


def _add_options(parser: argparse.ArgumentParser) -> None:
    about = "your own numbers, dW, dU, db, dx …, in an NPZ, an NPY, a folder or JSON; can be given again"
    parser.add_argument("--mine", metavar="FILE", type=Path, action="append", required=True, help=about)
    choices = ", ".join(f"{each.number} or {each.name}" for each in NOTATIONS)
    parser.add_argument("--notation", metavar="N", default="1", help=f"of the answer: {choices} (default: 1)")
    add_experiment_options(parser)


def _run(options: argparse.Namespace) -> int:
    notation = notation_named(options.notation)
    try:
        given = read_files(options.mine)
    except InputError as error:
        raise FileFault(str(error)) from None
    if is_recording(given) and not options.arrays and options.experiment is None:
        if (found := _without_weights(options, given)) is not None:
            return found
        options.arrays = options.mine  # it brings the run that it is compared with
    experiment = experiment_to_run(options)
    if experiment.fault is not None:
        print(f"The fault {experiment.fault} of the experiment is switched off to check.", file=sys.stderr)
        experiment = msgspec.structs.replace(experiment, fault=None)
    trace = record(experiment, own_parameters(options, experiment))
    layout = options.own.layout if options.own is not None else layout_of(options)
    try:
        items = read(trace, {name: array for name, array in given.items() if not handed_in(trace, name, array)}, layout)
        diagnosis = run_job("Looking for the mistake", diagnosing(trace, items))
    except InputError as error:
        names = " and ".join(quoted(path.name, 100) for path in options.mine[:3])
        if _is_default(options, experiment) and (found := _without_weights(options, given)) is not None:
            return found
        raise FileFault(f"{names} cannot be compared: {error}{_not_named(options, experiment)}") from None
    recorded = is_recording(given)
    lines = report_lines(diagnosis, unchecked(given), notation) if recorded else Report(diagnosis, notation).lines()
    for line in lines:
        print(line)
    return 0 if diagnosis.agrees else 1


def _without_weights(options: argparse.Namespace, given: Mapping[str, Array]) -> int | None:
    """Says what of a recorded run without its weights could be checked, and what not; the exit status. None where it
    is none."""
    try:
        if not is_without_weights(given):
            return None
        found = checked(run_without_weights(given, layout_of(options).order), given)
    except InputError as error:
        names = " and ".join(quoted(path.name, 100) for path in options.mine[:3])
        raise FileFault(f"{names} cannot be used: {error}") from None
    for line in found.lines():
        print(line)
    return 0 if found.agrees else 1


def _is_default(options: argparse.Namespace, experiment: Experiment) -> bool:
    """Whether nobody has said which run the file is of."""
    return not options.arrays and options.experiment is None and experiment == changed(None, {})


def _not_named(options: argparse.Namespace, experiment: Experiment) -> str:
    """A sentence on what it is compared with, where no file says it; "" where one does."""
    if options.arrays or options.experiment is not None:
        return ""
    which = "the default experiment" if _is_default(options, experiment) else "the experiment of these options"
    sizes = f"T = {experiment.steps}, B = {experiment.batch}, H = {experiment.hidden}"
    return f" It is compared with {which} ({sizes}); --arrays FILE or --experiment FILE names another."


CHECK = Command(
    "check",
    "Compare your own gradients with the right ones: where they first differ, and what mistake gives your numbers.",
    (
        "check --mine mine.npz --experiment saved.json",
        "check --mine mine.npz --arrays own.npz --layout cs231n",
        "check --mine mine.npz --cell lstm --task echo --steps 5 --hidden 3",
        "check --mine run.npz",
    ),
    _add_options,
    _run,
)
