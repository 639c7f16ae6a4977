"""Reads and writes safetensors, the format of Hugging Face for weights.

Eight bytes with the length of a JSON header, the header, {name: {"dtype", "shape", "data_offsets"}}, and the arrays'
bytes, little-endian, in C order (https://huggingface.co/docs/safetensors, "Format").
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO, TypeGuard

import numpy as np

from core.errors import InputError, quoted
from core.files.npz import LONGEST, MOST, MOST_AXES

LONGEST_HEADER = 2 * 10**6  # bytes
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
BFLOAT = "BF16"  # the upper half of a float32; NumPy has no such type


def recognises(start: bytes) -> bool:
    """Whether a file that begins so is safetensors: a length, then an object in JSON."""
    return len(start) > 8 and start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= LONGEST_HEADER


def read(file: BinaryIO, size: int, largest: int) -> dict[str, np.ndarray]:
    """The arrays by name; BF16 as float32, the same numbers. `size`: bytes of the file; `largest`: bytes that all
    may have, each number as float64. Raises InputError: one sentence without the file's name."""
    length = int.from_bytes(file.read(8), "little")
    if length > LONGEST_HEADER:
        raise InputError(
            "its header is longer than {longest_header:,} bytes; this program's networks have a shorter one.",
            longest_header=LONGEST_HEADER,
        )
    header = _header(file.read(length))
    header.pop("__metadata__", None)
    if len(header) > MOST:
        raise InputError("it has {count} arrays, and at most {most} are read.", count=len(header), most=MOST)
    entries = sorted((_entry(name, entry) for name, entry in header.items()), key=lambda entry: entry[3:])
    if sum(math.prod(shape) * 8 for _, _, shape, *_ in entries) > largest:
        raise InputError(
            "it has more than {largest} MB of numbers; this program's networks are smaller.", largest=largest // 10**6
        )
    end = 0
    for _, _, _, first, last in entries:  # one behind the other, without overlap or gap
        if first != end:
            raise _damaged()
        end = last
    if 8 + length + end != size:
        raise _damaged()
    found = {}
    for name, kind, shape, first, last in entries:
        raw = file.read(last - first)
        if len(raw) != last - first:
            raise _damaged()
        found[name] = _numbers(raw, kind).reshape(shape)
    return {name: found[name] for name in header}


def write(file: BinaryIO, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes arrays of numbers by name, in their own types. Raises OSError."""
    names = {np.dtype(numpy): name for name, numpy in TYPES.items()}
    plain = {name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()}
    header: dict[str, Any] = {}
    end = 0
    for name, array in plain.items():
        last = end + array.nbytes
        header[name] = {"dtype": names[array.dtype], "shape": list(arrays[name].shape), "data_offsets": [end, last]}
        end = last
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for array in plain.values():
        file.write(array.tobytes())


def _header(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise _damaged() from None
    if not isinstance(found, dict):
        raise _damaged()
    return found


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _entry(name: str, entry: Any) -> tuple[str, str, tuple[int, ...], int, int]:
    """(name, type, shape, first byte, the byte after the last) of one array."""
    if not isinstance(entry, dict) or not isinstance(kind := entry.get("dtype"), str):
        raise _damaged()
    shape, offsets = entry.get("shape"), entry.get("data_offsets")
    if not _whole_numbers(shape) or not _whole_numbers(offsets) or len(offsets) != 2 or len(shape) > MOST_AXES:
        raise _damaged()
    if kind != BFLOAT and kind not in TYPES:
        raise InputError(
            "{name} is of the type {kind}, which NumPy lacks; save it as float32.", name=quoted(name), kind=quoted(kind)
        )
    width = 2 if kind == BFLOAT else np.dtype(TYPES[kind]).itemsize
    if math.prod(shape) * width != offsets[1] - offsets[0]:
        raise _damaged()
    return name, kind, tuple(shape), offsets[0], offsets[1]


def _whole_numbers(found: Any) -> TypeGuard[list[int]]:
    return isinstance(found, list) and all(type(each) is int and 0 <= each <= LONGEST for each in found)


def _numbers(raw: bytes, kind: str) -> np.ndarray:
    if kind == BFLOAT:
        return (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(raw, TYPES[kind])


def _damaged() -> InputError:
    return InputError("the safetensors file is damaged; save it again.")
