"""Ancestors and descendants: which nodes of the unrolled network a node is computed from, and which from it.

Read off the parts of the network and the graph of each cell, without a single number: a factor that happens to be 0 (a
clock at rest, a gate frozen at 0) is an operand all the same. A truncated backward pass changes nothing here, since
what is cut are gradients; teacher forcing does, since the target is read in the output's place.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.chain.rows import FED_ROW, INPUT_ROW, key_of, rows
from core.network.parts import Key, X
from core.trace import Trace
from core.unrolled import Columns, QuantityAt

Node = tuple[str, int]  # the name of a row of the chain, column (from 1)


class Lineage:
    """What reads what in one run, collected once for all queries: some 30 ms for an LSTM over 1,000 steps."""

    def __init__(self, trace: Trace, sample: int = 0) -> None:
        self.trace, self.sample = trace, sample
        self._row_of = dict(_rows_of_signals(trace))
        self._reads: dict[QuantityAt, list[QuantityAt]] = {}
        self._read_by: dict[QuantityAt, list[QuantityAt]] = {}
        present = trace.data.present
        own = None if present is None else present[:, sample]
        for reader, read in Columns(trace.network, trace.schedule, len(trace.data.x), own).all():
            self._reads.setdefault(reader, []).append(read)
            self._read_by.setdefault(read, []).append(reader)

    def of(self, row: str, t: int, record: str = "") -> tuple[frozenset[Node], frozenset[Node]]:
        """See `lineage`."""
        start = self._start(row, t, record)
        return self._reached(self._reads, start, (row, t)), self._reached(self._read_by, start, (row, t))

    def _start(self, row: str, t: int, record: str) -> list[QuantityAt]:
        found = next((each for each in rows(self.trace) if each.name == row), None)
        piece = found.piece(t) if found is not None else None
        if piece is None:
            return []
        names = {signal for signal, name in self._row_of.items() if name == row}
        names = {signal for signal in names if signal[0] == piece.part} or names
        chosen = {signal for signal in names if signal[1] == record}
        return [(*signal, t) for signal in chosen or names]

    def _reached(
        self, following: dict[QuantityAt, list[QuantityAt]], start: list[QuantityAt], itself: Node
    ) -> frozenset[Node]:
        seen, waiting = set(start), list(start)
        while waiting:
            for each in following.get(waiting.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        row_of = self._row_of
        nodes = {(row_of[part, name], t) for part, name, t in seen if t and (part, name) in row_of}
        return frozenset(nodes - {itself})


def _rows_of_signals(trace: Trace) -> Iterator[tuple[Key, str]]:
    """Each signal with the row of the chain whose node stands for it; every operation of a cell among them."""
    first = trace.scans[0]
    yield ((first.name, "x") if first.source.stepwise else X), INPUT_ROW
    decoder = next((scan for scan in trace.scans if scan.decodes), None)
    if decoder is not None:
        yield (decoder.name, "x"), FED_ROW
    for declared in trace.network.declared:
        for row in declared.rows:
            yield from ((declared.key(member), row.name + key_of(trace, declared)) for member in row.members)
