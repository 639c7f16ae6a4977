"""What a mistake is, in a sentence, with the symbols and the equations of a notation."""

from __future__ import annotations

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

STARTS = {
    "only the last step": "the loss of the last step alone is derived",
    "only the first step": "the loss of the first step alone is derived",
    "times the output's slope": "{dz} has the output's slope a·(1 − a) in it, which this loss has cancelled already",
    "without the target": "{dz} is made of a alone, without − y",
    "the target of the step before": "{dz} is made with the target of the step before",
    "the target of the step after": "{dz} is made with the target of the step after",
    "without the first step": "the loss of the first step is left out",
    "without the last step": "the loss of the last step is left out",
}
NUMBERS = {0.0: "left out", 2.0: "added twice", -1.0: "given the wrong sign"}


class Words(FinishWords, ForwardWords):
    """Sentences on the mistakes in one network."""

    @singledispatchmethod
    def clause(self, cause: object) -> str:
        """What is done otherwise, as a clause."""
        raise TypeError(type(cause))

    @clause.register
    def _(self, cause: Altered) -> str:
        return self.altered(cause) + self._where(cause)

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
            what = f"nothing goes back from step t + 1: all that it sends to {states} is {done}"
        elif recurrent and len(own) == len(self._readers(part, source)):
            name = _next(source)
            what = f"what step t + 1 sends back to {target} ({name}) is {done}"
        elif (
            not recurrent
            and len(own) == len(self._readers(part, source))
            and len(own) == 1
            and self._only(part, source)
        ):
            from_ = self.gradient(part, outs[0])
            what = f"{target} is left at 0" if not cause.factor else f"{target}, made from {from_}, is {done}"
        else:
            several = listed([self.gradient(part, out, int(recurrent)) for out in outs])
            addends = "the addend" if len(outs) == 1 else "the addends"
            what = f"in {target} {addends} from {several} {'is' if len(outs) == 1 else 'are'} {done}"
        return what + self._where(cause)

    @clause.register
    def _(self, cause: Overwritten) -> str:
        part, _, source = cause.places[0]
        made = self.gradient(part, source.removesuffix(PREVIOUS))
        what = f"what step t + 1 sends back to {made} ({_next(source)}) is not added to it (= for +=)"
        return f"{what}{self._where(cause)}, and reaches the initial state alone"

    @clause.register
    def _(self, cause: Slope) -> str:
        places = [each for each in cause.places if each[0] == cause.places[0][0]]
        part, out, _source = places[0]
        operation = self._operation(part, out)
        right = self._slope(operation, part, "", OWN)
        made = listed([self.gradient(owner, name) for owner, _, name in places])
        if cause.twice:
            what = f"the factor {right} stands twice in {made}"
        elif cause.form == "1":
            rights = listed(list(dict.fromkeys(self._slope(self._operation(p, o), p, "", OWN) for p, o, _ in places)))
            one = len(places) == 1
            what = f"the factor{'' if one else 's'} {rights} {'is' if one else 'are'} left out of {made}"
        else:
            wrong = self._slope(operation, cause.part or part, cause.form, cause.argument, cause.shift)
            what = f"in {made} the factor is {wrong} where {right} belongs"
            if len(places) > 1:
                what = f"in {made} φ′ is written like {wrong}, where {right} belongs in the first of them"
        return what + self._where(cause)

    @clause.register
    def _(self, cause: Factor) -> str:
        part, out, source = cause.places[0]
        first, second = self._operation(part, out).inputs
        other = self.value(part, second if source == first else first)
        made = self.gradient(part, source)
        if cause.value == "1":
            return f"the factor {other} is left out of {made}" + self._where(cause)
        rest = other[5:-1] if other.startswith("(1 − ") else f"(1 − {other})"
        wrong = rest if cause.value == "1 −" else self.value(part, cause.value, cause.shift)
        return f"in {made} the factor is {wrong} where {other} belongs" + self._where(cause)

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
            what = f"the factor {names} is left out of what goes back to {made}"
        elif cause.matrix == "as it is":
            what = f"{names} {'is' if len(found) == 1 else 'are'} not transposed in what goes back to {made}"
        else:
            what = f"in what goes back to {made} {self.parameter(part, cause.matrix)} stands in the place of {names}"
        return what + self._where(cause)

    @clause.register
    def _(self, cause: Arrival) -> str:
        own = [each for each in cause.places if each[0] == cause.places[0][0]]
        part, out, _ = own[0]
        made = listed([self.gradient(owner, source) for owner, _, source in own])
        is_ = "is" if len(own) == 1 else "are"
        right = self.gradient(part, out)
        if not cause.share:
            what = f"{made} {is_} made from {self.gradient(part, cause.quantity)} where {right} belongs"
        elif cause.share == WITHOUT_NEXT:
            what = f"{made} {is_} made from a {right} without what step t + 1 has sent back"
        else:
            what = f"{made} {is_} made from what step t + 1 has sent back alone, not from the whole {right}"
        return what + self._where(cause)

    @clause.register
    def _(self, cause: Bypass) -> str:
        part, out, source = cause.places[0]
        slope = self._slope(self._operation(part, out), part, "", OWN)
        what = f"what step t + 1 sends back is added to {self.gradient(part, source)}, past the factor {slope}"
        return f"{what}, and not to {self.gradient(part, out)}" + self._where(cause)

    @clause.register
    def _(self, cause: Clipped) -> str:
        part, out, _ = cause.places[0]
        limit = f"{cause.limit:g}"
        return f"{self.gradient(part, out)} is clipped into −{limit} … {limit} at every step" + self._where(cause)

    @clause.register
    def _(self, cause: Weighed) -> str:
        part, out, source = cause.places[0]
        made, of = self.gradient(part, source), self.value(part, out)
        if cause.way == "elementwise":
            return f"in {made} the softmax {of} is derived like a sigmoid, a·(1 − a), without the other places"
        if cause.way == "constant statistics":
            return f"in {made} mean and variance are taken as constants"
        return f"{made} is ∂L/∂{of} as it is, without the derivative between them"

    @clause.register
    def _(self, cause: Both) -> str:
        return f"{self.clause(cause.first)}, and {self.clause(cause.second)}"

    @clause.register
    def _(self, cause: Start) -> str:
        return STARTS[cause.way].format(dz=self.gradient(HEAD, "z"))

    @clause.register
    def _(self, cause: Truncated) -> str:
        steps = f"{cause.steps} step" + "s" * (cause.steps > 1)
        if cause.way == "reach":
            if cause.steps == 1:
                return "the loss of each step is derived for that step alone, and nothing goes back to earlier ones"
            return f"the loss of each step goes back through {steps}, its own among them"
        return f"gradients do not leave windows of {steps}, counted {cause.way} step"

    @clause.register
    def _(self, cause: Fault) -> str:
        text = explain_fault(cause, self.notation)[1].rstrip(".")
        return text[0].lower() + text[1:]

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
        return f"φ′ of {v}"

    def _where(self, cause: Named | Altered) -> str:
        """Which layers, where there are several that are alike."""
        parts = list(dict.fromkeys(part for part, _, _ in cause.places))
        alike = [each.name for each in self._declared.values() if each.graph == self._declared[parts[0]].graph]
        if len(alike) == 1:
            return ""
        return " in every layer" if len(parts) == len(alike) else f" in {listed(parts)}"


def _next(source: str) -> str:
    """What people call the gradient that comes from the step after: dh_next of a state, dc_next of a cell state."""
    return f"d{source.removesuffix(PREVIOUS).replace('s', 'h')}_next"
