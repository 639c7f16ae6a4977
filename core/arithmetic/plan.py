"""What the arithmetic derives once for a trace: the equations of every quantity, and who reads what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.analysis.contributions import copied_steps, cuts_of
from core.arithmetic.lines import PLACE, Equation, Placed
from core.arithmetic.output import later
from core.arithmetic.senders import consumers
from core.cells.base import Cell, Record
from core.chain.edges import PREVIOUS
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, records_of, row_of_source, style_of
from core.chain.rows import rows as chain_rows
from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.parts import HEAD
from core.network.scan import Scan
from core.notation import equations
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import OF_OUTPUT, TEX, Style
from core.notation.forms import loss_term, output, output_gradient
from core.trace import Trace


class Plan:
    """What holds at every step of a trace: the cell's operations, who reads what, and its equations with [t] where the
    step stands. Made once and handed to each `CellNode`, so that moving from step to step derives nothing again."""

    def __init__(self, trace: Trace, part: str = "", notation: Notation = ROW) -> None:
        """Of the scan named `part`; of the one on view where there is none of that name. In the symbols and the meaning
        of a notation: of a gate that keeps where ours writes, all numbers are the book's."""
        self.trace, self.notation = trace, notation
        self.scan = next((scan for scan in trace.scans if scan.name == part), trace.scan)
        self.cell: Cell = self.scan.cell
        self.offset = trace.schedule.offset(self.scan.name)
        self.top = trace.head.source == (self.scan.name, "s")
        self.tex = style_of(trace, self.scan, True, None, notation)
        self.text = Placed(**{**vars(self.tex), "tex": False})
        self.graph: tuple[Operation, ...] = notation.graph(self.cell)
        self.operations = {operation.out: operation for operation in self.graph}
        self.records: dict[str, Record] = {record.name: record for record in self.cell.records}
        self.swapped = notation.transpose  # a matrix stands on the left of its vector
        self.parameters = notation.parameters_in_notation(self.cell, self.scan.views(dict(trace.parameters)))
        of_output = trace.head.own_parameters(trace.parameters)
        self.parameters.update({"b_z" if name == "b" else name: array for name, array in of_output.items()})
        own = [row for row in chain_rows(trace) if any(piece.part == self.scan.name for piece in row.pieces)]
        named = [(row.name, records_of(trace, row.name)) for row in own if row.row]
        output = [(OUTPUT_ROW, ("z", "a"))] if self.top else []
        self.rows = ((row_of_source(trace, self.scan), (INPUT_ROW,)), *named, *output)
        self.outside = {
            name: consumers(trace, (self.scan.name, name), notation) for name in ("s", *self.cell.recurrent_states)
        }
        self.copied = copied_steps(trace, self.scan)
        self._cuts = tuple(cuts_of(trace, self.scan, used) for used in (False, True))

    def cuts(self, used: bool) -> Array:
        """See `core.analysis.contributions.cuts_of`."""
        return self._cuts[used]

    def full_name(self, parameter: str) -> str:
        """ "L1.W_f", "out.V", "out.b"."""
        if parameter in OF_OUTPUT:
            return f"{HEAD}.{parameter.partition('_')[0]}"
        return f"{self.scan.name}.{parameter}"

    def at(self, t: int) -> Style:
        """Plain text with the number of a step."""
        return Style(**{**vars(self.tex), "tex": False, "t": t})

    @memoised
    def symbol(self, name: str) -> str:
        """Its symbol with [t]."""
        return self._symbol(name, self.text)

    @memoised
    def gradient(self, name: str) -> str:
        """The symbol of its gradient with [t]: ∂L/∂h[t+0], δ[t+0]."""
        return self._gradient(name, self.text)

    def is_intermediate(self, name: str) -> bool:
        """Whether a quantity is computed within the step and not recorded: f ⊙ c, i ⊙ g."""
        return name in self.operations and name not in self.records

    def _symbol(self, name: str, style: Style) -> str:
        """Its symbol; of an intermediate quantity its expression, a sum or a product in brackets."""
        if not self.is_intermediate(name):
            return style.symbol(self.cell, name)
        text = self.forward_equation(name, style)
        return f"({text})" if self.operations[name].kind in ("multiply", "add", "complement", "linear") else text

    def _gradient(self, name: str, style: Style) -> str:
        own = self.is_intermediate(name)
        return style.gradient(self._symbol(name, style)) if own else style.gradient_of(self.cell, name)

    @memoised
    def forward(self, name: str) -> str:
        """Its equation with [t]; "" for the input."""
        return self.forward_equation(name, self.text)

    @memoised
    def backward(self, name: str) -> str:
        """Its gradient's equation with [t]; "" for what has no recorded gradient."""
        return self.backward_equation(name, self.text)

    def forward_equation(self, name: str, style: Style) -> str:
        """name_t = …; of an input that another part makes, what that is; "" for the task's."""
        if name == INPUT_ROW and style.reads != "task":
            made = _made_by(self.trace, self.scan, style)
            symbol = style.symbol(self.cell, INPUT_ROW)
            return f"{symbol} = {made}" if made and made != symbol else ""  # some books write x2 as s1 at once
        text = forward_equation(self.trace, name, style, self.cell)
        if not self.is_intermediate(name):
            return text
        return re.split(r" = | ≡ | \\equiv ", text, maxsplit=1)[-1]  # it has no symbol of its own

    def backward_equation(self, name: str, style: Style) -> str:
        """∂L/∂name_t = …, with what other parts than the head send to the state; "" for the output a."""
        text = backward_equation(self.trace, name, style, self.cell, self.top)
        if self.is_intermediate(name):
            return f"{self._gradient(name, style)} = {text.partition(' = ')[2]}"
        others = [each.tex if style.tex else each.label for each in self.outside.get(name, ())]
        if not others:
            return text
        more = " + ".join(dict.fromkeys(others))
        return f"{text.removesuffix('0')}{more}" if text.endswith(" = 0") else f"{text} + {more}"

    def pair(self, name: str) -> tuple[str, ...]:
        """The quantity with the one that an activation joins it to, pre-activation first: ("h", "s"); alone: ("s",)."""
        if name in (OUTPUT_ROW, "a"):
            return (OUTPUT_ROW, "a")
        for operation in self.graph:
            names = (*operation.inputs, operation.out)
            if len(names) == 2 and name in names and all(each in self.records for each in names):
                return names
        return (name,)

    @property
    def loss(self) -> str:
        """ℓ_t with [t]."""
        return loss_equation(self.trace, self.text)

    @memoised
    def equations(self, names: tuple[str, ...]) -> tuple[Equation, ...]:
        """Forward in the order of computation, backward the other way round, as the passes go; in their text [t]."""
        found = [Equation(self.forward_equation(each, self.tex), False, self.forward(each)) for each in names]
        if OUTPUT_ROW in names:
            found.append(Equation(loss_equation(self.trace, self.tex), False, self.loss))
        back = reversed(names)
        found += [Equation(self.backward_equation(each, self.tex), True, self.backward(each)) for each in back]
        return tuple(each for each in found if each.tex)

    @memoised
    def readers(self, name: str) -> tuple[Reader, ...]:
        """Every addend of the gradient on `name`, in the order of its equation."""
        texts = equations.backward_addends(self.cell, name, self.text, self.top)
        texs = equations.backward_addends(self.cell, name, self.tex, self.top)
        found = zip(texts, texs, _reading(self.graph, name, self.top), strict=True)
        return tuple(Reader(*text, tex, *reader) for text, (_, tex), reader in found)


