"""Streams: those that are begun together have the numbers of those that NumPy begins one by one."""

from __future__ import annotations

import numpy as np
import pytest

from core.maths.streams import seeds, stream


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 1, 2**32, 2**40 + 3, 2**130 + 1])
def test_what_is_begun_together_has_the_same_numbers(seed: int):
    names = [f"update {k}" for k in range(5)]
    drawn = seeds(seed, names)
    assert drawn == [stream(seed, name).integers(2**31) for name in names]
    for each in drawn:
        for name in ("data", "markers", ""):
            ours, one_by_one = stream(each, name), stream(int(each), name)
            assert np.array_equal(ours.random(7), one_by_one.random(7))
            assert np.array_equal(ours.standard_normal(7), one_by_one.standard_normal(7))


def test_a_stream_asked_for_twice_begins_anew():
    drawn = seeds(3, ["update 0"])[0]
    first = stream(drawn, "data").random(3)
    assert np.array_equal(stream(drawn, "data").random(3), first)
