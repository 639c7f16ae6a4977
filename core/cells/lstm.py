"""Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers, Schmidhuber & Cummins 2000)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from types import SimpleNamespace
from typing import Annotated, Literal, get_args

import msgspec
import numpy as np

from core.cells.alternatives import FORGETTING, REMEMBERING
from core.cells.base import Cell, Record, Row, carry, frozen_in, sequence, split
from core.choices import Choices
from core.maths.activations import SIGMOID, TANH, Activation, activation_named
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, add, gate, linear, multiply
from core.options import Option, Slider

BLOCKS = ("i", "f", "g", "o")
RECORDS = (
    Record("h_i", "pre-activation", "pre-activation of the input gate", "h^{i}_@", "hⁱ@"),
    Record("h_f", "pre-activation", "pre-activation of the forget gate", "h^{f}_@", "hᶠ@"),
    Record("h_g", "pre-activation", "pre-activation of the candidate", "h^{g}_@", "hᵍ@"),
    Record("h_o", "pre-activation", "pre-activation of the output gate", "h^{o}_@", "hᵒ@"),
    Record("i", "gate", "input gate"),
    Record("f", "gate", "forget gate"),
    Record("g", "state", "candidate"),
    Record("o", "gate", "output gate"),
    Record("c", "memory", "cell state"),
    Record("tc", "state", "squashed cell state", r"\tanh(c_@)", "tanh(c@)"),
    Record("s", "state", "state"),
)
ROWS = (
    Row("gates", "gates and candidate", BLOCKS, tuple(f"h_{k}" for k in BLOCKS) + BLOCKS),
    Row("c", "cell state", ("c",), ("keep", "write", "c")),
    Row("s", "state", ("s",), ("tc", "s")),
)


def sigmoid(h: Array, out: Array) -> None:
    """out = σ(h) = 1 / (1 + exp(−h)): the lines that the LSTM's step has written out, for its relatives."""
    np.negative(h, out)
    np.exp(out, out)
    out += 1.0
    np.reciprocal(out, out)


CellActivation = Literal["tanh", "relu"]
GateActivation = Literal["sigmoid", "hard-sigmoid", "hard-sigmoid-keras2"]


def _words(names: object) -> tuple[tuple[str, str, str], ...]:
    """Activations to choose from: each by its name, its title and its formula."""
    return tuple((phi.name, phi.title, phi.text) for phi in map(activation_named, get_args(names)))


FORGET_BIAS = Option(
    "forget_bias",
    Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)],
    1.0,
    "Forget bias",
    "The initial value of the forget gate's bias: the larger, the more of {c} is kept.",
    Slider(-8.0, 8.0),
    makes=("parameters",),
    applies=lambda choices: choices.biases and choices.frozen_at("f") is None,
    why="The forget gate is frozen, or the network has no biases.",
)
ACTIVATION = Option(
    "activation",
    CellActivation,
    "tanh",
    "Activation",
    "Of the candidate, and in the LSTM of the cell state too.",
    words=_words(CellActivation),
    after="update",
    note="of the candidate and, in the LSTM, of the cell state",
)
GATE_ACTIVATION = Option(
    "gate_activation",
    GateActivation,
    "sigmoid",
    "Gates",
    "What makes levels from 0 to 1 of the gates' pre-activations.",
    words=_words(GateActivation),
    after="activation",
    note="hard-sigmoid is max(0, min(1, h/6 + 1/2)), that of Keras 2 has h/5 in it",
)


