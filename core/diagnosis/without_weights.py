"""What of a recorded run can be checked without its weights: each operation of the cell that has none, forward from the
numbers that it reads, and back from the gradients that are sent to it: c = f ⊙ c_{t−1} + i ⊙ g,
∂L/∂o = ∂L/∂h ⊙ tanh(c).

A number that cannot be made from others in the file is NaN on the way, and everything that would be made of it, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.cells import cell_named
from core.diagnosis.asked import item
from core.diagnosis.recorded import parts_text
from core.diagnosis.symbols import listed
from core.errors import InputError, quoted
from core.maths.arrays import Array
from core.maths.operations import FIXED, Operation, compute, pull_back
from core.own.recorded import is_recording, read_recording
from core.own.recording import GRADIENT, KEEPS, Chain, Recording
from core.own.without_weights import RecordedRun
from core.sentence import Sentence, plural

MOST_NAMES = 6  # in a sentence
PREVIOUS = "_prev"


@dataclass(frozen=True, eq=False)
class Relation:
    """An array of the file, and what the others make of it, (T, B, n); NaN where they do not. `from_last`: it is
    computed from the last step to the first."""

    name: str
    recorded: Array
    made: Array
    tolerance: float
    from_last: bool

    @property
    def checked(self) -> Array:
        """The steps of which every number is made, (T,) bool."""
        return np.asarray(np.isfinite(self.made).all(axis=(1, 2)))

    @property
    def apart(self) -> float:
        """How far the two are apart at most, relative to the largest number of the array."""
        at = self.checked
        apart = float(np.abs(self.made[at] - self.recorded[at]).max())
        return apart / (float(np.abs(self.recorded).max()) or 1.0)

    @property
    def agrees(self) -> bool:
        return self.apart <= self.tolerance

    @property
    def first(self) -> tuple[int, int, int]:
        """Where they first differ, in the order of computation; the step as it is counted in the file."""
        allowed = self.tolerance * (float(np.abs(self.recorded).max()) or 1.0)
        with np.errstate(invalid="ignore"):
            wrong = (np.abs(self.made - self.recorded) > allowed) & self.checked[:, None, None]
        steps = np.flatnonzero(wrong.any(axis=(1, 2)))
        step = int(steps[-1 if self.from_last else 0])
        sample, unit = np.argwhere(wrong[step])[0]
        return step, int(sample), int(unit)


def relations(arrays: Mapping[str, Array]) -> list[Relation]:
    """All that can be checked, in the order of the file's layers; values before gradients. Empty where no file says
    which cell it is of, or where no cell here is that. Raises InputError as `read_recording` does."""
    if not is_recording(arrays):
        return []
    found = read_recording(arrays, whole=False)
    try:
        cell = cell_named(found.layer.cell)
        graph = cell.from_experiment(KEEPS.with_changes(cell=cell.name, **found.layer.choices)).graph
    except InputError:
        return []
    chains = [_Numbers(found, chain, graph) for chain in found.chains]
    return [each for numbers in chains for each in numbers.values()] + [
        each for numbers in reversed(chains) for each in numbers.gradients()
    ]


class _Numbers:
    """One chain's recorded numbers by our names, the steps in the order in which they are computed."""

    def __init__(self, found: Recording, chain: Chain, graph: tuple[Operation, ...]) -> None:
        self._found, self._chain, self._graph = found, chain, graph
        self._names = {ours: chain.name(theirs) for theirs, ours in found.recorded.items()}
        self._theirs = {ours: theirs for theirs, ours in found.recorded.items()}
        self._states = [found.recorded[state] for state in found.states]
        self._values = {ours: array for ours in self._names if (array := self._array(self._names[ours])) is not None}
        for state in self._states:
            if state in self._values:
                start = found.get(chain, self._theirs[state] + "0")
                begin = np.full_like(self._values[state][:1], np.nan) if start is None else np.array(start[None], float)
                self._values[state + PREVIOUS] = np.concatenate((begin, self._values[state][:-1]))

    def _array(self, name: str) -> Array | None:
        array = self._found.arrays.get(name)
        return None if array is None else self._turned(np.asarray(array, dtype=float))

    @property
    def _reverse(self) -> bool:
        return self._chain.part.endswith("r")

    def _turned(self, array: Array) -> Array:
        return array[::-1] if self._reverse else array

    def _relation(self, name: str, made: Array) -> Iterator[Relation]:
        array = self._found.arrays[name]
        from_last = self._reverse != name.endswith(GRADIENT)
        tolerance = item(name, (), array).tolerance
        relation = Relation(name, np.asarray(array, dtype=float), self._turned(made), tolerance, from_last)
        if relation.checked.any():
            yield relation

    def values(self) -> Iterator[Relation]:
        """What the operations without weights make of the values that are recorded."""
        known = self._known = dict(self._values)
        for operation in self._graph:
            if _has_weights(operation) or not set(operation.inputs) <= known.keys():
                continue
            with np.errstate(all="ignore"):
                made = compute(operation, known, {})
            if operation.out in self._values:
                yield from self._relation(self._names[operation.out], made)
            else:
                known[operation.out] = made

    def gradients(self) -> Iterator[Relation]:
        """What the operations without weights send back to each gradient that is recorded, with what came from above
        and from the next step."""
        some = next((array for array in self._values.values()), None)
        if some is None:
            return
        unknown = np.full_like(some, np.nan)
        recorded = {ours: self._array(name + GRADIENT) for ours, name in self._names.items()}
        sent: dict[str, Array] = {}
        for operation in reversed(self._graph):
            if operation.kind in FIXED:
                continue
            own = recorded.get(operation.out)
            arriving = own if own is not None else sent.get(operation.out, unknown)
            for source, addend in self._sent_back(operation, arriving, unknown):
                sent[source] = sent[source] + addend if source in sent else addend
        for ours, array in recorded.items():
            if array is None:
                continue
            made = sent.get(ours, np.zeros_like(unknown))
            if ours in self._states:
                later = np.concatenate((sent.get(ours + PREVIOUS, unknown)[1:], np.zeros_like(unknown[:1])))
                made = made + later + self._from_above(ours, unknown)
            yield from self._relation(self._names[ours] + GRADIENT, made)

    def _sent_back(self, operation: Operation, arriving: Array, unknown: Array) -> list[tuple[str, Array]]:
        needed = {operation.out, *operation.inputs} if operation.kind not in ("add", "complement") else set()
        if _has_weights(operation) or not needed <= self._known.keys():
            return [(source, unknown) for source in operation.inputs]
        with np.errstate(all="ignore"):
            return pull_back(operation, arriving, self._known, {})

    def _from_above(self, state: str, unknown: Array) -> Array:
        """What reaches a state from outside its chain. What a layer above sends is not recorded by itself."""
        found = self._found.above(self._chain, self._theirs[state])
        read_above = state == self._found.recorded["h"] and self._chain not in self._found.top
        return unknown if found is None or read_above else self._turned(np.asarray(found, dtype=float))


