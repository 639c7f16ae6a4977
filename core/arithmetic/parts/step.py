"""A part's step in detail, from its declared operations alone: its values and what it sends back, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.analysis.evaluation import Evaluation
from core.arithmetic.lines import MOST_LINES, Line, dot, lines_from, slope, split_sum
from core.arithmetic.parts.style import (
    PartStyle,
    at_every_step,
    forward_text,
    labels_back,
    labels_of_edge,
    once,
    steps_of,
    style_of_part,
)
from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.declared import EACH, EVERY, FIRST, LAST, Declared, Key
from core.notation.equations import LinearPart, Style, linear_parts
from core.trace import Trace
from core.unrolled import Edge


@memoised
def evaluated(trace: Trace, used: bool) -> Evaluation:
    """The values and addends of a run, once for all nodes."""
    return Evaluation(trace, used)


@dataclass(frozen=True)
class PartStep:
    """Step t (from 1) of a declared part, one sample: its numbers as lines. `at`: the step (from 1) that is meant of a
    sequence that it reads as a whole."""

    trace: Trace
    declared: Declared
    t: int
    sample: int
    gradients: Mapping[Key, Array]
    style: Style
    at: int = 1

    @property
    def evaluation(self) -> Evaluation:
        """The run's."""
        return evaluated(self.trace, self.gradients is not self.trace.exact)

    @property
    def operations(self) -> dict[str, Operation]:
        """By what they make."""
        return {operation.out: operation for operation in self.declared.graph}

    @cached_property
    def written(self) -> PartStyle:
        """How it is written."""
        return style_of_part(self.trace, self.declared, self.style)

    def _own(self, array: Array) -> Array:
        """What an array of the evaluation has for this step, (n,)."""
        return (array[:, 0] if array.ndim == 4 else array)[self.t - 1, self.sample]

    def value(self, name: str) -> Array:
        """An input or a quantity, (n,)."""
        return self._own(self.evaluation.values(self.declared)[name])

    def parameter(self, name: str) -> Array:
        """One of the part's own parameters."""
        return self.declared.own_parameters(self.trace.parameters)[name]

    def _product(self, vector: Array, weights: Array, name: str, unit: int, back: bool = False) -> Line:
        full = f"{self.declared.name}.{name}"
        return dot(vector, weights, full, unit, back) if full in self.trace.parameters else dot(vector, weights)

    # --- forward ---
    def lines(self, name: str, unit: int) -> tuple[list[Line], str]:
        """One unit of a quantity as its addends, and "outside" where some of them lie outside the sequence."""
        text = forward_text(self.trace, self.declared, name, self.style).partition(" = ")[2]
        found = self._lines(self.operations[name], unit)
        if not any(line is not None and line.label for line in found):
            labels = split_sum(text)
            found = [line and replace(line, label=label) for label, line in zip(labels, found, strict=True)]
        return [line for line in found if line is not None], "outside" if None in found else ""

    def _lines(self, operation: Operation, unit: int) -> list[Line | None]:
        match operation.kind:
            case "linear":
                parts = linear_parts(operation, self.written.notation)
                return [self._addend(operation, part, unit) for part in parts]
            case "add":
                return [line for name in operation.inputs for line in self._operand(name, unit)]
            case "concat":
                return [self._beside(operation, unit)]
            case "mean":
                pairs = [(self.written.symbol(None, name), float(self.value(name)[unit])) for name in operation.inputs]
                return [Line(f"{symbol} / 2", 0.5 * value, "{} / 2", (value,)) for symbol, value in pairs]
            case "constant" | "clock" | "normalise" | "softmax" | "weigh" | "compare":
                value = float(self.value(operation.out)[unit])
                return [Line("", value, "{}", (value,))]
        return [*lines_from(operation, (float(self.value(name)[unit]) for name in operation.inputs))]

    def _beside(self, operation: Operation, unit: int) -> Line:
        """One unit of what stands side by side: one of an input's."""
        for name in operation.inputs:
            value = self.value(name)
            if unit < len(value):
                own = float(value[unit])
                return Line(f"{self.written.symbol(None, name)}[{unit + 1}]", own, "{}", (own,))
            unit -= len(value)
        raise IndexError(unit)

    def _operand(self, name: str, unit: int) -> list[Line | None]:
        if name in self.operations and all(each.name != name for each in self.declared.quantities):
            return self._lines(self.operations[name], unit)
        value = float(self.value(name)[unit])
        return [Line("", value, "{}", (value,))]

    def _addend(self, operation: Operation, part: LinearPart, unit: int) -> Line | None:
        weights = self.parameter(part.parameter)
        if part.place is None:
            return Line("", float(weights[unit]), "{}", (float(weights[unit]),))
        name = operation.inputs[part.place]
        if self._outside(name):
            return None
        vector = self.value(name)
        if part.parameter in operation.elementwise:
            a, b = float(weights[unit]), float(vector[unit])
            return Line("", a * b, "{} × {}", (a, b))
        return self._product(vector, weights[:, unit], part.parameter, unit)

    def _outside(self, name: str) -> bool:
        """Whether an input stands for a step that the sequence does not have."""
        reads = [read for read in self.written.reads_of.get(name, ()) if read.at != EVERY]
        at = [self.evaluation.step_read(self.declared, read, self.t - 1) for read in reads]
        return bool(at) and all(each is None for each in at)

    # --- backward ---
    def back(self, source: str, unit: int) -> Iterator[Line]:
        """What each operation that reads an input or a quantity sends back to one unit of it."""
        labels = labels_back(self.trace, self.declared, source, self.style)
        for label, (operation, place) in zip(labels, self.readers(source), strict=True):
            line = self._pulled(operation, place, unit)
            if line is not None:
                yield replace(line, label=label.removesuffix("/ T") + line.label)

    def readers(self, source: str) -> Iterator[tuple[Operation, int]]:
        """The operations that read an input or a quantity, each with its place among what they read."""
        for operation in self.declared.graph:
            yield from ((operation, place) for place, name in enumerate(operation.inputs) if name == source)

    def _came(self, operation: Operation, unit: int) -> Line:
        """The gradient on what an operation makes; on what is not recorded what its reader sends back to it."""
        gradient = self.gradients.get(self.declared.key(operation.out))
        if gradient is None:
            found = self._pulled(*next(self.readers(operation.out)), unit)
            return found or Line("", 0.0)
        value = float(gradient[self.t - 1, self.sample, unit])
        return Line("", value, "{}", (value,))

    def _pulled(self, operation: Operation, place: int, unit: int) -> Line | None:
        """What one operation sends back, with what its label ends in; None where it is nothing."""
        if operation.kind == "linear":
            came = self._own(self.evaluation.within(self.declared, operation.out))
            name = operation.parameters[place]
            weights = self.parameter(name)[unit]
            if name not in operation.elementwise:
                return self._product(came, weights, name, unit, True)
            return Line("", float(came[unit] * weights), "{} × {}", (float(came[unit]), float(weights)))
        own = unit + self.before(operation, place)
        came = self._came(operation, own)
        match operation.kind:
            case "concat":
                return replace(came, label=f"[{own + 1}]") if own != unit and came.product is None else came
            case "add":
                return came
            case "mean":
                return Line("", 0.5 * came.value, "{} / 2", (came.value,))
            case "weigh":
                share = float(self.value(operation.inputs[0])[self.at - 1])
                count = round(1 / share) if share else 0
                return Line(f"/ {count}", came.value / count, "{} / {}", (came.value, count)) if count else None
        inputs = [float(self.value(name)[unit]) for name in operation.inputs]
        template, operands = slope(operation, place, inputs, float(self.value(operation.out)[unit]))
        sent = float(self._own(self.evaluation.addends(self.declared)[operation.out, operation.inputs[place]])[unit])
        value = came.value * inputs[1 - place] if operation.kind == "multiply" else sent
        return Line("", value, "{}" + template, (came.value, *operands))

    def before(self, operation: Operation, place: int) -> int:
        """How many columns come before an input, where an operation puts several side by side."""
        inputs = operation.inputs[:place] if operation.kind == "concat" else ()
        return sum(len(self.value(name)) for name in inputs)

    def all_steps(self, source: str, unit: int) -> Line:
        """What all steps send back to an input that they share, as one product over time."""
        operation, place = next(self.readers(source))
        name = operation.inputs[1 - place] if operation.kind == "multiply" else ""
        if name or operation.kind == "mean":
            came = self.gradients[self.declared.key(operation.out)][:, self.sample, unit]
            halves = np.full(len(came), 0.5)
            return dot(came, self.evaluation.values(self.declared)[name][:, self.sample, unit] if name else halves)
        came = self.evaluation.addends(self.declared)[operation.out, source][:, self.sample, unit]
        return dot(came, np.ones(len(came)))


def lines_of_edge(
    trace: Trace, edge: Edge, t: int, sample: int, gradients: Mapping[Key, Array], unit: int, style: Style
) -> Iterator[Line]:
    """What a declared part sends back to step t (from 1) of a signal that it reads: one line for each of its steps, or
    of many that share it one product."""
    read, declared = edge.read, edge.declared
    steps = evaluated(trace, gradients is not trace.exact).steps_of(declared)
    own = {EACH: t, EVERY: t, FIRST: 1, LAST: steps_of(trace, read.signal)}[read.at]
    origin = "context" if once(trace, declared) else "output"
    if own != t:
        return
    if at_every_step(trace, edge) and steps > MOST_LINES:
        line = PartStep(trace, declared, 1, sample, gradients, style).all_steps(edge.source, unit)
        yield replace(line, label=" + ".join(labels_of_edge(trace, edge, style)), origin=origin)
        return
    at = range(t + read.lag, t + read.lag + 1) if read.at == EACH else range(steps, 0, -1)
    for k in at:
        if 1 <= k <= steps:
            step = PartStep(trace, declared, k, sample, gradients, replace(style, t=k), t)
            yield from (replace(line, origin=origin) for line in step.back(edge.source, unit))
