"""The unrolled network as one list of edges: who reads what, by which operation, with which lag.

It is built from what the parts declare (`core.network.declared`), and is the one answer to that question: the chain's
edges, ancestors and descendants, the readers of a signal and what each sends back all come from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.declared import EACH, EVERY, FIRST, PREVIOUS, Declared, Key, Read
from core.network.parts import HEAD, OUTPUT, Network
from core.network.schedule import Schedule

QuantityAt = tuple[str, str, int]  # part, name, column (from 1; 0: every step of it at once)


@dataclass(frozen=True, eq=False)
class Edge:
    """`reader` is computed from what `read` stands for, at every step.

    `operation` makes it from its input `source`; None where the reader is an input that stands for what is read, or
    where it is handed on as it is: `copies`, at the steps that a sample does not have, and only there. An operation
    that makes what is carried has no edges at those steps (unless the cell couples samples).
    """

    declared: Declared
    reader: Key
    read: Read
    source: str
    operation: Operation | None = None
    copies: bool = False

    @property
    def within(self) -> bool:
        """Whether it stays within one step of one part."""
        return self.read.at == EACH and not self.read.lag and self.read.signal == self.declared.key(self.source)

    @property
    def inside(self) -> bool:
        """Whether its reader's steps are done in the loop of another."""
        return self.declared.loop != self.declared.name

    @property
    def recurrent(self) -> bool:
        """Whether it comes from an earlier step of the same loop, so that truncation cuts it."""
        again = self.source.endswith(PREVIOUS) or self.read.signal == OUTPUT
        return bool(self.read.lag) and (again or self.inside)


@memoised
def edges_of(network: Network) -> tuple[Edge, ...]:
    """Every edge of a network, in the order of computation."""
    return tuple(edge for declared in network.declared for edge in _edges(declared, network))


@memoised
def readers_of(network: Network, signal: Key) -> tuple[Edge, ...]:
    """The edges by which a signal is read, in the order of computation."""
    return tuple(edge for edge in edges_of(network) if edge.read.signal == signal)


@memoised
def readers_outside(network: Network, signal: Key) -> tuple[Edge, ...]:
    """The edges by which others than its maker read a signal, in the order in which their addends are written: the
    output, scans with what is done in their loops, other parts, and what reads it a step later.

    What is done in a scan's loop and begins with what the scan begins with sends nothing back apart from the scan.
    """
    maker = maker_of(network, signal)
    others = [edge for edge in readers_of(network, signal) if edge.declared is not maker]
    return tuple(sorted((edge for edge in others if not (edge.inside and edge.read.only)), key=_rank))


def _rank(edge: Edge) -> tuple[bool, bool, bool]:
    return edge.recurrent, edge.declared.name != HEAD, not (edge.declared.gathered or edge.inside)


@memoised
def maker_of(network: Network, signal: Key) -> Declared | None:
    """What makes a signal, or gathers it from what it reads; None for the data's."""
    for declared in network.declared:
        names = (*(operation.out for operation in declared.graph), *declared.gathered)
        if signal in map(declared.key, names):
            return declared
    return None


def _edges(declared: Declared, network: Network) -> Iterator[Edge]:
    reads = declared.reads(network.widths)
    for name in declared.gathered:
        for read in reads[name]:
            yield Edge(declared, declared.key(name), read, name)
    own = {*declared.gathered, *(operation.out for operation in declared.graph)}
    for operation in declared.graph:
        for source in dict.fromkeys(operation.inputs):
            for read in (Read(declared.key(source)),) if source in own else reads.get(source, ()):
                yield Edge(declared, declared.key(operation.out), read, source, operation)
    for name in declared.recurrent_states:
        for read in reads[name + PREVIOUS]:
            yield Edge(declared, declared.key(name), read, name + PREVIOUS, copies=True)


class Columns:
    """The edges between the columns of a picture, for one sample. `present` (T,) bool: the encoder's steps, or the
    layers', that the sample has; None: all."""

    def __init__(self, network: Network, schedule: Schedule, read: int, present: Array | None) -> None:
        self.network, self.lanes, self.steps, self.present = network, schedule.lanes, read, present

    def of(self, part: str) -> range:
        """A part's columns; those of what is read where it has none of its own."""
        lane = self.lanes.get(part)
        return range(1, self.steps + 1) if lane is None else range(lane.first, lane.last + 1)

    def all(self) -> Iterator[tuple[QuantityAt, QuantityAt]]:
        """Every pair (what reads, what is read). What is read at every step at once stands for itself, column 0: that
        makes T_x + T_y edges of T_x · T_y."""
        whole: dict[Key, Read] = {}
        for edge in edges_of(self.network):
            read = edge.read
            for t in self._at(edge):
                if read.at == EVERY:
                    whole[read.signal] = read
                    yield (*edge.reader, t), (*read.signal, 0)
                else:
                    yield from (((*edge.reader, t), (*read.signal, k)) for k in self._columns_read(edge, t))
        for signal, read in whole.items():
            yield from (((*signal, 0), (*signal, k)) for k in self.of(signal[0]) if not read.present or self._has(k))

    def _has(self, t: int) -> bool:
        return self.present is None or bool(self.present[t - 1])

    def _at(self, edge: Edge) -> Iterator[int]:
        """The columns of the reader at which there is such an edge."""
        declared, columns = edge.declared, self.of(edge.reader[0])
        if edge.read.only:
            columns = (columns[::-1] if declared.reverse else columns)[edge.read.only - 1 : edge.read.only]
        makes_carried = edge.reader[1] in declared.recurrent_states and not declared.couples_samples
        for t in columns:
            absent = bool(declared.recurrent_states) and not declared.decodes and not self._has(t)
            if edge.copies == absent or not (edge.copies or makes_carried):
                yield t

    def _columns_read(self, edge: Edge, t: int) -> Iterator[int]:
        read = edge.read
        columns = self.of(read.signal[0])
        if read.at != EACH:
            yield columns[0] if read.at == FIRST else columns[-1]
            return
        k = t - read.lag
        if k in columns and (k in self.of(edge.reader[0])) and (not read.present or self._has(k)):
            yield k
