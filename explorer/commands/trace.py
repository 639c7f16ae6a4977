"""trace: run an experiment and write every number of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.documents import export
from core.network.parameter_counts import count_of, counts_of
from core.recorder import record
from core.trace import Trace
from explorer.commands.base import Command, file_faults, refuse_unwritable, run_job
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run, own_parameters


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    about = "run.npz for every array by name, run.csv for the norms of the gradients at every step"
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=about)


def _run(options: argparse.Namespace) -> int:
    export.refuse_suffix(options.out, export.SUFFIXES)
    experiment = experiment_to_run(options)
    refuse_unwritable(options.out)
    trace = record(experiment, own_parameters(options, experiment))
    with file_faults(options.out):
        run_job(f"Writing {options.out.name}", export.writing(trace, options.out))
    scan = trace.scan.name
    shapes = f"x {trace.data.x.shape}, {scan}.s {trace.values[scan, 's'].shape}"
    broken = f"; not finite from {trace.broken[0]} step {trace.broken[1]} on" if trace.broken else ""
    if experiment.fault is not None:
        broken += f"; fault {experiment.fault}: the gradients are wrong on purpose"
    made = f"{experiment.cell} on {experiment.task}, loss {trace.loss!r}, {shapes}, {counted(trace)}{broken}"
    print(f"{options.out}: {made}")
    return 0


def counted(trace: Trace) -> str:
    """«86 parameters (L1 6·6 + 6·6 + 6 = 78, L2 6·1 + 1·1 + 1 = 8)»."""
    parts = (f"{each.part} {each.formula} = {each.count}" for each in counts_of(trace.network))
    return f"{count_of(trace.network):,} parameters ({', '.join(parts)})"


TRACE = Command(
    "trace",
    "Write every number of a run: NPZ with all arrays, or CSV with the norms of the gradients step by step.",
    (
        "trace --cell lstm --task echo --steps 24 --hidden 8 --seed 7 --set forget_bias=1.5 --out run.npz",
        "trace --cell lstm --set freeze.f=1 --set loss_at=every --out norms.csv",
        "trace --experiment saved.json --set w_gain=1.2 --out run.npz",
    ),
    _add_options,
    _run,
)
