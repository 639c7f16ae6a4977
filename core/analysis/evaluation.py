"""Values and addends of a whole run, all steps at once, from what its parts declare.

Arrays are (T, B, n) in data time. Of a part that reads all steps of a sequence at once (attention, the mean of a
context) they are (T, J, B, n), with those steps on the second axis.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.analysis.contributions import copied_steps
from core.maths.arrays import Array
from core.maths.operations import addends_over_time, compute
from core.network.declared import EACH, EVERY, FIRST, TARGETS, Declared, Key, Read, X
from core.network.truncation import window_starts
from core.trace import Trace
from core.unrolled import Edge, readers_of, readers_outside

EdgeAddends = dict[tuple[str, str], Array]


class Evaluation:
    """One run. `used`: the gradients that are used, truncated where the experiment says so; otherwise the exact ones;
    `gradients`: others, recorded for the same run; `samples`: those that are asked about, all by default."""

    def __init__(
        self,
        trace: Trace,
        used: bool = False,
        gradients: Mapping[Key, Array] | None = None,
        samples: slice = slice(None),
    ) -> None:
        self.trace, self.used, self.samples = trace, used, samples
        self.gradients = gradients if gradients is not None else trace.used if used else trace.exact
        self._values: dict[str, dict[str, Array]] = {}
        self._addends: dict[str, EdgeAddends] = {}

    # --- forward ---
    def signal(self, key: Key) -> Array:
        """What was recorded, or given by the task, (T, B, n)."""
        if key in (X, TARGETS):
            return (self.trace.data.x if key == X else self.trace.data.y)[:, self.samples]
        return self.trace.values[key][:, self.samples]

    def gradient(self, key: Key) -> Array:
        """The recorded gradient, (T, B, n)."""
        return self.gradients[key][:, self.samples]

    def _masked(self, array: Array) -> Array:
        """0 at the steps that a sample does not have."""
        present = self.trace.data.present
        return array if present is None else np.where(present[:, self.samples, None], array, 0.0)

    def copied(self, declared: Declared) -> Array | None:
        """The steps (T, B, 1) at which a part hands on what it carries as it is; None where there are none."""
        found = copied_steps(self.trace, declared)
        return None if found is None else found[:, self.samples, None]

    def values(self, declared: Declared) -> dict[str, Array]:
        """Every input and every operation of a part by its name; what is not recorded is computed."""
        if declared.name not in self._values:
            self._values[declared.name] = self._evaluated(declared, slice(None))
        return self._values[declared.name]

    def values_of_step(self, declared: Declared, t: int) -> dict[str, Array]:
        """The same of step t (from 0) alone, with an axis of 1 for it: of attention all steps at once are many."""
        at, reads = slice(t, t + 1), declared.reads(self.trace.network.widths)
        if any(each.at == EVERY for several in reads.values() for each in several):
            return self._evaluated(declared, at)
        return {name: array[at] for name, array in self.values(declared).items()}

    def steps_of(self, declared: Declared) -> int:
        """How many steps a part has."""
        return len(self.trace.values[declared.key(declared.quantities[-1].name)])

    def _evaluated(self, declared: Declared, at: slice) -> dict[str, Array]:
        trace, steps = self.trace, self.steps_of(declared)
        reads = declared.reads(trace.network.widths)
        found = {name: array[..., self.samples, :] for name, array in declared.given(trace.run).items()}
        used = {name for operation in declared.graph for name in operation.inputs}
        found |= {name: self.gathered(declared, name, steps) for name in reads if name in used - found.keys()}
        found |= {each.name: self.signal(declared.key(each.name)) for each in declared.quantities}
        if any(each.at == EVERY for several in reads.values() for each in several):
            found = {name: array if array.ndim == 4 else array[:, None] for name, array in found.items()}
        if at != slice(None):
            found = {name: array[at] if len(array) == steps else array for name, array in found.items()}
        with np.errstate(all="ignore"):
            for operation in declared.graph:
                if operation.out not in found:
                    found[operation.out] = compute(operation, found, declared.own_parameters(trace.parameters))
        return found

    def gathered(self, declared: Declared, name: str, steps: int) -> Array:
        """What stands for an input, at each of `steps` steps; (1, J, B, n) where all steps of a sequence are read."""
        reads = declared.reads(self.trace.network.widths)[name]
        widest = max(read.columns[1] if read.columns else self.signal(read.signal).shape[2] for read in reads)
        first = self.signal(reads[0].signal)
        if reads[0].at == EVERY:
            return first[None]
        found = np.zeros((steps, first.shape[1], widest))
        for read in reads:
            at, source = self._places(declared, read, steps)
            array = self.signal(read.signal)
            found[at, :, read.share] = (self._masked(array) if read.present else array)[source]
        return found

    def _places(self, declared: Declared, read: Read, steps: int) -> tuple[slice, slice]:
        """The reader's steps at which a read applies, and the signal's steps that are read there."""
        if read.at != EACH:
            only = steps + 1 - read.only if declared.reverse else read.only
            there = slice(only - 1, only) if read.only else slice(None)
            return there, slice(0, 1) if read.at == FIRST else slice(-1, None)
        size = len(self.signal(read.signal))
        first, last = max(0, read.lag), min(steps, size + read.lag)
        return slice(first, max(first, last)), slice(first - read.lag, max(first, last) - read.lag)

    def step_read(self, declared: Declared, read: Read, t: int) -> int | None:
        """The signal's step (from 0) that a read stands for at the reader's step t; None where it reads nothing."""
        steps = self.steps_of(declared)
        at, source = self._places(declared, read, steps)
        there = range(steps)[at]
        if t not in there:
            return None
        return range(len(self.signal(read.signal)))[source][there.index(t) if read.at == EACH else 0]

    # --- backward ---
    def arriving(self, declared: Declared, name: str) -> Array:
        """∂L/∂ a quantity; of the outputs, whose gradient is not recorded, all that later steps send back."""
        key = declared.key(name)
        if key in self.gradients:
            return self.gradient(key)
        return self.sent_to(key)

    def addends(self, declared: Declared) -> EdgeAddends:
        """What every operation sends back to every input, by (operation, input)."""
        if declared.name not in self._addends:
            self._addends[declared.name] = self._sent_back(declared, self.values(declared), slice(None))
        return self._addends[declared.name]

    def within(self, declared: Declared, name: str) -> Array:
        """∂L/∂ a quantity, or what a part computes on the way and does not record: the sum of what is sent to it."""
        if declared.key(name) in self.gradients:
            return self.gradient(declared.key(name))
        return np.sum([array for (_, source), array in self.addends(declared).items() if source == name], axis=0)

    def addends_of_step(self, declared: Declared, t: int) -> EdgeAddends:
        """The same of step t (from 0) alone."""
        return self._sent_back(declared, self.values_of_step(declared, t), slice(t, t + 1))

    def _sent_back(self, declared: Declared, values: dict[str, Array], at: slice) -> EdgeAddends:
        arriving = {each.name: self.arriving(declared, each.name)[at] for each in declared.quantities}
        copied = self.copied(declared)
        if copied is not None:  # there the gradient on what is carried goes on whole, past the step
            arriving |= {name: np.where(copied[at], 0.0, arriving[name]) for name in declared.recurrent_states}
        if any(array.ndim == 4 for array in values.values()):
            arriving = {name: array[:, None] for name, array in arriving.items()}
        with np.errstate(all="ignore"):
            return addends_over_time(declared.graph, declared.own_parameters(self.trace.parameters), values, arriving)

    def pulled(self, edge: Edge) -> Array:
        """What an edge's reader sends back along it, at each of its steps, whether it is cut there or not."""
        declared = edge.declared
        if edge.copies:
            copied, gradient = self.copied(declared), self.gradient(edge.reader)
            return np.zeros_like(gradient) if copied is None else np.where(copied, gradient, 0.0)
        if edge.operation is None:
            return self.gradient(edge.reader)[..., edge.read.share]
        return self.addends(declared)[edge.operation.out, edge.source][..., edge.read.share]

    def back(self, edge: Edge) -> Array:
        """The same; 0 where it is cut."""
        found = self.pulled(edge)
        if self.used and not self.trace.scan.cell.learned and not edge.within:
            return np.zeros_like(found)  # only the read-out is fitted
        cut = self._cut(edge, len(found))
        if cut is None:
            return found
        return np.where(cut[:, None, :, None] if found.ndim == 4 else cut[:, :, None], 0.0, found)

    def _cut(self, edge: Edge, count: int) -> Array | None:
        """The reader's steps from which nothing goes back along an edge, (T, B) bool; None where it is not cut."""
        window = self.trace.experiment.truncate if self.used else None
        if window is None or not edge.recurrent:
            return None
        scan = self.trace.scan_named(edge.declared.loop)
        if scan is None:
            return None
        steps = np.arange(count)[:, None]
        starts = window_starts(window, count, scan.absent(self.trace.run))
        cut = scan.order(starts > steps - abs(edge.read.lag))
        return np.broadcast_to(cut, (count, self.trace.data.x.shape[1]))[:, self.samples]

    def received(self, edge: Edge) -> Array:
        """The same by the step of what is read, (T, B, n): summed over all steps that read it."""
        back, read, array = self.back(edge), edge.read, self.signal(edge.read.signal)
        found = np.zeros(array.shape)
        if read.at == EVERY:
            return np.broadcast_to(back, (*back.shape[:1], *array.shape)).sum(axis=0)
        if back.ndim == 4:
            back = back[:, 0]
        at, source = self._places(edge.declared, read, len(back))
        found[source] = back[at] if read.at == EACH else back[at].sum(axis=0)
        return self._masked(found) if read.present else found

    def sent_to(self, key: Key) -> Array:
        """The sum of all that the readers of a quantity send back to it, (T, B, n)."""
        found = np.zeros(self.signal(key).shape)
        for edge in readers_of(self.trace.network, key):
            found += self.received(edge)
        return found

    # --- what reaches a scan's states from other parts ---
    def readers_outside(self, scan: Declared, name: str) -> tuple[dict[str, list[Edge]], bool]:
        """By its name, each part besides the scan that reads a carried quantity step by step, the output first, then
        scans; and whether others read it: a part with one step, attention, a decoder that begins with it."""
        edges = readers_outside(self.trace.network, scan.key(name))
        by_step = [edge for edge in edges if not self._at_once(edge)]
        found: dict[str, list[Edge]] = {}
        for edge in by_step:
            found.setdefault(edge.declared.name, []).append(edge)
        return found, len(by_step) < len(edges)

    def _at_once(self, edge: Edge) -> bool:
        declared, read = edge.declared, edge.read
        once = not declared.gathered and declared.once(declared.reads(self.trace.network.widths))
        return bool(read.only) or read.at == EVERY or once or edge.inside

    def sent_by(self, edges: list[Edge]) -> Array:
        """The sum of what these edges send back to what they read, (T, B, n)."""
        return sum((self.received(edge) for edge in edges[1:]), self.received(edges[0]))
