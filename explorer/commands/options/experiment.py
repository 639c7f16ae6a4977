"""An experiment from the command line: its options by name, each checked against the limits of its field."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from core.cells import CELLS, cell_named
from core.documents.opening import open_saved
from core.edits.editing import surviving
from core.errors import InputError, quoted
from core.exercises.hand_sized import hand_sized
from core.experiment import MAKES_PARAMETERS, OPTIONS, Experiment, suited
from core.maths.arrays import Array
from core.network.structures import STRUCTURES
from core.options import names_of
from core.tasks import TASKS, notes, task_named
from core.tasks.files.text import MOST, normal, read_text
from explorer.commands.base import FileFault
from explorer.commands.options.arrays import add_array_options, with_arrays
from explorer.commands.options.edits import add_edit_options, with_edits

FIELDS = {field.name: field for field in msgspec.structs.fields(Experiment)}
GATES = sorted({gate for cell in CELLS for gate in cell.gates})
COMMON = (  # have their own --name
    ("cell", ""), ("structure", ""), ("layers", ""), ("bidirectional", "how both chains are joined: "), ("task", ""),
    ("steps", "T: "), ("hidden", "H: "), ("batch", "B: "),
)  # fmt: skip
READS_TEXT = "next-character"
OFF = ("off", "none", "null")
LISTED: dict[str, tuple[str, ...]] = {
    "task": tuple(task.name for task in TASKS),
    "cell": tuple(cell.name for cell in CELLS),
    "structure": tuple(STRUCTURES),
}


def add_experiment_options(parser: argparse.ArgumentParser) -> None:
    """The options that choose what is run."""
    group = parser.add_argument_group("the experiment", "Every option that is not given keeps the task's own choice.")
    group.add_argument("--experiment", metavar="FILE", type=Path, help="start from a saved experiment or run")
    for name, about in COMMON:
        group.add_argument(f"--{name}", help=f"{about}{wanted(name)}")
    group.add_argument("--seed", help="of data and weights")
    about = f"read the text in a file (UTF-8, up to {MOST:,} characters); the task is next-character then"
    group.add_argument("--text-file", metavar="FILE", type=Path, help=about)
    about = "small enough to compute by hand: one unit, three steps, one sample, numbers of one decimal"
    group.add_argument("--hand", action="store_true", help=about)
    group.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="any option that `list` shows, or freeze.GATE=0…1 or off; can be given again",
    )
    add_array_options(group)
    add_edit_options(group)


def experiment_from(options: argparse.Namespace) -> Experiment:
    """The experiment that the options describe. Raises InputError naming the option, FileFault for the file."""
    given = {name: getattr(options, name) for name, _ in COMMON}
    changes = {name: value(name, text, f"--{name}") for name, text in given.items() if text is not None}
    if options.seed is not None:
        changes.update(dict.fromkeys(("data_seed", "weight_seed"), value("data_seed", options.seed, "--seed")))
    held: dict[str, float | None] = {}
    for setting in options.settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(
                "--set {setting}: write it as NAME=VALUE, for example --set forget_bias=1.5.", setting=quoted(setting)
            )
        if name.startswith("freeze."):
            held[name.removeprefix("freeze.")] = freezing(name, text)
        elif name in FIELDS:
            changes[name] = value(name, normal(text) if name == "text" else text, f"--set {name}")
        else:
            known = ", ".join(FIELDS)
            raise InputError(
                "--set {name}: there is no such option; the options are {known} and freeze.GATE.",
                name=quoted(name),
                known=known,
            )
    start = saved_experiment(options.experiment) if options.experiment else None
    if options.text_file is not None:
        changes.update(_from_text_file(options.text_file, start, changes))
    experiment = changed(start, changes)
    if "w_matrix" in changes and experiment.w_init != "matrix":
        unused = f"--set w_matrix: w_init is “{experiment.w_init}”, so it would not be used"
        raise InputError("{unused}; add --set w_init=matrix.", unused=unused)
    options.fitted = options.own = None
    if options.arrays:
        if options.hand:
            raise InputError("--hand and --arrays: the arrays have sizes of their own; leave out one of the two.")
        options.fitted, options.own = with_arrays(experiment, options, changes)
        experiment = options.fitted.experiment
    elif options.layout and not (getattr(options, "template", None) or getattr(options, "mine", None)):
        # of a template it says how that is written, of gradients how they lie
        raise InputError("--layout says how the arrays of --arrays FILE lie; give the file, too.")
    gates = cell_named(experiment.cell).gates
    for gate, at in held.items():
        if gate not in gates:
            choices = f"its gates are {', '.join(gates)}" if gates else "it has no gates"
            shown = quoted(gate)
            raise InputError(
                "--set freeze.{shown}: the cell {cell} has no gate “{shown}”; {choices}.",
                shown=shown,
                cell=experiment.cell,
                choices=choices,
            )
        experiment = experiment.freeze(gate, at)
    experiment = hand_sized(experiment, keep=changes) if options.hand else experiment
    return with_edits(experiment, options)


def experiment_to_run(options: argparse.Namespace) -> Experiment:
    """The same, whose files are read: what was filled, left out and assumed is said on stderr. Raises InputError."""
    experiment = experiment_from(options)
    said = notes(experiment) if options.fitted is None else (f"{'; '.join(options.fitted.remarks)}.",)
    for sentence in said:
        print(sentence, file=sys.stderr)
    return experiment


def _from_text_file(path: Path, start: Experiment | None, changes: dict[str, Any]) -> dict[str, Any]:
    """The fields that a text file gives. Raises InputError where a text is given already, or the task reads none,
    FileFault for the file."""
    if "text" in changes:
        raise InputError("--text-file and --set text=… are both given; choose one of them.")
    task = changes.get("task") or (start.task if start else READS_TEXT)
    if "text" not in names_of(task_named(task).options):
        raise InputError(
            "--text-file: the task {task} reads no text; choose --task {reads_text}.", task=task, reads_text=READS_TEXT
        )
    try:
        return {"text": read_text(path), "task": task}
    except InputError as error:
        raise FileFault(str(error)) from None


def changed(start: Experiment | None, changes: dict[str, Any]) -> Experiment:
    """`start` with changes; where the task is new to it, or from nothing, with the choices natural to the task too."""
    experiment = (start or Experiment()).with_changes(**changes)
    if start is not None and "edits" not in changes:
        kept = surviving(start, experiment)
        gone = len(experiment.edits) - len(kept.edits)
        if gone:
            one = "1 edited number of the saved experiment does not exist with this choice."
            many = f"{gone} edited numbers of the saved experiment do not exist with this choice."
            print(one if gone == 1 else many, file=sys.stderr)
        experiment = kept
    if start is not None and start.task == experiment.task:
        return experiment
    return suited(experiment, changes)


def saved_experiment(path: Path) -> Experiment:
    """The experiment of a saved file, or of an exported run. Raises FileFault."""
    try:
        return open_saved(path).experiment
    except InputError as error:
        raise FileFault(str(error)) from None


def own_parameters(options: argparse.Namespace, experiment: Experiment) -> Mapping[str, Array] | None:
    """The parameters that the arrays bring, or the saved experiment, where nothing that makes others was chosen beside
    it."""
    if options.fitted is not None:
        return options.fitted.parameters
    if not options.experiment:
        return None
    saved = open_saved(options.experiment)
    same = all(getattr(saved.experiment, name) == getattr(experiment, name) for name in MAKES_PARAMETERS)
    return dict(saved.parameters) if same and saved.parameters is not None else None


def value(name: str, text: str, label: str) -> Any:
    """What `text` means for the field `name`, within its limits. Raises InputError naming `label`."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        broken = f"“{quoted(text)}” has a byte that belongs to no character in UTF-8"
        raise InputError(
            "{label}: {broken}; write it in UTF-8, or give the file another name.", label=label, broken=broken
        )
    if name in LISTED:
        found, good = text, text in LISTED[name]
    else:
        kind = FIELDS[name].type
        found = _found(inspect.type_info(kind), text)
        try:
            found, good = msgspec.convert(found, kind), True
        except msgspec.ValidationError:
            good = False
    if not good:
        raise InputError(
            "{label}: “{text}” cannot be used; give {wanted}.", label=label, text=quoted(text), wanted=wanted(name)
        )
    return found


