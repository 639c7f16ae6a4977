"""Where a scan's input comes from, unit by unit: a layer below, what a decoder wrote, a context, steps side by side."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from core.arithmetic.lines import Line
from core.chain.symbols import signal_symbol
from core.network.attention import CONTEXT, Attention
from core.network.parts import OUTPUT, Key, X
from core.network.scan import Scan
from core.network.sources import Concatenated, ContextInput, FullSequence, LayerBelow, PreviousOutput
from core.notation.equations import Style
from core.trace import Trace

GIVEN, FIRST, BEFORE = "given", "first", "outside"  # from the task; no output yet; a step before the sequence


class ScanStep(Protocol):
    """One step of a scan: a `core.arithmetic.cell_node.CellNode`."""

    trace: Trace
    scan: Scan
    t: int
    sample: int
    way: int
    style: Style

    @property
    def steps(self) -> int:
        """How many steps the scan has."""
        ...


def lines_of_input(step: ScanStep, unit: int) -> tuple[list[Line], str]:
    """One unit of x_t as what it is read from, and why there is nothing: "given" by the task, "outside" (a step before
    the first), "first" (no output has been written yet)."""
    source = step.scan.source
    if isinstance(source, FullSequence | LayerBelow):
        return _window(step, source, unit)
    first = 0
    for part in source.components if isinstance(source, Concatenated) else ():
        width = part.width(step.trace.network.widths)
        if unit < first + width:
            return _component(step, part, unit - first)
        first += width
    return [], GIVEN


def _window(step: ScanStep, source: FullSequence | LayerBelow, unit: int) -> tuple[list[Line], str]:
    width = step.trace.network.widths[source.signal]
    k, place = divmod(unit, width)
    if source.signal == X and source.taps == 1:
        return [], GIVEN
    read, present = step.t - step.way * k, step.trace.data.present
    if not 1 <= read <= step.steps:
        return [], BEFORE
    if source.taps > 1 and step.way < 0 and present is not None and not present[read - 1, step.sample]:
        return [], BEFORE
    return [_copy(step, source.signal, read, place)], ""


def _component(step: ScanStep, part: object, unit: int) -> tuple[list[Line], str]:
    if isinstance(part, ContextInput):
        return [_copy(step, part.signal, 1, unit)], ""
    if isinstance(part, Attention):
        return [_copy(step, CONTEXT, step.t, unit)], ""
    if not isinstance(part, PreviousOutput):
        return [], GIVEN
    if step.t > part.lag:
        return [_output(step, step.t - part.lag, unit, part.teacher)], ""
    if part.first is None:
        return [], FIRST
    return ([_copy(step, part.first, 1, unit)], "") if step.t == part.lag else ([], BEFORE)


def lines_of_feedback(step: ScanStep, unit: int) -> tuple[list[Line], str]:
    """One unit of the outputs that are fed back to a cell, a_{t−1}, a_{t−2} … side by side."""
    feedback = step.scan.feedback
    if feedback is None:
        return [], GIVEN
    k, place = divmod(unit, feedback.outputs)
    if step.t - 1 - k < 1:
        return [], FIRST
    return [_output(step, step.t - 1 - k, place, feedback.teacher)], ""


def _output(step: ScanStep, t: int, unit: int, teacher: bool) -> Line:
    array = step.trace.data.y if teacher else step.trace.values[OUTPUT]
    value = float(array[t - 1, step.sample, unit])
    label = Style(False, t, step.style.notation).symbol(None, "y" if teacher else "a")
    return Line(f"{label}[{unit + 1}]", value, "{}", (value,))


def _copy(step: ScanStep, signal: Key, t: int, unit: int) -> Line:
    value = float(step.trace.run.signals[signal][t - 1, step.sample, unit])
    style = replace(step.style, t=t, layer="", reads="task")
    return Line(f"{signal_symbol(step.trace, signal, style)}[{unit + 1}]", value, "{}", (value,))
