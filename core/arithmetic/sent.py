"""What the readers of a signal send back to it, as an equation has it: vectors, and sums over time as sums."""

from __future__ import annotations

from dataclasses import replace

from core.arithmetic.attention import key_labels, total_over
from core.arithmetic.declared_node import labels_back
from core.arithmetic.senders import edges_of_others
from core.chain.symbols import scan_symbol, signal_symbol, start_symbol
from core.network.attention import Attention
from core.network.joins import Context, Join
from core.network.parts import Key
from core.network.scan import Scan
from core.network.sources import Concatenated, ContextInput, FullSequence, LayerBelow
from core.notation.equations import Style
from core.trace import Trace


def sent_to(trace: Trace, signal: Key, style: Style) -> list[str]:
    """The addends of the gradient on a signal that no cell makes, in the order of `core.arithmetic.senders.Readers`."""
    found = []
    if trace.head.source == signal:
        found.append(style.product_back(style.gradient_of(None, "z"), "V"))
    for scan in trace.scans:
        found += _by_scan(trace, scan, signal, style)
    for part in trace.network.members:
        if isinstance(part, Join) and signal in (part.first, part.second):
            found.append(_by_join(trace, part, signal, style))
        elif isinstance(part, Context) and signal in (part.ends if part.kind != "all" else (part.states,)):
            found.append(_by_context(trace, part, style))
    for edge in edges_of_others(trace, signal):
        found += labels_back(trace, edge.declared, edge.source, style)
    return found


def _by_scan(trace: Trace, scan: Scan, signal: Key, style: Style) -> list[str]:
    source, found = scan.source, []
    if isinstance(source, FullSequence | LayerBelow) and source.signal == signal:
        way = -1 if scan.reverse else 1
        found += [style.gradient(scan_symbol(trace, scan, "x", style, way * k)) for k in range(source.taps)]
    for part in source.components if isinstance(source, Concatenated) else ():
        if isinstance(part, ContextInput) and part.signal == signal:
            found.append(total_over(style, "t") + style.gradient(scan_symbol(trace, scan, "x", replace(style, t="t"))))
        elif isinstance(part, Attention) and part.keys == signal:
            found += key_labels(trace, style)
    if signal in (scan.initial, scan.context):
        found.append(style.gradient(start_symbol(trace, scan, "s", style)))
    return found


def _by_join(trace: Trace, join: Join, signal: Key, style: Style) -> str:
    second = signal == join.second
    at = replace(style, t="t") if second and join.at_its_end else style
    found = style.gradient(signal_symbol(trace, (join.name, "s"), at))
    other = signal_symbol(trace, join.first if second else join.second, at)
    found = {"product": found + style.times + other, "mean": f"{found} / 2"}.get(join.how, found)
    return (total_over(style, "t") if second and join.at_its_end else "") + found


def _by_context(trace: Trace, part: Context, style: Style) -> str:
    if part.kind == "last":
        return style.gradient("c")
    found = style.product_back(style.gradient(signal_symbol(trace, (part.name, "h"), style)), "M")
    return f"{found} / T" if part.kind == "all" else found
