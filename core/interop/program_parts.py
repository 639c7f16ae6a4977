"""The lines of what is no scan: joins, convolution, context, attention and the head."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.interop.program import Line, Loop, Program, Value
from core.network.attention import Attention
from core.network.head import Head
from core.network.joins import Context, Convolution, Join
from core.network.parts import Key, X
from core.network.scan import Scan
from core.trace import Trace

OUTPUT_BACK = {  # of a stepwise head: from ∂L/∂a to ∂L/∂z, by the loss
    "squared": "da[t]",
    "binary": "da[t] * a[t] * (1 - a[t])",
    "categorical": "a[t] * (da[t] - (a[t] * da[t]).sum(axis=-1, keepdims=True))",
}


@dataclass
class Writer:
    """A program being written: what it knows of the run, and what the script calls each signal."""

    trace: Trace
    prefixed: bool = False  # the names of a scan begin with its own, even where it is the only one
    program: Program = field(default_factory=Program)
    values: dict[Key, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data, self.parameters = self.trace.data, self.trace.parameters
        self.values[X] = Value("x", "x", None, "len(x)")

    def prefix(self, scan: Scan) -> str:
        """Before a scan's names; nothing where it is the only one."""
        return "" if len(self.trace.scans) == 1 and not self.prefixed else f"{scan.name}_"

    def parameter(self, full: str, name: str) -> str:
        """Declares a parameter under a name of the script."""
        self.program.parameters.append(Line(f'{name} = P["{full}"]', (f'd{name} = G["{full}"]',)))
        return name

    def whole(self, signal: Key, name: str, forward: str, back: tuple[str, ...], steps: str) -> None:
        """A sequence made at once, as an array (T, B, n)."""
        self.program.parts.append(Line(f"{name} = {forward}", back))
        self.program.tracked.append(name)
        self.values[signal] = Value(name, name, f"d{name}", steps)


def join_lines(writer: Writer, join: Join) -> None:
    """Two sequences become one."""
    first, second = writer.values[join.first], writer.values[join.second]
    other = f"everywhere({second.whole}[0], {second.steps})" if join.at_its_end else second.whole
    d, width = f"d{join.name}", writer.trace.network.widths[join.first]
    forward = {
        "concat": f"beside({first.whole}, {other})",
        "sum": f"{first.whole} + {other}",
        "product": f"{first.whole} * {other}",
        "mean": f"0.5 * ({first.whole} + {other})",
    }[join.how]
    shares = {
        "concat": (f"{d}[..., :{width}]", f"{d}[..., {width}:]"),
        "sum": (d, d),
        "product": (f"{d} * {other}", f"{d} * {first.whole}"),
        "mean": (f"0.5 * {d}", f"0.5 * {d}"),
    }[join.how]
    back = f"add({second.gradient}, {shares[1]})"
    if join.at_its_end:
        back = f"{second.gradient}[0] += ({shares[1]}).sum(axis=0)"
    writer.whole((join.name, "s"), join.name, forward, (f"add({first.gradient}, {shares[0]})", back), first.steps)


def convolution_lines(writer: Writer, part: Convolution) -> None:
    """tanh of a kernel over time."""
    kernel, bias = writer.parameter("conv.C", "C"), writer.parameter("conv.b", "b_conv")
    shifts = f"for k in range({part.kernel})"
    writer.whole(
        ("conv", "h"),
        "conv_h",
        f"sum(shifted(x, k - {part.kernel // 2}) @ {kernel}[k] {shifts}) + {bias}",
        (
            f"{shifts}:",
            f'    d{kernel}[k] += einsum("tbi,tbf->if", shifted(x, k - {part.kernel // 2}), dconv_h)',
            f"d{bias} += dconv_h.sum(axis=(0, 1))",
        ),
        "len(x)",
    )
    writer.whole(("conv", "s"), "conv_s", "tanh(conv_h)", ("dconv_h += dconv_s * (1 - conv_s**2)",), "len(x)")


def context_lines(writer: Writer, part: Context) -> None:
    """What the encoder passes on, (B, n)."""
    program, name = writer.program, f"{part.name}_c"
    read = name if part.kind == "last" else f"{part.name}_read"
    program.tracked.append(read)
    if part.kind == "all":
        states = writer.values[part.states]
        shares = "1 / len(x)"
        if writer.data.present is not None:
            shares = "shares[..., None]"
            program.arrays["shares"] = writer.data.present / writer.data.present.sum(axis=0)
        forward, back = f"({states.whole} * {shares}).sum(axis=0)", (f"add({states.gradient}, d{read} * {shares})",)
        if writer.data.present is None:
            back = (f"add({states.gradient}, everywhere(d{read} * {shares}, {states.steps}))",)
    else:
        forward, back = _ends(writer, part, f"d{read}")
    program.parts.append(Line(f"{read} = {forward}", back))
    if part.kind != "last":
        matrix, bias = (writer.parameter(f"{part.name}.{key}", f"{part.name}_{key}") for key in ("M", "b"))
        h = f"{part.name}_h"
        program.tracked += [h, name]
        back = (f"d{matrix} += {read}.T @ d{h}", f"d{bias} += d{h}.sum(axis=0)", f"d{read} += d{h} @ {matrix}.T")
        program.parts.append(Line(f"{h} = {read} @ {matrix} + {bias}", back))
        program.parts.append(Line(f"{name} = tanh({h})", (f"d{h} += d{name} * (1 - {name}**2)",)))
    writer.values[part.name, "c"] = Value(name, name, f"d{name}", "1")


