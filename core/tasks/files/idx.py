"""Images and labels from IDX files, the format of the MNIST digits, as they are or compressed with gzip.

An IDX file starts with two zero bytes, one byte for the type of its numbers (8: unsigned bytes) and one for the number
of its dimensions; then each dimension as 4 bytes, the most significant first; then the numbers, the last index moving
fastest (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
"""

import gzip
import hashlib
import io
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import InputError
from core.files.reading import file_stat, opened, refuse_changed
from core.jobs import Job, finished, part
from core.sentence import Sentence

LARGEST = 200 * 10**6  # bytes, of the file and of what it holds
PIECE = 2**20  # bytes that are read at once
KEPT = 4  # files that are kept though nobody may need them any more
UNSIGNED_BYTE = 0x08
TYPES = {0x09: "signed bytes", 0x0B: "16-bit", 0x0C: "32-bit", 0x0D: "floating-point", 0x0E: "double-precision"}
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, eq=False)
class Bytes:
    """What an IDX file holds: `values`, uint8 and read-only, of its dimensions; `hash` is the sha256 of the file."""

    values: np.ndarray
    hash: str
    path: str


def load_images(path: str, expected_hash: str = "") -> Bytes:
    """Return images (count, rows, columns). Raises InputError as `load` does."""
    return _load(path, expected_hash, 3, "images")


def load_labels(path: str, expected_hash: str = "") -> Bytes:
    """Return labels (count,). Raises InputError as `load` does."""
    return _load(path, expected_hash, 1, "labels")


def refuse_unequal(images: Bytes, labels: Bytes) -> None:
    """Raises InputError where the two files do not have one label for each image."""
    if len(images.values) != len(labels.values):
        raise InputError(
            "“{images_file}” has {images} images, but “{labels_file}” has {labels} labels; choose the two files of one "
            "set.",
            images_file=Path(images.path).name,
            images=len(images.values),
            labels_file=Path(labels.path).name,
            labels=len(labels.values),
        )


def read_idx(path: str | os.PathLike[str], dimensions: int, what: str) -> Bytes:
    """Read a file of `what` ("images", "labels"). Raises InputError naming the file and what is wrong with it."""
    return finished(_read(path, dimensions, what))


def rows_of(path: str) -> int:
    """The rows of the images in a file, by its header alone. Raises InputError where it holds no images."""
    name = Path(path).name or str(path)
    with _unpacked(path, name) as (file, _):
        return _shape(file, name, 3, "images")[1]


def reading(images: str, labels: str) -> Job[None]:
    """Reads both files, so that `load_images` and `load_labels` find them read. Raises InputError as those do."""
    for path, dimensions, what, first, last in ((images, 3, "images", 0.0, 0.9), (labels, 1, "labels", 0.9, 1.0)):
        key = _key(path, dimensions, what)
        if key not in _READ:
            _keep(key, (yield from part(_read(path, dimensions, what), first, last)))


def _read(path: str | os.PathLike[str], dimensions: int, what: str) -> Job[Bytes]:
    """The job of `read_idx`.

    Nothing is read before the file's size is known, and no more than its header announces: a small file that would
    unpack to gigabytes is refused by its header.
    """
    name = Path(path).name or str(path)
    with _unpacked(path, name) as (file, size):
        shape = _shape(file, name, dimensions, what)
        held = None if size is None else size - 4 - 4 * dimensions
        values = yield from part(_numbers(file, name, shape, held), 0.0, 0.9)
    digest = hashlib.sha256()
    with opened(path, LARGEST + 16, "IDX") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            yield 0.9
    return Bytes(values, digest.hexdigest(), str(path))


@contextmanager
def _unpacked(path: str | os.PathLike[str], name: str) -> Iterator[tuple[io.BufferedIOBase, int | None]]:
    """The file's content, unpacked where it is packed, and its size where that is known before it is read."""
    try:
        with opened(path, LARGEST + 16, "IDX") as file:
            size = os.fstat(file.fileno()).st_size
            packed = file.read(2) == _GZIP
            file.seek(0)
            if packed:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield unpacked, None
            else:
                yield file, size
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError("“{name}” is a damaged gzip file ({error}); fetch it again.", name=name, error=error) from None


