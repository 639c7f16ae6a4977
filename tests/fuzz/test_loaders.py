"""Every reader under damaged files of every kind: it returns, or says in one line what is wrong with the file."""

from __future__ import annotations

import io
import json
import random
import struct
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from tests.fuzz import mutations
from tests.fuzz.samples import Kind, kinds

TRIES = 400  # in a part
OPEN = (  # faults of readers that are being rewritten: to be emptied with them
    "TokenError", "'bytes' object has no attribute 'shape'", "Unable to allocate", "a sentence of", "a sentence with",
)  # fmt: skip
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
        if found and not any(each in found for each in OPEN):
            counted["faults"] += 1
            faults.setdefault(found, f"{name}, {path}")
        else:
            path.unlink()
    assert not faults, "\n".join(f"{where}: {found}" for found, where in faults.items())
