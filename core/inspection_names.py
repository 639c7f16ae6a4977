"""Symbols of what the parts of a network make: a layer's states, joins, contexts, attention, what is fed back."""

from __future__ import annotations

from dataclasses import replace

from core.attention import CONTEXT, SCORES, WEIGHTS
from core.chain import key_of
from core.equations import Style
from core.joins import Context, Convolution, Join
from core.network import OUTPUT, Part, Signal, X
from core.scan import Scan
from core.sources import Below, Static
from core.trace import Trace


def part_named(trace: Trace, name: str) -> Part | None:
    """The member of the network with that name; None for attention and its contexts, which are a decoder's."""
    return next((part for part in trace.network.members if part.name == name), None)


def signal_symbol(trace: Trace, signal: Signal, style: Style, offset: int = 0) -> str:
    """A quantity's symbol at step t + offset, with its layer where there are several; s̄ of a join, c of a context."""
    part, (own, name) = part_named(trace, signal[0]), signal
    if signal in (SCORES, WEIGHTS):
        letter = ("e" if name == "e" else r"\alpha") if style.tex else ("e" if name == "e" else "α")
        return letter + style.index(offset)
    if signal == CONTEXT and not isinstance(part, Context):
        return "c" + style.index(offset)
    if isinstance(part, Context):
        return "c" if name == "c" else raised("h", "c", style)
    if isinstance(part, Convolution):
        return (raised("h", "k", style) if name == "h" else "k") + style.index(offset)
    if isinstance(part, Join):
        bar = r"\bar{s}" if style.tex else "s̄"
        return style.notation.keyed(bar + "@", own[1:], style.tex).replace("@", style.index(offset))
    if isinstance(part, Scan):
        return scan_symbol(trace, part, name, style, offset)
    return style.symbol(None, {X: "x", OUTPUT: "a"}.get(signal, name), offset)


def scan_style(trace: Trace, scan: Scan, style: Style) -> Style:
    """The style with the scan's layer, and what its x is."""
    source, reads = scan.source, "task"
    if isinstance(source, Static | Below):
        reads = "task" if source.signal == X else "layer"
    elif scan.decodes:
        reads = "fed"
    teacher = trace.experiment.teacher_forcing
    return replace(style, layer=key_of(trace, scan), reads=reads, teacher=teacher)


def scan_symbol(trace: Trace, scan: Scan, name: str, style: Style, offset: int = 0) -> str:
    """A quantity of a scan; its input x̂ where a decoder reads what it wrote."""
    return scan_style(trace, scan, style).symbol(scan.cell, name, offset)


def start_symbol(trace: Trace, scan: Scan, name: str, style: Style) -> str:
    """What a scan begins with, s₀ (of a reverse chain the state that comes before its first step)."""
    return scan_symbol(trace, scan, name, replace(style, t=0))


def raised(stem: str, letter: str, style: Style) -> str:
    """h^k: a stem with a letter above."""
    return f"{stem}^{{{letter}}}" if style.tex else stem + {"k": "ᵏ", "c": "ᶜ"}[letter]
