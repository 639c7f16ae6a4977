"""The lines of one scan: a cell's declared graph, step by step, with its input, its start and lengths that differ."""

from __future__ import annotations

import numpy as np

from core.errors import InputError
from core.interop.program import Line, Loop, Value
from core.interop.program_parts import Writer, attention_lines
from core.maths.operations import FIXED, Operation
from core.network.attention import Attention
from core.network.scan import Scan
from core.network.sources import Component, Concatenated, ContextInput, FullSequence, LayerBelow, PreviousOutput

BACK = {  # φ′ by the activation's name, from h and s
    "tanh": "(1 - {s}**2)",
    "sigmoid": "{s} * (1 - {s})",
    "relu": "({h} > 0)",
    "hard-sigmoid": "(abs({h}) < 3) / 6",
    "hard-sigmoid-keras2": "(abs({h}) < 2.5) / 5",
}


def scan_lines(writer: Writer, scan: Scan, loop: Loop) -> None:
    """Adds a scan to a loop, and its sequence of states to the writer's values."""
    prefix = writer.prefix(scan)
    steps = loop.steps
    start = steps if scan.reverse else "-1"
    before = f"t {'+' if scan.reverse else '-'} 1"
    declare_parameters(writer, scan, prefix)
    refs: dict[str, tuple[str, str | None]] = {}  # what a graph's name is called in the script, and its gradient
    refs["x"] = _input(writer, scan, prefix, loop)
    if scan.feedback is not None:
        refs["a_prev"] = _fed_back(writer, scan, prefix, loop)
    for name in scan.cell.carried:
        refs[f"{name}_prev"] = f"{prefix}{name}[{before}]", f"d{prefix}{name}[{before}]"
        loop.before.append(_start(writer, scan, prefix, name, start))
    absent = writer.data.present is not None and not scan.decodes and bool(scan.cell.carried)
    made = []
    back_first = [f"d{prefix}{name}" for name in scan.cell.carried] if absent else []
    lines = []
    for operation in scan.cell.graph:
        out = prefix + operation.out
        made.append(out)
        fixed = operation.kind in FIXED
        refs[operation.out] = f"{out}[t]", None if fixed else f"d{out}[t]"
        lines.append(_operation(writer, scan, operation, prefix, refs))
    loop.made += made
    writer.program.tracked += [prefix + each.out for each in scan.cell.graph if each.kind not in FIXED]
    loop.lines += lines
    for name, gradient in zip(scan.cell.carried, back_first, strict=False):
        ref = f"{prefix}{name}"
        loop.lines.append(
            Line(
                f"{ref}[t] = where(present[t], {ref}[t], {ref}[{before}])  # no step here: the state is copied",
                (
                    f"{gradient}[{before}] += where(present[t], 0.0, {gradient}[t])",
                    f"{gradient}[t] = where(present[t], {gradient}[t], 0.0)",
                ),
            )
        )
    state = f"{prefix}s"
    writer.values[scan.name, "s"] = Value(state, f"rows({state}, {steps})", f"d{state}", steps)


def declare_parameters(writer: Writer, scan: Scan, prefix: str) -> None:
    """The scan's parameters by block: views of the stacked ones, forward and for their gradients."""
    own = {key.removeprefix(scan.name + "."): array for key, array in writer.parameters.items()}
    own = {key: array for key, array in own.items() if f"{scan.name}.{key}" in writer.parameters}
    masked = scan.masked(own)
    for name in own:
        full = f"{scan.name}.{name}"
        source = f'P["{full}"]'
        mask = masked[name][1]
        if mask is not None:
            key = f"{prefix}{name}_mask"
            writer.program.arrays[key] = mask
            writer.program.masks[full] = key
            source += f" * {key}"
        keys = list(scan.cell.named(name, own[name], scan.hidden))
        if len(keys) == 1:
            line = Line(f"{prefix}{keys[0]} = {source}", (f'd{prefix}{keys[0]} = G["{full}"]',))
        else:
            names, gradients = (", ".join(f"{d}{prefix}{key}" for key in keys) for d in ("", "d"))
            line = Line(
                f"{names} = blocks({source}, {len(keys)})", (f'{gradients} = blocks(G["{full}"], {len(keys)})',)
            )
        writer.program.parameters.append(line)


