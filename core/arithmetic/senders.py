"""What the readers of a quantity send back to it from outside the part that makes it: layers above, joins, contexts,
attention, the head, a decoder that begins with it. Numbers, each addend with its operands; the addends of equations;
and how the equation of a cell says them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from core.arithmetic.attention.step import Look, key_back, key_labels
from core.arithmetic.lines import MOST_LINES, Line, Placed, dot, total_over
from core.arithmetic.parts.step import lines_of_edge
from core.arithmetic.parts.style import at_every_step, labels_of_edge, once, steps_of
from core.chain.rows import INPUT_ROW, key_of, style_of
from core.chain.symbols import signal_symbol, start_symbol
from core.maths.arrays import Array
from core.memo import memoised
from core.network.attention import attention_of
from core.network.declared import EACH, EVERY, LAST, PREVIOUS, Key
from core.network.parts import Network
from core.network.scan import Scan
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style, backward_addends
from core.sentence import Sentence
from core.trace import Trace
from core.unrolled import Edge, readers_outside

OUTSIDE, BY_CONTEXT = "output", "context"  # origins: from above; from a context, attention or what begins with it


@memoised
def inputs_outside(network: Network, signal: Key) -> tuple[Edge, ...]:
    """The edges by which others read a signal, each input once: see `core.unrolled.readers_outside`."""
    edges = readers_outside(network, signal)
    return tuple({(edge.declared.name, edge.source, edge.read): edge for edge in edges}.values())


def scan_of(trace: Trace, edge: Edge) -> Scan:
    """The scan that reads by way of an edge. Raises KeyError where it is another part."""
    found = trace.scan_named(edge.declared.name)
    if found is None:
        raise KeyError(edge.declared.name)
    return found


@dataclass(frozen=True)
class Readers:
    """What the readers of `signal` send back to its step t (from 1), for one sample. `start_gradient`: see
    `core.arithmetic.cell_node.start_gradient`."""

    trace: Trace
    signal: Key
    t: int
    sample: int
    gradients: Mapping[Key, Array]
    start_gradient: Callable[[Trace, Scan, str, int, bool], Array]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """By which it is read."""
        return inputs_outside(self.trace.network, self.signal)

    def lines(self, unit: int, style: Style, edges: Iterable[Edge] | None = None) -> list[Line]:
        """Every addend of one unit; of some edges alone where they are given."""
        return [line for edge in (self.edges if edges is None else edges) for line in self._lines(edge, unit, style)]

    def _lines(self, edge: Edge, unit: int, style: Style) -> Iterator[Line]:
        attention = attention_of(self.trace.network)
        at = replace(style, t=self.t)
        if attention is not None and edge.declared is attention and edge.read.at == EVERY:
            yield from key_back(self.trace, attention, self.t - 1, unit, self.sample, self.gradients, at)
        elif edge.declared is attention:
            yield Look(self.trace, self.t + edge.read.lag, self.sample, self.gradients).to_query(unit, style)
        elif edge.source.endswith(PREVIOUS):
            if self.t == (steps_of(self.trace, self.signal) if edge.read.at == LAST else 1):
                yield self._start(edge, unit, style)
        elif edge.operation is None:
            yield from self._gathered(edge, unit, style)
        else:
            yield from lines_of_edge(self.trace, edge, self.t, self.sample, self.gradients, unit, at)

    def _gathered(self, edge: Edge, unit: int, style: Style) -> Iterator[Line]:
        """What a scan sends back along its input: its own product where that is one; else the gradient on its x."""
        place = unit + (edge.read.columns[0] if edge.read.columns else 0)
        if at_every_step(self.trace, edge):
            yield from self._at_every_step(edge, place, style)
            return
        product = None if edge.read.columns else self._sent_down(scan_of(self.trace, edge), unit, style)
        if product is not None:
            yield product
            return
        at, present = self.t + edge.read.lag, self.trace.data.present
        missing = edge.declared.reverse and present is not None and not present[self.t - 1, self.sample]
        if 1 <= at <= steps_of(self.trace, edge.reader) and not missing:
            yield self._copied(edge, at, place, style)

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

    def _at_every_step(self, edge: Edge, place: int, style: Style) -> Iterator[Line]:
        """What a scan sends back that reads the same at each of its steps."""
        came = self.gradients[edge.reader][:, self.sample, place]
        if len(came) > MOST_LINES:
            label = total_over(style, "t") + _gradient(self.trace, edge, replace(style, t="t"))
            yield replace(dot(came, np.ones(len(came))), label=label, origin=BY_CONTEXT)
            return
        for t in range(len(came), 0, -1):
            yield replace(self._copied(edge, t, place, style), origin=BY_CONTEXT)

    def _copied(self, edge: Edge, t: int, place: int, style: Style) -> Line:
        value = float(self.gradients[edge.reader][t - 1, self.sample, place])
        label = _gradient(self.trace, edge, replace(style, t=t))
        return Line(f"{label}[{place + 1}]" if place else label, value, "{}", (value,), OUTSIDE)

    def _start(self, edge: Edge, unit: int, style: Style) -> Line:
        """What a scan sends back that begins with it."""
        scan, name = scan_of(self.trace, edge), edge.source.removesuffix(PREVIOUS)
        used = self.gradients is not self.trace.exact
        value = float(self.start_gradient(self.trace, scan, name, self.sample, used)[unit])
        label = style.gradient(start_symbol(self.trace, scan, name, style))
        label = label if key_of(self.trace, scan) else Sentence("{gradient} of the decoder", gradient=label)
        return Line(label, value, "{}", (value,), BY_CONTEXT)


def _gradient(trace: Trace, edge: Edge, style: Style, offset: int = 0) -> str:
    """The gradient on an edge's reader."""
    return style.gradient(signal_symbol(trace, edge.reader, style, offset))