class LSTM(Cell):
    """c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t,  s_t = o_t ⊙ tanh(c_t); pre-activations h stacked in the order i, f, g, o.

    `activation` stands in both places of tanh, and `gate_activation` in those of σ, as in Keras's LSTM(activation,
    recurrent_activation).
    """

    name = "lstm"
    title = "LSTM"
    blocks = BLOCKS
    gates = ("i", "f", "o")
    recurrent_states = ("s", "c")
    memory = "c"
    reusable = True
    options = (FORGET_BIAS, ACTIVATION, GATE_ACTIVATION)
    kept_by = FORGET_BIAS, "f"
    first = REMEMBERING  # σ(5) = 0.993: the textbooks' LSTM; with 1 it forgets within some ten steps
    alternatives = (FORGETTING, REMEMBERING)

    def __init__(
        self,
        frozen: dict[str, float] | None = None,
        activation: Activation = TANH,
        gate_activation: Activation = SIGMOID,
    ) -> None:
        super().__init__(frozen)
        self.activation, self.gate_activation = activation, gate_activation

    @classmethod
    def from_experiment(cls, experiment: Choices) -> LSTM:
        activations = (activation_named(name) for name in (experiment.activation, experiment.gate_activation))
        return cls(frozen_in(experiment), *activations)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        phi = self.activation
        if phi is TANH:
            return RECORDS
        title, tex, text = f"{phi.title} of the cell state", phi.applied("c_@", True), phi.applied("c@", False)
        return tuple(replace(each, title=title, tex=tex, text=text) if each.name == "tc" else each for each in RECORDS)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return ROWS

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The operations of a step, placed: the cell state c above, the gates below it."""
        places = {"f": 1, "i": 2, "g": 3, "o": 4}
        pre = tuple(
            linear(f"h_{k}", ("x", f"U_{k}"), ("s_prev", f"W_{k}"), bias=f"b_{k}", at=(places[k], 4)) for k in BLOCKS
        )
        phi, sigma = self.activation.name, self.gate_activation.name
        return (
            *pre,
            gate("i", "h_i", self.frozen.get("i"), at=(2, 3), function=sigma),
            gate("f", "h_f", self.frozen.get("f"), at=(1, 3), function=sigma),
            activate("g", phi, "h_g", at=(3, 3)),
            gate("o", "h_o", self.frozen.get("o"), at=(4, 3), function=sigma),
            multiply("keep", "f", "c_prev", at=(1, 1)),
            multiply("write", "i", "g", at=(2.5, 2)),
            add("c", "keep", "write", at=(2.5, 1), shown=(5, 1)),
            activate("tc", phi, "c", at=(5, 2)),
            multiply("s", "o", "tc", at=(5, 3), shown=(6, 3)),
        )

    def bias(self, experiment: Choices) -> dict[str, float]:
        """`forget_bias` replaces the bias of the forget gate. Jozefowicz, Zaremba & Sutskever (2015) recommend 1 for
        training; 5 is where the gradient is still there after tens of steps."""
        return {**super().bias(experiment), "f": experiment.forget_bias}

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(
            h=sequence(steps, batch, len(self.blocks) * hidden),
            gates=sequence(steps, batch, len(self.blocks) * hidden),
            tc=sequence(steps, batch, hidden),
            written=np.empty((batch, hidden)),
            product=np.empty((batch, len(self.blocks) * hidden)),
        )
        carry(r, "c", steps, batch, hidden)
        carry(r, "s", steps, batch, hidden)
        split(r, "h", tuple(f"h_{k}" for k in self.blocks))
        split(r, "gates", self.blocks)
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  i, f, o = σ(h);  g = tanh(h);  c = f ⊙ c_{t−1} + i ⊙ g;  s = o ⊙ tanh(c)."""
        h, gates, c, tc, phi = r.h[t], r.gates[t], r.c[t], r.tc[t], self.activation.f
        h += r.s_prev[t].dot(p.W, r.product)
        if self.gate_activation is SIGMOID:
            np.negative(h, gates)  # σ(h) = 1 / (1 + exp(−h)) for all four blocks; g is written over
            np.exp(gates, gates)
            gates += 1.0
            np.reciprocal(gates, gates)
        else:
            self.gate_activation.f(h, gates)
        phi(r.h_g[t], r.g[t])
        if self.frozen:
            for name, at in self.frozen.items():
                getattr(r, name)[t].fill(at)
        np.multiply(r.f[t], r.c_prev[t], c)
        np.multiply(r.i[t], r.g[t], r.written)
        c += r.written
        phi(c, tc)
        np.multiply(r.o[t], tc, r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), gates=np.empty_like(r.gates), tc=np.empty_like(r.tc))
        d.product = np.empty_like(r.written)
        carry(d, "c", *r.tc.shape)
        carry(d, "s", *r.tc.shape)
        split(d, "h", tuple(f"h_{k}" for k in self.blocks))
        split(d, "gates", self.blocks)
        d.slope, d.tc_slope = np.empty_like(r.gates), np.empty_like(r.tc)
        self.differentiate(r, d)
        return d

    def differentiate(self, r: SimpleNamespace, d: SimpleNamespace) -> None:
        slope = SimpleNamespace(gates=self.gate_activation.slope(r.h, r.gates, d.slope))  # of g it is written over
        split(slope, "gates", self.blocks)
        self.activation.slope(r.h_g, r.g, slope.g)
        for name in self.frozen:
            getattr(slope, name)[...] = 0.0
        self.activation.slope(r.c, r.tc, d.tc_slope)

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """∂L/∂s_t is complete, and ∂L/∂c_t holds what came back along the cell state from step t+1. From s = o ⊙
        tanh(c):

        ∂L/∂o       = ∂L/∂s ⊙ tanh(c),   ∂L/∂tanh(c) = ∂L/∂s ⊙ o
        ∂L/∂c      += ∂L/∂tanh(c) ⊙ (1 − tanh²(c))
        from c = f ⊙ c_{t−1} + i ⊙ g:
        ∂L/∂i       = ∂L/∂c ⊙ g,   ∂L/∂f = ∂L/∂c ⊙ c_{t−1},   ∂L/∂g = ∂L/∂c ⊙ i,   ∂L/∂c_{t−1} += ∂L/∂c ⊙ f
        and through σ and tanh, or what stands in their places:
        ∂L/∂h       = ∂L/∂(i, f, g, o) ⊙ (σ′, σ′, tanh′, σ′)
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        A frozen gate is a constant: its gradient, and that of its pre-activation, is 0.
        """
        ds, dc, dtc, dh = d.s[t], d.c[t], d.tc[t], d.h[t]
        np.multiply(ds, r.tc[t], d.o[t])
        np.multiply(ds, r.o[t], dtc)
        np.multiply(dtc, d.tc_slope[t], d.product)
        dc += d.product
        np.multiply(dc, r.g[t], d.i[t])
        np.multiply(dc, r.c_prev[t], d.f[t])
        np.multiply(dc, r.i[t], d.g[t])
        dc_prev, ds_prev = d.c_prev[t], d.s_prev[t]
        np.multiply(dc, r.f[t], d.product)
        dc_prev += d.product
        if self.frozen:
            for name in self.frozen:
                getattr(d, name)[t].fill(0.0)
        np.multiply(d.gates[t], d.slope[t], dh)
        ds_prev += dh.dot(p.W_T, d.product)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂(s_t, c_t)/∂(s_{t−1}, c_{t−1}) of one sample, (2H, 2H), rows for what came in, columns for what goes out."""
        gates = {k: getattr(r, k)[t, sample] for k in BLOCKS}
        tc, c_prev = r.tc[t, sample], r.c_prev[t, sample]
        hidden = tc.size
        h = {k: getattr(r, f"h_{k}")[t, sample] for k in BLOCKS}
        slope = {k: self.gate_activation.slope(h[k], a) * (k not in self.frozen) for k, a in gates.items()}
        slope["g"] = self.activation.slope(h["g"], gates["g"])
        W = dict(zip(BLOCKS, np.split(p.W, 4, axis=1), strict=True))
        c_by_s = W["f"] * (slope["f"] * c_prev) + W["i"] * (slope["i"] * gates["g"])
        c_by_s += W["g"] * (slope["g"] * gates["i"])
        s_by_c = self.state_by_memory(p, r, t, sample)
        jacobian = np.zeros((2 * hidden, 2 * hidden))
        jacobian[:hidden, hidden:] = c_by_s
        jacobian[:hidden, :hidden] = W["o"] * (slope["o"] * tc) + c_by_s * s_by_c
        jacobian[hidden:, hidden:] = np.diag(gates["f"])
        jacobian[hidden:, :hidden] = np.diag(gates["f"] * s_by_c)
        return jacobian

    def state_by_memory(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """From s = o ⊙ tanh(c):  o ⊙ (1 − tanh²(c))."""
        return r.o[t, sample] * self.activation.slope(r.c[t, sample], r.tc[t, sample])
