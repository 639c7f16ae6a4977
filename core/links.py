"""What crosses from row to row in the chain, and how large the gradient is that goes along it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.attention import CONTEXT, WEIGHTS
from core.cells.base import Array, Cell
from core.chain import FED, INPUT, OUTPUT, key_of, row_of_source
from core.diagnostics import copied_steps, norms
from core.graph import addends_over_time
from core.joins import Convolution, Join, joined_back
from core.network import Signal
from core.scan import Scan
from core.sources import Beside, Fed
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
    """All links of a cell, derived from its graph and rows; the input's row is "x", outputs fed back come from "z"."""
    row_of = {member: row.name for row in cell.rows for member in row.members}
    row_of.update({"x": INPUT, "a": OUTPUT})
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
    if scan.feedback is not None:
        values["a" + PREVIOUS] = r.a_prev
    arriving = {record.name: scan.order(gradients[scan.name, record.name]) for record in scan.cell.records}
    copied = copied_steps(trace, scan)
    if copied is not None:  # there the gradient on what is carried goes on whole, past the cell
        aside = scan.order(copied)[:, :, None]
        arriving.update({name: np.where(aside, 0.0, arriving[name]) for name in scan.cell.carried})
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


@dataclass(frozen=True)
class ChainLink:
    """An edge of the picture, by the rows' names. `norms` (columns,): of the gradient that goes back along it at each
    column of its target, and `there` (columns,) bool: where there is such an edge. `lag`: how many columns before the
    target's it begins; negative where it comes from a later one (a reverse chain). `recurrent`: it hands on what an
    earlier step made."""

    source: str
    target: str
    recurrent: bool
    norms: Array
    there: Array
    lag: int = 0

    @property
    def back(self) -> bool:
        """Whether it belongs to a reverse chain."""
        return self.recurrent and self.lag < 0


def chain_links(trace: Trace, used: bool = False) -> tuple[ChainLink, ...]:
    """Every edge of the chain: the cells' own, from layer to layer, to the joins and the output, and back from it."""
    gradients = trace.used if used else trace.exact
    found: dict[tuple[str, str, bool, int], tuple[Array, Array]] = {}

    def add(
        source: str,
        target: str,
        part: str,
        size: Array,
        recurrent: bool = False,
        back: bool = False,
        from_second: bool = False,
    ) -> None:
        key = (source, target, recurrent, (-1 if back else 1) if recurrent else 0)
        sizes, there = found.setdefault(key, (np.zeros(trace.steps), np.zeros(trace.steps, dtype=bool)))
        start = trace.schedule.offset(part)
        sizes[start : start + len(size)] = size
        there[start + from_second : start + len(size)] = True

    for scan in trace.scans:
        key, below = key_of(trace, scan), row_of_source(trace, scan)
        for link, size in link_norms(trace, scan, used).items():
            if link.source == OUTPUT and scan.feedback is not None and scan.feedback.teacher:
                continue  # the target is read in its place
            source = {INPUT: below, OUTPUT: OUTPUT}.get(link.source, link.source + key)
            # A decoder's first state that is made from a context does not come from the encoder's last.
            apart = link.recurrent and scan.decodes and not isinstance(scan.initial, str)
            back = link.recurrent and scan.reverse
            add(source, link.target + key, scan.name, size, link.recurrent, back, apart or link.source == OUTPUT)
        if isinstance(scan.source, Beside) and any(isinstance(each, Fed) and not each.teacher for each in _parts(scan)):
            dx = gradients[scan.name, "x"][..., : trace.data.y.shape[2]]
            add(OUTPUT, FED if scan.decodes else INPUT, scan.name, norms(dx), recurrent=True, from_second=True)
    for part in trace.network.members:
        if isinstance(part, Convolution):  # the data has no use for what would go back to it
            add(INPUT, part.name, part.name, np.zeros(len(trace.values[part.name, "s"])))
        if isinstance(part, Join):
            for (name, _), size in _joined(trace, part, gradients):
                scan = next(each for each in trace.scans if each.name == name)
                add("s" + key_of(trace, scan), part.name, part.name, size)  # where it is shorter, at column 1 alone
    if WEIGHTS in trace.values:
        add("attention", "contexts", "attention", norms(gradients[WEIGHTS]))
        add("contexts", FED, "context", norms(gradients[CONTEXT]))
    head = trace.head
    with np.errstate(all="ignore"):
        size = norms(gradients["out", "z"] @ trace.parameters["out.V"].T)
    top = next((scan for scan in trace.scans if scan.name == head.source[0]), None)
    add(head.source[0] if top is None else "s" + key_of(trace, top), OUTPUT, "out", size)
    return tuple(ChainLink(*key[:3], size, there, key[3]) for key, (size, there) in found.items())


def _parts(scan: Scan) -> Iterable[object]:
    return scan.source.components if isinstance(scan.source, Beside) else ()


def _joined(trace: Trace, join: Join, gradients: Mapping[Signal, Array]) -> Iterable[tuple[Signal, Array]]:
    """Both chains of a join with the norms of what it sends them, (T,); (1,) for a chain that is read at its own end,
    which is column 1: its edge is there alone, with all that comes back to it."""
    first, second = joined_back(gradients[join.name, "s"], *join.both(trace.run), join.how)
    yield join.first, norms(first)
    yield join.second, norms(second.sum(axis=0, keepdims=True) if join.at_its_end else second)
