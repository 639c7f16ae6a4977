"""The clockwork network: groups of units that each run at a period of their own (Koutník et al. 2014)."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Cell, Record, Row, carry, sequence
from core.choices import Choices
from core.maths.arrays import Array
from core.maths.operations import KEEP, REST, WRITE, Operation, activate, clock, linear, mix
from core.options import Option

PERIODS = Option(
    "periods",
    Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=1024)], ...], msgspec.Meta(min_length=1)],
    (1, 2, 4, 8),
    "Periods",
    "One group of units for each; a group runs when its period divides t.",
    note="a unit runs where its period divides t; each sample counts its own steps, from 1",
    makes=("parameters",),
)


class Clockwork(Cell):
    """h_t = x_t·U + s_{t−1}·W + b,  n_t = tanh(h_t),  s_t = k_t ⊙ n_t + (1 − k_t) ⊙ s_{t−1}.

    The units form one group for each of `periods`, of equal size; the first groups take what is left over, so that
    with fewer units than periods the first ones have a unit each and the others none. The clock k_t is 1 for the
    units of a group whose period divides t, and 0 for the others, which copy their state; h and n are recorded for
    all units, but only those of active ones go anywhere. It is given, not computed: it has no gradient.
    W is masked: W[i, j] differs from 0 only where the period of unit i is at least that of unit j, so a slow group
    feeds itself and faster ones. U and b are not.

    As in the paper (section 3 and its figure 2) a group runs where t mod period = 0, with t counted from 1, in the
    order of processing: at t = 6 the groups of periods 1 and 2 do, and one of period 8 waits until t = 8. Of a batch of
    different lengths each sample counts its own steps, so that in a reverse chain the clock begins with the sample and
    not in its padding; at a step that a sample does not have the clock is 0 and not counted on. Programs that count
    from 0 let every group run at the first step. PyTorch and Keras have no such cell.
    """

    name = "clockwork"
    title = "clockwork"
    options = (PERIODS,)

    def __init__(self, frozen: dict[str, float] | None = None, periods: tuple[int, ...] = (1, 2, 4, 8)) -> None:
        super().__init__(frozen)
        self.periods = self.clocks = tuple(periods)

    @classmethod
    def from_experiment(cls, experiment: Choices) -> Clockwork:
        return cls(periods=experiment.periods)

    def periods_of_units(self, hidden: int) -> Array:
        """The period of each unit, (H,)."""
        size, rest = divmod(hidden, len(self.periods))
        return np.repeat(self.periods, [size + (group < rest) for group in range(len(self.periods))])

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (
            Record("h", "pre-activation", "pre-activation"),
            Record("n", "state", "candidate"),
            Record("k", "gate", "clock"),
            Record("s", "state", "state"),
        )

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return (
            Row("h", "pre-activation", ("h",), ("h",)),
            Row("n", "candidate and clock", ("n", "k"), ("n", "k")),
            Row("s", "state", ("s",), (KEEP, WRITE, REST, "s")),
        )

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return (
            linear("h", ("x", "U"), ("s_prev", "W"), bias="b", at=(2, 3)),
            activate("n", "tanh", "h", at=(3, 3)),
            clock("k", at=(1, 3)),
            *mix("s", "k", "n", "s_prev", ((1, 1), (3, 2), (3, 1)), shown=(4, 1)),
        )

    def mask(self, parameter: str, hidden: int) -> Array | None:
        """Of W (H, H): 1 from a unit to those of its own period and of shorter ones."""
        if parameter != "W":
            return None
        periods = self.periods_of_units(hidden)
        return (periods[:, None] >= periods[None, :]).astype(float)

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        r = SimpleNamespace(h=sequence(steps, batch, hidden), n=sequence(steps, batch, hidden))
        ticks = np.arange(1, steps + 1)[:, None, None] % self.periods_of_units(hidden) == 0
        r.active = np.repeat(ticks, batch, axis=1)  # (T, B, H)
        r.k = r.active.astype(float)
        carry(r, "s", steps, batch, hidden)
        return r

    def pause(self, r: SimpleNamespace, absent: Array) -> None:
        own = np.cumsum(~absent, axis=0)[:, :, None]
        r.active = (own % self.periods_of_units(r.k.shape[2]) == 0) & ~absent[:, :, None]
        r.k[...] = r.active

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b + s_{t−1}·W;  n = tanh(h);  s = n where the clock is 1, and s_{t−1} where it is 0."""
        h, n, s_prev, s = r.h[t], r.n[t], r.s_prev[t], r.s[t]
        h += s_prev.dot(p.W)
        np.tanh(h, n)
        np.copyto(s, s_prev)
        np.copyto(s, n, where=r.active[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        d = SimpleNamespace(h=np.empty_like(r.h), n=np.empty_like(r.n), k=np.zeros_like(r.k))
        d.slope, d.keep = 1.0 - np.square(r.n), 1.0 - r.k
        carry(d, "s", *r.h.shape)
        return d

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """∂L/∂s_t is complete. From s = k ⊙ n + (1 − k) ⊙ s_{t−1}, k fixed, and n = tanh(h):

        ∂L/∂n       = ∂L/∂s ⊙ k,   ∂L/∂s_{t−1} += ∂L/∂s ⊙ (1 − k)
        ∂L/∂h       = ∂L/∂n ⊙ (1 − n²)
        ∂L/∂s_{t−1} += ∂L/∂h · Wᵀ
        The gradient on an inactive unit passes to the step before unchanged, and none of it goes into h.
        """
        ds, dn, dh, ds_prev = d.s[t], d.n[t], d.h[t], d.s_prev[t]
        np.multiply(ds, r.k[t], dn)
        ds_prev += ds * d.keep[t]
        np.multiply(dn, d.slope[t], dh)
        ds_prev += dh.dot(p.W_T)

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂s_{t−1} of one sample, (H, H), row i for unit i of s_{t−1}: W · diag(k ⊙ (1 − n²)) + diag(1 − k)."""
        n, k = r.n[t, sample], r.k[t, sample]
        return p.W * (k * (1 - n**2)) + np.diag(1 - k)
