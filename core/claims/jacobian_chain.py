"""The gradient between two steps as a product of one-step derivatives, and the bounds that the factors imply.

With q the memory of the scan on view and J_j = ∂m_j/∂m_{j−1} of all that its cell carries (Pascanu, Mikolov & Bengio
2013, equations 5 to 7), what of ∂L/∂q_t comes back to q_k is ∂L/∂q_t · Pᵀ with P = first · J_{k+1} · … · J_t, and

    ‖∂L/∂q_t·Pᵀ‖ ≤ ‖∂L/∂q_t‖·σ_max(P) ≤ ‖∂L/∂q_t‖·‖first‖·∏ σ_max(J_j) ≤ ‖∂L/∂q_t‖·(σ_max(W)·max|φ′|)^{t−k}

where `first` is how what the cell carries moves with q_k (the identity, where that is the state alone); the last one
where each factor is W·diag(φ′). Everything is kept as a logarithm beside a number near 1: 10⁻⁴⁰⁰ is not 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import jacobian, no_contributions, onward
from core.claims.step_back import Way, only_way
from core.maths.arrays import Array, largest_singular_value, scaled_norm, spectral_radius
from core.memo import remember
from core.trace import Trace

BUDGET = 2e8  # multiplications of the singular values of all factors, some 200 ms
ROUNDING = 1e-14  # of the largest singular value of a product: what lies below is not known


@dataclass(frozen=True, eq=False)
class Bound:
    """W alone, where every factor is W·diag(φ′): its largest singular value and spectral radius, the largest slope of
    the steps between, and log₁₀ of (σ_max·slope)^{t−k}."""

    way: Way
    largest: float
    radius: float
    slope: float
    decades: float


@dataclass(frozen=True, eq=False)
class JacobianChain:
    """Between columns t > k. `columns` (n,): those of the factors J_t … J_{k+1}; `largest` and `smallest` (n,) their
    singular values, None where that would take too long. `matrix` (H, H) · 10^`exponent` is P, row i for unit i of q_k;
    its singular values as log₁₀ in `norm` and `least` (NaN: lost in rounding). `first`: ‖first‖₂. `arriving`:
    ‖∂L/∂q_t‖ of the sample; `passed`: log₁₀ ‖∂L/∂q_t·Pᵀ‖. `product`: log₁₀ of first·∏σ_max, None without `largest`."""

    t: int
    k: int
    sample: int
    columns: Array
    largest: Array | None
    smallest: Array | None
    matrix: Array
    exponent: float
    norm: float
    least: float
    first: float
    arriving: float
    passed: float
    product: float | None
    bound: Bound | None
    whole: bool  # all of ∂L/∂q_k comes this way


def chain_factor(trace: Trace, column: int, sample: int = 0) -> Array:
    """The factor of a column, ∂m_t/∂m_{t−1} of what the scan on view carries, (n·H, n·H): row i for unit i of
    m_{t−1}."""
    return jacobian(trace, column - trace.schedule.offset(trace.scan.name), sample, trace.scan)


def no_chain(trace: Trace) -> str:
    """Why there is no product: as `no_contributions`, or "one step"; "" where there is one."""
    first, last = trace.schedule.lanes[trace.scan.name][:2]
    return no_contributions(trace) or ("one step" if first == last else "")


def jacobian_chain(trace: Trace, t: int, k: int, sample: int = 0, total: bool = True) -> JacobianChain:
    """From column t back to column k < t of the scan on view. `total`: through everything that is carried, or, of a
    memory beside a state, with s_k fixed. Raises ValueError where there is none."""
    first, last = trace.schedule.lanes[trace.scan.name][:2]
    if no_chain(trace) or not first <= k < t <= last:
        raise ValueError(f"there is no product from column {t} back to {k}")
    key = "jacobian chain", t, k, sample, total
    return remember(trace, key, lambda: _made(trace, t, k, sample, total))


def _made(trace: Trace, t: int, k: int, sample: int, total: bool) -> JacobianChain:
    scan, hidden = trace.scan, trace.scan.hidden
    columns = np.arange(t, k, -1)
    size = len(scan.cell.recurrent_states) * hidden
    place = scan.cell.recurrent_states.index(scan.cell.memory) * hidden
    with np.errstate(all="ignore"):
        factors = [chain_factor(trace, int(column), sample) for column in columns]
        rest, exponent = np.eye(size)[:, place : place + hidden], 0.0
        for factor in factors:
            rest, exponent = _scaled(factor @ rest, exponent)
        own = onward(trace, scan, k - first_column(trace) + 1, sample, total)
        matrix, exponent = _scaled(own @ rest, exponent)
        values = np.linalg.svd(matrix, compute_uv=False) if np.isfinite(matrix).all() else np.full(hidden, np.nan)
        gradient = trace.exact[scan.name, scan.cell.memory][:, sample]
        delta, there = gradient[t - first_column(trace)], gradient[k - first_column(trace)]
        passed = delta @ matrix.T
        largest, smallest = _singular_values(factors, size)
        spread = largest_singular_value(own)
        product = None if largest is None else float(np.log10(largest).sum() + np.log10(spread))
        least = float(np.log10(values[-1]) + exponent) if values[-1] > ROUNDING * values[0] else _lost(values)
        difference = scaled_norm(passed * 10.0**exponent - there)
        return JacobianChain(
            t, k, sample, columns, largest, smallest, matrix, exponent, float(np.log10(values[0]) + exponent), least,
            spread, scaled_norm(delta), float(np.log10(scaled_norm(passed)) + exponent), product,
            _bound(trace, columns, sample), bool(difference <= 1e-9 * scaled_norm(there)),
        )  # fmt: skip


def first_column(trace: Trace) -> int:
    """The first column of the scan on view."""
    return trace.schedule.lanes[trace.scan.name].first


def _lost(values: Array) -> float:
    """log₁₀ of a smallest singular value that is 0, or not known."""
    return float("-inf") if values[0] == 0.0 or values[-1] == 0.0 else float("nan")


def _scaled(matrix: Array, exponent: float) -> tuple[Array, float]:
    """The same with a largest entry of 1, where it has a finite one."""
    largest = float(np.abs(matrix).max(initial=0.0))
    if not 0.0 < largest < np.inf:
        return matrix, exponent
    return matrix / largest, exponent + float(np.log10(largest))


def _singular_values(factors: list[Array], size: int) -> tuple[Array | None, Array | None]:
    """The largest and the smallest of each factor, where there are not too many."""
    if len(factors) * 10.0 * size**3 > BUDGET:
        return None, None
    found = [np.linalg.svd(each, compute_uv=False) if np.isfinite(each).all() else [np.nan] for each in factors]
    return np.array([each[0] for each in found]), np.array([each[-1] for each in found])


def _bound(trace: Trace, columns: Array, sample: int) -> Bound | None:
    """That of W and the slope, where nothing else lies between two steps, and every sample has all of them."""
    scan = trace.scan
    way = only_way(scan.cell)
    if way is None or trace.data.present is not None:
        return None
    place = columns - first_column(trace)
    h, s = (trace.values[scan.name, name][place, sample] for name in (way.h, scan.cell.memory))
    w = trace.parameters[f"{scan.name}.{way.parameter}"]
    slope = float(np.abs(way.activation.slope(h, s)).max())
    largest = largest_singular_value(w)
    return Bound(way, largest, spectral_radius(w), slope, float(len(columns) * np.log10(largest * slope)))
