"""The edges from row to row in the chain, and how large the gradient along each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.analysis.evaluation import Evaluation
from core.cells.base import Cell
from core.chain.rows import FED_ROW, INPUT_ROW, OUTPUT_ROW, key_of, row_of_signal, row_of_source
from core.maths.arrays import Array, norms
from core.maths.operations import Operation
from core.network.attention import WEIGHTS
from core.network.declared import EACH, EVERY, FIRST, PREVIOUS, TARGETS, Declared, Key, Read, X
from core.network.parts import OUTPUT
from core.network.scan import Scan
from core.trace import Trace
from core.unrolled import Edge, edges_of


@dataclass(frozen=True)
class Link:
    """An edge of the chain, from row `source` to row `target`; `recurrent` where it comes from the step before.

    `edges`: the (operation, input) pairs of the cell's graph that it bundles.
    """

    source: str
    target: str
    recurrent: bool
    edges: tuple[tuple[str, str], ...]


def links(cell: Cell, graph: tuple[Operation, ...] = ()) -> tuple[Link, ...]:
    """All links of a cell, derived from its graph (or from that which a book has) and its rows; the input's row is "x",
    outputs fed back come from "z"."""
    row_of = {member: row.name for row in cell.rows for member in row.members}
    row_of.update({"x": INPUT_ROW, "a": OUTPUT_ROW})
    bundles: dict[tuple[str, str, bool], list[tuple[str, str]]] = {}
    for operation in graph or cell.graph:
        for name in dict.fromkeys(operation.inputs):
            recurrent = name.endswith(PREVIOUS)
            source = row_of[name.removesuffix(PREVIOUS)]
            target = row_of[operation.out]
            if recurrent or source != target:
                bundles.setdefault((source, target, recurrent), []).append((operation.out, name))
    return tuple(Link(*key, tuple(edges)) for key, edges in bundles.items())


def link_norms(evaluation: Evaluation, scan: Scan) -> dict[Link, Array]:
    """The norm of the gradient that goes back along each link at each step t, (T,): addends on one input are summed
    (they meet there), different inputs are measured side by side."""
    addends = evaluation.addends(scan)
    found: dict[Link, Array] = {}
    for link in links(scan.cell):
        by_input: dict[str, Array] = {}
        for edge in link.edges:
            by_input[edge[1]] = by_input[edge[1]] + addends[edge] if edge[1] in by_input else addends[edge]
        side_by_side = np.concatenate([array.reshape(len(array), -1) for array in by_input.values()], axis=1)
        found[link] = norms(side_by_side)
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


class Edges(NamedTuple):
    """From row `source` to row `target`: `norms` of what goes back along them, one for each step of `part`, from its
    step `first` (from 0) on. `lag`: how many columns before the target's they begin. `begins`: the column in which all
    of them begin; `ends`: that in which all end, one for each step of `part` in which they begin (0: neither)."""

    source: str
    target: str
    part: str
    norms: Array
    first: int = 0
    recurrent: bool = False
    lag: int = 0
    begins: int = 0
    ends: int = 0


def chain_links(
    trace: Trace, used: bool = False, gradients: Mapping[Key, Array] | None = None
) -> tuple[ChainLink, ...]:
    """Every edge of the chain: the cells' own, from layer to layer, to the joins and the output, and back from it.
    `used`, `gradients`: which gradients go back along them, as `Evaluation` says."""
    evaluation = Evaluation(trace, used, gradients)
    scans = {scan.name: scan for scan in trace.scans}
    found: dict[tuple[str, str, bool, int, int, int], tuple[Array, Array]] = {}

    def add(edges: Edges) -> None:
        key = (edges.source, edges.target, edges.recurrent, edges.lag, edges.begins, edges.ends)
        sizes, there = found.setdefault(key, (np.zeros(trace.steps), np.zeros(trace.steps, dtype=bool)))
        start = trace.schedule.offset(edges.part)
        sizes[start : start + len(edges.norms)] = edges.norms
        there[start + edges.first : start + len(edges.norms)] = True

    for scan in trace.scans:
        for edges in _scan_edges(evaluation, scan):
            add(edges)
    for declared in trace.network.declared:
        for edges in _part_edges(evaluation, declared) if declared.name not in scans else ():
            add(edges)
    return tuple(ChainLink(*key[:3], size, there, *key[3:]) for key, (size, there) in found.items())


def _scan_edges(evaluation: Evaluation, scan: Scan) -> Iterator[Edges]:
    """Those of a cell's graph, and of what its input is made of; a window has one for each of its steps."""
    trace = evaluation.trace
    reads = scan.reads(trace.network.widths)
    key, below = key_of(trace, scan), row_of_source(trace, scan)
    for link, size in link_norms(evaluation, scan).items():
        target = link.target + key
        if link.source == INPUT_ROW and (scan.source.gathers or len(reads["x"]) == 1):
            yield Edges(below, target, scan.name, size)
        elif link.source in (INPUT_ROW, OUTPUT_ROW):
            name = "x" if link.source == INPUT_ROW else "a" + PREVIOUS
            yield from _window_edges(evaluation, scan, name, reads[name], target)
        elif link.recurrent:
            yield from _recurrent_edges(trace, scan, link, target, size)
        else:
            yield Edges(link.source + key, target, scan.name, size)
    if scan.source.gathers:
        yield from _gathered_edges(evaluation, scan, reads["x"], FED_ROW if scan.decodes else INPUT_ROW)


