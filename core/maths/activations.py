"""Activation functions s = φ(h), each beside its derivative and beside both as they are written.

All are elementwise on float64 arrays of any shape, and write into `out` where it is given; `slope` must not get `h` or
`s` as its `out`. A NaN in h stays one in s, and in the slope of every function that has a varying one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.errors import one_named


@dataclass(frozen=True)
class Activation:
    """A function beside its derivative: `f(h, out=None)` is φ(h), `slope(h, s, out=None)` is dφ/dh where s = φ(h).

    `tex` and `text` are φ of {h}. `slope_tex` and `slope_text` are φ′ as a factor, "" where it is 1: of {h}, {s} and
    its {square}, with the {times} and {minus} of a notation. `sign` stands beside an arrow.
    """

    name: str
    title: str
    sign: str
    f: Callable[..., np.ndarray]
    slope: Callable[..., np.ndarray]
    tex: str
    slope_tex: str
    text: str
    slope_text: str
    kinks: tuple[float, ...] = ()  # there is no derivative at these h: difference quotients across them prove nothing

    def applied(self, h: str, tex: bool) -> str:
        """φ of something written."""
        return (self.tex if tex else self.text).format(h=h)


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


def _hard_sigmoid(reach: float, h: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    # h is cut off first, so that it is exactly 0 and 1 from ±reach on, and has its slope up to there.
    out = np.maximum(h, -reach, out=out)
    np.minimum(out, reach, out=out)
    np.divide(out, 2.0 * reach, out=out)
    return np.add(out, 0.5, out=out)


def _hard_sigmoid_slope(reach: float, h: np.ndarray, s: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    # 1/(2·reach) where |h| < reach, else 0; the kinks count as 0. A NaN passes through all of these.
    out = np.abs(h, out=out)
    np.subtract(reach, out, out=out)
    np.maximum(out, 0.0, out=out)
    np.sign(out, out=out)
    return np.divide(out, 2.0 * reach, out=out)


def _hard(name: str, title: str, reach: float) -> Activation:
    """max(0, min(1, h / (2·reach) + ½)): straight from −reach to reach."""
    over, least = f"{2 * reach:g}", f"{reach:g}"
    return Activation(
        name,
        title,
        "hard σ",
        partial(_hard_sigmoid, reach),
        partial(_hard_sigmoid_slope, reach),
        rf"\max(0, \min(1, \frac{{{{{{h}}}}}}{{{{{over}}}}} + \frac{{{{1}}}}{{{{2}}}}))",
        rf"\frac{{{{[\,|{{h}}| < {least}\,]}}}}{{{{{over}}}}}",
        f"max(0, min(1, {{h}}/{over} + 1/2))",
        f"[|{{h}}| < {least}]/{over}",
        kinks=(-reach, reach),
    )


TANH = Activation(
    "tanh",
    "tanh",
    "tanh",
    np.tanh,
    _tanh_slope,
    r"\tanh({h})",
    "(1{minus}{square})",
    "tanh({h})",
    "(1{minus}{square})",
)
RELU = Activation(
    "relu",
    "ReLU",
    "ReLU",
    _relu,
    _relu_slope,
    r"\max(0, {h})",
    "[{h} > 0]",
    "max(0, {h})",
    "[{h} > 0]",
    kinks=(0.0,),
)
SIGMOID = Activation(
    "sigmoid",
    "sigmoid",
    "σ",
    _sigmoid,
    _sigmoid_slope,
    r"\sigma({h})",
    "{s}{times}(1{minus}{s})",
    "σ({h})",
    "{s}{times}(1{minus}{s})",
)
IDENTITY = Activation("identity", "identity", "=", _identity, _identity_slope, "{h}", "", "{h}", "")
HARD_SIGMOID = _hard("hard-sigmoid", "hard sigmoid", 3.0)  # of Keras 3, of PyTorch's nn.Hardsigmoid
HARD_SIGMOID_KERAS_2 = _hard("hard-sigmoid-keras2", "hard sigmoid of Keras 2", 2.5)  # 0.2·h + 0.5 (Theano's, too)

ACTIVATIONS = (TANH, RELU, SIGMOID, IDENTITY, HARD_SIGMOID, HARD_SIGMOID_KERAS_2)
KINKS = {activation.name: activation.kinks for activation in ACTIVATIONS if activation.kinks}


def activation_named(name: str) -> Activation:
    """Return the activation of that name. Raises InputError, listing the known ones."""
    return one_named(name, ACTIVATIONS, "There is no activation “{name}”; the activations are {known}.")
