"""train: learn an experiment's parameters, and write the trained run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from core.cells import cell_named
from core.documents import export, storage, trained
from core.edits.editing import absorbed
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.files.writing import write_text
from core.maths.arrays import Array
from core.network.size import LIMIT, predicted_bytes
from core.options import names_of
from core.recorder import record
from core.tasks import dataset
from core.training.measures import measure_in_parts
from core.training.optimizers import OPTIMIZERS, Optimizer, optimizer_named
from core.training.training import Training, train
from explorer.commands.base import Command, FileFault, file_faults, refuse_unwritable
from explorer.commands.ctrl_c import stopped_by_ctrl_c
from explorer.commands.options import add_experiment_options, experiment_to_run

SESSION = ".json"
MOST_UPDATES = 10_000_000
MOST_HELD_OUT = 1_000_000
LINES = 10  # how often the loss is printed, at least
BROKEN = {"loss": "the loss is", "gradient": "the gradient is", "parameters": "the parameters are"}
INTERRUPTED = 130  # the exit status
DRAWN = 512  # sequences that the result is measured on where a task draws as many as are wanted
AT_ONCE = 512  # of them in memory, at most


def add_training_options(parser: argparse.ArgumentParser, updates: int) -> None:
    """The options of how it is trained, shared with `sample`."""
    names = ", ".join(each.name for each in OPTIMIZERS)
    rates = ", ".join(f"{each.name} {each.rate_usual:g}" for each in OPTIMIZERS)
    group = parser.add_argument_group("the training", "Clipping and truncation are options of the experiment.")
    group.add_argument("--updates", metavar="N", default=str(updates), help=f"how many (default: {updates})")
    group.add_argument("--optimizer", metavar="NAME", default="adam", help=f"one of {names} (default: adam)")
    group.add_argument("--rate", metavar="R", help=f"the learning rate (default: {rates})")
    group.add_argument("--momentum", metavar="M", help="of sgd, from 0 to below 1 (default: 0)")
    group.add_argument("--sequences", metavar="N", help="sequences per update (default: the experiment's batch)")
    group.add_argument("--start", metavar="FILE", type=Path, help="go on from a trained run's parameters (.npz, .json)")
    group.add_argument("--hold", metavar="NAME", action="append", default=[], help="a parameter to keep fixed: L1.W")


def training_from(options: argparse.Namespace, experiment: Experiment) -> tuple[Training, int]:
    """The training that the options describe, and its number of updates. Raises InputError, FileFault."""
    cell = cell_named(experiment.cell)
    if not cell.learned:
        raise InputError(f"The cell {cell.name} is not trained by updates ({cell.note}); trace and the window run it.")
    updates = whole("--updates", options.updates, MOST_UPDATES)
    size = None if options.sequences is None else whole("--sequences", options.sequences, 1_000_000)
    start: Mapping[str, Array] | None = trained_run(options.start).parameters if options.start else None
    return Training(experiment, optimizer_from(options), size, start, held=options.hold), updates


def optimizer_from(options: argparse.Namespace) -> Optimizer:
    """The optimizer that the options describe. Raises InputError."""
    kind = optimizer_named(options.optimizer)
    rate = None if options.rate is None else number("--rate", options.rate)
    if options.momentum is None:
        return kind(rate)
    if "momentum" in names_of(kind.options):
        return kind(rate, **{"momentum": number("--momentum", options.momentum)})
    raise InputError(f"--momentum: {kind.name} takes none; leave it out, or choose --optimizer sgd.")


def whole(label: str, text: str, most: int) -> int:
    """A whole number from 1. Raises InputError naming the option."""
    if not text.isdecimal() or not 1 <= int(text[:20]) <= most:
        raise InputError(f"{label}: “{quoted(text)}” cannot be used; give a whole number from 1 to {most}.")
    return int(text)


def number(label: str, text: str) -> float:
    """Any number. Raises InputError naming the option."""
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{label}: “{quoted(text)}” cannot be used; give a number.") from None


def trained_run(path: Path) -> trained.Trained:
    """A trained run from its file, or a session with its own parameters. Raises FileFault."""
    try:
        if path.suffix.lower() != SESSION:
            return trained.read(path)
        saved = storage.load(path)
        if saved.given is None:
            raise InputError(f"{path.name} has no trained weights; give a session that was trained, or an .npz.")
        return trained.Trained(saved.experiment, trained.typed_over(saved.experiment, saved.given))
    except InputError as error:
        raise FileFault(str(error)) from None


def run_training(training: Training, updates: int, to: TextIO | None = None) -> bool:
    """Trains, printing the loss now and then (to stdout where `to` is None), and where it broke off. False where Ctrl-C
    ended it before."""
    every = max(1, updates // LINES)
    with stopped_by_ctrl_c() as stop:
        for progress in train(training, updates):
            if progress is not None and (progress.update % every == 0 or progress.update == 1 or training.broken):
                line = f"update {progress.update}: loss {progress.loss:.6g}, gradient {progress.norm:.4g}"
                print(line, file=to, flush=True)
            if stop.pressed:
                return False
    if training.broken:
        print(
            f"Stopped at update {len(training.history)}: {BROKEN[training.broken]} no longer finite. The parameters "
            "are the last good ones; try a smaller rate, or clip_norm.",
            file=to,
            flush=True,
        )
    return True


def held_out_result(training: Training, wanted: int | None = None) -> str:
    """How good it is on sequences that it was not trained on, in one line that says on how many: `wanted`, or None for
    all that there are. Raises InputError."""
    experiment, at_once = training.experiment, AT_ONCE
    needed = predicted_bytes(experiment, training.network) / experiment.batch
    while at_once > 1 and needed * at_once > LIMIT:
        at_once //= 2
    there = dataset.held_out_count(experiment)
    size = wanted or there or DRAWN
    found = measure_in_parts(
        training.network, training.parameters, dataset.held_out_in_parts(experiment, size, at_once)
    )
    accuracy = "" if found.accuracy is None else f", accuracy {found.accuracy:.4f}"
    r_squared = "" if found.r_squared is None else f", R² {_share(found.r_squared)}"
    over = f"{found.sequences} new" if there is None else f"{found.sequences} of {there}"
    over = f"all {there}" if found.sequences == there else over
    same = ", which are also trained on: there are no others" if dataset.held_out_is_trained_on(experiment) else ""
    return f"held out: loss {found.loss:.6g}{accuracy}{r_squared} (over {over} sequences{same})"


def _share(value: float) -> str:
    """To four decimals; of a training that broke off it may be far below 0, and is written with its power."""
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.4g}"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    add_training_options(parser, updates=500)
    about = (
        "trained.npz: the run with the trained parameters, every array by name, and the history of the training; "
        "or trained.json: a session with them, for the window, trace and render"
    )
    measured = (
        "sequences that the result is measured on, none of which is trained on: all (the whole test part of a file's, "
        f"{DRAWN} where a task draws them), or this many, evenly spread (default: all)"
    )
    parser.add_argument("--held-out", metavar="all|N", default="all", help=measured)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=about)


def _run(options: argparse.Namespace) -> int:
    export.refuse_suffix(options.out, (trained.SUFFIX, SESSION))
    experiment = experiment_to_run(options)
    refuse_unwritable(options.out)
    training, updates = training_from(options, experiment)
    wanted = None if options.held_out == "all" else whole("--held-out", options.held_out, MOST_HELD_OUT)
    trained_as = absorbed(experiment)  # its parameters have moved on from what was typed
    finished = run_training(training, updates)
    if not finished:
        print(f"Interrupted after update {len(training.history)}: what has been learned so far is written.")
    with file_faults(options.out):
        if options.out.suffix.lower() == SESSION:
            write_text(options.out, storage.to_text(record(trained_as, training.parameters)))
        else:
            trained.write(options.out, trained_as, training.parameters, training.history)
    if finished:
        print(held_out_result(training, wanted))
    print(f"{options.out}: {experiment.cell} on {experiment.task}, {len(training.history)} updates")
    return 0 if finished else INTERRUPTED


TRAIN = Command(
    "train",
    "Learn the parameters of an experiment, and write the trained run: NPZ with all arrays.",
    (
        "train --cell lstm --task echo --updates 500 --optimizer adam --rate 0.01 --sequences 32 --out trained.npz",
        "train --cell tanh --task adding --set clip_norm=1 --optimizer sgd --rate 0.05 --out trained.npz",
        "train --cell gru --task sine --updates 300 --out trained.json",
        "train --experiment saved.json --start trained.npz --updates 1000 --out further.npz",
    ),
    _add_options,
    _run,
)
