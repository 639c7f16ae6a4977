"""Tables of n-grams: what follows each context of n − 1 symbols in what a run reads (Shannon 1948)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.maths.arrays import Array
from core.trace import Trace

LARGEST = 2**20  # numbers of one table


@dataclass(frozen=True, eq=False)
class CountTable:
    """`counts` (K^(n−1), K): how often symbol k follows each context; contexts in the order of their symbols, the
    earliest first."""

    n: int
    counts: Array

    @property
    def met(self) -> int:
        """How many of the contexts come at all."""
        return int(self.counts.any(axis=1).sum())


def symbols_read(trace: Trace, sample: int = 0) -> Array:
    """The numbers, from 0, of the symbols that a sample of the run reads, and of the last one, which it is to predict:
    (T + 1,). Raises InputError where inputs or targets are no symbols, each with a unit of its own."""
    x, y = trace.data.x[:, sample], trace.data.y[:, sample]
    both = x.shape == y.shape and all(((each == 0.0) | (each == 1.0)).all() for each in (x, y))
    if not both or (x.sum(axis=1) != 1.0).any() or not np.array_equal(x[1:], y[:-1]):
        raise InputError(
            "tables: the task {task} has no symbols to be predicted from those before them; choose next-character.",
            task=trace.experiment.task,
        )
    return np.concatenate((x.argmax(axis=1), y[-1:].argmax(axis=1)))


def tables_read(trace: Trace, longest: int) -> tuple[CountTable, ...]:
    """The tables of what a run reads, for n = 1 … `longest`. Raises InputError."""
    return count_tables(symbols_read(trace), trace.data.x.shape[2], longest)


def count_tables(symbols: Array, kinds: int, longest: int) -> tuple[CountTable, ...]:
    """The tables for n = 1 … `longest` of a sequence (N,) of symbols 0 … kinds − 1. Raises InputError for one that
    would have more than LARGEST numbers."""
    if kinds**longest > LARGEST:
        raise InputError(
            "tables: {kinds} symbols to the power of {longest} are too many numbers; choose a smaller n.",
            kinds=kinds,
            longest=longest,
        )
    found = []
    for n in range(1, longest + 1):
        counts = np.zeros(kinds**n)
        if len(symbols) >= n:
            windows = np.lib.stride_tricks.sliding_window_view(symbols, n)
            np.add.at(counts, windows @ kinds ** np.arange(n - 1, -1, -1), 1.0)
        found.append(CountTable(n, counts.reshape(-1, kinds)))
    return tuple(found)
