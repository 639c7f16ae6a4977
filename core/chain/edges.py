"""The edges from row to row in the chain, and how large the gradient along each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import copied_steps
from core.cells.base import Cell
from core.chain.outside import (
    Edges,
    attention_edges,
    components_back,
    context_edges,
    context_of,
    end_edge,
    row_of_signal,
    taps_of,
    window_norms,
)
from core.chain.rows import FED, INPUT, OUTPUT, key_of, row_of_source
from core.maths.arrays import Array, norms
from core.maths.operations import addends_over_time
from core.network.attention import WEIGHTS
from core.network.joins import Context, Convolution, Join, joined_back
from core.network.parts import Key
from core.network.scan import Scan
from core.network.sources import Concatenated, PreviousOutput
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
    if copied is not None:  # there the gradient on what is carried bypasses the cell unchanged
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
    target's it begins; negative where it comes from a later one (a reverse chain). `recurrent`: it passes on what an
    earlier step made. `begins`: the column in which all its edges begin, whatever their target's (0: none such).
    `ends`: the column in which all of them end; `norms` and `there` then count the columns in which they begin."""

    source: str
    target: str
    recurrent: bool
    norms: Array
    there: Array
    lag: int = 0
    begins: int = 0
    ends: int = 0

    @property
    def back(self) -> bool:
        """Whether it belongs to a reverse chain."""
        return self.recurrent and self.lag < 0


def chain_links(trace: Trace, used: bool = False) -> tuple[ChainLink, ...]:
    """Every edge of the chain: the cells' own, from layer to layer, to the joins and the output, and back from it."""
    gradients = trace.used if used else trace.exact
    found: dict[tuple[str, str, bool, int, int, int], tuple[Array, Array]] = {}

    def add(edges: Edges) -> None:
        key = (edges.source, edges.target, edges.recurrent, edges.lag, edges.begins, edges.ends)
        sizes, there = found.setdefault(key, (np.zeros(trace.steps), np.zeros(trace.steps, dtype=bool)))
        start = trace.schedule.offset(edges.part)
        sizes[start : start + len(edges.norms)] = edges.norms
        there[start + edges.first : start + len(edges.norms)] = True

    for scan in trace.scans:
        for edges in _scan_edges(trace, scan, gradients, used):
            add(edges)
    for part in trace.network.members:
        if isinstance(part, Convolution):  # the data needs no gradient
            nothing = np.zeros(len(trace.values[part.name, "s"]))
            for k in range(part.kernel):
                add(Edges(INPUT, part.name, part.name, nothing, lag=part.kernel // 2 - k))
        elif isinstance(part, Join):
            for edges in _join_edges(trace, part, gradients):
                add(edges)
        elif isinstance(part, Context):
            for edges in context_edges(trace, part, gradients):
                add(edges)
    if WEIGHTS in trace.values:
        for edges in attention_edges(trace, gradients):
            add(edges)
    with np.errstate(all="ignore"):
        size = norms(gradients["out", "z"] @ trace.parameters["out.V"].T)
    add(Edges(row_of_signal(trace, trace.head.source), OUTPUT, "out", size))
    return tuple(ChainLink(*key[:3], size, there, *key[3:]) for key, (size, there) in found.items())


def _scan_edges(trace: Trace, scan: Scan, gradients: Mapping[Key, Array], used: bool) -> Iterator[Edges]:
    """Those of a cell's graph, and of what is fed back to its input; a window has one for each of its steps."""
    key, below, taps = key_of(trace, scan), row_of_source(trace, scan), taps_of(scan)
    context = context_of(scan)
    for link, size in link_norms(trace, scan, used).items():
        target = link.target + key
        if link.source == OUTPUT and scan.feedback is not None:
            if scan.feedback.teacher:
                continue  # the target is read in its place
            back = gradients[scan.name, "a_prev"]
            for k, each in enumerate(window_norms(back, scan.feedback.taps)):
                yield Edges(OUTPUT, target, scan.name, each, k + 1, recurrent=True, lag=k + 1)
        elif link.source == INPUT and taps > 1:
            for k, each in enumerate(window_norms(gradients[scan.name, "x"], taps)):
                if scan.reverse:  # its window lies behind it, which is later: its last k steps have nothing there
                    yield Edges(below, target, scan.name, each[: len(each) - k], lag=-k)
                else:
                    yield Edges(below, target, scan.name, each, k, lag=k)
        elif link.recurrent:
            # A decoder's first state that is made from a context comes from it, not from the encoder's last.
            other = bool(context) and link.source == "s"
            apart = other or (scan.decodes and not isinstance(scan.initial, str))
            lag = -1 if scan.reverse else 1
            yield Edges(link.source + key, target, scan.name, size, int(apart), recurrent=True, lag=lag)
            if other:
                yield Edges(context, target, scan.name, size[:1], recurrent=True, lag=1)
        else:
            yield Edges(below if link.source == INPUT else link.source + key, target, scan.name, size)
    if isinstance(scan.source, Concatenated):
        for component, dx in components_back(scan, gradients):
            if isinstance(component, PreviousOutput) and not component.teacher:
                target = FED if scan.decodes else INPUT
                yield Edges(OUTPUT, target, scan.name, norms(dx), component.lag, recurrent=True, lag=component.lag)


def _join_edges(trace: Trace, join: Join, gradients: Mapping[Key, Array]) -> Iterator[Edges]:
    """From both chains to a join; of one that is read at its own end from there."""
    first, second = joined_back(gradients[join.name, "s"], *join.both(trace.run), join.how)
    yield Edges(row_of_signal(trace, join.first), join.name, join.name, norms(first))
    if join.at_its_end:
        yield end_edge(trace, join, gradients)
    else:
        yield Edges(row_of_signal(trace, join.second), join.name, join.name, norms(second))
