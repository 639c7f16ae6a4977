"""The options of how a network is trained, shared by `train` and `sample`, and a training run with what it prints."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import msgspec
from msgspec import inspect

from core.cells import cell_named
from core.documents import storage, trained
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.options import names_of
from core.training.history import Progress
from core.training.optimizers import MOMENTUM, OPTIMIZERS, optimizer_named
from core.training.plan import MOST_UPDATES, OPTIONS, Plan, from_builtins
from core.training.run import TrainingRun
from core.training.schedules import SCHEDULES
from core.training.watching import NOTHING
from explorer.commands.base import LINE_SECONDS, FileFault
from explorer.commands.options.experiment import plain
from explorer.commands.running.ctrl_c import stopped_by_ctrl_c

SESSION = ".json"
LINES = 10  # how often the loss is printed, at least
BROKEN = {"loss": "the loss is", "gradient": "the gradient is", "parameters": "the parameters are"}
FIELDS = {field.name: field for field in msgspec.structs.fields(Plan)}


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """Everything that makes a Plan."""
    usual = Plan()
    names = ", ".join(each.name for each in OPTIMIZERS)
    rates = ", ".join(f"{each.name} {each.rate_usual:g}" for each in OPTIMIZERS)
    schedules = ", ".join(each.name for each in SCHEDULES)
    group = parser.add_argument_group("the training", "Clipping and truncation are options of the experiment.")
    length = group.add_mutually_exclusive_group()
    length.add_argument("--updates", metavar="N", help=f"how many (default: {usual.length})")
    length.add_argument("--epochs", metavar="N", help="how often every training sequence is read, in place of updates")
    group.add_argument("--optimizer", metavar="NAME", default=usual.optimizer, help=f"one of {names} (default: adam)")
    group.add_argument("--rate", metavar="R", help=f"the learning rate (default: {rates})")
    group.add_argument("--momentum", metavar="M", help="of sgd and rmsprop, from 0 to below 1 (default: 0)")
    group.add_argument(
        "--schedule",
        metavar="NAME",
        default=usual.schedule,
        help=f"of the rate: one of {schedules} (default: constant)",
    )
    group.add_argument("--sequences", metavar="N", help="sequences per update (default: the experiment's batch)")
    group.add_argument("--in-order", action="store_true", help="read the data in their order, not shuffled each epoch")
    about = "the share of the data before the test part to validate on (default: none); the best parameters are kept"
    group.add_argument("--validation", metavar="SHARE", help=about)
    group.add_argument("--patience", metavar="N", help="end after N validations without a lower loss")
    group.add_argument("--test", metavar="N", help="sequences at the end to test on (default: the last fifth)")
    group.add_argument(
        "--plan",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help=f"another choice of the training: {', '.join((*OPTIONS, 'validate_every', 'keep_best'))}",
    )
    group.add_argument("--start", metavar="FILE", type=Path, help="go on from a trained run's parameters (.npz, .json)")
    group.add_argument("--hold", metavar="NAME", action="append", default=[], help="a parameter to keep fixed: L1.W")


def run_from(options: argparse.Namespace, experiment: Experiment, to: TextIO | None = None) -> TrainingRun:
    """The training that the options describe, of which nothing is recorded but its history. Where it goes on from a
    file, prints whether the optimizer does (to stdout where `to` is None). Raises InputError, FileFault."""
    cell = cell_named(experiment.cell)
    if not cell.learned:
        raise InputError(
            "The cell {cell} is not trained by updates ({note}); trace and the window run it.",
            cell=cell.name,
            note=cell.note,
        )
    plan = plan_from(options)
    if not options.start:
        brought = None if options.fitted is None else options.fitted.parameters
        return TrainingRun(experiment, plan, brought, NOTHING, film_bytes=0)
    start = trained_run(options.start)
    run = TrainingRun(experiment, plan, start.parameters, NOTHING, film_bytes=0, resumed=start.resumed)
    anew = run.anew if start.resumed is not None else f"{options.start.name} has no state of one"
    said = f"The optimizer starts anew: {anew}." if anew else f"The optimizer goes on after update {run.training.done}."
    print(said, file=to, flush=True)
    return run


def plan_from(options: argparse.Namespace) -> Plan:
    """The plan that the options describe. Raises InputError naming the option."""
    kind = optimizer_named(options.optimizer)
    changes: dict[str, Any] = {"optimizer": kind.name, "schedule": options.schedule, "held": tuple(options.hold)}
    if options.updates is not None or options.epochs is not None:
        unit = "updates" if options.epochs is None else "epochs"
        changes.update(unit=unit, length=whole(f"--{unit}", getattr(options, unit), MOST_UPDATES))
    for name in ("rate", "validation", "momentum"):
        if getattr(options, name) is not None:
            changes[name] = number(f"--{name}", getattr(options, name))
    if options.rate is not None:
        kind(changes["rate"])  # says what a rate may be
    if options.momentum is not None and MOMENTUM.name not in names_of(kind.options):
        others = " or ".join(each.name for each in OPTIMIZERS if MOMENTUM.name in names_of(each.options))
        raise InputError(
            "--momentum: {kind} takes none; leave it out, or choose --optimizer {others}.",
            kind=kind.name,
            others=others,
        )
    for name in ("sequences", "patience", "test"):
        if getattr(options, name) is not None:
            changes[name] = whole(f"--{name}", getattr(options, name), 1_000_000)
    if options.in_order:
        changes["shuffled"] = False
    changes.update(_settings(options.plan))
    return from_builtins(changes)


def _settings(settings: list[str]) -> dict[str, Any]:
    """What --plan NAME=VALUE chooses. Raises InputError."""
    found = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or name not in FIELDS:
            known = ", ".join((*OPTIONS, "validate_every", "keep_best"))
            raise InputError(
                "--plan {setting}: write it as NAME=VALUE; the choices are {known}.",
                setting=quoted(setting),
                known=known,
            )
        is_text = isinstance(inspect.type_info(FIELDS[name].type), inspect.StrType | inspect.LiteralType)
        found[name] = text if is_text else plain(text)
    return found


def whole(label: str, text: str, most: int) -> int:
    """A whole number from 1. Raises InputError naming the option."""
    if not text.isdecimal() or not 1 <= int(text[:20]) <= most:
        raise InputError(
            "{label}: “{text}” cannot be used; give a whole number from 1 to {most}.",
            label=label,
            text=quoted(text),
            most=most,
        )
    return int(text)


def number(label: str, text: str) -> float:
    """Any number. Raises InputError naming the option."""
    try:
        return float(text)
    except ValueError:
        raise InputError("{label}: “{text}” cannot be used; give a number.", label=label, text=quoted(text)) from None


def trained_run(path: Path) -> trained.Trained:
    """A trained run from its file, or a session with its own parameters. Raises FileFault."""
    try:
        if path.suffix.lower() != SESSION:
            return trained.read(path)
        saved = storage.load(path)
        if saved.given is None:
            raise InputError(
                "{file} has no trained weights; give a session that was trained, or an .npz.", file=path.name
            )
        return trained.Trained(saved.experiment, trained.typed_over(saved.experiment, saved.given))
    except InputError as error:
        raise FileFault(str(error)) from None


def run_training(
    run: TrainingRun, to: TextIO | None = None, every: int = 0, save: Callable[[], None] | None = None
) -> bool:
    """Trains, printing the loss now and then (to stdout where `to` is None), and why it ended early. False where Ctrl-C
    ended it before. After every `every` updates `save` is called; 0: never."""
    lines, line = max(1, run.total // LINES), ProgressLine()
    with stopped_by_ctrl_c() as stop:
        for progress in run.steps():
            if progress is not None:
                if progress.update % lines == 0 or progress.update == 1 or run.training.broken:
                    line.clear()
                    print(_said(run, progress), file=to, flush=True)
                line.show(run, progress)
                if save is not None and every and progress.update % every == 0:
                    save()
            if stop.pressed:
                line.clear()
                return False
    line.clear()
    reason = _reason(run)
    if reason:
        print(reason, file=to, flush=True)
    return True


def _said(run: TrainingRun, progress: Progress) -> str:
    epoch = f" (epoch {progress.epoch})" if run.plan.unit == "epochs" else ""
    found = f"update {progress.update}{epoch}: loss {progress.loss:.6g}, gradient {progress.norm:.4g}"
    if not len(run.validations):
        return found
    return f"{found}; validation loss {run.validations.loss[-1]:.6g}, after update {run.validations.updates[-1]}"


def _reason(run: TrainingRun) -> str:
    """Why a training ended before its length, in a sentence; "" where it did not."""
    if run.training.broken:
        return (
            f"Stopped at update {run.update}: {BROKEN[run.training.broken]} no longer finite. The parameters "
            "are the last good ones; try a smaller rate, or clip_norm."
        )
    if run.ended == "patience":
        return f"Stopped at update {run.update}: the validation loss has not fallen {run.plan.patience} times."
    return ""


class ProgressLine:
    """One line on standard error that says how far a training is; none where that is no terminal."""

    def __init__(self) -> None:
        self._on, self._shown = sys.stderr.isatty(), ""
        self._began = self._next = time.monotonic()

    def show(self, run: TrainingRun, progress: Progress) -> None:
        """Says it anew, where the last time is a while ago."""
        if not self._on or (now := time.monotonic()) < self._next:
            return
        self._next = now + LINE_SECONDS
        left = round((now - self._began) * (run.total - progress.update) / progress.update)
        self.clear()
        share = f"{100 * progress.update // run.total} %, update {progress.update:,} of {run.total:,}"
        self._shown = f"{share}, loss {progress.loss:.4g}, {left // 60}:{left % 60:02d} left"
        print(f"\r{self._shown}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """What comes next stands at the beginning of an empty line."""
        if self._shown:
            print(f"\r{' ' * len(self._shown)}\r", end="", file=sys.stderr, flush=True)
            self._shown = ""
