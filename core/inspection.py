"""One step under the magnifying glass: equations, the same with this step's numbers put in, the addends of gradients.

Everything is derived from the cell's declared graph and from what was recorded; nothing here knows a cell by its name.
A `Sum` can be checked by hand: its lines, added up, are the recorded number, and so are the operands of each line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import equations
from core.activations import activation_named
from core.cells.base import Array, Cell, Record
from core.chain import INPUT, OUTPUT, records_of, rows
from core.diagnostics import norms, previous
from core.equations import TEX, Style
from core.graph import Operation, addends_over_time
from core.links import PREVIOUS, links
from core.network import Signal
from core.trace import Trace

MOST = 4  # a product of vectors is written out up to this many terms; beyond, as its sum
HEAD = "out"
_PLACE = re.compile(r"\[t([+-]\d+)\]")


class _Placed(Style):
    """Plain text with [t+0], [t-1] … where the step stands, for `filled` to put a number in."""

    def index(self, offset: int) -> str:
        return f"[t{offset:+d}]"


_PLAIN = _Placed(tex=False)


@dataclass(frozen=True)
class Line:
    """One addend of a number: `template` with `operands` in its slots is `value` ("" where there are too many of them).

    `origin` of a gradient's addend: "output", "same step" or "next step".
    """

    label: str
    value: float
    template: str = ""
    operands: tuple[float, ...] = ()
    origin: str = ""

    def put_in(self, number: Callable[[float], str]) -> str:
        """The template with its numbers; negative ones in brackets where they follow a sign."""
        texts = [number(value) for value in self.operands]
        head, *rest = self.template.split("{}")
        result = head
        for text, tail in zip(texts, rest, strict=True):
            negative = text.startswith(("-", "−"))
            bare = not result.strip() or (result.endswith("(") and tail[:1] in (")", ""))
            if tail.startswith("²"):
                bracket = negative or "·10" in text or "e" in text
            else:
                bracket = negative and not bare
            result += f"({text})" if bracket else text
            result += tail
        return result


@dataclass(frozen=True)
class Sum:
    """`total`, the recorded number, as the sum of `lines`.

    `absent` says why there is less than the equation promises: "end" (no next step), "cut" (truncated here), "frozen",
    "unread" (nothing reads it), "unsupervised", "given" (it comes from the task); "" where nothing is missing.
    """

    symbol: str
    unit: int
    lines: tuple[Line, ...]
    total: float
    absent: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a node's table. `kind`: "value", "gate" or "gradient"; values (n,)."""

    name: str
    label: str
    kind: str
    values: Array


@dataclass(frozen=True)
class EdgeAddend:
    """What operation `out` sends back to `source`, one of its inputs: vector (n,) and its norm."""

    out: str
    source: str
    label: str
    tex: str
    vector: Array
    norm: float
    line: Line


class Plan:
    """What is the same at every step of a trace: the cell's operations, who reads what, and its equations with [t]
    where the step stands. Made once and handed to each `Step`, so that going from step to step costs no derivation."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.scan = trace, trace.scan
        self.cell: Cell = trace.scan.cell
        self.graph: tuple[Operation, ...] = tuple(self.cell.graph)
        self.operations = {operation.out: operation for operation in self.graph}
        self.records: dict[str, Record] = {record.name: record for record in self.cell.records}
        self.parameters = self.scan.views(dict(trace.parameters))
        names = (INPUT, *(row.name for row in self.cell.rows), OUTPUT)
        self.rows = tuple((name, records_of(trace, name, self.scan)) for name in names)
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
            self._texts[key] = forward_equation(self.trace, name, _PLAIN)
        return self._texts[key]

    def backward(self, name: str) -> str:
        """Its gradient's equation with [t]; "" for what has no recorded gradient."""
        key = ("backward", name)
        if key not in self._texts:
            self._texts[key] = backward_equation(self.trace, name, _PLAIN)
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
            texts = equations.backward_addends(self.cell, name, _PLAIN)
            texs = equations.backward_addends(self.cell, name, TEX)
            found = zip(texts, texs, _reading(self.graph, name), strict=True)
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
            lines = [_dot(self.value("s"), v[:, unit]), Line("", float(bias[unit]))]
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
                found = [_dot(self.value(i), self._parameters[p][:, unit]) for i, p in pairs]
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
                line = _dot(np.asarray(self.gradient(OUTPUT)), self._head()[0][unit])
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
            line = _dot(arriving, self._parameters[operation.parameters[place]][unit])
            return Line(label, value, line.template, line.operands, origin)
        inputs = [self._number(name, unit, offset) for name in operation.inputs]
        out = self._number(operation.out, unit, offset)
        template, operands = _slope(operation, place, inputs, out)
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
            line = _dot(np.asarray(self.gradient(OUTPUT)), self._head()[0][min(unit, len(vector) - 1)])
            label = filled(reader.label, self.t)
            return (EdgeAddend(OUTPUT, "s", label, reader.tex, vector, _norm(vector), line),)
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
        return EdgeAddend(out, source, label, reader.tex, vector, _norm(vector), line)


