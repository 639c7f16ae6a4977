"""reproduce: published experiments run again, our figures beside the printed ones."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from core.errors import InputError, quoted
from core.jobs import Job
from core.reproduction import air_quality, digits
from core.reproduction.published import Result
from explorer.commands.base import Command, run_job
from explorer.commands.running.ctrl_c import Stop, stopped_by_ctrl_c
from explorer.commands.train import INTERRUPTED
from explorer.commands.training import number, whole

AIR, DIGITS = "air-quality", "mnist-rows"
MOST_SEEDS, MOST_EPOCHS = 100, 10_000


def _add_options(parser: argparse.ArgumentParser) -> None:
    about = f"{AIR}: PM2.5 in Beijing, 1, 2, 4 and 8 hours ahead; {DIGITS}: MNIST's digits, row by row"
    parser.add_argument("which", choices=(AIR, DIGITS), metavar="WHICH", help=about)
    about = f"{AIR}: the table (UCI, Beijing PM2.5 Data); {DIGITS}: the folder with its IDX files"
    parser.add_argument("--data", metavar="FILE|DIR", type=Path, required=True, help=about)
    parser.add_argument("--seeds", metavar="N", default="1", help="medians and ranges over N seeds (default: 1)")
    about = "how often the training part is gone through (default: as printed)"
    parser.add_argument("--epochs", metavar="E", help=about)


def _run(options: argparse.Namespace) -> int:
    seeds = whole("--seeds", options.seeds, MOST_SEEDS)
    epochs = None if options.epochs is None else number("--epochs", options.epochs)
    if epochs is not None and not 0 < epochs <= MOST_EPOCHS:
        raise InputError(
            "--epochs: {epochs:g} cannot be used; give a number above 0, at most {most_epochs}.",
            epochs=epochs,
            most_epochs=MOST_EPOCHS,
        )
    results: list[Result] = []
    with stopped_by_ctrl_c() as stop:
        if options.which == AIR:
            job, notes = air_quality.reproducing(str(options.data), seeds, epochs, results), air_quality.DIFFERENCES
        else:
            notes = digits.differences(options.data)
            job = digits.reproducing(options.data, seeds, epochs, results)
        run_job(f"Training, {options.which}", _until(job, stop))
    name = quoted(options.data.name, 100)
    print(f"{options.which}, {name}: {_seeds(seeds)}")
    for result in results:
        if result.seeds or result.broken:
            print("\n".join(_lines_of(options.which, result, epochs)))
    print("Differences of set-up:")
    for note in notes:
        print(f"- {note}")
    if stop.pressed:
        print("Interrupted: the figures are those of the seeds that were done.")
        return INTERRUPTED
    return 0


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _until(job: Iterator[float], stop: Stop) -> Job[None]:
    for done in job:
        yield done
        if stop.pressed:
            return


def _lines_of(which: str, result: Result, epochs: float | None) -> Iterator[str]:
    published = result.published
    size = f"{result.count:,} parameters (printed: {published.parameters})"
    gone = f"{published.epochs if epochs is None else epochs:g} epochs"
    yield f"\n{published.title}: {size}, {gone}, {result.updates:,} updates, {_seeds(result.seeds)}"
    yield from (f"- {each}" for each in published.differences)
    if result.broken:
        yield f"- The training broke off with seed {', '.join(map(str, result.broken))}."
    if result.seeds:
        yield from _air_lines(result) if which == AIR else _digit_lines(result)


def _air_lines(result: Result) -> Iterator[str]:
    ways = (air_quality.EVERY_HOUR, air_quality.BLOCKS)
    wide = 30 if result.seeds > 1 else 16
    yield f"  {'':10}{'printed':>10}" + "".join(f"{way:>{wide}}" for way in ways) + f"{air_quality.SAME:>18}"
    for hours in air_quality.HOURS:
        row = f"{hours} h"
        for what, places in ((air_quality.LOSS, 6), (air_quality.R_SQUARED, 4)):
            ours = "".join(f"{_ours(result, row, f'{what} {way}', places):>{wide}}" for way in ways)
            rival = result.median(row, f"{what} {air_quality.SAME}")
            printed = result.published.printed.get((row, what))
            shown = "–" if printed is None else f"{printed:.{6 if what == air_quality.LOSS else 3}f}"
            label = f"{row if what == air_quality.LOSS else '':<5}{what}"
            yield f"  {label:10}{shown:>10}{ours}{rival:>18.{places}f}"
    better = (f"{_better(result, f'{hours} h')} at {hours} h" for hours in air_quality.HOURS)
    yield f"  Better than “{air_quality.SAME}”, by the loss from every hour: {', '.join(better)}."


def _better(result: Result, row: str) -> str:
    """How many seeds beat the rival that costs nothing."""
    ours = result.numbers[row, f"{air_quality.LOSS} {air_quality.EVERY_HOUR}"]
    rivals = result.numbers[row, f"{air_quality.LOSS} {air_quality.SAME}"]
    return f"{sum(our < rival for our, rival in zip(ours, rivals, strict=True))} of {len(ours)} seeds"


def _digit_lines(result: Result) -> Iterator[str]:
    for what, places in ((digits.ACCURACY, 4), (digits.LOSS, 3)):
        printed = result.published.printed[digits.ROW, what]
        yield f"  {what:10}{printed:.{places}f} printed, ours {_ours(result, digits.ROW, what, places)}"


def _ours(result: Result, row: str, column: str, places: int) -> str:
    """The number of one seed, or the median of several and their range."""
    median = f"{result.median(row, column):.{places}f}"
    if result.seeds == 1:
        return median
    low, high = result.span(row, column)
    return f"{median} ({low:.{places}f}…{high:.{places}f})"


REPRODUCE = Command(
    "reproduce",
    "Run published experiments again and print our figures beside the printed ones, with every difference of set-up.",
    (
        "reproduce air-quality --data PRSA_data_2010.1.1-2014.12.31.csv --seeds 5",
        "reproduce mnist-rows --data mnist --epochs 20",
    ),
    _add_options,
    _run,
)
