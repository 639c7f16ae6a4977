"""A node: one step of one part, as the inspector, the screen reader, the hunt and the worksheet ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from core.arithmetic.attention.nodes import AttendedNode, AttentionNode
from core.arithmetic.cell_node import CellNode
from core.arithmetic.lines import Column, EdgeAddend, Equation, Sum
from core.arithmetic.loss import OutputNode
from core.arithmetic.parts.nodes import GivenNode, PartNode, declared_by
from core.arithmetic.plan import plan_of
from core.chain.rows import OUTPUT_ROW, row_named
from core.maths.arrays import Array
from core.network.attention import CONTEXT, WEIGHTS, attention_of
from core.network.parts import X
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.trace import Trace


class Node(Protocol):
    """Step t (from 1, in the part's own data time) of one sample of a part. Quantities go by the names of their records
    ("h", "s", "z"); symbols, equations and numbers are those of a notation. `used`: the gradients that are used,
    truncated where the experiment says so; otherwise the exact ones."""

    @property
    def trace(self) -> Trace: ...
    @property
    def part(self) -> str: ...
    @property
    def t(self) -> int: ...
    @property
    def sample(self) -> int: ...
    @property
    def used(self) -> bool: ...
    @property
    def notation(self) -> Notation: ...
    @property
    def way(self) -> int:
        """Where the next step lies in data time: 1; of a reverse chain −1."""
        ...

    @property
    def steps(self) -> int:
        """How many steps the part has."""
        ...

    @property
    def column(self) -> int:
        """The column of the picture that the step is in."""
        ...

    @property
    def made_by(self) -> str:
        """The cell in words; "" for other parts."""
        ...

    @property
    def rows(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Every row of the chain that the part fills, with its records."""
        ...

    def row_of(self, name: str) -> str:
        """The row whose node stands for a quantity."""
        ...

    def quantities(self, row: str) -> tuple[str, ...]:
        """The records of a row's node, and what it computes besides them."""
        ...

    def together(self, name: str) -> tuple[str, ...]:
        """The quantities that are explained with this one, in the order of computation: ("h", "s")."""
        ...

    def fixed(self, name: str) -> bool:
        """Whether it is given and no function of anything: a clock, a frozen gate."""
        ...

    def frozen(self, name: str) -> float | None:
        """The value at which a gate is held; None for what is learned."""
        ...

    # --- in words ---
    def symbol(self, name: str) -> str:
        """A quantity's symbol at this step: h₅."""
        ...

    def gradient_symbol(self, name: str) -> str:
        """The symbol of its gradient at this step: ∂L/∂h₅, δ₅."""
        ...

    def letter(self, name: str, gradient: bool = False) -> str:
        """The same two without the step."""
        ...

    def title(self, name: str) -> str:
        """A quantity in words."""
        ...

    def kind(self, name: str) -> str:
        """ "gate" for a level 0…1, otherwise "value"."""
        ...

    # --- numbers ---
    def value(self, name: str) -> Array:
        """The recorded value, (n,)."""
        ...

    def gradient(self, name: str) -> Array | None:
        """∂L/∂name, (n,); None for what has no recorded gradient."""
        ...

    def columns(self, name: str) -> tuple[Column, ...]:
        """The table of a quantity: values, then gradients, the last first."""
        ...

    def forward(self, name: str, unit: int) -> Sum:
        """The value of one unit (from 0) as what it is computed from."""
        ...

    def backward(self, name: str, unit: int) -> Sum | None:
        """The gradient of one unit as the sum of what its readers send back; None for what has no recorded gradient."""
        ...

    def underflow(self, gradients: bool) -> Array:
        """The steps at which values (or gradients) below 10⁻²⁸⁰ became 0, (steps,) bool."""
        ...

    # --- equations ---
    def equations(self, name: str) -> tuple[Equation, ...]:
        """Those of a quantity and of what is explained with it, forward and then backward."""
        ...

    def every_equation(self) -> tuple[Equation, ...]:
        """All that the part's other nodes may need, to be typeset in advance; their text has no step put in."""
        ...

    def loss_text(self) -> str:
        """ℓ_t as an equation; "" for what is no output."""
        ...

    def shapes(self, name: str) -> str:
        """The shapes of what its equation multiplies, as text; "" where nothing is said of them."""
        ...

    def edge(self, source: str, row: str, recurrent: bool, unit: int) -> tuple[EdgeAddend, ...] | None:
        """What goes back along the edge that comes to this step's node of `row` from row `source`, of the step before
        where `recurrent`; empty where there is no such edge, None where edges are explained with the node."""
        ...


def node_of(
    trace: Trace, part: str, t: int, sample: int = 0, used: bool = True, notation: Notation = ROW
) -> Node | None:
    """A part's node at its own step t (from 1); None for what is no part of the network."""
    declared = declared_by(trace, part)
    if declared is None:
        return None
    if declared.gathered:
        return CellNode(trace, t, sample, used, plan_of(trace, part, notation))
    kind = PartNode
    if declared is trace.head:
        kind = OutputNode
    elif declared is attention_of(trace.network):
        kind = AttentionNode if part == WEIGHTS[0] else AttendedNode
    return kind(trace, part, t, sample, used, notation)


def node_at(
    trace: Trace, row: str, column: int, sample: int = 0, used: bool = True, notation: Notation = ROW
) -> Node | None:
    """The node of a row of the chain at a column (from 1); None where there is none. Raises StopIteration for an
    unknown row."""
    piece = row_named(trace, row).piece(column)
    if piece is None:
        return None
    at = (column - piece.offset, sample, used, notation)
    if piece.signals[0] == X:
        return GivenNode(trace, piece.part, *at)
    if row == OUTPUT_ROW and trace.head.source == (trace.scan.name, "s"):
        return node_of(trace, trace.scan.name, *at)  # the layer on view is explained with its output
    return node_of(trace, piece.part, *at)


def parts_without_cells(trace: Trace) -> Iterator[tuple[str, int]]:
    """Every such part with its number of steps, in the order of computation; attention before what is made of it."""
    for part in dict.fromkeys((WEIGHTS[0], CONTEXT[0], *(member.name for member in trace.network.members))):
        declared = declared_by(trace, part)
        if declared is not None and not declared.gathered:
            yield part, trace.schedule.lanes[part].last - trace.schedule.offset(part)
