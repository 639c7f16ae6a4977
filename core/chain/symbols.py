"""Symbols of what the parts of a network make: a layer's states, joins, contexts, attention, what is fed back."""

from __future__ import annotations

from dataclasses import replace

from core.chain.rows import quantity_symbol, style_of
from core.network.parts import HEAD, OUTPUT, Key, X
from core.network.scan import Scan
from core.notation.equations import Style
from core.trace import Trace
from core.unrolled import maker_of


def signal_symbol(trace: Trace, signal: Key, style: Style, offset: int = 0) -> str:
    """A quantity's symbol at step t + offset, with its layer where there are several; s̄ of a join, c of a context."""
    maker, name = maker_of(trace.network, signal), signal[1]
    scan = trace.scan_named(signal[0])
    if scan is not None:
        return scan_symbol(trace, scan, name, style, offset)
    if maker is None or signal[0] == HEAD:
        return style.symbol(None, {X: "x", OUTPUT: "a"}.get(signal, name), offset)
    return quantity_symbol(style.notation, maker, name).of(style.tex).replace("@", style.index(offset))


def scan_symbol(trace: Trace, scan: Scan, name: str, style: Style, offset: int = 0) -> str:
    """A quantity of a scan; its input x̂ where a decoder reads what it wrote."""
    return style_of(trace, scan, style.tex, style.t, style.notation).symbol(scan.cell, name, offset)


def start_symbol(trace: Trace, scan: Scan, name: str, style: Style) -> str:
    """What a scan begins with, s₀; of a reverse chain what comes before its first step, s₍T+1₎."""
    steps = len(trace.values[scan.name, "s"])
    return scan_symbol(trace, scan, name, replace(style, t=steps + 1 if scan.reverse else 0))


def stepped(letter: str, style: Style, *steps: int | str) -> str:
    """A symbol with several indices: e₂,₁, α₂,ⱼ."""
    return letter + replace(style, t=",".join(map(str, steps))).index(0)
