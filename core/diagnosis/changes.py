"""What a derivation may do otherwise at one operation, or at several that are alike: an addend left out or counted
twice, φ′ of another argument, another factor, another gradient to begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from core.diagnosis.backward import Addends, Change, Moment, Site
from core.diagnosis.unrolling import Unrolling
from core.maths.activations import ACTIVATIONS, activation_named
from core.maths.arrays import Array
from core.maths.operations import Operation, pull_back
from core.network.declared import Declared

Edge = tuple[str, str, str]  # a part, the result of one of its operations, and the input that it sends back to
SLOPES: dict[str, Callable[[Array], Array]] = {
    "1": np.ones_like,
    "1 − v²": lambda v: 1.0 - np.square(v),
    "v·(1 − v)": lambda v: v * (1.0 - v),
    "1 − v": lambda v: 1.0 - v,
    "v": lambda v: v,
    "v²": np.square,
    "[v > 0]": lambda v: np.sign(np.maximum(v, 0.0)),
}
WRITTEN = {"tanh": "1 − v²", "sigmoid": "v·(1 − v)", "relu": "[v > 0]", "identity": "1"}  # φ′ in v = φ(h)
OWN, INPUT, AGAIN = "own", "input", "again"  # v: φ(h), h, φ(φ(h))
IS_ACTIVATION = frozenset(each.name for each in ACTIVATIONS)


@dataclass(frozen=True, eq=False)
class Named(Change):
    """A change that is at some sites, and how common a mistake it is: `rank`, from 0. Those that are equally good
    explanations are named in that order."""

    kind: ClassVar[str] = ""
    places: tuple[Edge, ...]
    rank: int = 5

    @cached_property
    def sites(self) -> frozenset[Site]:  # type: ignore[override]
        return frozenset((part, out) for part, out, _ in self.places)

    @cached_property
    def _inputs(self) -> dict[Site, set[str]]:
        found: dict[Site, set[str]] = {}
        for part, out, source in self.places:
            found.setdefault((part, out), set()).add(source)
        return found

    def at(self, moment: Moment, operation: Operation) -> set[str]:
        """The inputs of an operation to which something else is sent."""
        return self._inputs.get((moment.step.declared.name, operation.out), set())


@dataclass(frozen=True, eq=False)
class Scaled(Named):
    """Addends times a number: 0 left out, 2 counted twice, −1 with the wrong sign."""

    kind = "scaled"
    factor: float = 0.0

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        return [(name, self.factor * array if name in there else array) for name, array in moment.right]

    def scales(self, site: Site) -> dict[str, float] | None:
        return dict.fromkeys(self._inputs[site], self.factor)


@dataclass(frozen=True, eq=False)
class Slope(Named):
    """φ′ written as another function of another number: `form` of SLOPES, "" for the right one; `argument` a name of
    the step, OWN, INPUT or AGAIN; of another part where `part` names one. `twice`: φ′ multiplied twice."""

    kind = "slope"
    form: str = ""
    argument: str = OWN
    shift: int = 0
    part: str = ""
    twice: bool = False

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        source = operation.inputs[0]
        slope = self._slope(operation, self._argument(operation, moment))
        return [(source, gradient * (slope * slope if self.twice else slope))]

    def multipliers(self, operation: Operation, unrolling: Unrolling, declared: Declared) -> dict[str, Array] | None:
        part = next((each for each in unrolling.declared if each.name == self.part), declared)
        v = unrolling.over_time(part, self._name(operation), 0 if self.part else self.shift)
        if v is None or len(v) != unrolling.sizes[declared.name]:
            return None
        if self.argument == AGAIN and not self.part:
            v = activation_named(operation.kind).f(v)
        slope = self._slope(operation, v)
        return {operation.inputs[0]: slope * slope if self.twice else slope}

    def _slope(self, operation: Operation, v: Array) -> Array:
        form = SLOPES.get(self.form or WRITTEN.get(operation.kind, ""))
        return form(v) if form is not None else activation_named(operation.kind).slope(v, v)

    def _name(self, operation: Operation) -> str:
        return {OWN: operation.out, AGAIN: operation.out, INPUT: operation.inputs[0]}.get(self.argument, self.argument)

    def _argument(self, operation: Operation, moment: Moment) -> Array:
        name = self._name(operation)
        if self.part:
            array = moment.unrolling.values[self.part][name]
            return array[moment.step.t : moment.step.t + 1]
        v = moment.value(name, self.shift)
        return activation_named(operation.kind).f(v) if self.argument == AGAIN else v


@dataclass(frozen=True, eq=False)
class Factor(Named):
    """In the derivative of a product another number stands for the other factor: `value` a name of the step, `shift`
    steps later; "1" for none at all, "1 −" for its complement."""

    kind = "factor"
    value: str = "1"
    shift: int = 0

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        return [
            (name, gradient * self._factor(operation, name, moment) if name in there else right)
            for name, right in moment.right
        ]

    def multipliers(self, operation: Operation, unrolling: Unrolling, declared: Declared) -> dict[str, Array] | None:
        there = self._inputs[declared.name, operation.out]
        found = {}
        for source in there:
            name = self._other(operation, source) if self.value in ("1", "1 −") else self.value
            array = unrolling.over_time(declared, name, self.shift)
            if array is None:
                return None
            found[source] = {"1": np.ones_like(array), "1 −": 1.0 - array}.get(self.value, array)
        return found

    @staticmethod
    def _other(operation: Operation, name: str) -> str:
        first, second = operation.inputs
        return second if name == first else first

    def _factor(self, operation: Operation, name: str, moment: Moment) -> Array | float:
        if self.value == "1":
            return 1.0
        other = self._other(operation, name)
        if self.value == "1 −":
            return 1.0 - moment.value(other)
        return moment.value(self.value, self.shift)


@dataclass(frozen=True, eq=False)
class Matrix(Named):
    """Another matrix for the transposed one: "W" itself as it stands, "I" none, or another parameter's transposed."""

    kind = "matrix"
    matrix: str = "as it is"

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        found = []
        for (name, addend), parameter in zip(moment.right, operation.parameters, strict=True):
            if name in there:
                addend = self._sent(gradient, moment, parameter, addend)
            found.append((name, addend))
        return found

    def _sent(self, gradient: Array, moment: Moment, parameter: str, like: Array) -> Array:
        if self.matrix == "I":
            found = gradient
        elif self.matrix == "as it is":
            found = gradient @ moment.parameters[parameter]
        else:
            found = gradient @ moment.parameters[self.matrix].T
        if found.ndim == 4 and like.shape[1] == 1:
            found = found.sum(axis=1, keepdims=True)
        return found


