"""What reads a scan's states besides its own next step and the head: layers above, joins, attention, contexts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.attention import Attention
from core.cells.base import Array
from core.chain import INPUT, joined_symbol, style_of
from core.equations import Style, backward_addends
from core.inspection_parts import Placed
from core.joins import Context, Join, joined_back
from core.network import Signal
from core.notations.base import Notation
from core.notations.row import ROW
from core.scan import Scan
from core.sources import Below, Beside, Static
from core.trace import Trace

BY_CONTEXT = "by way of the context"
BY_ATTENTION = "by way of the next step's attention"

EVERY, END, NEXT = "every", "end", "next"  # at all steps; at the last one in order; where there is a next one


@dataclass(frozen=True)
class Consumer:
    """A reader. `label`: what it sends back, with [t+0] where the step stands; `tex` is the same for any t.

    `share(gradients, t, sample)` is what it sends to the scan's s_t, (H,), t from 1; None: no record holds it apart,
    and it is what the others leave over, at the steps that `at` says. `whole`: of all that is carried, not of s alone.
    """

    label: str
    tex: str
    share: Callable[..., Array] | None
    at: str = EVERY
    whole: bool = False


def consumers(trace: Trace, scan: Scan, notation: Notation = ROW) -> tuple[Consumer, ...]:
    """Every reader of the scan's states outside itself and the head; what is known by what is left over comes last."""
    found: list[Consumer] = []
    left: list[Consumer] = []
    own: Signal = (scan.name, "s")
    for other in trace.scans:
        source = other.source
        if isinstance(source, Static | Below) and source.signal == own:
            found += [_layer(trace, other, scan.hidden, k, source.taps, notation) for k in range(source.taps)]
        for part in source.components if isinstance(source, Beside) else ():
            if isinstance(part, Attention) and part.keys == own:
                left.append(_words(BY_CONTEXT))
            elif isinstance(part, Attention) and other is scan:
                left.append(_words(BY_ATTENTION, NEXT))
        if other.initial == scan.name:
            left.append(_words(BY_CONTEXT, END, whole=True))
    for part in trace.network.members:
        if isinstance(part, Join) and own in (part.first, part.second):
            found.append(_join(trace, part, part.second == own, notation))
        elif isinstance(part, Context) and own in ((part.states,) if part.kind == "all" else part.ends):
            left.append(_words(BY_CONTEXT, EVERY if part.kind == "all" else END))
    left.sort(key=lambda each: each.at != EVERY)
    return (*found, *left)


def _words(way: str, at: str = EVERY, whole: bool = False) -> Consumer:
    return Consumer(way, rf"(\text{{{way}}})", None, at, whole)


def _layer(trace: Trace, above: Scan, width: int, k: int, taps: int, notation: Notation) -> Consumer:
    def share(gradients, t: int, sample: int) -> Array:
        dx = gradients[above.name, "x"]
        if t + k > len(dx):
            return np.zeros(width)
        return dx[t + k - 1, sample, k * width : (k + 1) * width]

    placed, tex = (_down(trace, above, each, k, taps, notation) for each in (False, True))
    return Consumer(placed, tex, share)


def _down(trace: Trace, above: Scan, tex: bool, k: int, taps: int, notation: Notation) -> str:
    """What the layer above sends down: its own product where that is one, else the gradient on its x, which is theirs
    together."""
    style = _placed(style_of(trace, above, tex, None, notation))
    addends = backward_addends(above.cell, INPUT, style, top=False)
    if taps == 1 and len(addends) == 1:
        return addends[0][1]
    single = "x" if not style.layer else notation.keyed("x@", style.layer, tex)
    symbol = style.gradient(single.removesuffix("@") + style.index(k))
    return symbol if taps == 1 else f"{symbol} (tap {k})" if not tex else rf"{symbol}\ (\text{{tap }} {k})"


def _placed(style: Style) -> Style:
    return style if style.tex else Placed(**vars(style))


def _join(trace: Trace, join: Join, second: bool, notation: Notation) -> Consumer:
    def share(gradients, t: int, sample: int) -> Array:
        both = join.both(trace.run)
        gradient = gradients[join.name, "s"]
        if second and join.at_its_end:
            if t > 1:
                return np.zeros(both[1].shape[2])
            return joined_back(gradient, *both, join.how)[1][:, sample].sum(axis=0)
        at = t - 1
        return joined_back(gradient[at, sample], both[0][at, sample], both[1][at, sample], join.how)[int(second)]

    texts = []
    for tex in (False, True):
        style = _placed(Style(tex, None, notation))
        joined = joined_symbol(notation, join.name[1:]).of(tex)
        if second and join.at_its_end:
            total = r"\sum_t " if tex else "Σ "
            words = r"\ (\text{read at its own end})" if tex else ", read at its own end"
            texts.append(f"{total}{style.gradient(joined.replace('@', notation.index(0, None, tex)))}{words}")
        else:
            words = r"\ (\text{its share})" if tex else ", its share"
            texts.append(f"{style.gradient(joined.replace('@', style.index(0)))}{words}")
    return Consumer(texts[0], texts[1], share)
