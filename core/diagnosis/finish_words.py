"""What was done to gradients that are otherwise right, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from core.diagnosis.finishes import Finish
from core.diagnosis.symbols import Symbols
from core.sentence import Sentence, one_of

FACTORS = {
    "2": Sentence("counted twice: added up in two calls, or with the ½ of the loss left out"),
    "1/2": Sentence("halved"),
    "−1": Sentence("with the other sign: y − a in the place of a − y"),
    "B": Sentence("summed over the samples, where L is their mean"),
    "1/B": Sentence("divided once more by the number of samples B"),
    "1/T": Sentence("averaged over the steps T, where L is their sum"),
    "T": Sentence("multiplied by the number of steps T"),
    "1/S": Sentence("averaged over the steps whose loss counts, where L is their sum"),
    "1/(B·T)": Sentence("averaged over steps and samples once more"),
    "1/O": Sentence("averaged over the outputs, where L is their sum"),
    "2/O": Sentence("of a mean of squares over the outputs, without the ½"),
}
# What a finished gradient is: of one, of several, and of what has just been named.
ONE, SEVERAL, THAT = range(3)
DONE: Mapping[tuple[str, str], tuple[Sentence, Sentence, Sentence]] = {
    ("transposed", ""): (
        Sentence("the right one transposed"),
        Sentence("the right ones transposed"),
        Sentence("that transposed"),
    ),
    ("reversed", ""): (
        Sentence("the right one in reversed time"),
        Sentence("the right ones in reversed time"),
        Sentence("that in reversed time"),
    ),
    ("shifted", "later"): (
        Sentence("the right one, one step later"),
        Sentence("the right ones, one step later"),
        Sentence("that, one step later"),
    ),
    ("shifted", "earlier"): (
        Sentence("the right one, one step earlier"),
        Sentence("the right ones, one step earlier"),
        Sentence("that, one step earlier"),
    ),
    ("zero", ""): (
        Sentence("0, as if it were never added up"),
        Sentence("0, as if they were never added up"),
        Sentence("0, as if it were never added up"),
    ),
    ("step", "only the first step"): (
        Sentence("the sum over time with only the first step: = where += belongs"),
        Sentence("the sums over time with only the first step: = where += belongs"),
        Sentence("the sum over time with only the first step: = where += belongs"),
    ),
    ("step", "only the last step"): (
        Sentence("the sum over time with only the last step"),
        Sentence("the sums over time with only the last step"),
        Sentence("the sum over time with only the last step"),
    ),
    ("step", "without the first step"): (
        Sentence("the sum over time without the first step"),
        Sentence("the sums over time without the first step"),
        Sentence("the sum over time without the first step"),
    ),
    ("step", "without the last step"): (
        Sentence("the sum over time without the last step"),
        Sentence("the sums over time without the last step"),
        Sentence("the sum over time without the last step"),
    ),
    ("sample", "only the first sample"): (
        Sentence("the sum with only the first sample"),
        Sentence("the sums with only the first sample"),
        Sentence("the sum with only the first sample"),
    ),
    ("sample", "only the last sample"): (
        Sentence("the sum with only the last sample"),
        Sentence("the sums with only the last sample"),
        Sentence("the sum with only the last sample"),
    ),
}
MOVED: Mapping[str, Callable[[str], Sentence]] = {
    "the step before": lambda value: Sentence("{value} of the step before", value=value),
    "the step after": lambda value: Sentence("{value} of the step after", value=value),
    "reversed": lambda value: Sentence("{value} in reversed time", value=value),
}


class FinishWords(Symbols):
    """Clauses on finished gradients."""

    def finish(self, finish: Finish, ways: Iterable[str] = (), form: int = ONE) -> str:
        """What was done to a gradient: «the right one transposed». `form`: of ONE, of SEVERAL, or THAT."""
        match finish.kind:
            case "factor":
                return self._factor(finish.number, tuple(ways), form)
            case "order":
                return Sentence(
                    (
                        "the right one with its gates in the order {order}",
                        "the right ones with their gates in the order {order}",
                        "that with its gates in the order {order}",
                    )[form],
                    order=finish.detail,
                )
            case "clipped":
                return Sentence(
                    (
                        "the right one clipped into −{limit:g} … {limit:g}",
                        "the right ones clipped into −{limit:g} … {limit:g}",
                        "that clipped into −{limit:g} … {limit:g}",
                    )[form],
                    limit=finish.number,
                )
            case "left":
                return self._left(finish.detail)
            case "right":
                return self._right(finish.detail)
        return DONE[finish.kind, finish.detail][form]

    def _factor(self, factor: float, ways: tuple[str, ...], form: int) -> str:
        number = f"{factor:.6g}".replace("-", "−")
        said = next((FACTORS[way] for way in ways if way in FACTORS), "")
        # those that are mistakes of their own first
        written = one_of(sorted(ways, key=lambda way: way not in FACTORS)[:2] or [number])
        if written != number:
            written = Sentence("{ways} = {number}", ways=written, number=number)
        times = Sentence(
            ("the right one times {factor}", "the right ones times {factor}", "that times {factor}")[form],
            factor=written,
        )
        return Sentence("{times} ({why})", times=times, why=said) if said else times

    def _left(self, detail: str) -> str:
        parameter, right, *wrong = detail.split(":")
        part = self._part_of(parameter, right)
        found = self.value(part, wrong[0]) if len(wrong) == 1 else MOVED[wrong[0]](self.value(part, wrong[1]))
        return Sentence("Σ over t with {found} where {right} belongs", found=found, right=self.value(part, right))

    def _right(self, detail: str) -> str:
        parameter, *wrong = detail.split(":")
        part = self._part_of(parameter, "")
        if len(wrong) == 2:
            return Sentence(
                "Σ over t with the gradient of the pre-activation of the step after"
                if wrong[0] == "the step after"
                else "Σ over t with the gradient of the pre-activation of the step before"
            )
        if wrong[0] == "ahead":
            return Sentence("Σ over t with the gradient before φ′ was multiplied in")
        return Sentence(
            "Σ over t with {wrong} in the place of the gradient that belongs there", wrong=self.gradient(part, wrong[0])
        )

    def _part_of(self, parameter: str, left: str) -> str:
        for each in self.trace.network.declared:
            for operation in each.graph:
                stems = {name.partition("_")[0] for name in (*operation.parameters, operation.bias or "")}
                if parameter in stems and (not left or left in operation.inputs):
                    return each.name
        return self.trace.scan.name
