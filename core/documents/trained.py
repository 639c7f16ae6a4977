"""A trained run as a file: all that `export` writes of a run with the trained parameters, and the training's history.

`experiment` (JSON) and the parameters `param.L1.W` …, one per gate where they are stacked, are named as in any exported
run, so that whatever reads one of those reads this; `history.loss` … (updates,), `validation.loss` … and `plan` (JSON),
how it was trained, are added. So that a training can go on from it, `optimizer` (JSON: its name, the updates in all,
and the learned parameters in their order) and what it remembers, `optimizer.mean` … (n,), are there as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
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
from core.training.optimizers import optimizer_named
from core.training.plan import Plan, to_json
from core.training.resuming import Resumed
from core.training.training import checked

SUFFIX = ".npz"
_OPTIMIZER = "optimizer"
LARGEST = 512 * 10**6  # bytes; the records of a run take at most half of that


class Trained(NamedTuple):
    """What a file holds: the experiment, the parameters by their stacked names, "L1.W", and the optimizer's state where
    it was written."""

    experiment: Experiment
    parameters: dict[str, Array]
    resumed: Resumed | None = None


class _Left(msgspec.Struct, forbid_unknown_fields=True):
    """`optimizer` in the file."""

    name: str
    updates: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    learned: tuple[str, ...]


def write(
    path: Path,
    experiment: Experiment,
    parameters: Mapping[str, Array],
    history: Updates,
    validations: Validations | None = None,
    plan: Plan | None = None,
    resumed: Resumed | None = None,
) -> None:
    """A full disk loses nothing. Raises OSError where it cannot be written."""
    from core.documents.export import arrays  # the first window waits for neither
    from core.documents.training_history import history_arrays

    found = arrays(record(experiment, parameters))
    found.update(history_arrays(history, validations))
    if plan is not None:
        found["plan"] = np.array(to_json(plan))
    if resumed is not None:
        left = _Left(resumed.optimizer, resumed.updates, resumed.learned)
        found[_OPTIMIZER] = np.array(msgspec.json.encode(left).decode())
        found.update({f"{_OPTIMIZER}.{name}": np.asarray(array) for name, array in resumed.state.items()})
    write_npz(path, found)


def read(path: Path) -> Trained:
    """The inverse of `write`; reads any exported run. Raises InputError with one sentence naming the file."""
    name = quoted(path.name, 200)
    found = arrays_by_name.read(path, LARGEST, _wanted)
    try:
        if "experiment" not in found:
            raise InputError("it is no exported run; write one with train --out or trace --out.")
        text = found.pop("experiment")
        if text.dtype.kind != "U" or text.ndim:
            raise InputError("it is damaged; write it again.")
        experiment = from_json(str(text))
        network = build(experiment, tasks.make(experiment))
        named = {each.removeprefix("param."): array for each, array in found.items() if each.startswith("param.")}
        return Trained(experiment, checked(network, stacked(network, named)), _resumed(found))
    except InputError as error:
        raise InputError("{name} cannot be used: {error}", name=name, error=error) from None


def _wanted(name: str) -> bool:
    return name in ("experiment", _OPTIMIZER) or name.startswith(("param.", f"{_OPTIMIZER}."))


def _resumed(found: Mapping[str, Array]) -> Resumed | None:
    """The optimizer's state among the arrays; None where there is none. Raises InputError where it is damaged."""
    if _OPTIMIZER not in found:
        return None
    damaged = InputError("the optimizer's state in it is damaged; write it again.")
    try:
        left = msgspec.json.decode(str(found[_OPTIMIZER]), type=_Left)
        kind = optimizer_named(left.name)
    except (msgspec.MsgspecError, InputError):
        raise damaged from None
    state = {}
    for name in ("updates", *kind.remembers):
        array = found.get(f"{_OPTIMIZER}.{name}")
        if array is None:
            continue
        whole = name == "updates"
        if array.dtype.kind not in ("iu" if whole else "f") or array.ndim != (0 if whole else 1):
            raise damaged
        if not np.isfinite(array).all() or (whole and array < 0):
            raise damaged
        state[name] = array
    there = sum(name in state for name in kind.remembers)
    if "updates" not in state or there not in (0, len(kind.remembers)):
        raise damaged
    return Resumed(left.name, left.learned, left.updates, state)


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
                own = f"{part}.{key}"
                if given is None:
                    raise InputError(
                        "The parameter {name} is missing; {shape} numbers are needed.", name=own, shape=view.shape
                    )
                raise InputError(
                    "The parameter {name} has the shape {found} and the type {type}; {shape} numbers are needed.",
                    name=own,
                    found=given.shape,
                    type=given.dtype,
                    shape=view.shape,
                )
            view[...] = given
    return found
