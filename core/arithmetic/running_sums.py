"""One chosen entry of a parameter's gradient as a sum over time: its addends, and their running total."""

from __future__ import annotations

import numpy as np

from core.arithmetic.lines import Line, dot
from core.arithmetic.parameter_sums import Addends
from core.maths.arrays import Array

Index = tuple[int, ...]


def entry_addends(addends: Addends, index: Index, sign: float = 1.0) -> Array:
    """dθ_t[index] of every column t, (columns,), all samples together; `index` as in the parameter's own array: (i, j),
    or (j,) of a bias or of an elementwise parameter. `sign`: −1 in a book where the gate means the opposite."""
    with np.errstate(all="ignore"):
        left, right = _factors(addends, index, sign)
        found = (left * right).sum(axis=1)
    return found if addends.mask is None else found * addends.mask[index]


def running_entry(values: Array) -> Array:
    """values_T + … + values_t by t, (T,), added in the order of the backward pass."""
    with np.errstate(all="ignore"):
        return np.cumsum(values[::-1])[::-1]


def entry_line(addends: Addends, index: Index, t: int, sign: float = 1.0) -> Line:
    """dθ_t[index] as the product of its factors: left × right, summed over the samples of the batch."""
    left, right = _factors(addends, index, sign)
    if addends.mask is not None and not addends.mask[index]:
        return Line("", 0.0)
    return dot(left[t - 1], right[t - 1])


def _factors(addends: Addends, index: Index, sign: float) -> tuple[Array, Array]:
    """(columns, B) each."""
    right = addends.right[:, :, index[-1]] * sign
    if addends.factor.elementwise:
        return addends.left[:, :, index[-1]], right
    return addends.left[:, :, index[0] if len(index) == 2 else 0], right


def recorded_entry(addends: Addends, index: Index) -> float:
    """The recorded gradient's own entry, before clipping where it is known so; what all addends add up to."""
    trace = addends.trace
    if addends.used and trace.used is not trace.exact:
        return float(running_entry(entry_addends(addends, index))[0])
    return float(trace.named_parameters(trace.exact_parameters)[addends.name][index])
