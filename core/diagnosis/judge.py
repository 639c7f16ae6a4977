"""Judges causes by all numbers that were given: which give all of them, and what may have been done to the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.diagnosis.asked import Asked, Item
from core.diagnosis.backward import Change
from core.diagnosis.covers import covers
from core.diagnosis.explanation import Cause, Explanation, Found, ranked
from core.diagnosis.finishes import Finish, Rows, factors_of, finishes, fitted_factor, same_when, written
from core.maths.arrays import Array

NEAREST = 48  # causes that give some of the numbers, looked at closer
LEAST = 0.1  # of what is allowed: what moves all numbers by less is no mistake that could be seen


class Judge:
    """Of the `items` of a file, of which `wrong` do not agree: gradients, or values of the forward pass. `base`: the
    right rows; `all`: the explanations so far; `tried`: how many causes there have been."""

    def __init__(self, asked: Asked, items: tuple[Item, ...], wrong: frozenset[Item], base: Rows) -> None:
        self.asked, self.items, self.wrong, self.base = asked, items, wrong, base
        self.right = tuple(item for item in items if item not in wrong)
        self.known = factors_of(asked)
        self.all: list[Explanation] = []
        self.tried = 0
        self.nearly: list[tuple[float, Cause, Rows | None]] = []
        self.finished: dict[Item, dict[Finish, None]] = {}  # of the right numbers

    def rows(self, causes: Iterable[Cause], rows: Rows) -> None:
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
            score += (hit | self.scaled(item, rows)) if item in self.wrong else -1.0 * ~hit
        names = tuple(item.name for item in self.items if item in self.wrong)
        for k in np.flatnonzero(moved & same):
            self.all.append(Explanation(causes[k], (), names, exact=float(exact[k])))
        for k in np.flatnonzero(moved & ~same & (score > -len(self.right))):
            kept = None if isinstance(causes[k], Change) else {q: array[k : k + 1] for q, array in rows.items()}
            self.nearly.append((float(score[k]), causes[k], kept))

    def scaled(self, item: Item, rows: Rows) -> Array:
        """The rows of which one factor makes an item."""
        if item.size < 3:
            return np.zeros(1, dtype=bool)
        factor = np.nan_to_num(fitted_factor(item, rows))
        off, allowed = item.off(rows, factor)
        return (off <= allowed) & (factor != 0.0)

    def nearest(self) -> list[tuple[float, Cause, Rows | None]]:
        """The causes that give most of the numbers."""
        self.nearly.sort(key=lambda each: -each[0])
        return self.nearly[:NEAREST]

    def note(self, cause: Cause | None, row: Rows, thorough: bool) -> None:
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
            self.finished = options
            return
        self.explain(cause, options, exact)

    def _small(self, options: Mapping[Item, dict[Finish, None]], row: Rows) -> None:
        """An item of one number or two has no factor of its own: any would do. It can have that of another."""
        shared = [each for found in options.values() for each in found if each.kind in ("factor", "clipped")]
        for item, found in options.items():
            if item.size < 3:
                for finish in dict.fromkeys(shared):
                    if same_when(finish, item, row):
                        found[finish] = None

    def explain(self, cause: Cause | None, options: Mapping[Item, Mapping[Finish, None]], exact: float) -> None:
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

    def found(self) -> Found:
        return ranked(self.all, self.tried)