def _has_weights(operation: Operation) -> bool:
    return operation.kind == "linear" or bool(operation.parameters) or operation.bias is not None


@dataclass(frozen=True, eq=False)
class Checked:
    """A recorded run without its weights, and what of it could be checked."""

    run: RecordedRun
    relations: tuple[Relation, ...]

    @property
    def agrees(self) -> bool:
        """Whether something could be checked, and all of that agrees."""
        return bool(self.relations) and all(each.agrees for each in self.relations)

    @property
    def wrong(self) -> Relation | None:
        return next((each for each in self.relations if not each.agrees), None)

    def lines(self, most: int | None = None) -> Iterator[str]:
        """What is missing, what agrees, what does not, and what could not be checked, a sentence each. `most`: so many
        names of what could not be checked."""
        yield self._missing()
        yield self._agreement() if self.relations else self._nothing()
        wrong = self.wrong
        if wrong is not None:
            step, sample, unit = wrong.first
            theirs, ours = (float(array[wrong.first]) for array in (wrong.recorded, wrong.made))
            yield Sentence(
                "The first that does not is {entry} (step {t}, sample {sample}, unit {unit}): recorded is "
                "{theirs:.7g}, the others give {ours:.7g}.",
                entry=f"{quoted(wrong.name)}[{step}, {sample}, {unit}]",
                t=step + 1,
                sample=sample + 1,
                unit=unit + 1,
                theirs=theirs,
                ours=ours,
            )
        yield self._unchecked(most)

    def _missing(self) -> str:
        if self.run.missing:
            names = listed([quoted(each) for each in self.run.missing], MOST_NAMES)
            return plural(
                len(self.run.missing),
                "{names} is missing, so nothing can be recomputed from x.",
                "{names} are missing, so nothing can be recomputed from x.",
                names=names,
            )
        return Sentence("There are no weights in the file, so nothing can be recomputed from x.")

    def _nothing(self) -> str:
        if self.run.model:
            return Sentence("No recorded number can be made from others without weights.")
        return Sentence(
            "The file does not say what kind of layer it is from, as a recorder does, so no number is computed from "
            "others."
        )

    def _agreement(self) -> str:
        good = [each for each in self.relations if each.agrees]
        count, all_of_them = len(self.relations), len(good) == len(self.relations)
        if not good:
            return Sentence(
                "What other recorded numbers give without weights, {names}, does not agree.",
                names=self._named(self.relations),
            )
        apart, allowed = max(each.apart for each in good), max(each.tolerance for each in good)
        if not all_of_them:
            which = Sentence("{good} of {count} arrays agree", good=len(good), count=count)
        elif count == 2:
            which = Sentence("both arrays agree")
        else:
            which = plural(count, "1 array agrees", "all {count} arrays agree")
        return Sentence(
            "Made from other recorded numbers, without weights, {which}: {names}; to {apart} of the largest number of "
            "each ({allowed} is allowed).",
            which=which,
            names=self._named(good),
            apart=parts_text(apart),
            allowed=parts_text(allowed),
        )

    def _named(self, found: list[Relation] | tuple[Relation, ...]) -> str:
        return listed([_at_steps(each.name, each.checked) for each in found], MOST_NAMES)

    def _unchecked(self, most: int | None) -> str:
        by_name = {each.name: each for each in self.relations}
        parts = []
        for name in (name for quantity in self.run.quantities for name in quantity.names):
            relation = by_name.get(name)
            if relation is None:
                parts.append(quoted(name))
            elif not relation.checked.all():
                parts.append(_at_steps(name, ~relation.checked))
        parts += [quoted(name) for name in self.run.others]
        if not parts:
            return Sentence("Nothing is left unchecked.")
        return Sentence("Not checked: {names}.", names=listed(parts, most or len(parts)))


def _at_steps(name: str, at: Array) -> str:
    """An array with the steps that are meant, where they are not all: "h (step 5)", "h (steps 1 to 4)"."""
    steps = np.flatnonzero(at) + 1
    if at.all():
        return quoted(name)
    return plural(
        len(steps),
        "{name} (step {first})",
        "{name} (steps {first} to {last})",
        name=quoted(name),
        first=int(steps[0]),
        last=int(steps[-1]),
    )


def checked(run: RecordedRun, arrays: Mapping[str, Array]) -> Checked:
    """What of a run could be checked; `arrays` are those of its file."""
    return Checked(run, tuple(relations(arrays)))
