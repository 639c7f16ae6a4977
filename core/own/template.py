"""A file to put one's own arrays into: those of any run, under this program's names or those of a layout."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np

from core.errors import InputError
from core.experiment import from_json, to_json
from core.interop.network import Fitted
from core.maths.arrays import Array
from core.maths.losses import GIVEN
from core.own.layout import UNSAID, Layout
from core.own.presets import preset_named
from core.own.writing import in_layout, places
from core.recorder import Recorder
from core.tasks.own_arrays import Numbers, packed
from core.trace import Trace

CHOICES = "choices"  # the array that holds the experiment and its loss as JSON


class _Choices(msgspec.Struct, forbid_unknown_fields=True):
    experiment: msgspec.Raw
    loss: str


def template(trace: Trace, layout: Layout = UNSAID) -> dict[str, Array]:
    """A run's x, y (or, of a gradient handed in, that), initial states and weights.

    Without a layout under this program's own names, with all choices beside them, so that it is read as the same run
    whatever its structure; else as `core.own.writing.in_layout`. Raises InputError where the layout has no names for
    it, or the sequences have different lengths.
    """
    if trace.data.present is not None:
        raise InputError("sequences of different lengths have no place in arrays; choose another task.")
    if layout.preset is None:
        return _whole(trace)
    found = in_layout(trace, layout)
    if trace.data.loss == GIVEN.name:
        names = preset_named(layout.preset).names
        own = next(names[blocks] for blocks in names if sorted(blocks) == sorted(trace.scans[0].cell.blocks))
        target = next(each.name for each in places(trace, layout) if each.role.kind == "y")
        found[own["above"]] = found.pop(target)
    return found


def _whole(trace: Trace) -> dict[str, Array]:
    data = trace.data
    plain = {"input_scale": 1.0, "nonnegative": False, "read_backwards": False, "edits": (), "initial_state": 0.0}
    experiment = trace.experiment.with_changes(task="arrays", arrays="", **plain)
    choices = _Choices(msgspec.Raw(to_json(experiment).encode()), data.loss)
    found: dict[str, Array] = {CHOICES: np.array(msgspec.json.encode(choices).decode()), "x": data.x, "y": data.y}
    if not data.supervised.all() or data.counted is not None:
        found["mask"] = _counted(trace).astype(float)
    for (part, name), array in trace.start.items():
        scan = trace.scan_named(part)
        if scan is not None and len(scan.before(name)) == 1:  # given, and no other part's last one
            found[f"{part}.{name}_0"] = array
    return {**found, **trace.parameters}


def _counted(trace: Trace) -> Array:
    data = trace.data
    whole = np.repeat(data.supervised[:, np.newaxis], data.y.shape[1], axis=1)
    return whole if data.counted is None else whole & data.counted


def is_template(arrays: Mapping[str, Array]) -> bool:
    """Whether arrays are those of a run with all its choices."""
    return CHOICES in arrays


def from_template(arrays: Mapping[str, Array]) -> Fitted:
    """The run of a template, whose numbers may be others by now. Raises InputError naming what does not fit."""
    rest = dict(arrays)
    try:
        choices = msgspec.json.decode(str(rest.pop(CHOICES)), type=_Choices)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        raise InputError("its array “{choices}” is damaged; write the template again.", choices=CHOICES) from None
    experiment = from_json(bytes(choices.experiment))
    numbers = {name: _finite(name, array) for name, array in rest.items()}
    if "x" not in numbers or "y" not in numbers:
        raise InputError("x or y is missing; write the template again.")
    x, y, mask = numbers.pop("x"), numbers.pop("y"), numbers.pop("mask", None)
    if x.ndim != 3 or y.ndim != 3 or x.shape[1] != y.shape[1]:
        raise InputError(
            "x is {shape} and y {y_shape}, but (T, B, I) and (T, B, O) are looked for.", shape=x.shape, y_shape=y.shape
        )
    if mask is not None and mask.shape != y.shape[:2]:
        raise InputError(
            "mask is {mask_shape}, but (T, B) = {wanted} is looked for.", mask_shape=mask.shape, wanted=y.shape[:2]
        )
    starts = {name.removesuffix("_0"): numbers.pop(name) for name in [*numbers] if name.endswith("_0")}
    steps, most = len(x), max(len(x), len(y))
    found = Numbers(_longer(x, most), _longer(y, most), choices.loss, False, starts,
                    counted=None if mask is None else _longer(mask, most) != 0.0)  # fmt: skip
    experiment = experiment.with_changes(arrays=packed(found), steps=steps, batch=x.shape[1])
    Recorder(experiment, numbers)
    return Fitted(experiment, numbers, notes=("arrays under this program's own names",))


def _finite(name: str, array: Array) -> Array:
    if array.dtype.kind not in "fiub":
        raise InputError(
            "{name} does not hold real numbers (its type is {type}); save numbers.", name=name, type=array.dtype
        )
    found = np.asarray(array, dtype=float)
    if not np.isfinite(found).all() or not found.size:
        raise InputError("{name} is empty or has numbers that are not finite; repair it.", name=name)
    return found


def _longer(array: Array, steps: int) -> Array:
    """With zeros behind, which nothing reads: a decoder writes another number of steps than are read."""
    return np.concatenate((array, np.zeros((steps - len(array), *array.shape[1:]))))
