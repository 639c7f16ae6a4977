"""What mistake gives a learner's numbers: every change of one thing is tried, with what may be done to its gradients
afterwards, and judged by all numbers that were given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from core.analysis.input_gradients import sent_to_inputs
from core.diagnosis.asked import Asked, Item
from core.diagnosis.backward import Begun, Change, Gradients, Pass
from core.diagnosis.candidates import candidates, pairs
from core.diagnosis.chains import truncations
from core.diagnosis.changes import Named
from core.diagnosis.explanation import Found
from core.diagnosis.finishes import Finish, Rows, Sums
from core.diagnosis.judge import Judge
from core.diagnosis.unrolling import Unrolling
from core.faults import FAULTS, Fault
from core.jobs import Job
from core.maths.arrays import Array
from core.recorder import backward_pass
from core.rules import fault_refusal
from core.trace import collect

CHUNK = 64  # derivations side by side
NUMBERS = 4_000_000  # of one quantity, of all derivations side by side
MOST_PAIRS = 1500  # of two mistakes at once, where none alone gives all numbers
PAIRED_NUMBERS = 8_000_000  # of all of those together: with them a search takes no more than a few seconds


def searching(asked: Asked, wrong: frozenset[Item]) -> Job[Found]:
    """Looks for what gives the items' numbers, of which `wrong` do not agree. A job."""
    search = _Search(asked, wrong)
    yield from search.run()
    return search.judge.found()


