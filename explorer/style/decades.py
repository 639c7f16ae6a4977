"""The fixed decades of |gradient|: every picture runs over them from paper to full ink, every edge to full width.

What vanishes is never rescaled. What explodes raises the upper end by whole decades, and the legends say so.
"""

from math import ceil, isfinite, log10

LOW, HIGH = -4.0, 0.0
EXPLODING = 10.0  # up to here the fixed decades do


def upper(largest: float) -> float:
    """The upper decade of a picture whose largest finite |gradient| is this."""
    return float(ceil(log10(largest))) if isfinite(largest) and largest > EXPLODING else HIGH
