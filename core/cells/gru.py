"""Gated recurrent unit (Cho et al. 2014), with both places of the reset gate."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Literal

import numpy as np

from core.cells.alternatives import KEEPING, OVERWRITING
from core.cells.base import Cell, Factor, Record, Row, carry, frozen_in, sequence, split
from core.cells.gru_simple import UPDATE, UPDATE_BIAS
from core.cells.lstm import ACTIVATION, GATE_ACTIVATION
from core.choices import Choices
from core.maths.activations import SIGMOID, TANH, Activation, activation_named
from core.maths.arrays import Array
from core.maths.operations import KEEP, REST, WRITE, Operation, activate, add, gate, linear, mix, multiply
from core.options import Option

BLOCKS = ("r", "u", "n")

RESET = Option(  # r ⊙ s before the product with W_n, or r ⊙ (s·W_n + b_q) after it
    "reset",
    Literal["before", "after"],
    "before",
    "Reset",
    "Whether the reset gate acts before or after the product with {W}.",
    words=(
        ("before", "before", "It scales the state (Cho et al. 2014)."),
        ("after", "after", "It scales the product, as cuDNN and PyTorch have it."),
    ),
    makes=("parameters",),
)


class GRU(Cell):
    """A state that is partly replaced by a candidate n; pre-activations stacked in the order r, u, n.

    update="writes" (Chung et al. 2014; the textbooks' Γ_u): s_t = u_t ⊙ n_t + (1 − u_t) ⊙ s_{t−1}.
    update="keeps" (the z of Cho et al. 2014, PyTorch and Keras): s_t = u_t ⊙ s_{t−1} + (1 − u_t) ⊙ n_t.
    reset="before" (Cho et al. 2014): h^n = x·U_n + (r ⊙ s_{t−1})·W_n + b_n.
    reset="after" (Keras reset_after, PyTorch): q = s_{t−1}·W_n + b_q,  h^n = x·U_n + b_n + r ⊙ q.
    `activation` stands in the place of the candidate's tanh, `gate_activation` in those of σ, as in Keras's GRU.
    """

    name = "gru"
    title = "GRU"
    blocks = BLOCKS
    gates = ("r", "u")
    reusable = True
    options = (UPDATE_BIAS, RESET, UPDATE, ACTIVATION, GATE_ACTIVATION)
    kept_by = UPDATE_BIAS, "u"
    first = KEEPING
    alternatives = (OVERWRITING, KEEPING)

    def __init__(
        self,
        frozen: dict[str, float] | None = None,
        reset: str = "before",
        update: str = "writes",
        activation: Activation = TANH,
        gate_activation: Activation = SIGMOID,
    ) -> None:
        super().__init__(frozen)
        self.activation, self.gate_activation = activation, gate_activation
        self.after = reset == "after"
        self.keeps = update == "keeps"

    @classmethod
    def from_experiment(cls, experiment: Choices) -> GRU:
        frozen = frozen_in(experiment)
        activations = (activation_named(name) for name in (experiment.activation, experiment.gate_activation))
        return cls(frozen, experiment.reset, experiment.update, *activations)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The records of a step; the reset gate's product differs with its place."""
        reset = (
            (
                Record("q", "pre-activation", "the state's share of the candidate, before the reset"),
                Record("rq", "state", "what the reset gate lets through", r"(r_@ \odot q_@)", "(r@ ⊙ q@)"),
            )
            if self.after
            else (Record("rs", "state", "the previous state behind the reset gate", r"(r_@ \odot s_@-)", "(r@ ⊙ s@-)"),)
        )
        return (
            Record("h_r", "pre-activation", "pre-activation of the reset gate", "h^{r}_@", "hʳ@"),
            Record("h_u", "pre-activation", "pre-activation of the update gate", "h^{u}_@", "hᵘ@"),
            Record("h_n", "pre-activation", "pre-activation of the candidate", "h^{n}_@", "hⁿ@"),
            Record("r", "gate", "reset gate"),
            Record("u", "gate", "update gate"),
            *reset,
            Record("n", "state", "candidate"),
            Record("s", "state", "state"),
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Gates and candidate in one node, the state above."""
        reset = ("q", "rq", "x_n") if self.after else ("rs",)
        members = (*(f"h_{k}" for k in BLOCKS), *BLOCKS, *reset)
        state = Row("s", "state", ("s",), (KEEP, WRITE, REST, "s"))
        return Row("gates", "gates and candidate", BLOCKS, members), state

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """W_n meets r ⊙ s_{t−1} (reset before) or s_{t−1} (reset after: its gradient goes with q)."""
        shared = [Factor("U", "x", "h"), Factor("b", "1", "h")]
        shared += [Factor(f"W_{k}", "s_prev", f"h_{k}") for k in ("r", "u")]
        if self.after:
            return (*shared, Factor("W_n", "s_prev", "q"), Factor("b_q", "1", "q"))
        return (*shared, Factor("W_n", "rs", "h_n"))

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The operations of a step: the state's line above, the gates below it."""
        right = 5.5 if self.after else 4  # of the update gate, whose way to the state passes by what is written
        phi, sigma = self.activation.name, self.gate_activation.name
        head = (
            linear("h_r", ("x", "U_r"), ("s_prev", "W_r"), bias="b_r", at=(1, 4)),
            linear("h_u", ("x", "U_u"), ("s_prev", "W_u"), bias="b_u", at=(right, 4)),
            gate("r", "h_r", self.frozen.get("r"), at=(1, 3), function=sigma),
            gate("u", "h_u", self.frozen.get("u"), at=(right, 3), function=sigma),
        )
        sides = ("s_prev", "n") if self.keeps else ("n", "s_prev")
        if self.after:
            return (
                *head,
                linear("q", ("s_prev", "W_n"), bias="b_q", at=(2, 4)),
                multiply("rq", "r", "q", at=(2, 3), shown=(3, 3)),
                linear("x_n", ("x", "U_n"), bias="b_n", at=(3, 4)),
                add("h_n", "x_n", "rq", at=(3.75, 4), shown=(4.5, 4)),
                activate("n", phi, "h_n", at=(4.5, 3)),
                *mix("s", "u", *sides, ((5.5, 1), (4.5, 2), (6, 1)), shown=(7, 1)),
            )
        return (
            *head,
            multiply("rs", "r", "s_prev", at=(2, 3), shown=(2, 4)),
            linear("h_n", ("x", "U_n"), ("rs", "W_n"), bias="b_n", at=(3, 4)),
            activate("n", phi, "h_n", at=(3, 3)),
            *mix("s", "u", *sides, ((4, 1), (3, 2), (4.5, 1)), shown=(5.5, 1)),
        )

    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """U, W, b stacked as r, u, n; reset="after" adds b_q (H,), the bias inside the reset product."""
        shapes = super().parameter_shapes(inputs, hidden)
        return {**shapes, "b_q": (hidden,)} if self.after else shapes

    def bias(self, experiment: Choices) -> dict[str, float]:
        """`update_bias` replaces the bias b_u of the update gate. Where u writes, below 0 the state is kept and above
        it is overwritten; where u keeps, the reverse."""
        return {**super().bias(experiment), "u": experiment.update_bias}

    def prepare(self, parameters: dict[str, Array]) -> SimpleNamespace:
        p = SimpleNamespace(**parameters)
        hidden = p.W.shape[0]
        p.W_ru, p.W_n = p.W[..., : 2 * hidden].copy(), p.W[..., 2 * hidden :].copy()
        p.W_ru_T, p.W_n_T = p.W_ru.T.copy(), p.W_n.T.copy()
        return p

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(h=sequence(steps, batch, 3 * hidden), gates=sequence(steps, batch, 2 * hidden))
        r.n = sequence(steps, batch, hidden)
        for name in ("q", "rq") if self.after else ("rs",):
            setattr(r, name, sequence(steps, batch, hidden))
        r.product, r.product_ru = np.empty((batch, hidden)), np.empty((batch, 2 * hidden))
        carry(r, "s", steps, batch, hidden)
        split(r, "h", tuple(f"h_{k}" for k in BLOCKS))
        split(r, "gates", BLOCKS[:2])
        r.h_ru = r.h[..., : 2 * hidden]
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """r, u = σ(h);  h^n = x·U_n + b_n + the reset's product;  n = tanh(h^n);
        s = u ⊙ n + (1 − u) ⊙ s_{t−1}, or the sides of u exchanged."""
        h_ru, gates, h_n, n, s_prev, s = r.h_ru[t], r.gates[t], r.h_n[t], r.n[t], r.s_prev[t], r.s[t]
        h_ru += s_prev.dot(p.W_ru, r.product_ru)
        if self.gate_activation is SIGMOID:
            np.negative(h_ru, gates)  # σ(h) = 1 / (1 + exp(−h))
            np.exp(gates, gates)
            gates += 1.0
            np.reciprocal(gates, gates)
        else:
            self.gate_activation.f(h_ru, gates)
        if self.frozen:
            for name, at in self.frozen.items():
                getattr(r, name)[t].fill(at)
        if self.after:
            np.add(s_prev.dot(p.W_n, r.product), p.b_q, r.q[t])
            np.multiply(r.r[t], r.q[t], r.rq[t])
            h_n += r.rq[t]
        else:
            np.multiply(r.r[t], s_prev, r.rs[t])
            h_n += r.rs[t].dot(p.W_n, r.product)
        self.activation.f(h_n, n)
        u = r.u[t]
        with_u, without = (s_prev, n) if self.keeps else (n, s_prev)
        np.multiply(u, with_u, s)
        s += (1.0 - u) * without

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), gates=np.empty_like(r.gates), n=np.empty_like(r.n))
        d.product = np.empty_like(r.product)
        for name in ("q", "rq") if self.after else ("rs",):
            setattr(d, name, np.empty_like(r.n))
        carry(d, "s", *r.n.shape)
        split(d, "h", tuple(f"h_{k}" for k in BLOCKS))
        split(d, "gates", BLOCKS[:2])
        d.h_ru = d.h[..., : d.gates.shape[-1]]
        d.slope = np.empty_like(r.gates)
        for name in ("n_slope", "write", "keep", "difference"):
            setattr(d, name, np.empty_like(r.n))
        self.differentiate(r, d)
        return d

    def differentiate(self, r: SimpleNamespace, d: SimpleNamespace) -> None:
        slope = SimpleNamespace(gates=self.gate_activation.slope(r.h_ru, r.gates, d.slope))
        split(slope, "gates", BLOCKS[:2])
        for name in self.frozen:
            getattr(slope, name)[...] = 0.0
        self.activation.slope(r.h_n, r.n, d.n_slope)
        with_u, without = (d.keep, d.write) if self.keeps else (d.write, d.keep)
        with_u[...] = r.u
        np.subtract(1.0, r.u, without)
        first, second = (r.s_prev, r.n) if self.keeps else (r.n, r.s_prev)
        np.subtract(first, second, d.difference)

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """From s = u ⊙ n + (1 − u) ⊙ s_{t−1}, with ∂L/∂s_t complete (where u keeps: u and 1 − u exchanged, and the
        difference of the other sign):

        ∂L/∂u   = ∂L/∂s ⊙ (n − s_{t−1}),   ∂L/∂n = ∂L/∂s ⊙ u,   ∂L/∂s_{t−1} += ∂L/∂s ⊙ (1 − u)
        ∂L/∂h^n = ∂L/∂n ⊙ tanh′
        reset before:  ∂L/∂(r⊙s) = ∂L/∂h^n · W_nᵀ,   ∂L/∂r = ∂L/∂(r⊙s) ⊙ s_{t−1},   ∂L/∂s_{t−1} += ∂L/∂(r⊙s) ⊙ r
        reset after:   ∂L/∂(r⊙q) = ∂L/∂h^n,   ∂L/∂r = ∂L/∂h^n ⊙ q,   ∂L/∂q = ∂L/∂h^n ⊙ r,   ∂L/∂s_{t−1} += ∂L/∂q · W_nᵀ
        ∂L/∂h^{r,u} = ∂L/∂(r, u) ⊙ σ′,   ∂L/∂s_{t−1} += ∂L/∂h^{r,u} · W_{r,u}ᵀ
        """
        ds, ds_prev, dn, dh_n = d.s[t], d.s_prev[t], d.n[t], d.h_n[t]
        np.multiply(ds, d.difference[t], d.u[t])
        np.multiply(ds, d.write[t], dn)
        np.multiply(dn, d.n_slope[t], dh_n)
        np.multiply(ds, d.keep[t], d.product)
        ds_prev += d.product
        if self.after:
            d.rq[t][...] = dh_n
            dq = d.q[t]
            np.multiply(dh_n, r.q[t], d.r[t])
            np.multiply(dh_n, r.r[t], dq)
            ds_prev += dq.dot(p.W_n_T, d.product)
        else:
            drs = d.rs[t]
            dh_n.dot(p.W_n_T, drs)
            np.multiply(drs, r.s_prev[t], d.r[t])
            np.multiply(drs, r.r[t], d.product)
            ds_prev += d.product
        if self.frozen:
            for name in self.frozen:
                getattr(d, name)[t].fill(0.0)
        dh_ru = d.h_ru[t]
        np.multiply(d.gates[t], d.slope[t], dh_ru)
        ds_prev += dh_ru.dot(p.W_ru_T, d.product)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}."""
        gate_r, u, n = r.r[t, sample], r.u[t, sample], r.n[t, sample]
        s_prev = r.s_prev[t, sample]
        slope_r = self.gate_activation.slope(r.h_r[t, sample], gate_r) * ("r" not in self.frozen)
        slope_u = self.gate_activation.slope(r.h_u[t, sample], u) * ("u" not in self.frozen)
        slope_n = self.activation.slope(r.h_n[t, sample], n)
        W_r, W_u = np.split(p.W_ru, 2, axis=1)
        if self.after:
            candidate = p.W_n * gate_r + W_r * (slope_r * r.q[t, sample])
        else:
            candidate = (np.diag(gate_r) + W_r * (slope_r * s_prev)) @ p.W_n
        write, keep, sign = (1 - u, u, -1.0) if self.keeps else (u, 1 - u, 1.0)
        return W_u * (sign * slope_u * (n - s_prev)) + candidate * (slope_n * write) + np.diag(keep)
