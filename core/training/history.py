"""What is recorded of a training: a row for every update, a row for every validation, and at some updates much more.

Arrays that are asked for are read-only views of what there is so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np

from core.maths.arrays import Array

FIRST_ROWS = 256  # a table has room for before it grows


class Progress(NamedTuple):
    """One update, counted from 1: the loss of its batch and its gradient's norm, both before the parameters moved.

    `norm` is that of all learned parameters together, truncated where the experiment truncates, but not yet clipped;
    `used` is the same after clipping, `rate` is η, and `epoch` counts from 1, 0 where there are no epochs.
    """

    update: int
    loss: float
    norm: float
    used: float = float("nan")
    rate: float = float("nan")
    epoch: int = 0


class Table:
    """Rows of `width` numbers, float64, that grow in number."""

    def __init__(self, width: int) -> None:
        self._rows = np.empty((FIRST_ROWS, width))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def append(self, row: Sequence[float] | Array) -> None:
        """One more row, (width,)."""
        self.open()[:] = row

    def open(self) -> Array:
        """One more row, (width,), to be filled in before the next one is added."""
        if self._count == len(self._rows):
            self._rows = np.concatenate((self._rows, np.empty_like(self._rows)))
        self._count += 1
        return self._rows[self._count - 1]

    def latest(self, count: int) -> Array:
        """The last `count` rows, to be filled in."""
        return self._rows[self._count - count : self._count]

    @property
    def rows(self) -> Array:
        """All rows, (n, width), read-only."""
        found = self._rows[: self._count]
        found.flags.writeable = False
        return found

    def numbers(self, row: int) -> list[float]:
        """Those of one row."""
        return self._rows[row].tolist()

    def keep(self, rows: Array) -> None:
        """Only these rows of all: numbers, or a bool for each."""
        kept = self.rows[rows]
        self._count = len(kept)
        self._rows[: self._count] = kept

    def copy(self) -> Table:
        """Another table with the same rows."""
        other = Table(self._rows.shape[1])
        other._rows, other._count = self._rows.copy(), self._count
        return other


class Updates(Sequence[Progress]):
    """The updates so far, as Progress one by one, or a column (n,) of all: `loss`, `norm`, `used`, `rate`, `epoch`."""

    COLUMNS = Progress._fields[1:]

    def __init__(self) -> None:
        self._table = Table(len(self.COLUMNS))

    def __len__(self) -> int:
        return len(self._table)

    def append(self, progress: Progress) -> None:
        """The next update, whose number is its place."""
        self._table.append(progress[1:])

    @overload
    def __getitem__(self, index: int) -> Progress: ...

    @overload
    def __getitem__(self, index: slice) -> list[Progress]: ...

    def __getitem__(self, index: int | slice) -> Progress | list[Progress]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        loss, norm, used, rate, epoch = self._table.numbers(place)
        return Progress(place + 1, loss, norm, used, rate, int(epoch))

    def __iter__(self) -> Iterator[Progress]:
        return (self[k] for k in range(len(self)))

    def column(self, name: str) -> Array:
        """All numbers of one name, (n,), read-only."""
        return self._table.rows[:, self.COLUMNS.index(name)]

    def truncate(self, count: int) -> None:
        """Only the first `count` updates."""
        self._table.keep(np.arange(min(count, len(self))))

    def copy(self) -> Updates:
        """The same updates, to be continued apart."""
        other = Updates()
        other._table = self._table.copy()
        return other


class Validations:
    """What was validated: `updates` (n,) after how many updates, 0 for the first parameters; `loss` and `metric` (n,)
    there, over `sequences` sequences; the metric is NaN where it has no meaning."""

    def __init__(self) -> None:
        self._table = Table(3)
        self.sequences = 0

    def __len__(self) -> int:
        return len(self._table)

    def append(self, update: int, loss: float, metric: float | None) -> None:
        """One more validation."""
        self._table.append((update, loss, np.nan if metric is None else metric))

    @property
    def updates(self) -> Array:
        return self._table.rows[:, 0].astype(int)

    @property
    def loss(self) -> Array:
        return self._table.rows[:, 1]

    @property
    def metric(self) -> Array:
        return self._table.rows[:, 2]

    def truncate(self, update: int) -> None:
        """Only those up to this update."""
        self._table.keep(self.updates <= update)

    def copy(self) -> Validations:
        """The same validations, to be continued apart."""
        other = Validations()
        other._table, other.sequences = self._table.copy(), self.sequences
        return other
