"""arrays: how own arrays are read, and a file of a run's arrays to put them into."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.documents.export import refuse_suffix
from core.errors import InputError
from core.files.npz_writer import write_npz
from core.own.template import template
from core.recorder import record
from explorer.commands.base import Command, file_faults, refuse_unwritable
from explorer.commands.options.arrays import layout_of
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run, own_parameters


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    about = (
        "write the run's x, y, initial states and weights as an NPZ that --arrays reads; with --layout under its names"
    )
    parser.add_argument("--template", metavar="FILE", type=Path, help=about)


def _run(options: argparse.Namespace) -> int:
    if options.template is None and not options.arrays:
        raise InputError("arrays needs --template FILE, or --arrays FILE to say how that is read.")
    if options.template is None:
        experiment = experiment_to_run(options)
        trace = record(experiment, own_parameters(options, experiment))
        print(f"{trace.experiment.cell}, {trace.network.loss.title}: L = {trace.loss!r}")
        return 0
    refuse_suffix(options.template, (".npz",))
    layout = layout_of(options)
    experiment = experiment_to_run(options)
    refuse_unwritable(options.template)
    found = template(record(experiment, own_parameters(options, experiment)), layout)
    with file_faults(options.template):
        write_npz(options.template, found)
    shapes = ", ".join(f"{name} {array.shape}" for name, array in found.items() if array.shape)
    print(f"{options.template}: {shapes}")
    return 0


ARRAYS = Command(
    "arrays",
    "Say how own arrays are read, or write a run's arrays as a template for them.",
    (
        "arrays --template own.npz --cell lstm --steps 3 --hidden 5 --batch 2 --layout cs231n",
        "arrays --arrays own.npz --layout 'cs231n, gates i f o g'",
    ),
    _add_options,
    _run,
)
