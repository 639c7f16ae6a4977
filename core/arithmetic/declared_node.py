"""A part's node in detail, from its declared operations alone: what a part needs no class of its own for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from core.analysis.evaluation import Evaluation
from core.arithmetic.lines import Line, dot, slope, split_sum
from core.chain.symbols import signal_symbol
from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.declared import EACH, FIRST, Declared, Key
from core.notation.equations import Style, backward_addends, forward, linear_parts
from core.trace import Trace
from core.unrolled import Edge


@memoised
def evaluated(trace: Trace, used: bool) -> Evaluation:
    """The values and addends of a run, once for all nodes."""
    return Evaluation(trace, used)


@dataclass(frozen=True)
class PartStyle(Style):
    """How the equations of a declared part are written: its inputs by the symbols of what they read."""

    base: Style = field(default_factory=lambda: Style(False))
    trace: Any = None
    declared: Any = None

    def index(self, offset: int) -> str:
        return self.base.index(offset)

    def symbol(self, cell: object, name: str, offset: int = 0) -> str:
        reads = self.declared.reads(self.trace.network.widths).get(name)
        if reads is None and all(each.name != name for each in self.declared.quantities):
            return name  # it has no symbol of its own, and is written as what it is
        if reads is None:
            return signal_symbol(self.trace, self.declared.key(name), self.base, offset)
        read = reads[0]
        if read.at == EACH:
            return signal_symbol(self.trace, read.signal, self.base, offset - read.lag)
        at = 1 if read.at == FIRST else len(self.trace.run.signals[read.signal])
        return signal_symbol(self.trace, read.signal, replace(self.base, t=at))

    def gradient_of(self, cell: object, name: str, offset: int = 0) -> str:
        return self.gradient(self.symbol(cell, name, offset))


def style_of_part(trace: Trace, declared: Declared, base: Style) -> PartStyle:
    """The style of a part's equations, at the step of `base`."""
    return PartStyle(base.tex, base.t, base.notation, base=base, trace=trace, declared=declared)


def as_cell(declared: Declared) -> Any:
    """A part as `core.notation.equations` asks a cell."""
    return SimpleNamespace(graph=declared.graph, records=declared.quantities, tapped=False, fed=False)


def forward_text(trace: Trace, declared: Declared, name: str, base: Style) -> str:
    """name_t = …, from the operation that makes it."""
    return forward(as_cell(declared), name, style_of_part(trace, declared, base))


def labels_back(trace: Trace, declared: Declared, source: str, base: Style) -> list[str]:
    """What each operation that reads an input or a quantity sends back to it, in the order of the graph."""
    style = style_of_part(trace, declared, base)
    return [text for _, text in backward_addends(as_cell(declared), source, style, top=False)]


