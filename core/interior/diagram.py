"""The inside of a cell: its declared operations as nodes with places, and the edges between them.

Places are (column, lane): lanes count downwards from 1, columns to the right from 1. What comes in from the step before
stands in column 0, the input x below everything, and what is passed on stands last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from core.cells.base import Cell
from core.chain.edges import PREVIOUS
from core.maths.activations import ACTIVATIONS
from core.maths.operations import Operation
from core.notation.base import Notation
from core.notation.books.row import ROW

INPUT, FED = "x", "a" + PREVIOUS
SIGNS = {"multiply": "⊙", "add": "+", "complement": "1 −"}
FUNCTIONS = {each.name: each.sign for each in ACTIVATIONS} | {"normalise": "norm"}  # as they stand beside an edge


@dataclass(frozen=True)
class Node:
    """A quantity within a step. `operation` makes it (None: it comes in from outside).

    `form`: "value", "gate" (a level 0…1) or "sign": an operation whose result is not kept, drawn as its sign alone.
    `at`: the place of its box, or of its sign; `sign_at`: the place of the sign where that stands apart from the box.
    """

    name: str
    title: str
    form: str
    at: tuple[float, float]
    operation: Operation | None = None
    recorded: bool = True
    sign_at: tuple[float, float] | None = None

    @property
    def outside(self) -> bool:
        """Whether it comes in from outside the cell."""
        return self.operation is None

    @property
    def held(self) -> float | None:
        """The value of a frozen gate or another constant; None for what is computed."""
        constant = self.operation is not None and self.operation.kind == "constant"
        return self.operation.value if constant and self.operation is not None else None


@dataclass(frozen=True)
class Edge:
    """Operation `out` reads `source`."""

    out: str
    source: str


@dataclass(frozen=True)
class Interior:
    """The diagram of one cell. `order`: the operations' names in the order of computation; the backward pass reverses
    it.

    `outgoing`: what leaves the cell: the state, and what else is carried.
    """

    cell: Cell
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    order: tuple[str, ...]
    outgoing: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """The nodes by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def readers(self) -> dict[str, tuple[Edge, ...]]:
        """The edges that leave each node."""
        return {node.name: tuple(each for each in self.edges if each.source == node.name) for node in self.nodes}

    def direct(self, edge: Edge) -> bool:
        """Whether an input's only edge goes straight to its reader, beside it or above it."""
        source, reader = self.by_name[edge.source], self.by_name[edge.out]
        alone = source.outside and len(self.readers[edge.source]) == 1
        return alone and (source.at[1] == reader.at[1] or source.at[0] == reader.at[0])

    def buses(self) -> tuple[str, ...]:
        """The inputs that reach several products, or reach theirs round a corner: each has a line below the cell."""
        found = dict.fromkeys(edge.source for edge in self.edges if self.on_bus(edge))
        return tuple(sorted(found, key=lambda name: (name == INPUT, name == FED, name)))

    def on_bus(self, edge: Edge) -> bool:
        """Whether an edge goes by the line of its input."""
        products = self.by_name[edge.out].operation
        linear = products is not None and products.kind == "linear"
        return linear and self.by_name[edge.source].outside and not self.direct(edge)

    @property
    def lanes(self) -> float:
        """The last lane."""
        return max(place[1] for node in self.nodes for place in (node.at, node.sign_at or node.at))

    @property
    def columns(self) -> float:
        """The last column."""
        return max(node.at[0] for node in self.nodes)


def interior(cell: Cell, notation: Notation = ROW) -> Interior:
    """The diagram of a cell: every operation of its graph, as the book has it, every edge once, and what comes in."""
    operations = notation.graph(cell)
    records = {record.name: record for record in cell.records}
    nodes = [_made(operation, records) for operation in operations]
    edges = _edges(operations)
    nodes += _incoming(cell, operations, nodes)
    outgoing = tuple(dict.fromkeys((*(name for name in cell.recurrent_states if name != "s"), "s")))
    return Interior(cell, tuple(nodes), edges, tuple(operation.out for operation in operations), outgoing)


def _made(operation: Operation, records: dict) -> Node:
    record = records.get(operation.out)
    sign = operation.kind in SIGNS
    level = record is not None and record.kind == "gate"
    form = "sign" if sign and record is None else "gate" if level else "value"
    title = record.title if record else ""
    apart = operation.at if sign and record is not None else None
    return Node(operation.out, title, form, operation.shown or operation.at, operation, record is not None, apart)


def _edges(operations: Iterable[Operation]) -> tuple[Edge, ...]:
    return tuple(Edge(each.out, source) for each in operations for source in dict.fromkeys(each.inputs))


def _incoming(cell: Cell, operations: tuple[Operation, ...], made: list[Node]) -> list[Node]:
    """What comes in, placed: beside its reader where it has one only, on the lane of what it flows through; otherwise
    below the cell."""
    readers: dict[str, list[Operation]] = {}
    for operation in operations:
        for name in dict.fromkeys(operation.inputs):
            readers.setdefault(name, []).append(operation)
    known = {node.name for node in made}
    left = sorted((name for name in readers if name not in known and name != INPUT), key=lambda name: name == FED)
    bottom = max(place[1] for node in made for place in (node.at, node.sign_at or node.at))
    taken: set[float] = set()
    found = []
    for name in left:
        flows = [each.at[1] for each in readers[name] if each.kind not in ("linear", "constant")]
        lone = [readers[name][0].at[1]] if len(readers[name]) == 1 and readers[name][0].at[0] == 1 else []
        free = [lane for lane in (*sorted(flows), *lone, bottom + 1, bottom + 2) if lane not in taken]
        taken.add(free[0])
        title = "output of the step before" if name == FED else ""
        found.append(Node(name, title, "value", (0.0, free[0])))
    if INPUT in readers:
        columns = [each.at[0] for each in readers[INPUT]]
        bent = [node for node in found if _turns(node, readers[node.name])]  # its line runs between the two
        low = bottom + 1 if len(columns) == 1 and not bent else bottom + 2
        place = (columns[0] if len(columns) == 1 else (min(columns) + max(columns)) / 2, low)
        found.append(Node(INPUT, "input", "value", place))
    return found


def _turns(node: Node, readers: list[Operation]) -> bool:
    """Whether an input reaches a product round a corner."""
    products = [each for each in readers if each.kind == "linear"]
    return bool(products) and (len(readers) > 1 or readers[0].at[1] != node.at[1])
