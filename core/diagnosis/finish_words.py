"""What was done to gradients that are otherwise right, in words."""

from __future__ import annotations

from collections.abc import Iterable

from core.diagnosis.finishes import Finish
from core.diagnosis.symbols import Symbols

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


class FinishWords(Symbols):
    """Clauses on finished gradients."""

    def finish(self, finish: Finish, ways: Iterable[str] = ()) -> str:
        """What was done to a gradient: «the right one transposed»."""
        match finish.kind:
            case "factor":
                ways = tuple(ways)
                number = f"{finish.number:.6g}".replace("-", "−")
                if not ways:
                    return f"the right one times {number}"
                said = next((FACTORS[way] for way in ways if way in FACTORS), "")
                ways = sorted(ways, key=lambda way: way not in FACTORS)[
                    :2
                ]  # those that are mistakes of their own first
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
                which = finish.detail if finish.detail.startswith("without ") else f"with {finish.detail}"
                assigned = ": = where += belongs" if finish.detail == "only the first step" else ""
                return f"the sum over time {which}{assigned}"
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
            return f"Σ over t with the gradient of the pre-activation of {wrong[0]}"
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
