"""A histogram of a number over many runs: which of them lie in which bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array

MOST_BARS = 16
WIDE = 30.0  # the largest by the smallest of positive numbers from which bars are spread by their logarithms


@dataclass(frozen=True, eq=False)
class Histogram:
    """`edges` (bars + 1,), ascending; each bar has the places of its runs, ascending, and the last one its upper edge,
    too. `decades`: the edges are evenly spread by their logarithms. `below`, `above`: runs whose number is −∞ or +∞;
    `zero`: 0, which has no place among decades; `none`: that have no number."""

    edges: Array
    bars: tuple[tuple[int, ...], ...]
    decades: bool
    below: tuple[int, ...] = ()
    above: tuple[int, ...] = ()
    zero: tuple[int, ...] = ()
    none: tuple[int, ...] = ()

    def bar_of(self, value: float) -> int | None:
        """The bar in which a number lies; None where it lies beyond all of them, or is none."""
        if not self.bars or not self.edges[0] <= value <= self.edges[-1]:
            return None
        return min(int(np.searchsorted(self.edges, value, side="right")) - 1, len(self.bars) - 1)


def histogram(numbers: Array, most: int = MOST_BARS) -> Histogram:
    """At most `most` bars of equal width, by logarithms where no number is below 0 and those above it are far apart.
    Whole numbers, where there are no others, stand in the middle of bars of a whole width. What differs by rounding
    alone is one bar."""
    numbers = np.asarray(numbers, dtype=float)
    finite = numbers[np.isfinite(numbers)]
    below, above = (tuple(np.flatnonzero(numbers == each).tolist()) for each in (-np.inf, np.inf))
    none = tuple(np.flatnonzero(np.isnan(numbers)).tolist())
    if not finite.size:
        return Histogram(np.zeros(0), (), False, below, above, (), none)
    edges, decades = _edges(finite, most)
    zero = tuple(np.flatnonzero(numbers == 0.0).tolist()) if decades else ()
    empty = Histogram(edges, ((),) * (len(edges) - 1), decades)
    bars: list[list[int]] = [[] for _ in empty.bars]
    for place, number in enumerate(numbers):
        bar = empty.bar_of(float(number))
        if bar is not None:
            bars[bar].append(place)
    return Histogram(edges, tuple(map(tuple, bars)), decades, below, above, zero, none)


def _edges(finite: Array, most: int) -> tuple[Array, bool]:
    """The edges of the bars, and whether they are spread by their logarithms."""
    low, high, above = float(finite.min()), float(finite.max()), finite[finite > 0.0]
    if (finite == finite.round()).all() and high - low < 1e6:
        width = int((high - low) // most) + 1
        count = int((high - low) // width) + 1
        return low - 0.5 + width * np.arange(count + 1), False
    if high - low > 1e-9 * max(abs(low), abs(high)):
        decades = low >= 0.0 and high > WIDE * float(above.min())
        first = float(above.min()) if decades else low
        edges = np.geomspace(first, high, most + 1) if decades else np.linspace(first, high, most + 1)
        edges[0], edges[-1] = first, high
        # Among subnormal numbers there may be fewer numbers than edges: two edges would be one number.
        if (np.diff(edges) > 0.0).all():
            return edges, decades
    around = max(0.05 * abs(low), np.finfo(float).tiny) if low else 0.05
    return np.array([low - around, high + around]), False