def sent_to(trace: Trace, signal: Key, style: Style) -> list[str]:
    """The addends of the gradient on a signal that no cell makes, in the order of `Readers`: vectors, and sums over
    time as sums."""
    return [text for edge in inputs_outside(trace.network, signal) for text in _texts(trace, edge, style)]


def _texts(trace: Trace, edge: Edge, style: Style) -> list[str]:
    attention = attention_of(trace.network)
    if attention is not None and edge.declared is attention:
        return list(key_labels(trace, attention, style))
    if edge.source.endswith(PREVIOUS):
        return [style.gradient(start_symbol(trace, scan_of(trace, edge), edge.source.removesuffix(PREVIOUS), style))]
    if edge.operation is not None:
        return labels_of_edge(trace, edge, style)
    if edge.read.at == EACH:
        return [_gradient(trace, edge, style, edge.read.lag)]
    return [total_over(style, "t") + _gradient(trace, edge, replace(style, t="t"))]


# --- in the equation of a cell ---
@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: what it sends back, with [t+0] where the step stands; `tex` is the same for any t."""

    label: str
    tex: str


def consumers(trace: Trace, signal: Key, notation: Notation = ROW) -> tuple[Consumer, ...]:
    """Every reader of a scan's quantity outside itself and the head, each once."""
    edges = [edge for edge in inputs_outside(trace.network, signal) if edge.declared is not trace.head]
    pairs = (zip(*(_in_words(trace, edge, tex, notation) for tex in (False, True)), strict=True) for edge in edges)
    return tuple(dict.fromkeys(Consumer(*pair) for several in pairs for pair in several))


def _placed(style: Style) -> Style:
    return style if style.tex else Placed(**vars(style))


def _in_words(trace: Trace, edge: Edge, tex: bool, notation: Notation) -> list[str]:
    """What it sends back, in words where it has some: beside the gradient on what it makes, if it goes from step to
    step with what it reads."""
    words, every = edge.declared.in_words.get(edge.source, ""), at_every_step(trace, edge)
    style = Style(tex, None, notation) if every else _placed(Style(tex, None, notation))
    if edge.operation is None and not words:
        return [_down(trace, edge, tex, notation)]
    if not words:
        return labels_of_edge(trace, edge, style)
    if edge.read.only or edge.inside or once(trace, edge.declared):
        return [rf"(\text{{{words}}})" if tex else f"({words})"]
    total = (r"\sum_t " if tex else "Σ ") * every
    gradient = style.gradient(signal_symbol(trace, edge.declared.key(edge.declared.made[0]), style))
    return [total + gradient + (rf"\ (\text{{{words}}})" if tex else f", {words}")]


def _down(trace: Trace, edge: Edge, tex: bool, notation: Notation) -> str:
    """What the layer above sends down: its own product where that is one, else the gradient on its x, which is theirs
    together; of several steps side by side the place of this one."""
    above, k = scan_of(trace, edge), abs(edge.read.lag)
    style = _placed(style_of(trace, above, tex, None, notation))
    addends = backward_addends(above.cell, INPUT_ROW, style, top=False)
    if edge.read.columns is None:
        return addends[0][1] if len(addends) == 1 else style.gradient_of(above.cell, INPUT_ROW)
    symbol = style.gradient(notation.keyed("x@", style.layer, tex).removesuffix("@") + style.index(k))
    return rf"{symbol}\ (\text{{tap}}\ {k})" if tex else f"{symbol} (tap {k})"
