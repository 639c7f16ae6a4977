"""Trace: every named quantity at every t with its gradient, frozen once it is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np

from core.experiment import Experiment
from core.maths.arrays import Array
from core.network.head import Head, head_of
from core.network.parts import BackwardPass, ForwardPass, Key, Network
from core.network.scan import Scan, scan_named, scans_of
from core.network.schedule import Schedule, schedule_of
from core.tasks.base import Data


@dataclass(frozen=True, eq=False)
class Trace:
    """One run. Values and gradients by (part, name), data time first: ("L1", "h") is (T, B, H).

    `exact`: the derivatives of L. `used`: the same where nothing is truncated; otherwise the gradients of the truncated
    backward pass. `parameters`, `exact_parameters`, `unclipped_parameters` (truncated) and `used_parameters` (truncated
    and clipped) by name, "L1.W".
    `start` and `start_gradients` hold what a scan began with: ("L1", "s") is s_0, (B, H).
    """

    experiment: Experiment
    network: Network
    data: Data
    run: ForwardPass
    loss: float
    loss_t: Array
    values: Mapping[Key, Array]
    exact: Mapping[Key, Array]
    used: Mapping[Key, Array]
    parameters: Mapping[str, Array]
    exact_parameters: Mapping[str, Array]
    unclipped_parameters: Mapping[str, Array]
    used_parameters: Mapping[str, Array]
    start: Mapping[Key, Array]
    start_gradients: Mapping[Key, Array]
    clip_factor: float = 1.0
    own_parameters: bool = False  # they were given, and are not those that the experiment's seed makes
    unedited: Mapping[str, Array] = field(default_factory=dict)  # parameters, "x" and "y" before edits
    underflow: Mapping[str, Array] = field(default_factory=dict)
    broken: tuple[str, int] | None = None  # ("forward" | "backward", step from 1): the first that is not finite

    @cached_property
    def schedule(self) -> Schedule:
        """Where each part stands in the columns, and when it is computed."""
        return schedule_of(self.network, len(self.data.x), len(self.data.y))

    @property
    def steps(self) -> int:
        """The columns of a picture: T; with a decoder T_x + T_y."""
        return self.schedule.columns

    @cached_property
    def scan(self) -> Scan:
        """The scan that the views show first: the topmost one that runs ahead."""
        return next(scan for scan in reversed(self.scans) if not scan.reverse)

    @property
    def head(self) -> Head:
        """What makes the output."""
        return head_of(self.network)

    @property
    def supervised(self) -> Array:
        """The columns whose output the loss looks at, (columns,) bool."""
        found = np.zeros(self.steps, dtype=bool)
        found[self.schedule.before_output :] = self.data.supervised
        return found

    def scan_named(self, name: str) -> Scan | None:
        """The scan of that name; None where there is none."""
        return scan_named(self.network, name)

    @property
    def scans(self) -> tuple[Scan, ...]:
        """All scans in the order of computation."""
        return scans_of(self.network)

    def named_parameters(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Parameters (or their gradients) by the names of the textbooks: "L1.U_f" for a gate's block of "L1.U"."""
        named: dict[str, Array] = {}
        by_scan = {scan.name: scan for scan in self.scans}
        for full, array in parameters.items():
            part, _, name = full.partition(".")
            views = by_scan[part].cell.named(name, array, by_scan[part].hidden) if part in by_scan else {name: array}
            named.update({f"{part}.{key}": view for key, view in views.items()})
        return named

    def nbytes(self) -> int:
        """Bytes of the arrays that the trace keeps alive, each base counted once."""
        arrays = [*self.values.values(), *self.exact.values(), *self.used.values()]
        arrays += [*self.parameters.values(), *self.exact_parameters.values()]
        arrays += [*self.unclipped_parameters.values(), *self.used_parameters.values()]
        return sum(base.nbytes for base in owners(arrays))


def freeze(values: Mapping, owned: Iterable[Array] | None = None) -> Mapping:
    """A read-only mapping of read-only views: of the arrays that are views already, frozen themselves, and of new ones
    of the others, since whoever has an array that owns its memory can make it writable again. `owned` is
    `owners(values.values())`, for a caller that has them."""
    for owner in owners(values.values()) if owned is None else owned:
        owner.setflags(write=False)
    frozen = {}
    for key, array in values.items():
        if array.base is None:
            frozen[key] = array.view()
        else:  # a view that was made before its owner was frozen would stay writable
            array.setflags(write=False)
            frozen[key] = array
    return MappingProxyType(frozen)


def read_only(array: Array) -> Array:
    """A view that cannot be written to; the array itself still can."""
    view = array.view()
    view.setflags(write=False)
    return view


def owners(arrays: Iterable[Array]) -> list[Array]:
    """The arrays that own the memory of these, each once."""
    found: dict[int, Array] = {}
    for array in arrays:
        base = array.base
        while isinstance(base, np.ndarray):
            array, base = base, base.base
        found[id(array)] = array
    return list(found.values())


def collect(network: Network, run: ForwardPass, back: BackwardPass) -> tuple[dict[Key, Array], dict[Key, Array]]:
    """All records of a run and all their gradients, by signal."""
    values: dict[Key, Array] = {}
    gradients: dict[Key, Array] = {}
    for part in network.parts:
        values.update(part.records(run))
        gradients.update(part.gradients(back))
    return values, gradients
