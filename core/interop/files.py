"""Reads and writes files of weights: NPZ without pickle, and safetensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import InputError
from core.files import arrays as arrays_by_name
from core.files import safetensors
from core.files.npz_writer import write_npz
from core.files.reading import quoted
from core.files.writing import replacing
from core.maths.arrays import Array

LARGEST = 256 * 10**6  # bytes, of a file and of what it unpacks to


def read(path: Path) -> dict[str, Array]:
    """The arrays of an NPZ or safetensors file by name, float64. Raises InputError: one sentence naming the file."""
    found = arrays_by_name.read(path, LARGEST)
    try:
        if not found:
            raise InputError("there is no array in it; save a model's weights.")
        return {name: numbers(name, array) for name, array in found.items()}
    except InputError as error:
        raise InputError(f"{quoted(path.name, 200)} cannot be used: {error}") from None


def write(path: Path, arrays: dict[str, Array]) -> None:
    """Writes NPZ or safetensors, by the path's suffix. Raises OSError."""
    if path.suffix.lower() == ".safetensors":
        with replacing(path) as file:
            safetensors.write(file, arrays)
    else:
        write_npz(path, arrays)


def numbers(name: str, array: Array) -> Array:
    """As float64. Raises InputError where they are no finite real numbers."""
    name = quoted(name)
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name} does not hold real numbers (its type is {array.dtype}); weights are floats.")
    with np.errstate(over="ignore"):  # a longer float that no float64 can be becomes inf, and is refused
        array = array.astype(float)
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds numbers that are not finite; save weights from before the training broke.")
    return array
