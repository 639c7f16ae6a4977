"""Histograms: every run is in one place, and the places are those that the edges say."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from core.ensemble.histogram import MOST_BARS, histogram

NUMBERS = st.lists(st.floats(-1e6, 1e6) | st.sampled_from((0.0, np.inf, -np.inf, np.nan, 1.0)), min_size=1, max_size=60)

SUBNORMAL = st.lists(st.floats(0.0, 1e-318), min_size=1, max_size=8)


@given(NUMBERS | SUBNORMAL)
@example([5e-324])
@example([5e-324, 1e-323, 1.5e-323])
@example([0.0, 5e-324, 2e-322])
def test_every_run_is_in_one_place_and_between_its_edges(numbers):
    found = histogram(np.array(numbers))
    places = [*found.below, *found.zero, *(place for bar in found.bars for place in bar), *found.above, *found.none]
    assert sorted(places) == list(range(len(numbers))) and len(found.bars) <= MOST_BARS
    assert (np.diff(found.edges) > 0).all()
    for k, bar in enumerate(found.bars):
        assert all(found.edges[k] <= numbers[place] <= found.edges[k + 1] for place in bar)
        assert all(found.bar_of(numbers[place]) == k for place in bar)


def test_whole_numbers_stand_in_the_middle_of_their_bars():
    found = histogram(np.array([3.0, 5.0, 5.0, np.inf]))
    np.testing.assert_array_equal(found.edges, [2.5, 3.5, 4.5, 5.5])
    assert found.bars == ((0,), (), (1, 2)) and found.above == (3,)


def test_what_is_far_apart_is_spread_by_decades_and_0_stands_beside():
    found = histogram(np.array([0.0, 1e-8, 1e-4, 1.0]), most=4)
    assert found.decades and found.zero == (0,)
    np.testing.assert_allclose(found.edges, [1e-8, 1e-6, 1e-4, 1e-2, 1.0], rtol=1e-12)
    assert found.bars == ((1,), (), (2,), (3,))


def test_rounding_is_no_spread_and_nothing_has_no_bars():
    assert histogram(np.array([0.3, 0.3 + 1e-16, 0.3 - 1e-16])).bars == ((0, 1, 2),)
    assert histogram(np.array([np.nan, np.inf])).bars == ()
