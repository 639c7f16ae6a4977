"""What clipping does to the gradient of all parameters together: the angle and the factor of length."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.experiment import natural
from core.maths.clipping import clip, turn_of
from core.recorder import record
from tests.core.oracle import derivatives as oracle

ENTRIES = st.lists(st.floats(-8.0, 8.0).map(lambda v: round(v, 3)), min_size=1, max_size=12)


def gradients(entries, size=1.0):
    """Two parameters made of one list."""
    half = len(entries) // 2
    return {"W": np.array(entries[:half]).reshape(1, -1) * size, "b": np.array(entries[half:]) * size}


def exact_angle(a, b) -> float:
    """Degrees, from rational numbers: tan² = (‖a‖²‖b‖² − (a·b)²) / (a·b)²."""
    a, b = [Fraction(v) for v in a], [Fraction(v) for v in b]
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    cross = sum(x * x for x in a) * sum(y * y for y in b) - dot * dot
    return math.degrees(math.atan(math.sqrt(cross / (dot * dot))))


@given(ENTRIES, st.sampled_from([0.01, 0.5, 2.0, 7.5]))
def test_by_value_turns_the_gradient_by_the_angle_of_exact_arithmetic(entries, limit):
    assume(any(entries))
    before = gradients(entries)
    turn = turn_of(before, clip(before, value=limit)[0])
    cut = [max(-limit, min(limit, v)) for v in entries]
    assert turn.degrees == pytest.approx(exact_angle(entries, cut), abs=1e-12)
    assert turn.factor == pytest.approx(math.hypot(*cut) / math.hypot(*entries), rel=1e-13)
    assert turn.before == pytest.approx(math.hypot(*entries)) and turn.after == pytest.approx(math.hypot(*cut))
    assert 0.0 <= turn.degrees < 90.0  # no entry changes its sign


@given(ENTRIES, st.floats(1e-3, 1e3), st.sampled_from([1e-250, 1e-3, 1.0, 1e200]))
def test_by_norm_keeps_the_direction_and_has_the_factor_that_was_applied(entries, limit, size):
    assume(any(entries))
    before = gradients(entries, size)
    after, factor = clip(before, norm=limit)
    turn = turn_of(before, after)
    assert turn.degrees == pytest.approx(0.0, abs=1e-13)
    assert turn.factor == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize("degrees", [1e-7, 1e-3, 1.0, 45.0, 89.0, 90.0, 135.0, 180.0])
def test_angles_have_all_their_digits(degrees):
    angle = math.radians(degrees)
    turn = turn_of({"W": np.array([3.0, 0.0])}, {"W": np.array([math.cos(angle), math.sin(angle)])})
    assert turn.degrees == pytest.approx(degrees, rel=1e-9) and turn.factor == pytest.approx(1 / 3)


@pytest.mark.parametrize("broken", [[0.0, 0.0], [1.0, math.nan], [math.inf, 1.0]])
def test_what_has_no_direction_has_no_angle(broken):
    turn = turn_of({"W": np.array(broken)}, {"W": np.array([1.0, 0.0])})
    assert math.isnan(turn.degrees) and math.isnan(turn.factor)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([None, 3]), st.sampled_from(["tanh", "lstm", "gru"]))
def test_a_run_keeps_the_gradient_before_clipping_truncated_as_it_is(seed, window, cell):
    chosen = natural("echo", cell=cell, steps=7, weight_seed=seed, truncate=window)
    plain, clipped = record(chosen), record(chosen.with_changes(clip_value=1e-3))
    truth = oracle.of_trace(clipped, window).inputs
    for name, array in clipped.unclipped_parameters.items():
        np.testing.assert_allclose(array, truth[name], rtol=1e-9, atol=1e-13)
        assert array.tobytes() == plain.used_parameters[name].tobytes()
    assert plain.unclipped_parameters is plain.used_parameters
    assert turn_of(clipped.unclipped_parameters, clipped.used_parameters).degrees > 0.0
