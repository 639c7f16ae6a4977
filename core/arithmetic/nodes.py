"""Which node is which: the `Member` of a part that no cell makes, and every such node of a trace."""

from __future__ import annotations

from collections.abc import Iterator

from core.arithmetic.context import AttendedNode, AttentionNode, ContextNode
from core.arithmetic.loss import OutputNode
from core.arithmetic.part_nodes import ConvolutionNode, GivenNode, JoinNode, Member
from core.chain.rows import OUTPUT, row_named
from core.chain.symbols import part_named
from core.network.attention import CONTEXT, WEIGHTS
from core.network.head import Head
from core.network.joins import Context, Convolution, Join
from core.network.parts import X
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.trace import Trace

_KINDS: dict[type, type[Member]] = {
    Join: JoinNode, Convolution: ConvolutionNode, Context: ContextNode, Head: OutputNode,
}  # fmt: skip


def kind_of(trace: Trace, part: str) -> type[Member] | None:
    """The class of a part's nodes; None for those that a cell computes."""
    found = part_named(trace, part)
    if found is not None:
        return _KINDS.get(type(found))
    if part == WEIGHTS[0] and WEIGHTS in trace.values:
        return AttentionNode
    return AttendedNode if part == CONTEXT[0] and CONTEXT in trace.values else None


def member_of(
    trace: Trace, part: str, t: int, sample: int = 0, used: bool = True, notation: Notation = ROW
) -> Member | None:
    """A part's node at its own step t (from 1); None where a cell computes it (see
    `core.arithmetic.cell_node.Step`)."""
    kind = kind_of(trace, part)
    return None if kind is None else kind(trace, part, t, sample, used, notation)


def node_of(
    trace: Trace, row: str, column: int, sample: int = 0, used: bool = True, notation: Notation = ROW
) -> Member | None:
    """The node of a row of the chain at a column (from 1); None where it is a cell's, which a `Step` describes, and
    where there is no node."""
    found = row_named(trace, row)
    piece = found.piece(column)
    if piece is None or found.row:
        return None
    at = (column - piece.offset, sample, used, notation)
    if piece.signals[0] == X:
        return GivenNode(trace, piece.part, *at)
    if row == OUTPUT and trace.head.source == (trace.scan.name, "s"):
        return None
    return member_of(trace, piece.part, *at)


def parts_without_cells(trace: Trace) -> Iterator[tuple[str, int]]:
    """Every such part with its number of steps, in the order of computation; attention before what is made of it."""
    names = [part.name for part in trace.network.members]
    for name in dict.fromkeys((WEIGHTS[0], CONTEXT[0], *names)):
        kind = kind_of(trace, name)
        if kind is not None:
            node = kind(trace, name, 1)
            yield name, len(trace.values[node.signal(node.names[0])])
