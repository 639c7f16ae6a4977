"""What is asked of numbers alone: norms, extremes, rows, differences, the spectrum of a matrix."""

from __future__ import annotations

import numpy as np

from core.lessons.language.faults import Misuse
from core.lessons.language.runs import Runs
from core.maths.activations import activation_named
from core.maths.arrays import Array, largest_singular_value, norms, scaled_norm, spectral_radius
from core.sentence import Sentence


def step_of(array: Array, t: int, argument: int = 1) -> Array:
    """Row t, from 1, of what has steps. Raises Misuse."""
    if array.ndim != 3:
        raise Misuse("this has no steps; give a record, like 'L1.s'.", 0)
    if not 1 <= t <= len(array):
        raise Misuse(Sentence("there is no step {t}; the steps are 1 to {count}.", t=t, count=len(array)), argument)
    return array[t - 1]


def norm(runs: Runs, q: Array, t: int | None = None) -> float:
    return scaled_norm(q if t is None else step_of(q, t))


def largest(runs: Runs, q: Array) -> float:
    return float(_some(q).max())


def smallest(runs: Runs, q: Array) -> float:
    return float(_some(q).min())


def mean(runs: Runs, q: Array) -> float:
    return float(_some(q).mean())


def _some(q: Array) -> Array:
    if not q.size:
        raise Misuse("there is no number in it.", 0)
    return q


def product(runs: Runs, q: Array) -> Array:
    """(n,) of the first sample."""
    if q.ndim != 3:
        raise Misuse("this has no steps; give a record, like 'L1.f'.", 0)
    return np.prod(q, axis=0)[0]


def ratio(runs: Runs, q: Array) -> float:
    if q.ndim != 3:
        raise Misuse("this has no steps; give a record, like 'L1.ds'.", 0)
    sizes = norms(q)
    return float(np.divide(sizes[0], sizes[-1]))


def at(runs: Runs, q: Array, t: int, unit: int | None = None) -> Array | float:
    row = step_of(q, t)[0]
    return row if unit is None else float(row[_place(unit, len(row), 2)])


def entry(runs: Runs, p: Array, i: int, j: int = 1) -> float:
    if p.ndim == 1:
        return float(p[_place(i, len(p), 1)])
    if p.ndim != 2:
        raise Misuse("this is no parameter; give one, like 'L1.W' (at reads records).", 0)
    return float(p[_place(i, p.shape[0], 1), _place(j, p.shape[1], 2)])


def _place(index: int, size: int, argument: int) -> int:
    if not 1 <= index <= size:
        raise Misuse(Sentence("there is no number {index}; they are 1 to {size}.", index=index, size=size), argument)
    return index - 1


def value(runs: Runs, q: Array) -> Array:
    return q


def transpose(runs: Runs, q: Array) -> Array:
    if q.ndim != 2:
        raise Misuse("only a matrix has a transpose; give a parameter, like 'L1.W'.", 0)
    return q.T


def difference(runs: Runs, p: Array, q: Array, t: int | None = None) -> float:
    if t is not None:
        p = step_of(p, t, 2)
        q = step_of(q, t, 2) if q.ndim == 3 else q
    if p.shape != q.shape and p.ndim and q.ndim:
        raise Misuse(
            Sentence(
                "{shape} and {other} have no difference; give two of one shape.", shape=_shape(p), other=_shape(q)
            ),
            1,
        )
    return float(np.abs(p - q).max(initial=0.0))


def cosine(runs: Runs, p: Array, q: Array) -> float:
    """NaN where one of them is 0."""
    if p.shape != q.shape:
        raise Misuse(
            Sentence("{shape} and {other} have no angle; give two of one shape.", shape=_shape(p), other=_shape(q)),
            1,
        )
    units = []
    for each in (p.ravel(), q.ravel()):
        most = np.abs(each).max(initial=0.0)  # so that 1e-200 has its direction
        each = np.divide(each, most)
        units.append(np.divide(each, np.linalg.norm(each)))
    return float(units[0] @ units[1])


def _shape(q: Array) -> str:
    return " × ".join(map(str, q.shape)) + " numbers" if q.ndim else "one number"


def radius(runs: Runs, p: Array) -> float:
    if p.ndim != 2 or p.shape[0] != p.shape[1]:
        raise Misuse(Sentence("only a square matrix has eigenvalues, and this has {shape}.", shape=_shape(p)), 0)
    return spectral_radius(p) if np.isfinite(p).all() else float("nan")


def largest_singular(runs: Runs, p: Array) -> float:
    return largest_singular_value(_matrix(p)) if np.isfinite(p).all() else float("nan")


def smallest_singular(runs: Runs, p: Array) -> float:
    return float(np.linalg.svd(_matrix(p), compute_uv=False)[-1]) if np.isfinite(p).all() else float("nan")


def _matrix(p: Array) -> Array:
    if p.ndim != 2:
        raise Misuse("only a matrix has singular values; give a parameter, like 'L1.W'.", 0)
    return p


def sigmoid(x: Array) -> Array:
    """Of each number; of a single one, too, which the activation writes into no array."""
    return activation_named("sigmoid").f(np.atleast_1d(x)).reshape(np.shape(x))
