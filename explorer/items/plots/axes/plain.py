"""Ticks of an axis that is not logarithmic."""

from __future__ import annotations

import numpy as np

from explorer.style.numbers import number

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


def round_ticks(bottom: float, top: float, most: int) -> list[tuple[float, str]]:
    """(value, text) of round values from `bottom` to `top` (above it), about `most` of them."""
    span = (top - bottom) / most
    power = 10.0 ** np.floor(np.log10(span))
    step = next(s * power for s in _ROUND if s * power >= span * (1 - 1e-9))
    first = int(np.ceil(bottom / step - 1e-9))
    found = []
    for k in range(first, first + most + 2):
        value = k * step
        if value <= top + 1e-9 * step:
            found.append((value, "0" if k == 0 else number(value, 3).rstrip() if abs(value) < 1 else f"{value:g}"))
    return found
