"""The optimizers against their formulas, by hand for two updates, and against figures that PyTorch gave."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.training.optimizers import OPTIMIZERS, SGD, Adam, RMSProp, optimizer_named
from tests.core.training import from_torch
from tests.core.training.from_torch import CASES, RATE, first_parameters, gradients

FIRST, SECOND = np.array([0.5, -2.0, 0.0]), np.array([-1.0, 4.0, 0.0])  # two gradients; the last entry never has one


def after_two(optimizer) -> np.ndarray:
    """Where (1, −1, 3) is after the two gradients."""
    parameters = np.array([1.0, -1.0, 3.0])
    for gradient in (FIRST, SECOND):
        kept = gradient.copy()
        optimizer.step(parameters, gradient)
        assert np.array_equal(gradient, kept), "the gradient was changed"
    return parameters


def test_sgd_by_hand():
    """1 − 0.1·0.5 + 0.1·1 and −1 + 0.1·2 − 0.1·4."""
    assert after_two(SGD(0.1)) == pytest.approx([1.05, -1.2, 3.0], abs=1e-15)


def test_momentum_by_hand():
    """μ = 0.5: v = 0.5, then 0.25 − 1 = −0.75;  v = −2, then −1 + 4 = 3."""
    expected = [1.0 - 0.1 * 0.5 + 0.1 * 0.75, -1.0 + 0.1 * 2.0 - 0.1 * 3.0, 3.0]
    assert after_two(SGD(0.1, momentum=0.5)) == pytest.approx(expected, abs=1e-15)


def test_adam_by_hand():
    """β₁ = 0.5, β₂ = 0.75, ε = 0.01, both updates written out for each entry.

    First: m = g/2 and v = g²/4, so m̂ = g and v̂ = g². Second: m = g₁/4 + g₂/2, m̂ = m/(3/4); v = 3g₁²/16 + g₂²/4,
    v̂ = v/(7/16).
    """
    expected = [3.0] * 3
    for k, start in ((0, 1.0), (1, -1.0)):
        one, two = FIRST[k], SECOND[k]
        theta = start - 0.1 * one / (abs(one) + 0.01)
        mean = (one / 4 + two / 2) / (3 / 4)
        square = (3 * one**2 / 16 + two**2 / 4) / (7 / 16)
        expected[k] = theta - 0.1 * mean / (math.sqrt(square) + 0.01)
    assert after_two(Adam(0.1, beta1=0.5, beta2=0.75, epsilon=0.01)) == pytest.approx(expected, abs=1e-15)


def test_the_first_step_of_adam_is_the_rate_in_every_direction():
    """Kingma & Ba 2015, section 2.1: |Δθ| ≈ η, whatever the scale of g."""
    parameters = np.zeros(3)
    Adam(0.01).step(parameters, np.array([1e-3, -5.0, 1e4]))
    assert parameters == pytest.approx([-0.01, 0.01, -0.01], rel=1e-4)


OURS = {
    "sgd": lambda: SGD(RATE),
    "sgd with momentum": lambda: SGD(RATE, momentum=0.9),
    "rmsprop": lambda: RMSProp(RATE),
    "rmsprop with momentum": lambda: RMSProp(RATE, decay=0.9, momentum=0.8, epsilon=1e-4),
    "adam": lambda: Adam(RATE),
    "adam with other choices": lambda: Adam(RATE, beta1=0.8, beta2=0.95, epsilon=1e-4),
}
TORCH = json.loads(Path(from_torch.__file__).with_suffix(".json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_pytorch_goes_the_same_way(case):
    """At each of 50 updates, to 1e-12, with figures that torch.optim gave (from_torch.py)."""
    optimizer, parameters, found = OURS[case](), np.array(first_parameters()), []
    for gradient in gradients():
        optimizer.step(parameters, np.array(gradient))
        found.append(parameters.copy())
    np.testing.assert_allclose(found, TORCH["parameters"][case], rtol=1e-12, atol=1e-14)


def test_rmsprop_by_hand():
    """α = 0.75, ε = 0.01: q = g²/4, then 3g₁²/16 + g₂²/4; with μ = 0.5 half of the first step is in the second."""
    expected = [3.0] * 3
    for k, begin in ((0, 1.0), (1, -1.0)):
        one, two = FIRST[k], SECOND[k]
        first = one / (abs(one) / 2 + 0.01)
        second = first / 2 + two / (math.sqrt(3 * one**2 / 16 + two**2 / 4) + 0.01)
        expected[k] = begin - 0.1 * first - 0.1 * second
    assert after_two(RMSProp(0.1, decay=0.75, momentum=0.5, epsilon=0.01)) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("case", CASES)
def test_a_state_is_all_that_it_takes_to_go_on(case):
    whole, first, second = OURS[case](), OURS[case](), OURS[case]()
    expected, parameters = np.array(first_parameters()), np.array(first_parameters())
    for k, gradient in enumerate(map(np.array, gradients())):
        whole.step(expected, gradient)
        (first if k < 20 else second).step(parameters, gradient)
        if k == 19:
            state = first.state()
            second.restore(state)
            kept = {name: array.copy() for name, array in state.items()}
            first.step(parameters.copy(), gradient)
    assert np.array_equal(parameters, expected)
    assert all(np.array_equal(state[name], array) for name, array in kept.items()), "a state is a copy"


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.name)
def test_every_optimizer_finds_the_bottom_of_a_bowl(kind):
    """½θᵀAθ with curvatures 1 and 5: the listed rates reach the bottom, and it is found by its name."""
    assert optimizer_named(kind.name) is kind
    optimizer, parameters = kind(), np.array([1.0, -2.0])
    for _ in range(6000):
        optimizer.step(parameters, np.array([1.0, 5.0]) * parameters)
    assert np.abs(parameters).max() < 1e-3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: SGD(0.0), "rate: 0 cannot be used; give a number above 0 and at most 1e6."),
        (lambda: Adam(math.nan), "rate: nan cannot be used; give a number above 0 and at most 1e6."),
        (lambda: SGD(0.1, momentum=1.0), "momentum: 1 cannot be used; give a number from 0 to below 1."),
        (lambda: Adam(0.1, beta2=1.0), "beta2: 1 cannot be used; give a number from 0 to below 1."),
        (lambda: RMSProp(0.1, decay=1.0), "decay: 1 cannot be used; give a number from 0 to below 1."),
        (lambda: RMSProp(0.1, momentum=-0.1), "momentum: -0.1 cannot be used; give a number from 0 to below 1."),
        (lambda: Adam(0.1, epsilon=0.0), "epsilon: 0 cannot be used; give a number above 0 and at most 1."),
        (lambda: optimizer_named("lbfgs"), "optimizer: there is no “lbfgs”; choose one of sgd, rmsprop, adam."),
    ],
)
def test_what_cannot_be_used_is_refused(wrong, sentence):
    with pytest.raises(InputError) as refused:
        wrong()
    assert str(refused.value) == sentence
