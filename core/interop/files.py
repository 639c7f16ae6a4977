"""Reads and writes files of weights (NPZ without pickle, and safetensors), and scripts with their numbers."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import numpy as np

from core.errors import InputError, quoted
from core.files import arrays as arrays_by_name
from core.files import safetensors
from core.files.npz_writer import write_npz
from core.files.writing import replacing, write_text
from core.interop.scripts.text import Script
from core.maths.arrays import Array

LARGEST = 256 * 10**6  # bytes, of a file and of what it unpacks to
FIRST_BYTES = 4096  # bytes of a script, in which the name of its numbers stands


def read(path: Path) -> dict[str, Array]:
    """The arrays of an NPZ or safetensors file by name, float64. Raises InputError: one sentence naming the file."""
    found = arrays_by_name.read(path, LARGEST)
    try:
        if not found:
            raise InputError("there is no array in it; save a model's weights.")
        return {name: numbers(name, array) for name, array in found.items()}
    except InputError as error:
        raise InputError("{file} cannot be used: {error}", file=quoted(path.name, 200), error=error) from None


def write(path: Path, arrays: dict[str, Array]) -> None:
    """Writes NPZ or safetensors, by the path's suffix. Raises OSError."""
    if path.suffix.lower() == ".safetensors":
        with replacing(path) as file:
            safetensors.write(file, arrays)
    else:
        write_npz(path, arrays)


def write_script(path: Path, script: Script) -> None:
    """Writes a script and the NPZ beside it: at every moment `path` is the old script or the new one, with its numbers.

    The new numbers come first, under a name of their own; those that only the old script named go last. Raises OSError,
    and then nothing has changed.
    """
    before = _numbers_of(path)
    if script.beside is None:
        beside = None
        write_text(path, script.text)
    else:
        beside = path.with_name(script.beside.name)
        made = not beside.exists()
        write(beside, script.beside.arrays)
        try:
            write_text(path, script.text)
        except BaseException:
            if made:
                with suppress(OSError):
                    beside.unlink()
            raise
    if before is not None and before != beside:
        with suppress(OSError):  # a folder that nothing can be removed from
            before.unlink(missing_ok=True)


def _numbers_of(path: Path) -> Path | None:
    """The NPZ that the script at `path` reads its numbers from, where it was written under this name."""
    try:
        if not path.is_file():
            return None
        with open(path, "rb") as file:
            text = file.read(FIRST_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf"/ ['\"]{re.escape(ascii(path.stem)[1:-1])}\.numbers(|-[0-9a-f]+)\.npz['\"]", text)
    return path.with_name(f"{path.stem}.numbers{found[1]}.npz") if found else None


def numbers(name: str, array: Array) -> Array:
    """As float64. Raises InputError where they are no finite real numbers."""
    name = quoted(name)
    if array.dtype.kind not in "fiu":
        raise InputError(
            "{name} does not hold real numbers (its type is {type}); weights are floats.", name=name, type=array.dtype
        )
    with np.errstate(over="ignore"):  # a longer float that no float64 can be becomes inf, and is refused
        array = array.astype(float)
    if not np.isfinite(array).all():
        raise InputError(
            "{name} holds numbers that are not finite; save weights from before the training broke.", name=name
        )
    return array
