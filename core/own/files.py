"""Files of somebody's arrays: NPZ, safetensors, a single NPY, a folder of those, or JSON with lists of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from core.errors import InputError, quoted
from core.files import arrays as arrays_by_name
from core.files import npz
from core.files.reading import opened, read_bytes
from core.maths.arrays import Array

LARGEST = 64 * 10**6  # bytes of a file and of what it unpacks to
MOST_FILES = 200  # in a folder
NPY = b"\x93NUMPY"


def read_files(paths: Iterable[Path]) -> dict[str, Array]:
    """The arrays of all files by name; that of an .npy file is named like the file. Raises InputError naming the file,
    and for two arrays of one name."""
    found: dict[str, Array] = {}
    origin: dict[str, Path] = {}
    for path in paths:
        for name, array in read_file(path).items():
            if name in found:
                raise InputError(
                    "“{name}” is in {file} and in {second}; leave one of them out.",
                    name=quoted(name),
                    file=quoted(origin[name].name, 200),
                    second=quoted(path.name, 200),
                )
            found[name], origin[name] = array, path
    return found


def read_file(path: Path) -> dict[str, Array]:
    """The arrays of one file or folder, in their own types."""
    if path.is_dir():
        inside = sorted(each for each in path.iterdir() if each.suffix in (".npy", ".npz"))
        if not inside or len(inside) > MOST_FILES:
            folder = quoted(path.name, 200)
            if not inside:
                raise InputError("“{folder}” has no .npy or .npz files; choose another folder.", folder=folder)
            raise InputError(
                "“{folder}” has more than {most} .npy or .npz files; choose another folder.",
                folder=folder,
                most=MOST_FILES,
            )
        return read_files(inside)
    with opened(path, LARGEST, "NPZ, NPY or JSON") as file:
        start = file.read(len(NPY))
        file.seek(0)
        if start == NPY:
            try:
                return {path.stem: npz.read_array(path.stem, file, LARGEST)}
            except InputError as error:
                raise InputError("{file} cannot be used: {error}", file=quoted(path.name, 200), error=error) from None
    if start.lstrip()[:1] == b"{":
        return _json(path)
    return arrays_by_name.read(path, LARGEST)


def _json(path: Path) -> dict[str, Array]:
    name = quoted(path.name, 200)
    try:
        content = msgspec.json.decode(read_bytes(path, LARGEST, "JSON"))
    except (msgspec.DecodeError, RecursionError):
        raise InputError(
            "{name} cannot be used: it is no JSON; write names with lists of numbers.", name=name
        ) from None
    if "format" in content or "task" in content:
        raise InputError("{name} is a saved experiment; open it by itself, or name it with --experiment.", name=name)
    return {key: array_of(key, rows) for key, rows in content.items()}


def array_of(name: str, rows: object) -> Array:
    """An array of nested lists; whole numbers stay whole. Raises InputError where rows are of different lengths."""
    try:
        found = np.array(rows)
    except (ValueError, TypeError, OverflowError):
        found = np.empty(0, dtype=object)
    if found.dtype.kind not in "fiub":
        raise InputError("“{name}” is no list of numbers whose rows are of one length; correct it.", name=quoted(name))
    return found
