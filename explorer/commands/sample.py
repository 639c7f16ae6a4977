"""sample: train a character model on a text, and let it write."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from core.cells import cell_named
from core.recorder import Recorder
from core.tasks.next_character import joined
from core.training import sampling
from explorer.commands.base import Command
from explorer.commands.options.experiment import READS_TEXT, add_experiment_options, experiment_to_run
from explorer.commands.training import add_training_options, number, run_from, run_training, trained_run, whole


class Choices(NamedTuple):
    """What is drawn, as `sampling.sample` takes it."""

    length: int
    seed_text: str
    temperature: float
    seed: int


def _model(options: argparse.Namespace, choices: Choices) -> sampling.Model:
    """The model that is read or trained; what cannot write is refused before anything is trained."""
    if options.trained is not None:
        ready = trained_run(options.trained)
        return sampling.model(ready.experiment, ready.parameters)
    if options.task is None and options.experiment is None:
        options.task = READS_TEXT
    experiment = experiment_to_run(options)
    if not cell_named(experiment.cell).learned:  # its read-out is fitted, not trained
        return sampling.model(experiment, Recorder(experiment).parameters)
    run = run_from(options, experiment, sys.stderr)
    sampling.sample(sampling.model(experiment, run.parameters), *choices)
    if not run_training(run, sys.stderr):
        raise KeyboardInterrupt
    return sampling.model(experiment, run.result)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    add_training_options(parser)
    group = parser.add_argument_group("the sample")
    group.add_argument("--trained", metavar="FILE.npz", type=Path, help="a trained run, which is used as it is")
    group.add_argument("--temperature", metavar="T", default="1", help="0: always the most likely (default: 1)")
    group.add_argument("--length", metavar="N", default="200", help="new characters, or words (default: 200)")
    group.add_argument(
        "--seed-text", metavar="TEXT", default="", help="the text to continue (default: the first character)"
    )
    group.add_argument("--sample-seed", metavar="N", default="0", help="of the sampling (default: 0)")


def _run(options: argparse.Namespace) -> int:
    seed = 0 if options.sample_seed == "0" else whole("--sample-seed", options.sample_seed, 2**31 - 1)
    length, temperature = whole("--length", options.length, 10_000), number("--temperature", options.temperature)
    choices = Choices(length, options.seed_text, temperature, seed)
    model = _model(options, choices)
    drawn = sampling.sample(model, *choices)
    written = options.seed_text or sampling.first_text(model)
    print(written, end="")
    for each in drawn:
        between = joined(model.experiment, ("", "")) if written else ""
        print(between + each, end="", flush=True)
        written = each
    print()
    return 0


SAMPLE = Command(
    "sample",
    "Train a character model on a text and let it continue, sampling each character from its own prediction.",
    (
        "sample --set text=hello --hidden 8 --updates 500 --temperature 0 --length 4 --seed-text h",
        "sample --text-file poem.txt --cell lstm --hidden 64 --steps 50 --updates 2000 --rate 0.01 --temperature 0.7",
        "sample --trained trained.npz --length 500",
    ),
    _add_options,
    _run,
)
