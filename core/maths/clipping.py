"""Clipping: what is used of a gradient that is too large. The exact gradient stays recorded beside it."""

from __future__ import annotations

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