def _found(kind: inspect.Type, text: str) -> Any:
    """What a text stands for: itself, words or numbers separated by commas, or what `plain` makes of it."""
    if isinstance(kind, inspect.StrType | inspect.LiteralType):
        return text
    item = kind.item_type if isinstance(kind, inspect.VarTupleType) else None
    if isinstance(item, inspect.StrType | inspect.IntType) and not text.lstrip().startswith("["):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return parts if isinstance(item, inspect.StrType) else [plain(part) for part in parts]
    return plain(text)


def plain(text: str) -> Any:
    """JSON, or a number as people write it (.5), or off; else the text itself."""
    if text.lower() in OFF:
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):  # 2,000 brackets; what is no text
        pass
    try:
        return float(text)
    except ValueError:
        return text


def freezing(name: str, text: str) -> float | None:
    """The value that a gate is held at, None for a learned gate. Raises InputError."""
    at = plain(text)
    if at is None:
        return None
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= 1:
        raise InputError(
            "--set {name}: “{text}” cannot be used; give a number from 0 to 1, or off.",
            name=quoted(name),
            text=quoted(text),
        )
    return float(at)


def wanted(name: str) -> str:
    """What a field takes, in words: «a whole number from 1 to 1000»."""
    if name in LISTED:
        return "one of " + ", ".join(LISTED[name])
    if name == "frozen":
        return f"a list of gates, each with the value from 0 to 1 that it is held at; the gates are {', '.join(GATES)}"
    if name == "edits":
        return "a list of numbers typed over, each with its name, index and value; --edit types them"
    return _words(inspect.type_info(FIELDS[name].type), OPTIONS[name].unit if name in OPTIONS else "")


def _words(kind: inspect.Type, unit: str = "") -> str:
    match kind:
        case inspect.UnionType():
            return " or ".join(_words(each, unit) for each in kind.types)
        case inspect.NoneType():
            return "off"
        case inspect.LiteralType():
            return "one of " + ", ".join(map(str, kind.values))
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType() | inspect.FloatType():
            number = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
            number += f" of {unit}" if unit else ""
            low = f"above {kind.gt:g}" if kind.gt is not None else "" if kind.ge is None else f"from {kind.ge:g}"
            high = "" if kind.le is None else f"to {kind.le}" if isinstance(kind.le, int) else f"to {kind.le:g}"
            return " ".join(filter(None, (number, low, high)))
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return "names separated by commas"
        case inspect.VarTupleType(item_type=inspect.IntType()):
            return "whole numbers separated by commas"
        case inspect.StrType(min_length=least, max_length=most):
            return "a text" if most is None else f"a text of {least} to {most} characters"
        case _:
            return "rows of numbers, [[0.5, 0], [0, 0.5]]"
