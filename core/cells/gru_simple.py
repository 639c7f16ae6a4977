"""The gated recurrent unit without its reset gate, the textbooks' simplified GRU."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.cells.alternatives import KEEPING, OVERWRITING
from core.cells.base import Cell, Record, Row, carry, frozen_in, sequence, split
from core.cells.lstm import sigmoid
from core.choices import Choices
from core.maths.arrays import Array
from core.maths.operations import KEEP, REST, WRITE, Operation, activate, gate, linear, mix
from core.options import Option, Slider

BLOCKS = ("u", "n")

UPDATE_BIAS = Option(
    "update_bias",
    Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)],
    0.0,
    "Update bias",
    "The initial value of the update gate's bias: the smaller, the more of {s} is kept. Where the gate keeps: the "
    "larger.",
    Slider(-8.0, 8.0),
    makes=("parameters",),
    applies=lambda choices: choices.biases and choices.frozen_at("u") is None,
    why="The update gate is frozen, or the network has no biases.",
)
UPDATE = Option(  # s = u ⊙ n + (1 − u) ⊙ s, or the sides of u exchanged
    "update",
    Literal["writes", "keeps"],
    "writes",
    "Update gate",
    "Which side of the update gate keeps the state.",
    words=(
        ("writes", "writes", "Its level is the candidate's share of the new state."),
        ("keeps", "keeps", "Its level is the old state's share, as in PyTorch and Keras."),
    ),
    along=lambda choices: {"update_bias": -choices.update_bias},  # σ(−b) = 1 − σ(b): as much is kept as before
)


class SimpleGRU(Cell):
    """One gate that decides between the candidate and the state; pre-activations stacked in the order u, n:

    u = σ(x·U_u + s_{t−1}·W_u + b_u),   n = tanh(x·U_n + s_{t−1}·W_n + b_n)
    update="writes" (Chung et al. 2014; the textbooks' Γ_u): s_t = u ⊙ n + (1 − u) ⊙ s_{t−1}.
    update="keeps" (the z of Cho et al. 2014, PyTorch and Keras): s_t = u ⊙ s_{t−1} + (1 − u) ⊙ n.
    A GRU with r ≡ 1. (The minimal gated unit of Zhou et al. 2016 still resets, with the same gate.)
    """

    name = "gru-simple"
    title = "simplified GRU"
    blocks = BLOCKS
    gates = ("u",)
    options = (UPDATE_BIAS, UPDATE)
    kept_by = UPDATE_BIAS, "u"
    first = KEEPING  # σ(−5) = 0.007 is written over at a step
    alternatives = (OVERWRITING, KEEPING)

    def __init__(self, frozen: dict[str, float] | None = None, update: str = "writes") -> None:
        super().__init__(frozen)
        self.keeps = update == "keeps"

    @classmethod
    def from_experiment(cls, experiment: Choices) -> SimpleGRU:
        return cls(frozen_in(experiment), experiment.update)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (
            Record("h_u", "pre-activation", "pre-activation of the update gate", "h^{u}_@", "hᵘ@"),
            Record("h_n", "pre-activation", "pre-activation of the candidate", "h^{n}_@", "hⁿ@"),
            Record("u", "gate", "update gate"),
            Record("n", "state", "candidate"),
            Record("s", "state", "state"),
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        gates = Row("gates", "gate and candidate", BLOCKS, ("h_u", "h_n", *BLOCKS))
        return gates, Row("s", "state", ("s",), (KEEP, WRITE, REST, "s"))

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The operations of a step: the state's line above, gate and candidate below it."""
        sides = ("s_prev", "n") if self.keeps else ("n", "s_prev")
        return (
            linear("h_u", ("x", "U_u"), ("s_prev", "W_u"), bias="b_u", at=(1, 4)),
            linear("h_n", ("x", "U_n"), ("s_prev", "W_n"), bias="b_n", at=(2, 4)),
            gate("u", "h_u", self.frozen.get("u"), at=(1, 3)),
            activate("n", "tanh", "h_n", at=(2, 3)),
            *mix("s", "u", *sides, ((1, 1), (2, 2), (2, 1)), shown=(3, 1)),
        )

    def bias(self, experiment: Choices) -> dict[str, float]:
        """`update_bias` replaces the bias b_u of the update gate. Where u writes, below 0 the state is kept and above
        it is overwritten; where u keeps, the reverse."""
        return {**super().bias(experiment), "u": experiment.update_bias}

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(h=sequence(steps, batch, 2 * hidden), gates=sequence(steps, batch, 2 * hidden))
        carry(r, "s", steps, batch, hidden)
        split(r, "h", ("h_u", "h_n"))
        split(r, "gates", BLOCKS)
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  u = σ(h);  n = tanh(h);  s = u ⊙ n + (1 − u) ⊙ s_{t−1}, or the
        sides of u exchanged."""
        h, u, n, s_prev, s = r.h[t], r.u[t], r.n[t], r.s_prev[t], r.s[t]
        h += s_prev.dot(p.W)
        sigmoid(r.h_u[t], u)
        np.tanh(r.h_n[t], n)
        if self.frozen:
            u[...] = self.frozen["u"]
        with_u, without = (s_prev, n) if self.keeps else (n, s_prev)
        np.multiply(u, with_u, s)
        s += (1.0 - u) * without

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), gates=np.empty_like(r.gates))
        carry(d, "s", *r.s.shape)
        split(d, "h", ("h_u", "h_n"))
        split(d, "gates", BLOCKS)
        slope = SimpleNamespace(gates=r.gates * (1.0 - r.gates))  # σ′ = σ(1 − σ)
        split(slope, "gates", BLOCKS)
        np.subtract(1.0, np.square(r.n), slope.n)  # tanh′ = 1 − tanh²
        if self.frozen:
            slope.u[...] = 0.0
        d.slope = slope.gates
        d.write, d.keep = (1.0 - r.u, r.u) if self.keeps else (r.u, 1.0 - r.u)
        d.difference = r.s_prev - r.n if self.keeps else r.n - r.s_prev
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """From s = u ⊙ n + (1 − u) ⊙ s_{t−1}, with ∂L/∂s_t complete (where u keeps: u and 1 − u exchanged, and the
        difference of the other sign):

        ∂L/∂u       = ∂L/∂s ⊙ (n − s_{t−1}),   ∂L/∂n = ∂L/∂s ⊙ u,   ∂L/∂s_{t−1} += ∂L/∂s ⊙ (1 − u)
        ∂L/∂h       = ∂L/∂(u, n) ⊙ (σ′, tanh′)
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        A frozen gate is a constant: its gradient, and that of its pre-activation, is 0.
        """
        ds, ds_prev, dh = d.s[t], d.s_prev[t], d.h[t]
        np.multiply(ds, d.difference[t], d.u[t])
        np.multiply(ds, d.write[t], d.n[t])
        ds_prev += ds * d.keep[t]
        if self.frozen:
            d.u[t] = 0.0
        np.multiply(d.gates[t], d.slope[t], dh)
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}."""
        u, n, s_prev = r.u[t, sample], r.n[t, sample], r.s_prev[t, sample]
        slope = u * (1 - u) * (not self.frozen)
        W_u, W_n = np.split(p.W, 2, axis=1)
        write, keep, sign = (1 - u, u, -1.0) if self.keeps else (u, 1 - u, 1.0)
        return W_u * (sign * slope * (n - s_prev)) + W_n * ((1 - n**2) * write) + np.diag(keep)