def forward_equation(trace: Trace, name: str, style: Style = TEX) -> str:
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
    text = equations.forward(trace.scan.cell, name, style)
    left, _, right = text.partition(" = ")
    return right if left == right else text  # tanh(c_t) is its own name


def backward_equation(trace: Trace, name: str, style: Style = TEX) -> str:
    """∂L/∂name_t = …; "" for the output a, whose gradient is not recorded."""
    if name == "a":
        return ""
    if name == OUTPUT:
        a, y = style.symbol(None, "a"), style.symbol(None, "y")
        right = rf"\frac{{{a} - {y}}}{{B}}" if style.tex else f"({a} − {y})/B"
        return f"{style.gradient(style.symbol(None, 'z'))} = {right}"
    return equations.backward(trace.scan.cell, name, style)


def loss_equation(trace: Trace, style: Style = TEX) -> str:
    """ℓ_t, step t's own term of L for one sample."""
    loss = trace.network.loss
    body = re.sub(
        r"(?<![A-Za-z\\])([ay])(?![A-Za-z])", lambda m: style.symbol(None, m[1]), loss.tex if style.tex else loss.text
    )
    return f"{style.symbol(None, chr(92) + 'ell' if style.tex else 'ℓ')} = {body}"


def split_sum(text: str) -> list[str]:
    """The addends of an equation's right side, brackets respected: "a + (b + c)" is two."""
    parts, depth, start = [], 0, 0
    for k, sign in enumerate(text):
        depth += (sign in "({[") - (sign in ")}]")
        if depth == 0 and text.startswith(" + ", k):
            parts.append(text[start:k])
            start = k + 3
    return [*parts, text[start:]]


def filled(text: str, t: int) -> str:
    """A plain equation with its step put in: h[t-1] at t = 5 is h₄."""
    return _PLACE.sub(lambda found: Style(False, t).index(int(found[1])), text)


def unplaced(text: str) -> str:
    """A plain symbol without its step: h."""
    return _PLACE.sub("", text)


def _reading(graph: tuple[Operation, ...], name: str) -> list[tuple[Operation | None, int]]:
    """The readers of a quantity, in the order of `equations.backward_addends`: the head (None), this step, the next."""
    found: list[tuple[Operation | None, int]] = [(None, 0)] if name == "s" else []
    for source in (name, name + PREVIOUS):
        for operation in graph:
            found += [(operation, place) for place, used in enumerate(operation.inputs) if used == source]
    return found


def _dot(a: Array, b: Array) -> Line:
    """Σ a_j·b_j."""
    with np.errstate(all="ignore"):
        value = float(a @ b)
    if len(a) > MOST:
        return Line("", value)
    pairs = tuple(float(each) for pair in zip(a, b, strict=True) for each in pair)
    return Line("", value, " + ".join(["{} × {}"] * len(a)), pairs)


def _slope(operation: Operation, place: int, inputs: list[float], out: float) -> tuple[str, tuple[float, ...]]:
    """What the arriving gradient is multiplied with on its way to input number `place`."""
    match operation.kind:
        case "multiply":
            return " × {}", (inputs[1 - place],)
        case "mix":
            u, a, b = inputs
            return ((" × ({} − {})", (a, b)), (" × {}", (u,)), (" × (1 − {})", (u,)))[place]
        case "tanh":
            return " × (1 − {}²)", (out,)
        case "sigmoid":
            return " × {} × (1 − {})", (out, out)
        case "relu":
            return " × [{} > 0]", (inputs[0],)
    return "", ()


def _norm(vector: Array) -> float:
    return float(norms(vector[None, None])[0])


NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def value_limit(trace: Trace, sample: int = 0) -> float:
    """One scale ±limit for all values that the chain shows: the next round number above the largest finite one."""
    largest = 1.0
    for row in rows(trace):
        for signal, kind in zip(row.signals, row.kinds, strict=True):
            if kind == "value":
                array = np.abs(trace.values[signal][:, sample])
                largest = max(largest, float(array.max(initial=0.0, where=np.isfinite(array))))
    decade = 10.0 ** np.floor(np.log10(largest))
    return next(float(n * decade) for n in NICE if n * decade >= largest * (1 - 1e-9))
