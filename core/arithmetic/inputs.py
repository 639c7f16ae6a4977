"""Where a scan's input comes from, unit by unit: a layer below, what a decoder wrote, a context, steps side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from core.arithmetic.lines import Line
from core.chain.symbols import signal_symbol
from core.network.declared import EACH, TARGETS, Read, X
from core.network.parts import OUTPUT
from core.network.scan import Scan
from core.notation.equations import Style
from core.trace import Trace

GIVEN, FIRST, BEFORE = "given", "first", "outside"  # from the task; no output yet; a step before the sequence


class ScanStep(Protocol):
    """One step of a scan: a `core.arithmetic.cell_node.CellNode`."""

    trace: Trace
    scan: Scan
    t: int
    sample: int
    style: Style

    @property
    def steps(self) -> int:
        """How many steps the scan has."""
        ...


def lines_of_input(step: ScanStep, name: str, unit: int) -> tuple[list[Line], str]:
    """One unit of x_t, or of the outputs that are fed back, as what it is read from, and why there is nothing: "given"
    by the task, "outside" (a step before the first), "first" (no output has been written yet)."""
    reads = step.scan.reads(step.trace.network.widths)[name]
    if reads == (Read(X),):
        return [], GIVEN
    here = [read for read in reads if read.columns is None or unit in range(*read.columns)]
    for read in here:
        t = step.t - read.lag if read.at == EACH else 1
        if _has(step, read, t):
            return [_copy(step, read, t, unit - (read.columns[0] if read.columns else 0))], ""
    return [], FIRST if all(read.signal in (OUTPUT, TARGETS) for read in here) else BEFORE


def _has(step: ScanStep, read: Read, t: int) -> bool:
    """Whether there is something to read at step t of a signal."""
    present = step.trace.data.present if read.present else None
    if not 1 <= t <= step.steps or (read.only and step.t != read.only):
        return False
    return present is None or bool(present[t - 1, step.sample])


def _copy(step: ScanStep, read: Read, t: int, unit: int) -> Line:
    array = step.trace.data.y if read.signal == TARGETS else step.trace.run.signals[read.signal]
    value = float(array[t - 1, step.sample, unit])
    style = replace(step.style, t=t, layer="", reads="task", below="")
    return Line(f"{signal_symbol(step.trace, read.signal, style)}[{unit + 1}]", value, "{}", (value,))
