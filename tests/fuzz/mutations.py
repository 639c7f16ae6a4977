"""Damage: bytes, texts, JSON values and arrays that a reader meets once in a hundred years, made from good ones."""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

TOKENS = [
    b"", b"\0", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\n", b",", b";", b'"', b"'", b"\t", b"|", b"NaN",
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"9" * 40, b"9" * 5000, b"[" * 2000, b"{" * 300, b"]", b"}",
    b"null", b"true", b"\\ud800", b"\xed\xb3\xbf", "−1".encode(), "½".encode(), "٣".encode(), "\u2028".encode(),
    b"a" * 3000, b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\x93NUMPY", b"sep=,", b"=1+1", b"1,000.5", b"1.000,5",
    b"%s{}", b"\x1b[31m", b"\x7f",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**30, -(10**30), 0.5, 1e308, -1e308, 5e-324, "", "x", "a" * 3000,
    "\0", "\n", "\u2028", "\ud800", "nan", "1", [], {}, [[]], [None], {"": ""}, [1, 2], [[1.0, "x"]], "tanh", "lstm",
    "../../etc/passwd",
]  # fmt: skip
CELLS = (*TOKENS, b"NA", b"?", b"-200", b"1 000", b"$3", b"3%", b"1_0", "1\u202f000".encode(), b"(3)", b"1e5", b"0x1f")
TYPES = ("f2", "f4", ">f8", "i1", "u8", "c16", "?", "U5", "S3", "M8[s]", "V8")


def damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """One to four changes of bytes; `others` are good files to take pieces from."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = _damage(data, rng, others)
    return data


def _damage(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 200)))
    match rng.randrange(9):
        case 0 if at < len(data):
            return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at] + rng.randbytes(end - at) + data[end:]
        case 2:
            return data[:at]
        case 3:
            return data[:at] + data[end:]
        case 4:
            return data[:at] + data[at:end] * rng.choice((2, 3, 50)) + data[end:]
        case 5:
            return data[:at] + rng.choice(TOKENS) + data[end:]
        case 6:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            return data[:at] + other[start : start + rng.randrange(1, 400)] + data[at:]
        case 7:
            lines = data.split(b"\n")
            first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[first], lines[second] = lines[second], rng.choice((lines[first], lines[second], b"", b",,,"))
            return b"\n".join(lines)
        case _:
            return data[at:]


def damaged_json(data: bytes, rng: random.Random) -> bytes:
    """The text with one to three of its values or keys changed."""
    value = json.loads(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        _change(value, rng)
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _change(value: Any, rng: random.Random) -> None:
    """Changes something deep within it."""
    places = [(value, key) for key in _keys(value)]
    for parent, key in places:
        places.extend((parent[key], inner) for inner in _keys(parent[key]))
        if len(places) > 4000:
            break
    if not places:
        return
    parent, key = rng.choice(places)
    match rng.randrange(7):
        case 0:
            parent[key] = copy.deepcopy(rng.choice(VALUES))
        case 1:
            del parent[key]
        case 2:
            other, there = rng.choice(places)
            parent[key] = json.loads(json.dumps(other[there])) if there in _keys(other) else None
        case 3 if isinstance(parent, dict):
            parent[rng.choice(("", "x", str(key) + "s", "format", "edits", "frozen", "L1.W"))] = parent.pop(key)
        case 4 if isinstance(parent, list):
            parent.extend(parent[: rng.choice((1, 3, 50))])
        case 5:
            for _ in range(rng.choice((3, 60, 150))):
                parent[key] = [parent[key]]
        case _:
            old = parent[key]
            number = old if isinstance(old, int | float) and not isinstance(old, bool) else 1
            parent[key] = rng.choice((-number, number * 1e6, number + 1, number * 10**9, str(old), float(number)))


def _keys(value: Any) -> list:
    return list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []


def npz(arrays: Mapping[str, np.ndarray], rng: random.Random) -> bytes:
    """An NPZ of the arrays, one or two of which are changed: type, shape, name, numbers, header."""
    named = {name: _npy(array) for name, array in arrays.items()}
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(list(named))
        named[name] = _changed_array(arrays.get(name, np.zeros(2)), rng)
        match rng.randrange(6):
            case 0:
                del named[name]
            case 1:
                named[rng.choice(("", "../x", name + "x", name.upper(), "param." + name, "a" * 300))] = named.pop(name)
            case 2:
                named[rng.choice(list(named))] = named[rng.choice(list(named))]
            case _:
                pass
        if not named:
            break
    buffer = io.BytesIO()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in named.items():
            archive.writestr(name + ".npy", content)
    return buffer.getvalue()


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _changed_array(array: np.ndarray, rng: random.Random) -> bytes:
    numbers = array if array.dtype.kind == "f" else np.ones(3)
    match rng.randrange(14):
        case 0:
            return _npy(array.reshape(-1))
        case 1:
            return _npy(array[None])
        case 2:
            return _npy(np.atleast_1d(array)[..., :0])
        case 3:
            return _npy(np.asfortranarray(array))
        case 4:
            return _npy(numbers.astype(rng.choice(TYPES)))
        case 5:
            return _npy(np.array([{"an": "object"}, None], dtype=object))
        case 6:
            return _npy(np.full_like(numbers, rng.choice((np.nan, np.inf, -np.inf, 1e308, 1e-320, -0.0, 1e5))))
        case 7:
            return _npy(np.concatenate([numbers, numbers]) if numbers.ndim else numbers)
        case 8:
            return _npy(np.array(rng.choice(("", "{", "{}", "x" * 5000, "\0", "[1]", "null"))))
        case 9:
            return _npy(np.zeros(2, dtype=[("a", "f8"), ("b", "i4")]))
        case 10:
            return rng.choice(TOKENS)
        case 11:
            shape = rng.choice(("(1000000000000,)", "(-1, 2)", "(2,)*99", "()", "(1, 2", "(1e3,)", "(999999, 999999)"))
            header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
            return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
        case 12:
            return b"\x93NUMPY" + bytes(rng.choice(((2, 0), (3, 0), (9, 9)))) + struct.pack("<I", 2**31 - 1) + b"{}"
        case _:
            whole = _npy(array)
            return damaged(whole, rng, [whole])


def safetensors(arrays: Mapping[str, np.ndarray], rng: random.Random) -> bytes:
    """A safetensors file whose header is changed."""
    header, body = {}, b""
    for name, array in arrays.items():
        raw = np.ascontiguousarray(array, dtype="<f8").tobytes()
        places = [len(body), len(body) + len(raw)]
        header[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": places}
        body += raw
    text = json.dumps(header).encode()
    if rng.random() < 0.9:
        text = damaged_json(text, rng)
    length = len(text) if rng.random() < 0.8 else rng.choice((0, 1, len(text) + 1, 2**62, 2**64 - 1))
    return struct.pack("<Q", length) + text + (body if rng.random() < 0.8 else body[: rng.randrange(len(body) + 1)])


def table(text: bytes, rng: random.Random) -> bytes:
    """A CSV with cells, rows, separators, the coding or the line ends changed."""
    rows = [line.split(b",") for line in text.splitlines()]
    for _ in range(rng.choice((1, 2, 5))):
        row = rng.choice(rows)
        match rng.randrange(7):
            case 0 | 1 | 2:
                row[:] = row or [b""]
                row[rng.randrange(len(row))] = rng.choice(CELLS)
            case 3:
                row.append(rng.choice(TOKENS))
            case 4 if len(row) > 1:
                del row[rng.randrange(len(row))]
            case 5:
                rows.insert(rng.randrange(len(rows)), [b""] * rng.choice((0, 1, 3, 400)))
            case _:
                rows[rng.randrange(len(rows))] = list(rng.choice(rows))
    mark = rng.choice((b",", b",", b";", b"\t", b"|", b" ", b""))
    end = rng.choice((b"\n", b"\n", b"\r\n", b"\r", b"\n\n"))
    found = end.join(mark.join(row) for row in rows)
    coding = rng.choice((None, None, None, "utf-16", "utf-32", "latin-1"))
    return found if coding is None else found.decode("utf-8", "replace").encode(coding, "replace")


def idx(data: bytes, rng: random.Random) -> bytes:
    """An IDX file whose header says something else, plain or packed."""
    data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    head = bytearray(data[:16])
    if rng.random() < 0.7:
        head[rng.randrange(len(head))] = rng.choice((0, 1, 2, 3, 8, 13, 127, 255))
    data = bytes(head) + data[16:]
    if rng.random() < 0.3:
        data = damaged(data, rng, [data])
    if rng.random() < 0.5:
        data = gzip.compress(data, 1)
        if rng.random() < 0.5:
            data = damaged(data, rng, [data])
    return data
