"""What is recorded of a training at some of its updates: norms by parameter and by timestep, σ_max and ρ of W.

All of an update is one row of a table whose number of rows is bounded: where it is full the stride doubles and every
other row goes, so that what it costs becomes ever less beside the training itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np

from core.maths.arrays import Array, largest_singular_values, spectral_radii, step_norms, vector_norm
from core.network.scan import scans_of
from core.training.history import Table
from core.training.measures import Measurement
from core.training.training import Training, views

MOST_ROWS, FEWEST_ROWS = 1024, 16  # half of them are there at least, and no picture is wider
MOST_NUMBERS = 2 * 2**20  # in the table


class Watch(NamedTuple):
    """What is recorded beside loss, norm and rate. `metric`: accuracy or R² on the update's batch. `parameters`: the
    norm of each one's gradient, before and after clipping. `steps`: ‖∂L/∂s_t‖ of every scan at every t. `matrices`:
    σ_max and ρ of every recurrent W, before the update."""

    metric: bool = True
    parameters: bool = True
    steps: bool = True
    matrices: bool = True


ALL = Watch()
NOTHING = Watch(False, False, False, False)


class Watched:
    """The recorded rows: `updates` (n,), counted from 1, has every `stride`-th, and every other array a row or number
    for each of them. What was not watched is empty."""

    def __init__(self, training: Training, watch: Watch = ALL) -> None:
        self.watch, self.stride = watch, 1
        self._network, self._learned = training.network, training.learned
        self._matrices = tuple(self._matrices_of(training.parameters))
        sizes = (math.prod(training.network.parameter_shapes[name]) for name in training.learned)
        self._starts = tuple(accumulate(sizes, initial=0))
        self._places: dict[tuple[str, str], slice] = {}
        self._table: Table | None = None  # whose width the first update shows
        self.most = FEWEST_ROWS

    def __len__(self) -> int:
        return 0 if self._table is None else len(self._table)

    def wanted(self, update: int) -> bool:
        """Whether this update has a row."""
        return (update - 1) % self.stride == 0 and any(self.watch)

    def add(self, training: Training) -> None:
        """The row of the update that a training has just made; its matrices are those before it."""
        found = dict(self._numbers(training))
        if self._table is None:
            width = 1
            for key, numbers in found.items():
                self._places[key] = slice(width, width + len(numbers))
                width += len(numbers)
            self.most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_NUMBERS // width))
            self._table = Table(width)
        self._table.append([len(training.history), *chain.from_iterable(found.values())])
        if len(self._table) >= self.most:
            self.stride *= 2
            self._table.keep((self.updates - 1) % self.stride == 0)

    def _numbers(self, training: Training) -> Iterator[tuple[tuple[str, str], list[float]]]:
        run, back = training.run, training.back
        assert run is not None and back is not None and training.gradient is not None and training.used is not None
        if self.watch.metric:
            measured = Measurement(self._network.loss.name)
            measured.add(run)
            metric = measured.result().metric
            yield ("metric", ""), [math.nan if metric is None else metric]
        if self.watch.parameters:
            whole = self._norms(training.gradient)
            used = whole if training.used is training.gradient else self._norms(training.used)
            for kind, of_each in (("norm", whole), ("used", used)):
                yield from (((kind, name), [norm]) for name, norm in zip(self._learned, of_each, strict=True))
        if self.watch.steps:
            for scan in scans_of(self._network):
                yield ("steps", scan.name), step_norms(scan.order(back.records[scan.name].s)).tolist()
        if self.watch.matrices:
            before = {**training.parameters, **views(self._network, training.before, self._learned)}
            of_a_size: dict[int, dict[str, Array]] = {}
            for name, w in self._matrices_of(before).items():
                of_a_size.setdefault(len(w), {})[name] = w
            for matrices in of_a_size.values():
                stack = np.stack(list(matrices.values()))
                for kind, found in (("sigma", largest_singular_values(stack)), ("rho", spectral_radii(stack))):
                    yield from (((kind, name), [number]) for name, number in zip(matrices, found, strict=True))

    def _norms(self, gradient: Array) -> list[float]:
        """Of the learned parameters' gradients, which stand one behind the other in one vector."""
        return [vector_norm(gradient[start:stop]) for start, stop in pairwise(self._starts)]

    def _matrices_of(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Every recurrent W by its name, one for each block: "L1.W", "L1.W_f"."""
        found = {}
        for scan in scans_of(self._network):
            whole = f"{scan.name}.W"
            if whole in parameters and parameters[whole].ndim == 2:
                found.update({f"{scan.name}.{key}": w for key, w in scan.named("W", parameters[whole]).items()})
        return {name: w for name, w in found.items() if w.shape[0] == w.shape[1]}

    @property
    def updates(self) -> Array:
        """After which updates, (n,)."""
        return np.empty(0, dtype=int) if self._table is None else self._table.rows[:, 0].astype(int)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return self._learned

    @property
    def matrix_names(self) -> tuple[str, ...]:
        return self._matrices

    @property
    def scan_names(self) -> tuple[str, ...]:
        return tuple(scan.name for scan in scans_of(self._network))

    @property
    def metric(self) -> Array:
        """Accuracy or R² on the batch of each update, before it, (n,); NaN where it has no meaning."""
        return self._get("metric", "")[:, 0]

    def norm(self, parameter: str) -> Array:
        """‖∂L/∂ the parameter‖ before clipping, (n,)."""
        return self._get("norm", parameter)[:, 0]

    def used_norm(self, parameter: str) -> Array:
        """The same after clipping, (n,)."""
        return self._get("used", parameter)[:, 0]

    def steps(self, scan: str) -> Array:
        """‖∂L/∂s_t‖ over samples and units, (n, T), in data time."""
        return self._get("steps", scan)

    def sigma(self, matrix: str) -> Array:
        """σ_max of a recurrent matrix, (n,)."""
        return self._get("sigma", matrix)[:, 0]

    def rho(self, matrix: str) -> Array:
        """ρ of a recurrent matrix, the largest |λ|, (n,)."""
        return self._get("rho", matrix)[:, 0]

    def _get(self, kind: str, name: str) -> Array:
        if self._table is None or (kind, name) not in self._places:
            return np.empty((0, 1))
        return self._table.rows[:, self._places[kind, name]]

    def truncate(self, update: int) -> None:
        """Only updates up to this one."""
        if self._table is not None:
            self._table.keep(self.updates <= update)

    def copy(self) -> Watched:
        """The same rows, to be continued apart."""
        other = object.__new__(Watched)
        other.__dict__.update(self.__dict__)
        other._places = dict(self._places)
        other._table = None if self._table is None else self._table.copy()
        return other
