"""A logarithmic axis in decades: its range, its ticks and its numbers, all from log₁₀ and so without underflow."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from explorer.style.numbers import power, superscript

LEAST = 3  # decades: a smaller range would make noise look like a slope
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)
_PLAIN = {0: "1", 1: "10", 2: "100"}


def decade_text(decade: int) -> str:
    """ "10⁻⁴", "1", "100": a power of ten as it stands at a tick."""
    return _PLAIN.get(decade, f"10{superscript(decade)}")


def ticks(low: float, high: float, most: int) -> list[int]:
    """Decades in low … high to write down: multiples of 1, 2, 5, 10 …, at most `most` of them and at least one."""
    first, last = math.ceil(low), math.floor(high)
    for step in _STEPS:
        found = [k for k in range(first, last + 1) if k % step == 0]
        if len(found) <= max(most, 1):
            return found or [first]
    return [first]


def named_ticks(low: int, high: int, decade: float, line: float) -> list[int]:
    """The decades in low … high to write down where a decade is `decade` px and a line of text `line` px high:
    multiples of 1, 2, 5, 10 … that stand apart, at least two; else the two ends, or nothing where these do not."""
    for step in _STEPS:
        found = [k for k in range(low, high + 1) if k % step == 0]
        if step * decade >= line and len(found) > 1:
            return found
    return [low, high] if (high - low) * decade >= line else []


def span_text(low: int, high: int) -> str:
    """ "10⁻³ … 1": the range in one line."""
    return f"{decade_text(low)} … {decade_text(high)}"


def whole_decades(curves: Iterable[NDArray]) -> tuple[int, int] | None:
    """The whole decades that hold every finite log₁₀, at least LEAST of them; None where there is no finite one."""
    finite = [logs[np.isfinite(logs)] for logs in curves]
    finite = [logs for logs in finite if logs.size]
    if not finite:
        return None
    low = math.floor(min(float(logs.min()) for logs in finite) + 1e-9)
    high = math.ceil(max(float(logs.max()) for logs in finite) - 1e-9)
    return min(low, high - LEAST), high


class DecadeRange:
    """The range of an axis that holds still: within one gesture it only grows, and it shrinks when all is calm."""

    def __init__(self) -> None:
        self.low, self.high = -LEAST, 0

    def fit(self, curves: Sequence[NDArray], only_grow: bool = False) -> bool:
        """Takes the range of these curves (log₁₀). True where it changed."""
        found = whole_decades(curves)
        if found is None:
            return False
        low, high = found
        if only_grow:
            low, high = min(low, self.low), max(high, self.high)
        changed = (low, high) != (self.low, self.high)
        self.low, self.high = low, high
        return changed


def power_of(log: float, digits: int = 3) -> str:
    """10^log as mantissa and power, "2.1·10⁻⁴⁰⁰": also where the number itself would underflow.

    "0" for −∞, "+∞" for ∞, "not a number" otherwise.
    """
    if not math.isfinite(log):
        return power(0.0 if log == -math.inf else log)
    exponent = math.floor(log)
    mantissa = f"{10.0 ** (log - exponent):.{max(digits, 1) - 1}f}"
    if mantissa.startswith("10"):
        mantissa, exponent = f"{1.0:.{max(digits, 1) - 1}f}", exponent + 1
    return f"{mantissa}·10{superscript(exponent)}"
