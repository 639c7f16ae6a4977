"""What an equation shows of whatever reads what a scan carries on besides its own next step and the head: layers above,
joins, attention, contexts. Their numbers are in `core.arithmetic.senders`."""

from __future__ import annotations

from dataclasses import dataclass

from core.arithmetic.lines import Placed
from core.arithmetic.part_style import at_every_step, labels_back, once
from core.arithmetic.senders import scan_of
from core.chain.rows import INPUT, style_of
from core.chain.symbols import signal_symbol
from core.network.declared import Key
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style, backward_addends
from core.trace import Trace
from core.unrolled import Edge, readers_outside


@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: what it sends back, with [t+0] where the step stands; `tex` is the same for any t."""

    label: str
    tex: str


def consumers(trace: Trace, signal: Key, notation: Notation = ROW) -> tuple[Consumer, ...]:
    """Every reader of a scan's quantity outside itself and the head, each once."""
    edges = [edge for edge in readers_outside(trace.network, signal) if edge.declared is not trace.head]
    pairs = (zip(*(_texts(trace, edge, tex, notation) for tex in (False, True)), strict=True) for edge in edges)
    return tuple(dict.fromkeys(Consumer(*pair) for several in pairs for pair in several))


def _placed(style: Style) -> Style:
    return style if style.tex else Placed(**vars(style))


def _texts(trace: Trace, edge: Edge, tex: bool, notation: Notation) -> list[str]:
    """What it sends back, in words where it has some: beside the gradient on what it makes, if it goes from step to
    step with what it reads."""
    style, words = _placed(Style(tex, None, notation)), edge.declared.in_words.get(edge.source, "")
    if edge.operation is None and not words:
        return [_down(trace, edge, tex, notation)]
    if not words:
        return labels_back(trace, edge.declared, edge.source, style)
    if edge.read.only or edge.declared.loop != edge.declared.name or once(trace, edge.declared):
        return [rf"(\text{{{words}}})" if tex else f"({words})"]
    total = ""
    if at_every_step(trace, edge):
        total, style = r"\sum_t " if tex else "Σ ", Style(tex, None, notation)
    gradient = style.gradient(signal_symbol(trace, edge.reader, style))
    return [total + gradient + (rf"\ (\text{{{words}}})" if tex else f", {words}")]


def _down(trace: Trace, edge: Edge, tex: bool, notation: Notation) -> str:
    """What the layer above sends down: its own product where that is one, else the gradient on its x, which is theirs
    together; of several steps side by side the place of this one."""
    above, k = scan_of(trace, edge), abs(edge.read.lag)
    style = _placed(style_of(trace, above, tex, None, notation))
    addends = backward_addends(above.cell, INPUT, style, top=False)
    if edge.read.columns is None:
        return addends[0][1] if len(addends) == 1 else style.gradient_of(above.cell, INPUT)
    symbol = style.gradient(notation.keyed("x@", style.layer, tex).removesuffix("@") + style.index(k))
    return rf"{symbol}\ (\text{{tap }} {k})" if tex else f"{symbol} (tap {k})"
