"""What is recorded of a training at some of its updates: norms by parameter and by timestep, σ_max and ρ of W.

All of an update is one row of a table whose number of rows is bounded: where it is full the stride doubles and every
other row goes, so that what it costs becomes ever less beside the training itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from core.maths.arrays import Array, largest_singular_values, spectral_radii, step_norms, vector_norm
from core.network.parts import BackwardPass
from core.network.scan import scans_of
from core.training.history import Table
from core.training.measures import measured
from core.training.training import Training

MOST_ROWS, FEWEST_ROWS = 1024, 16  # half of them are there at least, and no picture is wider
MOST_NUMBERS = 2 * 2**20  # in the table
PIECE, MOST_AT_ONCE = 2**15, 32  # numbers of gradients, and products of matrices, that are looked at together; and rows


class Watch(NamedTuple):
    """What is recorded beside loss, norm and rate. `metric`: accuracy or R² on the update's batch. `parameters`: the
    norm of each one's gradient, before and after clipping. `steps`: ‖∂L/∂s_t‖ of every scan at every t. `matrices`:
    σ_max and ρ of every recurrent W, before the update."""

    metric: bool = True
    parameters: bool = True
    steps: bool = True
    matrices: bool = True


class Waiting(NamedTuple):
    """What a row is still to be computed of: gradients before and after clipping (None: the same), and the parameters
    before the update, (n,) each."""

    gradient: Array
    used: Array | None
    before: Array


ALL = Watch()
NOTHING = Watch(False, False, False, False)


class Watched:
    """The recorded rows: `updates` (n,), counted from 1, has every `stride`-th, and every other array a row or number
    for each of them. What was not watched is empty.

    Norms of parameters and spectra of matrices are computed for several rows at once: when so many have come together,
    or somebody looks.
    """

    def __init__(self, training: Training, watch: Watch = ALL) -> None:
        self.watch, self.stride = watch, 1
        self._network, self._learned = training.network, training.learned
        shapes = training.network.parameter_shapes
        self._starts = tuple(accumulate((math.prod(shapes[name]) for name in self._learned), initial=0))
        self._matrices = tuple(self._matrices_of(training.parameters))
        self._still = {name: w[np.newaxis] for name, w in training.parameters.items() if name not in self._learned}
        self._places: dict[tuple[str, str], slice] = {}
        self._table: Table | None = None  # whose width the first update shows
        self._waiting: list[Waiting] = []
        numbers = sum(len(w) ** 3 for w in self._matrices_of(training.parameters).values()) + self._starts[-1]
        self._at_once = min(max(PIECE // numbers, 1), MOST_AT_ONCE)
        self.most = FEWEST_ROWS

    def __len__(self) -> int:
        return 0 if self._table is None else len(self._table)

    def wanted(self, update: int) -> bool:
        """Whether this update has a row."""
        return (update - 1) % self.stride == 0 and any(self.watch)

    def add(self, training: Training) -> None:
        """The row of the update that a training has just made; its matrices are those before it."""
        run, back, watch = training.run, training.back, self.watch
        assert run is not None and back is not None and training.gradient is not None and training.used is not None
        table = self._table or self._begin(back)
        row = table.open()
        row[0] = len(training.history)
        if watch.metric:
            metric = measured(run).metric
            row[self._places["metric", ""]] = math.nan if metric is None else metric
        if watch.steps:
            for scan in scans_of(self._network):
                row[self._places["steps", scan.name]] = step_norms(scan.order(back.records[scan.name].s))
        if watch.parameters or watch.matrices:
            used = None if training.used is training.gradient else training.used
            self._waiting.append(Waiting(training.gradient.copy(), used, training.before))
            if len(self._waiting) == self._at_once:
                self._settle()
        if len(table) >= self.most:
            self._settle()
            self.stride *= 2
            table.keep((self.updates - 1) % self.stride == 0)

    def _begin(self, back: BackwardPass) -> Table:
        width = 1
        for key, numbers in self._columns(back):
            self._places[key] = slice(width, width + numbers)
            width += numbers
        self.most = min(MOST_ROWS, max(FEWEST_ROWS, MOST_NUMBERS // width))
        self._table = Table(width)
        return self._table

    def _columns(self, back: BackwardPass) -> Iterator[tuple[tuple[str, str], int]]:
        """What is watched, and how many numbers of a row that is."""
        if self.watch.metric:
            yield ("metric", ""), 1
        if self.watch.parameters:
            yield from (((kind, name), 1) for kind in ("norm", "used") for name in self._learned)
        if self.watch.steps:
            yield from ((("steps", scan.name), len(back.records[scan.name].s)) for scan in scans_of(self._network))
        if self.watch.matrices:
            yield from (((kind, name), 1) for kind in ("sigma", "rho") for name in self._matrices)

    def _settle(self) -> None:
        """Computes what the latest rows wait for."""
        if self._table is None or not self._waiting:
            return
        rows, waiting, self._waiting = self._table.latest(len(self._waiting)), self._waiting, []
        with np.errstate(all="ignore"):
            self._fill_in(rows, waiting)

    def _fill_in(self, rows: Array, waiting: list[Waiting]) -> None:
        if self.watch.parameters:
            for row, each in zip(rows, waiting, strict=True):
                whole = self._norms(each.gradient)
                for kind, norms in (("norm", whole), ("used", whole if each.used is None else self._norms(each.used))):
                    row[self._places[kind, self._learned[0]].start :][: len(norms)] = norms
        if self.watch.matrices:
            of_a_size: dict[int, dict[str, Array]] = {}
            for name, w in self._matrices_of(self._stacked(np.stack([each.before for each in waiting]))).items():
                of_a_size.setdefault(w.shape[-1], {})[name] = np.broadcast_to(w, (len(waiting), *w.shape[1:]))
            for matrices in of_a_size.values():
                stack = np.concatenate(list(matrices.values()))
                for kind, found in (("sigma", largest_singular_values(stack)), ("rho", spectral_radii(stack))):
                    for name, numbers in zip(matrices, np.reshape(found, (len(matrices), -1)), strict=True):
                        rows[:, self._places[kind, name].start] = numbers

    def _stacked(self, vectors: Array) -> dict[str, Array]:
        """The parameters of several updates by name, (k, …) each, and (1, …) of what is not learned, from the learned
        ones' vectors (k, n)."""
        shapes = self._network.parameter_shapes
        parts = zip(self._learned, pairwise(self._starts), strict=True)
        learned = {name: vectors[:, start:stop].reshape(-1, *shapes[name]) for name, (start, stop) in parts}
        return {**self._still, **learned}

    def _norms(self, gradient: Array) -> list[float]:
        """Of the learned parameters' gradients, which stand one behind the other in one vector."""
        return [vector_norm(gradient[start:stop]) for start, stop in pairwise(self._starts)]

    def _matrices_of(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Every recurrent W by its name, one for each block: "L1.W", "L1.W_f"; or a stack of each, (k, H, H)."""
        found = {}
        for scan in scans_of(self._network):
            whole = f"{scan.name}.W"
            if len(self._network.parameter_shapes.get(whole, ())) == 2:
                found.update({f"{scan.name}.{key}": w for key, w in scan.named("W", parameters[whole]).items()})
        return {name: w for name, w in found.items() if w.shape[-2] == w.shape[-1]}

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
        self._settle()
        if self._table is None or (kind, name) not in self._places:
            return np.empty((0, 1))
        return self._table.rows[:, self._places[kind, name]]

    def truncate(self, update: int) -> None:
        """Only updates up to this one."""
        self._settle()
        if self._table is not None:
            self._table.keep(self.updates <= update)

    def copy(self) -> Watched:
        """The same rows, to be continued apart."""
        self._settle()
        other = object.__new__(Watched)
        other.__dict__.update(self.__dict__)
        other._places, other._waiting = dict(self._places), []
        other._table = None if self._table is None else self._table.copy()
        return other