def _window_edges(
    evaluation: Evaluation, scan: Scan, name: str, reads: tuple[Read, ...], target: str
) -> Iterator[Edges]:
    """One for each step that is read side by side; where a target is read in an output's place there is none."""
    gradient = evaluation.gradients[scan.name, name]
    for read in reads:
        if read.signal == TARGETS:
            continue
        again, size = read.signal == OUTPUT, norms(gradient[..., read.share])
        source = row_of_signal(evaluation.trace, read.signal)
        if read.lag < 0:  # its window lies behind it, which is later: its last steps have nothing there
            yield Edges(source, target, scan.name, size[: len(size) + read.lag], lag=read.lag)
        else:
            yield Edges(source, target, scan.name, size, read.lag, recurrent=again, lag=read.lag)


def _recurrent_edges(trace: Trace, scan: Scan, link: Link, target: str, size: Array) -> Iterator[Edges]:
    """From the step before. A decoder's first state that another row makes comes from there, not from the encoder's
    last."""
    own, *first = scan.before(link.edges[0][1].removesuffix(PREVIOUS))
    row = link.source + key_of(trace, scan)
    others = [row_of_signal(trace, each.signal) for each in first]
    apart = scan.decodes and others != [row]
    yield Edges(row, target, scan.name, size, int(apart), recurrent=True, lag=own.lag)
    for other in others if apart else ():
        yield Edges(other, target, scan.name, size[:1], recurrent=True, lag=1)


def _gathered_edges(evaluation: Evaluation, scan: Scan, reads: tuple[Read, ...], target: str) -> Iterator[Edges]:
    """To the row of what a scan reads, where that is made of several things."""
    trace, gradient = evaluation.trace, evaluation.gradients[scan.name, "x"]
    for read in reads:
        if read.signal in (TARGETS, X):  # what is given is no node's
            continue
        source, size = row_of_signal(trace, read.signal), norms(gradient[..., read.share])
        again = read.signal == OUTPUT
        begins = 0 if read.at == EACH else _column(trace, read)
        yield Edges(source, target, scan.name, size, read.lag, recurrent=again, lag=read.lag, begins=begins)


def _column(trace: Trace, read: Read) -> int:
    """The column in which a signal is read, whichever reads it."""
    lane = trace.schedule.lanes[read.signal[0]]
    return lane.first if read.at == FIRST else lane.last


def _part_edges(evaluation: Evaluation, declared: Declared) -> Iterator[Edges]:
    """From what a part without a loop reads. What it reads at all steps of a sequence, at each of its own, is drawn as
    arcs instead."""
    trace = evaluation.trace
    own = [edge for edge in edges_of(trace.network) if edge.declared is declared]
    edges = [edge for edge in own if not edge.read.only and edge.source not in declared.clocks]
    wide = any(edge.read.at == EVERY for edge in edges)
    for edge in edges:
        source, target = row_of_signal(trace, edge.read.signal), row_of_signal(trace, edge.reader)
        lane = trace.schedule.lanes[edge.reader[0]]
        once = lane.first == lane.last
        if source == target or (edge.read.at == EVERY and not once):
            continue
        if edge.read.at == EVERY:
            size = norms(evaluation.received(edge))
            yield Edges(source, target, edge.read.signal[0], size, ends=lane.last)
            continue
        if edge.read.signal == X:  # the data needs no gradient
            size = np.zeros(lane.last - lane.first + 1)
        elif wide and not once:
            size = np.concatenate([norms(array) for array in _steps_back(evaluation, edge)])
        else:
            size = norms(evaluation.pulled(edge))
        begins = 0 if edge.read.at == EACH or lane.last == _column(trace, edge.read) else _column(trace, edge.read)
        yield Edges(source, target, edge.reader[0], size, recurrent=edge.recurrent, lag=edge.read.lag, begins=begins)


def _steps_back(evaluation: Evaluation, edge: Edge) -> Iterator[Array]:
    """What goes back along an edge of attention, step by step, (1, B, n) each."""
    assert edge.operation is not None
    for t in range(len(evaluation.arriving(edge.declared, edge.declared.quantities[-1].name))):
        yield evaluation.addends_of_step(edge.declared, t)[edge.operation.out, edge.source][:, 0]


def arc_norms(trace: Trace, gradients: Mapping[Key, Array]) -> Array:
    """‖what goes back along the arc from key j to step i‖ of an attention, by way of its weight and of its score,
    (T_y, T_x)."""
    evaluation, (declared, keys) = Evaluation(trace, gradients=gradients), attended(trace)
    steps = len(trace.values[WEIGHTS])
    found = []
    for t in range(steps):
        addends = evaluation.addends_of_step(declared, t)
        back = [addends[edge.operation.out, edge.source] for edge in keys if edge.operation is not None]
        found.append(norms(np.sum(back, axis=0)[0]))
    return np.array(found)


def attended(trace: Trace) -> tuple[Declared, list[Edge]]:
    """Attention, and the edges by which it reads its keys. Raises IndexError where nothing attends."""
    keys = [edge for edge in edges_of(trace.network) if edge.read.at == EVERY and edge.declared.key("a") == WEIGHTS]
    return keys[0].declared, keys
