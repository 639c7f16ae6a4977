"""What a diagnosis says, line by line: what agrees, the first that does not, what mistake gives the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from core.diagnosis.asked import SINGLE, Asked, Item
from core.diagnosis.diagnosis import Diagnosis, Place
from core.diagnosis.explanation import Explanation, Found
from core.diagnosis.finishes import factors_of, written
from core.diagnosis.forward.changes import Altered
from core.diagnosis.symbols import listed
from core.diagnosis.unrolling import Unrolling
from core.diagnosis.words import Words
from core.edits.place_names import place_name
from core.notation.base import Notation
from core.notation.books.row import ROW

MOST_EQUALS = 4  # explanations that give the same numbers, of those that are named


class Report:
    """The sentences of a diagnosis, in a notation, each with `most` names of arrays at most."""

    def __init__(self, diagnosis: Diagnosis, notation: Notation = ROW, most: int = 12) -> None:
        self.most = most
        self.diagnosis, self.words = diagnosis, Words(diagnosis.trace, notation)
        items = diagnosis.items
        self._known = factors_of(Asked(Unrolling(diagnosis.trace), items))
        self._items = {item.name: item for item in items}

    def lines(self) -> Iterator[str]:
        """All of it, a sentence or an equation a line."""
        yield from self.agreement()
        place = self.difference()
        if place:
            yield place
        yield from self.mistake()

    def agreement(self) -> Iterator[str]:
        """What agrees, and how exactly that is known."""
        order = list(self._items)
        good = [each for each in self.diagnosis.verdicts if each.agrees]
        good.sort(key=lambda each: order.index(each.item.name))
        if good:
            names = listed([each.item.name for each in good], self.most)
            whole = "All that was given agrees" if self.diagnosis.agrees else "This agrees"
            yield f"{whole}: {names} ({_exactness([each.item for each in good])})."
        else:
            yield "Nothing that was given agrees."
        used = [each.item.name for each in good if each.as_used]
        if used:
            names = listed(used, self.most)
            yield f"{names}: as truncated or clipped as the experiment says, not the derivatives of L."

    def difference(self) -> str:
        """The first number that is wrong, in the order of computation; "" where all agree."""
        first = self.diagnosis.first
        if first is None or first.place is None:
            return ""
        place = first.place
        others = [each.item.name for each in self.diagnosis.verdicts if not each.agrees and each is not first]
        text = f"The first that does not, in the order of computation: {self.place(place)}: "
        text += f"yours is {_number(place.theirs)}, right is {_number(place.ours)}."
        return text + (
            f" After it {listed(others, self.most)} {'is' if len(others) == 1 else 'are'} wrong." if others else ""
        )

    def place(self, place: Place) -> str:
        """«dh[4, 0, 2] (here ∂L/∂h_t, step 5, sample 1, unit 3, counted from 1)»: as it is typed in NumPy, and ours."""
        entry = f"[{', '.join(map(str, place.entry))}]" if place.entry else ""
        return f"{place.item}{entry} (here {self._here(place)}, counted from 1)"

    def _here(self, place: Place) -> str:
        part, _, own = place.quantity.partition(".")
        index = [k + 1 for k in place.index]
        if place.kind in ("signal", "value") and len(index) == 3:
            symbol = self.words.value(part, own) if own else "x"
            if place.kind == "signal":
                symbol = self.words.gradient(part, own) if own else "∂L/∂x"
            return f"{symbol}, step {index[0]}, sample {index[1]}, unit {index[2]}"
        if len(index) == 2 and place.kind in ("start", "value"):
            return f"{place.quantity}, sample {index[0]}, unit {index[1]}"
        return place_name(self.diagnosis.trace, place.quantity, place.index)

    def mistake(self) -> Iterator[str]:
        """What gives the learner's numbers."""
        diagnosis, first = self.diagnosis, self.diagnosis.first
        wrong = first.item.kind if first is not None else ""
        if diagnosis.forward is not None:
            yield from self._forward(diagnosis.forward)
        if wrong == "weight":
            yield "That is a weight that the run begins with: these numbers belong to another network."
        elif wrong == "value":
            yield "That is a value of the forward pass: repair it first, since every gradient is made from it."
        if diagnosis.follow:
            names = listed(list(diagnosis.follow), self.most)
            yield f"As far as {names} {_are(diagnosis.follow)} wrong, that follows from these values alone."
        found = diagnosis.found
        if found is None:
            return
        if found.complete:
            yield from self._complete(found)
        elif wrong not in ("weight", "value") or diagnosis.explained:
            yield from self._partial(found)

    def _forward(self, found: Found) -> Iterator[str]:
        """What gives the learner's values."""
        if found.complete:
            yield from self._complete(found, "every gate of every step")
        elif found.tried:
            yield from self._partial(found)

    def _complete(self, found: Found, more: str = "the gradients of every step") -> Iterator[str]:
        first = found.complete[0]
        yield self.sentence(first)
        cause = first.cause
        equation = self.words.forward_equation(cause) if isinstance(cause, Altered) else self.words.equation(cause)
        if equation:
            yield f"    {equation}"
        others = found.complete[1:]
        if not others:
            if not found.tried:  # what is 0 needs no search
                return
            if found.certain:
                yield f"Of {found.tried:,} mistakes that were tried, only this one gives all these numbers."
            else:
                yield "It gives all these numbers, but the factor is none that is easily written by mistake."
            return
        yield "These numbers cannot tell that from:"
        for each in others[:MOST_EQUALS]:
            yield f"  - {self.sentence(each)}"
        if len(others) > MOST_EQUALS:
            yield f"  and {len(others) - MOST_EQUALS} more."
        yield f"Save more of what you compute, such as {more}, to tell them apart."

    def _partial(self, found: Found) -> Iterator[str]:
        yield f"None of {found.tried:,} mistakes that were tried gives all these numbers."
        if not found.partial:
            return
        best = found.partial[0]
        text = self.sentence(best).removesuffix(".")
        missing = listed(list(best.unexplained), self.most) if best.unexplained else ""
        text += f"; that does not explain {missing}" if missing else ""
        text += f"; but then {listed(list(best.spoiled), self.most)} would be wrong, too" if best.spoiled else ""
        yield f"The nearest: {text[0].lower() + text[1:]}."

    def sentence(self, explanation: Explanation) -> str:
        """«Your dWh and db are what one gets when …»"""
        finished = [(self.words.finish(f, self._ways(f.number, names)), names) for f, names in explanation.finished]
        if explanation.cause is None:
            clauses = [
                f"{listed(list(names), self.most)} {_are(names)} {_plural(text, names)}" for text, names in finished
            ]
            return f"Your {', and '.join(clauses)}."
        names = explanation.explained
        clause = self.words.clause(explanation.cause)
        text = f"Your {listed(list(names), self.most)} {_are(names)} what one gets when {clause}"
        for what, of in finished:
            what = what.replace("the right one", "that")
            text += f", and {listed(list(of), self.most)} {_are(of)} {what}"
        return f"{text}."

    def _ways(self, number: float, names: tuple[str, ...]) -> tuple[str, ...]:
        tolerance = max(self._items[name].tolerance for name in names)
        return written(number, self._known, tolerance) if number else ()


def _are(names: tuple[str, ...]) -> str:
    return "is" if len(names) == 1 else "are"


def _plural(text: str, names: tuple[str, ...]) -> str:
    """What is said of one array, of several."""
    if len(names) == 1:
        return text
    return (
        text.replace("the right one", "the right ones")
        .replace("as if it were", "as if they were")
        .replace("the sum ", "the sums ")
        .replace(" its ", " their ")
    )


def _number(number: float) -> str:
    return f"{number:.8g}".replace("-", "−")


def _exactness(items: list[Item]) -> str:
    """How exactly equal numbers are, where that depends on the file."""
    rounding = max(item.rounding for item in items)
    if rounding:
        return f"to their last decimal, {2.0 * rounding:g}"
    loosest = max(item.tolerance for item in items)
    return "to 1 part in 10,000, as exact as float32 is over many steps" if loosest >= SINGLE else "to 1 part in 10⁶"
