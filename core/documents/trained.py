"""A trained run as a file: all that `export` writes of a run with the trained parameters, and the training's history.

`experiment` (JSON) and the parameters `param.L1.W` …, one per gate where they are stacked, are named as in any exported
run, so that whatever reads one of those reads this; `history.loss` … (updates,), `validation.loss` … and `plan` (JSON),
how it was trained, are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core import tasks
from core.edits.applied import edited_parameters
from core.errors import InputError, quoted
from core.experiment import Experiment, from_json
from core.files import arrays as arrays_by_name
from core.files.npz_writer import write_npz
from core.maths.arrays import Array
from core.network.parts import Network
from core.network.scan import scans_of
from core.network.structures import build
from core.recorder import record
from core.training.history import Updates, Validations
from core.training.plan import Plan, to_json
from core.training.training import checked

SUFFIX = ".npz"
LARGEST = 512 * 10**6  # bytes; the records of a run take at most half of that


class Trained(NamedTuple):
    """What a file holds: the experiment, and the parameters by their stacked names, "L1.W"."""

    experiment: Experiment
    parameters: dict[str, Array]


def write(
    path: Path,
    experiment: Experiment,
    parameters: Mapping[str, Array],
    history: Updates,
    validations: Validations | None = None,
    plan: Plan | None = None,
) -> None:
    """A full disk loses nothing. Raises OSError where it cannot be written."""
    from core.documents.export import arrays  # the first window waits for neither
    from core.documents.training_history import history_arrays

    found = arrays(record(experiment, parameters))
    found.update(history_arrays(history, validations))
    if plan is not None:
        found["plan"] = np.array(to_json(plan))
    write_npz(path, found)


def read(path: Path) -> Trained:
    """The inverse of `write`; reads any exported run. Raises InputError with one sentence naming the file."""
    name = quoted(path.name, 200)
    found = arrays_by_name.read(path, LARGEST, lambda each: each == "experiment" or each.startswith("param."))
    try:
        if "experiment" not in found:
            raise InputError("it is no exported run; write one with train --out or trace --out.")
        text = found.pop("experiment")
        if text.dtype.kind != "U" or text.ndim:
            raise InputError("it is damaged; write it again.")
        experiment = from_json(str(text))
        network = build(experiment, tasks.make(experiment))
        named = {each.removeprefix("param."): array for each, array in found.items()}
        return Trained(experiment, checked(network, stacked(network, named)))
    except InputError as error:
        raise InputError(f"{name} cannot be used: {error}") from None


def typed_over(experiment: Experiment, parameters: Mapping[str, Array]) -> dict[str, Array]:
    """An experiment's own parameters with what is typed over them. Raises InputError where they do not fit it."""
    network = build(experiment, tasks.make(experiment))
    return edited_parameters(network, checked(network, parameters), experiment)


def stacked(network: Network, named: Mapping[str, Array]) -> dict[str, Array]:
    """Parameters by their stacked names from those by gate ("L1.W_f" …), the inverse of Trace.named_parameters.

    Raises InputError naming one that is missing or has another shape.
    """
    scans = {scan.name: scan for scan in scans_of(network)}
    found = {}
    for full, shape in network.parameter_shapes.items():
        part, _, name = full.partition(".")
        found[full] = whole = np.zeros(shape)
        views = scans[part].cell.named(name, whole, scans[part].hidden) if part in scans else {name: whole}
        for key, view in views.items():
            given = named.get(f"{part}.{key}")
            if given is None or given.shape != view.shape or given.dtype.kind not in "fiu":
                what = "is missing" if given is None else f"has the shape {given.shape} and the type {given.dtype}"
                raise InputError(f"The parameter {part}.{key} {what}; {view.shape} numbers are needed.")
            view[...] = given
    return found
