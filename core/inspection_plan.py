"""What an inspection derives once for a trace: the equations of every quantity, and who reads what."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from core import equations
from core.cells.base import Cell, Record
from core.chain import INPUT, OUTPUT, records_of, row_of_source
from core.chain import rows as chain_rows
from core.diagnostics import copied_steps
from core.equations import TEX, Style
from core.graph import Operation
from core.inspection_output import later
from core.inspection_outside import consumers
from core.inspection_parts import PLACE
from core.links import PREVIOUS
from core.notations.forms import output_gradient
from core.trace import Trace

HEAD = "out"


class _Placed(Style):
    """Plain text with [t+0], [t-1] … where the step stands, for `filled` to put a number in."""

    def index(self, offset: int) -> str:
        return f"[t{offset:+d}]"


_PLAIN = _Placed(tex=False)


class Plan:
    """What is the same at every step of a trace: the cell's operations, who reads what, and its equations with [t]
    where the step stands. Made once and handed to each `Step`, so that going from step to step costs no derivation."""

    def __init__(self, trace: Trace, part: str = "") -> None:
        """Of the scan named `part`; of the one on view where there is none of that name."""
        self.trace = trace
        self.scan = next((scan for scan in trace.scans if scan.name == part), trace.scan)
        self.cell: Cell = self.scan.cell
        self.offset = trace.schedule.offset(self.scan.name)
        self.top = trace.head.source == (self.scan.name, "s")
        self.graph: tuple[Operation, ...] = tuple(self.cell.graph)
        self.operations = {operation.out: operation for operation in self.graph}
        self.records: dict[str, Record] = {record.name: record for record in self.cell.records}
        self.parameters = self.scan.views(dict(trace.parameters))
        own = [row for row in chain_rows(trace) if any(piece.part == self.scan.name for piece in row.pieces)]
        named = [(row.name, records_of(trace, row.name)) for row in own if row.row]
        output = [(OUTPUT, ("z", "a"))] if self.top else []
        self.rows = ((row_of_source(trace, self.scan), (INPUT,)), *named, *output)
        self.outside = consumers(trace, self.scan)
        self.copied = copied_steps(trace, self.scan)
        self._texts: dict[tuple[str, str], str] = {}
        self._readers: dict[str, tuple[Reader, ...]] = {}
        self._symbols: dict[str, str] = {}
        self.kept: dict[Hashable, Any] = {}  # what a view derives from the plan alone

    def symbol(self, name: str) -> str:
        """Its symbol with [t]."""
        if name not in self._symbols:
            self._symbols[name] = _PLAIN.symbol(self.cell, name)
        return self._symbols[name]

    def forward(self, name: str) -> str:
        """Its equation with [t]; "" for the input."""
        key = ("forward", name)
        if key not in self._texts:
            self._texts[key] = forward_equation(self.trace, name, _PLAIN, self.cell)
        return self._texts[key]

    def backward(self, name: str) -> str:
        """Its gradient's equation with [t]; "" for what has no recorded gradient."""
        key = ("backward", name)
        if key not in self._texts:
            self._texts[key] = backward_equation(self.trace, name, _PLAIN, self.cell, self.top)
        return self._texts[key]

    def pair(self, name: str) -> tuple[str, ...]:
        """The quantity with the one that an activation joins it to, pre-activation first: ("h", "s"); alone: ("s",)."""
        if name in (OUTPUT, "a"):
            return (OUTPUT, "a")
        for operation in self.graph:
            names = (*operation.inputs, operation.out)
            if len(names) == 2 and name in names and all(each in self.records for each in names):
                return names
        return (name,)

    @property
    def loss(self) -> str:
        """ℓ_t with [t]."""
        return loss_equation(self.trace, _PLAIN)

    def readers(self, name: str) -> tuple[Reader, ...]:
        """Every addend of the gradient on `name`, in the order of its equation."""
        if name not in self._readers:
            texts = equations.backward_addends(self.cell, name, _PLAIN, self.top)
            texs = equations.backward_addends(self.cell, name, TEX, self.top)
            found = zip(texts, texs, _reading(self.graph, name, self.top), strict=True)
            self._readers[name] = tuple(Reader(*text, tex, *reader) for text, (_, tex), reader in found)
        return self._readers[name]


@dataclass(frozen=True)
class Reader:
    """Who sends an addend back: `operation` (None: the head) through its input `place`; its equation with [t]."""

    origin: str
    label: str
    tex: str
    operation: Operation | None
    place: int


def forward_equation(trace: Trace, name: str, style: Style = TEX, cell: Cell | None = None) -> str:
    """name_t = … for a record, z or a; "" for the input, which is given."""
    if name == INPUT:
        return ""
    if name == OUTPUT:
        bias = "b_{z}" if style.tex else "b_z"
        return f"{style.symbol(None, 'z')} = {style.symbol(None, 's')}{style.dot}V + {bias}"
    if name == "a":
        loss = trace.network.loss
        # A function, since the replacement may hold a backslash.
        output = re.sub(r"\bz\b", lambda _: style.symbol(None, "z"), loss.output_tex if style.tex else loss.output_text)
        return f"{style.symbol(None, 'a')} = {output}"
    text = equations.forward(cell or trace.scan.cell, name, style)
    left, _, right = text.partition(" = ")
    return right if left == right else text  # tanh(c_t) is its own name


def backward_equation(trace: Trace, name: str, style: Style = TEX, cell: Cell | None = None, top: bool = True) -> str:
    """∂L/∂name_t = …; "" for the output a, whose gradient is not recorded."""
    if name == "a":
        return ""
    if name == OUTPUT:
        return output_gradient(style, trace.network.loss if later(trace) is not None else None)
    text = equations.backward(cell or trace.scan.cell, name, style, top)
    if name != "s" or top:
        return text
    above = r"(\text{from above})" if style.tex else "(from above)"
    return f"{text.removesuffix(' = 0')} + {above}" if not text.endswith(" = 0") else f"{text[:-1]}{above}"


def loss_equation(trace: Trace, style: Style = TEX) -> str:
    """ℓ_t, step t's own term of L for one sample."""
    loss = trace.network.loss
    body = re.sub(
        r"(?<![A-Za-z\\])([ay])(?![A-Za-z])", lambda m: style.symbol(None, m[1]), loss.tex if style.tex else loss.text
    )
    return f"{style.symbol(None, chr(92) + 'ell' if style.tex else 'ℓ')} = {body}"


def unplaced(text: str) -> str:
    """A plain symbol without its step: h."""
    return PLACE.sub("", text)


def _reading(graph: tuple[Operation, ...], name: str, top: bool = True) -> list[tuple[Operation | None, int]]:
    """The readers of a quantity, in the order of `equations.backward_addends`: the head (None), this step, the next."""
    found: list[tuple[Operation | None, int]] = [(None, 0)] if name == "s" and top else []
    for source in (name, name + PREVIOUS):
        for operation in graph:
            found += [(operation, place) for place, used in enumerate(operation.inputs) if used == source]
    return found