def plan_of(trace: Trace, part: str = "", notation: Notation = ROW) -> Plan:
    """The plan of the scan named `part`, of the one on view where there is none of that name; made once for a trace."""
    known = any(scan.name == part for scan in trace.scans)
    return _plan_of_scan(trace, part if known else trace.scan.name, notation)


@memoised
def _plan_of_scan(trace: Trace, scan: str, notation: Notation) -> Plan:
    return Plan(trace, scan, notation)


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
    if name == INPUT_ROW:
        return ""
    cell = cell or trace.scan.cell
    if name in (OUTPUT_ROW, "a"):
        return output(trace.network.loss, style, cell)[name == "a"]
    text = equations.forward(cell, name, style)
    left, _, right = text.partition(" = ")
    return right if left == right else text  # tanh(c_t) is its own name


def backward_equation(trace: Trace, name: str, style: Style = TEX, cell: Cell | None = None, top: bool = True) -> str:
    """∂L/∂name_t = … from the cell and the head; "" for the output a, whose gradient is not recorded."""
    if name == "a":
        return ""
    if name == OUTPUT_ROW:
        return output_gradient(trace.network.loss, style, fed=bool(later(trace)))
    return equations.backward(cell or trace.scan.cell, name, style, top)


def loss_equation(trace: Trace, style: Style = TEX) -> str:
    """ℓ_t, step t's own term of L for one sample."""
    return loss_term(trace.network.loss, style)


def _made_by(trace: Trace, scan: Scan, style: Style) -> str:
    """What a scan reads, by the name of the row that it comes from; "" for several at once."""
    read, *others = scan.reads(trace.network.widths)[INPUT_ROW]
    if others or read.columns:
        return ""
    below = trace.scan_named(read.signal[0])
    if below is not None:
        own = style_of(trace, below, style.tex, style.t, style.notation)
        return type(style)(**vars(own)).symbol(below.cell, "s")
    row = next(each for each in chain_rows(trace, style.notation) if each.name == row_of_source(trace, scan))
    text = row.tex if style.tex else row.text
    return text.replace(style.notation.index(0, None, style.tex), style.index(0))


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
