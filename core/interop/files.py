"""Reads and writes files of arrays: NPZ without pickle, and safetensors."""

from __future__ import annotations

import importlib
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from core.cells.base import Array
from core.errors import InputError
from core.export import write_npz
from core.files.writing import write_bytes

LARGEST = 256 * 2**20  # bytes, of a file and of what it unpacks to
MOST = 1000  # arrays


def read(path: Path) -> dict[str, Array]:
    """The arrays of an NPZ or safetensors file by name, float64. Raises InputError: one sentence naming the file."""
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"it is larger than {LARGEST // 2**20} MB; this program's networks are smaller.")
        with path.open("rb") as file:
            start = file.read(4)
        zipped = start == b"PK\x03\x04"
        if not zipped and path.suffix.lower() != ".safetensors":
            raise InputError("it is neither NPZ nor safetensors; write it with np.savez or safetensors' save_file.")
        found = _npz(path) if zipped else _safetensors(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except InputError as error:
        raise InputError(f"{path.name} cannot be used: {error}") from None
    if not found:
        raise InputError(f"{path.name} cannot be used: there is no array in it; save a model's weights.")
    return found


def write(path: Path, arrays: dict[str, Array]) -> None:
    """Writes NPZ or safetensors, by the path's suffix. Raises OSError; InputError where safetensors is not there."""
    if path.suffix.lower() == ".safetensors":
        packed = _library().save({name: np.ascontiguousarray(array) for name, array in arrays.items()})
        write_bytes(path, packed)
    else:
        write_npz(path, arrays)


def numbers(name: str, array: Array) -> Array:
    """As float64. Raises InputError where they are no finite real numbers."""
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name} does not hold real numbers (its type is {array.dtype}); weights are floats.")
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds numbers that are not finite; save weights from before the training broke.")
    return array


def _npz(path: Path) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST:
                raise InputError(f"it has {len(members)} arrays, and at most {MOST} are read.")
            if sum(member.file_size for member in members) > LARGEST:
                raise InputError(f"it unpacks to more than {LARGEST // 2**20} MB; this program's networks are smaller.")
            found: dict[str, Array] = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as file:
                    found[name] = numbers(name, _array(name, file, member.file_size))
            return found
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("the NPZ is damaged; save it again.") from None


def _array(name: str, file, size: int) -> Array:
    """One .npy member; what its header promises is compared with what there is before any memory is taken."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError("another version of .npy")
    shape, columns_first, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    if dtype.hasobject:
        raise InputError(f"{name} holds Python objects, which are never read; save plain arrays of numbers.")
    count = 1
    for length in shape:
        count *= length
    if count < 0 or count * dtype.itemsize > size:
        raise ValueError("fewer numbers than promised")
    raw = file.read(count * dtype.itemsize)
    array = np.frombuffer(raw, dtype=dtype, count=count)
    return array.reshape(shape[::-1]).T if columns_first else array.reshape(shape)


def _safetensors(path: Path) -> dict[str, Array]:
    library = _library()
    try:
        found = library.load(path.read_bytes())
    except Exception as error:  # its own exception class, KeyError, ValueError …: all mean that it cannot be read
        reason = " ".join(str(error).split()).rstrip(".")
        raise InputError(f"it is damaged, or of a type that NumPy lacks ({reason}); save it as float32.") from None
    if len(found) > MOST:
        raise InputError(f"it has {len(found)} arrays, and at most {MOST} are read.")
    return {name: numbers(name, array) for name, array in found.items()}


def _library():
    try:
        return importlib.import_module("safetensors.numpy")
    except ImportError:
        raise InputError("safetensors files need the package safetensors; install it, or use NPZ.") from None
