"""What a mistake is, in a sentence, with the symbols and the equations of a notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import singledispatchmethod

from core.diagnosis import changes
from core.diagnosis.chains import Truncated
from core.diagnosis.changes import (
    AGAIN,
    INPUT,
    OWN,
    WITHOUT_NEXT,
    Arrival,
    Both,
    Bypass,
    Clipped,
    Factor,
    Matrix,
    Named,
    Overwritten,
    Scaled,
    Slope,
    Weighed,
)
from core.diagnosis.finish_words import FinishWords
from core.diagnosis.forward.changes import Altered
from core.diagnosis.forward.words import ForwardWords
from core.diagnosis.starts import Start
from core.diagnosis.symbols import listed
from core.exercises.explanation import explain_fault
from core.faults import Fault
from core.maths.activations import activation_named
from core.maths.operations import Operation
from core.network.declared import PREVIOUS
from core.network.parts import HEAD
from core.sentence import Sentence, and_then, plural

STARTS: Mapping[str, Callable[[str], Sentence]] = {
    "only the last step": lambda dz: Sentence("the loss of the last step alone is derived"),
    "only the first step": lambda dz: Sentence("the loss of the first step alone is derived"),
    "times the output's slope": lambda dz: Sentence(
        "{dz} has the output's slope a·(1 − a) in it, which this loss has cancelled already", dz=dz
    ),
    "without the target": lambda dz: Sentence("{dz} is made of a alone, without − y", dz=dz),
    "the target of the step before": lambda dz: Sentence("{dz} is made with the target of the step before", dz=dz),
    "the target of the step after": lambda dz: Sentence("{dz} is made with the target of the step after", dz=dz),
    "without the first step": lambda dz: Sentence("the loss of the first step is left out"),
    "without the last step": lambda dz: Sentence("the loss of the last step is left out"),
}
NUMBERS = {0.0: Sentence("left out"), 2.0: Sentence("added twice"), -1.0: Sentence("given the wrong sign")}


class Words(FinishWords, ForwardWords):
    """Sentences on the mistakes in one network."""

    @singledispatchmethod
    def clause(self, cause: object) -> str:
        """What is done otherwise, as a clause."""
        raise TypeError(type(cause))

    @clause.register
    def _(self, cause: Altered) -> str:
        return self._placed_in(self.altered(cause), cause)

    @clause.register
    def _(self, cause: Scaled) -> str:
        part, _, source = cause.places[0]
        own = [each for each in cause.places if each[0] == part]
        outs = [out for _, out, _ in own]
        target = self.gradient(part, source.removesuffix(PREVIOUS))
        recurrent = source.endswith(PREVIOUS)
        done = NUMBERS[cause.factor]
        sources = list(dict.fromkeys(each[2] for each in own))
        if len(sources) > 1:
            states = listed([self.gradient(part, each.removesuffix(PREVIOUS)) for each in sources])
            what = Sentence(
                "nothing goes back from step t + 1: all that it sends to {states} is {done}", states=states, done=done
            )
        elif recurrent and len(own) == len(self._readers(part, source)):
            name = _next(source)
            what = Sentence(
                "what step t + 1 sends back to {target} ({name}) is {done}", target=target, name=name, done=done
            )
        elif (
            not recurrent
            and len(own) == len(self._readers(part, source))
            and len(own) == 1
            and self._only(part, source)
        ):
            made_from = self.gradient(part, outs[0])
            what = Sentence(
                "{target}, made from {made_from}, is {done}" if cause.factor else "{target} is left at 0",
                target=target,
                made_from=made_from,
                done=done,
            )
        else:
            several = listed([self.gradient(part, out, int(recurrent)) for out in outs])
            what = plural(
                len(outs),
                "in {target} the addend from {several} is {done}",
                "in {target} the addends from {several} are {done}",
                target=target,
                several=several,
                done=done,
            )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Overwritten) -> str:
        part, _, source = cause.places[0]
        made = self.gradient(part, source.removesuffix(PREVIOUS))
        what = Sentence(
            "what step t + 1 sends back to {made} ({name}) is not added to it (= for +=)", made=made, name=_next(source)
        )
        return Sentence("{what}, and reaches the initial state alone", what=self._placed_in(what, cause))

    @clause.register
    def _(self, cause: Slope) -> str:
        places = [each for each in cause.places if each[0] == cause.places[0][0]]
        part, out, _source = places[0]
        operation = self._operation(part, out)
        right = self._slope(operation, part, "", OWN)
        made = listed([self.gradient(owner, name) for owner, _, name in places])
        if cause.twice:
            what = Sentence("the factor {right} stands twice in {made}", right=right, made=made)
        elif cause.form == "1":
            rights = listed(list(dict.fromkeys(self._slope(self._operation(p, o), p, "", OWN) for p, o, _ in places)))
            what = plural(
                len(places),
                "the factor {rights} is left out of {made}",
                "the factors {rights} are left out of {made}",
                rights=rights,
                made=made,
            )
        else:
            wrong = self._slope(operation, cause.part or part, cause.form, cause.argument, cause.shift)
            what = plural(
                len(places),
                "in {made} the factor is {wrong} where {right} belongs",
                "in {made} φ′ is written like {wrong}, where {right} belongs in the first of them",
                made=made,
                wrong=wrong,
                right=right,
            )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Factor) -> str:
        part, out, source = cause.places[0]
        first, second = self._operation(part, out).inputs
        other = self.value(part, second if source == first else first)
        made = self.gradient(part, source)
        if cause.value == "1":
            what = Sentence("the factor {right} is left out of {made}", right=other, made=made)
            return self._placed_in(what, cause)
        rest = other[5:-1] if other.startswith("(1 − ") else f"(1 − {other})"
        wrong = rest if cause.value == "1 −" else self.value(part, cause.value, cause.shift)
        what = Sentence("in {made} the factor is {wrong} where {right} belongs", made=made, wrong=wrong, right=other)
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Matrix) -> str:
        found = []
        for part, out, source in cause.places:
            if part != cause.places[0][0]:
                continue
            operation = self._operation(part, out)
            found.append((part, source, operation.parameters[operation.inputs.index(source)]))
        part, source, _ = found[0]
        names = listed([self.parameter(part, name) for _, _, name in found])
        made = self.gradient(part, source.removesuffix(PREVIOUS))
        if cause.matrix == "I":
            what = Sentence("the factor {names} is left out of what goes back to {made}", names=names, made=made)
        elif cause.matrix == "as it is":
            what = plural(
                len(found),
                "{names} is not transposed in what goes back to {made}",
                "{names} are not transposed in what goes back to {made}",
                names=names,
                made=made,
            )
        else:
            what = Sentence(
                "in what goes back to {made} {wrong} stands in the place of {names}",
                made=made,
                wrong=self.parameter(part, cause.matrix),
                names=names,
            )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Arrival) -> str:
        own = [each for each in cause.places if each[0] == cause.places[0][0]]
        part, out, _ = own[0]
        made = listed([self.gradient(owner, source) for owner, _, source in own])
        right = self.gradient(part, out)
        if not cause.share:
            what = plural(
                len(own),
                "{made} is made from {wrong} where {right} belongs",
                "{made} are made from {wrong} where {right} belongs",
                made=made,
                wrong=self.gradient(part, cause.quantity),
                right=right,
            )
        elif cause.share == WITHOUT_NEXT:
            what = plural(
                len(own),
                "{made} is made from a {right} without what step t + 1 has sent back",
                "{made} are made from a {right} without what step t + 1 has sent back",
                made=made,
                right=right,
            )
        else:
            what = plural(
                len(own),
                "{made} is made from what step t + 1 has sent back alone, not from the whole {right}",
                "{made} are made from what step t + 1 has sent back alone, not from the whole {right}",
                made=made,
                right=right,
            )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Bypass) -> str:
        part, out, source = cause.places[0]
        slope = self._slope(self._operation(part, out), part, "", OWN)
        what = Sentence(
            "what step t + 1 sends back is added to {wrong}, past the factor {slope}, and not to {right}",
            wrong=self.gradient(part, source),
            slope=slope,
            right=self.gradient(part, out),
        )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Clipped) -> str:
        part, out, _ = cause.places[0]
        what = Sentence(
            "{made} is clipped into −{limit:g} … {limit:g} at every step",
            made=self.gradient(part, out),
            limit=cause.limit,
        )
        return self._placed_in(what, cause)

    @clause.register
    def _(self, cause: Weighed) -> str:
        part, out, source = cause.places[0]
        made, of = self.gradient(part, source), self.value(part, out)
        if cause.way == "elementwise":
            return Sentence(
                "in {made} the softmax {of} is derived like a sigmoid, a·(1 − a), without the other places",
                made=made,
                of=of,
            )
        if cause.way == "constant statistics":
            return Sentence("in {made} mean and variance are taken as constants", made=made)
        return Sentence("{made} is ∂L/∂{of} as it is, without the derivative between them", made=made, of=of)

    @clause.register
    def _(self, cause: Both) -> str:
        return and_then((self.clause(cause.first), self.clause(cause.second)))

    @clause.register
    def _(self, cause: Start) -> str:
        return STARTS[cause.way](self.gradient(HEAD, "z"))

    @clause.register
    def _(self, cause: Truncated) -> str:
        if cause.way == "reach":
            return plural(
                cause.steps,
                "the loss of each step is derived for that step alone, and nothing goes back to earlier ones",
                "the loss of each step goes back through {count} steps, its own among them",
            )
        if cause.way == "from the last":
            return plural(
                cause.steps,
                "gradients do not leave windows of 1 step, counted from the last step",
                "gradients do not leave windows of {count} steps, counted from the last step",
            )
        return plural(
            cause.steps,
            "gradients do not leave windows of 1 step, counted from the first step",
            "gradients do not leave windows of {count} steps, counted from the first step",
        )

    @clause.register
    def _(self, cause: Fault) -> str:
        return explain_fault(cause, self.notation).clause

    # --- helpers ---
    def _slope(self, operation: Operation, part: str, form: str, argument: str, shift: int = 0) -> str:
        source, out, kind = operation.inputs[0], operation.out, operation.kind
        name = {OWN: out, AGAIN: out, INPUT: source}.get(argument, argument)
        v = self.value(part, name, shift)
        if argument == AGAIN:
            v = activation_named(kind).text.format(h=v)
        form = form or changes.WRITTEN.get(kind, "")
        if form:
            return f"({form.replace('v', v)})" if form.startswith("1 −") else form.replace("v", v)
        return Sentence("φ′ of {v}", v=v)

    def _placed_in(self, what: str, cause: Named | Altered) -> str:
        """The clause with the layers that it is about, where there are several that are alike."""
        parts = list(dict.fromkeys(part for part, _, _ in cause.places))
        alike = [each.name for each in self._declared.values() if each.graph == self._declared[parts[0]].graph]
        if len(alike) == 1:
            return what
        if len(parts) == len(alike):
            return Sentence("{what} in every layer", what=what)
        return Sentence("{what} in {parts}", what=what, parts=listed(parts))


def _next(source: str) -> str:
    """What people call the gradient that comes from the step after: dh_next of a state, dc_next of a cell state."""
    return f"d{source.removesuffix(PREVIOUS).replace('s', 'h')}_next"