def _operation(writer: Writer, scan: Scan, operation: Operation, prefix: str, refs: dict) -> Line:
    """One line forward, and one back for every addend and every parameter."""
    out = f"{prefix}{operation.out}[t]"
    d = f"d{out}"
    taken = [refs[name] for name in operation.inputs]
    values = [value for value, _ in taken]
    back: list[str] = []

    def send(k: int, addend: str) -> None:
        if taken[k][1] is not None:
            back.append(f"{taken[k][1]} += {addend}")

    match operation.kind:
        case "linear":
            terms = []
            for k, (value, parameter) in enumerate(zip(values, operation.parameters, strict=True)):
                name = prefix + parameter
                if parameter in operation.elementwise:
                    terms.append(f"{value} * {name}")
                    back.append(f"d{name} += ({value} * {d}).sum(axis=0)")
                    send(k, f"{d} * {name}")
                else:
                    terms.append(f"{value} @ {name}")
                    back.append(f"d{name} += {value}.T @ {d}")
                    send(k, f"{d} @ {name}.T")
            if operation.bias:
                terms.append(prefix + operation.bias)
                back.append(f"d{prefix}{operation.bias} += {d}.sum(axis=0)")
            forward = " + ".join(terms)
        case "multiply":
            forward = " * ".join(values)
            send(0, f"{d} * {values[1]}")
            send(1, f"{d} * {values[0]}")
        case "add":
            forward = " + ".join(values)
            send(0, d)
            send(1, d)
        case "mix":
            u, a, b = values
            forward = f"{u} * {a} + (1 - {u}) * {b}"
            send(0, f"{d} * ({a} - {b})")
            send(1, f"{d} * {u}")
            send(2, f"{d} * (1 - {u})")
        case "constant":
            forward = f"full((B, {scan.hidden}), {operation.value!r})"
        case "clock":
            name = f"{prefix}{operation.out}_clock"
            writer.program.arrays[name] = writer.trace.values[scan.name, operation.out]
            forward = f"{name}[t]"
        case "normalise":
            forward = f"normalise({values[0]}, {operation.value!r})"
            send(0, f"normalise_back({d}, {out}, {values[0]}, {operation.value!r})")
        case "identity":
            forward = f"1 * {values[0]}"
            send(0, d)
        case name if name in BACK:
            forward = f"{name.replace('-', '_')}({values[0]})"
            send(0, f"{d} * {BACK[name].format(s=out, h=values[0])}")
        case kind:
            raise InputError(f"The cell {scan.cell.name} has an operation “{kind}” that no script can write out yet.")
    return Line(f"{out} = {forward}", tuple(back))


def _input(writer: Writer, scan: Scan, prefix: str, loop: Loop) -> tuple[str, str | None]:
    """How the script calls x_t of this scan, and its gradient (None: nobody wants it)."""
    source = scan.source
    if isinstance(source, FullSequence | LayerBelow):
        value = writer.values[source.signal]
        gradient = value.gradient
        if source.taps == 1:
            return f"{value.name}[t]", gradient and f"{gradient}[t]"
        name = f"{prefix}lags"
        loop.made.append(name)
        writer.program.tracked.append(name)
        window, read, way = "window", value.name, f"t, {source.taps}"
        if scan.reverse:
            window = "window_ahead"
            if writer.data.present is not None:
                read, way = f"where(present, {read}, 0.0)", f"{way}, present"
        back = (f"{window}_back({gradient}, d{name}[t], {way})",) if gradient else ()
        loop.lines.append(Line(f"{name}[t] = {window}({read}, t, {source.taps})", back))
        return f"{name}[t]", f"d{name}[t]"
    if not isinstance(source, Concatenated):
        raise InputError(f"The input of {scan.name} cannot be written out as a script.")
    shares = [_component(writer, scan, component, prefix, loop) for component in source.components]
    if len(shares) == 1:
        return shares[0]
    name = f"{prefix}read"
    loop.made.append(name)
    writer.program.tracked.append(name)
    edges = [0, *map(int, source.ends)]
    back = tuple(
        f"{gradient} += d{name}[t][:, {edges[k]}:{edges[k + 1]}]" for k, (_, gradient) in enumerate(shares) if gradient
    )
    loop.lines.append(Line(f"{name}[t] = beside({', '.join(share for share, _ in shares)})", back))
    return f"{name}[t]", f"d{name}[t]"


