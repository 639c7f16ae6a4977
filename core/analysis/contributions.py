"""What follows from a trace: norms, Jacobians, contributions from step to step, shares of the loss, saturation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from core import bptt
from core.cells.base import Cell, Factor
from core.faults import hook_of
from core.jobs import Job, finished
from core.maths.activations import ACTIVATIONS
from core.maths.arrays import Array, norms
from core.network.declared import Declared
from core.network.parts import BackwardPass, Key
from core.network.scan import Scan
from core.network.truncation import cuts
from core.recorder import EVERY, quietly
from core.trace import Trace, collect
from core.unrolled import edges_of, maker_of

ACTIVATION_NAMES = frozenset(activation.name for activation in ACTIVATIONS)


def share_of_step(trace: Trace, t: int, used: bool = False) -> dict[Key, Array]:
    """Runs `sharing` to the end."""
    return finished(sharing(trace, t, used))


def sharing(trace: Trace, t: int, used: bool = False) -> Job[dict[Key, Array]]:
    """∂ℓ_t/∂q for every recorded q, where ℓ_t is the term of L of column t (from 1): one more backward pass.

    The shares of all supervised steps add up to the exact gradients, or, where `used`, to the truncated ones.
    """
    at = np.zeros(len(trace.data.y), dtype=bool)
    at[t - 1 - trace.schedule.before_output] = True
    window = trace.experiment.truncate if used else None
    head_only = used and not trace.scan.cell.learned
    back = BackwardPass(trace.run, at, window, hook_of(trace.experiment.fault), head_only)
    most = len(trace.network.parts) * trace.steps
    for k, _ in enumerate(quietly(bptt.backward(trace.network, back))):
        if not k % EVERY:
            yield min(k / most, 1.0)
    with np.errstate(all="ignore"):
        return collect(trace.network, trace.run, back)[1]


def jacobian(trace: Trace, t: int, sample: int = 0, scan: Scan | None = None) -> Array:
    """∂m_t/∂m_{t−1} of one sample, where m stacks what the cell carries (s, then c): (n·H, n·H), row i for unit i of
    m_{t−1} (row vectors: dm_t = dm_{t−1} · J). t from 1 in order of processing."""
    scan = scan or trace.scan
    r = trace.run.records[scan.name]
    return _step_jacobian(trace, scan, scan.prepared(trace.run), r, t - 1, sample)


def _step_jacobian(trace: Trace, scan: Scan, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
    """The cell's own; where the sample has no step t (from 0, in order of processing) what is carried is copied."""
    copied = copied_steps(trace, scan)
    if copied is not None and scan.order(copied)[t, sample]:
        return np.eye(len(scan.cell.recurrent_states) * scan.hidden)
    return scan.cell.state_jacobian(p, r, t, sample)


def copied_steps(trace: Trace, declared: Declared) -> Array | None:
    """The steps (T, B) bool, in data time, that a sample does not have, so that what is carried is copied; None where
    nothing is."""
    if trace.data.present is None or declared.decodes or not declared.recurrent_states:
        return None
    return ~trace.data.present


def cuts_of(trace: Trace, scan: Scan, used: bool = True) -> Array:
    """Whether each step of a scan, in the order of processing, begins a window of the truncated pass, so that nothing
    goes back from it: bool (T, B), or (T, 1) where all samples are alike. Nowhere where not `used`."""
    return cuts(trace.experiment.truncate if used else None, len(trace.values[scan.name, "s"]), scan.absent(trace.run))


LARGEST_JACOBIAN = 128  # rows of ∂m_t/∂m_{t−1}; beyond, one product of two takes longer than a frame
CHUNK = 4e6  # multiplications between two yields of `contributions`: a few milliseconds
BUDGET = 4e9  # multiplications for a whole map
PRODUCTS = 1 << 22  # numbers made at once for the norms of a batch's addends


def onward(trace: Trace, scan: Scan, t: int, sample: int, total: bool) -> Array:
    """How what step t (from 1, in the order of processing) carries on moves with its memory q, (H, n·H): row i for unit
    i of q_t. 1 for the memory itself, and where `total` ∂s_t/∂q_t for a state that is computed from it within the step;
    0 for it otherwise, and at a step that a sample does not have, where both are copies."""
    cell, hidden = scan.cell, scan.hidden
    found = np.zeros((hidden, len(cell.recurrent_states) * hidden))
    copied = copied_steps(trace, scan)
    if total and separate_memory(cell) and not (copied is not None and scan.order(copied)[t - 1, sample]):
        at = cell.recurrent_states.index("s") * hidden
        r = trace.run.records[scan.name]
        found[:, at : at + hidden] = np.diag(cell.state_by_memory(scan.prepared(trace.run), r, t - 1, sample))
    at = cell.recurrent_states.index(cell.memory) * hidden
    found[:, at : at + hidden] = np.eye(hidden)
    return found


