"""One step in detail: equations, the same with this step's numbers, the addends of gradients.

Everything is derived from the cell's declared graph and from what was recorded; nothing here knows a cell by its name.
A `Sum` can be checked by hand: its lines, added up, are the recorded number, and so are the operands of each line.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from core.arithmetic.attention.step import Look
from core.arithmetic.inputs import lines_of_input
from core.arithmetic.lines import (
    TITLES,
    Column,
    EdgeAddend,
    Equation,
    Line,
    Sum,
    deviation_of,
    dot,
    filled,
    lines_from,
    norm_of,
    normalised_back,
    slope,
    split_sum,
)
from core.arithmetic.output import activation, from_loss, sent_back, through_output
from core.arithmetic.plan import Plan, plan_of, unplaced
from core.arithmetic.senders import Readers
from core.arithmetic.shapes import shapes_text
from core.arithmetic.step_numbers import StepNumbers
from core.chain.edges import PREVIOUS, links
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, key_of, row_of_source
from core.maths.arrays import Array
from core.maths.operations import Operation, mixed
from core.network.attention import attention_of
from core.network.parts import HEAD
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.equations import LinearPart, Style, linear_parts
from core.trace import Trace


class CellNode(StepNumbers):
    """What there is to say of a step of a cell: its names, equations and tables, and each of its numbers as a sum."""

    def __init__(self, trace: Trace, t: int, sample: int = 0, used: bool = True, plan: Plan | None = None) -> None:
        super().__init__(trace, t, sample, used, plan)
        self.style = self.plan.at(t)

    # --- what there is ---
    @property
    def part(self) -> str:
        return self.scan.name

    @property
    def notation(self) -> Notation:
        return self.plan.notation

    @property
    def made_by(self) -> str:
        return self.cell.title

    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every row of the chain with its records, from the input's to the output's."""
        return self.plan.rows

    @property
    def column(self) -> int:
        """The column of the picture that this step is in."""
        return self.t + self.plan.offset

    def row_of(self, name: str) -> str:
        """The row whose node stands for a quantity."""
        if self.is_intermediate(name):
            return next(row.name for row in self.cell.rows if name in row.members) + key_of(self.trace, self.scan)
        return next(row for row, names in self.rows if name in names)

    def quantities(self, row: str) -> tuple[str, ...]:
        own = dict(self.rows)[row]
        members = next(
            (each.members for each in self.cell.rows if each.name + key_of(self.trace, self.scan) == row), ()
        )
        return (*own, *(name for name in members if name not in own))

    def together(self, name: str) -> tuple[str, ...]:
        return self.plan.pair(name)

    def letter(self, name: str, gradient: bool = False) -> str:
        return unplaced(self.plan.gradient(name) if gradient else self.plan.symbol(name))

    def underflow(self, gradients: bool) -> Array:
        return self.scan.order(self.trace.underflow["d" * gradients + self.scan.name])

    def kind(self, name: str) -> str:
        """ "gate" for a level 0…1, otherwise "value"."""
        return "gate" if name in self._records and self._records[name].kind == "gate" else "value"

    def title(self, name: str) -> str:
        """The quantity in words."""
        own = {INPUT_ROW: "input", OUTPUT_ROW: "pre-activation of the output", "a": "output"}
        own["a" + PREVIOUS] = "outputs fed back"
        if self.is_intermediate(name):
            return TITLES[self._operations[name].kind]
        return own[name] if name in own else self._records[name].title

    def symbol(self, name: str) -> str:
        """The quantity's symbol at this step; the expression that it is, where it is intermediate."""
        return self.filled(self.plan.symbol(name))

    def filled(self, text: str, t: int | None = None) -> str:
        """A text of the plan with [t] filled in: this step's, or another."""
        return filled(text, self.t if t is None else t, self.way, self.plan.notation)

    def gradient_symbol(self, name: str) -> str:
        """The symbol of the quantity's gradient at this step: ∂L/∂h₅, δ₅."""
        return self.filled(self.plan.gradient(name))

    # --- forward, with numbers ---
    def forward(self, name: str, unit: int) -> Sum:
        """The value of one unit (from 0) as what it is computed from."""
        symbol, total = self.symbol(name), float(self.value(name)[unit])
        if name in (INPUT_ROW, "a" + PREVIOUS):
            found, absent = lines_of_input(self, name, unit)
            return Sum(symbol, unit, tuple(found), total, absent)
        if self.copied and name in self._records:  # of the other samples' values there, nothing is used
            before = [name + PREVIOUS] if name in self.cell.recurrent_states else []
            copies = tuple(Line(self.symbol(each), float(self.value(each)[unit]), "{}", (total,)) for each in before)
            return Sum(symbol, unit, copies, total, "copied")
        if name == OUTPUT_ROW:
            lines = self._lines(self.plan.tex.head, unit)
        elif name == "a":
            lines = [activation(self.trace.network.loss.output_text, self.value(OUTPUT_ROW), self.value("a"), unit)]
        else:
            lines = self._lines(self._operations[name], unit)
        labels = split_sum(self.forward_text(name).split(" = ", 1)[-1].split(" ≡ ", 1)[-1])
        named = tuple(replace(line, label=label) for label, line in zip(labels, lines, strict=True))
        return Sum(symbol, unit, named, total, "frozen" if self.frozen(name) is not None else "")

    def _lines(self, operation: Operation, unit: int) -> list[Line]:
        """One line for each addend of the operation's expression, in the order in which the equation has them."""
        match operation.kind:
            case "linear":
                return [
                    self._linear_part(each, operation, unit) for each in linear_parts(operation, self.plan.notation)
                ]
            case "add":
                return [line for name in operation.inputs for line in self._operand_lines(name, unit)]
            case "constant":
                return [Line("", operation.value, "{}", (operation.value,))]
            case "clock":
                given = float(self.value(operation.out)[unit])
                return [Line("", given, "{}", (given,))]
            case "normalise":
                return [self._normalised(operation, unit)]
            case "multiply":
                return [self._factors(operation.inputs, unit)]
        return lines_from(operation, (self._number(name, unit, 0) for name in operation.inputs))

    def _factors(self, names: Iterable[str], unit: int, offset: int = 0) -> Line:
        """The product of quantities, with 1 − u written out where that is one."""
        found = [self._factor(name, unit, offset) for name in names]
        value = math.prod(each.value for each in found)
        operands = tuple(operand for each in found for operand in each.operands)
        return Line("", value, " × ".join(each.template for each in found), operands)

    def _factor(self, name: str, unit: int, offset: int) -> Line:
        made = self._operations.get(name)
        if made is None or made.kind != "complement" or name in self._records:
            value = self._number(name, unit, offset)
            return Line("", value, "{}", (value,))
        u = self._number(made.inputs[0], unit, offset)
        return Line("", 1 - u, "(1 − {})", (u,))

    def _linear_part(self, part: LinearPart, operation: Operation, unit: int) -> Line:
        if part.place is None:
            bias = 0.0 if part.second else float(self._parameters[part.parameter][unit])
            return Line("", bias, "{}", (bias,))
        vector = self.value(operation.inputs[part.place])
        return self._product(vector, part.parameter, unit, part.parameter in operation.elementwise)

    def _product(self, vector: Array, parameter: str, unit: int, elementwise: bool) -> Line:
        """One unit of vector · parameter, or of vector ⊙ parameter."""
        weights = self._parameters[parameter]
        if not elementwise:
            return dot(vector, weights[:, unit], self.plan.full_name(parameter), unit, swapped=self.plan.swapped)
        a, b = float(weights[unit]), float(vector[unit])
        return Line("", a * b, "{} × {}", (a, b))

    def _normalised(self, operation: Operation, unit: int) -> Line:
        """(h − mean) / √(variance + ε), over the samples of the batch."""
        column = self._batch(operation.inputs[0], 0)[:, unit]
        h, mean = float(column[self.sample]), float(column.mean())
        deviation = deviation_of(column, operation.value)
        return Line("", (h - mean) / deviation, "({} − {}) / {}", (h, mean, deviation))

    def _operand_lines(self, name: str, unit: int) -> list[Line]:
        if name not in self._records and name in self._operations:
            return self._lines(self._operations[name], unit)
        value = float(self.value(name)[unit])
        return [Line("", value, "{}", (value,))]

    # --- backward, with numbers ---
    def backward(self, name: str, unit: int) -> Sum | None:
        """The gradient of one unit as the sum of its addends; None for what has no recorded gradient."""
        gradient = self.gradient(name)
        if gradient is None:
            return None
        symbol, total = self.gradient_symbol(name), float(gradient[unit])
        if name == OUTPUT_ROW:
            lines, absent = self._lines_of_output(unit)
            return Sum(symbol, unit, tuple(lines), total, absent)
        if self.frozen(name) is not None or self.fixed(name):
            return Sum(symbol, unit, (), total, "frozen")
        if self.used and not self.cell.learned:
            return Sum(symbol, unit, (), total, "fixed")
        if self.trace.experiment.fault is not None:
            return Sum(symbol, unit, (), total, "fault")
        lines: list[Line] = []
        for reader in self.plan.readers(name):
            label = self.filled(reader.label)
            if reader.operation is None:
                lines.append(replace(self._from_output(unit), label=label, origin=reader.origin))
            elif reader.origin != "next step" and not self.past(name, reader.operation, reader.origin):
                lines.append(self.pulled(label, reader.operation, reader.place, unit, reader.origin))
        handed = any(reader.origin == "next step" for reader in self.plan.readers(name))
        absent = self.next_step if handed else ""
        lines += [] if self.next_step else self.from_next(name, unit)
        if name == "s" or name in self.cell.recurrent_states:
            lines += self._lines_from_outside(name, unit)
        absent = "copied" if self.copied else absent
        return Sum(symbol, unit, tuple(lines), total, absent or ("" if lines else "unread"))

    def _from_output(self, unit: int) -> Line:
        """What z_t sends back to one unit of s_t: ∂L/∂z_t · Vᵀ, or ∂L/∂z_t where the state is the output."""
        dz = np.asarray(self.gradient(OUTPUT_ROW))
        weights = self.trace.parameters.get(f"{HEAD}.V")
        if weights is None:
            return Line("", float(dz[unit]), "{}", (float(dz[unit]),))
        return dot(dz, weights[unit], f"{HEAD}.V", unit, True, self.plan.swapped)

    def _lines_of_output(self, unit: int) -> tuple[list[Line], str]:
        """The addends of ∂L/∂z_t: the loss's, where it counts this step of the sample, and that of later steps that
        read a_t; and why there are fewer addends than in the equation."""
        labels = split_sum(self.backward_text("z").split(" = ", 1)[1])
        a, lines = self.value("a"), []
        if self.supervised:
            own, y, batch = float(a[unit]), float(self.value("y")[unit]), self.trace.data.x.shape[1]
            lines.append(Line(labels[0], *from_loss(self.trace.network.loss, own, y, batch)))
        da, absent = sent_back(self.trace, self.t, self.sample, self.used)
        if da is not None:
            lines.append(Line(labels[1], *through_output(self.trace.data.loss, a, da, unit), "next step"))
        return lines, absent if self.supervised else "unsupervised"

    def _lines_from_outside(self, name: str, unit: int) -> list[Line]:
        """What others than the head and the scan itself send to what a scan's step carries on, s_t or another."""
        readers = Readers(self.trace, (self.scan.name, name), self.t, self.sample, self.gradients, start_gradient)
        edges = [each for each in readers.edges if each.declared is not self.trace.head]
        here = [each for each in edges if not (each.recurrent and self.next_step)]
        return readers.lines(unit, replace(self.style, layer="", reads="task", below=""), here)

    def from_next(self, name: str, unit: int) -> list[Line]:
        """What the next step sends back to what it carried over from this one (before the first step: to its start)."""
        found = [
            self.pulled(self.filled(each.label), each.operation, each.place, unit, each.origin)
            for each in self.plan.readers(name)
            if each.origin == "next step" and each.operation and not self.past(name, each.operation, each.origin)
        ]
        if name in self.cell.recurrent_states and self._copied(1):
            value = float(np.asarray(self.gradient(name, 1))[unit])
            after = self.filled(self.plan.gradient(name).replace("[t+0]", "[t+1]"))
            found.append(Line(after, value, "{}", (value,), "next step"))
        return found

    def past(self, name: str, reader: Operation, origin: str) -> bool:
        """Whether a reader's step is copied, so that what it would send goes past it. Of a cell that couples samples, a
        step that one sample does not have still takes part in what the others have."""
        if not self._copied(1 if origin == "next step" else 0):
            return False
        within = origin == "same step" and name in self.cell.recurrent_states
        return within or reader.out in self.cell.recurrent_states or not self.cell.couples_samples

    def pulled(self, label: str, operation: Operation, place: int, unit: int, origin: str) -> Line:
        offset = 1 if origin == "next step" else 0
        value = float(self.addends(offset)[operation.out, operation.inputs[place]][unit])
        arriving = self._arriving(operation.out, offset)
        if operation.kind == "linear":
            parameter = operation.parameters[place]
            if parameter in operation.elementwise:
                a, b = float(arriving[unit]), float(self._parameters[parameter][unit])
                line = Line("", a * b, "{} × {}", (a, b))
            else:
                name, weights = self.plan.full_name(parameter), self._parameters[parameter][unit]
                line = dot(arriving, weights, name, unit, True, self.plan.swapped)
            return replace(line, label=label, value=value, origin=origin)
        if operation.kind == "normalise":  # every sample of the batch takes part
            column = self._batch(operation.inputs[0], offset)[:, unit], self._batch(operation.out, offset)[:, unit]
            came = self.gradients[self._signal(operation.out)][self.t + self.way * offset - 1][:, unit]
            operands = normalised_back(*column, came, self.sample, operation.value)
            return Line(label, value, "({} − {} − {} × {}) / {}", operands, origin)
        if operation.kind == "multiply":
            factor = self._factor(operation.inputs[1 - place], unit, offset)
            return Line(label, value, f"{{}} × {factor.template}", (float(arriving[unit]), *factor.operands), origin)
        if operation.kind == "complement":  # what came to 1 − u, with the other sign
            reader, *others = self._within(operation.out)
            if not others and reader[0].kind == "multiply":
                came = self.pulled(label, *reader, unit, origin)
                return Line(label, value, f"−{came.template}", came.operands, origin)
            return Line(label, value, "−{}", (float(arriving[unit]),), origin)
        inputs = [self._number(name, unit, offset) for name in operation.inputs]
        out = self._number(operation.out, unit, offset)
        template, operands = slope(operation, place, inputs, out)
        return Line(label, value, "{}" + template, (float(arriving[unit]), *operands), origin)

    def _within(self, name: str) -> list[tuple[Operation, int]]:
        """The operations of a step that read a quantity, each with the place that it has among their inputs."""
        return [(each, k) for each in self.plan.graph for k, source in enumerate(each.inputs) if source == name]

    def _number(self, name: str, unit: int, offset: int) -> float:
        if name in self._records or name.endswith(PREVIOUS) or name == INPUT_ROW:
            return float(self.value(name, offset)[unit])
        at = CellNode(self.trace, self.t + self.way * offset, self.sample, self.used, self.plan) if offset else self
        return sum(line.value for line in at._lines(self._operations[name], unit))

    # --- equations ---
    def equations(self, name: str) -> tuple[Equation, ...]:
        return tuple(replace(each, text=self.filled(each.text)) for each in self.plan.equations(self.together(name)))

    def every_equation(self) -> tuple[Equation, ...]:
        pairs = dict.fromkeys(self.together(name) for _, names in self.rows for name in names)
        return tuple(each for names in pairs for each in self.plan.equations(names))

    def shapes(self, name: str) -> str:
        return shapes_text(self.plan, name)

    def forward_text(self, name: str) -> str:
        """The equation with this step's indices, as plain text; "" for the input."""
        return self.filled(self.plan.forward(name))

    def backward_text(self, name: str) -> str:
        """The gradient's equation with this step's indices; "" for what has no recorded gradient."""
        return self.filled(self.plan.backward(name))

    def loss_text(self) -> str:
        """ℓ_t with this step's indices."""
        return self.filled(self.plan.loss)

    # --- the table ---
    def columns(self, name: str) -> tuple[Column, ...]:
        """The table of a quantity: its values beside what it is made of, then the gradients, last first."""
        names = self.together(name)
        found = [
            Column(each, self.symbol(each), self.kind(each), self.value(each)) for each in (*self._beside(name), *names)
        ]
        if OUTPUT_ROW in names and self.supervised:
            found.append(Column("y", self.symbol("y"), "value", self.value("y")))
        for each in reversed(names):
            gradient = self.gradient(each)
            if gradient is not None:
                found.append(Column(each, self.gradient_symbol(each), "gradient", gradient))
        return tuple(found)

    def _beside(self, name: str) -> tuple[str, ...]:
        """The recorded operands of a product or of a mixture, which the table shows with their result."""
        operation = self.plan.operations.get(name)
        if operation is None:
            return ()
        mixtures = (mixed(self.plan.graph, each) for each in self.plan.operations)
        own = next((each for each in mixtures if each and each[-1] is operation), ())
        made = own or (operation,) * (operation.kind == "multiply")
        operands = dict.fromkeys(source for each in made for source in each.inputs)
        return tuple(source for source in operands if source in self._records)

    # --- an edge ---
    def edge(self, source: str, row: str, recurrent: bool, unit: int) -> tuple[EdgeAddend, ...]:
        """What goes back along the edge that comes to this step's node of `row` from row `source` (of the step before,
        where `recurrent`). Empty where there is no such edge; nothing goes back to what is fixed."""
        if row == OUTPUT_ROW and self.plan.top:
            if source != "s" + key_of(self.trace, self.scan) or recurrent:
                return ()
            reader = next(each for each in self.plan.readers("s") if each.operation is None)
            vector = np.asarray(self.gradient(OUTPUT_ROW))
            weights = self.trace.parameters.get(f"{HEAD}.V")
            vector = vector if weights is None else vector @ weights.T
            line = self._from_output(min(unit, len(vector) - 1))
            label = self.filled(reader.label)
            symbols = self.symbol(OUTPUT_ROW), self.symbol("s")
            return (EdgeAddend(OUTPUT_ROW, "s", *symbols, label, reader.tex, vector, norm_of(vector), line),)
        key, below = key_of(self.trace, self.scan), row_of_source(self.trace, self.scan)
        names = {INPUT_ROW: below, OUTPUT_ROW: OUTPUT_ROW}
        found = (
            each
            for each in links(self.cell, self.plan.graph)
            if (names.get(each.source, each.source + key), each.target + key, each.recurrent)
            == (source, row, recurrent)
        )
        link = next(found, None)
        edges = [each for each in link.edges if not self.fixed(each[1])] if link else []
        return tuple(self._edge_addend(*each, unit) for each in edges)

    def _edge_addend(self, out: str, source: str, unit: int) -> EdgeAddend:
        back = source.endswith(PREVIOUS)
        origin = "next step" if back else "same step"
        reader, operation = next(
            (each, each.operation)
            for each in self.plan.readers(source.removesuffix(PREVIOUS))
            if each.operation is not None and each.operation.out == out and each.origin == origin
        )
        at = self.t - self.way * int(back)
        label, vector = self.filled(reader.label, at), self.addends()[out, source]
        receiver = self.plan.at(at).symbol(self.cell, source.removesuffix(PREVIOUS))
        line = self.pulled(label, operation, reader.place, min(unit, len(vector) - 1), "same step")
        return EdgeAddend(out, source, self.symbol(out), receiver, label, reader.tex, vector, norm_of(vector), line)


# --- what a scan begins with: s₀ (and c₀), where it comes from, and its gradient as the sum that comes back to it ---
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


def _lines(trace: Trace, scan: Scan, name: str, unit: int, sample: int, used: bool, style: Style) -> list[Line]:
    if used and not scan.cell.learned:
        return []
    plan = plan_of(trace, scan.name)
    before = CellNode(trace, first_step(trace, scan) - (-1 if scan.reverse else 1), sample, used, plan)
    found = before.from_next(name, unit)
    attention = attention_of(trace.network)
    if attention is not None and attention.scan is scan and name == "s":
        found.append(Look(trace, 1, sample, before.gradients).to_query(unit, style))
    return found
