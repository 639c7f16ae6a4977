"""What a mistake is, in a sentence, with the symbols and the equations of a notation."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatchmethod

from core.arithmetic.plan import plan_of
from core.chain.rows import style_of
from core.chain.symbols import signal_symbol
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
    Start,
    Weighed,
)
from core.diagnosis.finishes import Finish
from core.faults import Fault
from core.maths.activations import activation_named
from core.maths.operations import Operation
from core.network.declared import PREVIOUS, Declared
from core.network.parts import HEAD
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.trace import Trace

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
FACTORS = {
    "2": "counted twice: added up in two calls, or with the ½ of the loss left out",
    "1/2": "halved",
    "−1": "with the other sign: y − a in the place of a − y",
    "B": "summed over the samples, where L is their mean",
    "1/B": "divided once more by the number of samples B",
    "1/T": "averaged over the steps T, where L is their sum",
    "T": "multiplied by the number of steps T",
    "1/S": "averaged over the steps whose loss counts, where L is their sum",
    "1/(B·T)": "averaged over steps and samples once more",
    "1/O": "averaged over the outputs, where L is their sum",
    "2/O": "of a mean of squares over the outputs, without the ½",
}
NUMBERS = {0.0: "left out", 2.0: "added twice", -1.0: "given the wrong sign"}


class Words:
    """Sentences on the mistakes in one network."""

    def __init__(self, trace: Trace, notation: Notation = ROW) -> None:
        self.trace, self.notation = trace, notation
        self._declared = {each.name: each for each in trace.network.declared}

    # --- symbols ---
    def value(self, part: str, name: str, offset: int = 0) -> str:
        """s_t; of a name that ends in _prev that of the step before."""
        if name.endswith(PREVIOUS):
            return self.value(part, name.removesuffix(PREVIOUS), offset - 1)
        if name == "1":
            return "1"
        scan = self.trace.scan_named(part)
        if scan is None:
            return self._of_part(part, name, offset)
        plan = plan_of(self.trace, part, self.notation)
        style = style_of(self.trace, scan, False, None, self.notation)
        if name in plan.operations and plan.is_intermediate(name):
            return plan._symbol(name, style) if not offset else f"{name} of the step {_steps(offset)}"
        return style.symbol(scan.cell, name, offset)

    def gradient(self, part: str, name: str, offset: int = 0) -> str:
        """∂L/∂s_t, in the notation's way."""
        if name.endswith(PREVIOUS):
            return self.gradient(part, name.removesuffix(PREVIOUS), offset - 1)
        scan = self.trace.scan_named(part)
        if scan is not None and not plan_of(self.trace, part, self.notation).is_intermediate(name):
            style = style_of(self.trace, scan, False, None, self.notation)
            return style.gradient_of(scan.cell, name, offset)
        if part == HEAD and name == "z":
            return self._plain().gradient_of(None, "z", offset)
        return self._plain().gradient(self.value(part, name, offset))

    def _of_part(self, part: str, name: str, offset: int) -> str:
        declared = self._declared.get(part)
        if declared is not None and any(each.name == name for each in declared.quantities):
            return signal_symbol(self.trace, declared.key(name), self._plain(), offset)
        if declared is not None:
            for read in declared.reads(self.trace.network.widths).get(name, ()):
                return signal_symbol(self.trace, read.signal, self._plain(), offset)
        return name

    def _plain(self) -> Style:
        return Style(tex=False, notation=self.notation)

    def parameter(self, part: str, name: str) -> str:
        scan = self.trace.scan_named(part)
        style = self._plain() if scan is None else style_of(self.trace, scan, False, None, self.notation)
        return style.parameter(name)

    def equation(self, cause: object) -> str:
        """The right equation of what a mistake is in; "" where there is none of its own."""
        if not isinstance(cause, Named) or not cause.places:
            return ""
        part, out, source = cause.places[0]
        scan = self.trace.scan_named(part)
        if scan is None:
            return ""
        plan = plan_of(self.trace, part, self.notation)
        name = source.removesuffix(PREVIOUS)
        if name not in plan.records or isinstance(cause, Clipped):
            name = out
        if name not in plan.records:
            return ""
        return plan.backward_equation(name, style_of(self.trace, scan, False, None, self.notation))

    # --- causes ---
    @singledispatchmethod
    def clause(self, cause: object) -> str:
        """What is done otherwise, as a clause."""
        raise TypeError(type(cause))

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
            name = f"d{source.removesuffix(PREVIOUS)}_next"
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
        return f"{made} is assigned (=) over what step t + 1 has sent back, not added to it (+=)" + self._where(cause)

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
            what = f"the factor {rights} is left out of {made}"
        else:
            wrong = self._slope(operation, cause.part or part, cause.form, cause.argument, cause.shift)
            what = f"in {made} the factor is {wrong} where {right} belongs"
            if len(places) > 1:
                what = f"in {made} φ′ is written like {wrong}, where the first of them has {right}"
        return what + self._where(cause)

    @clause.register
    def _(self, cause: Factor) -> str:
        part, out, source = cause.places[0]
        first, second = self._operation(part, out).inputs
        other = self.value(part, second if source == first else first)
        made = self.gradient(part, source)
        if cause.value == "1":
            return f"the factor {other} is left out of {made}" + self._where(cause)
        wrong = f"(1 − {other})" if cause.value == "1 −" else self.value(part, cause.value, cause.shift)
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
            what = f"in what goes back to {made} {names} stands as it is, not transposed"
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
        text = cause.description.rstrip(".")
        return text[0].lower() + text[1:]

    # --- finished gradients ---
    def finish(self, finish: Finish, ways: Iterable[str] = ()) -> str:
        """What was done to a gradient: «the right one transposed»."""
        match finish.kind:
            case "factor":
                ways = tuple(ways)
                number = f"{finish.number:.6g}".replace("-", "−")
                if not ways:
                    return f"the right one times {number}"
                said = next((FACTORS[way] for way in ways if way in FACTORS), "")
                written = " or ".join(ways)
                times = f"the right one times {written}" + ("" if written == number else f" = {number}")
                return f"{times} ({said})" if said else times
            case "transposed":
                return "the right one transposed"
            case "order":
                return f"the right one with its gates in the order {finish.detail}"
            case "reversed":
                return "the right one in reversed time"
            case "shifted":
                return f"the right one, one step {finish.detail}"
            case "zero":
                return "0, as if it were never added up"
            case "clipped":
                return f"the right one clipped into −{finish.number:g} … {finish.number:g}"
            case "step":
                return f"the sum over time with {finish.detail}" + (
                    ": = where += belongs" if finish.detail == "only the first step" else ""
                )
            case "sample":
                return f"the sum with {finish.detail}"
            case "left":
                return self._left(finish.detail)
            case "right":
                return self._right(finish.detail)
        raise ValueError(finish.kind)

    def _left(self, detail: str) -> str:
        parameter, right, *wrong = detail.split(":")
        part = self._part_of(parameter, right)
        found = self.value(part, wrong[0]) if len(wrong) == 1 else f"{self.value(part, wrong[1])} of {wrong[0]}"
        if wrong[0] == "reversed":
            found = f"{self.value(part, wrong[1])} in reversed time"
        return f"Σ over t with {found} where {self.value(part, right)} belongs"

    def _right(self, detail: str) -> str:
        parameter, *wrong = detail.split(":")
        part = self._part_of(parameter, "")
        if len(wrong) == 2:
            return f"Σ over t with ∂L/∂ the pre-activation of {wrong[0]}"
        if wrong[0] == "ahead":
            return "Σ over t with the gradient before φ′ was multiplied in"
        return f"Σ over t with {self.gradient(part, wrong[0])} in the place of the gradient that belongs there"

    def _part_of(self, parameter: str, left: str) -> str:
        for each in self.trace.network.declared:
            for operation in each.graph:
                stems = {name.partition("_")[0] for name in (*operation.parameters, operation.bias or "")}
                if parameter in stems and (not left or left in operation.inputs):
                    return each.name
        return self.trace.scan.name

    # --- helpers ---
    def _operation(self, part: str, out: str) -> Operation:
        return next(each for each in self._declared[part].graph if each.out == out)

    def _readers(self, part: str, source: str) -> list[Operation]:
        return [each for each in self._declared[part].graph if source in each.inputs]

    def _only(self, part: str, source: str) -> bool:
        """Whether nothing else reads a quantity."""
        declared: Declared = self._declared[part]
        return any(each.out == source for each in declared.graph) and source not in declared.recurrent_states

    def _slope(self, operation: Operation, part: str, form: str, argument: str, shift: int = 0) -> str:
        source, out, kind = operation.inputs[0], operation.out, operation.kind
        name = {OWN: out, AGAIN: out, INPUT: source}.get(argument, argument)
        v = self.value(part, name, shift)
        if argument == AGAIN:
            v = activation_named(kind).text.format(h=v)
        form = form or changes.WRITTEN.get(kind, "")
        if form:
            return f"({form.replace('v', v)})" if "−" in form else form.replace("v", v)
        return f"φ′ of {v}"

    def _where(self, cause: Named) -> str:
        """Which layers, where there are several that are alike."""
        parts = list(dict.fromkeys(part for part, _, _ in cause.places))
        alike = [each.name for each in self._declared.values() if each.graph == self._declared[parts[0]].graph]
        if len(alike) == 1:
            return ""
        return " in every layer" if len(parts) == len(alike) else f" in {listed(parts)}"


def _steps(offset: int) -> str:
    return "before" if offset < 0 else "after"


def listed(texts: list[str], most: int = 4) -> str:
    if len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most} more"]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"
