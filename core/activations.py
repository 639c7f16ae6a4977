"""Activation functions s = φ(h), each beside its derivative.

All are elementwise on float64 arrays of any shape, and write into `out` where it is given; `slope` must not get `h` or
`s` as its `out`. A NaN in h stays one in s, and in the slope of every function that has a varying one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.files.reading import quoted


@dataclass(frozen=True)
class Activation:
    """A function beside its derivative: `f(h, out=None)` is φ(h), `slope(h, s, out=None)` is dφ/dh where s = φ(h)."""

    name: str
    title: str
    f: Callable[..., np.ndarray]
    slope: Callable[..., np.ndarray]
    tex: str
    slope_tex: str
    text: str
    slope_text: str
    kinked: bool = False  # at h = 0 there is no derivative: difference quotients across it prove nothing


def _tanh_slope(h: np.ndarray, s: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    out = np.multiply(s, s, out=out)
    return np.subtract(1.0, out, out=out)


def _relu(h: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    return np.maximum(h, 0.0, out=out)


def _relu_slope(h: np.ndarray, s: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    # s is never negative, so its sign is the slope: 1 where h > 0, else 0; the kink at h = 0 counts as 0.
    return np.sign(s, out=out)


def _sigmoid(h: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    # 1/(1 + exp(−h)) is right for small outputs too, where ½ + ½·tanh(½·h) has lost its digits, and is quicker.
    out = np.negative(h, out=out)
    with np.errstate(over="ignore"):  # 1/(1 + ∞) is the right 0
        np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    return np.reciprocal(out, out=out)


def _sigmoid_slope(h: np.ndarray, s: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    out = np.subtract(1.0, s, out=out)
    return np.multiply(out, s, out=out)


def _identity(h: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    return np.positive(h, out=out)  # a copy, never h itself


def _identity_slope(h: np.ndarray, s: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    if out is None:
        return np.ones(np.shape(s))
    out.fill(1.0)
    return out


TANH = Activation("tanh", "tanh", np.tanh, _tanh_slope, r"\tanh(h)", r"1 - s^2", "tanh(h)", "1 − s²")
RELU = Activation(
    "relu", "ReLU", _relu, _relu_slope, r"\max(0, h)", r"[h > 0]", "max(0, h)", "1 where h > 0, else 0", kinked=True
)
SIGMOID = Activation(
    "sigmoid", "sigmoid", _sigmoid, _sigmoid_slope, r"\sigma(h)", r"s \odot (1 - s)", "σ(h)", "s ⊙ (1 − s)"
)
IDENTITY = Activation("identity", "identity", _identity, _identity_slope, r"h", r"1", "h", "1")

ACTIVATIONS = (TANH, RELU, SIGMOID, IDENTITY)


def activation_named(name: str) -> Activation:
    """Return the activation of that name. Raises InputError, listing the known ones."""
    for activation in ACTIVATIONS:
        if activation.name == name:
            return activation
    known = ", ".join(each.name for each in ACTIVATIONS)
    raise InputError(f"There is no activation “{quoted(name)}”; the activations are {known}.")
