"""How much of a gradient over time each step makes: signed shares of dθ = Σ_t dθ_t, which add up to 1.

The share of a step is the projection of its addend on the sum, ⟨dθ_t, dθ⟩ / ⟨dθ, dθ⟩: addends may point in any
direction, and cancel. Steps are counted back from the first that the backward pass finds an addend at (lag 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array

MOST = 0.9  # of a gradient: what is said to make it
NOTHING = 1e-9  # of a gradient: addends that together are no more make none of it, to rounding
CANCELS = 0.1  # of a gradient: addends that point the other way are worth a word


def projections(left: Array, right: Array, total: Array, elementwise: bool) -> Array:
    """⟨left_tᵀ·right_t, total⟩ / ⟨total, total⟩ for every t, (T,), without making a product: left (T, B, m), right
    (T, B, n), total (m, n); of an elementwise parameter left and right (T, B, n), total (1, n). NaN where total is 0 or
    not finite. A mask of the parameter need not be given: `total` is 0 where it is."""
    largest = float(np.abs(total).max(initial=0.0))
    if not 0.0 < largest < np.inf:
        return np.full(len(left), np.nan)
    unit = total / largest  # so that 1e-200 has its shares
    size = float((unit * unit).sum())
    with np.errstate(all="ignore"):
        scaled = right / largest
        if elementwise:
            return (left * scaled * unit[0]).sum(axis=(1, 2)) / size
        return ((left @ unit) * scaled).sum(axis=(1, 2)) / size


@dataclass(frozen=True, eq=False)
class LagShares:
    """`columns` (n,) of the picture, from 1, in the order of the backward pass; `shares` (n,) of theirs, adding up to
    1; `lag` (n,) steps back from the first with an addend, negative before it. NaN where there is no gradient."""

    columns: Array
    shares: Array

    @property
    def first(self) -> int:
        """The place in `columns` of the first step that has an addend; 0 where none has."""
        there = np.flatnonzero(self.shares != 0.0)
        return int(there[0]) if there.size else 0

    @property
    def lag(self) -> Array:
        """(n,) steps back."""
        return np.arange(len(self.columns)) - self.first

    @property
    def known(self) -> bool:
        """Whether there are shares: dθ is neither 0 nor beyond all numbers."""
        return bool(np.isfinite(self.shares).all()) and len(self.shares) > 0

    def left(self, lag: int) -> float:
        """The share of all addends from `lag` steps back on."""
        return float(self.shares[self.first + max(lag, 0) :].sum())

    @property
    def against(self) -> float:
        """The share of the addends that point the other way, ≤ 0."""
        return float(self.shares[self.shares < 0.0].sum())

    def fewest(self, most: float = MOST) -> tuple[int, float] | None:
        """How few last steps make at least `most` of it, and the share that they make. None where there is no such
        number to be said: no gradient, or addends that point the other way, so that a part could make more than all."""
        if not self.known or self.against < -CANCELS:
            return None
        made = np.cumsum(self.shares[self.first :])
        count = int(np.flatnonzero(made >= most)[0]) + 1 if (made >= most).any() else len(made)
        return count, float(made[count - 1])

    @property
    def only(self) -> int | None:
        """The place in `columns` of the one step that makes all of it, to rounding; None where there is none."""
        if not self.known:
            return None
        largest = int(np.argmax(self.shares))
        return largest if np.abs(np.delete(self.shares, largest)).sum() < NOTHING else None
