"""Spikes: updates whose loss or gradient stands far out from those just before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.maths.arrays import Array
from core.training.history import Updates

BEFORE = 50  # updates that one is compared with
FEWEST = 10
DEVIATIONS = 8.0  # robust standard deviations, of a loss
TIMES = 10.0  # of a norm
AS_NORMAL = 1.4826  # a normal distribution's standard deviation by its median absolute deviation
PIECE = 4096  # updates that are compared at once
LEAST = 1e-3  # of the median: below it a deviation is none


class Spike(NamedTuple):
    """`update` counts from 1; `quantity` is "loss" or "norm"; `usual` is the median of the updates before."""

    update: int
    quantity: str
    value: float
    usual: float


def spikes(updates: Updates, first: int = 1) -> list[Spike]:
    """The spikes from update `first` on, in their order.

    A loss is one where it is more than DEVIATIONS·1.4826·MAD above the median of the BEFORE updates before it (MAD,
    their median absolute deviation from it: Hampel 1974), a norm where it is more than TIMES their median. The first
    FEWEST updates have too few before them.
    """
    loss, norm = updates.column("loss"), updates.column("norm")
    found = []
    for start in range(max(first - 1, FEWEST), len(updates), PIECE):
        stop = min(start + PIECE, len(updates))
        usual, spread = _before(loss, start, stop)
        found += _over("loss", loss, usual, usual + DEVIATIONS * AS_NORMAL * spread, start)
        usual, _ = _before(norm, start, stop)
        found += _over("norm", norm, usual, TIMES * usual, start)
    return sorted(found)


def _over(quantity: str, values: Array, usual: Array, limit: Array, start: int) -> list[Spike]:
    now = values[start : start + len(usual)]
    with np.errstate(invalid="ignore"):
        over = np.flatnonzero((now > limit) | ~np.isfinite(now))
    return [Spike(start + int(k) + 1, quantity, float(now[k]), float(usual[k])) for k in over]


def _before(values: Array, start: int, stop: int) -> tuple[Array, Array]:
    """The median of the values before each of start … stop − 1, and their median absolute deviation, never quite 0."""
    place = np.arange(start, stop)[:, np.newaxis] - BEFORE + np.arange(BEFORE)
    window = np.where(place >= 0, values[np.maximum(place, 0)], np.nan)
    usual = np.nanmedian(window, axis=1)
    spread = np.nanmedian(np.abs(window - usual[:, np.newaxis]), axis=1)
    return usual, np.maximum(spread, LEAST * np.abs(usual))
