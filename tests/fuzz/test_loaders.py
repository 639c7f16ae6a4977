"""Every reader under damaged files of every kind: it returns, or says in one line what is wrong with the file."""

from __future__ import annotations

import io
import json
import random
import struct
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from tests.fuzz import mutations
from tests.fuzz.samples import Kind, kinds

TRIES = 400  # in a part
SECONDS = 5.0  # of CPU, for one file
LONGEST = 400  # characters of a sentence, without the file's name


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Kind]:
    return kinds(tmp_path_factory.mktemp("good"))


def fault(kind: Kind, path: Path, counted: Counter[str]) -> str:
    """What is wrong with how the reader takes the file; "" where nothing is."""
    begun = time.process_time()
    try:
        with np.errstate(all="ignore"):
            kind.read(path)
    except InputError as error:
        counted["refused"] += 1
        said = str(error)
        if not said.isprintable():
            return f"a sentence with control characters: {said!r:.300}"
        if len(said.replace(str(path), "")) > LONGEST:
            return f"a sentence of {len(said)} characters: {said:.300}"
        if not said.strip():
            return "no sentence at all"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error!s:.200} ({Path(last.filename).name}:{last.lineno})"
    if (took := time.process_time() - begun) > SECONDS:
        return f"{took:.1f} seconds"
    return ""


def bad(kind: Kind, name: str, rng: random.Random, others: list[bytes]) -> bytes:
    """One file of this kind that is not as it should be."""
    good = rng.choice(kind.good)
    if rng.random() < 0.03:
        return rng.choice(others)  # whole, but another kind's
    structured: dict[str, Callable[[], bytes]] = {
        "session": lambda: mutations.damaged_json(good, rng),
        "series": lambda: mutations.table(good, rng),
        "csv task": lambda: mutations.table(good, rng),
        "air": lambda: mutations.table(good, rng),
        "images": lambda: mutations.idx(good, rng),
        "labels": lambda: mutations.idx(good, rng),
    }
    if name in structured and rng.random() < 0.7:
        return structured[name]()
    if kind.suffix == ".npz" and rng.random() < 0.7:
        return mutations.npz(_arrays(good), rng)
    if kind.suffix == ".safetensors" and rng.random() < 0.7:
        return mutations.safetensors(_of_safetensors(good), rng)
    return mutations.damaged(good, rng, others)


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _of_safetensors(content: bytes) -> dict[str, np.ndarray]:
    (length,) = struct.unpack("<Q", content[:8])
    header, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    found = {}
    for name, each in header.items():
        start, end = each["data_offsets"]
        found[name] = np.frombuffer(body[start:end], dtype="<f8").reshape(each["shape"])
    return found


def test_good_files_are_read(every_kind: dict[str, Kind], tmp_path: Path) -> None:
    for kind in every_kind.values():
        for content in kind.good:
            path = tmp_path / f"good{kind.suffix}"
            path.write_bytes(content)
            kind.read(path)


def _zip(**members: bytes) -> bytes:
    """An NPZ of .npy members as they are given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def _header(shape: str, size: int = 16) -> bytes:
    """A .npy member that promises a shape, with `size` bytes behind its header."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(size)


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _named(name: str) -> bytes:
    """A safetensors file with an array of this type."""
    text = json.dumps({"L1": {"dtype": name, "shape": [1], "data_offsets": [0, 8]}}).encode()
    return struct.pack("<Q", len(text)) + text + bytes(8)


BRACKETS = "[" * 100_000
EXPERIMENT = _npy(np.array('{"steps": 3, "hidden": 2}'))
FOUND = {  # what the fuzz has found: the kind of file, and the file
    "a header that does not end": ("torch npz", _zip(**{"rnn.weight_ih_l0": _header("(1, 2")})),
    "the same for Keras": ("keras npz", _zip(arr_0=_header("(1, 2"))),
    "the same in a run": ("run", _zip(experiment=EXPERIMENT, **{"param.L1.W": _header("(1, 2")})),
    "terabytes in a run": ("run", _zip(experiment=EXPERIMENT, **{"param.L1.W": _header("(999999, 999999)")})),
    "a member that is no array": ("run", _zip(experiment=EXPERIMENT, **{"param.L1.W": b"text"})),
    "a format that is an object": ("session", json.dumps({"format": {"task": ["x" * 90] * 20}}).encode()),
    "a format that is a separator": ("session", json.dumps({"format": "\u2028"}).encode()),
    "a field with a control character": ("session", b'{"reve\x7fe_at": 1}'),
    "a cell with a control character": ("series", b"a,b\n1,2\n3,4\n5,\x93NUMPY\n7,8\n" + b"1,2\n" * 20),
    "a cell with a mark of order": ("series", "a,b\n1,2\n3,4\n\ufeff,4\n7,8\n".encode() + b"1,2\n" * 20),
    "brackets in the settings": ("settings", f"[General]\ntheme={BRACKETS}\nrecent_files={BRACKETS}\n".encode()),
    "a long name of a type": ("torch safetensors", _named("a" * 3000)),
    "a long name of an array": ("keras npz", _zip(**{"a" * 300: _npy(np.array(["text"]))})),
}


@pytest.mark.usefixtures("bounded_memory")
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_refused(
    name: str, every_kind: dict[str, Kind], tmp_path: Path, counted: Counter[str]
) -> None:
    kind, content = every_kind[FOUND[name][0]], FOUND[name][1]
    path = tmp_path / f"found{kind.suffix}"
    path.write_bytes(content)
    found = fault(kind, path, counted)
    assert not found, found


@pytest.mark.usefixtures("bounded_memory")
def test_damaged_files_are_refused_in_one_line(
    part: int, every_kind: dict[str, Kind], tmp_path: Path, counted: Counter[str]
) -> None:
    rng = random.Random(part)
    others = [content for kind in every_kind.values() for content in kind.good]
    faults: dict[str, str] = {}
    for number in range(TRIES):
        name = rng.choice(list(every_kind))
        kind = every_kind[name]
        path = tmp_path / f"{number}{kind.suffix}"
        path.write_bytes(bad(kind, name, rng, others))
        counted["inputs"] += 1
        found = fault(kind, path, counted)
        if found:
            counted["faults"] += 1
            faults.setdefault(found, f"{name}, {path}")
        else:
            path.unlink()
    assert not faults, "\n".join(f"{where}: {found}" for found, where in faults.items())
