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
from core.sentence import Sentence, plural

DONE = {0.0: Sentence("left out"), 2.0: Sentence("added twice"), -1.0: Sentence("given the wrong sign")}
MOVED = {
    -1: Sentence("every step reads x of the step before"),
    1: Sentence("every step reads x of the step after"),
    0: Sentence("every step reads x in reversed time"),
}


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
                return plural(
                    len(own),
                    "the bias {names} is {done} in {made}",
                    "the biases {names} are {done} in {made}",
                    names=names,
                    done=DONE[cause.factor],
                    made=self._made(part, own),
                )
            case Weights():
                return self._weights(cause, part, own)
            case Order():
                pairs = [
                    Sentence("{gate} with those of {other}", gate=self.value(part, a), other=self.value(part, b))
                    for a, b in cause.taken
                    if a != b
                ]
                return Sentence(
                    "the gates are made with each other's weights and biases: {pairs}", pairs=listed(pairs, 4)
                )
            case Joined():
                (operation, _), right = own[0], self.value(part, cause.first)
                other = next(each for each in operation.inputs if each != cause.first)
                wrong = f"[{self.value(part, other)}, {right}]"
                return Sentence(
                    "the matrix reads {wrong} in {made}, and its part for {right} comes first",
                    wrong=wrong,
                    made=self._made(part, own),
                    right=right,
                )
            case Function():
                return self._function(cause, part, own)
            case Instead():
                return self._instead(cause, part, own)
            case Initial():
                return self._initial(cause, part, own[0][1])
            case Moved():
                return MOVED[cause.by]
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
        names = [
            self.parameter(part, operation.parameters[operation.inputs.index(source)])
            if operation.kind == "linear"
            else self.value(part, source)
            for operation, source in own
        ]
        parts = {"made": self._made(part, own), "terms": self._listed(names), "done": DONE[cause.factor]}
        if own[0][0].kind == "linear":
            one = "in {made} the term with {terms} is {done}"
            return plural(len(own), one, "in {made} the terms with {terms} are {done}", **parts)
        return plural(
            len(own), "in {made} the term {terms} is {done}", "in {made} the terms {terms} are {done}", **parts
        )

    def _weights(self, cause: Weights, part: str, own: list[tuple[Operation, str]]) -> str:
        rights = [self.parameter(part, each.parameters[each.inputs.index(source)]) for each, source in own]
        names, made = self._listed(rights), self._made(part, own)
        if cause.matrix == "transposed":
            return plural(
                len(own),
                "in {made} {names} is transposed",
                "in {made} {names} are transposed",
                made=made,
                names=names,
            )
        if cause.matrix == "I":
            return Sentence("in {made} the factor {names} is left out", made=made, names=names)
        wrong = self.parameter(part, cause.matrix)
        return Sentence("in {made} {wrong} stands in the place of {names}", made=made, wrong=wrong, names=names)

    def _function(self, cause: Function, part: str, own: list[tuple[Operation, str]]) -> str:
        operation, made = own[0][0], self._made(part, own)
        if cause.twice:
            return Sentence("in {made} {function} is applied twice", made=made, function=operation.kind)
        if operation.kind == "complement":
            return Sentence("in {made} the 1 − is left out", made=made)
        if cause.function not in FUNCTIONS:
            return Sentence(
                "in {made} {both} are multiplied, not added"
                if cause.function == "multiply"
                else "in {made} {both} are added, not multiplied",
                made=made,
                both=listed([self.value(part, source) for source in operation.inputs]),
            )
        if cause.function == "identity":
            if operation.kind == "normalise":
                return Sentence("the normalisation is left out of {made}", made=made)
            return Sentence("{function} is left out of {made}", function=operation.kind, made=made)
        return plural(
            len(own),
            "{made} is made with {wrong} where {right} belongs",
            "{made} are made with {wrong} where {right} belongs",
            made=made,
            wrong=cause.function,
            right=operation.kind,
        )

    def _instead(self, cause: Instead, part: str, own: list[tuple[Operation, str]]) -> str:
        source = own[0][1]
        right, made = self.value(part, source), self._made(part, own)
        if cause.value == ONE:
            return Sentence("the factor {right} is left out of {made}", right=right, made=made)
        if cause.value == REST:
            if len(own) > 1:
                return Sentence("{right} and (1 − {right}) are exchanged", right=right)
            rest = right[5:-1] if right.startswith("(1 − ") else f"(1 − {right})"
            return Sentence("in {made} the factor is {wrong} where {right} belongs", made=made, wrong=rest, right=right)
        wrong = self.value(part, cause.value, -1 if cause.before else 0)
        if source.endswith(PREVIOUS) and cause.before:
            return Sentence("every step is handed {wrong} where {right} belongs", wrong=wrong, right=right)
        return Sentence("in {made} {wrong} stands where {right} belongs", made=made, wrong=wrong, right=right)

    def _initial(self, cause: Initial, part: str, source: str) -> str:
        state = self.value(part, source)
        if cause.way == STUCK:
            return Sentence(
                "every step reads the initial state where {state}, of the step before, belongs", state=state
            )
        return Sentence("the first step reads 0 for {state}, not the initial state that was given", state=state)

    def _made(self, part: str, own: list[tuple[Operation, str]]) -> str:
        return self._listed([self.value(part, operation.out) for operation, _ in own])

    def _listed(self, texts: list[str]) -> str:
        return listed(list(dict.fromkeys(texts)), 4)
