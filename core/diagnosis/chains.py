"""Gradients that go back too few steps: every way to truncate, from what each step's own loss sends back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.diagnosis.backward import Change, Gradients, Pass
from core.diagnosis.unrolling import Unrolling
from core.maths.arrays import Array

MOST_STEPS = 64  # beyond, the windows that are tried are counted from the last step, and few
FEW = (1, 2, 3, 4, 5, 6, 8, 10, 16, 20, 25, 32)


@dataclass(frozen=True)
class Truncated:
    """A chain that is cut: `way` "reach" (each loss goes back `steps` steps), "from the first" or "from the last"
    (windows of `steps` steps, counted from there)."""

    way: str
    steps: int
    rank: int = 1
    kind: str = "truncated"


def truncations(unrolling: Unrolling) -> Iterator[tuple[list[Truncated], Gradients]]:
    """All of them, as rows of gradients."""
    trace = unrolling.trace
    steps = len(trace.data.x)
    if steps < 2:
        return
    plain = all(not scan.reverse and not scan.decodes for scan in trace.scans) and trace.data.present is None
    if plain and steps <= MOST_STEPS and len(trace.data.y) == steps:
        yield _of_each_loss(unrolling, steps)
        return
    for window in (k for k in FEW if k < steps):
        cut = Unrolling(trace, window, unrolling.values if unrolling.altered else None)
        yield [Truncated("from the last", window)], Pass(cut, [Change()]).run()


def _of_each_loss(unrolling: Unrolling, steps: int) -> tuple[list[Truncated], Gradients]:
    trace = unrolling.trace
    dz = unrolling.losses
    supervised = trace.data.supervised.nonzero()[0]
    apart = np.zeros((steps, len(supervised), *dz.shape[1:]))
    apart[supervised, np.arange(len(supervised))] = dz[supervised]
    found = Pass(unrolling, [Change()] * len(supervised), apart).run()
    labels, masks = [], []
    t, loss = np.arange(steps)[:, None], supervised[None]
    for k in range(1, steps):
        labels.append(Truncated("reach", k))
        masks.append(loss - t < k)
        if k > 1:
            labels.append(Truncated("from the first", k))
            masks.append(t // k == loss // k)
            labels.append(Truncated("from the last", k))
            masks.append((steps - 1 - t) // k == (steps - 1 - loss) // k)
    mask = np.array(masks, dtype=float)  # (K, T, losses)
    signals = {key: _summed(mask, array) for key, array in found.signals.items() if len(array) == steps}
    starts = {key: np.tensordot(mask[:, 0], array, axes=1) for key, array in found.starts.items()}
    return labels, Gradients(signals, starts)


def _summed(mask: Array, array: Array) -> Array:
    """Σ over losses of what each sends, (T, losses, …) to (T, K, …)."""
    flat = array.reshape(*array.shape[:2], -1)
    found = np.matmul(mask.swapaxes(0, 1), flat)
    return found.reshape(len(array), len(mask), *array.shape[2:])
