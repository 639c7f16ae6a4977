"""The terms of the loss as nodes of the chain: what an output is compared with, the difference, and ℓ_t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array, norms
from core.network.parts import OUTPUT
from core.trace import Trace


@dataclass(frozen=True, eq=False)
class LossNodes:
    """The n terms of one sample's loss in the order of their `columns` (n,), from 1. `outputs` a, `targets` y and
    `differences` ∂ℓ/∂z, which is a − y for every loss of targets (`core.maths.losses`), are (n, O); `losses` (n,) are
    ℓ_t, and `norms` (n,) ‖∂L/∂z_t‖, of what goes back from L directly, with the batch's 1/B in it."""

    columns: Array
    outputs: Array
    targets: Array
    differences: Array
    losses: Array
    norms: Array

    def __len__(self) -> int:
        return len(self.columns)


def loss_nodes(trace: Trace, sample: int) -> LossNodes:
    """Those of a sample of the batch: the steps that the loss looks at, and that this sample has."""
    data = trace.data
    asked = data.supervised if data.counted is None else data.supervised & data.counted[:, sample]
    at = np.flatnonzero(asked)
    a, y = trace.values[OUTPUT][at, sample], data.y[at, sample]
    with np.errstate(all="ignore"):
        losses = trace.network.loss.value(trace.values[OUTPUT[0], "z"][at, sample], y)
        differences = trace.network.loss.gradient(trace.values[OUTPUT[0], "z"][at, sample], a, y)
    divisor = trace.network.loss.divisor(data.x.shape[1])
    sizes = norms(differences[:, None]) / divisor if len(at) else np.zeros(0)
    return LossNodes(at + 1 + trace.schedule.before_output, a, y, differences, losses, sizes)
