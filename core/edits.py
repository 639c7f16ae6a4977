"""One's own hand in a run: single numbers of the inputs, targets, parameters and initial states, typed over.

Edits are part of the experiment, so that undo, a saved file and a script have them; they are applied where the numbers
are made, before anything is computed. A locked one is also kept by another seed and by a training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import msgspec
import numpy as np

from core.cells.base import Array
from core.errors import InputError
from core.experiment import MAKES_PARAMETERS, Edit, Experiment
from core.network import Network
from core.scan import Scan
from core.tasks.base import Data

INPUTS, TARGETS = "x", "y"
START = "_0"  # "L1.s_0" is the initial state s of the scan L1, (B, H)
# What the data are made of: with another of these, what was typed over them no longer belongs.
MAKES_DATA = (
    "task", "data_seed", "text", "unknown", "csv_path", "csv_hash", "csv_target", "csv_columns", "csv_predict",
    "air_quality", "image_path", "image_hash", "label_path", "label_hash",
)  # fmt: skip


def is_data(name: str) -> bool:
    """Whether an edit's name is that of the inputs or the targets."""
    return name in (INPUTS, TARGETS)


def is_start(name: str) -> bool:
    """Whether an edit's name is that of an initial state."""
    return name.endswith(START)


def edit_of(experiment: Experiment, name: str, index: tuple[int, ...]) -> Edit | None:
    """The edit of one number, or None."""
    return next((edit for edit in experiment.edits if (edit.name, edit.index) == (name, index)), None)


def edited(experiment: Experiment, edits: Iterable[Edit]) -> Experiment:
    """The experiment with these edits beside the others; one of the same number takes the other's place. A new value
    keeps the lock of the number. Raises InputError."""
    found = {(edit.name, edit.index): edit for edit in experiment.edits}
    for edit in edits:
        key = edit.name, edit.index
        locked = edit.locked or (key in found and found[key].locked)
        found[key] = Edit(edit.name, edit.index, float(edit.value), locked)
    return experiment.with_changes(edits=_sorted(found.values()))


def without(experiment: Experiment, places: Iterable[tuple[str, tuple[int, ...]]]) -> Experiment:
    """The experiment with some numbers as they were."""
    gone = set(places)
    return experiment.with_changes(edits=tuple(e for e in experiment.edits if (e.name, e.index) not in gone))


def with_lock(experiment: Experiment, name: str, index: tuple[int, ...], value: float, locked: bool) -> Experiment:
    """The experiment with a number held at the value that it has, or let go (it keeps the value)."""
    found = {(edit.name, edit.index): edit for edit in experiment.edits}
    found[name, index] = Edit(name, index, float(value), locked)
    return experiment.with_changes(edits=_sorted(found.values()))


def rewound(experiment: Experiment) -> Experiment:
    """The same start again: every number as the seeds make it."""
    return experiment.with_changes(edits=())


def absorbed(experiment: Experiment) -> Experiment:
    """The experiment of a training's result: the edits that its parameters have moved on from are no longer there."""
    kept = tuple(e for e in experiment.edits if e.locked or is_data(e.name) or is_start(e.name))
    return experiment if kept == experiment.edits else msgspec.structs.replace(experiment, edits=kept)


