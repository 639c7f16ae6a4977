"""Columns: px and steps are inverse, zooming keeps what is under the cursor, nothing leaves the run."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.columns import FEW, WIDEST, Columns
from tests.core.strategies import RELAXED

STEPS = st.integers(1, 1000)
WIDTH = st.floats(100, 4000)


@st.composite
def columns(draw):
    """Columns somewhere, after a few zooms and pans."""
    made = Columns(draw(STEPS))
    made.set_width(draw(WIDTH))
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            made.zoom(draw(st.floats(0.2, 5)), draw(st.floats(-100, 4000)))
        else:
            made.pan(draw(st.floats(-5000, 5000)))
    return made


def in_range(made: Columns) -> bool:
    return 1.0 <= made.span <= made.steps and -1e-9 <= made.start <= made.steps - made.span + 1e-9


@RELAXED
@given(columns(), st.data())
def test_the_middle_of_a_step_is_in_its_column(made, data):
    t = data.draw(st.integers(1, made.steps))
    assert made.step_at(made.x(t)) == t
    assert made.step_at(made.x(t) + 0.49 * made.column) == t
    assert made.step_at(made.x(t) - 0.49 * made.column) == t
    assert made.x(t + 1) - made.x(t) == pytest.approx(made.column)


@RELAXED
@given(columns(), st.floats(-1e5, 1e5))
def test_a_px_beside_the_run_is_its_first_or_last_step(made, x):
    assert 1 <= made.step_at(x) <= made.steps


@RELAXED
@given(columns())
def test_visible_are_the_steps_between_the_margins(made):
    assert in_range(made)
    first, last = made.visible()
    left = made.x(made.start + 0.5)
    right = left + made.span * made.column
    seen = [
        t
        for t in range(1, made.steps + 1)
        if made.x(t) + made.column / 2 > left + 1e-6 and made.x(t) - made.column / 2 < right - 1e-6
    ]
    assert first <= seen[0] and seen[-1] <= last
    assert seen[0] - first <= 1 and last - seen[-1] <= 1
    assert made.right == pytest.approx(min(right, made.x(made.steps) + made.column / 2))


@RELAXED
@given(STEPS, st.floats(300, 3000), st.floats(1, 20), st.floats(0, 1))
def test_zooming_in_keeps_what_is_under_the_cursor(steps, width, factor, share):
    made = Columns(steps)
    made.set_width(width)
    left = made.x(0.5)
    x = left + share * (made.right - left)
    place = made.first + (x - made.LEFT) / made.column
    made.zoom(factor, x)
    assert in_range(made)
    if made.room / made.span <= made.widest * (1 + 1e-9):  # columns as wide as they get stand in the middle of the room
        assert made.first + (x - made.LEFT) / made.column == pytest.approx(place, abs=1e-6)


@RELAXED
@given(columns(), st.floats(-300, 300))
def test_a_pan_moves_the_picture_by_its_px(made, pixels):
    before, column = made.x(1), made.column
    made.pan(pixels)
    assert in_range(made)
    assert made.column == column
    moved = made.x(1) - before
    at_an_end = math.isclose(made.start, 0, abs_tol=1e-9) or math.isclose(made.start, made.steps - made.span)
    assert at_an_end or moved == pytest.approx(pixels, abs=1e-6)
    assert abs(moved) <= abs(pixels) + 1e-6


@RELAXED
@given(columns())
def test_fit_shows_all(made):
    made.fit()
    assert made.whole
    assert made.visible() == (1, made.steps)


@RELAXED
@given(columns(), st.data())
def test_reveal_brings_a_step_into_sight(made, data):
    t = data.draw(st.integers(1, made.steps))
    span = made.span
    made.reveal(t)
    assert made.span == span
    assert in_range(made)
    assert made.start <= t - 1 + 1e-9 and t <= made.start + made.span + 1e-9


@RELAXED
@given(columns(), STEPS)
def test_another_run_stays_whole_or_keeps_its_zoom(made, steps):
    whole, span = made.whole, made.span
    made.set_steps(steps)
    assert in_range(made)
    if whole:
        assert made.whole
    else:
        assert made.span == min(span, steps)


@pytest.mark.parametrize("steps", [1, 14, 1000])
def test_changed_is_told_once_for_a_change_and_not_for_none(steps, qtbot):
    made = Columns(steps)
    told = []
    made.changed.connect(lambda: told.append(1))
    made.fit()
    made.pan(0)
    made.set_width(made.width)
    made.set_steps(steps)
    assert told == []
    made.set_width(1234.0)
    assert len(told) == 1
    made.set_steps(steps + 20)
    assert len(told) == 2
    made.zoom(1.5, 300)
    assert len(told) == 3


@pytest.mark.parametrize("steps", range(1, FEW + 1))
@pytest.mark.parametrize("width", [400, 900, 2000])
def test_so_few_steps_fill_the_room(steps, width):
    made = Columns(steps)
    made.set_width(width)
    assert made.x(0.5) == pytest.approx(made.LEFT) and made.right == pytest.approx(made.LEFT + made.room)
    made.zoom(2.0, made.x(1))
    assert made.column <= made.widest * (1 + 1e-9)


def test_few_steps_are_not_stretched_and_stand_in_the_middle():
    made = Columns(4)
    made.set_width(2000)
    assert made.column == WIDEST
    middle = made.LEFT + made.room / 2
    assert (made.x(2), made.x(3), made.right) == pytest.approx((middle - 100, middle + 100, middle + 2 * WIDEST))
    assert made.step_at(0) == 1 and made.step_at(1999) == 4
    made.zoom(3, middle)
    assert made.whole