def _component(writer: Writer, scan: Scan, component: Component, prefix: str, loop: Loop) -> tuple[str, str | None]:
    if isinstance(component, PreviousOutput):
        first = "full((B, O), 0.0)" if component.first is None else f"{writer.values[component.first].name}[0]"
        return _earlier_output(writer, component.teacher, first, loop, component.lag)
    if isinstance(component, ContextInput):
        name = writer.values[component.signal].name
        return name, f"d{name}"
    if isinstance(component, Attention):
        return attention_lines(writer, scan, component, prefix, loop)
    raise InputError(f"The input of {scan.name} cannot be written out as a script.")


def _earlier_output(writer: Writer, teacher: bool, first: str, loop: Loop, lag: int = 1) -> tuple[str, str | None]:
    """a_{t−lag}, or the target in its place; `first` at t = lag, and 0 before."""
    if lag > 1:
        earlier = Line(f"{'given' if teacher else 'a'}[{-lag}] = full((B, O), 0.0)")
        loop.before.append(earlier)
        return f"{'given' if teacher else 'a'}[t - {lag}]", None if teacher else f"da[t - {lag}]"
    if teacher:
        loop.before.append(
            Line(f"given = {{-1: {first}, **dict(enumerate(y))}}  # the targets take the outputs' place")
        )
        return "given[t - 1]", None
    loop.before.append(Line(f"a[-1] = {first}"))
    return "a[t - 1]", "da[t - 1]"


def _fed_back(writer: Writer, scan: Scan, prefix: str, loop: Loop) -> tuple[str, str | None]:
    feedback = scan.feedback
    assert feedback is not None
    ref, gradient = _earlier_output(writer, feedback.teacher, "full((B, O), 0.0)", loop)
    if feedback.taps == 1:
        return ref, gradient
    name, taken = f"{prefix}a_prev", ref.partition("[")[0]
    loop.made.append(name)
    writer.program.tracked.append(name)
    outputs, at = feedback.outputs, "max(t - 1 - k, -1)"
    back = (
        (f"for k in range({feedback.taps}):", f"    da[{at}] += d{name}[t][:, k * {outputs} : (k + 1) * {outputs}]")
        if gradient
        else ()
    )
    loop.lines.append(Line(f"{name}[t] = beside(*({taken}[{at}] for k in range({feedback.taps})))", back))
    return f"{name}[t]", f"d{name}[t]"


def _start(writer: Writer, scan: Scan, prefix: str, name: str, start: str) -> Line:
    """The carried state that the scan begins with, at the step before its first."""
    own = f"{prefix}{name}[{start}]"
    if isinstance(scan.initial, str):
        earlier = next(part for part in writer.trace.scans if part.name == scan.initial)
        last = "0" if earlier.reverse else f"{writer.values[scan.initial, 's'].steps} - 1"
        other = f"{writer.prefix(earlier)}{name}[{last}]"
        return Line(f"{own} = {other}", (f"d{other} += d{own}",))
    if scan.initial is not None and name == "s":
        context = writer.values[scan.initial].name
        return Line(f"{own} = {context}", (f"d{context} += d{own}",))
    if name in scan.starts:  # typed
        key = f"{prefix}{name}_start"
        writer.program.arrays[key] = scan.starts[name]
        return Line(f"{own} = {key}")
    return Line(f"{own} = full((B, {scan.hidden}), {float(np.asarray(scan.start_value))!r})")
