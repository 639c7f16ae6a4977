"""Clipping: what is used of a gradient that is too large. The exact gradient stays recorded beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array, scaled_norm


def clip(
    gradients: dict[str, Array], norm: float | None = None, value: float | None = None
) -> tuple[dict[str, Array], float]:
    """Clipped gradients and the factor that clipping by norm applied (1 where it did nothing; the same gradients then).

    By norm (Pascanu, Mikolov & Bengio 2013): g·min(1, c/‖g‖), ‖g‖ over all parameters together; the direction stays.
    By value: each entry into −c … c; the direction changes.
    """
    if value is not None:
        return {name: np.clip(array, -value, value) for name, array in gradients.items()}, 1.0
    if norm is None:
        return gradients, 1.0
    total = scaled_norm(np.array([scaled_norm(array) for array in gradients.values()]))
    factor = norm / total if total > norm else 1.0
    return {name: array * factor for name, array in gradients.items()}, float(factor)


@dataclass(frozen=True)
class Turn:
    """What clipping did to the gradient of all parameters together, as one long vector: its norm before and after, by
    what the length was multiplied, and the angle between the two in degrees. NaN where there is no such number."""

    before: float
    after: float
    factor: float
    degrees: float


def turn_of(before: Mapping[str, Array], after: Mapping[str, Array]) -> Turn:
    """Compares two gradients of the same parameters.

    The angle is 2·atan2(‖u − v‖, ‖u + v‖) of the unit vectors u and v (Kahan 2006, "How futile are mindless assessments
    of roundoff"): right for small angles, where the arc cosine has lost half of the digits.
    """
    a, b = (np.concatenate([array.ravel() for array in each.values()]) for each in (before, after))
    sizes = scaled_norm(a), scaled_norm(b)
    if not all(np.isfinite(size) and size > 0.0 for size in sizes):
        return Turn(*sizes, float("nan"), float("nan"))
    u, v = (each / np.abs(each).max() for each in (a, b))  # first near 1: what is tiny has no digits to lose
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    angle = 2.0 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    return Turn(*sizes, sizes[1] / sizes[0], float(np.degrees(angle)))
