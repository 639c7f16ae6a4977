"""Long short-term memory with peepholes: the gates look at the cell state (Gers & Schmidhuber 2000)."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Literal

import numpy as np

from core.cells.base import Factor, Record, Row, frozen_in
from core.cells.lstm import BLOCKS, FORGET_BIAS, LSTM, RECORDS, ROWS, sigmoid
from core.choices import Choices
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, add, gate, linear, multiply
from core.options import Option

SCALE = 0.1  # of the peepholes' first values, about as Gers & Schmidhuber drew theirs, from −0.1 … 0.1

PEEPHOLE_O = Option(
    "peephole_o",
    Literal["current", "previous"],
    "current",
    "Output gate sees",
    "Which cell state the output gate's peephole reads.",
    words=(
        ("current", "{c_t}", "The new cell state (Gers and Schmidhuber 2000)."),
        ("previous", "{c_t-1}", "The previous one, as some textbooks draw it."),
    ),
)


class Peephole(LSTM):
    """The LSTM with vectors P_i, P_f, P_o (H,) through which its gates look at the cell state:

    h^i = x·U_i + s_{t−1}·W_i + c_{t−1} ⊙ P_i + b_i, likewise h^f;  h^o = x·U_o + s_{t−1}·W_o + c ⊙ P_o + b_o.
    peephole_o="current" (Gers & Schmidhuber 2000; Graves 2013; TensorFlow's LSTMCell): c in h^o is c_t, made before.
    peephole_o="previous" (some textbooks' drawings): it is c_{t−1}, as in the other two.
    P begins at 0.1·N(0, 1). PyTorch and Keras have no peepholes.
    """

    reusable = False
    name = "peephole"
    title = "peephole LSTM"
    options = (FORGET_BIAS, PEEPHOLE_O)

    def __init__(self, frozen: dict[str, float] | None = None, peephole_o: str = "current") -> None:
        super().__init__(frozen)
        self.current = peephole_o == "current"

    @classmethod
    def from_experiment(cls, experiment: Choices) -> Peephole:
        return cls(frozen_in(experiment), experiment.peephole_o)

    @cached_property
    def records(self) -> tuple[Record, ...]:
        """The LSTM's; an output gate that looks at c_t is computed after it."""
        if not self.current:
            return RECORDS
        late = [record for record in RECORDS if record.name in ("h_o", "o")]
        early = [record for record in RECORDS if record not in late]
        return (*early[:-2], *late, *early[-2:])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The LSTM's; an output gate that looks at c_t has a row above it."""
        if not self.current:
            return ROWS
        early = BLOCKS[:3]
        return (
            Row("gates", "gates and candidate", early, tuple(f"h_{k}" for k in early) + early),
            ROWS[1],
            Row("o", "output gate", ("o",), ("h_o", "o")),
            ROWS[2],
        )

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The peepholes multiply ⊙: dP_f = Σ c_{t−1} ⊙ ∂L/∂h^f."""
        peepholes = (("P_i", "c_prev", "h_i"), ("P_f", "c_prev", "h_f"), ("P_o", self._seen, "h_o"))
        return (*super().factors, *(Factor(*each, elementwise=True) for each in peepholes))

    @property
    def _seen(self) -> str:
        """The cell state that the output gate reads."""
        return "c" if self.current else "c_prev"

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """The LSTM's, with the cell state among what the gates read."""

        def pre(k: str, column: float, seen: str = "") -> Operation:
            peephole = ((seen, f"P_{k}"),) if seen else ()
            terms = (("x", f"U_{k}"), ("s_prev", f"W_{k}"), *peephole)
            return linear(f"h_{k}", *terms, bias=f"b_{k}", at=(column, 4), elementwise={f"P_{k}"})

        return (
            pre("i", 2, "c_prev"),
            pre("f", 1, "c_prev"),
            pre("g", 3),
            gate("i", "h_i", self.frozen.get("i"), at=(2, 3)),
            gate("f", "h_f", self.frozen.get("f"), at=(1, 3)),
            activate("g", "tanh", "h_g", at=(3, 3)),
            multiply("keep", "f", "c_prev", at=(1, 1)),
            multiply("write", "i", "g", at=(2.5, 2)),
            add("c", "keep", "write", at=(2.5, 1), shown=(5, 1)),
            pre("o", 4, self._seen),
            gate("o", "h_o", self.frozen.get("o"), at=(4, 3)),
            activate("tc", "tanh", "c", at=(5, 2)),
            multiply("s", "o", "tc", at=(5, 3), shown=(6, 3)),
        )

    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """U, W, b stacked as i, f, g, o, and the vectors P_i, P_f, P_o (H,)."""
        return {**super().parameter_shapes(inputs, hidden), **{f"P_{k}": (hidden,) for k in self.gates}}

    def initialise(self, parameter: str, array: Array, random: np.random.Generator, experiment: Choices) -> None:
        """P_i, P_f, P_o = 0.1·N(0, 1)."""
        array[...] = SCALE * random.normal(size=array.shape)

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = super().forward_records(steps, batch, hidden)
        r.h_if, r.gates_if = r.h[..., : 2 * hidden], r.gates[..., : 2 * hidden]
        return r

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  h^i += c_{t−1} ⊙ P_i;  h^f += c_{t−1} ⊙ P_f;  i, f = σ(h);  g = tanh(h);
        c = f ⊙ c_{t−1} + i ⊙ g;  h^o += c_t ⊙ P_o (or c_{t−1} ⊙ P_o);  o = σ(h);  s = o ⊙ tanh(c)."""
        h, c_prev, c, h_i, h_f, h_o, tc = r.h[t], r.c_prev[t], r.c[t], r.h_i[t], r.h_f[t], r.h_o[t], r.tc[t]
        h += r.s_prev[t].dot(p.W)
        h_i += c_prev * p.P_i
        h_f += c_prev * p.P_f
        sigmoid(r.h_if[t], r.gates_if[t])
        np.tanh(r.h_g[t], r.g[t])
        if self.frozen:
            self._hold(t, r, ("i", "f"))
        np.multiply(r.f[t], c_prev, c)
        np.multiply(r.i[t], r.g[t], r.written)
        c += r.written
        h_o += (c if self.current else c_prev) * p.P_o
        sigmoid(h_o, r.o[t])
        if self.frozen:
            self._hold(t, r, ("o",))
        np.tanh(c, tc)
        np.multiply(r.o[t], tc, r.s[t])

    def _hold(self, t: int, r: SimpleNamespace, gates: tuple[str, ...]) -> None:
        """Puts the frozen ones of these gates where they are held."""
        for name in gates:
            if name in self.frozen:
                getattr(r, name)[t] = self.frozen[name]

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = super().backward_records(p, r)
        d.slope_o = d.slope[..., 3 * r.tc.shape[-1] :]
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """∂L/∂s_t is complete, and ∂L/∂c_t holds what came back from step t+1. From s = o ⊙ tanh(c):

        ∂L/∂o       = ∂L/∂s ⊙ tanh(c),   ∂L/∂tanh(c) = ∂L/∂s ⊙ o
        ∂L/∂c      += ∂L/∂tanh(c) ⊙ (1 − tanh²(c))
        the output gate looked at c (at c_{t−1} where peephole_o is "previous"), so that its gradient reaches c too:
        ∂L/∂h^o     = ∂L/∂o ⊙ σ′,   ∂L/∂c += ∂L/∂h^o ⊙ P_o   (or ∂L/∂c_{t−1} += ∂L/∂h^o ⊙ P_o)
        from c = f ⊙ c_{t−1} + i ⊙ g, with ∂L/∂c complete:
        ∂L/∂i       = ∂L/∂c ⊙ g,   ∂L/∂f = ∂L/∂c ⊙ c_{t−1},   ∂L/∂g = ∂L/∂c ⊙ i,   ∂L/∂c_{t−1} += ∂L/∂c ⊙ f
        and through σ and tanh:
        ∂L/∂h       = ∂L/∂(i, f, g, o) ⊙ (σ′, σ′, tanh′, σ′)
        ∂L/∂c_{t−1} += ∂L/∂h^i ⊙ P_i + ∂L/∂h^f ⊙ P_f
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        A frozen gate is a constant: its gradient, and that of its pre-activation, is 0.
        """
        ds, dc, dtc, dh = d.s[t], d.c[t], d.tc[t], d.h[t]
        ds_prev, dc_prev = d.s_prev[t], d.c_prev[t]
        np.multiply(ds, r.tc[t], d.o[t])
        np.multiply(ds, r.o[t], dtc)
        dc += dtc * d.tc_slope[t]
        looked_at = dc if self.current else dc_prev
        looked_at += d.o[t] * d.slope_o[t] * p.P_o
        np.multiply(dc, r.g[t], d.i[t])
        np.multiply(dc, r.c_prev[t], d.f[t])
        np.multiply(dc, r.i[t], d.g[t])
        dc_prev += dc * r.f[t]
        if self.frozen:
            for name in self.frozen:
                getattr(d, name)[t] = 0.0
        np.multiply(d.gates[t], d.slope[t], dh)
        dc_prev += d.h_i[t] * p.P_i
        dc_prev += d.h_f[t] * p.P_f
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂(s_t, c_t)/∂(s_{t−1}, c_{t−1}) of one sample, (2H, 2H), rows for what came in, columns for what goes out."""
        i, f, g, o = (getattr(r, k)[t, sample] for k in BLOCKS)
        tc, c_prev = r.tc[t, sample], r.c_prev[t, sample]
        W = dict(zip(BLOCKS, np.split(p.W, 4, axis=1), strict=True))
        by_i, by_f = (a * (1 - a) * (k not in self.frozen) for k, a in (("i", i), ("f", f)))  # ∂c/∂h^i …
        by_i, by_f, by_g = by_i * g, by_f * c_prev, (1 - g**2) * i
        by_o = o * (1 - o) * ("o" not in self.frozen) * tc  # ∂s/∂h^o
        c_by_s = W["i"] * by_i + W["f"] * by_f + W["g"] * by_g
        c_by_c = f + p.P_i * by_i + p.P_f * by_f
        s_by_c = self.state_by_memory(p, r, t, sample)
        past = p.P_o * by_o * (not self.current)
        return np.block([
            [W["o"] * by_o + c_by_s * s_by_c, c_by_s],
            [np.diag(c_by_c * s_by_c + past), np.diag(c_by_c)],
        ])  # fmt: skip

    def state_by_memory(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """From s = o ⊙ tanh(c), where the output gate may look at c too:  o ⊙ (1 − tanh²(c)) + tanh(c) ⊙ σ′ ⊙ P_o."""
        o, tc = r.o[t, sample], r.tc[t, sample]
        looks = self.current and "o" not in self.frozen
        return super().state_by_memory(p, r, t, sample) + tc * o * (1.0 - o) * p.P_o * looks
