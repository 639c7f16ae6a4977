"""Every activation against independent formulas, autograd and difference quotients."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from core.errors import InputError
from core.maths.activations import (
    ACTIVATIONS,
    HARD_SIGMOID,
    HARD_SIGMOID_KERAS_2,
    RELU,
    SIGMOID,
    Activation,
    activation_named,
)

ORACLES = {
    "tanh": anp.tanh,
    "relu": lambda h: anp.where(h > 0, h, 0.0),
    "sigmoid": lambda h: 1.0 / (1.0 + anp.exp(-h)),
    "identity": lambda h: 1.0 * h,
    "hard-sigmoid": lambda h: anp.where(h <= -3, 0.0, anp.where(h >= 3, 1.0, h / 6 + 0.5)),
    "hard-sigmoid-keras2": lambda h: anp.where(h <= -2.5, 0.0, anp.where(h >= 2.5, 1.0, 0.2 * h + 0.5)),
}
every_activation = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda activation: activation.name)
pre_activations = arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=st.floats(-30, 30))


def test_every_activation_has_an_oracle():
    assert {activation.name for activation in ACTIVATIONS} == set(ORACLES)


@every_activation
@given(h=pre_activations)
def test_value_and_slope_agree_with_autograd(activation: Activation, h: np.ndarray):
    s = activation.f(h)
    np.testing.assert_allclose(s, ORACLES[activation.name](h), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(activation.slope(h, s), elementwise_grad(ORACLES[activation.name])(h), atol=1e-15)


@every_activation
@given(h=pre_activations)
def test_slope_agrees_with_difference_quotients(activation: Activation, h: np.ndarray):
    step = 1e-6
    for kink in activation.kinks:
        h = h[np.abs(h - kink) > step]
    quotient = (activation.f(h + step) - activation.f(h - step)) / (2 * step)
    np.testing.assert_allclose(activation.slope(h, activation.f(h)), quotient, atol=1e-8)


@every_activation
@given(h=pre_activations)
def test_out_is_filled_and_the_inputs_are_left_alone(activation: Activation, h: np.ndarray):
    before = h.copy()
    out = np.full(h.shape, 7.0)
    assert activation.f(h, out=out) is out
    s = activation.f(h)
    assert s is not h
    assert s.dtype == np.float64
    np.testing.assert_array_equal(out, s)
    s_before = s.copy()
    assert activation.slope(h, s, out=out) is out
    np.testing.assert_array_equal(out, activation.slope(h, s))
    np.testing.assert_array_equal(h, before)
    np.testing.assert_array_equal(s, s_before)


@every_activation
def test_largest_numbers_raise_no_floating_point_fault(activation: Activation):
    h = np.array([-1e308, -1e4, -745.0, 0.0, 745.0, 1e4, 1e308])
    with np.errstate(all="raise", under="ignore"):
        s = activation.f(h)
        slope = activation.slope(h, s)
    assert np.isfinite(s).all()
    assert np.isfinite(slope).all()


def test_sigmoid_saturates_exactly():
    np.testing.assert_array_equal(SIGMOID.f(np.array([-1e308, 0.0, 1e308])), [0.0, 0.5, 1.0])


def test_where_the_kinks_are_and_that_the_slope_is_0_there():
    assert {activation.name: activation.kinks for activation in ACTIVATIONS if activation.kinks} == {
        "relu": (0.0,),
        "hard-sigmoid": (-3.0, 3.0),
        "hard-sigmoid-keras2": (-2.5, 2.5),
    }
    for hard in (HARD_SIGMOID, HARD_SIGMOID_KERAS_2):
        ends = np.array(hard.kinks)
        np.testing.assert_array_equal(hard.f(ends), [0.0, 1.0])
        np.testing.assert_array_equal(hard.slope(ends, hard.f(ends)), [0.0, 0.0])
        inside = np.nextafter(ends, 0.0)
        np.testing.assert_array_equal(hard.slope(inside, hard.f(inside)), 2 * [0.5 / ends[1]])
    h = np.array([-1.0, -0.0, 0.0, 5e-324, 2.0])
    np.testing.assert_array_equal(RELU.slope(h, RELU.f(h)), [0.0, 0.0, 0.0, 1.0, 1.0])


@every_activation
def test_nan_is_not_hidden(activation: Activation):
    h = np.array([np.nan])
    assert np.isnan(activation.f(h)).all()
    assert activation.name == "identity" or np.isnan(activation.slope(h, activation.f(h))).all()


def test_lookup():
    assert [activation_named(activation.name) for activation in ACTIVATIONS] == list(ACTIVATIONS)
    with pytest.raises(InputError, match=r"“step”.*tanh, relu, sigmoid, identity"):
        activation_named("step")
