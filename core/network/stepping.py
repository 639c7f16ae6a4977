"""A scan's step where a sample has none, or where its window begins: a loop's step and what is done around it.

`absent` (T, B) bool: the steps that a sample does not have, None where all have all. `carried`: what a step passes to
the next, values or gradients, after it and before it, (T, B, H) each. Time is in the order of processing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.maths.arrays import Array
from core.network.parts import StepFunction
from core.network.truncation import cuts

Carried = Sequence[tuple[Array, Array]]


def copying(step: StepFunction, absent: Array, carried: Carried) -> StepFunction:
    """The same step, but where a sample has no step t its carried states are copied."""
    if not carried:
        return step

    def copied(t: int) -> None:
        step(t)
        rows = absent[t]
        for after, before in carried:
            after[t, rows] = before[t, rows]

    return copied


def copying_back(step_back: StepFunction, absent: Array, carried: Carried) -> StepFunction:
    """The same, but where a sample has no step t the gradient on its carried states passes to step t − 1 whole."""
    if not carried:
        return step_back

    def copied(t: int) -> None:
        rows = absent[t]
        if not rows.any():
            step_back(t)
            return
        kept = [after[t, rows] for after, _ in carried]
        for after, _ in carried:
            after[t, rows] = 0.0
        step_back(t)
        for (after, before), gradient in zip(carried, kept, strict=True):
            after[t, rows] = gradient
            before[t, rows] += gradient

    return copied


def truncated(step_back: StepFunction, window: int, absent: Array | None, carried: Carried) -> StepFunction:
    """The same, but where a sample's window of `window` steps begins nothing is passed to the step before it."""
    if not carried:
        return step_back
    begins = np.broadcast_to(cuts(window, len(carried[0][0]), absent), carried[0][0].shape[:2])  # (T, B)
    somewhere = set(np.flatnonzero(begins.any(axis=1)).tolist())

    def cut(t: int) -> None:
        if t not in somewhere:
            step_back(t)
            return
        rows = begins[t]
        kept = [before[t, rows] for _, before in carried]
        step_back(t)
        for (_, before), passed in zip(carried, kept, strict=True):
            before[t, rows] = passed

    return cut
