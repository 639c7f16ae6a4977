"""What one step back passes on: ‖∂L/∂m_t‖ beside ‖∂L/∂m_{t+1}‖, and what takes its share on the way.

Two ways to divide it, by what the cell's graph says and never by its name. Where the only way from m_t to m_{t+1} is a
product with W and then an activation, the ratio is itself a product, of what the slope φ′ passes on and what W does
(Pascanu, Mikolov & Bengio 2013, equation 5):

    ‖∂L/∂m_t‖ / ‖∂L/∂m_{t+1}‖ = ‖∂L/∂h_{t+1}‖ / ‖∂L/∂m_{t+1}‖ · ‖∂L/∂h_{t+1}·Wᵀ‖ / ‖∂L/∂h_{t+1}‖

Where there are others (a memory passed on elementwise, through a gate), what comes back is a sum, and the ratio the sum
of the ways' shares in it: signed projections, as in core.analysis.memory_split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.memory_split import ALONG, GATES, memory_addends
from core.cells.base import Cell
from core.maths.activations import ACTIVATIONS, Activation
from core.maths.arrays import Array, norms
from core.maths.operations import FIXED
from core.network.parts import Key
from core.network.scan import Scan
from core.trace import Trace

WEIGHTS, SLOPE = "weights", "slope"


@dataclass(frozen=True)
class Way:
    """The only way from a memory to the next: through `parameter` into the pre-activation `h`, then `activation`."""

    parameter: str
    h: str
    activation: Activation


@dataclass(frozen=True, eq=False)
class StepBack:
    """Of one scan, all samples together. Arrays (T − 1,): entry k is about the step from column `columns[k]` + 1 back
    to column `columns[k]` (of a reverse chain, − 1), in data time.

    `ratio`: of what arrives, how much is passed on; NaN where nothing arrives. `parts`: where `way` is given, the two
    factors whose product it is, WEIGHTS and SLOPE; otherwise its addends, ALONG and GATES. `along`: how much is passed
    on along the memory alone, the norm of that addend over that of what arrives; None where there is no such way.
    `whole`: whether nothing but the next step sends a gradient to any of these columns, so that the ratios are those of
    the norms.
    """

    columns: Array
    ratio: Array
    parts: Mapping[str, Array]
    way: Way | None
    along: Array | None
    whole: bool


def only_way(cell: Cell) -> Way | None:
    """The way from the memory to the next, where it is the only one and leads through one matrix and one activation."""
    before = f"{cell.memory}_prev"
    first = [each for each in cell.graph if before in each.inputs and each.kind not in FIXED]
    last = [each for each in cell.graph if each.out == cell.memory]
    if len(first) != 1 or len(last) != 1 or first[0].kind != "linear" or last[0].inputs != (first[0].out,):
        return None
    h = first[0].out
    others = [each for each in cell.graph if h in each.inputs and each is not last[0]]
    matrices = [each.parameter for each in cell.factors if (each.left, each.right) == (before, h)]
    known = [each for each in ACTIVATIONS if each.name == last[0].kind]
    if others or len(matrices) != 1 or not known or any(each.elementwise for each in cell.factors):
        return None
    return Way(matrices[0], h, known[0])


def step_back(trace: Trace, scan: Scan | None = None, gradients: Mapping[Key, Array] | None = None) -> StepBack | None:
    """What every step of a scan passes back; None where it hands nothing
    on, or has a single step. `gradients`: the trace's exact ones where none are given."""
    scan = scan or trace.scan
    cell = scan.cell
    gradients = trace.exact if gradients is None else gradients
    if cell.memory not in cell.recurrent_states or len(gradients[scan.name, cell.memory]) < 2:
        return None
    with np.errstate(all="ignore"):
        g = scan.order(gradients[scan.name, cell.memory])
        arriving = norms(g)[1:]
        way = only_way(cell)
        if way is not None and trace.data.present is None:
            dh = scan.order(gradients[scan.name, way.h])[1:]
            passed = dh @ trace.parameters[f"{scan.name}.{way.parameter}"].T
            slope, size = norms(dh), norms(passed)
            parts, along = {SLOPE: _over(slope, arriving), WEIGHTS: _over(size, slope)}, None
        else:
            way, along = None, None
            addends = memory_addends(trace, scan, gradients)
            own = {kind: addends[kind][:-1] for kind in (ALONG, GATES) if kind in addends}
            passed = sum(own.values(), np.zeros_like(g[1:]))
            size = norms(passed)
            parts = {kind: _share(addend, passed) * _over(size, arriving) for kind, addend in own.items()}
            if ALONG in own:
                along = _over(norms(own[ALONG]), arriving)
        whole = _equal(passed, g[:-1])
    steps = np.arange(len(g)) + 1 + trace.schedule.offset(scan.name)
    columns = scan.order(steps)[:-1]
    order = np.argsort(columns)
    parts = {kind: array[order] for kind, array in parts.items()}
    along = along[order] if along is not None else None
    return StepBack(columns[order], _over(size, arriving)[order], parts, way, along, whole)


def open_units(trace: Trace, scan: Scan | None = None) -> tuple[Array, int] | None:
    """(T,) of a scan's own steps in data time: in how many units of all samples the slope on the only way is 1, of how
    many; None where there are several ways, or the activation has other slopes than 0 and 1."""
    scan = scan or trace.scan
    way = only_way(scan.cell)
    if way is None or not way.activation.kinks:
        return None
    h, s = trace.values[scan.name, way.h], trace.values[scan.name, scan.cell.memory]
    slopes = way.activation.slope(h, s)
    if not np.isin(slopes, (0.0, 1.0)).all():
        return None
    return (slopes == 1.0).sum(axis=(1, 2)), int(slopes[0].size)


def mean_factor(factors: Array) -> float:
    """The geometric mean of factors a step; NaN where one is not a positive number."""
    if not len(factors) or not (factors > 0).all() or not np.isfinite(factors).all():
        return float("nan")
    return float(np.exp(np.log(factors).mean()))


def _over(numerator: Array, denominator: Array) -> Array:
    return np.where(denominator > 0, numerator / np.where(denominator > 0, denominator, 1.0), np.nan)


def _share(addend: Array, whole: Array) -> Array:
    """⟨addend, whole⟩ / ⟨whole, whole⟩ of each step, over samples and units, scaled so that 1e-200 has its share."""
    largest = np.abs(whole).max(axis=(1, 2), keepdims=True)
    scale = np.where(largest > 0, largest, 1.0)
    unit = whole / scale
    return _over((addend / scale * unit).sum(axis=(1, 2)), (unit * unit).sum(axis=(1, 2)))


def _equal(passed: Array, g: Array) -> bool:
    """Whether what is passed on is all that arrives, to rounding."""
    size = norms(g)
    return bool((norms(passed - g) <= 1e-9 * size).all())
