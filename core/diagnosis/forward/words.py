"""What a mistake of the forward pass is, in a clause."""

from __future__ import annotations

from core.diagnosis.forward.changes import (
    FUNCTIONS,
    ONE,
    REST,
    STUCK,
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
from core.diagnosis.symbols import Symbols, listed
from core.maths.operations import Operation
from core.network.declared import PREVIOUS

DONE = {0.0: "left out", 2.0: "added twice", -1.0: "given the wrong sign"}
MOVED = {-1: "x of the step before", 1: "x of the step after", 0: "x in reversed time"}


class ForwardWords(Symbols):
    """Clauses on the mistakes in one network's forward pass."""

    def altered(self, cause: Altered) -> str:
        """What is done otherwise: «in h_t the term with W is left out»."""
        part = cause.places[0][0]
        own = [(self._operation(part, out), source) for owner, out, source in cause.places if owner == part]
        match cause:
            case Term():
                return self._term(cause, part, own)
            case Bias():
                names = self._listed([self.parameter(part, each.bias or "") for each, _ in own])
                several, made = _many("bias", own, "biases"), self._made(part, own)
                return f"the {several} {names} {_are(own)} {DONE[cause.factor]} in {made}"
            case Weights():
                return self._weights(cause, part, own)
            case Order():
                pairs = [f"{self.value(part, a)} with those of {self.value(part, b)}" for a, b in cause.taken if a != b]
                return f"the gates are made with each other's weights and biases: {listed(pairs, 4)}"
            case Joined():
                (operation, _), right = own[0], self.value(part, cause.first)
                other = next(each for each in operation.inputs if each != cause.first)
                wrong = f"[{self.value(part, other)}, {right}]"
                return f"the matrix reads {wrong} in {self._made(part, own)}, and its part for {right} comes first"
            case Function():
                return self._function(cause, part, own)
            case Instead():
                return self._instead(cause, part, own)
            case Initial():
                return self._initial(cause, part, own[0][1])
            case Moved():
                return f"every step reads {MOVED[cause.by]}"
        raise TypeError(type(cause))

    def forward_equation(self, cause: Altered) -> str:
        """The right equation of what a mistake is in; "" where there is none of its own."""
        part, out, _ = cause.places[0]
        if self.trace.scan_named(part) is None or isinstance(cause, Initial):
            return ""
        plan = self._plan(part)
        text = plan.forward(out)
        while "=" not in text:  # it has no symbol of its own, but stands in another equation
            reader = next(iter(self._readers(part, out)), None)
            if reader is None:
                return ""
            out = reader.out
            text = plan.forward(out)
        return self._placed(text)

    # --- one kind each ---
    def _term(self, cause: Term, part: str, own: list[tuple[Operation, str]]) -> str:
        names = []
        for operation, source in own:
            if operation.kind == "linear":
                names.append(f"with {self.parameter(part, operation.parameters[operation.inputs.index(source)])}")
            else:
                names.append(self.value(part, source))
        if len(names) > 1:
            names = [names[0], *(each.removeprefix("with ") for each in names[1:])]
        terms = self._listed(names)
        return f"in {self._made(part, own)} the {_many('term', own)} {terms} {_are(own)} {DONE[cause.factor]}"

    def _weights(self, cause: Weights, part: str, own: list[tuple[Operation, str]]) -> str:
        rights = [self.parameter(part, each.parameters[each.inputs.index(source)]) for each, source in own]
        names, made = self._listed(rights), self._made(part, own)
        if cause.matrix == "transposed":
            return f"in {made} {names} {_are(own)} transposed"
        if cause.matrix == "I":
            return f"in {made} the factor {names} is left out"
        return f"in {made} {self.parameter(part, cause.matrix)} stands in the place of {names}"

    def _function(self, cause: Function, part: str, own: list[tuple[Operation, str]]) -> str:
        operation, made = own[0][0], self._made(part, own)
        if cause.twice:
            return f"in {made} {operation.kind} is applied twice"
        if operation.kind == "complement":
            return f"in {made} the 1 − is left out"
        if cause.function not in FUNCTIONS:
            done, right = ("multiplied", "added") if cause.function == "multiply" else ("added", "multiplied")
            both = listed([self.value(part, source) for source in operation.inputs])
            return f"in {made} {both} are {done}, not {right}"
        if cause.function == "identity":
            return f"{'the normalisation' if operation.kind == 'normalise' else operation.kind} is left out of {made}"
        return f"{made} {_are(own)} made with {cause.function} where {operation.kind} belongs"

    def _instead(self, cause: Instead, part: str, own: list[tuple[Operation, str]]) -> str:
        source = own[0][1]
        right, made = self.value(part, source), self._made(part, own)
        if cause.value == ONE:
            return f"the factor {right} is left out of {made}"
        if cause.value == REST:
            if len(own) > 1:
                return f"{right} and (1 − {right}) are exchanged"
            rest = right[5:-1] if right.startswith("(1 − ") else f"(1 − {right})"
            return f"in {made} the factor is {rest} where {right} belongs"
        wrong = self.value(part, cause.value, -1 if cause.before else 0)
        if source.endswith(PREVIOUS) and cause.before:
            return f"every step is handed {wrong} where {right} belongs"
        return f"in {made} {wrong} stands where {right} belongs"

    def _initial(self, cause: Initial, part: str, source: str) -> str:
        state = self.value(part, source)
        if cause.way == STUCK:
            return f"every step reads the initial state where {state}, of the step before, belongs"
        return f"the first step reads 0 for {state}, not the initial state that was given"

    def _made(self, part: str, own: list[tuple[Operation, str]]) -> str:
        return self._listed([self.value(part, operation.out) for operation, _ in own])

    def _listed(self, texts: list[str]) -> str:
        return listed(list(dict.fromkeys(texts)), 4)


def _many(one: str, own: list, several: str = "") -> str:
    return one if len(own) == 1 else several or f"{one}s"


def _are(own: list) -> str:
    return "is" if len(own) == 1 else "are"
