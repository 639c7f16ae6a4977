"""Leaky integrator units with one fixed rate α (Jaeger, Lukoševičius, Popovici & Siewert 2007)."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Cell, Record, Row, carry, sequence
from core.choices import Choices
from core.maths.arrays import Array
from core.maths.operations import KEEP, REST, WRITE, Operation, activate, constant, linear, mix
from core.options import Option, Slider

LEAK = Option(
    "leak",
    Annotated[float, msgspec.Meta(ge=0.0, le=1.0)],
    0.3,
    "Leak α",
    "{s} = α·tanh({h}) + (1 − α)·{s}: how much of the state is renewed.",
    Slider(0.0, 1.0),
)


class Leaky(Cell):
    """h_t = x_t·U + s_{t−1}·W + b,  n_t = tanh(h_t),  s_t = α·n_t + (1 − α)·s_{t−1}, with the fixed α `leak`.

    α = 1 is the simple recurrent network, α = 0 never changes its state. Jaeger et al. (2007) leak with one factor and
    write with another; here, and in most textbooks, both are α. Books that call the share that stays α
    (s = α·s_{t−1} + (1 − α)·n) have 1 − `leak` in its place. PyTorch and Keras have no such cell.
    """

    name = "leaky"
    title = "leaky units"
    options = (LEAK,)

    def __init__(self, frozen: dict[str, float] | None = None, leak: float = 0.3) -> None:
        super().__init__(frozen)
        self.leak = float(leak)

    @classmethod
    def from_experiment(cls, experiment: Choices) -> Leaky:
        return cls(leak=experiment.leak)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (
            Record("h", "pre-activation", "pre-activation"),
            Record("n", "state", "candidate"),
            Record("s", "state", "state"),
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return (
            Row("h", "pre-activation", ("h",), ("h",)),
            Row("n", "candidate", ("n",), ("n",)),
            Row("s", "state", ("s",), ("alpha", KEEP, WRITE, REST, "s")),
        )

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The operations of a step; α is a constant, and no record."""
        return (
            linear("h", ("x", "U"), ("s_prev", "W"), bias="b", at=(2, 3)),
            activate("n", "tanh", "h", at=(3, 3)),
            constant("alpha", self.leak, at=(1, 3)),
            *mix("s", "alpha", "n", "s_prev", ((1, 1), (3, 2), (3, 1)), shown=(4, 1)),
        )

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(h=sequence(steps, batch, hidden), n=sequence(steps, batch, hidden))
        carry(r, "s", steps, batch, hidden)
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  n = tanh(h);  s = α·n + (1 − α)·s_{t−1}."""
        h, n, s_prev, s = r.h[t], r.n[t], r.s_prev[t], r.s[t]
        h += s_prev.dot(p.W)
        np.tanh(h, n)
        np.multiply(self.leak, n, s)
        s += (1.0 - self.leak) * s_prev

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), n=np.empty_like(r.n), slope=1.0 - np.square(r.n))
        carry(d, "s", *r.h.shape)
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """s_t reaches L through z_t, h_{t+1} and what stays of it in s_{t+1}; all are in ∂L/∂s_t already.

        From s = α·n + (1 − α)·s_{t−1} and n = tanh(h):
        ∂L/∂n       = ∂L/∂s · α,   ∂L/∂s_{t−1} += ∂L/∂s · (1 − α)
        ∂L/∂h       = ∂L/∂n ⊙ (1 − n²)
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        """
        ds, dn, dh, ds_prev = d.s[t], d.n[t], d.h[t], d.s_prev[t]
        np.multiply(ds, self.leak, dn)
        ds_prev += ds * (1.0 - self.leak)
        np.multiply(dn, d.slope[t], dh)
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}: α·W · diag(1 − n²) + (1 − α)·I."""
        n = r.n[t, sample]
        return self.leak * p.W * (1 - n**2) + (1.0 - self.leak) * np.eye(n.size)
