"""Symbols of what the parts of a network make: a layer's states, joins, contexts, attention, what is fed back."""

from __future__ import annotations

from dataclasses import replace

from core.chain.rows import ALPHA, joined_symbol, style_of
from core.chain.rows import CONTEXT as CONTEXT_SYMBOL
from core.network.attention import CONTEXT, SCORES, WEIGHTS
from core.network.joins import Context, Convolution, Join
from core.network.parts import OUTPUT, Key, Part, X
from core.network.scan import Scan
from core.notation.equations import Style
from core.trace import Trace

_LETTERS = {"k": "ᵏ", "c": "ᶜ"}


def part_named(trace: Trace, name: str) -> Part | None:
    """The member of the network with that name; None for attention and its contexts, which are a decoder's."""
    return next((part for part in trace.network.members if part.name == name), None)


def signal_symbol(trace: Trace, signal: Key, style: Style, offset: int = 0) -> str:
    """A quantity's symbol at step t + offset, with its layer where there are several; s̄ of a join, c of a context."""
    part, name = part_named(trace, signal[0]), signal[1]
    if signal == SCORES:
        return "e" + style.index(offset)
    if signal == WEIGHTS:
        return ALPHA.of(style.tex).replace("@", style.index(offset))
    if isinstance(part, Context):
        return "c" if name == "c" else raised("h", "c", style)
    if signal == CONTEXT:
        return CONTEXT_SYMBOL.of(style.tex).replace("@", style.index(offset))
    if isinstance(part, Convolution):
        return (raised("h", "k", style) if name == "h" else "k") + style.index(offset)
    if isinstance(part, Join):
        return joined_symbol(style.notation, part.name[1:]).of(style.tex).replace("@", style.index(offset))
    if isinstance(part, Scan):
        return scan_symbol(trace, part, name, style, offset)
    return style.symbol(None, {X: "x", OUTPUT: "a"}.get(signal, name), offset)


def scan_symbol(trace: Trace, scan: Scan, name: str, style: Style, offset: int = 0) -> str:
    """A quantity of a scan; its input x̂ where a decoder reads what it wrote."""
    return style_of(trace, scan, style.tex, style.t, style.notation).symbol(scan.cell, name, offset)


def start_symbol(trace: Trace, scan: Scan, name: str, style: Style) -> str:
    """What a scan begins with, s₀; of a reverse chain what comes before its first step, s₍T+1₎."""
    steps = len(trace.values[scan.name, "s"])
    return scan_symbol(trace, scan, name, replace(style, t=steps + 1 if scan.reverse else 0))


def raised(stem: str, letter: str, style: Style) -> str:
    """h^k: a stem with a letter above."""
    if not style.tex:
        return stem + _LETTERS[letter]
    return f"{{{stem}^{{{letter}}}}}" if style.notation.index_tex.startswith("^") else f"{stem}^{{{letter}}}"


def stepped(letter: str, style: Style, *steps: int | str) -> str:
    """A symbol with several indices: e₂,₁, α₂,ⱼ."""
    return letter + replace(style, t=",".join(map(str, steps))).index(0)