class _Search:
    def __init__(self, asked: Asked, wrong: frozenset[Item]) -> None:
        self.asked, self.wrong = asked, wrong
        self.base: Rows = {}
        self._judged: set[Change] = set()

    # --- the rows ---
    def run(self) -> Iterator[float]:
        unrolling = self.asked.unrolling
        right = Pass(unrolling, [Change()])
        found = right.run()
        self.base = self.asked.rows(found, 1)
        judge = self.judge = Judge(self.asked, self.asked.gradients, self.wrong, self.base)
        judge.note(None, self.base, thorough=True)
        if not any(item.largest for item in self.wrong):  # nothing has been computed yet
            judge.explain(None, judge.finished, 0.0)
            return
        for finish, parameters in Sums(self.asked, found, self.base).all():
            self._of_sums(finish, parameters)
        yield 0.1
        for labels, gradients in truncations(unrolling):
            judge.rows(labels, self.asked.rows(gradients, len(labels)))
            yield 0.2
        for fault in FAULTS:
            if not unrolling.altered and not fault_refusal(fault.name, self.asked.trace.experiment):
                judge.rows([fault], self._of_fault(fault))
        chunk = max(1, min(CHUNK, NUMBERS // max(self._largest(found), 1)))
        single = list(candidates(unrolling))
        for done in self._changes(single, right, chunk, quick=True):
            yield 0.2 + 0.4 * done / len(single)
        judge.explain(None, judge.finished, 0.0)
        if not any(each.complete and each.mistakes == 1 and each.likely for each in judge.all):
            rest = [each for each in single if each not in self._judged]
            judge.tried -= len(rest)
            for done in self._changes(rest, right, chunk):
                yield 0.6 + 0.3 * done / len(single)
            yield from self._nearest()
        if not any(each.complete for each in judge.all):
            yield from self._pairs(right, chunk)

    def _largest(self, found: Gradients) -> int:
        return max((array.size for array in found.signals.values()), default=1)

    def _of_fault(self, fault: Fault) -> Rows:
        trace = self.asked.trace
        back = backward_pass(trace.network, trace.run, hook=fault.hook)
        with np.errstate(all="ignore"):
            gradients = collect(trace.network, trace.run, back)[1]
        starts = {
            (name, key.removesuffix("_base")): getattr(back.records[name], key)[0]
            for name, records in trace.run.records.items()
            for key in vars(records)
            if key.endswith("_base")
        }
        return self.asked.of_parameters(back.parameters, gradients, starts, sent_to_inputs(trace, gradients))

    def _of_sums(self, finish: Finish, parameters: Mapping[str, Array]) -> None:
        """A sum over time made otherwise, in every parameter where it can be, in one, and in one block of one."""
        self.judge.tried += 1
        for item in self.wrong:
            changed = self._with(item, parameters)
            if changed is None:
                continue
            off, allowed = item.off(changed)
            if (off <= allowed).all():
                self.judge.finished.setdefault(item, {})[finish] = None

    def _with(self, item: Item, parameters: Mapping[str, Array]) -> Rows | None:
        """The right rows of an item with some of its parameters' sums replaced."""
        if item.kind != "parameter":
            return None
        rows, touched = {}, False
        for quantity in item.quantities:
            array = self.base[quantity]
            if quantity.name in parameters:
                array, touched = parameters[quantity.name], True
            else:
                part, _, own = quantity.name.partition(".")
                scan = self.asked.trace.scan_named(part)
                if scan is not None:
                    array = array.copy()
                    for name, view in scan.cell.named(own, array, scan.hidden).items():
                        if f"{part}.{name}" in parameters:
                            view[...] = parameters[f"{part}.{name}"]
                            touched = True
            rows[quantity] = array
        return rows if touched else None

    def _pairs(self, right: Pass, chunk: int) -> Iterator[float]:
        """Two mistakes at once."""
        numbers = sum(array.size for array in right.found.signals.values())
        most = min(MOST_PAIRS, PAIRED_NUMBERS // max(numbers, 1))
        for _ in self._changes(pairs(candidates(self.asked.unrolling), most), right, chunk):
            yield 0.99

    def _changes(self, changes: Iterable[Change], right: Pass, chunk: int, quick: bool = False) -> Iterator[int]:
        """Derives and judges changes, `chunk` side by side, and from the last part on in which something is done
        otherwise; yields how many there have been. `quick`: those that cannot give all numbers go as soon as that is
        known, and are not judged."""
        unrolling, done = self.asked.unrolling, 0
        todo: dict[int, list[Change]] = {}  # by that part
        for change in changes:
            todo.setdefault(_last_part(unrolling, change), []).append(change)
        last = max(map(self._part_of, self.wrong))
        for part, alike in todo.items():
            if quick and part < last:  # what is wrong in a later part is not of it
                self.judge.tried += len(alike)
                continue
            for start in range(0, len(alike), chunk):
                some = alike[start : start + chunk]
                done += len(some)
                if quick:
                    standing = self._standing(some, part, right)
                    self.judge.tried += len(some) - len(standing)
                    self._judged.update(standing)
                    some = standing
                if some:
                    made = Pass(unrolling, some, begun=_before(right, part)).run()
                    self.judge.rows(some, self.asked.rows(made, len(some)))
                yield done

    def _standing(self, changes: list[Change], part: int, right: Pass) -> list[Change]:
        """Those that give all numbers of the last part in which they do something otherwise."""
        own = [item for item in self.asked.gradients if item.kind != "start" and self._part_of(item) == part]
        begun = _before(right, part)
        if begun is None or not part or not own:
            return changes
        made = Pass(self.asked.unrolling, changes, begun=begun, alone=True).run()
        rows = self.asked.rows(made, len(changes), own)
        standing, some = np.ones(len(changes), dtype=bool), np.zeros(len(changes), dtype=bool)
        for item in own:
            off, allowed = item.off(rows)
            standing &= off <= allowed
            some |= (off <= allowed) | self.judge.scaled(item, rows)
        self._judged.update(changes[k] for k in np.flatnonzero(~some))  # not one number: nothing to look closer at
        return [changes[k] for k in np.flatnonzero(standing)]

    def _part_of(self, item: Item) -> int:
        """The place of the part that an item belongs to; −1 where it is of none, such as x."""
        name = item.quantities[0].key[0]
        known = any(each.name == name for each in self.asked.unrolling.declared)
        return self.asked.unrolling.part_of(name) if known else -1

    def _nearest(self) -> Iterator[float]:
        """Looks closer at the causes that give most of the numbers: what may have been done to the others."""
        best = self.judge.nearest()
        again = [cause for _, cause, kept in best if kept is None and isinstance(cause, Change)]
        rows = self.asked.rows(Pass(self.asked.unrolling, again).run(), len(again)) if again else {}
        yield 0.95
        for _, cause, kept in best:
            if kept is None:
                k = again.index(cause)  # type: ignore[arg-type]
                kept = {quantity: array[k : k + 1] for quantity, array in rows.items()}
            self.judge.note(cause, kept, thorough=False)
            yield 0.95


def _before(right: Pass, part: int) -> Begun | None:
    """How far the right pass has come before a part; None before all of them."""
    return right.before[part] if part < len(right.before) else None


def _last_part(unrolling: Unrolling, change: Change) -> int:
    """The last part, in the order of computation, that a change is in: those after it go back as they should."""
    if not isinstance(change, Named):
        return len(unrolling.steps)  # it begins otherwise
    return max(unrolling.part_of(part) for part, _, _ in change.places)
