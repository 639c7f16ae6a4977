"""What a part of a network says of itself, as a cell does: its quantities, the operations of a step, and what it reads.

Forward and backward passes are hand-written and do not use it; a test holds the two together. `core.unrolled` makes one
list of edges of all declarations, and whatever asks who reads what asks that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from core.cells.base import Factor, Record, Row
from core.maths.arrays import Array
from core.maths.operations import Operation

Key = tuple[str, str]
EACH, FIRST, LAST, EVERY = "each", "first", "last", "every"
PREVIOUS = "_prev"
BY_CONTEXT = "by way of the context"
X: Key = ("data", "x")
TARGETS: Key = ("data", "y")


class Recorded(Protocol):
    """A forward pass, of which its records are asked."""

    signals: dict[Key, Array]


@dataclass(frozen=True)
class Read:
    """What an input of a declared step stands for: a signal, at a step that `at` chooses.

    EACH: step t − `lag` of data time, nothing (0) where there is no such step. FIRST and LAST: the signal's first or
    last step, whatever t is. EVERY: all its steps. `columns` (first, end): the columns of the input that it fills,
    where several reads stand side by side. `only`: the reader's one step, counted from 1 in the order of processing, at
    which it is read; 0: at every one. `present`: of a sample's own steps alone.
    """

    signal: Key
    lag: int = 0
    at: str = EACH
    columns: tuple[int, int] | None = None
    only: int = 0
    present: bool = False

    @property
    def share(self) -> slice:
        """The columns of the input, as an index of its last axis."""
        return slice(*self.columns) if self.columns is not None else slice(None)


class Declared:
    """Base of what declares a step: a scan (its cell's), a part without a loop, attention.

    `quantities` are recorded, each with its gradient; `graph` makes them, in the order of computation, from its inputs;
    `rows` are the chain's, from below to above; `factors` are the products in which its parameters take part. An input
    whose name is in `gathered` is recorded as well. Symbols of quantities have `@` where the step stands and `#` for
    the letter that a notation has for a state, and belong to the layer `layer` ("" for none). `in_words`: how a cell's
    equation says what goes back to one of its inputs, where that is too long to be written out.
    """

    name: str
    quantities: tuple[Record, ...] = ()
    graph: tuple[Operation, ...] = ()
    factors: tuple[Factor, ...] = ()
    rows: tuple[Row, ...] = ()
    gathered: tuple[str, ...] = ()
    recurrent_states: tuple[str, ...] = ()  # what a step hands to the next
    in_words: Mapping[str, str] = MappingProxyType({})
    heading: str = ""  # over its exercises, where that is not the title of its first quantity
    reverse: bool = False  # it runs from the last step to the first
    decodes: bool = False  # its time is that of what is written
    couples_samples: bool = False
    layer: str = ""
    title: str = ""  # in a heading; its name where empty

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        """What each input of the graph stands for; several reads fill an input side by side, or at different steps."""
        return {}

    def once(self, reads: Mapping[str, tuple[Read, ...]]) -> bool:
        """Whether it has one step alone: it reads ends of sequences, or all their steps, and nothing step by step."""
        return all(read.at != EACH for several in reads.values() for read in several)

    def width_of(self, name: str, widths: Mapping[Key, int], read: int) -> int:
        """How many numbers one of its quantities has at a step, where `read` steps are read; all alike, unless it says
        otherwise."""
        return next(widths[key] for key in map(self.key, self.made) if key in widths)

    @property
    def made(self) -> tuple[str, ...]:
        """Its quantities, last first."""
        return tuple(each.name for each in reversed(self.quantities))

    def given(self, run: Recorded) -> dict[str, Array]:
        """Inputs in data time that are recorded, or that no read describes: a clock, how much each step counts."""
        return {}

    def own_parameters(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Its parameters by the names that its operations use."""
        found: dict[str, Array] = {}
        for name, array in parameters.items():
            part, _, own = name.partition(".")
            found.update(self.named(own, array) if part == self.name else {})
        return found

    def named(self, parameter: str, array: Array) -> dict[str, Array]:
        """Views of one of its arrays by the names that its operations use."""
        return {parameter: array}

    def masked(self, own: dict[str, Array]) -> dict[str, tuple[Array, Array | None]]:
        """Each of its parameters with the mask (1 and 0, its shape) of what may differ from 0; None: all of it."""
        return {name: (array, None) for name, array in own.items()}

    @property
    def clocks(self) -> tuple[str, ...]:
        """What is given from outside, step by step."""
        return tuple(each.out for each in self.graph if each.kind == "clock")

    @property
    def loop(self) -> str:
        """The scan in whose loop its steps are done; its own name where it has one, or none."""
        return self.name

    def key(self, name: str) -> Key:
        """Where one of its quantities is recorded."""
        return self.name, name


def width_of(reads: Iterable[Read], widths: Mapping[Key, int]) -> int:
    """How wide an input is that stands for these reads."""
    return max(read.columns[1] if read.columns else widths[read.signal] for read in reads)
