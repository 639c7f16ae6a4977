"""The line of beats: its arithmetic is its own inverse, and what is done by a position is what the beats say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, UPDATE, Time, Timeline
from tests.core.strategies import RELAXED

STEPS = st.integers(1, 1000)


@st.composite
def places(draw):
    """A line and a position on it, whole or between beats."""
    line = Timeline(draw(STEPS))
    beat = draw(st.integers(0, line.last))
    return line, max(0.0, beat - draw(st.sampled_from((0.0, 0.5, 0.25)) | st.floats(0, 1, exclude_max=True)))


@pytest.mark.parametrize("steps", [1, 2, 3, 50, 1000])
def test_the_beats_come_in_the_order_of_computation(steps):
    line = Timeline(steps)
    expected = [(START, 0)]
    expected += [(FORWARD, t) for t in range(1, steps + 1)]
    expected += [(LOSS, 0)]
    expected += [(BACKWARD, t) for t in range(steps, 0, -1)]
    expected += [(ACCUMULATE, 0), (UPDATE, 0)]
    assert [line.beat(i)[:2] for i in range(len(line))] == expected
    assert (line.complete, line.last) == (2 * steps + 2, 2 * steps + 3)


@RELAXED
@given(STEPS, st.data())
def test_beat_and_index_are_inverse(steps, data):
    line = Timeline(steps)
    i = data.draw(st.integers(0, line.last))
    phase, t, fraction, _ = line.beat(i)
    assert fraction == 1.0
    assert line.index(phase, t) == i
    assert line.at(i) == line.beat(i)
    assert line.position(line.beat(i)) == i


@RELAXED
@given(places())
def test_at_and_position_are_inverse(place):
    line, position = place
    time = line.at(position)
    assert time.phase in (START, FORWARD, LOSS, BACKWARD, ACCUMULATE, UPDATE)
    assert 0.0 < time.fraction <= 1.0
    assert line.position(time) == pytest.approx(position, abs=1e-9)


@RELAXED
@given(STEPS, st.floats(allow_nan=False))
def test_a_position_beside_the_line_is_clamped_to_it(steps, position):
    line = Timeline(steps)
    time = line.at(position)
    if position <= 0:
        assert time == line.beat(0)
    if position >= line.last:
        assert time == line.beat(line.last)


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_a_beat_beside_the_line_is_an_error(steps):
    line = Timeline(steps)
    for i in (-1, len(line)):
        with pytest.raises(IndexError, match=f"beat {i} is not on a line of {len(line)} beats"):
            line.beat(i)
    with pytest.raises(ValueError, match="no phase 'sideways'"):
        line.index("sideways", 1)


@RELAXED
@given(STEPS, STEPS, st.sampled_from((FORWARD, BACKWARD)), st.floats(1e-6, 1))
def test_a_time_of_a_longer_run_is_clamped_to_this_one(steps, t, phase, fraction):
    line = Timeline(steps)
    assert line.at(line.position(Time(phase, t, fraction)))[:2] == (phase, min(t, steps))


@RELAXED
@given(STEPS)
def test_the_spans_tile_the_line_after_its_start(steps):
    line = Timeline(steps)
    beats = [(phase, i) for phase, first, last in line.spans() for i in range(first, last + 1)]
    assert beats == [(line.beat(i).phase, i) for i in range(1, len(line))]


@RELAXED
@given(places())
def test_what_is_done_is_what_the_beats_up_to_a_position_did(place):
    line, position = place
    done = [line.beat(i) for i in range(int(position) + 1)]
    forward = {time.t for time in done if time.phase == FORWARD}
    backward = {time.t for time in done if time.phase == BACKWARD}
    assert line.forward_done(position) == len(forward)
    assert forward == set(range(1, line.forward_done(position) + 1))
    assert backward == set(range(line.backward_reached(position), line.steps + 1))


@RELAXED
@given(places(), st.data())
def test_progress_never_turns_back(place, data):
    line, position = place
    later = data.draw(st.floats(position, line.last))
    assert line.forward_done(position) <= line.forward_done(later)
    assert line.backward_reached(position) >= line.backward_reached(later)


@RELAXED
@given(places())
def test_the_end_that_lies_ahead_is_that_of_the_gradients_then_that_of_the_update(place):
    line, position = place
    end = line.end_from(position)
    assert line.beat(end).phase == (ACCUMULATE if position < line.complete else UPDATE)
    assert end > position or position == line.last
    assert line.end_from(line.end_from(end)) == line.last


@RELAXED
@given(places(), STEPS, st.integers(-20, 20))
def test_a_run_beside_another_is_in_the_same_beat_of_the_same_column(place, steps, shift):
    other, position = place
    own, time = Timeline(steps), other.at(position)
    there = own.aligned(position, other, shift)
    found = own.at(there)
    if time.phase not in (FORWARD, BACKWARD):
        assert found[:2] == time[:2] and found.fraction == pytest.approx(time.fraction, abs=1e-9)
    elif 1 <= time.t - shift <= steps:
        assert there == pytest.approx(own.position(time._replace(t=time.t - shift)), abs=1e-9)
    else:  # it waits: nothing of the pass is done, or all of it
        ahead = (time.t - shift < 1) == (time.phase == FORWARD)
        begin = 0 if time.phase == FORWARD else own.index(LOSS)
        assert there == begin + (0 if ahead else own.beats)


@given(places())
def test_a_run_of_another_number_of_sweeps_is_as_far_in_its_pass(place):
    other, position = place
    own = Timeline(other.steps, ((1, other.steps), (1, other.steps)))
    there, beats = own.aligned(position, other), other.beats
    if position <= beats:
        assert there == pytest.approx(2 * position)
    elif beats + 1 < position <= 2 * beats + 1:
        assert there == pytest.approx(2 * beats + 1 + 2 * (position - beats - 1))
