"""Truncated backpropagation through time: windows of steps, each counted back from the last step that a sample has."""

from __future__ import annotations

import numpy as np

from core.maths.arrays import Array


def window_starts(window: int | None, steps: int, absent: Array | None = None) -> Array:
    """The first step (from 0) of the window that each step of a loop is in, (T, B), or (T, 1) where all samples are
    alike; steps count in the order of processing. 0 where no cut lies before a step, everywhere for `window` None.

    A sample with n steps of its own is cut before those of its steps q (from 0, 0 < q < n) with (n − q) mod window = 0:
    windows of `window` steps that end with its last one, so that only its first may be shorter. `absent` (T, B) bool:
    the steps that a sample does not have; they belong to no window, and padding moves no cut.

    Unlike the common training loop that detaches the state every k steps, counted from the first: that one's last
    window may be the shorter one (Williams & Peng 1990 compare such algorithms).
    """
    if window is None:
        return np.zeros((steps, 1), dtype=int)
    present = np.ones((steps, 1), dtype=bool) if absent is None else ~absent
    own, count = np.cumsum(present, axis=0) - 1, present.sum(axis=0)
    starts = np.maximum(0, own - (own - count) % window)
    return np.where(starts > 0, np.argmax(present, axis=0) + starts, 0)


def cuts(window: int | None, steps: int, absent: Array | None = None) -> Array:
    """Whether each step begins a window, so that nothing goes back from it: bool of the shape of `window_starts`."""
    starts = window_starts(window, steps, absent)
    return (starts > 0) & (starts == np.arange(steps)[:, None])
