"""What a derivation may do otherwise at one operation, or at several that are alike: an addend left out or counted
twice, φ′ of another argument, another factor, another gradient to begin with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from core.diagnosis.backward import Addends, Change, Moment, Site
from core.maths.activations import ACTIVATIONS, activation_named
from core.maths.arrays import Array
from core.maths.operations import Operation, pull_back

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

    @property
    def sites(self) -> frozenset[Site]:  # type: ignore[override]
        return frozenset((part, out) for part, out, _ in self.places)

    def at(self, moment: Moment, operation: Operation) -> set[str]:
        """The inputs of an operation to which something else is sent."""
        part = moment.step.declared.name
        return {source for owner, out, source in self.places if (owner, out) == (part, operation.out)}


@dataclass(frozen=True, eq=False)
class Scaled(Named):
    """Addends times a number: 0 left out, 2 counted twice, −1 with the wrong sign."""

    kind = "scaled"
    factor: float = 0.0

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        found = pull_back(operation, gradient, moment.values, moment.parameters)
        return [(name, self.factor * array if name in there else array) for name, array in found]


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
        phi = activation_named(operation.kind)
        v = self._argument(operation, moment)
        form = SLOPES.get(self.form or WRITTEN.get(operation.kind, ""))
        slope = form(v) if form is not None else phi.slope(v, v)
        if self.twice:
            slope = slope * slope
        return [(source, gradient * slope)]

    def _argument(self, operation: Operation, moment: Moment) -> Array:
        name = {OWN: operation.out, AGAIN: operation.out, INPUT: operation.inputs[0]}.get(self.argument, self.argument)
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
        found = pull_back(operation, gradient, moment.values, moment.parameters)
        return [(name, gradient * self._factor(operation, name, moment) if name in there else a) for name, a in found]

    def _factor(self, operation: Operation, name: str, moment: Moment) -> Array | float:
        if self.value == "1":
            return 1.0
        first, second = operation.inputs
        other = second if name == first else first
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
        for (name, addend), parameter in zip(
            pull_back(operation, gradient, moment.values, moment.parameters), operation.parameters, strict=True
        ):
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

    @property
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
        right = pull_back(operation, gradient, moment.values, moment.parameters)
        other = self._gradient(gradient, moment)
        found = pull_back(operation, other, moment.values, moment.parameters)
        return [(n, b if n in there else a) for (n, a), (_, b) in zip(right, found, strict=True)]

    def _gradient(self, gradient: Array, moment: Moment) -> Array:
        if not self.share:
            found = moment.arrived.get(self.quantity)
            return gradient if found is None else found
        waiting = moment.from_next.get(self.quantity)
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
        waiting = moment.from_next.get(operation.out)
        if waiting is None:
            return pull_back(operation, gradient, moment.values, moment.parameters)
        there = self.at(moment, operation)
        own = pull_back(operation, gradient - waiting, moment.values, moment.parameters)
        whole = pull_back(operation, gradient, moment.values, moment.parameters)
        return [(n, a + waiting if n in there else b) for (n, a), (_, b) in zip(own, whole, strict=True)]


@dataclass(frozen=True, eq=False)
class Clipped(Named):
    """What is sent back to a carried quantity is clipped into −c … c at every step."""

    kind = "clipped"
    limit: float = 1.0

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        there = self.at(moment, operation)
        found = pull_back(operation, np.clip(gradient, -self.limit, self.limit), moment.values, moment.parameters)
        right = pull_back(operation, gradient, moment.values, moment.parameters)
        return [(n, a if n in there else b) for (n, a), (_, b) in zip(found, right, strict=True)]


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

    @property
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
