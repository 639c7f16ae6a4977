"""How the equations of a part are written, from what it declares: its inputs by the symbols of what they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from core.arithmetic.lines import total_over
from core.chain.symbols import signal_symbol
from core.network.declared import EACH, EVERY, FIRST, LAST, Declared, Key, Read
from core.network.parts import HEAD
from core.notation.books.row import ROW
from core.notation.equations import Style, backward_addends, forward
from core.trace import Trace
from core.unrolled import Edge


@dataclass(frozen=True)
class PartStyle(Style):
    """How the equations of a declared part are written: its inputs by the symbols of what they read, its parameters by
    their own names, which no book has."""

    base: Style = field(default_factory=lambda: Style(False))
    trace: Any = None
    declared: Any = None

    @property
    def reads_of(self) -> Mapping[str, tuple[Read, ...]]:
        """What each input stands for."""
        return self.declared.reads(self.trace.network.widths)

    def index(self, offset: int) -> str:
        return self.base.index(offset)

    def symbol(self, cell: object, name: str, offset: int = 0) -> str:
        reads = self.reads_of.get(name)
        if reads is None and all(each.name != name for each in self.declared.quantities):
            return name  # it has no symbol of its own, and is written as what it is
        if reads is None:
            return signal_symbol(self.trace, self.declared.key(name), self.base, offset)
        read = reads[0]
        if read.at == EACH:
            return signal_symbol(self.trace, read.signal, self.base, offset - read.lag)
        at = {FIRST: 1, EVERY: "t", LAST: steps_of(self.trace, read.signal)}[read.at]
        return signal_symbol(self.trace, read.signal, replace(self.base, t=at))

    def gradient_of(self, cell: object, name: str, offset: int = 0) -> str:
        if self.declared.name == HEAD:
            return self.base.gradient_of(None, name, offset)
        return self.gradient(self.symbol(cell, name, offset))

    def parameter(self, name: str) -> str:
        stem, _, row = name.partition("_")
        if self.declared.name == HEAD:
            return self.base.parameter("b_z" if name == "b" else name)
        return stem + ROW.index(0, int(row), False) if row and not self.tex else ROW.parameter(name, self.tex)

    def product(self, term: str, name: str) -> str:
        enclosed = " " in term and not term.startswith("(") and self.declared.once(self.reads_of)
        return super().product(f"({term})" if enclosed else term, name)


def style_of_part(trace: Trace, declared: Declared, base: Style) -> PartStyle:
    """The style of a part's equations, at the step of `base`."""
    book = base.notation
    if declared.name != HEAD:
        book = replace(book, order="as declared", gated_order=None, second_bias=None)
    return PartStyle(base.tex, base.t, book, base=base, trace=trace, declared=declared)


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


def steps_of(trace: Trace, signal: Key) -> int:
    """How many steps a signal has."""
    return len(trace.values.get(signal, trace.data.x))


def once(trace: Trace, declared: Declared) -> bool:
    """Whether a part has one step alone."""
    return declared.once(declared.reads(trace.network.widths))


def at_every_step(trace: Trace, edge: Edge) -> bool:
    """Whether a reader reads the same step of a signal at each of its own."""
    return edge.read.at in (FIRST, LAST) and not edge.read.only and not once(trace, edge.declared)


def labels_of_edge(trace: Trace, edge: Edge, style: Style) -> list[str]:
    """What a part sends back to a signal that it reads, as an equation has it; where all its steps do, as their sum."""
    if not at_every_step(trace, edge):
        return labels_back(trace, edge.declared, edge.source, style)
    labels = labels_back(trace, edge.declared, edge.source, replace(style, t="t"))
    return [total_over(style, "t") + label for label in labels]
