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
from core.diagnosis.covers import covers
from core.diagnosis.explanation import Cause, Explanation, Found, ranked
from core.diagnosis.finishes import (
    Finish,
    Rows,
    Sums,
    factors_of,
    finishes,
    fitted_factor,
    same_when,
    written,
)
from core.diagnosis.unrolling import Unrolling
from core.faults import FAULTS, Fault
from core.jobs import Job
from core.maths.arrays import Array
from core.recorder import backward_pass
from core.rules import fault_refusal
from core.trace import collect

CHUNK = 64  # derivations side by side
NUMBERS = 4_000_000  # of one quantity, of all derivations side by side
NEAREST = 48  # causes that give some of the numbers, looked at closer
LEAST = 0.1  # of what is allowed: what moves all numbers by less is no mistake that could be seen
MOST_PAIRS = 1500  # of two mistakes at once, where none alone gives all numbers
PAIRED_NUMBERS = 8_000_000  # of all of those together: with them a search takes no more than a few seconds


def searching(asked: Asked, wrong: frozenset[Item]) -> Job[Found]:
    """Looks for what gives the items' numbers, of which `wrong` do not agree. A job."""
    search = _Search(asked, wrong)
    yield from search.run()
    return search.found()


class _Search:
    def __init__(self, asked: Asked, wrong: frozenset[Item]) -> None:
        self.asked, self.wrong = asked, wrong
        self.items = asked.gradients
        self.right = tuple(item for item in self.items if item not in wrong)
        self.known = factors_of(asked)
        self.all: list[Explanation] = []
        self.tried = 0
        self.base: Rows = {}
        self._nearly: list[tuple[float, Cause, Rows | None]] = []
        self._finished: dict[Item, dict[Finish, None]] = {}  # of the right gradients

    # --- the rows ---
    def run(self) -> Iterator[float]:
        unrolling = self.asked.unrolling
        right = Pass(unrolling, [Change()])
        found = right.run()
        self.base = self.asked.rows(found, 1)
        self._note(None, self.base, thorough=True)
        if not any(item.largest for item in self.wrong):  # nothing has been computed yet
            self._explain(None, self._finished, 0.0)
            return
        for finish, parameters in Sums(self.asked, found, self.base).all():
            self._of_sums(finish, parameters)
        yield 0.1
        for labels, gradients in truncations(unrolling):
            self._rows(labels, self.asked.rows(gradients, len(labels)))
            yield 0.2
        for fault in FAULTS:
            if not fault_refusal(fault.name, self.asked.trace.experiment):
                self._rows([fault], self._of_fault(fault))
        chunk = max(1, min(CHUNK, NUMBERS // max(self._largest(found), 1)))
        single = list(candidates(unrolling))
        for done in self._changes(single, right, chunk):
            yield 0.2 + 0.7 * done / len(single)
        self._explain(None, self._finished, 0.0)
        if not any(each.complete and each.mistakes == 1 and each.likely for each in self.all):
            yield from self._nearest()
        if not any(each.complete for each in self.all):
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
        self.tried += 1
        for item in self.wrong:
            changed = self._with(item, parameters)
            if changed is None:
                continue
            off, allowed = item.off(changed)
            if (off <= allowed).all():
                self._finished.setdefault(item, {})[finish] = None

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

    def _changes(self, changes: Iterable[Change], right: Pass, chunk: int) -> Iterator[int]:
        """Derives and judges changes, `chunk` side by side, and from the last part on in which something is done
        otherwise; yields how many there have been."""
        unrolling, done = self.asked.unrolling, 0
        todo: dict[int, list[Change]] = {}  # by that part
        for change in changes:
            todo.setdefault(_last_part(unrolling, change), []).append(change)
        for part, alike in todo.items():
            for start in range(0, len(alike), chunk):
                some = alike[start : start + chunk]
                made = Pass(unrolling, some, begun=_before(right, part)).run()
                self._rows(some, self.asked.rows(made, len(some)))
                done += len(some)
                yield done

    # --- judging ---
    def _rows(self, causes: Iterable[Cause], rows: Rows) -> None:
        """Judges several causes: those that give all numbers are noted, of the others how much they give."""
        causes = list(causes)
        self.tried += len(causes)
        moved, same = np.zeros(len(causes), dtype=bool), np.ones(len(causes), dtype=bool)
        score, exact = np.zeros(len(causes)), np.zeros(len(causes))
        for item in self.items:
            apart = [np.abs(rows[q] - self.base[q]) for q in item.quantities]
            off = np.max([each.max(axis=tuple(range(1, each.ndim)), initial=0.0) for each in apart], axis=0)
            moved |= off > np.asarray(item.allowed(item.largest)) * LEAST
            off, allowed = item.off(rows)
            hit = off <= allowed
            same &= hit
            exact = np.maximum(exact, off / np.maximum(allowed, 1e-300))
            score += (hit | self._scaled(item, rows)) if item in self.wrong else -1.0 * ~hit
        names = tuple(item.name for item in self.items if item in self.wrong)
        for k in np.flatnonzero(moved & same):
            self.all.append(Explanation(causes[k], (), names, exact=float(exact[k])))
        for k in np.flatnonzero(moved & ~same & (score > -len(self.right))):
            kept = None if isinstance(causes[k], Change) else {q: array[k : k + 1] for q, array in rows.items()}
            self._nearly.append((float(score[k]), causes[k], kept))

    def _scaled(self, item: Item, rows: Rows) -> Array:
        """The rows of which one factor makes an item."""
        if item.size < 3:
            return np.zeros(1, dtype=bool)
        factor = np.nan_to_num(fitted_factor(item, rows))
        off, allowed = item.off(rows, factor)
        return (off <= allowed) & (factor != 0.0)

    def _nearest(self) -> Iterator[float]:
        """Looks closer at the causes that give most of the numbers: what may have been done to the others."""
        self._nearly.sort(key=lambda each: -each[0])
        best = self._nearly[:NEAREST]
        again = [cause for _, cause, kept in best if kept is None and isinstance(cause, Change)]
        rows = self.asked.rows(Pass(self.asked.unrolling, again).run(), len(again)) if again else {}
        yield 0.95
        for _, cause, kept in best:
            if kept is None:
                k = again.index(cause)  # type: ignore[arg-type]
                kept = {quantity: array[k : k + 1] for quantity, array in rows.items()}
            self._note(cause, kept, thorough=False)
            yield 0.95

    def _note(self, cause: Cause | None, row: Rows, thorough: bool) -> None:
        """Every explanation with this cause."""
        options: dict[Item, dict[Finish, None]] = {}
        exact = 0.0
        for item in self.items:
            off, allowed = item.off(row)
            if (off <= allowed).all():
                exact = max(exact, float(np.max(off / np.maximum(allowed, 1e-300))))
                continue
            found = list(finishes(self.asked, item, row, thorough))
            options[item] = dict.fromkeys(found)
        self._small(options, row)
        if cause is None:
            self._finished = options
            return
        self._explain(cause, options, exact)

    def _small(self, options: Mapping[Item, dict[Finish, None]], row: Rows) -> None:
        """An item of one number or two has no factor of its own: any would do. It can have that of another."""
        shared = [each for found in options.values() for each in found if each.kind in ("factor", "clipped")]
        for item, found in options.items():
            if item.size < 3:
                for finish in dict.fromkeys(shared):
                    if same_when(finish, item, row):
                        found[finish] = None

    def _explain(self, cause: Cause | None, options: Mapping[Item, Mapping[Finish, None]], exact: float) -> None:
        open_items = [item for item in options if not options[item]]
        unexplained = tuple(item.name for item in open_items if item in self.wrong)
        spoiled = tuple(item.name for item in open_items if item not in self.wrong)
        solvable = {item: found for item, found in options.items() if found}
        explained = tuple(item.name for item in self.items if item in self.wrong and item not in open_items)
        if not explained:
            return
        for finished in covers(solvable):
            numbers = [finish.number for finish, _ in finished if finish.kind == "factor"]
            tolerance = max(item.tolerance for item in self.items)
            likely = all(written(number, self.known, tolerance) for number in numbers)
            self.all.append(Explanation(cause, finished, explained, unexplained, spoiled, exact, likely))

    # --- the end ---
    def found(self) -> Found:
        return ranked(self.all, self.tried)


def _before(right: Pass, part: int) -> Begun | None:
    """How far the right pass has come before a part; None before all of them."""
    return right.before[part] if part < len(right.before) else None


def _last_part(unrolling: Unrolling, change: Change) -> int:
    """The last part, in the order of computation, that a change is in: those after it go back as they should."""
    if not isinstance(change, Named):
        return len(unrolling.steps)  # it begins otherwise
    return max(unrolling.part_of(part) for part, _, _ in change.places)
