"""Somebody's own arrays from the command line: --arrays FILE, and --layout for how they lie."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping
from pathlib import Path

from core.errors import InputError, quoted
from core.experiment import Experiment
from core.interop.network import Fitted
from core.maths.arrays import Array
from core.own.files import read_files
from core.own.layout import UNSAID, WORDS, Layout, layout_from
from core.own.presets import NAMES
from core.own.reading import Own
from core.own.run import experiment_of
from core.own.without_weights import RecordedRun, is_without_weights, run_without_weights
from explorer.commands.base import FileFault


def add_array_options(group: argparse._ArgumentGroup) -> None:
    """--arrays and --layout."""
    about = (
        "own arrays by name, x, h0, Wx, Wh, b … and y or dh, in an NPZ, an NPY, a folder or JSON; can be given again"
    )
    group.add_argument("--arrays", metavar="FILE", type=Path, action="append", default=[], help=about)
    group.add_argument("--layout", metavar="WORDS", help=f"how they lie: {', '.join(NAMES)}, and {WORDS}")


def layout_of(options: argparse.Namespace) -> Layout:
    """What --layout says. Raises InputError."""
    if not options.layout:
        return UNSAID
    try:
        return layout_from(options.layout, NAMES)
    except InputError as error:
        raise InputError("--layout: {error}", error=error) from None


def run_to_show(options: argparse.Namespace) -> tuple[RecordedRun, Mapping[str, Array]] | None:
    """The recorded run without its weights that the files are, with their arrays; None where they are none. Raises
    InputError for the layout, FileFault for the files."""
    if not options.arrays:
        return None
    layout = layout_of(options)
    try:
        arrays = read_files(options.arrays)
        return (run_without_weights(arrays, layout.order), arrays) if is_without_weights(arrays) else None
    except InputError as error:
        names = " and ".join(quoted(path.name, 100) for path in options.arrays[:3])
        raise FileFault(f"{names} cannot be used: {error}") from None


def with_arrays(
    experiment: Experiment, options: argparse.Namespace, chosen: Collection[str]
) -> tuple[Fitted, Own | None]:
    """What the files make of the experiment whose fields `chosen` somebody has chosen. Raises InputError for the
    options, FileFault for the files."""
    layout = layout_of(options)
    try:
        arrays = read_files(options.arrays)
    except InputError as error:
        raise FileFault(str(error)) from None
    try:
        found = experiment_of(arrays, experiment, layout, chosen)
    except InputError as error:
        names = " and ".join(quoted(path.name, 100) for path in options.arrays[:3])
        raise FileFault(f"{names} cannot be used: {error}") from None
    if "task" in chosen and found[0].experiment.task != experiment.task:
        raise InputError(
            "--task {task}: the arrays bring an x of their own; leave out --task, or x.", task=experiment.task
        )
    return found
