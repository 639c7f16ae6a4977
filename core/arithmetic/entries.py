"""One entry of a parameter's gradient as the sum over time that it is, for every parameter of a network.

dθ[i, j] = Σ_t left_t,i · right_t,j, summed over the samples of the batch as well; of attention over the encoder's
steps, too. Cells declare their factors (`Cell.factors`); those of the other parts are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.arithmetic.attention.step import Look
from core.arithmetic.lines import Line, Sum, dot
from core.arithmetic.parameter_sums import Addends, entry_line, factor_of, parameter_symbol
from core.arithmetic.parts.step import evaluated
from core.maths.arrays import Array
from core.network.attention import WEIGHTS
from core.network.declared import Key
from core.notation.base import Notation
from core.notation.equations import Style
from core.notation.layout import Shown, matrix
from core.trace import Trace

Gradients = Mapping[Key, Array]


@dataclass(frozen=True)
class Addend:
    """Step t (the part's own, from 1) of such a sum: `left` (N, m) and `right` (N, n), N samples (and keys)."""

    t: int
    left: Array
    right: Array


def parameter_entry(trace: Trace, name: str, index: tuple[int, ...], used: bool, style: Style) -> Sum:
    """One entry of the gradient of a parameter ("L1.W_f", "out.V", "conv.C", "attention.A_s" …), a line for each step,
    the last first; `index` as in the parameter's own array. Its total is the recorded number before clipping.

    Raises KeyError for an unknown parameter.
    """
    gradient = trace.named_parameters(trace.exact_parameters)[name]
    symbol = style.gradient(entry_symbol(trace, name, index, style))
    learned = all(scan.cell.learned for scan in trace.scans)
    if used and not learned and name.partition(".")[0] != trace.head.name:
        return Sum(symbol, None, (), 0.0, "fixed")
    if trace.experiment.fault is not None:
        return Sum(symbol, None, (), float(gradient[index]), "fault")
    lines = _of_cell(trace, name, index, used, style) if _in_books(trace, name) else _of_part(trace, name, index, used)
    exact = not used or trace.used is trace.exact
    total = float(gradient[index]) if exact else float(np.sum([line.value for line in lines]))
    return Sum(symbol, None, tuple(lines), total, "" if lines else "always 0")


def entry_symbol(trace: Trace, name: str, index: tuple[int, ...], style: Style) -> str:
    """W[1, 2]: rows and columns are counted from 1, in the orientation of the book's matrix; `index` is ours."""
    own = name.partition(".")[2]
    symbol = parameter_symbol(name, style, trace) if _in_books(trace, name) else style.parameter(own)
    shown = shown_matrix(trace, name, style.notation)
    place = index if shown is None else shown.place(*index)
    return f"{symbol}[{', '.join(str(k + 1) for k in place)}]"


def shown_matrix(trace: Trace, name: str, notation: Notation) -> Shown | None:
    """A parameter in the book's orientation; None for a kernel of three axes and for attention's, which no book
    names."""
    if not _in_books(trace, name):
        return None
    part, _, own = name.partition(".")
    scan = trace.scan_named(part) or trace.scan
    array = trace.named_parameters(trace.parameters)[name]
    return matrix(notation, scan.cell, "b_z" if name == "out.b" else own, array)


def clipped_entry(trace: Trace, name: str, index: tuple[int, ...], style: Style) -> Sum | None:
    """What clipping makes of the used entry; None where nothing is clipped."""
    experiment = trace.experiment
    if experiment.clip_value is None and experiment.clip_norm is None:
        return None
    before = parameter_entry(trace, name, index, True, style)
    value = float(trace.named_parameters(trace.used_parameters)[name][index])
    if experiment.clip_value is not None:
        limit = experiment.clip_value
        line = Line(before.symbol, value, "max(−{}, min({}, {}))", (limit, limit, before.total))
    else:
        line = Line(before.symbol, value, "{} × {}", (before.total, trace.clip_factor))
    return Sum(before.symbol, None, (line,), value)


def _in_books(trace: Trace, name: str) -> bool:
    """Whether the books have a symbol for a parameter: a cell's, and the output's."""
    part = name.partition(".")[0]
    return part == trace.head.name or trace.scan_named(part) is not None


def _of_cell(trace: Trace, name: str, index: tuple[int, ...], used: bool, style: Style) -> list[Line]:
    addends = Addends(trace, name, used)
    if addends.mask is not None and not addends.mask[index]:
        return []
    part = name.partition(".")[0]
    first, last = trace.schedule.lanes[part][:2]
    found = []
    for t in range(last, first - 1, -1):
        found.append(replace(entry_line(addends, index, t), label=addends.symbol(t, style)))
    return found


def _of_part(trace: Trace, name: str, index: tuple[int, ...], used: bool) -> list[Line]:
    """Of a parameter that no cell has, the last step first."""
    part, _, own = name.partition(".")
    if part == WEIGHTS[0]:
        row, column = (*index, 0)[:2]
        found = _of_attention(trace, own, trace.used if used else trace.exact)
    else:
        row, column = (0, *index)[-2:]
        found = _of_declared(trace, f"{name}_{index[0] + 1}" if len(index) == 3 else name, used)
    return [replace(dot(each.left[:, row], each.right[:, column]), label=f"t = {each.t}") for each in found]


def _of_declared(trace: Trace, name: str, used: bool) -> list[Addend]:
    """From the declared factor; a kernel has one for each of its rows."""
    evaluation = evaluated(trace, used and trace.used is not trace.exact)
    declared, factor = factor_of(trace, name)
    right = evaluation.within(declared, factor.right)
    left = np.ones((*right.shape[:2], 1)) if factor.left == "1" else evaluation.values(declared)[factor.left]
    left = left[:, 0] if left.ndim == 4 else left
    return [Addend(t, left[t - 1], right[t - 1]) for t in range(len(right), 0, -1)]


def _of_attention(trace: Trace, own: str, gradients: Gradients) -> list[Addend]:
    batch = trace.data.x.shape[1]
    factors: dict[str, Callable[[Look], tuple[Array, Array]]] = {
        "A": lambda look: (look.query[None], (look.d_scores @ look.keys)[None]),
        "A_s": lambda look: (look.query[None], look.d_inner.sum(axis=0)[None]),
        "A_k": lambda look: (look.keys, look.d_inner),
        "v": lambda look: (look.hidden, look.d_scores[:, None]),
    }
    found = []
    for t in range(len(trace.data.y), 0, -1):
        pairs = [factors[own](Look(trace, t, sample, gradients)) for sample in range(batch)]
        left, right = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
        found.append(Addend(t, left, right))
    return found