def _ends(writer: Writer, part: Context, d: str) -> tuple[str, tuple[str, ...]]:
    """The last state of each chain, joined."""
    values = [writer.values[signal] for signal in part.ends]
    at = [f"[{values[0].steps} - 1]", "[0]"]
    ends = [f"{value.name}{place}" for value, place in zip(values, at, strict=False)]
    gradients = [f"{value.gradient}{place}" for value, place in zip(values, at, strict=False)]
    if len(ends) == 1:
        return f"1 * {ends[0]}", (f"{gradients[0]} += {d}",)
    width = writer.trace.network.widths[part.ends[0]]
    forward, first, second = {
        "concat": (f"beside({ends[0]}, {ends[1]})", f"{d}[:, :{width}]", f"{d}[:, {width}:]"),
        "sum": (f"{ends[0]} + {ends[1]}", d, d),
        "product": (f"{ends[0]} * {ends[1]}", f"{d} * {ends[1]}", f"{d} * {ends[0]}"),
        "mean": (f"0.5 * ({ends[0]} + {ends[1]})", f"0.5 * {d}", f"0.5 * {d}"),
    }[part.how]
    return forward, (f"{gradients[0]} += {first}", f"{gradients[1]} += {second}")


def attention_lines(writer: Writer, scan: Scan, part: Attention, prefix: str, loop: Loop) -> tuple[str, str | None]:
    """e_t, the weights and the context of step t, from the decoder's s_{t−1}."""
    keys = writer.values[part.keys]
    query, dquery = f"{prefix}s[t - 1]", f"d{prefix}s[t - 1]"
    loop.before.append(Line(f"keys = {keys.whole}", (f"add({keys.gradient}, dkeys)",)))
    loop.made += ["scores", "weights", "attended"]
    writer.program.tracked += ["keys", "scores", "weights", "attended"]
    if part.score == "additive":
        loop.made.append("compared")
        writer.program.tracked.append("compared")
        source, target, v = (writer.parameter(f"attention.{key}", key) for key in ("A_s", "A_k", "v"))
        inner = "dcompared[t] * (1 - compared[t] ** 2)"
        loop.lines.append(
            Line(
                f"compared[t] = tanh({query} @ {source} + keys @ {target})",
                (
                    f"{dquery} += ({inner}).sum(axis=0) @ {source}.T",
                    f"d{source} += {query}.T @ ({inner}).sum(axis=0)",
                    f"dkeys += ({inner}) @ {target}.T",
                    f'd{target} += einsum("jbk,jbh->kh", keys, {inner})',
                ),
            )
        )
        forward = f"(compared[t] @ {v}).T"
        back = (
            f'd{v} += einsum("bj,jbh->h", dscores[t], compared[t])',
            f'dcompared[t] += einsum("bj,h->jbh", dscores[t], {v})',
        )
    elif part.score == "bilinear":
        matrix = writer.parameter("attention.A", "A")
        forward = f'einsum("bh,jbh->bj", {query} @ {matrix}, keys)'
        read = 'einsum("bj,jbh->bh", dscores[t], keys)'
        back = (
            f"{dquery} += {read} @ {matrix}.T",
            f"d{matrix} += {query}.T @ {read}",
            f'dkeys += einsum("bj,bh->jbh", dscores[t], {query} @ {matrix})',
        )
    else:
        forward = f'einsum("bh,jbh->bj", {query}, keys)'
        back = (
            f'{dquery} += einsum("bj,jbh->bh", dscores[t], keys)',
            f'dkeys += einsum("bj,bh->jbh", dscores[t], {query})',
        )
    loop.lines.append(Line(f"scores[t] = {forward}", back))
    seen = "scores[t]"
    if writer.data.present is not None:
        seen = "where(present[..., 0].T, scores[t], -inf)"
    w = "weights[t]"
    loop.lines.append(
        Line(f"{w} = softmax({seen})", (f"dscores[t] += {w} * (d{w} - ({w} * d{w}).sum(axis=1, keepdims=True))",))
    )
    loop.lines.append(
        Line(
            f'attended[t] = einsum("bj,jbh->bh", {w}, keys)',
            (
                f'd{w} += einsum("bh,jbh->bj", dattended[t], keys)',
                f'dkeys += einsum("bj,bh->jbh", {w}, dattended[t])',
            ),
        )
    )
    return "attended[t]", "dattended[t]"


def head_lines(writer: Writer, head: Head, loop: Loop | None) -> None:
    """z and a: step by step in a loop whose outputs are read again, else at once."""
    source = writer.values[head.source]
    v, bias = writer.parameter("out.V", "V"), writer.parameter("out.b", "b_z")
    if loop is None:
        back = (
            f'd{v} += einsum("tbh,tbo->ho", {source.whole}, dz)',
            f"d{bias} += dz.sum(axis=(0, 1))",
            f"add({source.gradient}, dz @ {v}.T)",
        )
        writer.program.parts += [Line(f"z = {source.whole} @ {v} + {bias}", back), Line("a = output(z)")]
        return
    s = f"{source.name}[t]"
    loop.made += ["z", "a"]
    writer.program.tracked.append("a")
    loop.lines += [
        Line(
            f"z[t] = {s} @ {v} + {bias}",
            (f"d{v} += {s}.T @ dz[t]", f"d{bias} += dz[t].sum(axis=0)", f"{source.gradient}[t] += dz[t] @ {v}.T"),
        ),
        Line("a[t] = output(z[t])", (f"dz[t] += {OUTPUT_BACK[writer.data.loss]}",)),
    ]
