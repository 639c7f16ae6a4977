"""Edits: single numbers of the inputs, targets, parameters and initial states, typed over.

Edits are part of the experiment, so that undo, a saved file and a script have them; they are applied where the numbers
are made, before anything is computed. A locked one is also kept by another seed and by a training.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from core.cells import cell_named
from core.choices import TARGETS, Edit, edit_of, is_data, is_start
from core.errors import InputError
from core.experiment import MAKES_DATA, MAKES_PARAMETERS, Experiment
from core.maths.arrays import Array

LARGEST = 1e6


def value_now(experiment: Experiment, name: str, index: tuple[int, ...]) -> float | None:
    """What was typed at a place, or None."""
    found = edit_of(experiment, name, index)
    return None if found is None else found.value


def edited(experiment: Experiment, edits: Iterable[Edit]) -> Experiment:
    """The experiment with these edits beside the others; one of the same number takes the other's place. A new value
    keeps the lock of the number. Raises InputError for a number that is too large or none."""
    found = {(edit.name, edit.index): edit for edit in experiment.edits}
    for edit in edits:
        if not abs(edit.value) <= LARGEST:  # not a number is refused as well
            at = ", ".join(map(str, edit.index))
            raise InputError(
                "{name}[{at}]: {value:g} cannot be used; give a number from −10⁶ to 10⁶.",
                name=edit.name,
                at=at,
                value=edit.value,
            )
        key = edit.name, edit.index
        locked = edit.locked or (key in found and found[key].locked)
        found[key] = Edit(edit.name, tuple(map(int, edit.index)), float(edit.value), locked)
    return experiment.with_changes(edits=_sorted(found.values()))


def without(experiment: Experiment, places: Iterable[tuple[str, tuple[int, ...]]]) -> Experiment:
    """The experiment with some numbers as they were."""
    gone = set(places)
    return experiment.with_changes(edits=tuple(e for e in experiment.edits if (e.name, e.index) not in gone))


def with_lock(experiment: Experiment, name: str, index: tuple[int, ...], value: float, locked: bool) -> Experiment:
    """The experiment with a number locked at its value, or unlocked (it keeps the value)."""
    found = {(edit.name, edit.index): edit for edit in experiment.edits}
    found[name, index] = Edit(name, index, float(value), locked)
    return experiment.with_changes(edits=_sorted(found.values()))


def rewound(experiment: Experiment) -> Experiment:
    """Without edits: every number as the seeds make it."""
    return experiment.with_changes(edits=())


def absorbed(experiment: Experiment) -> Experiment:
    """The experiment of a training's result: the edits that its parameters have moved on from are no longer there."""
    kept = tuple(e for e in experiment.edits if e.locked or is_data(e.name) or is_start(e.name))
    return experiment if kept == experiment.edits else msgspec.structs.replace(experiment, edits=kept)


def locked_only(experiment: Experiment) -> Experiment:
    """The experiment with its locked numbers alone."""
    kept = tuple(edit for edit in experiment.edits if edit.locked)
    return experiment if kept == experiment.edits else msgspec.structs.replace(experiment, edits=kept)


def surviving(before: Experiment, after: Experiment) -> Experiment:
    """`after` without the edits that a change has left without their number: data were made anew, the parameters are
    others, or there is no such number any more. Locked ones stay as long as there is their number."""
    if not after.edits or after.edits != before.edits:
        return after
    changed = {name for name in after.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    if not changed:
        return after
    alike = cell_named(before.cell).blocks == cell_named(after.cell).blocks
    data = bool(changed & set(MAKES_DATA))
    parameters = bool(changed & (set(MAKES_PARAMETERS) - ({"cell"} if alike else set())))
    kept = [
        e for e in after.edits if e.locked or not (data if is_data(e.name) else parameters and not is_start(e.name))
    ]
    kept = _fitting(after, kept)
    return after if len(kept) == len(after.edits) else msgspec.structs.replace(after, edits=tuple(kept))


def _fitting(experiment: Experiment, edits: list[Edit]) -> list[Edit]:
    """The edits whose number the experiment's run has; all of them where it cannot be run, which it says itself."""
    from core.edits.places import places_of  # it builds networks, which most who need an edit's name do not

    try:
        places = places_of(experiment)
    except InputError:
        return edits
    gone_numbers = set(places.misfits(edits))
    kept = [edit for edit in edits if edit not in gone_numbers]
    rows: dict[tuple[int, ...], Array] = {}
    for edit in kept:
        if edit.name == TARGETS:
            row = rows.setdefault(edit.index[:2], np.array(places.data.y[edit.index[:2]]))
            row[edit.index[2]] = edit.value
    gone = {at for at, row in rows.items() if places.row_refusal(row, at[0], at[1])}
    return [edit for edit in kept if edit.name != TARGETS or edit.index[:2] not in gone]


def locked_entries(experiment: Experiment, name: str, shape: tuple[int, ...]) -> Array:
    """(shape) bool: the entries of a parameter that are locked."""
    found = np.zeros(shape, dtype=bool)
    for edit in experiment.edits:
        if edit.locked and edit.name == name:
            found[edit.index] = True
    return found


def _sorted(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: (edit.name, edit.index)))
