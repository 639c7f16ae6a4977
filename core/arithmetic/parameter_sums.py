"""A parameter's gradient as the sum over time that it is: dW = dW_T + … + dW_1, computed on demand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.analysis.contributions import factors_over_time, norms_of_products, product
from core.arithmetic.lines import Line, dot
from core.cells.base import Factor
from core.cells.factors import declared_factor
from core.chain.rows import key_of, style_of
from core.maths.arrays import Array, scaled_norm
from core.network.declared import Declared
from core.network.parts import HEAD
from core.notation.equations import Style
from core.trace import Trace

Index = tuple[int, ...]


def parameter_names(trace: Trace) -> tuple[str, ...]:
    """The parameters of the scans that run ahead, the one on view first, and of the head, by the textbooks' names:
    "L1.W_f" …, "out.V", "out.b"."""
    others = [scan.name for scan in trace.scans if scan is not trace.scan and not scan.reverse]
    named = trace.named_parameters(trace.parameters)
    return tuple(
        name
        for part in (trace.scan.name, *others, HEAD)
        for name in named
        if _counted(trace, name) and name.startswith(f"{part}.")
    )


def _counted(trace: Trace, name: str) -> bool:
    """Whether the parameter's gradient is a sum of products over the steps."""
    try:
        return bool(factor_of(trace, name))
    except KeyError:
        return False


def recurrent_parameter(trace: Trace) -> str:
    """The first parameter that meets the previous state, or outputs fed back: whose sum over time is the lesson."""
    names = parameter_names(trace)
    found = (name for left in ("s_prev", "a_prev") for name in names if factor_of(trace, name)[1].left == left)
    return next(found, names[0])


def parameter_symbol(name: str, style: Style, trace: Trace | None = None) -> str:
    """ "L1.W_f" as W_f, with its layer where the trace has several; the bias of the output is distinguished from the
    cell's by its own symbol."""
    part, _, own = name.partition(".")
    if part == HEAD:
        return style.parameter("b_z" if own == "b" else own)
    scan = trace.scan_named(part) if trace is not None else None
    if trace is not None and scan is not None:
        style = replace(style, layer=key_of(trace, scan))
    return style.parameter(own)


def factor_of(trace: Trace, name: str) -> tuple[Declared, Factor]:
    """Which part has a parameter, and the product in which it takes part there. Raises KeyError where none declares
    one."""
    part, _, own = name.partition(".")
    scan = trace.scan_named(part)
    if scan is not None:
        return scan, declared_factor(scan.cell, own)
    pairs = ((each, factor) for each in trace.network.declared if each.name == part for factor in each.factors)
    for declared, factor in pairs:
        if factor.parameter == own:
            return declared, factor
    raise KeyError(name)


def _in_columns(array: Array, start: int, columns: int) -> Array:
    if len(array) == columns:
        return array
    found = np.zeros((columns, *array.shape[1:]))
    found[start : start + len(array)] = array
    return found


class Addends:
    """The addends dθ_t of one parameter's gradient, all samples together, t from 1: a column of the picture.

    `left` (columns, B, m) and `right` (columns, B, n), 0 where its part has no step: dθ_t = left_tᵀ · right_t, for a
    bias left is 1; left_t ⊙ right_t summed over the samples for an elementwise parameter. Raises KeyError for a
    parameter that the cell declares no factor of.
    """

    def __init__(self, trace: Trace, name: str, used: bool = True) -> None:
        self.trace, self.name, self.used = trace, name, used
        declared, self.factor = factor_of(trace, name)
        self.scan = trace.scan_named(declared.name) or trace.scan
        pair = factors_over_time(trace, declared, self.factor, trace.used if used else trace.exact)
        start = trace.schedule.offset(declared.name)
        self.left, self.right = (_in_columns(each, start, trace.steps) for each in pair)
        own = declared is self.scan
        self.mask = self.scan.cell.mask(name.partition(".")[2], self.scan.hidden) if own else None
        self._norms: Array | None = None
        self._sum: tuple[int, Array] | None = None
        self._running: dict[int, float] = {}

    @property
    def record(self) -> str:
        """The record whose gradient is the right factor: where the addend is made."""
        return self.factor.right

    def matrix(self, t: int) -> Array:
        """dθ_t, (m, n); (1, n) for a bias or an elementwise parameter."""
        return self._summed(slice(t - 1, t))

    def between(self, first: int, last: int) -> Array:
        """The addends of the steps first … last together; 0 where there are none."""
        with np.errstate(all="ignore"):
            return self._summed(slice(first - 1, last))

    def _summed(self, steps: slice) -> Array:
        left, right = (array[steps].reshape(-1, array.shape[2]) for array in (self.left, self.right))
        return product(left, right, self.factor.elementwise, self.mask)

    @property
    def norms(self) -> Array:
        """‖dθ_t‖ of every step, (T,)."""
        if self._norms is None:
            self._norms = norms_of_products(self.left, self.right, self.factor.elementwise, self.mask)
        return self._norms

    def running(self, reached: int) -> float:
        """‖dθ_T + … + dθ_reached‖, what the backward pass has summed once it has done step `reached`; 0 at T + 1. Kept:
        from one step to the next it is one more addend, to a far one the product of all factors in between."""
        if reached in self._running:
            return self._running[reached]
        steps = self.trace.steps
        with np.errstate(all="ignore"):
            if self._sum is None or self._sum[0] < reached:
                self._sum = (steps + 1, np.zeros(self.matrix(1).shape))
            at, total = self._sum
            if at > reached:
                self._sum = (reached, total + self._summed(slice(reached - 1, at - 1)))
        self._running[reached] = scaled_norm(self._sum[1])
        return self._running[reached]

    @property
    def total(self) -> float:
        """The norm of the recorded gradient, before clipping."""
        recorded = self.trace.unclipped_parameters if self.used else self.trace.exact_parameters
        return scaled_norm(self.trace.named_parameters(recorded)[self.name])

    @property
    def clipped(self) -> float:
        """The norm of what is used of it, after clipping."""
        return scaled_norm(self.trace.named_parameters(self.trace.used_parameters)[self.name])

    @property
    def clips(self) -> bool:
        """Whether clipping has changed this parameter's gradient."""
        experiment = self.trace.experiment
        if not self.used or (experiment.clip_norm is None and experiment.clip_value is None):
            return False
        return self.trace.clip_factor != 1.0 or self.clipped != self.total

    def equation(self, t: int, style: Style) -> str:
        """The addend's own equation: dW_5 = s_4ᵀ·∂L/∂h_5."""
        part = self.name.partition(".")[0]
        at = style_of(self.trace, self.scan, style.tex, t - self.trace.schedule.offset(part), style.notation)
        return f"{self.symbol(t, style)} = {self.term(at)}"

    def term(self, at: Style) -> str:
        """s_4ᵀ·∂L/∂h_5, in the style of a step, or of any t."""
        cell = self.scan.cell
        right = at.gradient_of(cell, self.factor.right)
        if self.factor.left == "1":
            return right
        left = at.symbol(cell, self.factor.left)
        return left + at.times + right if self.factor.elementwise else at.outer(left, right)

    def symbol(self, t: int | None, style: Style) -> str:
        """dW₅; the whole gradient dW for None."""
        own = parameter_symbol(self.name, style, self.trace)
        if t is None:
            return f"d{own}"
        index = style.notation.index(0, t, style.tex)
        if not style.tex:
            return f"d{own}{index}"
        return f"d{{{own}}}{index if index[0] == '^' or '_' not in own else '_{,' + str(t) + '}'}"


# --- one chosen entry ---
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
