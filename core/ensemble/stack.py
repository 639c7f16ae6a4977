"""Several experiments as one batch of networks: stacked parameters (N, …), all samples in one batch, one pass for all.

What may differ between them are the numbers that a network starts from and reads, not what it does with them. Whether
what its cell and its parts do can be done for several at once shows when it is tried: `Stacked` refuses the rest.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from core import bptt, tasks
from core.cells import cell_named
from core.cells.base import Cell
from core.choices import is_start
from core.edits.applied import edited_data, edited_parameters
from core.ensemble.stacked import NotStackable, Stacked, as_rows
from core.experiment import Experiment
from core.jobs import Job, part
from core.maths.arrays import Array, keep_freed
from core.network.initialisation import initial_parameters
from core.network.parts import BackwardPass, ForwardPass, Key, Network
from core.network.scan import scans_of
from core.network.size import predicted_bytes
from core.network.structures import build
from core.tasks.base import Data
from core.trace import collect

# Choices that decide on numbers alone: of the data, of the first parameters, of the typed ones. All others are alike.
NUMBERS = (
    "data_seed", "weight_seed", "w_init", "w_gain", "w_matrix", "u_gain", "bias", "nonnegative", "input_scale", "edits",
)  # fmt: skip
MOST_BYTES = 48 * 2**20  # of the records of the networks that run together: more is no faster
EVERY = 8  # steps between two reports
MADE = 0.7  # of the time goes into data and parameters, as a rule


def alone(experiment: Experiment) -> str:
    """Why a run of this experiment has to be one of its own; "" where several can be one."""
    cell = cell_named(experiment.cell)
    if not cell.learned:
        return f"the read-out of the cell {cell.name} is fitted for every run"
    if cell.couples_samples:
        return f"in the cell {cell.name} the samples of a batch depend on each other"
    if experiment.fault is not None:
        return "a fault is switched on"
    if any(is_start(edit.name) for edit in experiment.edits):
        return "initial states are typed over"
    return ""


def family(experiment: Experiment) -> tuple[object, ...]:
    """Equal for experiments whose networks do the same things with other numbers."""
    kept_by = cell_named(experiment.cell).kept_by
    free = {*NUMBERS, *([kept_by[0].name] if kept_by else [])}
    return tuple(getattr(experiment, name) for name in experiment.__struct_fields__ if name not in free)


class Stack:
    """Experiments of one `family`, run together: `values` and `gradients` by (part, name), (N, T, B, n) each, `loss`
    (N,) and `loss_t` (N, T), once `run` has come to its end.

    Data and parameters are those of a run of its own of each. `recorded`: every number will be looked at, as in a
    recorded run; otherwise gradients of the data are left out, and what is below core.maths.arrays.SMALLEST may not be
    0 yet. Raises InputError as a run does, NotStackable where the experiments cannot be one.
    """

    def __init__(self, recorded: bool = True) -> None:
        self._recorded = recorded
        self.values: dict[Key, Array] = {}
        self.gradients: dict[Key, Array] = {}
        self.loss_t: Array = np.zeros((0, 0))
        self.loss: Array = np.zeros(0)
        self._run: ForwardPass | None = None
        self._count = 0
        self.network: Network | None = None
        self.supervised: Array = np.zeros(0, dtype=bool)

    def running(self, experiments: Sequence[Experiment]) -> Job[None]:
        """Makes the networks and runs them forward and backward; yields how far it is."""
        made: list[Data] = []
        parameters: list[dict[str, Array]] = []
        network: Network | None = None  # one does for all: they are of one family
        for k, experiment in enumerate(experiments):
            data = tasks.make(experiment)
            network = network or build(experiment, data)
            made.append(edited_data(network, data, experiment))
            parameters.append(edited_parameters(network, initial_parameters(network, experiment), experiment))
            yield MADE * k / len(experiments)
        yield from part(self.passing(experiments[0], made, parameters), MADE, 1.0)

    def passing(
        self, experiment: Experiment, data: Sequence[Data], parameters: Sequence[dict[str, Array]]
    ) -> Job[None]:
        """The two passes over what is made already: `data` and `parameters` of one network each."""
        run = yield from part(self._forward(experiment, data, parameters, self._recorded), 0.0, 0.5)
        network = run.network
        most = max(len(run.data.x), len(run.data.y)) * len(network.members)
        back = BackwardPass(run)
        for done in _in_slices(bptt.backward(network, back)):
            yield 0.5 + 0.5 * min(done / most, 1.0)
        with np.errstate(all="ignore"):
            self._measure(run)
        values, gradients = collect(network, run, back)
        self.values = {key: self._apart(array) for key, array in values.items()}
        self.gradients = {key: self._apart(array) for key, array in gradients.items()}

    def measuring(
        self, experiment: Experiment, data: Sequence[Data], parameters: Sequence[dict[str, Array]]
    ) -> Job[None]:
        """The forward pass alone over what is made already: `loss` and `loss_t`, and no values or gradients."""
        run = yield from self._forward(experiment, data, parameters, False)
        with np.errstate(all="ignore"):
            self._measure(run)

    def _forward(
        self, experiment: Experiment, data: Sequence[Data], parameters: Sequence[dict[str, Array]], recorded: bool
    ) -> Job[ForwardPass]:
        self._count, batch = len(data), data[0].x.shape[1]
        together = _together(data)
        network = self.network = _network(experiment, together, self._count)
        stacked = {
            name: Stacked(np.concatenate([each[name] for each in parameters]).reshape(-1, *shape), batch)
            for name, shape in network.parameter_shapes.items()
        }
        self.supervised = together.supervised
        keep_freed(predicted_bytes(experiment, network) * self._count)
        run = self._run = ForwardPass(network, stacked, together, recorded)  # type: ignore[arg-type]
        most = max(len(together.x), len(together.y)) * len(network.members)
        for done in _in_slices(bptt.forward(network, run)):
            yield min(done / most, 1.0)
        return run

    @property
    def steps_read(self) -> int:
        """T of x."""
        assert self._run is not None
        return len(self._run.data.x)

    @property
    def steps_written(self) -> int:
        """T of y."""
        assert self._run is not None
        return len(self._run.data.y)

    def supervised_in(self, k: int) -> Array:
        """Which output steps of experiment k have a loss, (T,) bool."""
        assert self._run is not None
        data = self._run.data
        if data.counted is None:
            return data.supervised
        return np.asarray(data.counted.reshape(len(data.counted), self._count, -1)[:, k].any(axis=1))

    def share_of(self, step: int) -> dict[Key, Array]:
        """The gradients of ℓ of one output step alone (from 0), as `gradients`; one more backward pass."""
        assert self._run is not None and self.network is not None
        at = np.arange(len(self._run.data.y)) == step
        back = BackwardPass(self._run, at)
        for _ in _in_slices(bptt.backward(self.network, back)):
            pass
        return {key: self._apart(array) for key, array in collect(self.network, self._run, back)[1].items()}

    def _measure(self, run: ForwardPass) -> None:
        """ℓ_t of every network from the outputs, as core.maths.losses.total has it of one."""
        data, loss = run.data, run.network.loss
        terms = np.zeros(run.z.shape[:2])
        terms[data.supervised] = loss.value(run.z[data.supervised], data.y[data.supervised])
        if data.counted is not None:
            terms = np.where(data.counted, terms, 0.0)
        apart = terms.reshape(len(terms), self._count, -1)
        self.loss_t = (apart.sum(axis=2) / loss.divisor(apart.shape[2])).T
        self.loss = self.loss_t.sum(axis=1)

    def _apart(self, array: Array) -> Array:
        """(T, N·B, n) as (N, T, B, n), a view."""
        return np.asarray(array).reshape(len(array), self._count, -1, array.shape[-1]).swapaxes(0, 1)


def bytes_of_one(experiment: Experiment) -> int:
    """What the records of one of them take. Raises InputError as a run does."""
    return predicted_bytes(experiment, build(experiment, tasks.make(experiment)))


def _network(experiment: Experiment, data: Data, count: int) -> Network:
    """The network of one, whose cells keep their records as Rows and whose loss is a mean over its own samples."""
    network = build(experiment, data)
    for scan in scans_of(network):
        scan.cell = _in_rows(scan.cell)
    gradient = network.loss.gradient  # the mean is taken over all samples; each network has 1/N of them
    if network.loss.mean:
        network.loss = replace(network.loss, gradient=lambda z, a, y: count * gradient(z, a, y))
    return network


def _in_rows(cell: Cell) -> Cell:
    """The same cell; its records are Rows. The sums over time, which would be over all networks, are left out."""
    found = copy.copy(cell)
    own = type(cell)
    found.__dict__["forward_records"] = lambda *arguments: as_rows(own.forward_records(found, *arguments))
    found.__dict__["backward_records"] = lambda *arguments: as_rows(own.backward_records(found, *arguments))
    found.__dict__["factors"] = ()
    return found


def _together(data: Sequence[Data]) -> Data:
    """All samples in one batch. A step is supervised where it is in any of them; what counts is said for each sample.
    Raises NotStackable where they are not of one shape."""
    first = data[0]
    shapes = first.x.shape, first.y.shape
    if any(each.x.shape != shapes[0] or each.y.shape != shapes[1] for each in data):
        raise NotStackable("their sequences are of different shapes")
    every = np.array([each.supervised for each in data])
    supervised = np.asarray(every.any(axis=0))
    alike = all(each.counted is None for each in data) and bool((every == supervised).all())
    counted = None if alike else np.concatenate([_counted(each) for each in data], axis=1)
    everywhere = all(each.present is None for each in data)
    present = None if everywhere else np.concatenate([_present(each) for each in data], axis=1)
    return Data(
        np.concatenate([each.x for each in data], axis=1),
        np.concatenate([each.y for each in data], axis=1),
        supervised,
        first.loss,
        first.input_names,
        first.output_names,
        present=present,
        counted=counted,
        starts={name: np.concatenate([each.starts[name] for each in data]) for name in first.starts},
    )


def _counted(data: Data) -> Array:
    whole = np.broadcast_to(data.supervised[:, None], data.y.shape[:2])
    return whole if data.counted is None else data.counted


def _present(data: Data) -> Array:
    return np.ones(data.x.shape[:2], dtype=bool) if data.present is None else data.present


def _in_slices(loops: Iterator[bptt.Done]) -> Iterator[int]:
    """Runs the loops, a few steps at a time; yields how many steps are done. Overflow and the like are ignored."""
    done = 0
    while True:
        with np.errstate(all="ignore"):
            some = sum(1 for _ in islice(loops, EVERY))
        if not some:
            return
        done += some
        yield done
