"""Every alteration that the declared operations of a network allow, one at a time, in one part or in all that are
alike. No cell and no structure is named here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from core.diagnosis.candidates import families
from core.diagnosis.changes import IS_ACTIVATION, Edge
from core.diagnosis.forward.changes import (
    FUNCTIONS,
    ONE,
    REST,
    STUCK,
    ZERO,
    Altered,
    Bias,
    Function,
    Initial,
    Instead,
    Joined,
    Moved,
    Order,
    Term,
    Weights,
)
from core.diagnosis.unrolling import Unrolling
from core.maths.operations import FIXED, Operation
from core.network.declared import PREVIOUS, Declared, X

SCALES = (0.0, 2.0, -1.0)
SUMS = ("linear", "add")
MOST_GATES = 4  # of which every order is tried


def candidates(unrolling: Unrolling) -> list[Altered]:
    """Every alteration of one thing, in no order of importance."""
    found: list[Altered] = []
    for members in families(unrolling.declared):
        found += _Family(unrolling, members).all()
        if len(members) > 1:
            for member in members:
                found += _Family(unrolling, (member,)).all()
    return found


class _Family:
    """Parts that do the same operations."""

    def __init__(self, unrolling: Unrolling, members: tuple[Declared, ...]) -> None:
        first = members[0]
        self.members, self.declared = members, first
        self.graph = tuple(each for each in first.graph if each.kind not in FIXED)
        self.values = unrolling.values[first.name]
        self.parameters = unrolling.parameters[first.name]
        self.fixed = unrolling.fixed[first.name]
        self.carried = tuple(f"{name}{PREVIOUS}" for name in first.recurrent_states)
        reads = first.reads(unrolling.trace.network.widths)
        self.given = [name for name, several in reads.items() if any(each.signal == X for each in several)]

    def places(self, *edges: tuple[str, str]) -> tuple[Edge, ...]:
        """Edges (result, input) in every member."""
        return tuple((member.name, out, source) for member in self.members for out, source in edges)

    def edges_of(self, source: str) -> list[tuple[str, str]]:
        return [(each.out, source) for each in self.graph if source in each.inputs]

    def all(self) -> Iterator[Altered]:
        for operation in self.graph:
            yield from self._terms(operation)
            yield from self._weights(operation)
            yield from self._functions(operation)
            yield from self._inputs(operation)
        yield from self._turned()
        yield from self._all_gates()
        yield from self._carried()
        for name in self.given:
            edges = self.places(*self.edges_of(name))
            if edges:
                yield from (Moved(edges, 2, by=by) for by in (-1, 1, 0))

    # --- one operation ---
    def _terms(self, operation: Operation) -> Iterator[Altered]:
        """A term left out, added twice, with the wrong sign."""
        sources = dict.fromkeys(operation.inputs)
        if operation.kind in SUMS and len(sources) > 1:
            for source in sources:
                for factor in SCALES:
                    yield Term(self.places((operation.out, source)), 1 if not factor else 3, factor=factor)
        if operation.bias is not None:
            edge = self.places((operation.out, operation.inputs[0]))
            for factor in SCALES:
                yield Bias(edge, 1 if not factor else 3, factor=factor)

    def _weights(self, operation: Operation) -> Iterator[Altered]:
        if operation.kind != "linear":
            return
        for source, name in zip(operation.inputs, operation.parameters, strict=True):
            if name in operation.elementwise:
                continue
            edge, shape = self.places((operation.out, source)), self.parameters[name].shape
            if shape[0] == shape[1]:
                yield Weights(edge, 1, matrix="transposed")
                yield Weights(edge, 2, matrix="I")
            for other, array in self.parameters.items():
                if other != name and array.shape == shape:
                    yield Weights(edge, 3, matrix=other)
        if self._can_join(operation):
            edges = self.places(*((operation.out, source) for source in operation.inputs))
            yield from (Joined(edges, 3, first=source) for source in operation.inputs)

    def _can_join(self, operation: Operation) -> bool:
        return operation.kind == "linear" and len(operation.inputs) == 2 and not operation.elementwise

    def _functions(self, operation: Operation) -> Iterator[Altered]:
        """Another activation, none, or one too many; another sign of arithmetic."""
        edge = self.places((operation.out, operation.inputs[0]))
        if operation.kind in IS_ACTIVATION or operation.kind == "softmax":
            for function in FUNCTIONS:
                if function != operation.kind:
                    yield Function(edge, 1 if function == "identity" else 2, function=function)
            if operation.kind in IS_ACTIVATION and operation.kind != "identity":
                yield Function(edge, 3, function=operation.kind, twice=True)
        elif operation.kind in ("complement", "normalise"):
            yield Function(edge, 1, function="identity")
        elif operation.kind in ("add", "multiply"):
            edges = self.places(*((operation.out, source) for source in operation.inputs))
            yield Function(edges, 3, function="multiply" if operation.kind == "add" else "add")

    def _inputs(self, operation: Operation) -> Iterator[Altered]:
        """Another number for one input: of the step, or of the step before."""
        for source in dict.fromkeys(operation.inputs):
            edge = self.places((operation.out, source))
            if operation.kind == "multiply":
                yield Instead(edge, 1, value=ONE)
                if not any(each.out == source and each.kind == "complement" for each in self.graph):
                    yield Instead(edge, 2, value=REST)
            elif operation.kind not in (*SUMS, *IS_ACTIVATION):
                continue
            for name in self._before(operation, source):
                far = operation.kind in IS_ACTIVATION  # of a factor that is what is named: not the gate's h, the gate
                near = name.removesuffix(PREVIOUS) == source.removesuffix(PREVIOUS) or self._joined(name, source)
                yield Instead(edge, (2 if near else 3) + far, value=name)
            if any(each.out == source for each in self.graph):
                yield Instead(edge, 3, value=source, before=True)

    def _before(self, operation: Operation, source: str) -> list[str]:
        """Other numbers, as many as an input's, that are there before an operation."""
        outs = [each.out for each in self.graph]
        later = set(outs[outs.index(operation.out) :])
        shape = self.values[source].shape
        return [
            name
            for name, array in self.values.items()
            if name not in (*operation.inputs, *later) and name not in self.fixed and len(shape) == 3
            and array.ndim == 3 and array.shape[-1] == shape[-1]
        ]  # fmt: skip

    def _joined(self, a: str, b: str) -> bool:
        """Whether an activation makes one of two numbers from the other."""
        return any({a, b} == {each.out, *each.inputs} for each in self.graph if each.kind in IS_ACTIVATION)

    # --- several at once ---
    def _turned(self) -> Iterator[Altered]:
        """A level that shares out, the other way round."""
        for operation in self.graph:
            edges = self.edges_of(operation.out)
            turned = any(each.kind == "complement" and operation.out in each.inputs for each in self.graph)
            if turned and operation.kind in IS_ACTIVATION and len(edges) > 1:
                yield Instead(self.places(*edges), 1, value=REST)

    def _all_gates(self) -> Iterator[Altered]:
        """The same mistake in everything that is made with weights, and in all that one activation makes."""
        linear = [each for each in self.graph if each.kind == "linear"]
        gates = [each for each in linear if any("_" in name for name in each.parameters)]
        letters = [each.parameters[0].rpartition("_")[2] for each in gates]
        if 1 < len(set(letters)) == len(letters) <= MOST_GATES:
            edges = self.places(*((each.out, each.inputs[0]) for each in gates))
            for taken in permutations(letters):
                if list(taken) != letters:
                    moved = sum(a != b for a, b in zip(letters, taken, strict=True))
                    yield Order(edges, 1 if moved == 2 else 2, taken=tuple(zip(letters, taken, strict=True)))
        if len(linear) > 1:
            yield from self._in_all(linear)
        kinds = {each.kind for each in self.graph if each.kind in IS_ACTIVATION and each.kind != "identity"}
        for kind in sorted(kinds):
            edges = [(each.out, each.inputs[0]) for each in self.graph if each.kind == kind]
            if len(edges) > 1:
                for function in FUNCTIONS[:4]:
                    if function != kind:
                        yield Function(self.places(*edges), 2, function=function)

    def _in_all(self, linear: list[Operation]) -> Iterator[Altered]:
        biased = [(each.out, each.inputs[0]) for each in linear if each.bias is not None]
        if len(biased) > 1:
            for factor in SCALES[:2]:
                yield Bias(self.places(*biased), 1, factor=factor)
        for source in dict.fromkeys(name for each in linear for name in each.inputs):
            there = [each for each in linear if source in each.inputs]
            edges = self.places(*((each.out, source) for each in there))
            if len(there) < 2:
                continue
            for factor in SCALES:
                yield Term(edges, 1 if not factor else 3, factor=factor)
            names = [each.parameters[each.inputs.index(source)] for each in there]
            whole = not any(name in each.elementwise for name, each in zip(names, there, strict=True))
            if whole and all(self.parameters[name].shape[0] == self.parameters[name].shape[1] for name in names):
                yield Weights(edges, 1, matrix="transposed")
        if all(self._can_join(each) for each in linear):
            edges = self.places(*((each.out, source) for each in linear for source in each.inputs))
            for source in dict.fromkeys(name for each in linear for name in each.inputs):
                if all(source in each.inputs for each in linear):
                    yield Joined(edges, 1, first=source)

    def _carried(self) -> Iterator[Altered]:
        """What the step before hands on: another number of it, or the initial state."""
        for source in self.carried:
            edges = self.places(*self.edges_of(source))
            if not edges:
                continue
            yield Initial(edges, 1, way=ZERO)
            yield Initial(edges, 1, way=STUCK)
            width = self.values[source].shape[-1]
            for other in self.carried:
                if other != source and len(edges) > len(self.members):
                    yield Instead(edges, 2, value=other)
            for name in (each.out for each in self.graph if f"{each.out}{PREVIOUS}" not in self.carried):
                if self.values[name].ndim == 3 and self.values[name].shape[-1] == width:
                    yield Instead(edges, 2 if self._joined(name, source.removesuffix(PREVIOUS)) else 3,
                                  value=name, before=True)  # fmt: skip
            yield Instead(edges, 3, value=source, before=True)  # two steps before
