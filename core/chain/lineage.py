"""Ancestors and descendants: which nodes of the unrolled network a node is computed from, and which from it.

Read off the parts of the network and the graph of each cell, without a single number: a factor that happens to be 0 (a
clock at rest, a gate frozen at 0) is an operand all the same. A truncated backward pass changes nothing here, since
what is cut are gradients; teacher forcing does, since the target is read in the output's place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.chain.rows import FED, INPUT, OUTPUT, key_of, rows
from core.maths.operations import FIXED
from core.network.attention import CONTEXT, SCORES, WEIGHTS, Attention
from core.network.head import Head
from core.network.joins import Context, Convolution, Join
from core.network.parts import OUTPUT as A
from core.network.parts import Key, X
from core.network.scan import Scan
from core.network.sources import (
    Component,
    Concatenated,
    ContextInput,
    FullSequence,
    LayerBelow,
    OutputFeedback,
    PreviousOutput,
)
from core.trace import Trace

Quantity = tuple[str, str, int]  # part, name, column (from 1)
Node = tuple[str, int]  # the name of a row of the chain, column (from 1)
Reads = Iterator[tuple[Quantity, Quantity]]  # what reads, what is read
PREVIOUS = "_prev"
Z: Key = ("out", "z")


def lineage(
    trace: Trace, row: str, t: int, record: str = "", sample: int = 0
) -> tuple[frozenset[Node], frozenset[Node]]:
    """The ancestors and the descendants of the node of `row` at column t, itself left out.

    `record`: of this one of its records alone. `sample`: whose missing steps are passed by. Both are empty where the
    row has no node at t.
    """
    return Lineage(trace, sample).of(row, t, record)


class Lineage:
    """What reads what in one run, collected once for all queries: some 30 ms for an LSTM over 1,000 steps."""

    def __init__(self, trace: Trace, sample: int = 0) -> None:
        self.trace, self.sample = trace, sample
        self._row_of = dict(_rows_of_signals(trace))
        self._reads: dict[Quantity, list[Quantity]] = {}
        self._read_by: dict[Quantity, list[Quantity]] = {}
        for reader, read in _Edges(trace, sample).all():
            self._reads.setdefault(reader, []).append(read)
            self._read_by.setdefault(read, []).append(reader)

    def of(self, row: str, t: int, record: str = "") -> tuple[frozenset[Node], frozenset[Node]]:
        """See `lineage`."""
        start = self._start(row, t, record)
        return self._reached(self._reads, start, (row, t)), self._reached(self._read_by, start, (row, t))

    def _start(self, row: str, t: int, record: str) -> list[Quantity]:
        found = next((each for each in rows(self.trace) if each.name == row), None)
        piece = found.piece(t) if found is not None else None
        if piece is None:
            return []
        names = {signal for signal, name in self._row_of.items() if name == row}
        names = {signal for signal in names if signal[0] == piece.part} or names
        chosen = {signal for signal in names if signal[1] == record}
        return [(*signal, t) for signal in chosen or names]

    def _reached(
        self, following: dict[Quantity, list[Quantity]], start: list[Quantity], itself: Node
    ) -> frozenset[Node]:
        seen, waiting = set(start), list(start)
        while waiting:
            for each in following.get(waiting.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        row_of = self._row_of
        nodes = {(row_of[part, name], t) for part, name, t in seen if (part, name) in row_of}
        return frozenset(nodes - {itself})


def _rows_of_signals(trace: Trace) -> Iterator[tuple[Key, str]]:
    """Each signal with the row of the chain whose node stands for it; every operation of a cell among them."""
    first = trace.scans[0]
    yield (X if isinstance(first.source, FullSequence) else (first.name, "x")), INPUT
    decoder = next((scan for scan in trace.scans if scan.decodes), None)
    if decoder is not None:
        yield (decoder.name, "x"), FED
    for scan in trace.scans:
        for row in scan.cell.rows:
            for member in row.members:
                yield (scan.name, member), row.name + key_of(trace, scan)
    if WEIGHTS in trace.values:
        yield from ((SCORES, "attention"), (WEIGHTS, "attention"), (CONTEXT, "contexts"))
    for part in trace.network.members:
        if isinstance(part, Convolution):
            yield from (((part.name, name), part.name) for name in ("h", "s"))
        elif isinstance(part, Join):
            yield (part.name, "s"), part.name
        elif isinstance(part, Context):
            yield from (((part.name, name), part.name) for name in ("h", "c"))
    yield from ((Z, OUTPUT), (A, OUTPUT))


class _Edges:
    """Every pair (what reads, what is read) of a run, by part."""

    def __init__(self, trace: Trace, sample: int) -> None:
        self.trace = trace
        self.lanes = trace.schedule.lanes
        present = trace.data.present
        self.present = None if present is None else present[:, sample]

    def all(self) -> Reads:
        for part in self.trace.network.members:
            match part:
                case Scan():
                    yield from self._scan(part)
                case Join():
                    yield from self._join(part)
                case Convolution():
                    yield from self._convolution(part)
                case Context():
                    yield from self._context(part)
                case Head():
                    for t in self._columns(part.name):
                        yield (*Z, t), (*part.source, t)
                        yield (*A, t), (*Z, t)

    def _columns(self, part: str) -> range:
        lane = self.lanes.get(part)
        return range(1, len(self.trace.data.x) + 1) if lane is None else range(lane.first, lane.last + 1)

    def _ends(self, part: str) -> tuple[int, int]:
        columns = self._columns(part)
        return columns[0], columns[-1]

    def _has(self, t: int) -> bool:
        """Whether the sample has column t of what is read."""
        return self.present is None or bool(self.present[t - 1])

    # --- a scan ---
    def _scan(self, scan: Scan) -> Reads:
        columns = list(scan.order(np.array(self._columns(scan.name))))
        copies = self.present is not None and not scan.decodes
        coupled = scan.cell.couples_samples
        before = 0
        for t in map(int, columns):
            absent = copies and not self._has(t)
            for operation in scan.cell.graph:
                name = operation.out
                carried = name in scan.cell.carried
                if operation.kind in FIXED or (absent and carried and not coupled):
                    continue
                for read in operation.inputs:
                    for source in self._operand(scan, read, t, before):
                        yield (scan.name, name, t), source
            if absent:
                for name in scan.cell.carried:
                    for source in self._operand(scan, name + PREVIOUS, t, before):
                        yield (scan.name, name, t), source
            yield from self._input(scan, t, before)
            before = t

    def _operand(self, scan: Scan, name: str, t: int, before: int) -> Iterator[Quantity]:
        """What an input of an operation stands for at column t; `before` is the column processed before it, 0 at the
        first."""
        own = name.removesuffix(PREVIOUS)
        if own == name:
            yield scan.name, name, t
        elif own == "a":
            yield from self._fed_back(scan.feedback, t)
        elif before:
            yield scan.name, own, before
        elif isinstance(scan.initial, str):
            if scan.context is not None and own == "s":
                yield (*scan.context, self._ends(scan.context[0])[1])
            else:
                yield scan.initial, own, self._ends(scan.initial)[1]
        elif scan.initial is not None and own == "s":
            yield (*scan.initial, self._ends(scan.initial[0])[1])

    def _fed_back(self, feedback: OutputFeedback | None, t: int) -> Iterator[Quantity]:
        if feedback is not None and not feedback.teacher:
            first = self._ends(A[0])[0]
            yield from ((*A, k) for k in range(max(first, t - feedback.taps), t))

    def _input(self, scan: Scan, t: int, before: int) -> Reads:
        """x_t, which an earlier part, the data or several components make."""
        x, source = (scan.name, "x", t), scan.source
        if isinstance(source, FullSequence | LayerBelow):
            first = self._ends(source.signal[0])[0] if source.signal != X else 1
            if scan.decodes:
                first = self._ends(scan.name)[0]
            if scan.reverse:
                last = self._ends(scan.name)[1]
                read = [k for k in range(t, min(last, t + source.taps - 1) + 1) if source.taps == 1 or self._has(k)]
            else:
                read = range(max(first, t - source.taps + 1), t + 1)
            yield from ((x, (*source.signal, k)) for k in read)
        elif isinstance(source, Concatenated):
            for component in source.components:
                yield from self._component(scan, component, t, before)

    def _component(self, scan: Scan, component: Component, t: int, before: int) -> Reads:
        x = (scan.name, "x", t)
        if isinstance(component, PreviousOutput):
            first = self._ends(scan.name)[0]
            if t - component.lag >= first:
                yield from () if component.teacher else ((x, (*A, t - component.lag)),)
            elif t - component.lag == first - 1 and component.first is not None:
                yield x, (*component.first, 1)
        elif isinstance(component, ContextInput):
            yield x, (*component.signal, self._ends(component.signal[0])[1])
        elif isinstance(component, Attention):
            keys = ("attention", "keys", 0)  # all of them in one place: T_x + T_y edges, and not T_x · T_y
            yield x, (*CONTEXT, t)
            yield (*CONTEXT, t), (*WEIGHTS, t)
            yield (*WEIGHTS, t), (*SCORES, t)
            yield from (((*signal, t), keys) for signal in (CONTEXT, SCORES))
            yield from (((*SCORES, t), query) for query in self._operand(scan, "s" + PREVIOUS, t, before))
            if not before:
                yield from ((keys, (*component.keys, k)) for k in self._columns(component.keys[0]) if self._has(k))

    # --- parts without a loop ---
    def _join(self, join: Join) -> Reads:
        for t in self._columns(join.name):
            yield (join.name, "s", t), (*join.first, t)
            yield (join.name, "s", t), (*join.second, self._columns(join.name)[0] if join.at_its_end else t)

    def _convolution(self, part: Convolution) -> Reads:
        first, last = self._ends(part.name)
        for t in self._columns(part.name):
            yield (part.name, "s", t), (part.name, "h", t)
            for k in range(t - part.kernel // 2, t - part.kernel // 2 + part.kernel):
                if first <= k <= last:
                    yield (part.name, "h", t), (*part.source, k)

    def _context(self, part: Context) -> Reads:
        at = self._ends(part.name)[1]
        made = (part.name, "c", at)
        if part.kind != "last":
            yield made, (part.name, "h", at)
            made = (part.name, "h", at)
        if part.kind == "all":
            yield from ((made, (*part.states, k)) for k in self._columns(part.states[0]) if self._has(k))
            return
        for k, signal in enumerate(part.ends):  # a reverse chain ends at column 1
            yield made, (*signal, self._ends(signal[0])[1 - k])
