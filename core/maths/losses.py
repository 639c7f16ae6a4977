"""Losses, each beside its derivative, and the run's loss L = (1/B)·Σ_batch Σ_{t supervised} ℓ_t; of a gradient that is
handed in, which nothing may rescale, the sum alone: L = Σ_batch Σ_t ℓ_t.

Shapes: z, a, y are (T, B, O): the output's pre-activation (logits), the output and the target; supervised is (T,) bool.
The outputs are matched to their losses, so that ∂ℓ/∂z = a − y for all three of LOSSES (Bishop 2006, section 4.3.6).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.errors import one_named
from core.maths.activations import IDENTITY, SIGMOID


@dataclass(frozen=True)
class Loss:
    """`output(z)` is a; `value(z, y)` is ℓ, (T, B), summed over the outputs; `gradient(z, a, y)` is ∂ℓ/∂z, (T, B, O).

    `output_back(a, da)` takes a gradient on the output a back to z, for networks that use a again.
    """

    name: str
    title: str
    output: Callable[[np.ndarray], np.ndarray]
    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    output_tex: str
    tex: str
    output_text: str
    text: str
    output_back: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda a, da: da
    function: str = IDENTITY.name  # the output's, as `core.maths.operations` names it
    mean: bool = True  # over the batch; else the sum
    compares: bool = True  # the output with a target y; else y is the gradient on the output itself

    def divisor(self, batch: int) -> int:
        """What the sum over the samples of a batch is divided by."""
        return batch if self.mean else 1


def softmax(z: np.ndarray) -> np.ndarray:
    """Return exp(z)/Σ exp(z) over the last axis, shifted by its maximum so that nothing overflows."""
    a = np.exp(z - z.max(axis=-1, keepdims=True))
    a /= a.sum(axis=-1, keepdims=True)
    return a


def _output_minus_target(z: np.ndarray, a: np.ndarray, y: np.ndarray) -> np.ndarray:
    return a - y


def _over_outputs(terms: np.ndarray) -> np.ndarray:
    # the sum over the last axis; of a single output it is that one, without a sum that takes as long as three products
    return terms[..., 0] if terms.shape[-1] == 1 else np.add.reduce(terms, axis=-1)


def _product(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (y * z).sum(axis=-1)


def _handed_in(z: np.ndarray, a: np.ndarray, y: np.ndarray) -> np.ndarray:
    return y


def _squared(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    squares = z - y
    np.multiply(squares, squares, squares)
    squares *= 0.5
    return _over_outputs(squares)


def _binary(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    # log(1 + exp(z)) − y·z, written so that it neither overflows nor cancels where the output is sure and right. The
    # smaller of z and −z is −|z|, and for complex numbers, which are compared by their real parts, still analytic.
    return (np.maximum(z, 0.0) - y * z + np.log1p(np.exp(np.minimum(z, -z)))).sum(axis=-1)


def _categorical(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    # log Σ exp(z) − Σ y·z; taking the maximum away first changes nothing, since each target sums to 1.
    z = z - z.max(axis=-1, keepdims=True)
    return np.log(np.exp(z).sum(axis=-1)) - (y * z).sum(axis=-1)


SQUARED = Loss(
    "squared", "squared error", IDENTITY.f, _squared, _output_minus_target,
    r"z", r"\frac{1}{2} \sum (a - y)^2", "z", "½ Σ (a − y)²",
)  # fmt: skip
BINARY = Loss(
    "binary", "binary cross-entropy", SIGMOID.f, _binary, _output_minus_target,
    r"\sigma(z)", r"-\sum \left( y \ln a + (1 - y) \ln(1 - a) \right)", "σ(z)", "−Σ (y ln a + (1 − y) ln(1 − a))",
    lambda a, da: da * a * (1.0 - a), function=SIGMOID.name,
)  # fmt: skip
CATEGORICAL = Loss(
    "categorical", "categorical cross-entropy", softmax, _categorical, _output_minus_target,
    r"\mathrm{softmax}(z)", r"-\sum y \ln a", "softmax(z)", "−Σ y ln a",
    lambda a, da: a * (da - (a * da).sum(axis=-1, keepdims=True)), function="softmax",
)  # fmt: skip

# y is the gradient on the output, so that ∂L/∂z = y exactly, whatever is above: L is linear in what it is handed to.
GIVEN = Loss(
    "given", "a gradient handed in", IDENTITY.f, _product, _handed_in,
    r"z", r"\sum y \, a", "z", "Σ y·a", mean=False, compares=False,
)  # fmt: skip

LOSSES = (SQUARED, BINARY, CATEGORICAL)  # of targets


def loss_named(name: str) -> Loss:
    """Return the loss of that name. Raises InputError, listing the known ones."""
    return one_named(name, (*LOSSES, GIVEN), "There is no loss “{name}”; the losses are {known}.")


def total(
    loss: Loss,
    z: np.ndarray,
    a: np.ndarray,
    y: np.ndarray,
    supervised: np.ndarray,
    counted: np.ndarray | None = None,
    at: slice | np.ndarray | None = None,
) -> tuple[np.ndarray, float]:
    """Return loss_t, (T,), the batch's mean (or sum) of ℓ_t, exactly 0 where t is not supervised, and their sum L.

    `counted` (T, B): where a sample's ℓ_t counts (None: all); what does not is 0 in the mean. `at` is
    `where(supervised)`, for a caller that has it. Every loss is computed from the logits z, never from a, which may
    have rounded to 0 or 1. Of complex z both are complex.
    """
    loss_t = np.zeros(len(z), dtype=z.dtype)
    at = where(supervised) if at is None else at
    terms = loss.value(z[at], y[at])
    if counted is not None:
        terms = np.where(counted[at], terms, 0.0)
    loss_t[at] = np.add.reduce(terms, axis=-1) / loss.divisor(z.shape[1])  # a sum without what its method does before
    return loss_t, np.add.reduce(loss_t).item()


def output_gradient(
    loss: Loss,
    z: np.ndarray,
    a: np.ndarray,
    y: np.ndarray,
    supervised: np.ndarray,
    counted: np.ndarray | None = None,
    at: slice | np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return dz = ∂L/∂z, (T, B, O), with the batch's 1/B in it where L has it, exactly 0 where t is not supervised or
    not counted. `at` is `where(supervised)`, for a caller that has it; `out` gets dz, and is 0 where nothing is
    supervised."""
    dz = np.zeros(z.shape) if out is None else out
    at = where(supervised) if at is None else at
    dz[at] = loss.gradient(z[at], a[at], y[at]) / loss.divisor(z.shape[1])
    if counted is not None:
        dz[~counted] = 0.0
    return dz


def where(supervised: np.ndarray) -> slice | np.ndarray:
    """Return what picks the supervised steps: a slice, which copies nothing, where no step between them is left out."""
    found = _between(supervised.tobytes())
    return supervised if found is None else found


@lru_cache(maxsize=64)
def _between(supervised: bytes) -> slice | None:
    # a byte a step, 1 where it is supervised: those of a training's updates are mostly the same ones
    first, stop = supervised.find(1), supervised.rfind(1) + 1
    return slice(first, stop) if stop and supervised.count(1) == stop - first else None
