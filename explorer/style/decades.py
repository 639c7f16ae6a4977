"""The fixed decades of |gradient|: every picture runs over them from paper to full ink, every edge to full width.

What vanishes is never rescaled. What explodes raises the upper end by whole decades, and the legends say so.
"""

from math import ceil, isfinite, log10

LOW, HIGH = -4.0, 0.0
GROWN = 4.0  # the upper decade of what may exceed 1: as far above it as LOW is below
ROUNDING = 1e-9  # a factor of 1 that was computed may exceed it by so many decades
EXPLODING = 10.0  # up to here the fixed decades do


def upper(largest: float) -> float:
    """The upper decade of a picture whose largest finite |gradient| is this."""
    return float(ceil(log10(largest))) if isfinite(largest) and largest > EXPLODING else HIGH
