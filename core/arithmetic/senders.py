"""Who reads a signal outside the scan that makes it, and what each reader sends back: layers above, joins, contexts,
attention, the head, a decoder that begins with it. Every addend has its operands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from core.arithmetic.attention import MOST_LINES, key_back, total_over
from core.arithmetic.declared_node import lines_of_edge
from core.arithmetic.lines import Line, dot
from core.chain.rows import key_of, style_of
from core.chain.symbols import scan_symbol, signal_symbol, start_symbol
from core.maths.arrays import Array
from core.network.attention import Attention, AttentionStep
from core.network.head import Head
from core.network.joins import Context, Join
from core.network.parts import Key
from core.network.scan import Scan
from core.network.sources import Concatenated, ContextInput, FullSequence, LayerBelow
from core.notation.equations import Style, backward_addends
from core.trace import Trace
from core.unrolled import Edge, readers_of

OUTSIDE, BY_CONTEXT = "output", "context"  # origins: from above; from a context, attention or what begins with it


KNOWN = (Join, Context, Scan, Head, AttentionStep)  # what each sends back is written out here


def edges_of_others(trace: Trace, signal: Key) -> list[Edge]:
    """The edges by which other parts read a signal, each input once: from what they declare."""
    edges = [edge for edge in readers_of(trace.network, signal) if not isinstance(edge.declared, KNOWN)]
    outside = [edge for edge in edges if edge.declared.name != signal[0]]
    return list({(edge.declared.name, edge.source): edge for edge in outside}.values())


class Readers:
    """What the readers of `signal` send back to its step t (from 1), for one sample."""

    def __init__(
        self,
        trace: Trace,
        signal: Key,
        t: int,
        sample: int,
        gradients: Mapping[Key, Array],
        start_gradient: Callable[[Trace, Scan, str, int, bool], Array],
    ) -> None:
        """`start_gradient`: see `core.arithmetic.cell_node.start_gradient`; it asks these readers in turn."""
        self.start_gradient = start_gradient
        self.trace, self.signal, self.t, self.sample, self.gradients = trace, signal, t, sample, gradients
        self.steps = len(trace.run.signals[signal])

    def lines(self, unit: int, style: Style, head: bool = True) -> list[Line]:
        """Every addend of one unit; `head`: the output's too."""
        found = list(self._output(unit, style)) if head else []
        for scan in self.trace.scans:
            found += self._scan(scan, unit, style)
        for part in self.trace.network.members:
            if isinstance(part, Join) and self.signal in (part.first, part.second):
                found += self._join(part, unit, style)
            elif isinstance(part, Context):
                found += self._context(part, unit, style)
        for edge in edges_of_others(self.trace, self.signal):
            found += lines_of_edge(self.trace, edge, self.t, self.sample, self.gradients, unit, style)
        return found

    def _at(self, style: Style, t: int | str) -> Style:
        return replace(style, t=t)

    def _output(self, unit: int, style: Style) -> Iterator[Line]:
        if self.trace.head.source == self.signal:
            label = style.product_back(self._at(style, self.t).gradient_of(None, "z"), "V")
            line = dot(
                self.gradients["out", "z"][self.t - 1, self.sample],
                self.trace.parameters["out.V"][unit],
                "out.V",
                unit,
                True,
            )
            yield replace(line, label=label, origin=OUTSIDE)

    def _scan(self, scan: Scan, unit: int, style: Style) -> Iterator[Line]:
        source = scan.source
        if isinstance(source, FullSequence | LayerBelow) and source.signal == self.signal:
            width = self.trace.run.signals[self.signal].shape[2]
            product = self._sent_down(scan, unit, style) if source.taps == 1 else None
            if product is not None:
                yield product
            for k in range(source.taps if product is None else 0):
                at, present = self.t - k if scan.reverse else self.t + k, self.trace.data.present
                missing = scan.reverse and present is not None and not present[self.t - 1, self.sample]
                if 1 <= at <= self.steps and not missing:
                    symbol = scan_symbol(self.trace, scan, "x", self._at(style, at))
                    yield self._copied(scan, at, k * width + unit, style.gradient(symbol))
        first = 0
        for part in source.components if isinstance(source, Concatenated) else ():
            if isinstance(part, ContextInput) and part.signal == self.signal:
                yield from self._at_every_step(scan, first + unit, style)
            if isinstance(part, Attention) and part.keys == self.signal:
                at = self._at(style, self.t)
                yield from key_back(self.trace, self.t - 1, unit, self.sample, self.gradients, at)
            first += part.width(self.trace.network.widths)
        if self.signal in (scan.initial, scan.context):
            yield self._start(scan, "s", unit, style)

    def _sent_down(self, scan: Scan, unit: int, style: Style) -> Line | None:
        """What the layer above sends down as its own product, ∂L/∂h⁽²⁾·U⁽²⁾ᵀ; None where its x is read several times,
        and the gradient on that is their sum."""
        readers = [each for each in scan.cell.graph if "x" in each.inputs]
        if len(readers) != 1 or readers[0].kind != "linear" or (scan.name, readers[0].out) not in self.gradients:
            return None
        name = readers[0].parameters[readers[0].inputs.index("x")]
        at = style_of(self.trace, scan, style.tex, self.t, style.notation)
        ((_, label),) = backward_addends(scan.cell, "x", at, top=False)
        h = self.gradients[scan.name, readers[0].out][self.t - 1, self.sample]
        weights = scan.views(dict(self.trace.parameters))[name][unit]
        line = dot(h, weights, f"{scan.name}.{name}", unit, True, style.notation.transpose)
        return replace(line, label=label, origin=OUTSIDE)

    def _at_every_step(self, scan: Scan, unit: int, style: Style) -> Iterator[Line]:
        """What a scan sends back that reads the same at each of its steps."""
        came = self.gradients[scan.name, "x"][:, self.sample, unit]
        if len(came) > MOST_LINES:
            symbol = scan_symbol(self.trace, scan, "x", self._at(style, "t"))
            line = dot(came, np.ones(len(came)))
            yield replace(line, label=total_over(style, "t") + style.gradient(symbol), origin=BY_CONTEXT)
            return
        for t in range(len(came), 0, -1):
            symbol = scan_symbol(self.trace, scan, "x", self._at(style, t))
            yield replace(self._copied(scan, t, unit, style.gradient(symbol)), origin=BY_CONTEXT)

    def _copied(self, scan: Scan, t: int, unit: int, label: str) -> Line:
        value = float(self.gradients[scan.name, "x"][t - 1, self.sample, unit])
        return Line(f"{label}[{unit + 1}]" if unit else label, value, "{}", (value,), OUTSIDE)

    def _start(self, scan: Scan, name: str, unit: int, style: Style) -> Line:
        used = self.gradients is not self.trace.exact
        value = float(self.start_gradient(self.trace, scan, name, self.sample, used)[unit])
        label = style.gradient(start_symbol(self.trace, scan, name, style))
        label = label if key_of(self.trace, scan) else label + " of the decoder"
        return Line(label, value, "{}", (value,), BY_CONTEXT)

    def last(self, scan: Scan, name: str, unit: int, style: Style) -> list[Line]:
        """What a scan sends back that begins with all that another carried at its end, `name` among it."""
        if self.t != self.steps:
            return []
        found = []
        for other in self.trace.scans:
            handed = other.initial == scan.name
            if handed and not (other.context is not None and name == "s"):
                found.append(self._start(other, name, unit, style))
        return found

    def _join(self, join: Join, unit: int, style: Style) -> Iterator[Line]:
        both, second = join.both(self.trace.run), self.signal == join.second
        if join.how == "concat":
            place = unit + (both[0].shape[2] if second else 0)
        else:
            place = unit
        whole = second and join.at_its_end
        if whole and self.t > 1:
            return
        if whole and self.steps > MOST_LINES:
            yield self._whole(join, both[0][:, self.sample, unit], place, style)
            return
        for t in range(self.steps, 0, -1) if whole else (self.t,):
            at = self._at(style, t)
            gradient = float(self.gradients[join.name, "s"][t - 1, self.sample, place])
            label = at.gradient(signal_symbol(self.trace, (join.name, "s"), at))
            other_signal = join.first if second else join.second
            beside = t if second or not join.at_its_end else 1
            match join.how:
                case "product":
                    other = float(both[0 if second else 1][t - 1, self.sample, unit])
                    label += style.times + signal_symbol(self.trace, other_signal, self._at(style, beside))
                    yield Line(label, gradient * other, "{} × {}", (gradient, other), OUTSIDE)
                case "mean":
                    yield Line(f"{label} / 2", 0.5 * gradient, "{} / 2", (gradient,), OUTSIDE)
                case _:
                    label += f"[{place + 1}]" if place != unit else ""
                    yield Line(label, gradient, "{}", (gradient,), OUTSIDE)

    def _whole(self, join: Join, other: Array, place: int, style: Style) -> Line:
        """The same of a chain that is read at its own end by all steps, many of them: one product over time."""
        at = self._at(style, "t")
        came = self.gradients[join.name, "s"][:, self.sample, place]
        label = total_over(style, "t") + at.gradient(signal_symbol(self.trace, (join.name, "s"), at))
        beside = {"product": other, "mean": np.full(len(came), 0.5)}.get(join.how, np.ones(len(came)))
        if join.how == "product":
            label += style.times + signal_symbol(self.trace, join.first, at)
        return replace(dot(came, beside), label=label + " / 2" * (join.how == "mean"), origin=OUTSIDE)

    def _context(self, part: Context, unit: int, style: Style) -> Iterator[Line]:
        """What a context sends to the states that it reads; where it passes on the encoder's last state unchanged, this
        is the gradient on c itself."""
        if part.kind == "all" and part.states == self.signal:
            share = float(part.shares(self.trace.run)[self.t - 1, self.sample, 0])
            if share:
                line = self._read(part, unit, style)
                count = round(1 / share)
                yield Line(f"{line.label} / {count}", line.value / count, "{} / {}", (line.value, count), BY_CONTEXT)
        elif part.kind != "all" and self.signal in part.ends:
            second = self.signal != part.ends[0]
            if self.t == (1 if second else self.steps):
                yield self._end(part, second, unit, style)

    def _end(self, part: Context, second: bool, unit: int, style: Style) -> Line:
        if len(part.ends) == 1:
            return self._read(part, unit, style)
        run = self.trace.run
        place = unit + run.signals[part.ends[0]].shape[2] if second and part.how == "concat" else unit
        line = self._read(part, place, style)
        match part.how:
            case "product":
                other = part.ends[0 if second else 1]
                t = self.steps if second else 1
                value = float(run.signals[other][t - 1, self.sample, unit])
                symbol = signal_symbol(self.trace, other, self._at(style, t))
                label = f"{line.label}{style.times}{symbol}"
                return Line(label, line.value * value, "{} × {}", (line.value, value), BY_CONTEXT)
            case "mean":
                return Line(f"{line.label} / 2", line.value / 2, "{} / 2", (line.value,), BY_CONTEXT)
        return line

    def _read(self, part: Context, unit: int, style: Style) -> Line:
        """The gradient on one unit of what the context reads: that on c, or through its transform M."""
        if part.kind == "last":
            value = float(self.gradients[part.name, "c"][0, self.sample, unit])
            return Line(style.gradient("c"), value, "{}", (value,), BY_CONTEXT)
        h = self.gradients[part.name, "h"][0, self.sample]
        line = dot(h, self.trace.parameters[f"{part.name}.M"][unit], f"{part.name}.M", unit, True)
        label = style.product_back(style.gradient(signal_symbol(self.trace, (part.name, "h"), style)), "M")
        return replace(line, label=label, origin=BY_CONTEXT)
