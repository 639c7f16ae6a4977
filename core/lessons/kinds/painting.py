"""Questions of the kind paint: where the large numbers of a matrix lie, as cells that are painted.

A painting is measured by the share of the truth that lies under it, each row of the truth scaled to add up to 1. As
many cells at random would cover a share equal to that of the painted cells; only what is beyond it counts, so that
neither one cell nor all of them is a good answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.jobs import Job
from core.lessons.answers import Graded
from core.lessons.format import Ask
from core.lessons.kinds.base import Kind, Mistake, Where
from core.lessons.language.parse import parse
from core.lessons.language.runs import Runs
from core.maths.arrays import Array
from core.sentence import Sentence

MOST = 40  # rows or columns, of which each can still be hit with the mouse
Cells = frozenset[tuple[int, int]]  # (row, column), from 0


@dataclass(frozen=True, eq=False)
class Painting:
    """What was painted, and the truth (rows, columns), each row of which adds up to 1, or is 0."""

    cells: Cells
    truth: Array

    @property
    def covered(self) -> float:
        """The share of the truth that lies under the painted cells, 0 … 1."""
        total = float(self.truth.sum())
        return sum(float(self.truth[cell]) for cell in self.cells) / total if total else 0.0

    @property
    def chance(self) -> float:
        """The share that as many cells at random cover in the mean, 0 … 1: that of the cells."""
        return len(self.cells) / self.truth.size


def best_of(truth: Array) -> float:
    """By how much the best painting of a truth (rows, columns) is above chance, 0 … 1: of as many cells none covers
    more than the largest do."""
    sizes = np.sort(truth, axis=None)[::-1]
    covered = np.cumsum(sizes) / (sizes.sum() or 1.0)
    return float((covered - np.arange(1, sizes.size + 1) / sizes.size).max())


def shape_of(ask: Ask, runs: Runs) -> Job[tuple[int, int]]:
    """How many rows and columns there are to be painted on. Raises InputError."""
    matrix = ask.matrix
    if matrix is None:
        raise ValueError("this question asks for no painting")
    found = []
    for name, text in (("rows", matrix.rows), ("columns", matrix.columns)):
        count = yield from parse(text).number(runs)
        if not (math.isfinite(count) and count == round(count) and 1 <= count <= MOST):
            raise InputError("{name}: there are 1 to {most} of them, not {count:g}.", name=name, most=MOST, count=count)
        found.append(round(count))
    return found[0], found[1]


def truth_of(ask: Ask, runs: Runs) -> Job[Array]:
    """The truth, (rows, columns), each row scaled to add up to 1. Raises InputError where it is no such matrix."""
    rows, columns = yield from shape_of(ask, runs)
    values = yield from parse(ask.truth or "").numbers(runs)
    if values.ndim == 3:
        values = values[:, 0]  # of a record the first sample's
    if values.shape != (rows, columns):
        shape = " × ".join(map(str, values.shape)) or Sentence("one number")
        raise InputError(
            "truth: this is {shape}, and the matrix has {rows} × {columns} cells.",
            shape=shape,
            rows=rows,
            columns=columns,
        )
    if not np.isfinite(values).all() or (values < 0.0).any() or not values.any():
        raise InputError("truth: what is painted are shares; give numbers from 0 up that are not all 0.")
    sums = values.sum(axis=1, keepdims=True)
    return np.divide(values, sums, out=np.zeros_like(values), where=sums > 0.0)


def graded_painting(ask: Ask, painting: Painting) -> Graded:
    """Right where it covers more than as many cells at random, by the share that the question asks for."""
    if ask.matrix is None:
        raise ValueError("this question asks for no painting")
    right = painting.covered - painting.chance >= ask.matrix.above - 1e-12
    return Graded(right, ask.say if right else None)


# --- the author's test ---
class Painted(Kind):
    """Right where it covers enough of the truth beyond what chance does."""

    name = "paint"

    def wrong(self, ask: Ask) -> Iterator[Mistake]:
        if ask.truth is None or ask.matrix is None:
            yield (), "a question of the kind paint needs a truth and a matrix: rows, columns, down, across and above."

    def expressions(self, ask: Ask) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        if ask.truth is not None:
            yield ("truth",), ask.truth, ()
        if ask.matrix is not None:
            yield ("matrix", "rows"), ask.matrix.rows, ()
            yield ("matrix", "columns"), ask.matrix.columns, ()

    def wrong_in(self, ask: Ask, runs: Runs) -> Job[list[Mistake]]:
        best = best_of((yield from truth_of(ask, runs)))
        if ask.matrix is None or best >= ask.matrix.above:
            return []
        sentence = f"above: no painting is above chance by more than {best:.2f}; choose less than that."
        return [(("matrix", "above"), sentence)]


PAINT = Painted()
