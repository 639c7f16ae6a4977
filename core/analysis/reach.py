"""How much of a step's memory reaches a later one: dq_t/dq_k, as the product of one-step derivatives that it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import jacobian, no_contributions, onward
from core.maths.arrays import Array
from core.trace import Trace


@dataclass(frozen=True, eq=False)
class StateJacobian:
    """dq_t/dq_k, or ∂q_t/∂q_k with s_k fixed, = (first · rest), q the memory of the scan on view (Pascanu, Mikolov &
    Bengio 2013, eq. 5; see core.analysis.contributions.contributions).

    `first` (H, n): how the n numbers m_{k+1} that the cell carries move with q_k; `rest` (n, H): ∂q_t/∂m_{k+1};
    `matrix` (H, H), row i for unit i of q_k; `norm`: its largest singular value. At t = k nothing lies between, and it
    is the identity.
    """

    t: int
    k: int
    first: Array
    rest: Array
    matrix: Array
    norm: float


def reach(trace: Trace, t: int, k: int, sample: int = 0, total: bool = True) -> StateJacobian | None:
    """Of columns t ≥ k of the scan on view, the `total` derivative or the partial one; None where there is no map of
    contributions, or they are not its own."""
    scan = trace.scan
    first, last = trace.schedule.lanes[scan.name][:2]
    if no_contributions(trace) or not first <= k <= t <= last:
        return None
    before, cell, hidden = first - 1, scan.cell, scan.hidden
    size = len(cell.carried) * hidden
    start = cell.carried.index(cell.memory) * hidden
    block = slice(start, start + hidden)
    rest = np.eye(size)[:, block]
    with np.errstate(all="ignore"):
        for step in range(t - before, k + 1 - before, -1):
            rest = jacobian(trace, step, sample, scan) @ rest
        own = onward(trace, scan, k - before, sample, total)
        if t > k:
            own = own @ jacobian(trace, k + 1 - before, sample, scan)
        matrix = own @ rest
        norm = float(np.linalg.norm(matrix, 2)) if np.isfinite(matrix).all() else float("nan")
    return StateJacobian(t, k, own, rest, matrix, norm)
