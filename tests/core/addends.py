"""The addends of a parameter's gradient, one matrix a step, made from their factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import factors_over_time, norms_of_products, product
from core.cells.factors import declared_factor
from core.maths.arrays import Array, norms
from core.network.scan import Scan
from core.trace import Trace


@dataclass(frozen=True)
class Addend:
    """One step's share of a parameter's gradient, `matrix`, with its factors: matrix = leftᵀ · right."""

    t: int
    matrix: Array
    left: Array
    right: Array
    norm: float


def addend(trace: Trace, parameter: str, t: int, scan: Scan | None = None, exact: bool = True) -> Addend:
    """dθ_t of the sum dθ = dθ_1 + … + dθ_T, made from its factors on demand; t from 1, data time.

    `parameter` without its part: "W", "U_f", "b". A bias has 1 as its left factor.
    """
    scan = scan or trace.scan
    factor = declared_factor(scan.cell, parameter)
    left, right = (each[t - 1] for each in factors_over_time(trace, scan, factor, trace.exact if exact else trace.used))
    with np.errstate(all="ignore"):
        matrix = product(left, right, factor.elementwise, scan.cell.mask(parameter, scan.hidden))
    if factor.left == "1" or factor.elementwise:
        matrix = matrix[0]
    return Addend(t, matrix, left, right, float(norms(matrix[None])[0]))


def addend_norms(trace: Trace, parameter: str, scan: Scan | None = None, exact: bool = True) -> Array:
    """‖dθ_t‖ of every step of the scan, (T,)."""
    scan = scan or trace.scan
    factor = declared_factor(scan.cell, parameter)
    left, right = factors_over_time(trace, scan, factor, trace.exact if exact else trace.used)
    return norms_of_products(left, right, factor.elementwise, scan.cell.mask(parameter, scan.hidden))
