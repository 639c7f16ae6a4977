"""Reading IDX files: what they hold comes back; all else gives one clear sentence, before it costs memory."""

from __future__ import annotations

import gzip
import hashlib
import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.tasks.files import idx
from tests.core.task_files import IMAGES, LABELS, idx_bytes

DIGITS = np.arange(2 * 3 * 4).reshape(2, 3, 4)


@pytest.fixture
def write(tmp_path: Path):
    def write_file(content: bytes, name: str = "images-idx3-ubyte") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return write_file


def sentence(path: str, load=idx.load_images) -> str:
    """The one sentence that a file is refused with."""
    with pytest.raises(InputError) as refused:
        load(path)
    text = str(refused.value)
    assert text.endswith(".") and "\n" not in text
    assert Path(path).name in text
    return text


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@given(shape=st.tuples(*[st.integers(1, 6)] * 3), seed=st.integers(0, 1000))
def test_what_is_written_is_read(pack, shape, seed, tmp_path_factory):
    values = np.random.default_rng(seed).integers(0, 256, shape)
    folder = tmp_path_factory.mktemp("idx")
    for array, load in ((values, idx.load_images), (values[:, 0, 0], idx.load_labels)):
        path = folder / f"file{array.ndim}"
        path.write_bytes(pack(idx_bytes(array)))
        held = load(str(path))
        np.testing.assert_array_equal(held.values, array)
        assert held.values.dtype == np.uint8 and not held.values.flags.writeable
        assert held.hash == hashlib.sha256(path.read_bytes()).hexdigest()
        assert load(str(path), held.hash) is held


GOOD = idx_bytes(DIGITS)
MALFORMED = {
    "empty": (b"", "is empty; choose an IDX file of images"),
    "text": (b"1,2\n3,4\n", "does not start with two zero bytes"),
    "short magic": (b"\0\0\x08", "is not an IDX file"),
    "unknown type": (b"\0\0\x07" + GOOD[3:], "there is no type 0x07"),
    "floats": (b"\0\0\x0d" + GOOD[3:], "holds floating-point numbers"),
    "labels": (idx_bytes(np.arange(3)), r"holds labels \(1 dimension\); choose an IDX file of images"),
    "two dimensions": (idx_bytes(np.ones((3, 3))), "holds 2 dimensions"),
    "within the header": (GOOD[:9], "ends within its header"),
    "cut short": (GOOD[:-1], "is cut short: 2 × 3 × 4 = 24 bytes are announced, 23 are there"),
    "too long": (GOOD + b"x", "has more bytes than the 2 × 3 × 4 that its header announces"),
    "no image": (idx_bytes(np.ones((0, 28, 28))), "holds no images: its header says 0 × 28 × 28"),
    "no pixel": (idx_bytes(np.ones((5, 0, 28))), "holds no images: its header says 5 × 0 × 28"),
    "huge": (b"\0\0\x08\x03" + b"\xff" * 12 + b"x", "announces 4294967295 × .* bytes, more than 200 MB"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_gives_one_sentence(case, packed, write):
    content, expected = MALFORMED[case]
    path = write(gzip.compress(content) if packed else content)
    with pytest.raises(InputError, match=expected):
        idx.load_images(path)
    sentence(path)


def test_a_damaged_gzip_file_gives_one_sentence(write):
    good = gzip.compress(idx_bytes(np.random.default_rng(1).integers(0, 256, (40, 9, 9))))
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 0xFF
    wrong_sum = bytearray(good)
    wrong_sum[-6] ^= 0xFF
    for content in (good[:-20], good[:12], good[:3], bytes(damaged), bytes(wrong_sum), good + b"rubbish"):
        assert "is a damaged gzip file" in sentence(write(content))


def test_what_would_unpack_to_gigabytes_is_refused_by_its_header(write):
    announced = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (60_000, 200, 200))
    more = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (1, 2, 2))
    zeros = bytes(50_000_000)  # 48 kB when packed
    tracemalloc.start()
    try:
        path = write(gzip.compress(announced + zeros[:1000]))
        assert "announces 60000 × 200 × 200 bytes" in sentence(path)
        bomb = gzip.compress(more + zeros, 1)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        assert "has more bytes than the 1 × 2 × 2" in sentence(write(bomb))
        assert tracemalloc.get_traced_memory()[1] - before < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.skipif(os.name == "nt", reason="sparse files are made another way on Windows")
def test_two_gigabytes_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(2 * 10**9)
    assert "has 2,000 MB, more than the 200 MB" in sentence(str(path))


def test_paths_that_are_no_file(tmp_path):
    assert "is a folder; choose an IDX file in it" in sentence(str(tmp_path))
    assert "There is no file" in sentence(str(tmp_path / "gone"))
    with pytest.raises(InputError, match="cannot be read"):
        idx.load_images("a\0b")


def test_a_changed_file_and_unequal_counts(write):
    path = write(GOOD)
    old = idx.load_images(path)
    write(idx_bytes(DIGITS[:, :, ::-1].repeat(2, axis=0)))
    with pytest.raises(InputError, match="has changed since the experiment was saved"):
        idx.load_images(path, old.hash)
    labels = idx.load_labels(write(idx_bytes(np.arange(3)), "labels-idx1-ubyte"))
    with pytest.raises(InputError, match=r"has 4 images, but “labels-idx1-ubyte” has 3 labels; choose the two files"):
        idx.refuse_unequal(idx.load_images(path), labels)


@pytest.mark.data
@pytest.mark.skipif(not IMAGES.exists(), reason="../shared/data is absent")
def test_the_real_digits():
    images, labels = idx.load_images(str(IMAGES)), idx.load_labels(str(LABELS))
    idx.refuse_unequal(images, labels)
    assert images.values.shape == (10_000, 28, 28)
    assert labels.values[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(labels.values).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
