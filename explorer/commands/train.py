"""train: learn an experiment's parameters, and write the trained run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from core import export, storage, trained
from core.cells import cell_named
from core.cells.base import Array
from core.edits import absorbed
from core.errors import InputError
from core.experiment import Experiment
from core.files.reading import quoted
from core.memory import LIMIT, predicted_bytes
from core.optimizers import OPTIMIZERS, Optimizer, optimizer_named
from core.recorder import record
from core.tasks import dataset
from core.training import Measured, Training, measure, train
from explorer.commands.base import Command, FileFault, file_faults, refuse_unwritable
from explorer.commands.options import add_experiment_options, experiment_to_run

SESSION = ".json"
MOST_UPDATES = 10_000_000
LINES = 10  # how often the loss is printed, at least
BROKEN = {"loss": "the loss is", "gradient": "the gradient is", "parameters": "the parameters are"}
HELD_OUT = 512  # sequences that the result is measured on, at most


def add_training_options(parser: argparse.ArgumentParser, updates: int) -> None:
    """The options of how it is trained, shared with `sample`."""
    names = ", ".join(each.name for each in OPTIMIZERS)
    rates = ", ".join(f"{each.name} {each.rate_usual:g}" for each in OPTIMIZERS)
    group = parser.add_argument_group("the training", "Clipping and truncation are options of the experiment.")
    group.add_argument("--updates", metavar="N", default=str(updates), help=f"how many (default: {updates})")
    group.add_argument("--optimizer", metavar="NAME", default="adam", help=f"one of {names} (default: adam)")
    group.add_argument("--rate", metavar="R", help=f"the learning rate (default: {rates})")
    group.add_argument("--momentum", metavar="M", help="of sgd, from 0 to below 1 (default: 0)")
    group.add_argument("--sequences", metavar="N", help="sequences an update (default: the experiment's batch)")
    group.add_argument("--start", metavar="FILE", type=Path, help="go on from a trained run's parameters (.npz, .json)")
    group.add_argument("--hold", metavar="NAME", action="append", default=[], help="a parameter that stays: L1.W")


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
    if "momentum" in kind.options:
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


def run_training(training: Training, updates: int, to: TextIO | None = None) -> None:
    """Trains, printing the loss now and then (to stdout where `to` is None); says where it broke off."""
    every = max(1, updates // LINES)
    for progress in train(training, updates):
        if progress is not None and (progress.update % every == 0 or progress.update == 1 or training.broken):
            print(
                f"update {progress.update}: loss {progress.loss:.6g}, gradient {progress.norm:.4g}", file=to, flush=True
            )
    if training.broken:
        print(
            f"Broken off at update {len(training.history)}: {BROKEN[training.broken]} no longer finite. The parameters "
            "are the last good ones; try a smaller rate, or clip_norm.",
            file=to,
            flush=True,
        )


def held_out_result(training: Training) -> str:
    """How good it is on sequences that it was not trained on, in one line. Raises InputError."""
    experiment, size = training.experiment, HELD_OUT
    while size > 1 and predicted_bytes(experiment, *training.widths) / experiment.batch * size > LIMIT:
        size //= 2
    found: Measured = measure(training.network, training.parameters, dataset.held_out(experiment, size))
    accuracy = "" if found.accuracy is None else f", accuracy {found.accuracy:.4f}"
    r_squared = "" if found.r_squared is None else f", R² {found.r_squared:.4f}"
    return f"held out: loss {found.loss:.6g}{accuracy}{r_squared}"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    add_training_options(parser, updates=500)
    about = (
        "trained.npz: the run with the trained parameters, every array by name, and the history of the training; "
        "or trained.json: a session with them, for the window, trace and render"
    )
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=about)


def _run(options: argparse.Namespace) -> int:
    export.refuse_suffix(options.out, (trained.SUFFIX, SESSION))
    experiment = experiment_to_run(options)
    refuse_unwritable(options.out)
    training, updates = training_from(options, experiment)
    trained_as = absorbed(experiment)  # its parameters have moved on from what was typed
    run_training(training, updates)
    print(held_out_result(training))
    with file_faults(options.out):
        if options.out.suffix.lower() == SESSION:
            storage.save(options.out, storage.to_text(record(trained_as, training.parameters)))
        else:
            trained.write(options.out, trained_as, training.parameters, training.history)
    print(f"{options.out}: {experiment.cell} on {experiment.task}, {len(training.history)} updates")
    return 0


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
