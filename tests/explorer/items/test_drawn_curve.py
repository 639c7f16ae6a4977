"""The axis that a person draws a curve over: lines at its values, one at 1 or 0, and its places."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.items.plots.drawn_curve import DrawnCurve
from explorer.style.theme import LIGHT


@pytest.fixture
def curve(qtbot):
    made = DrawnCurve()
    qtbot.addWidget(made)
    made.set_theme(LIGHT)
    made.resize(640, 130)
    return made


def test_every_decade_has_its_line_and_those_with_room_their_number(curve):
    curve.set_axis(range(1, 31), -3.0, 1.0, True)
    ticks = curve.value_ticks(15.0)
    assert [value for value, _ in ticks] == [-3, -2, -1, 0, 1]
    assert (0.0, "1") in ticks and sum(bool(text) for _, text in ticks) >= 3
    assert [curve.places[k] for k in curve.place_ticks(560.0)] == [1, 5, 10, 15, 20, 25, 30]


def test_over_many_decades_some_are_written(curve):
    curve.set_axis(range(1, 14), -14.0, 1.0, True)
    ticks = curve.value_ticks(15.0)
    assert len(ticks) == 16 and 2 <= sum(bool(text) for _, text in ticks) <= 6


def test_a_plain_axis_has_round_values_and_0_among_them(curve):
    curve.set_axis(range(14), -0.2, 1.2, False)
    assert "0" in [text for _, text in curve.value_ticks(15.0)]
    ends = [curve.place_ticks(width) for width in (30.0, 200.0, 2000.0)]
    assert all(found[0] == 0 and found[-1] == 13 for found in ends)
    assert len(ends[0]) < len(ends[1]) < len(ends[2])


@pytest.mark.parametrize(("first", "last", "points"), [(-3.0, 1.0, 17), (-3.0, 3.0, 61)])
def test_places_between_whole_numbers_have_the_whole_ones_written(curve, first, last, points):
    curve.set_axis(np.linspace(first, last, points), -1.0, 1.0, False)
    written = [round(float(curve.places[k]), 6) for k in curve.place_ticks(560.0)]
    assert written == [float(k) for k in range(int(first), int(last) + 1)]
