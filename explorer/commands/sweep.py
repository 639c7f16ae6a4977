"""sweep: an experiment over the values of one or two options, a row of figures for each, into a CSV."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from core.ensemble.grid import Knob, evenly, knob
from core.ensemble.seeds import MOST
from core.errors import InputError, quoted
from core.experiment import to_json
from core.jobs import Job
from core.sweep.plan import Plan
from core.sweep.row import row_of
from core.sweep.table import Table
from explorer.commands.base import Command, FileFault, file_faults, refuse_unwritable, run_job
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run
from explorer.commands.running.ctrl_c import Stop, stopped_by_ctrl_c
from explorer.commands.running.workers import Rows, Task, here, in_processes, on_cluster, processors
from explorer.commands.train import INTERRUPTED
from explorer.commands.training import number, whole

SUFFIX = ".csv"
DECADES = "log"
MOST_JOBS = 1024
HOW = "write it as NAME=FIRST:LAST:COUNT, NAME=FIRST:LAST:COUNT:log or NAME=VALUE,VALUE"


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    group = parser.add_argument_group("the sweep")
    about = (
        "an option with a number and its values: w_gain=0.5:1.5:21 (21 values, evenly), input_scale=1e-6:1:13:log (by "
        "decades) or steps=10,20,50; given twice, all pairs"
    )
    group.add_argument("--over", metavar="NAME=VALUES", action="append", default=[], required=True, help=about)
    group.add_argument("--seeds", metavar="N", default="1", help="medians and quantiles over N seeds (default: 1)")
    group.add_argument("--jobs", metavar="N", help="processes on this machine (default: one for each processor)")
    about = "a Dask scheduler whose workers compute the rows: tcp://host:8786"
    group.add_argument("--scheduler", metavar="ADDRESS", help=about)
    about = "the table; where it is there from the same command, what it lacks is added"
    group.add_argument("--out", metavar="FILE.csv", type=Path, required=True, help=about)


def knob_from(text: str) -> Knob:
    """The knob that a text describes. Raises InputError."""
    name, equals, values = text.partition("=")
    label = f"--over {quoted(name)}"
    if not equals or not values:
        raise InputError("--over {text}: {how}.", text=quoted(text), how=HOW)
    if ":" not in values:
        return knob(name, [number(label, each) for each in values.split(",")])
    first, last, *rest = values.split(":")
    if not 1 <= len(rest) <= 2 or rest[1:] not in ([], [DECADES]):
        raise InputError("{label}: {how}.", label=label, how=HOW)
    count = whole(label, rest[0], 100_000)
    return knob(name, evenly(number(label, first), number(label, last), count, rest[1:] == [DECADES]))


def _run(options: argparse.Namespace) -> int:
    if options.out.suffix.lower() != SUFFIX:
        raise InputError(
            "{file}: a sweep is written as {suffix}; choose such a name.",
            file=quoted(str(options.out), 200),
            suffix=SUFFIX,
        )
    experiment = experiment_to_run(options)
    if options.fitted is not None and set(options.fitted.initial) != set(options.fitted.parameters):
        raise InputError("a sweep makes the weights of each run from its seed; leave the weights out of the arrays.")
    seeds = whole("--seeds", options.seeds, MOST)
    plan = Plan(experiment, tuple(knob_from(text) for text in options.over), seeds)
    jobs = processors() if options.jobs is None else whole("--jobs", options.jobs, MOST_JOBS)
    refuse_unwritable(options.out)
    with file_faults(options.out), stopped_by_ctrl_c() as stop, _opened(options.out, plan) as table:
        before = len(table.rows)
        tasks = [(to_json(experiment), values, seeds) for values in _missing(table)]
        rows = _rows(tasks, jobs, options.scheduler, stop)
        run_job(f"Sweep of {plan.count} cells", _filling(table, rows))
    failed = sum(bool(row[-1]) for row in table.rows.values())
    kept = f", {before} of them from before" if before else ""
    wrong = f"; {failed} could not be run, and their rows say why" if failed else ""
    print(f"{options.out}: {len(table.rows)} of {plan.count} cells{kept}{wrong}")
    if len(table.rows) < plan.count:
        print("Interrupted: the same command goes on where it stopped.")
        return INTERRUPTED
    return 0


def _opened(path: Path, plan: Plan) -> Table:
    """The table; what is wrong with the file is a fault of the file."""
    return _Faults(path, plan)


class _Faults(Table):
    def __enter__(self) -> Table:
        try:
            return super().__enter__()
        except InputError as error:
            raise FileFault(str(error)) from None


def _missing(table: Table) -> Iterator[dict[str, float]]:
    """The knobs' values of the cells that have no row yet."""
    names = [each.name for each in table.plan.knobs]
    for values in table.plan.cells():
        if table.key(values) not in table.rows:
            yield dict(zip(names, values, strict=True))


def _rows(tasks: list[Task], jobs: int, scheduler: str | None, stop: Stop) -> Rows:
    if scheduler is not None:
        return on_cluster(row_of, tasks, scheduler, stop)
    jobs = min(jobs, len(tasks))
    return in_processes(row_of, tasks, jobs, stop) if jobs > 1 else here(row_of, tasks, stop)


def _filling(table: Table, rows: Rows) -> Job[None]:
    """Adds the rows to the table as they come; yields how much of it is there."""
    try:
        for row in rows:
            if row is not None:
                table.add(row)
            yield len(table.rows) / table.plan.count
    finally:
        rows.close()


SWEEP = Command(
    "sweep",
    "Run an experiment over the values of one or two options, on all processors, into a CSV; the same command goes on.",
    (
        "sweep --steps 30 --over w_gain=0.5:1.5:21 --over input_scale=1e-6:1:13:log --out sweep.csv",
        "sweep --cell lstm --over forget_bias=-2:6:9 --over steps=10,20,50,100 --seeds 20 --out memory.csv",
        "sweep --cell gru --over update_bias=-6:2:9 --scheduler tcp://10.0.0.1:8786 --out gru.csv",
    ),
    _add_options,
    _run,
)