@dataclass(frozen=True, eq=False)
class Overwritten(Named):
    """∂L/∂ a carried quantity is assigned at each step, where what step t + 1 has sent back is there already and should
    be added to: = for +=. Only the initial state still receives it."""

    kind = "overwritten"

    @cached_property
    def sites(self) -> frozenset[Site]:  # type: ignore[override]
        return frozenset()

    def loses(self, part: str, source: str) -> bool:
        return any((owner, name) == (part, source) for owner, _, name in self.places)


WITHOUT_NEXT, ONLY_NEXT = "without next", "only next"


@dataclass(frozen=True, eq=False)
class Arrival(Named):
    """An operation is derived from another gradient than ∂L/∂ its result: that of `quantity` of the same step; of
    `part` "without next" what step t + 1 sends back, or "only next" that."""

    kind = "arrival"
    quantity: str = ""
    share: str = ""

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        other = self._gradient(gradient, moment)
        found = pull_back(operation, other, moment.values, moment.parameters)
        return [(n, b if n in there else a) for (n, a), (_, b) in zip(moment.right, found, strict=True)]

    def _gradient(self, gradient: Array, moment: Moment) -> Array:
        if not self.share:
            found = moment.arrived(self.quantity)
            return gradient if found is None else found
        waiting = moment.from_next(self.quantity)
        if waiting is None:
            waiting = np.zeros_like(gradient)
        waiting = waiting[:, None] if waiting.ndim < gradient.ndim else waiting
        return waiting if self.share == ONLY_NEXT else gradient - waiting


@dataclass(frozen=True, eq=False)
class Bypass(Named):
    """What step t + 1 sends back to a quantity is added behind the operation that makes it, not before: the factor of
    that operation is left out of it."""

    kind = "bypass"

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        waiting = moment.from_next(operation.out)
        if waiting is None:
            return moment.right
        there = self.at(moment, operation)
        own = pull_back(operation, gradient - waiting, moment.values, moment.parameters)
        return [(n, a + waiting if n in there else b) for (n, a), (_, b) in zip(own, moment.right, strict=True)]


@dataclass(frozen=True, eq=False)
class Clipped(Named):
    """What is sent back to a carried quantity is clipped into −c … c at every step."""

    kind = "clipped"
    limit: float = 1.0

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        found = pull_back(operation, np.clip(gradient, -self.limit, self.limit), moment.values, moment.parameters)
        return [(n, a if n in there else b) for (n, a), (_, b) in zip(found, moment.right, strict=True)]


@dataclass(frozen=True, eq=False)
class Weighed(Named):
    """A softmax, a normalisation or a complement derived in a simpler, wrong way: "elementwise" a·(1 − a), "identity",
    "constant statistics"."""

    kind = "weighed"
    way: str = "identity"

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        out, source = moment.values[operation.out], operation.inputs[0]
        if self.way == "elementwise":
            return [(source, gradient * out * (1.0 - out))]
        if self.way == "constant statistics":
            values = moment.values[source]
            centred = values - values.mean(axis=-2, keepdims=True)
            return [(source, gradient / np.sqrt(np.square(centred).mean(axis=-2, keepdims=True) + operation.value))]
        return [(source, gradient)]


@dataclass(frozen=True, eq=False)
class Both(Named):
    """Two changes at once, each at its own edges."""

    kind = "both"
    mistakes: ClassVar[int] = 2
    first: Named = field(kw_only=True)
    second: Named = field(kw_only=True)

    @cached_property
    def sites(self) -> frozenset[Site]:  # type: ignore[override]
        return self.first.sites | self.second.sites

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        site = moment.step.declared.name, operation.out
        if site not in self.second.sites:
            return self.first.pull(operation, gradient, moment)
        found = self.second.pull(operation, gradient, moment)
        if site not in self.first.sites:
            return found
        there = self.first.at(moment, operation)
        own = self.first.pull(operation, gradient, moment)
        return [(n, a if n in there else b) for (n, a), (_, b) in zip(own, found, strict=True)]

    def scales(self, site: Site) -> dict[str, float] | None:
        there = [each.scales(site) for each in (self.second, self.first) if site in each.sites]
        found: dict[str, float] = {}
        for each in there:
            if each is None:
                return None
            found |= each
        return found

    def multipliers(self, operation: Operation, unrolling: Unrolling, declared: Declared) -> dict[str, Array] | None:
        site = declared.name, operation.out
        there = [each for each in (self.first, self.second) if site in each.sites]
        return there[0].multipliers(operation, unrolling, declared) if len(there) == 1 else None
