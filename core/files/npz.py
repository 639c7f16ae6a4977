"""Reads NPZ files of unknown origin: every size is compared with a bound before any memory is taken for it.

NumPy's own reader evaluates a header as a Python expression and takes the memory that it promises; this one knows the
three entries that a header has (numpy.lib.format), and never reads pickles.
"""

from __future__ import annotations

import errno
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from core.errors import InputError, quoted

START = b"PK\x03\x04"
MOST = 1000  # arrays in a file
MOST_AXES, LONGEST = 8, 2**31  # of an array, and of one of its axes
LONGEST_HEADER = 10_000  # bytes before the numbers of an array, as in NumPy
KINDS = "fiubcU"  # of a dtype: numbers, and the text of `experiment`
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
LENGTH_OF_LENGTH = {b"\x01\x00": "<H", b"\x02\x00": "<I", b"\x03\x00": "<I"}  # by the version of .npy
ENTRY = r"""['"](descr|fortran_order|shape)['"]\s*:\s*(['"][^'"]{1,20}['"]|True|False|\([\d,\sL]{0,300}\))\s*,?\s*"""
HEADER = re.compile(rf"\{{\s*(?:{ENTRY}){{3}}\}}\s*")
_END, _END_SIZE, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535


@contextmanager
def archive(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """A ZIP file whose list of members is short. Raises InputError: one sentence without the file's name, for
    everything that is wrong with it, also while it is read."""
    try:
        _refuse_long_list(file)
        with zipfile.ZipFile(file) as found:
            yield found
    except InputError:
        raise
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # of the disk, not of a place before the file's beginning
            raise
        raise _damaged() from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, IndexError, KeyError, RuntimeError, ValueError):
        raise _damaged() from None  # RuntimeError: NotImplementedError and RecursionError, too; ValueError: codecs


def read(found: zipfile.ZipFile, largest: int, wanted: Callable[[str], bool]) -> dict[str, np.ndarray]:
    """The arrays by name whose names are wanted, within `archive`; of the others, only the sizes are looked at.

    `largest`: bytes that all of them may have, each number as float64. Raises InputError.
    """
    members = found.infolist()
    names = [member.filename for member in members]
    for name in names:
        if not name.endswith(".npy"):
            raise InputError("“{name}” in it is no array; write it with np.savez.", name=quoted(name))
        if names.count(name) > 1:
            raise InputError("“{name}” is in it twice; write it with np.savez.", name=quoted(name))
    if sum(member.file_size for member in members) > largest:
        raise InputError(
            "it unpacks to more than {largest} MB; this program's networks are smaller.", largest=largest // 10**6
        )
    arrays: dict[str, np.ndarray] = {}
    left = largest
    for member in members:
        name = member.filename.removesuffix(".npy")
        if not wanted(name):
            continue
        if member.flag_bits & 1:
            raise InputError("it is encrypted; save it without a password.")
        if member.compress_type not in METHODS:
            raise InputError("it is packed in another way than np.savez does; write it with np.savez.")
        with found.open(member) as file:
            arrays[name] = _array(name, file, left)
        left -= _as_floats(arrays[name].size, arrays[name].itemsize)
    return arrays


def read_array(name: str, file: BinaryIO, largest: int) -> np.ndarray:
    """The one array of an .npy file. Raises InputError as `read` does."""
    try:
        return _array(name, file, largest)
    except (struct.error, EOFError, ValueError) as error:
        raise error if isinstance(error, InputError) else _damaged() from None


def _array(name: str, file, left: int) -> np.ndarray:
    """One .npy member, where its numbers fit into `left` bytes. No more is read of it than it has."""
    start = file.read(8)
    length_format = LENGTH_OF_LENGTH.get(start[6:])
    if start[:6] != b"\x93NUMPY" or length_format is None:
        raise _damaged()
    (length,) = struct.unpack(length_format, file.read(struct.calcsize(length_format)))
    if length > LONGEST_HEADER:
        raise InputError(
            "the header of {name} is longer than {longest_header:,} bytes; write it with np.savez.",
            name=quoted(name),
            longest_header=LONGEST_HEADER,
        )
    dtype, columns_first, shape = _header(name, file.read(length).decode("latin-1"))
    count = math.prod(shape)
    if len(shape) > MOST_AXES or max(shape, default=0) > LONGEST:
        raise _damaged()
    if _as_floats(count, dtype.itemsize) > left:
        raise InputError("it unpacks to more numbers than this program's networks have.")
    raw = file.read(count * dtype.itemsize)
    if len(raw) != count * dtype.itemsize or file.read(1):  # at its end the checksum is compared, too
        raise _damaged()
    array = np.frombuffer(raw, dtype=dtype, count=count)
    return array.reshape(shape[::-1]).T if columns_first else array.reshape(shape)


def _header(name: str, text: str) -> tuple[np.dtype, bool, tuple[int, ...]]:
    """(dtype, columns first, shape) of a .npy header. Raises InputError."""
    if re.search(r"""['"]descr['"]\s*:\s*[\[(]""", text):
        raise InputError("{name} holds records of several fields; save plain arrays of numbers.", name=quoted(name))
    entries = dict(re.findall(ENTRY, text)) if HEADER.fullmatch(text) else {}
    if len(entries) != 3 or not (entries["descr"][0] in "'\"" and entries["shape"][0] == "("):
        raise _damaged()
    try:
        dtype = np.dtype(entries["descr"][1:-1])
    except (TypeError, ValueError):
        raise _damaged() from None
    if dtype.hasobject:
        raise InputError(
            "{name} holds Python objects, which are never read; save plain arrays of numbers.", name=quoted(name)
        )
    if dtype.kind not in KINDS or dtype.subdtype is not None:
        raise InputError(
            "{name} does not hold real numbers (its type is {dtype}); weights are floats.",
            name=quoted(name),
            dtype=dtype,
        )
    if entries["fortran_order"] not in ("True", "False"):
        raise _damaged()
    shape = tuple(int(part.strip(" L")) for part in entries["shape"][1:-1].split(",") if part.strip())
    return dtype, entries["fortran_order"] == "True", shape


def _refuse_long_list(file: BinaryIO) -> None:
    """The end of the file says how many members it lists; zipfile would read any number of them."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - 20))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _damaged()
    count, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    longest = MOST * 600  # bytes: names, places and sizes
    if count > MOST or length > longest or (at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07"):
        raise InputError("it has more than {most} arrays; this program's networks have fewer.", most=MOST)


def _as_floats(count: int, width: int) -> int:
    """Bytes of so many numbers, each at least as wide as a float64."""
    return count * max(8, width)


def _damaged() -> InputError:
    return InputError("the NPZ is damaged; save it again.")
