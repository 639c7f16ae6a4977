"""Every change that the declared operations of a network allow: one edge, one factor, one argument at a time, in one
part or in all that are alike. No cell and no structure is named here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from core.diagnosis import changes
from core.diagnosis.backward import Change
from core.diagnosis.changes import (
    AGAIN,
    INPUT,
    IS_ACTIVATION,
    ONLY_NEXT,
    OWN,
    WITHOUT_NEXT,
    Arrival,
    Both,
    Bypass,
    Clipped,
    Edge,
    Factor,
    Matrix,
    Named,
    Overwritten,
    Scaled,
    Slope,
    Weighed,
)
from core.diagnosis.starts import STARTS, Start
from core.diagnosis.unrolling import Unrolling
from core.maths.operations import FIXED, Operation
from core.network.declared import PREVIOUS, Declared

COMMON = 2  # the rank up to which mistakes are tried in pairs
SCALES = (0.0, 2.0, -1.0)
LIMITS = (0.01, 0.1, 0.5, 1.0, 5.0, 10.0)


def candidates(unrolling: Unrolling) -> list[Change]:
    """Every change of one thing, in no order of importance."""
    found: list[Change] = [Start(way) for way in STARTS]
    for members in families(unrolling.declared):
        found += _of_family(unrolling, members, whole=True)
        if len(members) > 1:
            for member in members:
                found += _of_family(unrolling, (member,), whole=False)
    return found


def pairs(changes: Iterable[Change], most: int) -> list[Change]:
    """Two of the commonest mistakes at once, at different edges, each in all parts that are alike; the likeliest first,
    at most so many."""
    common = [each for each in changes if isinstance(each, Named) and each.rank <= COMMON and each.sites]
    parts: dict[tuple, int] = {}
    for each in common:
        parts[_alike(each)] = max(parts.get(_alike(each), 0), len({part for part, _, _ in each.places}))
    common = [each for each in common if len({part for part, _, _ in each.places}) == parts[_alike(each)]]
    found = []
    for first, second in combinations(common, 2):
        if not set(first.places) & set(second.places):
            places = (*first.places, *second.places)
            found.append(Both(places, first.rank + second.rank, first=first, second=second))
    found.sort(key=lambda each: (each.rank, -len(each.places)))
    return found[:most]


def _alike(change: Named) -> tuple:
    """What is the same of a change in one part and in several."""
    return type(change), frozenset((out, source) for _, out, source in change.places)


def families(declared: Iterable[Declared]) -> list[tuple[Declared, ...]]:
    """Parts that do the same operations, so that one function in a learner's code serves all of them."""
    groups: list[list[Declared]] = []
    for each in declared:
        for group in groups:
            if group[0].graph == each.graph:
                group.append(each)
                break
        else:
            groups.append([each])
    return [tuple(group) for group in groups]


class _Family:
    """What is known of parts that do the same operations."""

    def __init__(self, unrolling: Unrolling, members: tuple[Declared, ...]) -> None:
        self.unrolling, self.members = unrolling, members
        first = members[0]
        self.graph = tuple(each for each in first.graph if each.kind not in FIXED)
        self.fixed = unrolling.fixed[first.name]
        self.values = unrolling.values[first.name]
        self.parameters = unrolling.parameters[first.name]
        self.carried = tuple(first.recurrent_states)
        self.readers: dict[str, list[Operation]] = {}
        for operation in self.graph:
            for source in dict.fromkeys(operation.inputs):
                if source not in self.fixed:
                    self.readers.setdefault(source, []).append(operation)

    def places(self, *edges: tuple[str, str]) -> tuple[Edge, ...]:
        """Edges (result, input) in every member."""
        return tuple((member.name, out, source) for member in self.members for out, source in edges)

    def like(self, name: str) -> list[str]:
        """Other numbers of the step that are as many as these."""
        shape = self.values[name].shape
        if len(shape) != 3:
            return []
        return [
            each
            for each, array in self.values.items()
            if each != name and array.ndim == 3 and array.shape[-1] == shape[-1] and each not in self.fixed
        ]

    def later(self, name: str) -> list[str]:
        """What is computed later in the step, as many numbers: its gradient is there when ∂L/∂name is used."""
        outs = [each.out for each in self.graph]
        alike = set(self.like(name))
        return [each for each in outs[outs.index(name) + 1 :] if each in alike]


