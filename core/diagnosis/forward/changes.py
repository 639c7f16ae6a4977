"""What a forward pass may do otherwise at one operation, or at several that are alike: a term left out, another
activation, another number for an input, other weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.diagnosis.changes import Edge
from core.diagnosis.forward.passes import Alteration, Now, Site
from core.maths.arrays import Array
from core.maths.operations import Operation, compute
from core.network.declared import PREVIOUS

ONE, REST = "1", "1 −"  # no factor at all, its complement
FUNCTIONS = ("tanh", "sigmoid", "relu", "identity", "softmax")
ZERO, STUCK = "zero", "stuck"


@dataclass(frozen=True, eq=False)
class Altered(Alteration):
    """One of them. `places`: the edges that it is at; `rank`: how common a mistake it is, from 0."""

    kind: ClassVar[str] = ""
    mistakes: ClassVar[int] = 1
    places: tuple[Edge, ...]
    rank: int = 3

    @property
    def sites(self) -> frozenset[Site]:  # type: ignore[override]
        return frozenset((part, out) for part, out, _ in self.places)

    def at(self, now: Now, operation: Operation) -> set[str]:
        """The inputs of an operation that are concerned."""
        part = now.step.declared.name
        return {source for owner, out, source in self.places if (owner, out) == (part, operation.out)}


@dataclass(frozen=True, eq=False)
class Term(Altered):
    """A term of a sum times a number: 0 left out, 2 added twice, −1 with the wrong sign."""

    kind = "term"
    factor: float = 0.0

    def compute(self, operation: Operation, now: Now) -> Array:
        there = self.at(now, operation)
        values = _named(operation, now)
        values |= {name: self.factor * values[name] for name in there}
        return compute(operation, values, now.parameters)


@dataclass(frozen=True, eq=False)
class Bias(Altered):
    """A bias times a number."""

    kind = "bias"
    factor: float = 0.0

    def compute(self, operation: Operation, now: Now) -> Array:
        own = now.parameters[operation.bias or ""]
        return compute(replace(operation, bias=None), now.values, now.parameters) + self.factor * own


@dataclass(frozen=True, eq=False)
class Weights(Altered):
    """Another matrix: `matrix` is "transposed", "I" for none, or another parameter's name."""

    kind = "weights"
    matrix: str = "transposed"

    def compute(self, operation: Operation, now: Now) -> Array:
        there, parameters = self.at(now, operation), dict(now.parameters)
        names = []
        for source, name in zip(operation.inputs, operation.parameters, strict=True):
            own = parameters[name]
            if source in there:
                other = {"transposed": own.T, "I": np.eye(len(own))}.get(self.matrix)
                parameters[f"other {name}"] = now.parameters[self.matrix] if other is None else other
                name = f"other {name}"
            names.append(name)
        return compute(replace(operation, parameters=tuple(names)), now.values, parameters)


@dataclass(frozen=True, eq=False)
class Order(Altered):
    """The blocks of the weights in another order: each gate is made with those of another. `taken`: for the letter of
    each gate whose weights it takes."""

    kind = "order"
    taken: tuple[tuple[str, str], ...] = ()

    def compute(self, operation: Operation, now: Now) -> Array:
        def other(name: str) -> str:
            stem, dash, letter = name.rpartition("_")
            return f"{stem}_{dict(self.taken)[letter]}" if dash and letter in dict(self.taken) else name

        parameters = {name: now.parameters.get(other(name), now.parameters[name]) for name in now.parameters}
        return compute(operation, now.values, parameters)


@dataclass(frozen=True, eq=False)
class Joined(Altered):
    """Of one matrix that reads both x and the state, the inputs are put together in the other order. `first`: whose
    part of the matrix comes first."""

    kind = "joined"
    first: str = ""

    def compute(self, operation: Operation, now: Now) -> Array:
        pairs = list(zip(operation.inputs, operation.parameters, strict=True))
        pairs.sort(key=lambda pair: pair[0] != self.first)
        matrix = np.concatenate([now.parameters[name] for _, name in pairs])
        values = np.concatenate([now.values[source] for source, _ in reversed(pairs)], axis=-1)
        found = values @ matrix
        return found + now.parameters[operation.bias] if operation.bias else found


@dataclass(frozen=True, eq=False)
class Function(Altered):
    """Another function of the same argument: `function` of FUNCTIONS, or another kind of operation on the same inputs;
    `twice`: the right one, applied twice."""

    kind = "function"
    function: str = "identity"
    twice: bool = False

    def compute(self, operation: Operation, now: Now) -> Array:
        if self.twice:
            once = compute(operation, now.values, now.parameters)
            return compute(operation, {**_named(operation, now), operation.inputs[0]: once}, now.parameters)
        inputs = operation.inputs[:1] if self.function in FUNCTIONS else operation.inputs
        return compute(replace(operation, kind=self.function, inputs=inputs), now.values, now.parameters)


def _named(operation: Operation, now: Now) -> dict[str, Array]:
    return {name: now.values[name] for name in operation.inputs}


@dataclass(frozen=True, eq=False)
class Instead(Altered):
    """Another number for an input: `value` a name of the step, ONE or REST; `before`: that of the step before."""

    kind = "instead"
    value: str = ONE
    before: bool = False

    def compute(self, operation: Operation, now: Now) -> Array:
        values = _named(operation, now)
        for name in self.at(now, operation):
            values[name] = self._other(name, now)
        return compute(operation, values, now.parameters)

    def _other(self, name: str, now: Now) -> Array:
        own = now.values[name]
        if self.value == ONE:
            return np.ones_like(own)
        if self.value == REST:
            return 1.0 - own
        if not self.before:
            return now.values[self.value]
        if now.first:  # nothing has been handed on yet
            return own if name.endswith(PREVIOUS) else np.zeros_like(own)
        return now.before[self.value]


@dataclass(frozen=True, eq=False)
class Initial(Altered):
    """Of what the step before hands on: the initial state is taken as 0 (ZERO), or at every step (STUCK)."""

    kind = "initial"
    way: str = ZERO

    def compute(self, operation: Operation, now: Now) -> Array:
        values = _named(operation, now)
        for name in self.at(now, operation):
            if now.first and self.way == ZERO:
                values[name] = np.zeros_like(values[name])
            elif not now.first and self.way == STUCK:
                values[name] = now.start[name]
        return compute(operation, values, now.parameters)


@dataclass(frozen=True, eq=False)
class Moved(Altered):
    """x of another step: `by` −1 the one before, 1 the one after, 0 in reversed time."""

    kind = "moved"
    by: int = 0

    def compute(self, operation: Operation, now: Now) -> Array:
        values = _named(operation, now)
        step, size = now.step, now.unrolling.sizes[now.step.declared.name]
        t = now.unrolling.before(step.declared, step.t, -self.by) if self.by else size - 1 - step.t
        for name in self.at(now, operation):
            values[name] = now.unrolling.at(step.declared, name, t)
        return compute(operation, values, now.parameters)
