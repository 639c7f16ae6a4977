"""Every loss against the textbook's formula, autograd, and numbers at the edge of what a float can hold."""

import math

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.maths.losses import BINARY, CATEGORICAL, LOSSES, SQUARED, Loss, loss_named, output_gradient, softmax, total


def squared(z, y):
    return 0.5 * anp.sum((z - y) ** 2, axis=-1)


def binary(z, y):
    a = 1.0 / (1.0 + anp.exp(-z))
    return -anp.sum(y * anp.log(a) + (1.0 - y) * anp.log(1.0 - a), axis=-1)


def categorical(z, y):
    a = anp.exp(z) / anp.sum(anp.exp(z), axis=-1, keepdims=True)
    return -anp.sum(y * anp.log(a), axis=-1)


TEXTBOOK = {"squared": squared, "binary": binary, "categorical": categorical}
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)


def drawn(loss: Loss, steps: int, batch: int, outputs: int, seed: int):
    """Logits, targets of the loss's kind, and a random mask with at least one supervised step."""
    rng = np.random.default_rng(seed)
    z = 3.0 * rng.standard_normal((steps, batch, outputs))
    if loss is SQUARED:
        y = rng.standard_normal(z.shape)
    elif loss is BINARY:
        y = rng.integers(0, 2, z.shape).astype(float)
    else:
        y = np.eye(outputs)[rng.integers(0, outputs, (steps, batch))]
    supervised = rng.random(steps) < 0.5
    supervised[rng.integers(steps)] = True
    return z, y, supervised


shapes = given(st.integers(1, 12), st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**31))


def test_the_three_losses_by_name():
    assert [loss.name for loss in LOSSES] == ["squared", "binary", "categorical"] == list(TEXTBOOK)
    assert [loss_named(loss.name) for loss in LOSSES] == list(LOSSES)
    with pytest.raises(InputError, match=r"“hinge”.*squared, binary, categorical"):
        loss_named("hinge")


@every_loss
@shapes
def test_value_is_the_textbooks(loss: Loss, steps: int, batch: int, outputs: int, seed: int):
    z, y, _ = drawn(loss, steps, batch, outputs, seed)
    value = loss.value(z, y)
    assert value.shape == (steps, batch)
    np.testing.assert_allclose(value, TEXTBOOK[loss.name](z, y), rtol=1e-9, atol=1e-12)


@every_loss
@shapes
def test_gradient_is_autograds_derivative_of_the_runs_loss(loss: Loss, steps: int, batch: int, outputs: int, seed: int):
    z, y, supervised = drawn(loss, steps, batch, outputs, seed)

    def run_loss(z):
        return anp.sum(TEXTBOOK[loss.name](z, y) * supervised[:, None]) / batch

    a = loss.output(z)
    loss_t, whole = total(loss, z, a, y, supervised)
    assert loss_t.shape == (steps,)
    assert whole == pytest.approx(run_loss(z), rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(output_gradient(loss, z, a, y, supervised), grad(run_loss)(z), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(loss.gradient(z, a, y), a - y)


@every_loss
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_an_unsupervised_step_counts_exactly_0_whatever_is_in_it(loss: Loss, poison: float):
    z, y, supervised = drawn(loss, 6, 2, 3, seed=1)
    supervised[:] = [False, True, False, False, False, True]
    clean = total(loss, z, loss.output(z), y, supervised)
    a = loss.output(z)
    z[~supervised] = a[~supervised] = y[~supervised] = poison
    loss_t, whole = total(loss, z, a, y, supervised)
    np.testing.assert_array_equal(loss_t, clean[0])
    assert whole == clean[1] > 0.0
    assert (loss_t[~supervised] == 0.0).all()
    dz = output_gradient(loss, z, a, y, supervised)
    assert (dz[~supervised] == 0.0).all()
    assert (dz[supervised] != 0.0).any()


@every_loss
def test_a_supervised_nan_is_not_hidden(loss: Loss):
    z, y, supervised = drawn(loss, 3, 2, 2, seed=2)
    z[supervised] = np.nan
    a = loss.output(z)
    assert math.isnan(total(loss, z, a, y, supervised)[1])
    assert np.isnan(output_gradient(loss, z, a, y, supervised)[supervised]).all()


def test_binary_holds_at_extreme_logits():
    z = np.array([[[1e300]], [[-1e300]], [[1e4]], [[-1e4]], [[40.0]], [[-40.0]]])
    right = (z > 0).astype(float)
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(BINARY.value(z, 1.0 - right)[:4, 0], [1e300, 1e300, 1e4, 1e4])
        sure = BINARY.value(z, right)[:, 0]
        a = BINARY.output(z)
    np.testing.assert_array_equal(sure[:4], 0.0)
    np.testing.assert_allclose(sure[4:], math.exp(-40.0), rtol=1e-12)  # not rounded away against the 40
    assert ((a >= 0.0) & (a <= 1.0)).all()


def test_categorical_holds_at_extreme_logits():
    z = np.array([[[1e300, -1e300, 0.0]], [[-1e4, 1e4, 0.0]]])
    y = np.array([[[0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0]]])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(CATEGORICAL.value(z, y)[:, 0], [2e300, 0.0])
        np.testing.assert_array_equal(CATEGORICAL.output(z)[:, 0], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


@shapes
def test_softmax_is_a_distribution_that_ignores_a_shift(steps: int, batch: int, outputs: int, seed: int):
    z, _, _ = drawn(CATEGORICAL, steps, batch, outputs, seed)
    a = softmax(z)
    np.testing.assert_allclose(a.sum(axis=-1), 1.0, rtol=1e-14)
    np.testing.assert_allclose(softmax(z + 1e3), a, rtol=1e-10)