def separate_memory(cell: Cell) -> bool:
    """Whether a cell carries a memory beside its state (an LSTM's c), so that a derivative with respect to it can hold
    the state of the same step fixed, or not."""
    return len(cell.recurrent_states) > 1 and cell.memory != "s"


@dataclass(frozen=True)
class Contributions:
    """The norms ‖dq_t/dq_k‖₂ (`total`) or ‖∂q_t/∂q_k‖₂ (with s_k fixed) for the memory q of the scan on view, along
    that scan; one and the same where the state is the memory. `decades[row, k − 1]` is its log₁₀ (−∞ where exactly 0,
    NaN where k > t or the scan has no step k), `rows` the columns t that were computed, from 1; all of them, or every
    so many where there are too many."""

    rows: Array
    decades: Array
    name: str
    total: bool = True


def contributions(
    trace: Trace, sample: int = 0, most_rows: int = 128, total: bool = True
) -> Iterator[Contributions | None]:
    """How much of q_k reaches q_t, for all k ≤ t: the largest singular value of the product of Jacobians.

    δ_k = δ_t · ∏ J (Pascanu, Mikolov & Bengio 2013, eq. 5), through everything that is carried. Of a memory c beside a
    state s there are two of them. The total derivative is over all paths, as every recorded ∂L/∂c_k does: dc_t/dc_k =
    ∂c_t/∂c_k + ∂s_k/∂c_k · ∂c_t/∂s_k. The partial one, ∂c_t/∂c_k, holds s_k fixed: what c_k passes on along c, and
    through every later s, but not through the s_k that is computed from it. The products are kept scaled, so that
    1e-300 is distinguished from 0. A generator: yields None every few milliseconds, and the result last; nothing at all
    where `no_contributions` says why.
    """
    if no_contributions(trace):
        return
    scan = trace.scan
    steps = len(trace.run.records[scan.name].x)
    cell, hidden = scan.cell, scan.hidden
    size = len(cell.recurrent_states) * hidden
    r, p = trace.run.records[scan.name], scan.prepared(trace.run)
    block = cell.recurrent_states.index(cell.memory)
    part = slice(block * hidden, (block + 1) * hidden)
    apart = total and separate_memory(cell)
    work = size * size * hidden + 20.0 * hidden**3 + 2e4  # of one product and its norm
    stride = -(-steps // min(most_rows, max(8, int(2 * BUDGET / (work * steps)))))
    chunk = max(1, int(CHUNK / work))
    rows = np.arange(steps, 0, -stride)[::-1]
    decades = np.full((len(rows), steps), np.nan)
    products = np.zeros((len(rows), size, hidden))  # columns: the memory at t; rows: what is carried at k
    exponent = np.zeros(len(rows))
    for k in range(steps, 0, -1):
        first = int(np.searchsorted(rows, k))
        moved = first
        if first < len(rows) and rows[first] == k:
            products[first, part] = np.eye(hidden)
            moved += 1
        step = _step_jacobian(trace, scan, p, r, k, sample) if moved < len(rows) else None
        for start in range(first, len(rows), chunk):
            some = slice(start, start + chunk)
            with np.errstate(all="ignore"):
                if step is not None:
                    _move(products, exponent, slice(max(start, moved), start + chunk), step)
                reached = onward(trace, scan, k, sample, True) @ products[some] if apart else products[some, part]
                decades[some, k - 1] = np.log10(_spectral_norms(reached)) + exponent[some]
            yield None
    offset = trace.schedule.offset(scan.name)
    before = np.full((len(rows), offset), np.nan)
    yield Contributions(rows + offset, np.concatenate((before, decades), axis=1), cell.memory, total)


def has_another_way(trace: Trace) -> bool:
    """Whether a state of the scan on view reaches later ones by another path than the scan: by way of its readers."""
    scan, edges = trace.scan, edges_of(trace.network)
    makers = [maker_of(trace.network, edge.read.signal) for edge in edges]
    beyond = {edge.declared for edge, maker in zip(edges, makers, strict=True) if maker is scan} - {scan}
    for _ in trace.network.declared:
        beyond |= {edge.declared for edge, maker in zip(edges, makers, strict=True) if maker in beyond}
    return scan in beyond


def no_contributions(trace: Trace) -> str:
    """Why there is no map of contributions: "fed" (a state also reaches later ones by way of outputs that are read
    again, or of attention), "stateless" (no step passes anything to the next), "samples" (a sample's state depends
    on the others of its batch), "large" (LARGEST_JACOBIAN); "" where there is one."""
    cell = trace.scan.cell
    if has_another_way(trace):
        return "fed"
    if not cell.recurrent_states:
        return "stateless"
    if cell.couples_samples and trace.data.x.shape[1] > 1:
        return "samples"
    return "large" if len(cell.recurrent_states) * trace.scan.hidden > LARGEST_JACOBIAN else ""


def _move(products: Array, exponent: Array, rows: slice, step: Array) -> None:
    """One step further back for some of the products; what they grow or shrink by goes into their exponents."""
    moved = products[rows]
    if not len(moved):
        return
    np.matmul(step, moved, out=moved)
    largest = np.abs(moved).max(axis=(1, 2))
    scale = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    moved /= scale[:, None, None]
    exponent[rows] += np.log10(scale)


def _spectral_norms(matrices: Array) -> Array:
    """σ_max of each matrix of a stack; NaN where an entry is not finite."""
    finite = np.isfinite(matrices).all(axis=(1, 2))
    found = np.full(len(matrices), np.nan)
    if finite.any():
        found[finite] = np.linalg.norm(matrices[finite], 2, axis=(1, 2))
    return found


def factors_over_time(
    trace: Trace, declared: Declared, factor: Factor, gradients: Mapping[Key, Array]
) -> tuple[Array, Array]:
    """Both factors of a parameter's addends in data time, (T, B, m) and (T, B, n), where they are recorded; the left
    one of a bias is 1."""
    right = gradients[declared.key(factor.right)]
    if factor.left == "1":
        return np.ones((*right.shape[:2], 1)), right
    given, reads = declared.given(trace.run), declared.reads(trace.network.widths).get(factor.left)
    if factor.left in given:
        return given[factor.left], right
    return trace.values[reads[0].signal if reads else declared.key(factor.left)], right


def product(left: Array, right: Array, elementwise: bool, mask: Array | None) -> Array:
    """leftᵀ · right of (N, m) and (N, n), (m, n); the sum of left ⊙ right, (1, n), where `elementwise`."""
    if elementwise:
        return (left * right).sum(axis=0)[None]
    total = left.T @ right
    return total if mask is None else total * mask


def norms_of_products(left: Array, right: Array, elementwise: bool, mask: Array | None) -> Array:
    """The norm of every step's product, (T,). Of one sample it is the product of two norms; a batch may cancel, so
    there each product is made."""
    steps, batch, width = left.shape
    with np.errstate(all="ignore"):
        if elementwise:
            return norms((left * right).sum(axis=1)[:, None])
        if batch == 1 and mask is None:
            return norms(left) * norms(right)
        size = max(1, PRODUCTS // (width * right.shape[2]))
        pieces = [slice(first, first + size) for first in range(0, steps, size)]
        made = (np.matmul(left[piece].transpose(0, 2, 1), right[piece]) for piece in pieces)
        return np.concatenate([norms(each if mask is None else each * mask) for each in made])


def previous(trace: Trace, scan: Scan, name: str, t: int) -> Array:
    """What was carried into step t, (B, H): q_{t−1}, or what the scan began with."""
    before = t + 1 if scan.reverse else t - 1
    if 1 <= before <= len(trace.values[scan.name, name]):
        return trace.values[scan.name, name][before - 1]
    return trace.start[scan.name, name]


# --- the factors between two steps ---
@dataclass(frozen=True, eq=False)
class StateJacobian:
    """dq_t/dq_k, or ∂q_t/∂q_k with s_k fixed, = (first · rest), q the memory of the scan on view (Pascanu, Mikolov &
    Bengio 2013, eq. 5; see `contributions`).

    `first` (H, n): how the n numbers m_{k+1} that the cell carries move with q_k; `rest` (n, H): ∂q_t/∂m_{k+1};
    `matrix` (H, H), row i for unit i of q_k; `norm`: its largest singular value. At t = k nothing lies between, and it
    is the identity.
    """

    t: int
    k: int
    first: Array
    rest: Array
    matrix: Array
    norm: float


def state_jacobian_between(trace: Trace, t: int, k: int, sample: int = 0, total: bool = True) -> StateJacobian | None:
    """Of columns t ≥ k of the scan on view, the `total` derivative or the partial one; None where there is no map of
    contributions, or they are not its own."""
    scan = trace.scan
    first, last = trace.schedule.lanes[scan.name][:2]
    if no_contributions(trace) or not first <= k <= t <= last:
        return None
    before, cell, hidden = first - 1, scan.cell, scan.hidden
    size = len(cell.recurrent_states) * hidden
    start = cell.recurrent_states.index(cell.memory) * hidden
    block = slice(start, start + hidden)
    rest = np.eye(size)[:, block]
    with np.errstate(all="ignore"):
        for step in range(t - before, k + 1 - before, -1):
            rest = jacobian(trace, step, sample, scan) @ rest
        own = onward(trace, scan, k - before, sample, total)
        if t > k:
            own = own @ jacobian(trace, k + 1 - before, sample, scan)
        matrix = own @ rest
        norm = float(np.linalg.norm(matrix, 2)) if np.isfinite(matrix).all() else float("nan")
    return StateJacobian(t, k, own, rest, matrix, norm)
