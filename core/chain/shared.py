"""What the edges of the chain multiply by: the matrices that every step shares, by the edges on which they stand."""

from __future__ import annotations

from core.chain.edges import links
from core.chain.rows import INPUT_ROW, OUTPUT_ROW, key_of, row_of_signal, row_of_source
from core.memo import memoised
from core.network.declared import PREVIOUS
from core.network.scan import Scan
from core.trace import Trace

Between = tuple[str, str, bool]  # the rows from which and to which an edge goes, and whether from an earlier step


@memoised
def shared_matrices(trace: Trace) -> dict[Between, tuple[str, ...]]:
    """The parameters, "L1.U_i" …, of every edge between rows on which a linear operation has one; an edge that goes by
    without a matrix (a cell state's, a slope's) is not in it."""
    found: dict[Between, tuple[str, ...]] = {}
    for scan in trace.scans:
        key = key_of(trace, scan)
        for link in links(scan.cell):
            names = tuple(f"{scan.name}.{name}" for edge in link.edges for name in _matrix(scan, *edge))
            if names:
                source = link.source + key
                if link.source == INPUT_ROW:
                    source = row_of_source(trace, scan)
                elif link.source == OUTPUT_ROW:
                    source = row_of_signal(trace, scan.reads(trace.network.widths)["a" + PREVIOUS][0].signal)
                found[source, link.target + key, link.recurrent] = names
    head = trace.head
    top = head.reads(trace.network.widths)["s"][0].signal
    names = tuple(f"{head.name}.{name}" for each in head.graph if each.kind == "linear" for name in each.parameters)
    if names:
        found[row_of_signal(trace, top), OUTPUT_ROW, False] = names
    return found


def _matrix(scan: Scan, out: str, source: str) -> tuple[str, ...]:
    """The parameter that an input of a linear operation is multiplied by."""
    operation = next(each for each in scan.cell.graph if each.out == out)
    if operation.kind != "linear":
        return ()
    name = operation.parameters[operation.inputs.index(source)]
    return () if name in operation.elementwise else (name,)
