"""One step of a cell's interior ready to be drawn: arrays in, strips of colours out; nothing here knows a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor, QImage

from core.chain.edges import PREVIOUS
from core.interior.diagram import INPUT, Interior, Node
from explorer.items.cell.routes import Key
from explorer.style.colours import edge_colours, gradient_colours, image, level_colours, value_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme
from explorer.words import in_language

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Inflow:
    """A gradient that reaches what is passed on from outside the cell: where it comes from in words, vector (n,);
    `origin`: the same for the program;
    `cut`: there is such a way, but nothing comes back on it."""

    name: str
    label: str
    vector: Array
    cut: bool = False
    origin: str = ""


class Carried(NamedTuple):
    """A gradient on an edge: the place 0…1 of its norm over the decades, −1 where it is exactly 0; its colour."""

    place: float
    colour: QColor


@dataclass(frozen=True)
class Progress:
    """What is done within the step: `forward` the nodes that have their value, `passed` the operations that the
    backward pass has gone through, `gradients` the nodes whose gradient is complete; `arrived`: what comes from
    outside is here.

    `live`: the operation at work, in the pass `backward` or not; "" for none.
    """

    forward: frozenset[str]
    passed: frozenset[str] = frozenset()
    gradients: frozenset[str] = frozenset()
    arrived: bool = False
    live: str = ""
    backward: bool = False


def progress(interior: Interior, forward: int, backward: int, begun: bool, live: bool) -> Progress:
    """After `forward` operations in the order of computation and `backward` in the reverse order; `begun`: the backward
    pass has begun. Values from outside are there from the start."""
    order = interior.order
    there = frozenset(order[:forward]) | {node.name for node in interior.nodes if node.outside}
    passed = frozenset(order[len(order) - backward :]) if backward else frozenset()
    complete = (
        {name for name, edges in interior.readers.items() if {edge.out for edge in edges} <= passed}
        if begun
        else frozenset()
    )
    unread = {name for name, edges in interior.readers.items() if not edges} - set(interior.outgoing)
    gradients = frozenset(complete) - (unread - passed)
    if not live:
        return Progress(there, passed, gradients, begun)
    if begun:
        at_work = order[len(order) - backward - 1] if backward < len(order) else ""
    else:
        at_work = order[forward] if forward < len(order) else ""
    return Progress(there, passed, gradients, begun, at_work, begun)


@dataclass(frozen=True, eq=False)
class CellStep:
    """The numbers of one step, each (n,), and the labels of its nodes. `limit`: the scale of values;
    `input_limit`: that of what the cell reads; `high`: the upper decade of gradients."""

    interior: Interior
    theme: Theme
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    addends: Mapping[Key, Array]
    inflows: tuple[Inflow, ...]
    symbols: Mapping[str, str]
    limit: float
    input_limit: float
    high: float = HIGH
    edge_text: Callable[[Key], str] = str  # what goes back along an edge, in symbols
    copied: str = ""  # says so where the step passes its states on unchanged: nothing in it is computed
    ways_in: tuple[str, ...] = ()  # the names of what comes in at any step, for which there has to be room
    _inks: dict[Key | int, tuple[Array, QImage]] = field(default_factory=dict)
    _carried: dict[frozenset[Key] | int, Carried] = field(default_factory=dict)

    @property
    def kept(self) -> frozenset[str]:
        """The nodes that mean something: all, of a copied step the states that come in and go on."""
        if not self.copied:
            return frozenset(self.interior.by_name)
        return frozenset(name + end for name in self.interior.cell.recurrent_states for end in ("", PREVIOUS))

    def title(self, node: Node) -> str:
        """What stands beside a node's symbol."""
        return (
            self.copied if self.copied and node.name in self.interior.cell.recurrent_states else in_language(node.title)
        )

    @property
    def several(self) -> frozenset[str]:
        """The nodes whose gradient has more than one addend."""
        counts = {name: len(edges) for name, edges in self.interior.readers.items()}
        for inflow in self.inflows:
            counts[inflow.name] += 1
        return frozenset(name for name, count in counts.items() if count > 1)

    @cached_property
    def value_strips(self) -> dict[str, QImage]:
        """One pixel a unit; a gate's as levels."""
        return {name: image(self.value_colours[name][None]) for name in self.value_colours}

    @cached_property
    def value_colours(self) -> dict[str, Array]:
        """Packed colours (n,) of every node with a box."""
        found = {}
        for node in self.interior.nodes:
            if node.form == "value":
                found[node.name] = value_colours(self.values[node.name], self._limit(node.name), self.theme)
            elif node.form == "gate":
                found[node.name] = level_colours(self.values[node.name], self.theme)
        return found

    def _limit(self, name: str) -> float:
        return self.input_limit if name == INPUT else self.limit

    @cached_property
    def gradient_colours(self) -> dict[str, Array]:
        """Packed colours (n,) of every node's gradient."""
        return {name: self._ink(vector) for name, vector in self.gradients.items()}

    @cached_property
    def gradient_strips(self) -> dict[str, QImage]:
        return {name: image(colours[None]) for name, colours in self.gradient_colours.items()}

    def addend_ink(self, key: Key) -> tuple[Array, QImage]:
        """The colours of an addend on its edge, and the picture of them."""
        return self._kept(key, self.addends[key])

    def inflow_ink(self, place: int) -> tuple[Array, QImage]:
        """The same of what comes from outside."""
        return self._kept(place, self.inflows[place].vector)

    def _kept(self, key: Key | int, vector: Array) -> tuple[Array, QImage]:
        if key not in self._inks:
            colours = self._ink(vector)
            self._inks[key] = colours, image(colours[None])
        return self._inks[key]

    def _ink(self, vector: Array) -> Array:
        return gradient_colours(vector, LOW, self.high, self.theme)

    def carried(self, keys: Iterable[Key]) -> Carried:
        """What goes back where these edges share a line: the sum of their addends."""
        wanted = frozenset(keys)
        if wanted not in self._carried:
            self._carried[wanted] = self._carry(self.sum_norm(wanted))
        return self._carried[wanted]

    def carried_in(self, place: int) -> Carried:
        """What comes from outside on a way, by its number."""
        if place not in self._carried:
            self._carried[place] = self._carry(norm(self.inflows[place].vector))
        return self._carried[place]

    def _carry(self, size: float) -> Carried:
        colour = QColor.fromRgb(int(edge_colours(size, self.high, self.theme)))
        return Carried(decade(size, self.high), colour)

    def _vector(self, key: Key) -> Array:
        return self.gradients[key[0]] if key[0] == key[1] else self.addends[key]

    def norm(self, name: str) -> float:
        """‖value‖ of a node."""
        return norm(self.values[name])

    def gradient_norm(self, name: str) -> float:
        """‖∂L/∂·‖ of a node."""
        return norm(self.gradients[name])

    def sum_norm(self, keys: Iterable[Key]) -> float:
        """‖·‖ of the sum of what goes back along these edges."""
        return norm(np.sum([self._vector(key) for key in keys], axis=0))

    def addend_norm(self, key: Key) -> float:
        """‖·‖ of what an operation sends back to an input."""
        return norm(self.addends[key])

    @staticmethod
    def inflow_norm(inflow: Inflow) -> float:
        """‖·‖ of what comes from outside."""
        return norm(inflow.vector)


def norm(vector: Array) -> float:
    """‖vector‖ without underflow on the way."""
    largest = float(np.max(np.abs(vector), initial=0.0))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.square(vector / largest).sum()))


def decade(size: float, high: float = HIGH) -> float:
    """A norm on the fixed decades, 0…1; −1 for exactly 0."""
    if size == 0.0:
        return -1.0
    if not np.isfinite(size):
        return 1.0
    return float(np.clip((np.log10(size) - LOW) / (high - LOW), 0.0, 1.0))
