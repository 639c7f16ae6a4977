"""What mistake gives a learner's numbers: every change of one thing is tried, with what may be done to its gradients
afterwards, and judged by all numbers that were given."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from core.analysis.input_gradients import sent_to_inputs
from core.diagnosis.asked import Asked, Item
from core.diagnosis.backward import Begun, Change, Gradients, Pass
from core.diagnosis.candidates import candidates, pairs
from core.diagnosis.chains import Truncated, truncations
from core.diagnosis.changes import Named, Overwritten, Scaled
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
MOST = 8  # explanations that are kept
Cause = Change | Truncated | Fault
HARD = 3  # mistakes in one explanation, at most


@dataclass(frozen=True, eq=False)
class Explanation:
    """A mistake, or several together, and what they explain.

    `cause`: what the derivation does otherwise, None for the right one; `finished`: what was done to gradients
    afterwards, each with the names of the arrays; `explained` and `unexplained`: names of arrays that were given and
    are wrong; `spoiled`: names of arrays that are right, and would not be. `exact`: the largest error, as a share of
    what is allowed.
    """

    cause: Cause | None = None
    finished: tuple[tuple[Finish, tuple[str, ...]], ...] = ()
    explained: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    spoiled: tuple[str, ...] = ()
    exact: float = 0.0
    likely: bool = True  # every factor in it is one that a person is likely to write

    @property
    def mistakes(self) -> int:
        return (getattr(self.cause, "mistakes", 1) if self.cause is not None else 0) + len(self.finished)

    @property
    def complete(self) -> bool:
        """Whether all numbers follow from it."""
        return not self.unexplained and not self.spoiled

    @property
    def rank(self) -> tuple[float, ...]:
        """The smaller, the better: mistakes, odd factors, how common it is."""
        ranks = [finish.rank for finish, _ in self.finished] + ([self.cause_rank] if self.cause is not None else [])
        return self.mistakes + (not self.likely), sum(ranks) if ranks else 1, self.exact > 0.5

    @property
    def cause_rank(self) -> int:
        return getattr(self.cause, "rank", 3)


@dataclass(eq=False)
class Found:
    """What a search found. `complete`: explanations of all numbers, with as few mistakes as possible, the likeliest
    first; where there are several, these numbers cannot tell them apart. `partial`: the best that explain some, where
    none explains all. `tried`: how many mistakes were."""

    complete: list[Explanation] = field(default_factory=list)
    partial: list[Explanation] = field(default_factory=list)
    tried: int = 0

    @property
    def certain(self) -> bool:
        """Whether one explanation alone gives all numbers."""
        return len(self.complete) == 1 and self.complete[0].likely

    @property
    def ranked(self) -> list[Explanation]:
        return [*self.complete, *self.partial]


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
        for finish, parameters in Sums(self.asked, found, self.base).all():
            self._of_sums(finish, parameters)
        yield 0.1
        for labels, gradients in truncations(unrolling):
            self._rows(labels, self.asked.rows(gradients, len(labels)))
            yield 0.2
        for fault in FAULTS:
            if not fault_refusal(fault.name, self.asked.trace.experiment):
                self._rows([fault], self._of_fault(fault))
        todo: dict[int, list[Change]] = {}  # by the last part in which something is done otherwise
        for change in candidates(unrolling):
            todo.setdefault(_last_part(unrolling, change), []).append(change)
        chunk, done = max(1, min(CHUNK, NUMBERS // max(self._largest(found), 1))), 0
        count = sum(map(len, todo.values()))
        for part, changes in todo.items():
            for start in range(0, len(changes), chunk):
                some = changes[start : start + chunk]
                made = Pass(unrolling, some, begun=_before(right, part)).run()
                self._rows(some, self.asked.rows(made, len(some)))
                done += len(some)
                yield 0.2 + 0.7 * done / count
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

    # --- judging ---
    def _pairs(self, right: Pass, chunk: int) -> Iterator[float]:
        """Two mistakes at once."""
        unrolling = self.asked.unrolling
        todo: dict[int, list[Change]] = {}
        for change in pairs(candidates(unrolling), MOST_PAIRS):
            todo.setdefault(_last_part(unrolling, change), []).append(change)
        for part, changes in todo.items():
            for start in range(0, len(changes), chunk):
                some = changes[start : start + chunk]
                made = Pass(unrolling, some, begun=_before(right, part)).run()
                self._rows(some, self.asked.rows(made, len(some)))
                yield 0.99

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
        for finished in _covers(solvable):
            numbers = [finish.number for finish, _ in finished if finish.kind == "factor"]
            tolerance = max(item.tolerance for item in self.items)
            likely = all(written(number, self.known, tolerance) for number in numbers)
            self.all.append(Explanation(cause, finished, explained, unexplained, spoiled, exact, likely))

    # --- the end ---
    def found(self) -> Found:
        return _ranked(self.all, self.tried)


def _before(right: Pass, part: int) -> Begun | None:
    """How far the right pass has come before a part; None before all of them."""
    return right.before[part] if part < len(right.before) else None


def _last_part(unrolling: Unrolling, change: Change) -> int:
    """The last part, in the order of computation, that a change is in: those after it go back as they should."""
    if not isinstance(change, Named):
        return len(unrolling.steps)  # it begins otherwise
    return max(unrolling.part_of(part) for part, _, _ in change.places)


def _covers(options: Mapping[Item, Mapping[Finish, None]]) -> Iterator[tuple[tuple[Finish, tuple[str, ...]], ...]]:
    """The ways to choose a finish for each item with as few different ones as possible; factors of one size are one."""
    if not options:
        yield ()
        return
    merged = _merge_factors(options)
    for count in range(1, HARD + 1):
        ways = {frozenset(way) for way in _chosen(list(merged.values()), (), count)}
        found = [_assigned(merged, way) for way in sorted(ways, key=_rank_of)[: 4 * MOST]]
        if found:
            yield from found
            return


def _chosen(left: list[set[Finish]], chosen: tuple[Finish, ...], count: int) -> Iterator[tuple[Finish, ...]]:
    """Sets of at most `count` finishes that have one for each item."""
    missing = next((found for found in left if not found.intersection(chosen)), None)
    if missing is None:
        yield chosen
    elif len(chosen) < count:
        for finish in missing:
            yield from _chosen(left, (*chosen, finish), count)


def _rank_of(way: frozenset[Finish]) -> tuple:
    return sorted((each.rank, each.kind, each.detail, each.number) for each in way)[0], len(way)


def _assigned(merged: Mapping[Item, set[Finish]], way: frozenset[Finish]) -> tuple[tuple[Finish, tuple[str, ...]], ...]:
    """Each of the finishes with the names of the items that it is said of."""
    assigned: dict[Finish, list[str]] = {}
    order = sorted(way, key=lambda each: (each.rank, each.kind, each.detail))
    for item, found in merged.items():
        assigned.setdefault(next(each for each in order if each in found), []).append(item.name)
    return tuple((finish, tuple(names)) for finish, names in assigned.items())


def _merge_factors(options: Mapping[Item, Mapping[Finish, None]]) -> dict[Item, set[Finish]]:
    """Factors that agree within the tolerance become one and the same."""
    kept: list[Finish] = []
    merged: dict[Item, set[Finish]] = {}
    for item, found in options.items():
        own = set()
        for finish in found:
            if finish.number:
                tolerance = 4 * item.tolerance + 2 * item.rounding / max(item.largest, 1e-300)
                like = next(
                    (
                        k
                        for k in kept
                        if k.kind == finish.kind and abs(k.number - finish.number) <= tolerance * abs(k.number)
                    ),
                    None,
                )
                if like is None:
                    kept.append(finish)
                else:
                    finish = like
            own.add(finish)
        merged[item] = own
    return merged


def _ranked(every: list[Explanation], tried: int) -> Found:
    complete = sorted((each for each in every if each.complete), key=lambda each: each.rank)
    found = Found(tried=tried)
    if complete:
        fewest = complete[0].rank[0]
        found.complete = [each for each in complete if each.rank[0] == fewest]
        found.complete = _plainest(found.complete)
        return found
    partial = [replace(each) for each in every if each.explained]
    partial.sort(key=lambda each: (-len(each.explained) + len(each.spoiled), *each.rank))
    found.partial = partial[:MOST]
    return found


def _plainest(explanations: list[Explanation]) -> list[Explanation]:
    """Textbook errors are left out where another explanation says the same, and = for += where what it loses is all
    that is known of it."""
    plain = [each for each in explanations if not isinstance(each.cause, Fault)] or explanations
    if any(isinstance(each.cause, Scaled) for each in plain):
        plain = [each for each in plain if not isinstance(each.cause, Overwritten)]
    return plain