def _of_family(unrolling: Unrolling, members: tuple[Declared, ...], whole: bool) -> Iterator[Named]:
    family = _Family(unrolling, members)
    yield from _addends(family)
    for operation in family.graph:
        match operation.kind:
            case "linear":
                yield from _matrices(family, operation)
            case "multiply":
                yield from _factors(family, operation, whole)
            case "softmax":
                edge = family.places((operation.out, operation.inputs[0]))
                yield Weighed(edge, 3, way="elementwise")
                yield Weighed(edge, 3, way="identity")
            case "normalise":
                edge = family.places((operation.out, operation.inputs[0]))
                yield Weighed(edge, 3, way="constant statistics")
                yield Weighed(edge, 4, way="identity")
            case kind if kind in IS_ACTIVATION and kind != "identity":
                yield from _slopes(family, operation, whole)
        if whole:
            yield from _arrivals(family, operation)
    yield from _several_slopes(family)
    if not whole:
        yield from _slopes_of_others(family)
        return
    carried = [f"{name}{PREVIOUS}" for name in family.carried]
    if len(carried) > 1:
        edges = [(each.out, source) for source in carried for each in family.readers.get(source, ())]
        yield Scaled(family.places(*edges), 1)
    for name in family.carried:
        maker = next((each for each in family.graph if each.out == name), None)
        if maker is not None:
            for limit in LIMITS:
                edges = family.places(*((maker.out, source) for source in maker.inputs))
                yield Clipped(edges, 4, limit=limit)


def _addends(family: _Family) -> Iterator[Named]:
    """Each addend left out, counted twice, with the wrong sign; groups of those of one quantity."""
    for source, readers in family.readers.items():
        recurrent = source.endswith(PREVIOUS)
        edges = [(each.out, source) for each in readers]
        several = len(edges) > 1
        if recurrent:
            yield Overwritten(family.places(*edges), 2)
        for factor in SCALES:
            if several:
                yield Scaled(family.places(*edges), 0 if recurrent and not factor else 3, factor=factor)
            for edge in edges:
                rank = 1 if not factor and (recurrent or several) else 3
                yield Scaled(
                    family.places(edge), 0 if recurrent and not several and not factor else rank, factor=factor
                )
        if len(edges) > 2:
            for kept in edges:
                yield Scaled(family.places(*(each for each in edges if each != kept)), 2)
            if len(edges) > 3:
                for pair in combinations(edges, 2):
                    yield Scaled(family.places(*pair), 4)
            linear = [each for each, reader in zip(edges, readers, strict=True) if reader.kind == "linear"]
            if 1 < len(linear) < len(edges):
                yield Scaled(family.places(*linear), 1)


def _matrices(family: _Family, operation: Operation) -> Iterator[Named]:
    parameters: Mapping = family.parameters
    for source, parameter in zip(operation.inputs, operation.parameters, strict=True):
        if parameter in operation.elementwise:
            continue
        edge, shape = family.places((operation.out, source)), parameters[parameter].shape
        if shape[0] == shape[1]:
            yield Matrix(edge, 1, matrix="as it is")
            yield Matrix(edge, 2, matrix="I")
        for name, array in parameters.items():
            if name != parameter and array.shape == shape and "_" in name:
                yield Matrix(edge, 3, matrix=name)
    for source in dict.fromkeys(operation.inputs):
        blocks = [each for each in family.readers.get(source, ()) if each.kind == "linear" and not each.elementwise]
        if len(blocks) > 1 and blocks[0] is operation:
            edges = family.places(*((each.out, source) for each in blocks))
            matrices = [each.parameters[each.inputs.index(source)] for each in blocks]
            if all(parameters[name].shape[0] == parameters[name].shape[1] for name in matrices):
                yield Matrix(edges, 1, matrix="as it is")
                yield Matrix(edges, 2, matrix="I")


def _factors(family: _Family, operation: Operation, whole: bool) -> Iterator[Named]:
    first, second = operation.inputs
    for source, other in ((first, second), (second, first)):
        if source in family.fixed:
            continue
        edge = family.places((operation.out, source))
        yield Factor(edge, 2, value="1")
        yield Factor(edge, 3, value="1 −")
        for shift in (-1, 1):
            yield Factor(edge, 2, value=other, shift=shift)
        if whole:
            for name in family.like(other):
                yield Factor(edge, 2 if _related(family, name, other) else 3, value=name)


