"""A declared operation as text: one line forward, and one back for every addend and every parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError
from core.interop.scripts.program import Line
from core.maths.operations import Operation

BACK = {  # φ′ by the activation's name, from h and s
    "tanh": "(1 - {s}**2)",
    "sigmoid": "{s} * (1 - {s})",
    "relu": "({h} > 0)",
    "hard-sigmoid": "(abs({h}) < 3) / 6",
    "hard-sigmoid-keras2": "(abs({h}) < 2.5) / 5",
}
WHOLE, EVERY_STEP = "t", "j"


@dataclass(frozen=True)
class Name:
    """What stands for a number in the script: `value`, and the line `back` that adds an addend {} to its gradient, None
    where it has none. `axis`: the one before samples and units: WHOLE, all steps of its part; EVERY_STEP, all steps of
    another sequence; "" for none."""

    value: str
    back: str | None
    axis: str = ""


def operation_line(
    operation: Operation,
    out: Name,
    inputs: Sequence[Name],
    widths: Mapping[str, int],
    parameters: Mapping[str, str],
    forward: str = "",
) -> Line:
    """`widths`: how many units each of its quantities has. `forward`: another text for what it computes. Raises
    InputError for an operation that no script can write out."""
    back: list[str] = []
    d, values = f"d{out.value}", [each.value for each in inputs]
    over = "axis=(0, 1)" if out.axis else "axis=0"

    def send(k: int, addend: str) -> None:
        template = inputs[k].back
        if template is not None:
            back.append(template.format(f"({addend}).sum(axis=0)" if out.axis and not inputs[k].axis else addend))

    match operation.kind:
        case "linear":
            terms = []
            for k, (value, parameter) in enumerate(zip(values, operation.parameters, strict=True)):
                name = parameters[parameter]
                if parameter in operation.elementwise:
                    terms.append(f"{value} * {name}")
                    back.append(f"d{name} += ({value} * {d}).sum({over})")
                    send(k, f"{d} * {name}")
                    continue
                terms.append(f"{value} @ {name}")
                axis = inputs[k].axis
                product = f"{value}.T @ {d}" if axis == out.axis else f"{value}.T @ {d}.sum(axis=0)"
                back.append(f"d{name} += " + (f'einsum("{axis}bh,{axis}bo->ho", {value}, {d})' if axis else product))
                send(k, f"{d} @ {name}.T")
            if operation.bias:
                terms.append(parameters[operation.bias])
                last = 1 if len(values) == 1 else len(back)  # of one input: its parameters, then what is sent on
                back.insert(last, f"d{parameters[operation.bias]} += {d}.sum({over})")
            text = " + ".join(terms)
        case "multiply":
            text = " * ".join(values)
            send(0, f"{d} * {values[1]}")
            send(1, f"{d} * {values[0]}")
        case "add":
            text = " + ".join(values)
            send(0, d)
            send(1, d)
        case "mean":
            text = f"0.5 * ({' + '.join(values)})"
            send(0, f"0.5 * {d}")
            send(1, f"0.5 * {d}")
        case "complement":
            text = f"1 - {values[0]}"
            send(0, f"-{d}")
        case "concat":
            text, start = f"beside({', '.join(values)})", 0
            for k, name in enumerate(operation.inputs):
                end = start + widths[name]
                send(k, f"{d}[..., {start or ''}:{'' if k == len(inputs) - 1 else end}]")
                start = end
        case "constant":
            text = f"full((B, {widths[operation.out]}), {operation.value!r})"
        case "normalise":
            text = f"normalise({values[0]}, {operation.value!r})"
            send(0, f"normalise_back({d}, {out.value}, {values[0]}, {operation.value!r})")
        case "softmax":
            seen = values[0] if len(values) == 1 or not values[1] else f"where({values[1]}, {values[0]}, -inf)"
            text, a = f"softmax({seen})", out.value
            send(0, f"{a} * ({d} - ({a} * {d}).sum(axis=-1, keepdims=True))")
        case "weigh":
            weights, states = values
            text = f'einsum("bj,jbh->bh", {weights}, {states})'
            send(0, f'einsum("bh,jbh->bj", {d}, {states})')
            send(1, f'einsum("bj,bh->jbh", {weights}, {d})')
        case "compare" if operation.parameters:
            name = parameters[operation.parameters[0]]
            text = f"({values[0]} @ {name}).T"
            back.append(f'd{name} += einsum("bj,jbh->h", {d}, {values[0]})')
            send(0, f'einsum("bj,h->jbh", {d}, {name})')
        case "compare":
            query, keys = values
            asked = f"{inputs[0].axis}bh"
            text = f'einsum("{asked},jbh->bj", {query}, {keys})'
            send(0, f'einsum("bj,jbh->{asked}", {d}, {keys})')
            send(1, f'einsum("bj,{asked}->jbh", {d}, {query})')
        case "identity":
            text = f"1 * {values[0]}"
            send(0, d)
        case name if name in BACK:
            text = f"{name.replace('-', '_')}({values[0]})"
            send(0, f"{d} * {BACK[name].format(s=out.value, h=values[0])}")
        case kind:
            raise InputError(
                "{value} is made by an operation “{kind}” that no script can write out yet.", value=out.value, kind=kind
            )
    return Line(f"{out.value} = {forward or text}", tuple(back))


def axis_of(operation: Operation, inputs: Sequence[Name]) -> str:
    """The axis that the operation's result has."""
    if operation.kind in ("weigh", "compare"):
        return ""
    return max((each.axis for each in inputs), default="")
