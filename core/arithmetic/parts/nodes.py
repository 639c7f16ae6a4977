"""Nodes that no cell makes, in detail: joins, a convolution, contexts, attention, the output.

A `PartNode` is a `core.arithmetic.nodes.Node`, as a cell's are: every number is a `Sum` whose lines multiply out,
forward and backward, with its equations in a notation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.arithmetic.cell_node import start_gradient
from core.arithmetic.lines import Column, Equation, Line, Sum
from core.arithmetic.parts.step import PartStep
from core.arithmetic.parts.style import forward_text, labels_back
from core.arithmetic.senders import Readers, sent_to
from core.cells.base import Record, Row
from core.chain.rows import INPUT_ROW
from core.chain.symbols import signal_symbol
from core.maths.arrays import Array
from core.network.declared import Declared, Key
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace

GIVEN = (Record("x", "state", "input"),)


def declared_by(trace: Trace, part: str) -> Declared | None:
    """What declares the quantities that are recorded under a part's name; None where nothing does."""
    every = trace.network.declared
    return next((each for each in every if any(each.key(name)[0] == part for name in each.made)), None)


class PartNode:
    """Step t (from 1, the part's own) of one sample of a part that no cell makes, from what it declares. `used`: the
    gradients that are used; `names`: its records in the order of computation."""

    made_by = ""
    way = 1

    def __init__(
        self, trace: Trace, part: str, t: int, sample: int = 0, used: bool = True, notation: Notation = ROW
    ) -> None:
        self.trace, self.part, self.t, self.sample, self.used = trace, part, t, sample, used
        self.gradients = trace.used if used else trace.exact
        self.notation = notation
        self.text = Style(False, t, notation)
        self.declared = self._declared()
        own = [each for each in self.declared.quantities if self.declared.key(each.name)[0] == part]
        self.records: dict[str, Record] = {each.name: each for each in own}
        self.names = tuple(self.records)

    def _declared(self) -> Declared:
        found = declared_by(self.trace, self.part)
        if found is None:
            raise KeyError(self.part)
        return found

    @property
    def step(self) -> PartStep:
        """Its numbers."""
        return PartStep(self.trace, self.declared, self.t, self.sample, self.gradients, self.text)

    # --- what there is ---
    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = ((row.name, tuple(each for each in self.names if each in row.members)) for row in self.declared.rows)
        return tuple((row, names) for row, names in found if names)

    @property
    def steps(self) -> int:
        lane = self.trace.schedule.lanes[self.part]
        return lane.last - lane.first + 1

    @property
    def column(self) -> int:
        return self.t + self.trace.schedule.offset(self.part)

    def row_of(self, name: str) -> str:
        return next(row.name for row in self.declared.rows if name in row.members)

    def quantities(self, row: str) -> tuple[str, ...]:
        return dict(self.rows)[row]

    def together(self, name: str) -> tuple[str, ...]:
        return self.names

    def fixed(self, name: str) -> bool:
        return False

    def frozen(self, name: str) -> float | None:
        return None

    def signal(self, name: str) -> Key:
        """The key of a record in the trace."""
        return self.part, name

    def symbol(self, name: str, style: Style | None = None) -> str:
        """A record's symbol at this step."""
        return signal_symbol(self.trace, self.signal(name), style or self.text)

    def gradient_symbol(self, name: str, style: Style | None = None) -> str:
        """The symbol of its gradient."""
        style = style or self.text
        return style.gradient(self.symbol(name, style))

    def letter(self, name: str, gradient: bool = False) -> str:
        bare = Style(False, None, self.notation.without_step)
        return self.gradient_symbol(name, bare) if gradient else self.symbol(name, bare)

    def title(self, name: str) -> str:
        """A record in words."""
        return self.records[name].title

    def kind(self, name: str) -> str:
        """ "gate" for a level 0…1, otherwise "value"."""
        return "gate" if self.records[name].kind == "gate" else "value"

    def value(self, name: str) -> Array:
        """The recorded value, (n,)."""
        return self.trace.values[self.signal(name)][self.t - 1, self.sample]

    def gradient(self, name: str) -> Array | None:
        """∂L/∂name, (n,); None for what has no recorded gradient."""
        found = self.gradients.get(self.signal(name))
        return None if found is None else found[self.t - 1, self.sample]

    def columns(self, name: str) -> tuple[Column, ...]:
        """The node's table: values, then gradients, last first."""
        found = [Column(each, self.symbol(each), self.kind(each), self.value(each)) for each in self.names]
        for each in reversed(self.names):
            gradient = self.gradient(each)
            if gradient is not None:
                found.append(Column(each, self.gradient_symbol(each), "gradient", gradient))
        return tuple(found)

    # --- numbers ---
    def forward(self, name: str, unit: int) -> Sum:
        """The value of one unit (from 0) as what it is computed from."""
        lines, absent = self.made(name, unit)
        return Sum(self.symbol(name), unit, tuple(lines), float(self.value(name)[unit]), absent)

    def backward(self, name: str, unit: int) -> Sum | None:
        """The gradient of one unit as the sum of its addends; None for what has no recorded gradient."""
        gradient = self.gradient(name)
        if gradient is None:
            return None
        lines, absent = self.returned(name, unit)
        symbol = self.gradient_symbol(name)
        return Sum(symbol, unit, tuple(lines), float(gradient[unit]), absent or ("" if lines else "unread"))

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        """The addends of a value, and why there are fewer than in the equation."""
        return self.step.lines(name, unit)

    def returned(self, name: str, unit: int) -> tuple[list[Line], str]:
        """The addends of a gradient, likewise."""
        within = [replace(line, origin="same step") for line in self.step.back(name, unit)]
        readers = Readers(self.trace, self.signal(name), self.t, self.sample, self.gradients, start_gradient)
        return [*within, *readers.lines(unit, self.text)], ""

    # --- edges and underflow ---
    def edge(self, source: str, row: str, recurrent: bool, unit: int) -> None:
        """None: all that goes back to it stands with the node itself."""

    def underflow(self, gradients: bool) -> Array:
        return np.zeros(self.steps, dtype=bool)

    # --- equations ---
    def equations(self, name: str) -> tuple[Equation, ...]:
        tex = Style(True, None, self.notation)
        found = [
            Equation(self.forward_equation(each, tex), False, self.forward_equation(each, self.text))
            for each in self.names
        ]
        found += [
            Equation(self.backward_equation(each, tex), True, self.backward_equation(each, self.text))
            for each in reversed(self.names)
            if self.gradient(each) is not None
        ]
        return tuple(each for each in found if each.tex)

    def every_equation(self) -> tuple[Equation, ...]:
        return ()

    def loss_text(self) -> str:
        return ""

    def shapes(self, name: str) -> str:
        return ""

    def forward_equation(self, name: str, style: Style) -> str:
        """name_t = …, vector by vector."""
        return forward_text(self.trace, self.declared, name, style)

    def backward_equation(self, name: str, style: Style) -> str:
        """∂L/∂name_t = …; the addends are those of `backward`."""
        within = labels_back(self.trace, self.declared, name, style)
        addends = [*within, *sent_to(self.trace, self.signal(name), style)]
        return f"{self.gradient_symbol(name, style)} = {' + '.join(addends) or '0'}"


class GivenNode(PartNode):
    """The task's input, where a cell reads something made of it."""

    def _declared(self) -> Declared:
        found = Declared()
        found.name, found.quantities, found.rows = self.part, GIVEN, (Row(INPUT_ROW, "input", ("x",), ("x",)),)
        return found

    def symbol(self, name: str, style: Style | None = None) -> str:
        return (style or self.text).symbol(None, "x")

    def value(self, name: str) -> Array:
        return self.trace.data.x[self.t - 1, self.sample]

    def gradient(self, name: str) -> None:
        """None: the data needs no gradient."""

    def made(self, name: str, unit: int) -> tuple[list[Line], str]:
        return [], "given"

    def forward_equation(self, name: str, style: Style) -> str:
        return ""

    def backward_equation(self, name: str, style: Style) -> str:
        return ""
