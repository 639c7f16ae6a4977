"""Which quantity each array of a file is: by the names that `trace` writes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.choices import INPUTS, START
from core.diagnosis.asked import Item, Kind, Quantity, item, shape_of
from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.network.parts import HEAD
from core.trace import Trace

LARGEST = 256 * 10**6  # bytes, of a file and of what it unpacks to
SIGNS = ("experiment", "loss_kind", "loss", "loss_t", "supervised", "present", "counted")  # of a run, not compared
GRADIENT, PARAMETER, USED = "grad.", "param.", "used."


def read(trace: Trace, arrays: Mapping[str, Array]) -> list[Item]:
    """Every array of a file as an item. Raises InputError: a name without a meaning, another shape, what is no number.
    """
    items, others = understood(trace, arrays)
    for name, array in others.items():
        own = f"{HEAD if name in ('dV', 'dby') else trace.scan.name}.{'b' if name == 'dby' else name[1:]}"
        if not name.startswith("d") or not shape_of(trace, own, "parameter"):
            raise InputError(f"“{quoted(name)}” is no quantity of this network; name it dW, dU, db … or as `trace` does.")
        items.append(_item(trace, name, own, "parameter", array))
    return items


def understood(trace: Trace, arrays: Mapping[str, Array]) -> tuple[list[Item], dict[str, Array]]:
    """The items of the arrays whose names are those of `trace`, and the other arrays.

    Raises InputError for one of another shape, or with numbers that are not finite.
    """
    items: list[Item] = []
    others: dict[str, Array] = {}
    for name, array in arrays.items():
        if name in SIGNS or name.startswith(USED):
            continue
        meant = _meant(trace, name)
        if meant is None:
            others[name] = array
        else:
            items.append(_item(trace, name, *meant, array))
    return items, others


def _meant(trace: Trace, name: str) -> tuple[str, Kind] | None:
    """Our name of what a name of `trace` stands for, and what kind of it."""
    if name == f"d{INPUTS}":
        return INPUTS, "signal"
    if name in (INPUTS, "y") and shape_of(trace, name, "value"):
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


def _item(trace: Trace, name: str, own: str, kind: Kind, array: Array) -> Item:
    shape = shape_of(trace, own, kind)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{quoted(name)} does not hold real numbers (its type is {array.dtype}); save numbers.")
    if array.shape != shape:
        raise InputError(f"{quoted(name)} has the shape {array.shape}, but {own} has {shape} in this network.")
    refuse_not_finite(name, array)
    return item(name, (Quantity(own, kind, np.asarray(array, dtype=float)),), array)


def refuse_not_finite(name: str, array: Array) -> None:
    """Raises InputError where a number is not finite, which nothing can be compared with."""
    if not np.isfinite(array).all():
        place = tuple(int(k) + 1 for k in np.argwhere(~np.isfinite(array))[0])
        raise InputError(
            f"{quoted(name)} has a number that is not finite, at {place} counted from 1; look there first, and save it "
            "again."
        )