def surviving(before: Experiment, after: Experiment) -> Experiment:
    """`after` without the edits that a change has left without their number: data were made anew, the parameters are
    others, or there is no such number any more. Locked ones stay as long as there is their number."""
    if not after.edits or after.edits != before.edits:
        return after
    from core.cells import cell_named

    changed = {name for name in after.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    if not changed:
        return after
    alike = cell_named(before.cell).blocks == cell_named(after.cell).blocks
    data = bool(changed & set(MAKES_DATA))
    parameters = bool(changed & (set(MAKES_PARAMETERS) - ({"cell"} if alike else set())))
    kept = [
        e for e in after.edits if e.locked or not (data if is_data(e.name) else parameters and not is_start(e.name))
    ]
    shapes = _shapes(after)
    kept = [e for e in kept if not _misfit(e, shapes)]
    return after if len(kept) == len(after.edits) else msgspec.structs.replace(after, edits=tuple(kept))


# --- applied ---
def edited_data(data: Data, experiment: Experiment) -> Data:
    """The data with the typed inputs and targets. Raises InputError naming an edit that does not fit."""
    chosen = [edit for edit in experiment.edits if is_data(edit.name)]
    if not chosen:
        return data
    arrays = {INPUTS: np.array(data.x), TARGETS: np.array(data.y)}
    shapes = {name: array.shape for name, array in arrays.items()}
    for edit in chosen:
        refuse_misfit(edit, shapes)
        if edit.name == TARGETS and not _counts(data, edit.index):
            raise InputError(f"{_place(edit)}: the loss does not look at this target; edit one at a step that counts.")
        arrays[edit.name][edit.index] = edit.value
    _refuse_no_distribution(data, arrays[TARGETS], chosen)
    return replace(data, x=arrays[INPUTS], y=arrays[TARGETS])


def _counts(data: Data, index: tuple[int, ...]) -> bool:
    t, sample = index[:2]
    return bool(data.supervised[t] and (data.counted is None or data.counted[t, sample]))


def _refuse_no_distribution(data: Data, y: Array, chosen: list[Edit]) -> None:
    """The derivatives a − y are those of a cross-entropy only where the targets are probabilities."""
    touched = {edit.index[:2] for edit in chosen if edit.name == TARGETS}
    for t, sample in sorted(touched):
        row = y[t, sample]
        if data.loss != "squared" and (row.min() < 0.0 or row.max() > 1.0):
            raise InputError(f"The target y[{t}, {sample}] must lie between 0 and 1, since it is a probability.")
        if data.loss == "categorical" and abs(row.sum() - 1.0) > 1e-9:
            raise InputError(
                f"The targets y[{t}, {sample}] are the probabilities of classes and must add up to 1; "
                f"they add up to {row.sum():g}."
            )


def edited_parameters(network: Network, parameters: Mapping[str, Array], experiment: Experiment) -> dict[str, Array]:
    """The parameters with the typed ones. Raises InputError naming an edit that does not fit."""
    found = dict(parameters)
    for edit in experiment.edits:
        if is_data(edit.name) or is_start(edit.name):
            continue
        refuse_misfit(edit, network.parameter_shapes)
        if _always_zero(network, edit):
            raise InputError(f"{_place(edit)} is always 0 in this cell; edit another number.")
        if found[edit.name] is parameters.get(edit.name):
            found[edit.name] = np.array(found[edit.name], dtype=float)
        found[edit.name][edit.index] = edit.value
    return found


def _always_zero(network: Network, edit: Edit) -> bool:
    part, _, name = edit.name.partition(".")
    scan = next((each for each in network.members if isinstance(each, Scan) and each.name == part), None)
    if scan is None:
        return False
    mask = scan.masked({name: np.ones(network.parameter_shapes[edit.name])})[name][1]
    return mask is not None and not mask[edit.index]


def start_states(network: Network, batch: int, experiment: Experiment) -> None:
    """Gives the network's scans their typed initial states. Raises InputError naming an edit that does not fit."""
    scans = {part.name: part for part in network.members if isinstance(part, Scan)}
    shapes = start_shapes(network, batch)
    for edit in experiment.edits:
        if is_start(edit.name):
            refuse_misfit(edit, shapes)
            part, _, name = edit.name.removesuffix(START).partition(".")
            starts = scans[part].starts
            if name not in starts:
                starts[name] = np.full(shapes[edit.name], experiment.initial_state)
            starts[name][edit.index] = edit.value


def start_shapes(network: Network, batch: int) -> dict[str, tuple[int, ...]]:
    """The initial states that are the experiment's own, by an edit's name, each (B, H)."""
    return {
        f"{part.name}.{name}{START}": (batch, part.hidden)
        for part in network.members
        if isinstance(part, Scan)
        for name in part.cell.carried
        if part.initial is None or (name != "s" and not isinstance(part.initial, str))
    }


def locked_entries(experiment: Experiment, name: str, shape: tuple[int, ...]) -> Array:
    """(shape) bool: the entries of a parameter that are locked."""
    found = np.zeros(shape, dtype=bool)
    for edit in experiment.edits:
        if edit.locked and edit.name == name:
            found[edit.index] = True
    return found


def _shapes(experiment: Experiment) -> dict[str, tuple[int, ...]]:
    """Of every number that can be edited, by name."""
    from core import tasks
    from core.structures import build

    try:
        data = tasks.make(experiment)
        network = build(experiment, data)
    except InputError:  # the run itself will say so
        return {edit.name: tuple(k + 1 for k in edit.index) for edit in experiment.edits}
    own = {INPUTS: data.x.shape, TARGETS: data.y.shape}
    return {**own, **network.parameter_shapes, **start_shapes(network, data.x.shape[1])}


def refuse_misfit(edit: Edit, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raises InputError where there is no such number."""
    reason = _misfit(edit, shapes)
    if reason:
        raise InputError(reason)


def _misfit(edit: Edit, shapes: Mapping[str, tuple[int, ...]]) -> str:
    if edit.name not in shapes:
        return f"edits: there is no “{edit.name}” to edit; there are {', '.join(shapes)}."
    shape = shapes[edit.name]
    if len(edit.index) != len(shape) or any(not 0 <= k < n for k, n in zip(edit.index, shape, strict=True)):
        return f"edits: there is no {_place(edit)}; {edit.name} is {' × '.join(map(str, shape))}, counted from 0."
    return ""


def _place(edit: Edit) -> str:
    return f"{edit.name}[{', '.join(map(str, edit.index))}]"


def _sorted(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: (edit.name, edit.index)))
