"""Arrays: their type, norms that hold for tiny and huge numbers, and what of a number is too small to keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import numpy as np

Array = np.ndarray
SMALLEST = 1e-280  # below it a value becomes 0: products of subnormal numbers are a hundred times slower
_SMALLEST, _MINUS_SMALLEST = np.array(SMALLEST), np.array(-SMALLEST)  # compared with more quickly than Python's number
MOST_KEPT = 31 * 2**20  # bytes: a block of 32 MiB teaches glibc nothing
SMALL = 2**10  # numbers in an array: with fewer of them a call takes longer than what it does


def norms(array: Array) -> Array:
    """‖·‖₂ at every step of (T, B, n), (T,), over samples and units together; scaled, so that 1e-200 has its norm.

    NaN where a number is not a number; Inf where one is infinite, or the norm is beyond the largest number.
    """
    with np.errstate(all="ignore"):
        flat = np.abs(array.reshape(len(array), -1))
        largest = flat.max(axis=1, initial=0.0)
        safe = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
        scaled = safe * np.sqrt(np.square(flat / safe[:, None]).sum(axis=1))
        return np.where((largest > 0) & np.isfinite(largest), scaled, largest)


def scaled_norm(array: Array) -> float:
    """‖array‖₂ over all entries as max·‖array/max‖: right for 1e-200 and 1e200 too, where the sum of squares is not."""
    largest = float(np.abs(array).max(initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(array / largest))


def vector_norm(vector: Array) -> float:
    """‖vector‖₂ (n,), scaled only where its square is out of range: for whoever asks at every update of a training."""
    square = float(vector.dot(vector))
    return math.sqrt(square) if 1e-200 < square < 1e200 else scaled_norm(vector)


def step_norms(array: Array) -> Array:
    """`norms` (T,) of (T, B, n), scaled only where a square is out of range: for the same."""
    flat = array.reshape(len(array), -1)
    squares = np.einsum("tn,tn->t", flat, flat)
    if squares.min() > 1e-200 and squares.max() < 1e200:
        return np.sqrt(squares)
    return norms(array)


def keep_freed(nbytes: int) -> None:
    """Lets arrays of `nbytes` in all be made again without delay once they have been freed.

    Nothing is touched, so it costs nothing; but when a block of this size has been freed, glibc keeps what others leave
    behind for the next ones, rather than give it back page by page: that takes as long as a pass over the arrays.
    """
    np.empty(min(nbytes, MOST_KEPT) // 8)


def add_row(array: Array, row: Array) -> None:
    """array (T, B, n) += row (n,). One step's rows are filled with it first, so that NumPy adds B·n numbers at a time
    rather than n: several times as fast where there are many samples and few units."""
    if array.shape[1] == 1 or type(row) is not np.ndarray:
        array += row
        return
    rows = np.empty(array.shape[1:], dtype=array.dtype)
    rows[...] = row
    array += rows


def flat(array: Array) -> Array:
    """(T, B, n) as (T·B, n)."""
    return array.reshape(-1, array.shape[-1])


def sums_of_rows(rows: Array, out: Array) -> Callable[[], object]:
    """What puts the sum of the rows of (m, n), (n,), into `out`: a product with ones, much faster than a sum."""
    return partial(np.matmul, _ones(len(rows)), rows, out)


@lru_cache(maxsize=4)
def _ones(count: int) -> Array:
    found = np.ones(count)
    found.flags.writeable = False
    return found


def spectral_radius(matrix: Array) -> float:
    """ρ(W) = max |λ|, of a square matrix."""
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def largest_singular_value(matrix: Array) -> float:
    """σ_max(W), the most that one product with W can stretch a vector."""
    return float(np.linalg.norm(matrix, 2))


def spectral_radii(matrices: Array) -> list[float]:
    """`spectral_radius` of each of several matrices of one size (k, n, n), in one call: of small ones the calls are
    what takes time."""
    return np.abs(np.linalg.eigvals(matrices)).max(axis=-1).tolist()


def largest_singular_values(matrices: Array) -> list[float]:
    """`largest_singular_value` of each of several matrices of one size, (k, n, n)."""
    return np.linalg.svd(matrices, compute_uv=False)[:, 0].tolist()


def singular_range(matrix: Array) -> tuple[float, float]:
    """σ_max and σ_min: the most and the least that one product with a matrix can stretch a vector."""
    found = np.linalg.svd(matrix, compute_uv=False)
    return float(found[0]), float(found[-1])


def flush_all(array: Array, underflow: Array) -> None:
    """Sets every |value| < SMALLEST of an array (T, B, n) to 0, and marks its step in `underflow` (T,) bool."""
    tiny = array < _SMALLEST
    tiny &= array > _MINUS_SMALLEST
    if not np.count_nonzero(tiny):  # a method's any() takes several times as long where there is little
        return
    tiny &= array != 0.0
    if tiny.any():
        underflow |= tiny.any(axis=(1, 2))
        array[tiny] = 0.0


def flush_each(arrays: Sequence[Array], underflow: Array) -> None:
    """The same for several arrays (T, B, …) of the same steps. Those that are small are looked through together first:
    mostly there is nothing to be set to 0."""
    small = [array for array in arrays if array.size < SMALL]
    large = [array for array in arrays if array.size >= SMALL]
    if small:
        together = np.concatenate(small, axis=None)
        if not np.count_nonzero(np.abs(together, together) < _SMALLEST):
            small = []
    for array in small + large:
        flush_all(array, underflow)


def flush_row(row: Array, underflow: Array, t: int) -> None:
    """The same for the row (B, n) of step t."""
    tiny = np.abs(row) < _SMALLEST
    if np.count_nonzero(tiny) and row[tiny].any():
        underflow[t] = True
        row[tiny] = 0.0