@dataclass(frozen=True)
class PartStep:
    """Step t (from 1) of a declared part, one sample: its numbers as lines."""

    trace: Trace
    declared: Declared
    t: int
    sample: int
    gradients: Mapping[Key, Array]
    style: Style

    @property
    def evaluation(self) -> Evaluation:
        """The run's."""
        return evaluated(self.trace, self.gradients is not self.trace.exact)

    @property
    def operations(self) -> dict[str, Operation]:
        """By what they make."""
        return {operation.out: operation for operation in self.declared.graph}

    def value(self, name: str) -> Array:
        """An input or a quantity, (n,)."""
        return self.evaluation.values(self.declared)[name][self.t - 1, self.sample]

    def parameter(self, name: str) -> Array:
        """One of the part's own parameters."""
        return self.declared.own_parameters(self.trace.parameters)[name]

    # --- forward ---
    def lines(self, name: str, unit: int) -> list[Line]:
        """One unit of a quantity as its addends."""
        text = forward_text(self.trace, self.declared, name, self.style).partition(" = ")[2]
        found, labels = self._lines(self.operations[name], unit), split_sum(text)
        if len(labels) != len(found):  # of what stands side by side one unit is one of them
            return found
        return [replace(line, label=label) for line, label in zip(found, labels, strict=True)]

    def _lines(self, operation: Operation, unit: int) -> list[Line]:
        match operation.kind:
            case "linear":
                return [self._product(operation, part, unit) for part in linear_parts(operation, self.style.notation)]
            case "add":
                return [line for name in operation.inputs for line in self._operand(name, unit)]
            case "multiply":
                a, b = (float(self.value(name)[unit]) for name in operation.inputs)
                return [Line("", a * b, "{} × {}", (a, b))]
            case "mix":
                u, a, b = (float(self.value(name)[unit]) for name in operation.inputs)
                return [Line("", u * a, "{} × {}", (u, a)), Line("", (1 - u) * b, "(1 − {}) × {}", (u, b))]
        value = float(self.evaluation.values(self.declared)[operation.out][self.t - 1, self.sample, unit])
        return [Line("", value, "{}", (value,))]

    def _operand(self, name: str, unit: int) -> list[Line]:
        recorded = {each.name for each in self.declared.quantities}
        if name in self.operations and name not in recorded:
            return self._lines(self.operations[name], unit)
        value = float(self.value(name)[unit])
        return [Line("", value, "{}", (value,))]

    def _product(self, operation: Operation, part: Any, unit: int) -> Line:
        if part.place is None:
            bias = 0.0 if part.second else float(self.parameter(part.parameter)[unit])
            return Line("", bias, "{}", (bias,))
        vector, weights = self.value(operation.inputs[part.place]), self.parameter(part.parameter)
        if part.parameter in operation.elementwise:
            a, b = float(weights[unit]), float(vector[unit])
            return Line("", a * b, "{} × {}", (a, b))
        return dot(vector, weights[:, unit], f"{self.declared.name}.{part.parameter}", unit)

    # --- backward ---
    def back(self, source: str, unit: int) -> Iterator[Line]:
        """What each operation that reads an input or a quantity sends back to one unit of it."""
        labels = iter(labels_back(self.trace, self.declared, source, self.style))
        for operation in self.declared.graph:
            for place, name in enumerate(operation.inputs):
                if name == source:
                    yield replace(self._pulled(operation, place, unit), label=next(labels))

    def _pulled(self, operation: Operation, place: int, unit: int) -> Line:
        came = self.evaluation.within(self.declared, operation.out)[self.t - 1, self.sample]
        if operation.kind == "linear":
            name = operation.parameters[place]
            weights = self.parameter(name)[unit]
            if name not in operation.elementwise:
                return dot(came, weights, f"{self.declared.name}.{name}", unit, True)
            return Line("", float(came[unit] * weights), "{} × {}", (float(came[unit]), float(weights)))
        sent = self.evaluation.addends(self.declared)[operation.out, operation.inputs[place]]
        value = float(sent[self.t - 1, self.sample, unit])
        if operation.kind in ("concat", "mean"):
            return Line("", value, "{}", (value,))
        inputs = [float(self.value(name)[unit]) for name in operation.inputs]
        template, operands = slope(operation, place, inputs, float(self.value(operation.out)[unit]))
        return Line("", value, "{}" + template, (float(came[unit]), *operands))


def lines_of_edge(
    trace: Trace, edge: Edge, t: int, sample: int, gradients: Mapping[Key, Array], unit: int, style: Style
) -> Iterator[Line]:
    """What a declared part sends back to step t (from 1) of a signal that it reads: one line for each of its steps."""
    read, declared = edge.read, edge.declared
    steps = len(trace.run.signals[declared.key(declared.quantities[-1].name)])
    if read.at == EACH:
        at = [t + read.lag] if 1 <= t + read.lag <= steps else []
    else:
        own = 1 if read.at == FIRST else len(trace.run.signals[read.signal])
        at = list(range(steps, 0, -1)) if t == own else []
    for k in at:
        step = PartStep(trace, declared, k, sample, gradients, replace(style, t=k))
        yield from (replace(line, origin="output") for line in step.back(edge.source, unit))
