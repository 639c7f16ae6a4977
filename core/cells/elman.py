"""The simple recurrent network of Elman (1990), with the pre-activation h and the state s kept apart."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import ClassVar

import numpy as np

from core.cells.alternatives import BALANCED, EXPLODING, GATED
from core.cells.base import Cell, Record, Row, carry, sequence
from core.maths.activations import IDENTITY, RELU, SIGMOID, TANH, Activation
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, linear


class Elman(Cell):
    """h_t = x_t·U + s_{t−1}·W + b,  s_t = φ(h_t)   (Elman 1990, with the textbooks' row vectors)."""

    activation: ClassVar[Activation]
    reusable = True

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return Record("h", "pre-activation", "pre-activation"), Record("s", "state", "state")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return Row("h", "pre-activation", ("h",), ("h",)), Row("s", "state", ("s",), ("s",))

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return (
            linear("h", ("x", "U"), ("s_prev", "W"), bias="b", at=(1, 1)),
            activate("s", self.activation.name, "h", at=(2, 1)),
        )

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(h=sequence(steps, batch, hidden), product=np.empty((batch, hidden)))
        carry(r, "s", steps, batch, hidden)
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  s_t = φ(h_t)."""
        h = r.h[t]
        h += r.s_prev[t].dot(p.W, r.product)
        self.activation.f(h, r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), slope=np.empty_like(r.h), product=np.empty_like(r.product))
        carry(d, "s", *r.h.shape)
        self.differentiate(r, d)
        return d

    def differentiate(self, r: SimpleNamespace, d: SimpleNamespace) -> None:
        self.activation.slope(r.h, r.s, d.slope)

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """s_t reaches L through z_t and through h_{t+1}; both are in ∂L/∂s_t already. From s_t = φ(h_t):

        ∂L/∂h_t     = ∂L/∂s_t ⊙ φ′(h_t)
        ∂L/∂s_{t−1} += ∂L/∂h_t · Wᵀ
        """
        dh = d.h[t]
        np.multiply(d.s[t], d.slope[t], dh)
        ds_prev = d.s_prev[t]
        ds_prev += dh.dot(p.W_T, d.product)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}: W · diag(φ′(h_t))."""
        return p.W * self.activation.slope(r.h[t, sample], r.s[t, sample])


class ElmanTanh(Elman):
    name = "tanh"
    title = "tanh"
    alternatives = (EXPLODING, GATED)
    activation = TANH


class ElmanRelu(Elman):
    name = "relu"
    title = "ReLU"
    alternatives = (EXPLODING, BALANCED)
    activation = RELU


class ElmanSigmoid(Elman):
    name = "sigmoid"
    title = "sigmoid"
    activation = SIGMOID


class ElmanIdentity(Elman):
    name = "identity"
    title = "identity"
    activation = IDENTITY
