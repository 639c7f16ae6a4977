"""Which recurrent matrix stands on which edge of the chain."""

from __future__ import annotations

from dataclasses import dataclass

from core.chain.edges import links
from core.chain.rows import OUTPUT_ROW, key_of, row_of_signal
from core.network.declared import PREVIOUS
from core.network.parts import OUTPUT
from core.network.scan import Scan
from core.trace import Trace


@dataclass(frozen=True)
class OnEdge:
    """The matrices `names` ("L1.W_i" …) on the recurrent edges from row `source` to row `target`, whose ends stand in
    the columns `first` … `last`."""

    source: str
    target: str
    first: int
    last: int
    names: tuple[str, ...]


def matrices_on_edges(trace: Trace) -> tuple[OnEdge, ...]:
    """Of all scans, as their graphs have them: what a linear operation multiplies a carried input by. What is carried
    on elementwise has none."""
    found = []
    for scan in trace.scans:
        lane, key = trace.schedule.lanes[scan.name], key_of(trace, scan)
        for link in links(scan.cell):
            names = tuple(f"{scan.name}.{name}" for edge in link.edges for name in _matrix(scan, *edge))
            source = link.source + key if link.source != OUTPUT_ROW else _fed_from(trace, scan)
            if link.recurrent and names and source:
                found.append(OnEdge(source, link.target + key, lane.first, lane.last, names))
    return tuple(found)


def _matrix(scan: Scan, out: str, source: str) -> tuple[str, ...]:
    """The parameter that an input of a linear operation is multiplied by."""
    operation = next(each for each in scan.cell.graph if each.out == out)
    if operation.kind != "linear" or not source.endswith(PREVIOUS):
        return ()
    name = operation.parameters[operation.inputs.index(source)]
    return () if name in operation.elementwise else (name,)


def _fed_from(trace: Trace, scan: Scan) -> str:
    """The row of the outputs that a scan reads again; "" where it reads the targets in their place."""
    reads = scan.reads(trace.network.widths).get("a" + PREVIOUS, ())
    return next((row_of_signal(trace, read.signal) for read in reads if read.signal == OUTPUT), "")
