"""Which quantity each array of a learner's file is: by the names that `trace` writes, or by those of courses and
libraries (`core.own`), in whose layouts it may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.choices import INPUTS, START
from core.diagnosis.asked import Item, Kind, Quantity, item, shape_of, with_rounding
from core.diagnosis.layers import layers_of
from core.diagnosis.recorded import items_of
from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.network.parts import HEAD
from core.network.scan import Scan
from core.own.layout import UNSAID, Layout
from core.own.places import Place
from core.own.reading import places_of
from core.own.recorded import is_recording
from core.trace import Trace

SIGNS = ("experiment", "loss_kind", "loss", "loss_t", "supervised", "present", "counted")  # of a run, not compared
GRADIENT, PARAMETER, USED = "grad.", "param.", "used."
PLAIN = (INPUTS, "y", f"d{INPUTS}")  # names of a run that mean the same everywhere
GIVEN = "given"  # the loss that is a gradient handed in
RESET = "reset", "update"  # choices of a GRU


def read(trace: Trace, arrays: Mapping[str, Array], layout: Layout = UNSAID) -> list[Item]:
    """Every array of a file as an item, in the order of the file. `layout`: what is stated of those that are not named
    as `trace` names them; a recorded run says itself how it lies. Raises InputError: a name without a meaning, another
    shape, what is no number.
    """
    if is_recording(arrays):
        return items_of(trace, arrays)
    unnamed = sorted(name for name in arrays if re.fullmatch(r"arr_\d+", name))
    if unnamed:
        raise InputError(
            "{names}: save each array with its name, np.savez(FILE, dx=dx, dWh=dWh).", names=", ".join(unnamed[:4])
        )
    own = {name: array for name, array in arrays.items() if "." not in name and name not in (*SIGNS, *PLAIN)}
    own |= {name: array for name, array in arrays.items() if "." in name and not _of_trace(trace, name)}
    alike = all(arrays[name].shape == shape_of(trace, *_meant(trace, name)) for name in PLAIN if name in arrays)  # type: ignore[misc]
    if own or not alike:
        own |= {name: arrays[name] for name in PLAIN if name in arrays}
    by_name = {each.name: each for each in _own_items(trace, own, layout)} if own else {}
    found = []
    for name, array in arrays.items():
        if name in by_name:
            found.append(by_name[name])
        elif name not in own and name not in SIGNS and not name.startswith(USED):
            meant = _meant(trace, name)
            if meant is not None:
                found.append(_item(trace, name, *meant, array))
    return with_rounding(found)


def handed_in(trace: Trace, name: str, array: Array) -> bool:
    """Whether an array is the gradient that the run was handed in from above, which it has no other of."""
    if trace.network.loss.name != GIVEN or not re.match("d|grad", name):
        return False
    y = trace.data.y
    return any(
        array.shape == other.shape and np.array_equal(np.asarray(array, dtype=float), other)
        for axes in ((0, 1, 2), (1, 0, 2), (2, 1, 0))
        for other in (y.transpose(axes), y[-1:].transpose(axes), y[-1])
        if array.dtype.kind in "fiu"
    )


def _of_trace(trace: Trace, name: str) -> bool:
    return name.startswith(USED) or _meant(trace, name) is not None


def _meant(trace: Trace, name: str) -> tuple[str, Kind] | None:
    """Our name of what a name of `trace` stands for, and what kind of it."""
    if name == f"d{INPUTS}":
        return INPUTS, "signal"
    if name in (INPUTS, "y"):
        return name, "value"
    if name.startswith(PARAMETER):
        own = name.removeprefix(PARAMETER)
        return (own, "weight") if shape_of(trace, own, "weight") else None
    if name.startswith(GRADIENT):
        own = name.removeprefix(GRADIENT)
        return (own, "parameter") if shape_of(trace, own, "parameter") else None
    part, dot, own = name.partition(".")
    if not dot:
        return None
    started = own.removesuffix("0")
    if own.endswith("0") and (part, started.removeprefix("d")) in trace.start:
        kind: Kind = "start" if started.startswith("d") else "value"
        return f"{part}.{started.removeprefix('d')}{START}", kind
    if own.startswith("d") and shape_of(trace, f"{part}.{own[1:]}", "signal"):
        return f"{part}.{own[1:]}", "signal"
    return (name, "value") if shape_of(trace, name, "value") else None


def _item(trace: Trace, name: str, own: str, kind: Kind, array: Array, where: Array | None = None) -> Item:
    _refuse_no_numbers(name, array)
    shape = shape_of(trace, own, kind)
    if array.shape != shape:
        raise InputError(
            "{name} has the shape {shape}, but {own} has {wanted} in this network.",
            name=quoted(name),
            shape=array.shape,
            own=own,
            wanted=shape,
        )
    return item(name, (Quantity(own, kind, np.asarray(array, dtype=float), where=where),), array)


def _refuse_no_numbers(name: str, array: Array) -> None:
    if array.dtype.kind not in "fiub":
        raise InputError(
            "{name} does not hold real numbers (its type is {type}); save numbers.", name=quoted(name), type=array.dtype
        )
    if not np.isfinite(array).all():
        index = ", ".join(str(int(k)) for k in np.argwhere(~np.isfinite(array))[0])
        place = quoted(name) + (f"[{index}]" if index else "")
        raise InputError(
            "{name} has a number that is not finite, {place}; look there first, and save it again.",
            name=quoted(name),
            place=place,
        )


# --- by the names of courses and libraries ---
def _own_items(trace: Trace, arrays: Mapping[str, Array], layout: Layout) -> list[Item]:
    """Raises InputError as `core.own` does, and for a layer that no name says, or that there is none of."""
    for name, array in arrays.items():
        _refuse_no_numbers(name, array)
    if len(trace.scans) == 1:
        return _of_scan(trace, trace.scan, {name: (name, array) for name, array in arrays.items()}, layout)
    by_scan: dict[str, dict[str, tuple[str, Array]]] = {}
    for name, (scan, bare) in layers_of(trace, arrays).items():
        group = by_scan.setdefault(scan, {})
        if bare in group:
            raise InputError(
                "{other} and {name} mean the same array; leave one of them out.",
                other=quoted(group[bare][0]),
                name=quoted(name),
            )
        group[bare] = name, arrays[name]
    scans = {scan.name: scan for scan in trace.scans}
    return [item for scan, group in by_scan.items() for item in _of_scan(trace, scans.get(scan), group, layout)]


def _of_scan(trace: Trace, scan: Scan | None, named: Mapping[str, tuple[str, Array]], layout: Layout) -> list[Item]:
    """The items of one layer from the names that they have without it, each with its own name; with no scan those that
    a network has once."""
    arrays = {bare: array for bare, (_, array) in named.items()}
    own = scan or trace.scans[-1]
    records = {bare: found for bare in arrays if (found := _record(own, bare)) is not None}
    blocks = _some_blocks(trace, own, arrays)
    others = {bare: array for bare, array in arrays.items() if bare not in {**records, **blocks}}
    places, order = (
        places_of(others, layout, own.cell.blocks, _chosen(trace), _sizes(trace, scan)) if others else ({}, "")
    )
    found = [_placed(trace, own, named[bare][0], place, arrays[bare]) for bare, place in places.items()]
    found += [_item(trace, named[bare][0], key, "parameter", arrays[bare]) for bare, key in blocks.items()]
    return found + [_recorded(trace, own, named[bare][0], key, arrays[bare], order) for bare, key in records.items()]


def _some_blocks(trace: Trace, scan: Scan, arrays: Mapping[str, Array]) -> dict[str, str]:
    """dW_f, dUi …, where not every gate is there: `core.own` knows gates by all of them. By our names."""
    cell, part = scan.cell, scan.name
    found: dict[str, str] = {}
    for name, array in arrays.items():
        match = re.fullmatch(r"d([WUb])_?([a-z])", name)
        own = f"{part}.{match[1]}_{match[2]}" if match is not None and match[2] in cell.blocks else ""
        if own and array.shape == shape_of(trace, own, "parameter"):
            found[name] = own
    letters = {own[-1] for own in found.values()}
    return found if letters != set(cell.blocks) else {}


def _chosen(trace: Trace) -> dict[str, str]:
    return {name: getattr(trace.experiment, name) for name in RESET}


def _sizes(trace: Trace, scan: Scan | None) -> dict[str, int]:
    """Of one layer; with none those of what lies outside all of them: H is what the dense layer reads."""
    steps, batch, inputs = trace.data.x.shape
    hidden = trace.scan.hidden
    if scan is not None:
        read = trace.parameters.get(f"{scan.name}.U")
        inputs, hidden = inputs if read is None else len(read), scan.hidden
        steps = len(trace.values[scan.name, scan.cell.memory])
    elif "out.V" in trace.parameters:
        hidden = len(trace.parameters["out.V"])
    return {"T": steps, "B": batch, "D": inputs, "H": hidden, "O": trace.data.y.shape[2]}


def _record(scan: Scan, name: str) -> str | None:
    """The record of which a name such as df, df_t or f is, where `core.own` has no such name."""
    known = {each.name for each in scan.cell.records} - {"s", "h", "c"}
    sign, stem = ("d", name[1:]) if name.startswith("d") else ("", name)
    forms = (stem, stem.removesuffix("_t"), stem.removesuffix("t"), stem.removesuffix("s"))
    return next((f"{sign}{form}" for form in forms if form in known), None)


def _recorded(trace: Trace, scan: Scan, name: str, own: str, array: Array, order: str) -> Item:
    kind: Kind = "signal" if own.startswith("d") else "value"
    quantity = f"{scan.name}.{own.removeprefix('d')}"
    shape = shape_of(trace, quantity, kind)
    where = np.arange(array.size).reshape(array.shape)
    turned = array, where
    if (shape is not None and array.ndim == 3 and array.shape != shape) or order == "batch first":
        turned = tuple(np.swapaxes(each, 0, 1) if each.ndim == 3 else each for each in turned)
    elif order == "features first" and array.ndim == 3:
        turned = tuple(np.transpose(each, (2, 1, 0)) for each in turned)
    if array.ndim == 2 and shape is not None and shape[1] == 1:
        turned = tuple(each[:, None] for each in turned)
    return replace(_item(trace, name, quantity, kind, *turned), shape=array.shape)


def _placed(trace: Trace, scan: Scan, name: str, place: Place, array: Array) -> Item:
    """An array of a known layout. Raises InputError for what has no gradient here, or another shape."""
    quantities = []
    indices = place.indices(array)
    for first, ours in place.ours(array).items():
        where = indices[first]
        key = f"{scan.name}.{first.removeprefix('L1.')}" if first.startswith("L1.") else first
        kind = _kind(trace, key, place.role.gradient)
        shape = shape_of(trace, key, kind)
        if shape is None:
            raise InputError(
                "{name} is {gradient}{key}, which this network does not have.",
                name=quoted(name),
                gradient="∂L/∂" * place.role.gradient,
                key=key,
            )
        last = ours.shape != shape
        if last:
            ours, where = _last_step(trace, key, kind, ours, shape), _in_last_step(where, shape)
        if ours is None:
            raise InputError(
                "{name} has the shape {shape}, but {key} has {wanted} in this network.",
                name=quoted(name),
                shape=array.shape,
                key=key,
                wanted=shape,
            )
        quantities.append(Quantity(key, kind, ours, last, where))
    return item(name, quantities, array)


def _kind(trace: Trace, key: str, gradient: bool) -> Kind:
    if shape_of(trace, key, "weight") is not None:
        return "parameter" if gradient else "weight"
    if not gradient:
        return "value"
    return "start" if key.endswith(START) else "signal"


def _last_step(trace: Trace, key: str, kind: Kind, array: Array, shape: tuple[int, ...]) -> Array | None:
    """A sequence of which the last step alone was saved: the other steps are taken as they are here."""
    if kind not in ("value", "signal") or array.shape != (1, *shape[1:]):
        return None
    if kind == "signal" and not key.startswith(HEAD):
        return None
    part, _, own = key.partition(".")
    full = np.array(trace.data.y if key == "y" else trace.values[part, own]) if kind == "value" else np.zeros(shape)
    full[-1] = array[0]
    return full


def _in_last_step(where: Array, shape: tuple[int, ...]) -> Array:
    """Places in the array of what `_last_step` fills up; the other steps have none."""
    full = np.full(shape, -1)
    if where.shape == (1, *shape[1:]):
        full[-1] = where[0]
    return full
