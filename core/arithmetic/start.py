"""What a scan begins with, s₀ (and c₀): where it comes from, and its gradient as the sum of its addends."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from core.arithmetic.attention import Look, attention_of
from core.arithmetic.cell_node import CellNode
from core.arithmetic.lines import Line, Sum
from core.arithmetic.plan import plan_of
from core.chain.symbols import scan_symbol, signal_symbol, start_symbol
from core.maths.arrays import Array
from core.network.scan import Scan
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace


def first_step(trace: Trace, scan: Scan) -> int:
    """The data time of the step that a scan processes first."""
    return len(trace.values[scan.name, "s"]) if scan.reverse else 1


def start_gradient(trace: Trace, scan: Scan, name: str, sample: int, used: bool) -> Array:
    """∂L/∂s₀ (or another that is carried), (H,), of one sample: the recorded one; where the used gradients differ from
    the exact ones, the sum of the addends that flow back."""
    if not used or trace.used is trace.exact:
        return trace.start_gradients[scan.name, name][sample]
    return np.array([math.fsum(each.value for each in _lines(trace, scan, name, unit, sample, used, Style(False)))
                     for unit in range(scan.hidden)])  # fmt: skip


def start_backward(trace: Trace, scan: Scan, name: str, unit: int, sample: int = 0, used: bool = True,
                   style: Style | None = None) -> Sum:  # fmt: skip
    """One unit of ∂L/∂s₀ as the sum of what the scan's first step sends back."""
    style = style or Style(False, None, ROW)
    symbol = style.gradient(start_symbol(trace, scan, name, style))
    total = float(start_gradient(trace, scan, name, sample, used)[unit])
    if used and not scan.cell.learned:
        return Sum(symbol, unit, (), total, "fixed")
    if trace.experiment.fault is not None:
        return Sum(symbol, unit, (), total, "fault")
    lines = _lines(trace, scan, name, unit, sample, used, style)
    return Sum(symbol, unit, tuple(lines), total, "" if lines else "unread")


def _lines(trace: Trace, scan: Scan, name: str, unit: int, sample: int, used: bool, style: Style) -> list[Line]:
    if used and not scan.cell.learned:
        return []
    plan = plan_of(trace, scan.name)
    before = CellNode(trace, first_step(trace, scan) - (-1 if scan.reverse else 1), sample, used, plan)
    found = before.from_next(name, unit)
    attends = attention_of(trace)
    if attends is not None and attends[0] is scan and name == "s":
        found.append(Look(trace, 1, sample, before.gradients).to_query(unit, style))
    return found


def start_forward(trace: Trace, scan: Scan, name: str, unit: int, sample: int = 0, style: Style | None = None) -> Sum:
    """One unit of s₀: what the experiment gives, or what an encoder passes on."""
    style = style or Style(False, None, ROW)
    symbol, total = start_symbol(trace, scan, name, style), float(trace.start[scan.name, name][sample, unit])
    initial = scan.initial
    if isinstance(initial, str):
        source = next(each for each in trace.scans if each.name == initial)
        end = 1 if source.reverse else len(trace.values[initial, name])
        label = scan_symbol(trace, source, name, replace(style, t=end))
        return Sum(symbol, unit, (Line(label, total, "{}", (total,)),), total)
    if initial is not None and name == "s":
        return Sum(symbol, unit, (Line(signal_symbol(trace, initial, style), total, "{}", (total,)),), total)
    return Sum(symbol, unit, (), total, "given")