def _shape(file: io.BufferedIOBase, name: str, dimensions: int, what: str) -> tuple[int, ...]:
    """Read the header."""
    what = Sentence(what)
    start = file.read(4)
    if not start:
        raise InputError("“{name}” is empty; choose an IDX file of {what}.", name=name, what=what)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise InputError(
            "“{name}” is not an IDX file: it does not start with two zero bytes; choose one of {what}.",
            name=name,
            what=what,
        )
    kind, found = start[2], start[3]
    if kind != UNSIGNED_BYTE:
        numbers = TYPES.get(kind)
        if numbers is None:
            raise InputError(
                "“{name}” is not an IDX file: there is no type 0x{kind:02X}; choose one of {what}.",
                name=name,
                kind=kind,
                what=what,
            )
        raise InputError(
            "“{name}” holds {numbers} numbers; choose an IDX file of {what} in unsigned bytes.",
            name=name,
            numbers=Sentence(numbers),
            what=what,
        )
    if found != dimensions:
        held = {1: Sentence("labels (1 dimension)"), 3: Sentence("images (3 dimensions)")}.get(
            found, Sentence("{count} dimensions", count=found)
        )
        raise InputError(
            "“{name}” holds {held}; choose an IDX file of {what}, which has {dimensions}.",
            name=name,
            held=held,
            what=what,
            dimensions=dimensions,
        )
    header = file.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise InputError("“{name}” ends within its header; fetch it again.", name=name)
    shape = tuple(int.from_bytes(header[k : k + 4], "big") for k in range(0, 4 * dimensions, 4))
    times, announced = " × ".join(map(str, shape)), math.prod(shape)
    if announced == 0:
        raise InputError(
            "“{name}” holds no {what}: its header says {times}; choose another file.", name=name, what=what, times=times
        )
    if announced > LARGEST:
        raise InputError(
            "“{name}” announces {times} bytes, more than {largest} MB; choose a smaller file.",
            name=name,
            times=times,
            largest=LARGEST // 10**6,
        )
    return shape


def _numbers(file: io.BufferedIOBase, name: str, shape: tuple[int, ...], held: int | None) -> Job[np.ndarray]:
    """Read the numbers after the header; `held`: how many bytes the file still has, where that is known."""
    times, announced = " × ".join(map(str, shape)), math.prod(shape)
    content = bytearray()
    if held is None or held == announced:
        while len(content) < announced and (piece := file.read(min(PIECE, announced - len(content)))):
            content += piece
            yield len(content) / announced
        held = len(content)
    if held < announced:
        raise InputError(
            "“{name}” is cut short: {times} = {announced} bytes are announced, {held} are there.",
            name=name,
            times=times,
            announced=announced,
            held=held,
        )
    if held > announced or file.read(1):
        raise InputError(
            "“{name}” has more bytes than the {times} that its header announces; fetch it again.",
            name=name,
            times=times,
        )
    values = np.frombuffer(content, dtype=np.uint8).reshape(shape)
    values.setflags(write=False)
    return values


def _load(path: str, expected_hash: str, dimensions: int, what: str) -> Bytes:
    """Return the file's content, read again only when its time or size has changed.

    Raises InputError as `read_idx` does, and where the content is not what `expected_hash`, unless empty, says.
    """
    key = _key(path, dimensions, what)
    if key not in _READ:
        _keep(key, read_idx(path, dimensions, what))
    held = _READ[key]
    refuse_changed(path, held.hash, expected_hash)
    return held


def _key(path: str, dimensions: int, what: str) -> tuple:
    found = file_stat(path, LARGEST + 16, "IDX")
    return str(path), dimensions, what, found.st_mtime_ns, found.st_size


_READ: dict[tuple, Bytes] = {}  # the last few files, the latest last


def _keep(key: tuple, held: Bytes) -> None:
    _READ[key] = held
    while len(_READ) > KEPT:
        del _READ[next(iter(_READ))]
