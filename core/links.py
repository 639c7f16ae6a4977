"""What crosses from row to row in the chain, and how large the gradient is that goes along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.cells.base import Array, Cell
from core.diagnostics import norms
from core.graph import addends_over_time
from core.scan import Scan
from core.trace import Trace

PREVIOUS = "_prev"


@dataclass(frozen=True)
class Link:
    """An edge of the chain, from row `source` to row `target`; `recurrent` where it comes from the step before.

    `edges`: the (operation, input) pairs of the cell's graph that it bundles.
    """

    source: str
    target: str
    recurrent: bool
    edges: tuple[tuple[str, str], ...]


def links(cell: Cell) -> tuple[Link, ...]:
    """All links of a cell, derived from its graph and rows; the input's row is called "x"."""
    row_of = {member: row.name for row in cell.rows for member in row.members}
    row_of.update({"x": "x"})
    bundles: dict[tuple[str, str, bool], list[tuple[str, str]]] = {}
    for operation in cell.graph:
        for name in dict.fromkeys(operation.inputs):
            recurrent = name.endswith(PREVIOUS)
            source = row_of[name.removesuffix(PREVIOUS)]
            target = row_of[operation.out]
            if recurrent or source != target:
                bundles.setdefault((source, target, recurrent), []).append((operation.out, name))
    return tuple(Link(*key, tuple(edges)) for key, edges in bundles.items())


def edge_addends(trace: Trace, scan: Scan, used: bool = False) -> dict[tuple[str, str], Array]:
    """Every addend of a scan's graph for all t in the order of processing, (T, B, n)."""
    r = trace.run.records[scan.name]
    gradients = trace.used if used else trace.exact
    values = {record.name: getattr(r, record.name) for record in scan.cell.records}
    values.update({"x": r.x, **{f"{name}{PREVIOUS}": getattr(r, name + PREVIOUS) for name in scan.cell.carried}})
    arriving = {record.name: scan.order(gradients[scan.name, record.name]) for record in scan.cell.records}
    with np.errstate(all="ignore"):
        return addends_over_time(scan.cell.graph, scan.views(dict(trace.parameters)), values, arriving)


def link_norms(trace: Trace, scan: Scan, used: bool = False) -> dict[Link, Array]:
    """The norm of the gradient that goes back along each link at each step t, (T,): addends on one input are summed
    (they meet there), different inputs are measured side by side."""
    addends = edge_addends(trace, scan, used)
    found: dict[Link, Array] = {}
    for link in links(scan.cell):
        by_input: dict[str, Array] = {}
        for edge in link.edges:
            by_input[edge[1]] = by_input[edge[1]] + addends[edge] if edge[1] in by_input else addends[edge]
        side_by_side = np.concatenate([array.reshape(len(array), -1) for array in by_input.values()], axis=1)
        found[link] = norms(scan.order(side_by_side))
    return found
