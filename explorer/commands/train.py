"""train: learn an experiment's parameters, and write the trained run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from core.documents import export, storage, trained
from core.documents.training_history import history_csv
from core.edits.editing import absorbed
from core.experiment import Experiment
from core.files.writing import write_text
from core.interop import files
from core.interop.libraries import translated
from core.maths.arrays import Array
from core.network.size import LIMIT, predicted_bytes
from core.recorder import record
from core.tasks import dataset
from core.training.measures import measure_in_parts
from core.training.plan import MOST_UPDATES
from core.training.run import AT_ONCE, DRAWN, TrainingRun, resumed_of
from explorer.commands.base import Command, file_faults, refuse_unwritable
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run
from explorer.commands.training import SESSION, add_training_options, run_from, run_training, whole

WEIGHTS = ".safetensors"
MOST_HELD_OUT = 1_000_000
INTERRUPTED = 130  # the exit status


def held_out_result(run: TrainingRun, wanted: int | None = None) -> str:
    """How good it is on sequences that it was not trained on, in one line that says on how many: `wanted`, or None for
    all that there are. Raises InputError."""
    experiment, at_once, split = run.experiment, AT_ONCE, run.plan.split
    needed = predicted_bytes(experiment, run.network) / experiment.batch
    while at_once > 1 and needed * at_once > LIMIT:
        at_once //= 2
    there = dataset.held_out_count(experiment, "test", split)
    size = wanted or there or DRAWN
    found = measure_in_parts(
        run.network, run.result, dataset.held_out_in_parts(experiment, size, at_once, "test", split)
    )
    accuracy = "" if found.accuracy is None else f", accuracy {found.accuracy:.4f}"
    r_squared = "" if found.r_squared is None else f", R² {_share(found.r_squared)}"
    over = f"{found.sequences} new" if there is None else f"{found.sequences} of {there}"
    over = f"all {there}" if found.sequences == there else over
    shared = dataset.held_out_is_trained_on(experiment, split)
    same = ", which are also trained on: there are no others" if shared else ""
    return f"held out: loss {found.loss:.6g}{accuracy}{r_squared} (over {over} sequences{same})"


def validation_result(run: TrainingRun) -> str:
    """Which parameters are the result, and how good they are on what was validated on, in one line."""
    best = run.best
    assert best is not None
    place = int((run.validations.updates == best.update).argmax())
    loss, metric = run.validations.loss[place], run.validations.metric[place]
    value = "" if metric != metric else f", {run.metric_name} {_share(metric)}"
    kept = "kept are the parameters of" if run.plan.keep_best else "the lowest loss was after"
    over = f"over {run.validations.sequences} sequences"
    return f"validation: {kept} update {best.update}: loss {loss:.6g}{value} ({over})"


def _share(value: float) -> str:
    """To four decimals; of a training that broke off it may be far below 0, and is written with its power."""
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.4g}"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    add_training_options(parser)
    about = (
        "trained.npz: the run with the trained parameters, every array by name, and the history of the training; "
        "trained.json: a session with them, for the window, trace and render; trained.safetensors: PyTorch's weights"
    )
    measured = (
        "sequences that the result is measured on, none of which is trained on: all (the whole test part of a file's, "
        f"{DRAWN} where a task draws them), or this many, evenly spread (default: all)"
    )
    parser.add_argument("--held-out", metavar="all|N", default="all", help=measured)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=about)
    parser.add_argument("--history", metavar="FILE.csv", type=Path, help="a line for every update: loss, norms, rate …")
    parser.add_argument("--every", metavar="N", help="write the files after every N updates, too")


def _run(options: argparse.Namespace) -> int:
    export.refuse_suffix(options.out, (trained.SUFFIX, SESSION, WEIGHTS))
    if options.history is not None:
        export.refuse_suffix(options.history, (".csv",))
    experiment = experiment_to_run(options)
    for path in filter(None, (options.out, options.history)):
        refuse_unwritable(path)
    run = run_from(options, experiment)
    wanted = None if options.held_out == "all" else whole("--held-out", options.held_out, MOST_HELD_OUT)
    every = 0 if options.every is None else whole("--every", options.every, MOST_UPDATES)
    if options.out.suffix.lower() == WEIGHTS:
        translated("torch", experiment, run.parameters)  # refuses a network that PyTorch has not, before it is trained

    def save() -> None:
        _write(options, run)

    finished = run_training(run, every=every, save=save)
    if not finished:
        print(f"Interrupted after update {run.update}: what has been learned so far is written.")
    save()
    if run.best is not None:
        print(validation_result(run))
    if finished:
        print(held_out_result(run, wanted))
    print(f"{options.out}: {experiment.cell} on {experiment.task}, {run.update} updates")
    return 0 if finished else INTERRUPTED


def _write(options: argparse.Namespace, run: TrainingRun) -> None:
    """The trained run, or its weights, and the history where one was asked for. Raises FileFault."""
    with file_faults(options.out):
        _write_result(options.out, absorbed(run.experiment), run, run.result)
    if options.history is not None:
        with file_faults(options.history):
            write_text(options.history, history_csv(run.history, run.validations, run.metric_name))


def _write_result(path: Path, experiment: Experiment, run: TrainingRun, parameters: Mapping[str, Array]) -> None:
    """`experiment`: without what was typed over its parameters, which have moved on from it. Raises OSError."""
    if path.suffix.lower() == SESSION:
        write_text(path, storage.to_text(record(experiment, parameters)))
    elif path.suffix.lower() == WEIGHTS:
        files.write(path, translated("torch", experiment, parameters)[0])
    else:
        trained.write(path, experiment, parameters, run.history, run.validations, run.plan, resumed_of(run))


TRAIN = Command(
    "train",
    "Learn the parameters of an experiment, and write the trained run: NPZ with all arrays.",
    (
        "train --cell lstm --task echo --updates 500 --optimizer adam --rate 0.01 --sequences 32 --out trained.npz",
        "train --cell tanh --task adding --set clip_norm=1 --optimizer sgd --rate 0.05 --out trained.npz",
        "train --task surname --epochs 20 --sequences 32 --validation 0.2 --patience 5 --out best.npz --history h.csv",
        "train --cell gru --task sine --updates 300 --schedule cosine --out trained.json",
        "train --experiment saved.json --start trained.npz --updates 1000 --out further.npz",
    ),
    _add_options,
    _run,
)
