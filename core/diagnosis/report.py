"""What a diagnosis says, line by line: what agrees, the first that does not, what mistake gives the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from core.diagnosis.asked import SINGLE, Asked, Item
from core.diagnosis.diagnosis import Diagnosis, Place
from core.diagnosis.explanation import Explanation, Found
from core.diagnosis.finish_words import ONE, SEVERAL, THAT
from core.diagnosis.finishes import factors_of, written
from core.diagnosis.forward.changes import Altered
from core.diagnosis.symbols import listed
from core.diagnosis.unrolling import Unrolling
from core.diagnosis.words import Words
from core.edits.place_names import place_name
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.sentence import Sentence, and_then, clauses, plural

MORE_GRADIENTS = Sentence("Save more of what you compute, such as the gradients of every step, to tell them apart.")
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
            yield Sentence(
                "All that was given agrees: {names} ({exactness})."
                if self.diagnosis.agrees
                else "This agrees: {names} ({exactness}).",
                names=names,
                exactness=_exactness([each.item for each in good]),
            )
        else:
            yield Sentence("Nothing that was given agrees.")
        used = [each.item.name for each in good if each.as_used]
        if used:
            names = listed(used, self.most)
            yield Sentence(
                "{names}: as truncated or clipped as the experiment says, not the derivatives of L.", names=names
            )

    def difference(self, recorded: bool = False) -> str:
        """The first number that is wrong, in the order of computation; "" where all agree. `recorded`: theirs was
        recorded from a model, and ours recomputed."""
        first = self.diagnosis.first
        if first is None or first.place is None:
            return ""
        place = first.place
        others = [each.item.name for each in self.diagnosis.verdicts if not each.agrees and each is not first]
        text = Sentence(
            "The first that does not, in the order of computation: {place}: recorded is {theirs}, recomputed is {ours}."
            if recorded
            else "The first that does not, in the order of computation: {place}: yours is {theirs}, right is {ours}.",
            place=self.place(place),
            theirs=_number(place.theirs),
            ours=_number(place.ours),
        )
        if not others:
            return text
        names = listed(others, self.most)
        after = plural(len(others), "After it {names} is wrong.", "After it {names} are wrong.", names=names)
        return Sentence("{sentence} {next}", sentence=text, next=after)

    def place(self, place: Place) -> str:
        """«dh[4, 0, 2] (here ∂L/∂h_t, step 5, sample 1, unit 3, counted from 1)»: as it is typed in NumPy, and ours."""
        entry = f"[{', '.join(map(str, place.entry))}]" if place.entry else ""
        return Sentence("{entry} (here {here}, counted from 1)", entry=f"{place.item}{entry}", here=self._here(place))

    def _here(self, place: Place) -> str:
        part, _, own = place.quantity.partition(".")
        index = [k + 1 for k in place.index]
        if place.kind in ("signal", "value") and len(index) == 3:
            symbol = self.words.value(part, own) if own else "x"
            if place.kind == "signal":
                symbol = self.words.gradient(part, own) if own else "∂L/∂x"
            t, sample, unit = index
            return Sentence(
                "{symbol}, step {t}, sample {sample}, unit {unit}", symbol=symbol, t=t, sample=sample, unit=unit
            )
        if len(index) == 2 and place.kind in ("start", "value"):
            sample, unit = index
            return Sentence("{symbol}, sample {sample}, unit {unit}", symbol=place.quantity, sample=sample, unit=unit)
        return place_name(self.diagnosis.trace, place.quantity, place.index)

    def mistake(self) -> Iterator[str]:
        """What gives the learner's numbers."""
        diagnosis, first = self.diagnosis, self.diagnosis.first
        wrong = first.item.kind if first is not None else ""
        if diagnosis.forward is not None:
            yield from self._forward(diagnosis.forward)
        if wrong == "weight":
            yield Sentence("That is a weight that the run begins with: these numbers belong to another network.")
        elif wrong == "value":
            yield Sentence(
                "That is a value of the forward pass: repair it first, since every gradient is made from it."
            )
        if diagnosis.follow:
            names = listed(list(diagnosis.follow), self.most)
            yield plural(
                len(diagnosis.follow),
                "As far as {names} is wrong, that follows from these values alone.",
                "As far as {names} are wrong, that follows from these values alone.",
                names=names,
            )
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
            yield from self._complete(
                found, Sentence("Save more of what you compute, such as every gate of every step, to tell them apart.")
            )
        elif found.tried:
            yield from self._partial(found)

    def _complete(self, found: Found, more: str = MORE_GRADIENTS) -> Iterator[str]:
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
                yield Sentence(
                    "Of {count:,} mistakes that were tried, only this one gives all these numbers.", count=found.tried
                )
            else:
                yield Sentence("It gives all these numbers, but the factor is none that is easily written by mistake.")
            return
        yield Sentence("These numbers cannot tell that from:")
        for each in others[:MOST_EQUALS]:
            yield Sentence("  - {sentence}", sentence=self.sentence(each))
        if len(others) > MOST_EQUALS:
            yield Sentence("  and {count} more.", count=len(others) - MOST_EQUALS)
        yield more

    def _partial(self, found: Found) -> Iterator[str]:
        yield Sentence("None of {count:,} mistakes that were tried gives all these numbers.", count=found.tried)
        if not found.partial:
            return
        best = found.partial[0]
        said = [Sentence("your {finding}", finding=self._finding(best))]
        if best.unexplained:
            missing = listed(list(best.unexplained), self.most)
            said.append(Sentence("that does not explain {names}", names=missing))
        if best.spoiled:
            spoiled = listed(list(best.spoiled), self.most)
            said.append(Sentence("but then {names} would be wrong, too", names=spoiled))
        yield Sentence("The nearest: {clauses}.", clauses=clauses(said))

    def sentence(self, explanation: Explanation) -> str:
        """«Your dWh and db are what one gets when …»"""
        return Sentence("Your {finding}.", finding=self._finding(explanation))

    def _finding(self, explanation: Explanation) -> str:
        """The same as a clause, without whose arrays they are."""
        cause, found = explanation.cause, []
        if cause is not None:
            found.append(
                plural(
                    len(explanation.explained),
                    "{names} is what one gets when {clause}",
                    "{names} are what one gets when {clause}",
                    names=listed(list(explanation.explained), self.most),
                    clause=self.words.clause(cause),
                )
            )
        for finish, names in explanation.finished:
            form = THAT if cause is not None else ONE if len(names) == 1 else SEVERAL
            what = self.words.finish(finish, self._ways(finish.number, names), form)
            shown = listed(list(names), self.most)
            found.append(plural(len(names), "{names} is {what}", "{names} are {what}", names=shown, what=what))
        return and_then(found)

    def _ways(self, number: float, names: tuple[str, ...]) -> tuple[str, ...]:
        tolerance = max(self._items[name].tolerance for name in names)
        return written(number, self._known, tolerance) if number else ()


def _number(number: float) -> str:
    return f"{number:.8g}".replace("-", "−")


def _exactness(items: list[Item]) -> str:
    """How exactly equal numbers are, where that depends on the file."""
    rounding = max(item.rounding for item in items)
    if rounding:
        return Sentence("to their last decimal, {rounding:g}", rounding=2.0 * rounding)
    loosest = max(item.tolerance for item in items)
    if loosest >= SINGLE:
        return Sentence("to 1 part in 10,000, as exact as float32 is over many steps")
    return Sentence("to 1 part in 10⁶")
