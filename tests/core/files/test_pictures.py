"""Pictures written in pieces: another reader sees the same pixels, and no more is kept than two frames."""

from __future__ import annotations

import io
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.files.gif import GifWriter
from core.files.png import PngWriter


def frame_of(pixels: np.ndarray) -> Image.Image:
    """A frame of mode P, with a palette of greys."""
    frame = Image.fromarray(pixels.astype(np.uint8)).convert("L").copy()
    frame = Image.frombytes("P", frame.size, frame.tobytes())
    frame.putpalette([k for grey in range(256) for k in (grey, grey, grey)])
    return frame


def read(raw: bytes) -> list[tuple[np.ndarray, int]]:
    """The frames of a GIF as grey pixels, with their milliseconds."""
    with Image.open(io.BytesIO(raw)) as film:
        found = []
        for k in range(getattr(film, "n_frames", 1)):
            film.seek(k)
            found.append((np.asarray(film.convert("L")).copy(), film.info["duration"]))
        return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(1, 9), st.integers(1, 9))
def test_an_animation_shows_its_frames_and_like_ones_as_one(seeds, width, height):
    pictures = [np.random.default_rng(seed).integers(0, 256, (height, width)) for seed in seeds]
    out = io.BytesIO()
    writer = GifWriter(out)
    for picture in pictures:
        writer.add(frame_of(picture), 50)
    writer.end()
    wanted: list[tuple[np.ndarray, int]] = []
    for picture in pictures:
        if wanted and (wanted[-1][0] == picture).all():
            wanted[-1] = picture, wanted[-1][1] + 50
        else:
            wanted.append((picture, 50))
    for (seen, milliseconds), (picture, expected) in zip(read(out.getvalue()), wanted, strict=True):
        assert (seen == picture).all() and milliseconds == expected


def test_an_animation_repeats_for_ever_and_writes_only_what_has_changed():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 256, (200, 300))
    second = first.copy()
    second[50:60, 40:70] = 255 - second[50:60, 40:70]
    sizes = []
    for pictures in ([first], [first, second]):
        out = io.BytesIO()
        writer = GifWriter(out)
        for picture in pictures:
            writer.add(frame_of(picture), 100)
        writer.end()
        sizes.append(len(out.getvalue()))
    with Image.open(io.BytesIO(out.getvalue())) as film:
        assert film.info["loop"] == 0
    assert sizes[1] - sizes[0] < 0.02 * sizes[0]


def test_two_frames_are_kept_at_most_and_each_is_written_when_the_next_has_come():
    out = io.BytesIO()
    writer = GifWriter(out)
    alive: list[weakref.ref[Image.Image]] = []
    most, sizes = 0, []
    for seed in range(30):
        frame = frame_of(np.random.default_rng(seed).integers(0, 256, (40, 60)))
        alive.append(weakref.ref(frame))
        writer.add(frame, 20)
        del frame
        most = max(most, sum(each() is not None for each in alive))
        sizes.append(len(out.getvalue()))
    writer.end()
    assert most <= 2
    assert sizes == sorted(set(sizes))  # it grows with every frame
    assert len(read(out.getvalue())) == 30


@pytest.mark.parametrize("bands", [[7], [1, 6], [3, 3, 1], [1] * 7])
def test_a_picture_in_bands_is_the_picture(bands):
    pixels = np.random.default_rng(3).integers(0, 256, (7, 5, 3)).astype(np.uint8)
    out = io.BytesIO()
    writer = PngWriter(out, 5, 7)
    first = 0
    for rows in bands:
        writer.add(pixels[first : first + rows])
        first += rows
    writer.end()
    with Image.open(io.BytesIO(out.getvalue())) as picture:
        assert picture.mode == "RGB" and picture.size == (5, 7)
        assert (np.asarray(picture) == pixels).all()
