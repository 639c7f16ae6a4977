"""A recurrence whose pre-activation is normalised over the batch at every step."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Cell, Factor, Record, Row, carry, sequence
from core.choices import Choices
from core.maths.activations import TANH
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, linear, normalise
from core.options import Option, Slider

EPSILON = Option(
    "epsilon",
    Annotated[float, msgspec.Meta(gt=0.0, le=1.0)],
    1e-3,
    "ε of the variance",
    "Added to the variance over the batch, samples that have ended included: 1e-3 in Keras, 1e-5 in PyTorch.",
    Slider(1e-8, 1.0, decades=True),
    note="batch statistics are over all samples, those that have ended included",
)


class BatchNorm(Cell):
    """h_t = x_t·U + s_{t−1}·W,  m_t = (h_t − μ_t)/√(v_t + ε),  q_t = γ ⊙ m_t + β,  s_t = tanh(q_t).

    μ_t and v_t are the mean and the (population) variance of each unit over the samples of the batch at step t, ε =
    `epsilon` (Ioffe & Szegedy 2015; inside a recurrence Laurent et al. 2016): 1e-3 as in Keras; PyTorch has 1e-5.
    Each step has statistics of its own, and γ, β
    (H,) are shared by all. h has no bias: the mean would take it away again; β is in its place and begins at `bias`,
    γ at 1. There is no second set of statistics for testing: a run is always normalised by its own batch, all of it:
    at every step also by samples that have ended, whose state is copied. So a sample in a batch of different lengths is
    not what it is in one of equal lengths; a step of padding that no sample has changes nothing. Cooijmans et al.
    (2017) normalise x·U and s·W separately, each with a gain.

    The samples of a batch are coupled: what one sample's state is depends on the others, and so does its gradient. In a
    batch of 1 the sample is its own mean: m_t is exactly 0, s_t = tanh(β) at every step, and the gradient that comes
    back through m_t is exactly 0. In a batch of 2 m_t is almost ±1, and the gradient almost 0, unless the two samples
    nearly agree.
    """

    name = "batchnorm"
    title = "batch-normalised"
    note = "normalised over the batch, samples that have ended included: choose a batch of 2 or more"
    couples_samples = True
    options = (EPSILON,)

    def __init__(self, frozen: dict[str, float] | None = None, epsilon: float = 1e-3) -> None:
        super().__init__(frozen)
        self.epsilon = epsilon

    @classmethod
    def from_experiment(cls, experiment: Choices) -> BatchNorm:
        return cls(epsilon=experiment.epsilon)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (
            Record("h", "pre-activation", "pre-activation"),
            Record("m", "pre-activation", "pre-activation, normalised over the batch"),
            Record("q", "pre-activation", "pre-activation, scaled and shifted"),
            Record("s", "state", "state"),
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return (
            Row("h", "pre-activation", ("h",), ("h",)),
            Row("q", "normalised, scaled and shifted", ("m", "q"), ("m", "q")),
            Row("s", "state", ("s",), ("s",)),
        )

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        return (
            Factor("U", "x", "h"),
            Factor("W", "s_prev", "h"),
            Factor("gamma", "m", "q", elementwise=True),
            Factor("beta", "1", "q"),
        )

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return (
            linear("h", ("x", "U"), ("s_prev", "W"), at=(1, 1)),
            normalise("m", "h", self.epsilon, at=(2, 1)),
            linear("q", ("m", "gamma"), bias="beta", at=(3, 1), elementwise=("gamma",)),
            activate("s", TANH.name, "q", at=(4, 1)),
        )

    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """U (I, H), W (H, H), gamma (H,) and beta (H,)."""
        return {"U": (inputs, hidden), "W": (hidden, hidden), "gamma": (hidden,), "beta": (hidden,)}

    def initialise(self, parameter: str, array: Array, random: np.random.Generator, experiment: Choices) -> None:
        """γ = 1, β = the bias of the experiment."""
        array[...] = 1.0 if parameter == "gamma" else experiment.bias

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(**{name: sequence(steps, batch, hidden) for name in ("h", "m", "q")})
        r.deviation = sequence(steps, 1, hidden)
        carry(r, "s", steps, batch, hidden)
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + s_{t−1}·W;  m_t = (h_t − μ_t)/√(v_t + ε);  q_t = γ ⊙ m_t + β;  s_t = tanh(q_t)."""
        h, m, q, deviation = r.h[t], r.m[t], r.q[t], r.deviation[t]
        h += r.s_prev[t].dot(p.W)
        np.subtract(h, h.mean(axis=0), m)
        np.sqrt(np.square(m).mean(axis=0) + self.epsilon, deviation[0])
        m /= deviation
        np.multiply(m, p.gamma, q)
        q += p.beta
        np.tanh(q, r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(**{name: np.empty_like(r.h) for name in ("h", "m", "q")})
        d.slope = TANH.slope(r.q, r.s)
        carry(d, "s", *r.h.shape)
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """From s_t = tanh(q_t) and q_t = γ ⊙ m_t + β:

        ∂L/∂q_t     = ∂L/∂s_t ⊙ (1 − s_t²),   ∂L/∂m_t = ∂L/∂q_t ⊙ γ
        h_t of a sample moves every m_t, by way of μ_t and v_t. With means over the batch, and σ_t = √(v_t + ε):
        ∂L/∂h_t     = (∂L/∂m_t − mean(∂L/∂m_t) − m_t ⊙ mean(∂L/∂m_t ⊙ m_t)) / σ_t
        ∂L/∂s_{t−1} += ∂L/∂h_t · Wᵀ
        """
        dq, dm, dh, m = d.q[t], d.m[t], d.h[t], r.m[t]
        np.multiply(d.s[t], d.slope[t], dq)
        np.multiply(dq, p.gamma, dm)
        np.subtract(dm, dm.mean(axis=0), dh)
        dh -= m * (dm * m).mean(axis=0)
        dh /= r.deviation[t]
        ds_prev = d.s_prev[t]
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}; its share in the statistics is in it, what
        goes by way of the other samples' states is not: W · diag((1 − 1/B − m_t²/B)/σ_t ⊙ γ ⊙ (1 − s_t²))."""
        m, s, batch = r.m[t, sample], r.s[t, sample], r.m.shape[1]
        own = (1.0 - 1.0 / batch - np.square(m) / batch) / r.deviation[t, 0]
        return p.W * (own * p.gamma * (1.0 - np.square(s)))
