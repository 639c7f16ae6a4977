"""Long short-term memory with coupled input and forget gates, i = 1 − f (Greff et al. 2017)."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace

import numpy as np

from core.cells.base import Record, Row, frozen_in
from core.cells.lstm import FORGET_BIAS, LSTM, RECORDS, sigmoid
from core.choices import Choices
from core.maths.arrays import Array
from core.maths.operations import KEEP, REST, WRITE, Operation, activate, gate, linear, mix, multiply

BLOCKS = ("f", "g", "o")


class Coupled(LSTM):
    """c_t = f_t ⊙ c_{t−1} + (1 − f_t) ⊙ g_t,  s_t = o_t ⊙ tanh(c_t): what is forgotten makes room for what is written.

    Pre-activations stacked in the order f, g, o. Here f is computed and i = 1 − f; Greff et al. (2017, "CIFG") compute
    i and set f = 1 − i, which is the same cell with U_f, W_f and b_f of the opposite sign, since σ(−h) = 1 − σ(h).
    Neither PyTorch nor Keras has it.
    """

    reusable = False
    name = "coupled"
    title = "coupled LSTM"
    blocks = BLOCKS
    gates = ("f", "o")
    options = (FORGET_BIAS,)

    @classmethod
    def from_experiment(cls, experiment: Choices) -> Coupled:
        return cls(frozen_in(experiment))

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return tuple(record for record in RECORDS if record.name not in ("h_i", "i"))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return (
            Row("gates", "gates and candidate", BLOCKS, tuple(f"h_{k}" for k in BLOCKS) + BLOCKS),
            Row("c", "cell state", ("c",), (KEEP, WRITE, REST, "c")),
            Row("s", "state", ("s",), ("tc", "s")),
        )

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The operations of a step, placed as the LSTM's: the cell state c above, the gates below it."""
        pre = tuple(
            linear(f"h_{k}", ("x", f"U_{k}"), ("s_prev", f"W_{k}"), bias=f"b_{k}", at=(column, 4))
            for k, column in (("f", 1), ("g", 2), ("o", 3))
        )
        return (
            *pre,
            gate("f", "h_f", self.frozen.get("f"), at=(1, 3)),
            activate("g", "tanh", "h_g", at=(2, 3)),
            gate("o", "h_o", self.frozen.get("o"), at=(3, 3)),
            *mix("c", "f", "c_prev", "g", ((1, 1), (2, 2), (2, 1)), shown=(4, 1)),
            activate("tc", "tanh", "c", at=(4, 2)),
            multiply("s", "o", "tc", at=(4, 3), shown=(5, 3)),
        )

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  f, o = σ(h);  g = tanh(h);  c = f ⊙ c_{t−1} + (1 − f) ⊙ g;  s = o ⊙ tanh(c)."""
        h, c, tc = r.h[t], r.c[t], r.tc[t]
        h += r.s_prev[t].dot(p.W)
        sigmoid(h, r.gates[t])  # of all three blocks; g is written over
        np.tanh(r.h_g[t], r.g[t])
        if self.frozen:
            for name, at in self.frozen.items():
                getattr(r, name)[t] = at
        f, written = r.f[t], r.written
        np.multiply(f, r.c_prev[t], c)
        np.subtract(1.0, f, written)
        written *= r.g[t]
        c += written
        np.tanh(c, tc)
        np.multiply(r.o[t], tc, r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = super().backward_records(p, r)
        d.write, d.difference = 1.0 - r.f, r.c_prev - r.g
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """∂L/∂s_t is complete, and ∂L/∂c_t holds what came back along the cell state from step t+1. From s = o ⊙
        tanh(c):

        ∂L/∂o       = ∂L/∂s ⊙ tanh(c),   ∂L/∂tanh(c) = ∂L/∂s ⊙ o
        ∂L/∂c      += ∂L/∂tanh(c) ⊙ (1 − tanh²(c))
        from c = f ⊙ c_{t−1} + (1 − f) ⊙ g, where f decides twice:
        ∂L/∂f       = ∂L/∂c ⊙ (c_{t−1} − g),   ∂L/∂g = ∂L/∂c ⊙ (1 − f),   ∂L/∂c_{t−1} += ∂L/∂c ⊙ f
        and through σ and tanh:
        ∂L/∂h       = ∂L/∂(f, g, o) ⊙ (σ′, tanh′, σ′)
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        A frozen gate is a constant: its gradient, and that of its pre-activation, is 0.
        """
        ds, dc, dtc, dh = d.s[t], d.c[t], d.tc[t], d.h[t]
        np.multiply(ds, r.tc[t], d.o[t])
        np.multiply(ds, r.o[t], dtc)
        dc += dtc * d.tc_slope[t]
        np.multiply(dc, d.difference[t], d.f[t])
        np.multiply(dc, d.write[t], d.g[t])
        dc_prev, ds_prev = d.c_prev[t], d.s_prev[t]
        dc_prev += dc * r.f[t]
        if self.frozen:
            for name in self.frozen:
                getattr(d, name)[t] = 0.0
        np.multiply(d.gates[t], d.slope[t], dh)
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂(s_t, c_t)/∂(s_{t−1}, c_{t−1}) of one sample, (2H, 2H), rows for what came in, columns for what goes out."""
        f, g, o = (getattr(r, k)[t, sample] for k in BLOCKS)
        tc, c_prev = r.tc[t, sample], r.c_prev[t, sample]
        slope_f, slope_o = (a * (1 - a) * (k not in self.frozen) for k, a in (("f", f), ("o", o)))
        W_f, W_g, W_o = np.split(p.W, 3, axis=1)
        c_by_s = W_f * (slope_f * (c_prev - g)) + W_g * ((1 - g**2) * (1 - f))
        s_by_c = self.state_by_memory(p, r, t, sample)
        return np.block([
            [W_o * (slope_o * tc) + c_by_s * s_by_c, c_by_s],
            [np.diag(f * s_by_c), np.diag(f)],
        ])  # fmt: skip
