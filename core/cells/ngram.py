"""A count model as a network: each hidden unit stands for one context, and the read-out holds what followed it."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace

import numpy as np

from core.cells.base import Record, Row
from core.cells.feedforward import TAPS, Feedforward
from core.choices import Choices
from core.errors import InputError
from core.maths.activations import RELU
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, linear


class NGram(Feedforward):
    """h_t = (x_t, x_{t−1} … x_{t−taps+1})·U + b,  s_t = max(0, h_t), with U and b such that s_t is one-hot: 1 for the
    unit whose context these last inputs are, 0 for all others (core.counts; Shannon 1948).

    An n-gram model with n = taps + 1. `hidden` units know the most frequent contexts of the data; where none of them is
    met, b_z alone answers, which holds the counts of all steps together. Nothing is learned by gradients: V and b_z are
    counted, with one added to each count (Laplace; Jurafsky & Martin, chapter 3). A context is met or it is not, so
    inputs have to be 0 or one same number (bits, characters); a context of measured numbers would never come twice.
    """

    name = "ngram"
    title = "n-gram"
    note = "no BPTT: what follows each context is counted"
    tapped = True
    stackable = False
    family = "without BPTT"
    learned = False
    readout = "counts"
    options = (TAPS,)

    @classmethod
    def refuse(cls, experiment: Choices) -> None:
        """Raises InputError where it would have to read its own outputs: they are no symbols; and without biases, by
        which a unit finds its context."""
        if not experiment.biases:
            raise InputError("biases: a unit of the cell ngram finds its context by its bias b; switch biases on.")
        if experiment.output_feedback or experiment.structure == "1-n-feedback":
            raise InputError(
                "The cell ngram compares inputs with the contexts it has counted, and outputs fed back are no symbols; "
                "switch output_feedback off, or choose another structure."
            )

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return Record("h", "pre-activation", "1 where the context is met"), Record("s", "state", "context")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return Row("h", "match with each context", ("h",), ("h",)), Row("s", "context", ("s",), ("s",))

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return linear("h", ("x", "U"), bias="b", at=(1, 1)), activate("s", RELU.name, "h", at=(2, 1))

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b is there already;  s_t = max(0, h_t)."""
        RELU.f(r.h[t], r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        return SimpleNamespace(h=np.empty_like(r.h), s=np.zeros_like(r.s), slope=RELU.slope(r.h, r.s))

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """From s_t = max(0, h_t):

        ∂L/∂h_t = ∂L/∂s_t ⊙ [h_t > 0]
        """
        np.multiply(d.s[t], d.slope[t], d.h[t])


def detectors(contexts: Array, level: float, units: int) -> tuple[Array, Array]:
    """U (I, H) and b (H,) that give h = 1 where x is level times a row of `contexts` (N, I) of 0 and 1, N ≤ H, and at
    most −1 elsewhere.

    U = 2(2c − 1)/level and b = 1 − 2Σc, so that h is 1 minus twice the number of places that differ. Units without a
    context have U = 0 and b = −1.
    """
    u, b = np.zeros((contexts.shape[1], units)), np.full(units, -1.0)
    u[:, : len(contexts)] = 2.0 * (2.0 * contexts.T - 1.0) / level
    b[: len(contexts)] = 1.0 - 2.0 * contexts.sum(axis=1)
    return u, b
