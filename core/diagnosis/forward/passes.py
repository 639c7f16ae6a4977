"""The forward pass of a whole network from its declarations alone, several at once: the right one, or with one
operation done otherwise.

Arrays of a step are (K, B, n) for K rows, as in `core.diagnosis.backward`; what no row has changed stays (1, B, n).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.diagnosis.unrolling import Reading, Step, Unrolling
from core.maths.arrays import Array
from core.maths.operations import FIXED, Operation, compute
from core.network.declared import PREVIOUS, Key

Site = tuple[str, str]  # a part's name and the result of one of its operations


@dataclass(frozen=True, eq=False)
class Now:
    """What one row knows when it does an operation: the step, what is there by now (`values`), what the step before had
    and the first one (`before` and `start`, empty at the first), each (1, B, n), and the part's parameters."""

    unrolling: Unrolling
    step: Step
    values: Mapping[str, Array]
    before: Mapping[str, Array]
    start: Mapping[str, Array]
    parameters: Mapping[str, Array]

    @property
    def first(self) -> bool:
        """Whether nothing has been computed before."""
        return not self.before


class Alteration:
    """What a forward pass does otherwise than the right one, at the operations `sites`."""

    sites: frozenset[Site] = frozenset()

    def compute(self, operation: Operation, now: Now) -> Array:
        """What stands in the place of the operation's result, (1, B, n)."""
        return compute(operation, now.values, now.parameters)


class Forward:
    """One forward pass of `rows`, a row each. `parameters`: others than those of the run, by part."""

    def __init__(
        self,
        unrolling: Unrolling,
        rows: Sequence[Alteration],
        parameters: Mapping[str, Mapping[str, Array]] | None = None,
    ) -> None:
        self.unrolling, self.rows = unrolling, rows
        self.parameters = parameters or unrolling.parameters
        self.signals: dict[Key, Array] = {}  # of every quantity, (T, K, B, n)
        self.values: dict[str, dict[str, list[Array]]] = {}  # by part and name, step by step, (K, B, n) or (1, B, n)
        self._at: dict[Site, list[int]] = {}
        for k, row in enumerate(rows):
            for site in row.sites:
                self._at.setdefault(site, []).append(k)

    def run(self) -> Forward:
        """Runs it to the end."""
        with np.errstate(all="ignore"):
            for steps in self.unrolling.steps:
                for step in steps:
                    self._step(step)
        return self

    def row(self, k: int) -> dict[str, dict[str, Array]]:
        """The values of one row by part and name, (T, B, n), or (T, J, B, n)."""
        found: dict[str, dict[str, Array]] = {}
        for part, named in self.values.items():
            found[part] = {}
            for name, steps in named.items():
                kept = self.unrolling.values[part][name]
                array = np.concatenate([each[k : k + 1] if len(each) > 1 else each for each in steps])
                found[part][name] = kept if len(kept) == 1 and np.array_equal(array[:1], kept) else array
        return found

    def _step(self, step: Step) -> None:
        declared, t = step.declared, step.t
        values = dict(step.values)
        for reading in step.readings:
            self._read(reading, values)
        parameters = self.parameters[declared.name]
        named = self.values.setdefault(declared.name, {})
        before = {name: steps[self._last(step)] for name, steps in named.items()}
        start = {name: steps[-1 if declared.reverse else 0] for name, steps in named.items()}
        for operation in declared.graph:
            if operation.kind in FIXED:
                continue
            rows = self._at.get((declared.name, operation.out), ())
            found = compute(operation, values, parameters)
            if rows:
                found = np.array(np.broadcast_to(found, (len(self.rows), *found.shape[1:])))
                for k in rows:
                    now = Now(self.unrolling, step, _Row(values, k), _Row(before, k), _Row(start, k), parameters)
                    found[k] = self.rows[k].compute(operation, now)[0]
            values[operation.out] = found
        if step.copied is not None:
            for name in declared.recurrent_states:
                values[name] = np.where(step.copied, values[name + PREVIOUS], values[name])
        size = self.unrolling.sizes[declared.name]
        for name, array in values.items():
            named.setdefault(name, [array] * size)[t] = array
        for name in (*(each.name for each in declared.quantities), *declared.gathered):
            array = values[name][:, 0] if values[name].ndim == 4 else values[name]
            self._signal(declared.key(name), size, array)[t] = array

    def _last(self, step: Step) -> int:
        """The step before, in the order of computation; of the first one there is none."""
        return step.t + 1 if step.declared.reverse else step.t - 1

    def _signal(self, key: Key, size: int, like: Array) -> Array:
        if key not in self.signals:
            self.signals[key] = np.zeros((size, len(self.rows), *like.shape[1:]))
        return self.signals[key]

    def _read(self, reading: Reading, values: dict[str, Array]) -> None:
        """Puts what another step or part has computed here in the place of what the run had."""
        found = self.signals.get(reading.read.signal)
        if found is None:
            return  # x
        if reading.at is None:
            values[reading.source] = found.swapaxes(0, 1)
            return
        array = found[reading.at] if reading.passes is None else np.where(reading.passes, found[reading.at], 0.0)
        own = values[reading.source]
        whole = np.array(np.broadcast_to(own, (len(self.rows), *own.shape[1:])))
        whole[..., reading.read.share] = array[:, None] if whole.ndim == 4 else array
        values[reading.source] = whole


class _Row(Mapping):
    """One row of arrays by name, as (1, B, n)."""

    def __init__(self, arrays: Mapping[str, Array], k: int) -> None:
        self.arrays, self.k = arrays, k

    def __getitem__(self, name: str) -> Array:
        array = self.arrays[name]
        return array[self.k : self.k + 1] if len(array) > 1 else array

    def __iter__(self):
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)