def _related(family: _Family, name: str, other: str) -> bool:
    """Whether two numbers are the same one before and after an activation, or of neighbouring steps."""
    if name.removesuffix(PREVIOUS) == other.removesuffix(PREVIOUS):
        return True
    return any({name, other} == {each.out, *each.inputs} for each in family.graph if each.kind in IS_ACTIVATION)


def _forms(kind: str) -> Iterator[tuple[str, str, int]]:
    """(form, argument, rank) of φ′ written otherwise."""
    right = changes.WRITTEN.get(kind, "")
    yield "1", OWN, 1
    yield "", INPUT, 1
    yield "", AGAIN, 1
    for form in changes.SLOPES:
        if form not in (right, "1"):
            yield form, OWN, 2
            if form in ("1 − v²", "v·(1 − v)", "1 − v"):
                yield form, INPUT, 3
                yield form, AGAIN, 4
    yield "v", AGAIN, 2


def _slopes(family: _Family, operation: Operation, whole: bool) -> Iterator[Named]:
    edge = family.places((operation.out, operation.inputs[0]))
    for form, argument, rank in _forms(operation.kind):
        yield Slope(edge, rank, form=form, argument=argument)
    yield Slope(edge, 3, twice=True)
    if not whole:
        return
    for shift in (-1, 1):
        yield Slope(edge, 2, shift=shift)
        yield Slope(edge, 4, argument=INPUT, shift=shift)
    for name in family.like(operation.out):
        if name != operation.inputs[0]:
            yield Slope(edge, 2 if name.removesuffix(PREVIOUS) == operation.out else 4, argument=name)


def _several_slopes(family: _Family) -> Iterator[Named]:
    """The same mistake at every gate, or at everything that an activation makes."""
    kinds = [each for each in family.graph if each.kind in IS_ACTIVATION and each.kind != "identity"]
    by_kind = {kind: [each for each in kinds if each.kind == kind] for kind in {each.kind for each in kinds}}
    groups = [group for group in by_kind.values() if len(group) > 1]
    if len(by_kind) > 1:
        groups.append(kinds)
        made = [each for each in kinds if any(each.inputs[0] == op.out and op.kind == "linear" for op in family.graph)]
        if len(made) not in (len(kinds), *map(len, groups)):
            groups.append(made)
    for group in groups:
        edges = family.places(*((each.out, each.inputs[0]) for each in group))
        for form in ("1", *(form for form in changes.SLOPES if form != "1")):
            if any(form != changes.WRITTEN.get(each.kind, "") for each in group):
                yield Slope(edges, 1 if form == "1" else 2, form=form)
        for argument in (INPUT, AGAIN):
            yield Slope(edges, 2, argument=argument)


def _slopes_of_others(family: _Family) -> Iterator[Named]:
    """φ′ of the same quantity of another layer."""
    (member,) = family.members
    for other in family.unrolling.declared:
        if other is member or other.graph != member.graph:
            continue
        for operation in family.graph:
            if operation.kind in IS_ACTIVATION and operation.kind != "identity":
                theirs = family.unrolling.values[other.name].get(operation.out)
                if theirs is not None and theirs.shape == family.values[operation.out].shape:
                    edge = family.places((operation.out, operation.inputs[0]))
                    yield Slope(edge, 2, argument=operation.out, part=other.name)


def _added_to(family: _Family, operation: Operation) -> list[str]:
    """The sums that it is an addend of, and of nothing else: their gradients are its own."""
    readers = family.readers.get(operation.out, ())
    return [each.out for each in readers if len(readers) == 1 and each.kind == "add"]


def _arrivals(family: _Family, operation: Operation) -> Iterator[Named]:
    """Another gradient to begin with; what step t + 1 sends back left out for one use, or added too late."""
    carried = operation.out in family.carried
    sources = [source for source in dict.fromkeys(operation.inputs) if source not in family.fixed]
    if not sources:
        return
    together = [(operation.out, source) for source in sources]
    groups = [together] if len(together) == 1 else [together, *([each] for each in together)]
    for group in groups:
        edges = family.places(*group)
        for name in family.later(operation.out):
            yield Arrival(edges, 4 + (len(group) > 1), quantity=name)
        for total in (operation.out, *_added_to(family, operation)):
            if total in family.carried:
                yield Arrival(edges, 2, quantity=total, share=WITHOUT_NEXT)
                yield Arrival(edges, 4, quantity=total, share=ONLY_NEXT)
    if carried and len(together) == 1:
        yield Bypass(family.places(*together), 2)
