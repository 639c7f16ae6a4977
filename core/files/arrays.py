"""Arrays by name from a file: NPZ or safetensors, recognised by what is in them, never by their names."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from core.errors import InputError, quoted
from core.files import foreign, npz, safetensors
from core.files.foreign import Look
from core.files.reading import opened

START = 4096  # bytes by which a file is recognised


def everything(name: str) -> bool:
    return True


def read(path: Path, largest: int, wanted: Callable[[str], bool] = everything) -> dict[str, np.ndarray]:
    """The arrays whose names are wanted, in their own types. `largest`: bytes, of the file and of what it unpacks to.

    Raises InputError with one sentence that names the file, and, where it is another library's, what converts it.
    """
    with opened(path, largest, "weights or run") as file:
        try:
            found = _read(path, file, largest, wanted)
        except InputError as error:
            raise InputError("{file} cannot be used: {error}", file=quoted(path.name, 200), error=error) from None
        except MemoryError:
            raise InputError(
                "{file} cannot be used: it needs more memory than there is.", file=quoted(path.name, 200)
            ) from None
    return found


def look(file: BinaryIO, name: str) -> Look:
    """What an open file shows of itself. Raises InputError where it is a damaged ZIP file."""
    start = file.read(START)
    file.seek(0)
    members: tuple[str, ...] = ()
    if start.startswith(npz.START):
        with npz.archive(file) as found:
            members = tuple(found.namelist())
        file.seek(0)
    return Look(start, members, name.lower())


def _read(path: Path, file: BinaryIO, largest: int, wanted: Callable[[str], bool]) -> dict[str, np.ndarray]:
    shown = look(file, path.name)
    if any(member.endswith(".npy") for member in shown.members):
        with npz.archive(file) as found:
            return npz.read(found, largest, wanted)
    if (what := foreign.sentence(path, shown)) is not None:
        raise InputError(what)
    if safetensors.recognises(shown.start):
        arrays = safetensors.read(file, os.fstat(file.fileno()).st_size, largest)
        return {name: array for name, array in arrays.items() if wanted(name)}
    raise InputError("it is neither NPZ nor safetensors; write it with np.savez or safetensors' save_file.")
