"""One step under the magnifying glass: equations, the same with this step's numbers put in, the addends of gradients.

Everything is derived from the cell's declared graph and from what was recorded; nothing here knows a cell by its name.
A `Sum` can be checked by hand: its lines, added up, are the recorded number, and so are the operands of each line.
"""

from __future__ import annotations

import re

import numpy as np

from core.activations import activation_named
from core.cells.base import Array
from core.chain import INPUT, OUTPUT
from core.diagnostics import previous
from core.equations import Style
from core.graph import Operation, addends_over_time
from core.inspection_parts import MOST, Column, EdgeAddend, Line, Sum, dot, norm_of, slope
from core.inspection_plan import HEAD, Plan, filled, split_sum
from core.links import PREVIOUS, links
from core.network import Signal
from core.trace import Trace


class Step:
    """Step t (from 1, data time) of one sample of a trace, its last scan. `used`: the gradients that are used,
    truncated where the experiment says so; otherwise the exact ones."""

    def __init__(self, trace: Trace, t: int, sample: int = 0, used: bool = True, plan: Plan | None = None) -> None:
        self.trace, self.t, self.sample, self.used = trace, t, sample, used
        self.plan = plan = plan or Plan(trace)
        self.scan, self.cell = plan.scan, plan.cell
        self.gradients = trace.used if used else trace.exact
        self.style = Style(tex=False, t=t)
        self._parameters, self._operations, self._records = plan.parameters, plan.operations, plan.records
        self._addends: dict[int, dict[tuple[str, str], Array]] = {}

    # --- what there is ---
    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every row of the chain with its records, from the input's to the output's."""
        return self.plan.rows

    def has_record(self, name: str) -> bool:
        """Whether the quantity is recorded (x, z and a are); what is not is computed on the way."""
        return name in self._records or name in (INPUT, OUTPUT, "a")

    def row_of(self, name: str) -> str:
        """The row whose node stands for a record."""
        return next(row for row, names in self.rows if name in names)

    def kind(self, name: str) -> str:
        """ "gate" for a level 0…1, otherwise "value"."""
        return "gate" if name in self._records and self._records[name].kind == "gate" else "value"

    def title(self, name: str) -> str:
        """The quantity in words."""
        own = {INPUT: "input", OUTPUT: "pre-activation of the output", "a": "output"}
        return own[name] if name in own else self._records[name].title

    def symbol(self, name: str) -> str:
        """The quantity's symbol at this step."""
        return filled(self.plan.symbol(name), self.t)

    def pair(self, name: str) -> tuple[str, ...]:
        """See `Plan.pair`."""
        return self.plan.pair(name)

    def frozen(self, name: str) -> float | None:
        """The value at which a gate is held; None for what is learned."""
        operation = self._operations.get(name)
        return operation.value if operation is not None and operation.kind == "constant" else None

    # --- numbers ---
    def _signal(self, name: str) -> Signal:
        return (HEAD, name) if name in (OUTPUT, "a") else (self.scan.name, name)

    def value(self, name: str, offset: int = 0) -> Array:
        """The recorded value (n,) at t + offset; `s_prev` is s one step earlier."""
        t = self.t + offset
        if name == "y":
            return self.trace.data.y[t - 1, self.sample]
        if name.endswith(PREVIOUS):
            return previous(self.trace, self.scan, name.removesuffix(PREVIOUS), t)[self.sample]
        return self.trace.values[self._signal(name)][t - 1, self.sample]

    def gradient(self, name: str, offset: int = 0) -> Array | None:
        """∂L/∂name (n,) at t + offset; None for what has no recorded gradient (the output a)."""
        found = self.gradients.get(self._signal(name))
        return None if found is None else found[self.t + offset - 1, self.sample]

    @property
    def supervised(self) -> bool:
        """Whether the loss looks at this step."""
        return bool(self.trace.data.supervised[self.t - 1])

    @property
    def next_step(self) -> str:
        """Why the next step sends no gradient here: "end" where there is none, "cut" where it is truncated, else "".

        Cuts lie every `truncate` steps counted from the last, as in `Scan`.
        """
        left, window = self.trace.steps - self.t, self.trace.experiment.truncate
        if left == 0:
            return "end"
        return "cut" if self.used and window is not None and left % window == 0 else ""

    def addends(self, offset: int = 0) -> dict[tuple[str, str], Array]:
        """What every operation of step t + offset sends back to every input: by (operation, input), (n,)."""
        if offset not in self._addends:
            names = [INPUT, *self._records, *(q + PREVIOUS for q in self.cell.carried)]
            values = {name: self.value(name, offset)[None, None] for name in names}
            arriving = {name: np.array(self.gradient(name, offset))[None, None] for name in self._records}
            with np.errstate(all="ignore"):
                found = addends_over_time(self.plan.graph, self._parameters, values, arriving)
            self._addends[offset] = {edge: array[0, 0] for edge, array in found.items()}
        return self._addends[offset]

    def _arriving(self, name: str, offset: int) -> Array:
        """∂L/∂name; for a quantity without a record, the sum of what its readers send it."""
        if name in self._records:
            return np.asarray(self.gradient(name, offset))
        return np.sum([array for (_, source), array in self.addends(offset).items() if source == name], axis=0)

    # --- forward, with numbers ---
    def forward(self, name: str, unit: int) -> Sum:
        """The value of one unit (from 0) as what it is computed from."""
        symbol, total = self.symbol(name), float(self.value(name)[unit])
        if name == INPUT:
            return Sum(symbol, unit, (), total, "given")
        if name == OUTPUT:
            v, bias = self._head()
            lines = [dot(self.value("s"), v[:, unit]), Line("", float(bias[unit]))]
        elif name == "a":
            lines = [self._output(unit)]
        else:
            lines = self._lines(self._operations[name], unit)
        labels = split_sum(self.forward_text(name).split(" = ", 1)[-1].split(" ≡ ", 1)[-1])
        named = tuple(
            Line(label, line.value, line.template, line.operands) for label, line in zip(labels, lines, strict=True)
        )
        return Sum(symbol, unit, named, total, "frozen" if self.frozen(name) is not None else "")

    def _head(self) -> tuple[Array, Array]:
        return self.trace.parameters[f"{HEAD}.V"], self.trace.parameters[f"{HEAD}.b"]

    def _output(self, unit: int) -> Line:
        z, a = self.value(OUTPUT), float(self.value("a")[unit])
        text = self.trace.network.loss.output_text
        if "softmax" not in text:
            return Line("", a, re.sub(r"\bz\b", "{}", text), (float(z[unit]),))
        if len(z) <= MOST:
            below = " + ".join(["exp({})"] * len(z))
            return Line("", a, f"exp({{}}) / ({below})", (float(z[unit]), *map(float, z)))
        largest = float(z.max())
        return Line("", a, "exp({} − {}) / {}", (float(z[unit]), largest, float(np.exp(z - largest).sum())))

    def _lines(self, operation: Operation, unit: int) -> list[Line]:
        """One line for each addend of the operation's expression, in the order in which the equation has them."""
        match operation.kind:
            case "linear":
                pairs = zip(operation.inputs, operation.parameters, strict=True)
                found = [dot(self.value(i), self._parameters[p][:, unit]) for i, p in pairs]
                bias = [Line("", float(self._parameters[operation.bias][unit]))] if operation.bias else []
                return found + bias
            case "add":
                return [line for name in operation.inputs for line in self._operand_lines(name, unit)]
            case "mix":
                u, a, b = (float(self.value(name)[unit]) for name in operation.inputs)
                return [Line("", u * a, "{} × {}", (u, a)), Line("", (1 - u) * b, "(1 − {}) × {}", (u, b))]
            case "multiply":
                a, b = (float(self.value(name)[unit]) for name in operation.inputs)
                return [Line("", a * b, "{} × {}", (a, b))]
            case "constant":
                return [Line("", operation.value, "{}", (operation.value,))]
            case function:
                h = self.value(operation.inputs[0])[unit]
                form = {"sigmoid": "σ({})", "relu": "max(0, {})", "identity": "{}"}.get(function, f"{function}({{}})")
                with np.errstate(all="ignore"):
                    value = float(activation_named(function).f(np.array([h]))[0])
                return [Line("", value, form, (float(h),))]

    def _operand_lines(self, name: str, unit: int) -> list[Line]:
        if name not in self._records and name in self._operations:
            return self._lines(self._operations[name], unit)
        value = float(self.value(name)[unit])
        return [Line("", value, "{}", (value,))]

    # --- backward, with numbers ---
    def backward(self, name: str, unit: int) -> Sum | None:
        """The gradient of one unit as the sum of what comes back to it; None for what has no recorded gradient."""
        gradient = self.gradient(name)
        if gradient is None:
            return None
        symbol, total = self.style.gradient(self.symbol(name)), float(gradient[unit])
        if name == OUTPUT:
            if not self.supervised:
                return Sum(symbol, unit, (), total, "unsupervised")
            a, y, batch = float(self.value("a")[unit]), float(self.value("y")[unit]), self.trace.data.x.shape[1]
            label = self.backward_text(name).split(" = ", 1)[1]
            return Sum(symbol, unit, (Line(label, (a - y) / batch, "({} − {}) / {}", (a, y, batch)),), total)
        if self.frozen(name) is not None:
            return Sum(symbol, unit, (), total, "frozen")
        lines, absent = [], ""
        for reader in self.plan.readers(name):
            label = filled(reader.label, self.t)
            if reader.operation is None:
                line = dot(np.asarray(self.gradient(OUTPUT)), self._head()[0][unit])
                lines.append(Line(label, line.value, line.template, line.operands, reader.origin))
            elif reader.origin == "next step" and self.next_step:
                absent = self.next_step
            else:
                lines.append(self._pulled(label, reader.operation, reader.place, unit, reader.origin))
        return Sum(symbol, unit, tuple(lines), total, absent or ("" if lines else "unread"))

    def _pulled(self, label: str, operation: Operation, place: int, unit: int, origin: str) -> Line:
        offset = 1 if origin == "next step" else 0
        value = float(self.addends(offset)[operation.out, operation.inputs[place]][unit])
        arriving = self._arriving(operation.out, offset)
        if operation.kind == "linear":
            line = dot(arriving, self._parameters[operation.parameters[place]][unit])
            return Line(label, value, line.template, line.operands, origin)
        inputs = [self._number(name, unit, offset) for name in operation.inputs]
        out = self._number(operation.out, unit, offset)
        template, operands = slope(operation, place, inputs, out)
        return Line(label, value, "{}" + template, (float(arriving[unit]), *operands), origin)

    def _number(self, name: str, unit: int, offset: int) -> float:
        if name in self._records or name.endswith(PREVIOUS) or name == INPUT:
            return float(self.value(name, offset)[unit])
        at = self if not offset else Step(self.trace, self.t + offset, self.sample, self.used, self.plan)
        return sum(line.value for line in at._lines(self._operations[name], unit))

    # --- equations ---
    def forward_text(self, name: str) -> str:
        """The equation with this step's indices, as plain text; "" for the input."""
        return filled(self.plan.forward(name), self.t)

    def backward_text(self, name: str) -> str:
        """The gradient's equation with this step's indices; "" for what has no recorded gradient."""
        return filled(self.plan.backward(name), self.t)

    @property
    def loss_text(self) -> str:
        """ℓ_t with this step's indices."""
        return filled(self.plan.loss, self.t)

    # --- the table ---
    def columns(self, name: str) -> tuple[Column, ...]:
        """The table of a quantity: its values beside what it is made of, then the gradients, last first."""
        names = self.pair(name)
        found = [
            Column(each, self.symbol(each), self.kind(each), self.value(each)) for each in (*self._beside(name), *names)
        ]
        if OUTPUT in names and self.supervised:
            found.append(Column("y", self.symbol("y"), "value", self.value("y")))
        for each in reversed(names):
            gradient = self.gradient(each)
            if gradient is not None:
                found.append(Column(each, self.style.gradient(self.symbol(each)), "gradient", gradient))
        return tuple(found)

    def _beside(self, name: str) -> tuple[str, ...]:
        """The recorded operands of a product or a mix, which the table shows with their result."""
        operation = self._operations.get(name)
        if operation is None or operation.kind not in ("multiply", "mix"):
            return ()
        return tuple(each for each in operation.inputs if each in self._records)

    # --- an edge ---
    def edge(self, source: str, row: str, recurrent: bool, unit: int) -> tuple[EdgeAddend, ...]:
        """What goes back along the edge that comes to this step's node of `row` from row `source` (of the step before,
        where `recurrent`). Empty where there is no such edge."""
        if row == OUTPUT and source == "s":
            reader = next(each for each in self.plan.readers("s") if each.operation is None)
            vector = np.asarray(self.gradient(OUTPUT)) @ self._head()[0].T
            line = dot(np.asarray(self.gradient(OUTPUT)), self._head()[0][min(unit, len(vector) - 1)])
            label = filled(reader.label, self.t)
            return (EdgeAddend(OUTPUT, "s", label, reader.tex, vector, norm_of(vector), line),)
        wanted = (source, row, recurrent)
        link = next((each for each in links(self.cell) if (each.source, each.target, each.recurrent) == wanted), None)
        return tuple(self._edge_addend(*edge, unit) for edge in link.edges) if link else ()

    def _edge_addend(self, out: str, source: str, unit: int) -> EdgeAddend:
        back = source.endswith(PREVIOUS)
        origin = "next step" if back else "same step"
        reader, operation = next(
            (each, each.operation)
            for each in self.plan.readers(source.removesuffix(PREVIOUS))
            if each.operation is not None and each.operation.out == out and each.origin == origin
        )
        label, vector = filled(reader.label, self.t - int(back)), self.addends()[out, source]
        line = self._pulled(label, operation, reader.place, min(unit, len(vector) - 1), "same step")
        return EdgeAddend(out, source, label, reader.tex, vector, norm_of(vector), line)
