"""Arrays as they come, by name: of numbers, finite, and with names where their order gives them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.errors import InputError, quoted
from core.maths.arrays import Array


def incoming(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Whole numbers as they are, all others as float64; arrays without names by the names that their order gives.
    Raises InputError naming an array that holds other things or is empty."""
    return _positional({name: _numbers(name, array) for name, array in arrays.items()})


def _numbers(name: str, array: Array) -> Array:
    """A copy with numbers of a type that is compared by value. Raises InputError for anything else."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiub":
        raise InputError(
            "{name} does not hold real numbers (its type is {type}); save numbers.", name=quoted(name), type=array.dtype
        )
    if array.dtype.kind == "b":
        array = array.astype(float)
    if array.size == 0:
        raise InputError(
            "{name} is empty, of shape {shape}; save it with its numbers.", name=quoted(name), shape=array.shape
        )
    with np.errstate(over="ignore"):
        found = array if array.dtype.kind in "iu" else array.astype(float)
    if not np.isfinite(found).all():
        raise InputError("{name} has numbers that are not finite; repair it.", name=quoted(name))
    return found


POSITIONS: Mapping[tuple[int, ...], tuple[str, ...]] = {  # by the arrays' numbers of axes
    (2, 2, 1): ("kernel", "recurrent_kernel", "bias"),
    (2, 2, 2): ("kernel", "recurrent_kernel", "bias"),
    (2, 2, 1, 2, 1): ("kernel", "recurrent_kernel", "bias", "dense_kernel", "dense_bias"),
    (2, 2, 2, 2, 1): ("kernel", "recurrent_kernel", "bias", "dense_kernel", "dense_bias"),
    (3, 2, 2, 2, 1): ("x", "h0", "Wx", "Wh", "b"),
    (3, 2, 2, 2, 1, 3): ("x", "h0", "Wx", "Wh", "b", "dh"),
}


def has_order(arrays: Mapping[str, Array]) -> bool:
    """Whether arrays without names have an order that gives them some."""
    unnamed = sorted((name for name in arrays if name.startswith("arr_") and name[4:].isdecimal()), key=_number)
    return bool(unnamed) and tuple(np.ndim(arrays[name]) for name in unnamed) in POSITIONS


def _positional(arrays: dict[str, Array]) -> dict[str, Array]:
    """Arrays without names, arr_0, arr_1 … of np.savez(file, a, b …), by the names that their order gives."""
    unnamed = sorted((name for name in arrays if name.startswith("arr_") and name[4:].isdecimal()), key=_number)
    if not unnamed:
        return arrays
    known = POSITIONS.get(tuple(arrays[name].ndim for name in unnamed))
    if known is None or [_number(name) for name in unnamed] != list(range(len(unnamed))):
        shapes = ", ".join(f"{name} {arrays[name].shape}" for name in unnamed[:6])
        raise InputError(
            "arrays without names ({shapes}) can be Wx, Wh, b or x, h0, Wx, Wh, b in this order; name them: "
            "np.savez(file, x=x, Wx=Wx …).",
            shapes=shapes,
        )
    names = dict(zip(unnamed, known, strict=True))
    return {names.get(name, name): array for name, array in arrays.items()}


def _number(name: str) -> int:
    return int(name[4:])
