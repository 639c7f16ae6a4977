"""What an equation shows of whatever reads a scan's states besides its own next step and the head: layers above, joins,
attention, contexts. Their numbers are in `core.arithmetic.senders`."""

from __future__ import annotations

from dataclasses import dataclass

from core.arithmetic.declared_node import labels_back
from core.arithmetic.lines import Placed
from core.arithmetic.senders import edges_of_others
from core.chain.rows import INPUT, quantity_symbol, style_of
from core.network.attention import Attention
from core.network.joins import Context, Join
from core.network.parts import Key
from core.network.scan import Scan
from core.network.sources import Concatenated, FullSequence, LayerBelow
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style, backward_addends
from core.trace import Trace

BY_CONTEXT = "by way of the context"
BY_ATTENTION = "by way of the next step's attention"


@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: what it sends back, with [t+0] where the step stands; `tex` is the same for any t. `whole`: of
    all that is carried, not of s alone."""

    label: str
    tex: str
    whole: bool = False


def consumers(trace: Trace, scan: Scan, notation: Notation = ROW) -> tuple[Consumer, ...]:
    """Every reader of the scan's states outside itself and the head, each once."""
    found: list[Consumer] = []
    own: Key = (scan.name, "s")
    for other in trace.scans:
        source = other.source
        if isinstance(source, FullSequence | LayerBelow) and source.signal == own:
            found += [_layer(trace, other, k, source.taps, notation) for k in range(source.taps)]
    for part in trace.network.members:
        if isinstance(part, Join) and own in (part.first, part.second):
            found.append(_join(part, part.second == own, notation))
        elif isinstance(part, Context) and own in ((part.states,) if part.kind == "all" else part.ends):
            found.append(_words(BY_CONTEXT))
    for edge in edges_of_others(trace, own):
        texts = labels_back(trace, edge.declared, edge.source, _placed(Style(False, None, notation)))
        texs = labels_back(trace, edge.declared, edge.source, Style(True, None, notation))
        found += [Consumer(text, tex) for text, tex in zip(texts, texs, strict=True)]
    for other in trace.scans:
        for part in other.source.components if isinstance(other.source, Concatenated) else ():
            if isinstance(part, Attention) and part.keys == own:
                found.append(_words(BY_CONTEXT))
            elif isinstance(part, Attention) and other is scan:
                found.append(_words(BY_ATTENTION))
        if other.initial == scan.name:
            found.append(_words(BY_CONTEXT, whole=True))
    return tuple(dict.fromkeys(found))


def _words(way: str, whole: bool = False) -> Consumer:
    return Consumer(f"({way})", rf"(\text{{{way}}})", whole)


def _layer(trace: Trace, above: Scan, k: int, taps: int, notation: Notation) -> Consumer:
    text, tex = (_down(trace, above, tex, k, taps, notation) for tex in (False, True))
    return Consumer(text, tex)


def _down(trace: Trace, above: Scan, tex: bool, k: int, taps: int, notation: Notation) -> str:
    """What the layer above sends down: its own product where that is one, else the gradient on its x, which is theirs
    together; of several steps side by side the place of this one."""
    style = _placed(style_of(trace, above, tex, None, notation))
    addends = backward_addends(above.cell, INPUT, style, top=False)
    if taps == 1:
        return addends[0][1] if len(addends) == 1 else style.gradient_of(above.cell, INPUT)
    symbol = style.gradient(notation.keyed("x@", style.layer, tex).removesuffix("@") + style.index(k))
    return rf"{symbol}\ (\text{{tap }} {k})" if tex else f"{symbol} (tap {k})"


def _placed(style: Style) -> Style:
    return style if style.tex else Placed(**vars(style))


def _join(join: Join, second: bool, notation: Notation) -> Consumer:
    texts = []
    for tex in (False, True):
        style = _placed(Style(tex, None, notation))
        joined = quantity_symbol(notation, join, "s").of(tex)
        if second and join.at_its_end:
            total = r"\sum_t " if tex else "Σ "
            words = r"\ (\text{read at its own end})" if tex else ", read at its own end"
            texts.append(f"{total}{style.gradient(joined.replace('@', notation.index(0, None, tex)))}{words}")
        else:
            words = r"\ (\text{its share})" if tex else ", its share"
            texts.append(f"{style.gradient(joined.replace('@', style.index(0)))}{words}")
    return Consumer(texts[0], texts[1])
