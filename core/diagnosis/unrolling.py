"""A run as a list of steps to be derived backward: what each one computes, from which numbers, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.analysis.evaluation import Evaluation
from core.maths.arrays import Array
from core.maths.losses import output_gradient
from core.maths.operations import FIXED, Operation
from core.network.declared import EVERY, PREVIOUS, TARGETS, Declared, Key, Read
from core.network.parts import HEAD
from core.network.truncation import window_starts
from core.trace import Trace
from core.unrolled import Edge


@dataclass(frozen=True, eq=False)
class Reading:
    """An input of a step: what one of its reads stands for there. `at`: the signal's step (from 0), None for all of
    them; `passes` (B, 1) bool: the samples whose gradient goes back along it, None for all."""

    source: str
    read: Read
    at: int | None
    passes: Array | None = None

    @property
    def recurrent(self) -> bool:
        """Whether it is what the step before handed on, or what a decoder begins with."""
        return self.source.endswith(PREVIOUS)


@dataclass(frozen=True, eq=False)
class Step:
    """One step of one part. `values` by name, (1, B, n), with an axis of J before B where all steps of a sequence are
    read; `begins`: of the first step, the inputs that are initial states, each with its (part, state); `copied` (B, 1)
    bool: samples without this step."""

    declared: Declared
    t: int
    values: Mapping[str, Array]
    readings: tuple[Reading, ...]
    begins: tuple[tuple[str, Key], ...]
    copied: Array | None


class Unrolling:
    """The steps of a run, in the order of computation. `window`: truncation, as of `core.network.truncation`;
    `values`: others than those of the run, by part and name, (T, B, n)."""

    def __init__(
        self,
        trace: Trace,
        window: int | None = None,
        values: Mapping[str, Mapping[str, Array]] | None = None,
    ) -> None:
        self.trace, self.window, self.altered = trace, window, values is not None
        self.evaluation = Evaluation(trace)
        declared = trace.network.declared
        self.parameters = {each.name: each.own_parameters(trace.parameters) for each in declared}
        self.values: Mapping[str, Mapping[str, Array]] = values or {
            each.name: self.evaluation.values(each) for each in declared
        }
        self.sizes = {each.name: self.evaluation.steps_of(each) for each in declared}
        self.fixed = {each.name: _fixed(each.graph) for each in declared}

    @property
    def declared(self) -> tuple[Declared, ...]:
        return self.trace.network.declared

    @property
    def z(self) -> Array:
        """The output before its activation, (T, B, O)."""
        return self.values[HEAD]["z"] if self.altered else self.trace.run.z

    @property
    def a(self) -> Array:
        """The output, (T, B, O)."""
        return self.values[HEAD]["a"] if self.altered else self.trace.run.a

    @property
    def losses(self) -> Array:
        """∂L/∂z (T, B, O) as the loss sends it."""
        data = self.trace.data
        return output_gradient(self.trace.network.loss, self.z, self.a, data.y, data.supervised, data.counted)

    @cached_property
    def steps(self) -> tuple[tuple[Step, ...], ...]:
        """Every step, in the order of computation, part by part; those that share a loop are one part."""
        return tuple(tuple(self._steps(own)) for own in self._together)

    @cached_property
    def _together(self) -> list[list[Declared]]:
        parts = [part.members or (part,) for part in self.trace.network.parts]
        names = [{each.name for member in part for each in member.declared()} for part in parts]
        return [[each for each in self.declared if each.name in own] for own in names]

    def part_of(self, name: str) -> int:
        """The place of the part of `steps` that a declared part is in, by its name."""
        return next(k for k, own in enumerate(self._together) if any(each.name == name for each in own))

    def written_to(self, part: int) -> frozenset[Key]:
        """The signals whose gradients the parts up to that place of `steps` make or add to."""
        return self._written_to[part]

    @cached_property
    def _written_to(self) -> list[frozenset[Key]]:
        found: list[frozenset[Key]] = []
        for own in self._together:
            keys = set(found[-1]) if found else set()
            for each in own:
                reads = each.reads(self.trace.network.widths).values()
                names = [*self.values[each.name], *(operation.out for operation in each.graph)]
                keys.update(read.signal for several in reads for read in several)
                keys.update(map(each.key, names))
            found.append(frozenset(keys))
        return found

    def _steps(self, own: list[Declared]) -> Iterator[Step]:
        for k in range(max((self.sizes[each.name] for each in own), default=0)):
            for each in own:
                size = self.sizes[each.name]
                if k < size:
                    yield self._step(each, size - 1 - k if each.reverse else k)

    def at(self, declared: Declared, name: str, t: int) -> Array:
        """What a step computes or reads, (1, B, n); 0 where there is no such step."""
        array = self.values[declared.name][name]
        if len(array) == 1 and self.sizes[declared.name] > 1:
            return array
        return array[t : t + 1] if 0 <= t < len(array) else np.zeros_like(array[:1])

    def over_time(self, declared: Declared, name: str, shift: int = 0) -> Array | None:
        """What all steps compute or read, `shift` steps later in the order of processing, (T, B, n), 0 where there is
        no such step; None where it is not one row of numbers a step."""
        array = self.values[declared.name][name]
        if array.ndim != 3 or len(array) != self.sizes[declared.name]:
            return None
        ahead = self.before(declared, 0, -shift)
        if not ahead:
            return array
        found = np.zeros_like(array)
        found[max(-ahead, 0) : len(array) - max(ahead, 0)] = array[max(ahead, 0) : len(array) + min(ahead, 0)]
        return found

    def before(self, declared: Declared, t: int, steps: int = 1) -> int:
        """The step that is computed so many steps before t; after it where `steps` is negative."""
        return t + steps if declared.reverse else t - steps

    def _step(self, declared: Declared, t: int) -> Step:
        values = {name: self.at(declared, name, t) for name in self.values[declared.name]}
        readings, begins = [], []
        first = t == (self.sizes[declared.name] - 1 if declared.reverse else 0)
        for name, reads in declared.reads(self.trace.network.widths).items():
            there = []
            for read in reads:
                if read.signal == TARGETS:
                    continue
                at = None if read.at == EVERY else self.evaluation.step_read(declared, read, t)
                if at is not None or read.at == EVERY:
                    there.append(Reading(name, read, at, self._passes(declared, name, read, t, at)))
            readings += there
            own = declared.loop, name.removesuffix(PREVIOUS)
            if first and declared.loop != declared.name:  # attention asks with what its decoder begins with
                own = next((read.signal for read in reads if read.lag and read.signal[0] == declared.loop), own)
                begins += [(name, own)] if own[1] != name else []
            elif first and own[1] in declared.recurrent_states:
                begins.append((name, own))
        copied = self.evaluation.copied(declared)
        return Step(declared, t, values, tuple(readings), tuple(begins), None if copied is None else copied[t])

    def _passes(self, declared: Declared, name: str, read: Read, t: int, at: int | None) -> Array | None:
        """The samples whose gradient goes back along a read: it is not cut there, and they have what is read."""
        present, passes = self.trace.data.present, None
        if read.present and at is not None and present is not None:
            passes = present[at, :, None]
        edge = Edge(declared, declared.key(name), read, name)
        scan = self.trace.scan_named(declared.loop)
        if self.window is None or scan is None or not edge.recurrent:
            return passes
        size = self.sizes[declared.name]
        k = size - 1 - t if declared.reverse else t
        kept = (window_starts(self.window, size, scan.absent(self.trace.run))[k] <= k - abs(read.lag))[:, None]
        kept = np.broadcast_to(kept, (self.trace.data.x.shape[1], 1))
        return kept if passes is None else kept & passes


def _fixed(graph: tuple[Operation, ...]) -> frozenset[str]:
    return frozenset(operation.out for operation in graph if operation.kind in FIXED)
