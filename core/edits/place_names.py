"""What one number is called that a run begins with: by its gate, and counted from 1 as the inspector counts."""

from __future__ import annotations

from core.edits.places import block_of
from core.trace import Trace

Index = tuple[int, ...]


def by_gate(trace: Trace, name: str, index: Index) -> tuple[str, Index]:
    """An entry of a stacked parameter as one of its gate's: ("L1.W_f", (0, 1)) for ("L1.W", (0, H + 1)). Others as they
    are."""
    part, _, own = name.partition(".")
    scan = trace.scan_named(part)
    if scan is None or name not in trace.parameters:
        return name, index
    if len(scan.cell.named(own, trace.parameters[name], scan.hidden)) == 1:
        return name, index
    return f"{part}.{block_of(scan, own, index[-1])}", (*index[:-1], index[-1] % scan.hidden)


def place_name(trace: Trace, name: str, index: Index) -> str:
    """ "L1.W_f[1, 2]" for ("L1.W", (0, H + 1)); an edit's names, counted from 1."""
    name, index = by_gate(trace, name, index)
    return f"{name}[{counted(index)}]"


def counted(index: Index) -> str:
    return ", ".join(str(k + 1) for k in index)
