"""The backward pass of a whole network from its declarations alone, of several derivations side by side.

Each row is one derivation: the right one, or one with a change, in which one operation sends back something else. An
array at a step is (K, B, n) for K rows, (K, J, B, n) where all steps J of another sequence are read: rows stand on the
axis that is time elsewhere, so that the operations' own `pull_back` serves. The hand-written passes of cells and parts
are not used: a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from core.diagnosis.unrolling import Step, Unrolling
from core.maths.arrays import Array
from core.maths.operations import FIXED, Operation, pull_back
from core.network.declared import PREVIOUS, Declared, Key, X
from core.network.parts import HEAD

Site = tuple[str, str]  # a part's name and the result of one of its operations
SHARED = ("add", "concat")  # operations whose addends are the gradient itself, or views of it
Addends = list[tuple[str, Array]]


class Moment(NamedTuple):
    """What one row, `k` of all, knows when it derives an operation: the step, and of all rows ∂L/∂ what is complete by
    now (`complete`, by name), the share of it that step t + 1 has sent back (`waiting`), and what `pull_back` sends to
    each input (`sent`)."""

    unrolling: Unrolling
    step: Step
    k: int
    complete: Mapping[str, Array]
    waiting: Mapping[str, Array]
    sent: Addends

    @property
    def values(self) -> Mapping[str, Array]:
        return self.step.values

    @property
    def parameters(self) -> Mapping[str, Array]:
        return self.unrolling.parameters[self.step.declared.name]

    @property
    def right(self) -> Addends:
        """What is sent back rightly to each input, (1, B, n); not to be written to."""
        return [(source, addend[self.k : self.k + 1]) for source, addend in self.sent]

    def arrived(self, name: str) -> Array | None:
        """∂L/∂ a quantity, (1, B, n); None where it is not complete."""
        array = self.complete.get(name)
        return None if array is None else array[self.k : self.k + 1]

    def from_next(self, name: str) -> Array | None:
        """The share of the next step in it; None where it sends nothing."""
        array = self.waiting.get(name)
        return None if array is None else array[self.k : self.k + 1]

    def value(self, name: str, shift: int = 0) -> Array:
        """What a step computes, `shift` steps later in the order of processing."""
        step = self.step
        if not shift:
            return step.values[name]
        return self.unrolling.at(step.declared, name, self.unrolling.before(step.declared, step.t, -shift))


class Change:
    """What a derivation does otherwise than the right one. `sites`: the operations at which it does. A change without
    sites may begin with another ∂L/∂z."""

    sites: frozenset[Site] = frozenset()

    def pull(self, operation: Operation, gradient: Array, moment: Moment) -> Addends:
        """What is sent back to each input instead of `pull_back`'s, from ∂L/∂out (1, B, n)."""
        return moment.right

    def multipliers(self, operation: Operation, unrolling: Unrolling, declared: Declared) -> dict[str, Array] | None:
        """What ∂L/∂out is multiplied with at every step, (T, B, n), to be sent to each input instead of `pull_back`'s;
        None where `pull` is more than that."""
        return None

    def scales(self, site: Site) -> dict[str, float] | None:
        """What the addend of each input is multiplied with; None where `pull` is more than that."""
        return None

    def loses(self, part: str, source: str) -> bool:
        """Whether what a step sends back to what it was handed is lost."""
        return False

    def start(self, dz: Array, unrolling: Unrolling) -> Array:
        """∂L/∂z (T, B, O) as it begins."""
        return dz


@dataclass(eq=False)
class Gradients:
    """What a pass found, for each row: `signals` by (part, name), (T, K, B, n), of what is not recorded, too;
    `starts` by (part, state), (K, B, n)."""

    signals: dict[Key, Array] = field(default_factory=dict)
    starts: dict[Key, Array] = field(default_factory=dict)

    def row(self, key: Key, k: int) -> Array:
        """One row's ∂L/∂ a quantity, (T, B, n)."""
        return self.signals[key][:, k]


@dataclass(frozen=True, eq=False)
class Begun:
    """A pass of one row before a part: what it has `found`, and what was sent by the step after, so far."""

    part: int
    found: Gradients
    from_next: Mapping[Key, Array]


class Pass:
    """One backward pass of `changes`, a row each; an unchanged `Change` is the right derivation.

    `loss` (T, B, O): another ∂L/∂z for every row, or (T, K, B, O) for each. `begun`: how far the right pass has come
    before the parts that the changes are in, so that nothing above them is computed again; `alone`: only the part there
    is derived, and none below it.
    """

    def __init__(
        self,
        unrolling: Unrolling,
        changes: Sequence[Change],
        loss: Array | None = None,
        begun: Begun | None = None,
        alone: bool = False,
    ) -> None:
        self.before: list[Begun] = []  # how far it had come before each part, the first one first, once it has run
        self._begun, self._alone = begun, alone
        self.unrolling, self.changes = unrolling, changes
        self.found = Gradients()
        self._next: dict[Key, Array] = {}  # what recurrent reads have sent
        self._at: dict[Site, list[int]] = {}
        # Of each input the rows, and what ∂L/∂out, or what is sent to it, is multiplied with.
        self._multiplied: dict[Site, dict[str, tuple[Array, Array]]] = {}
        self._scaled: dict[Site, dict[str, tuple[Array, Array]]] = {}
        for k, change in enumerate(changes):
            for site in change.sites:
                self._at.setdefault(site, []).append(k)
        for site, rows in self._at.items():
            self._at[site] = self._group(site, rows)
        self._losing = [k for k, change in enumerate(changes) if type(change).loses is not Change.loses]
        self._loss = loss

    def _group(self, site: Site, rows: list[int]) -> list[int]:
        """Puts rows together that multiply the gradient with numbers of the run; returns the others."""
        declared = next(each for each in self.unrolling.declared if each.name == site[0])
        operation = next(each for each in declared.graph if each.out == site[1])
        others = []
        scaled: dict[str, list[tuple[int, Array]]] = {}
        multiplied: dict[str, list[tuple[int, Array]]] = {}
        for k in rows:
            scales = self.changes[k].scales(site)
            numbers = None if scales is not None else self.changes[k].multipliers(operation, self.unrolling, declared)
            if scales is None and numbers is None:
                others.append(k)
            for source, scale in (scales or {}).items():
                scaled.setdefault(source, []).append((k, np.array(scale)))
            for source, array in (numbers or {}).items():
                multiplied.setdefault(source, []).append((k, array))
        self._scaled[site] = {source: _together(pairs, 0) for source, pairs in scaled.items()}
        self._multiplied[site] = {source: _together(pairs, 1) for source, pairs in multiplied.items()}
        return others

    def run(self) -> Gradients:
        """Runs it to the end."""
        with np.errstate(all="ignore"):
            parts = self.unrolling.steps
            if self._begun is None:
                self._begin()
            else:
                self._go_on(self._begun)
                parts = parts[: self._begun.part + 1]
            for k in reversed(range(len(parts) - 1 if self._alone else 0, len(parts))):
                if len(self.changes) == 1 and self._begun is None:
                    self.before.insert(0, self._state(k))
                for step in reversed(parts[k]):
                    self._back(step)
        return self.found

    def _state(self, part: int) -> Begun:
        signals = {key: array.copy() for key, array in self.found.signals.items()}
        starts = {key: array.copy() for key, array in self.found.starts.items()}
        return Begun(part, Gradients(signals, starts), {key: array.copy() for key, array in self._next.items()})

    def _go_on(self, begun: Begun) -> None:
        """Every row begins with what the right pass has found. What no part to come adds to is not copied."""
        rows, open_keys = len(self.changes), self.unrolling.written_to(begun.part)

        def of_rows(arrays: Mapping[Key, Array]) -> dict[Key, Array]:
            found = {}
            for key, array in arrays.items():
                shape = (array.shape[0], rows, *array.shape[2:])
                found[key] = array.repeat(rows, axis=1) if key in open_keys else np.broadcast_to(array, shape)
            return found

        self.found.signals, self._next = of_rows(begun.found.signals), of_rows(begun.from_next)
        self.found.starts = {key: array.repeat(rows, axis=0) for key, array in begun.found.starts.items()}

    def _begin(self) -> None:
        rows, z = len(self.changes), self.unrolling.z
        dz = self.unrolling.losses if self._loss is None else self._loss
        whole = np.empty((len(z), rows, *z.shape[1:]))
        whole[...] = dz if dz.ndim == 4 else dz[:, None]
        for k, change in enumerate(self.changes):
            whole[:, k] = change.start(whole[:, k], self.unrolling)
        self.found.signals[HEAD, "z"] = whole

    def _array(self, key: Key, like: tuple[int, ...]) -> Array:
        """The gradient of a signal so far, for all its steps."""
        if key not in self.found.signals:
            self.found.signals[key] = np.zeros(like)
        return self.found.signals[key]

    def _back(self, step: Step) -> None:
        declared = step.declared
        arrived, waiting, passed = self._arrived(step)
        own = {operation.out for operation in declared.graph}
        inputs: dict[str, Array] = {}
        fixed = self.unrolling.fixed[declared.name]
        for operation in reversed(declared.graph):
            gradient = arrived.get(operation.out)
            if gradient is None or operation.kind in FIXED:
                continue
            self._keep(step, operation.out, gradient, passed.get(operation.out + PREVIOUS))
            for source, addend in self._pulled(step, operation, gradient, arrived, waiting):
                if source in fixed:
                    continue
                target = arrived if source in own else inputs
                target[source] = target[source] + addend if source in target else addend
        for name, addend in inputs.items():
            if name in declared.gathered:
                self._keep(step, name, addend)
        for name, array in passed.items():
            inputs[name] = inputs[name] + array if name in inputs else array
        self._send(step, inputs)

    def _arrived(self, step: Step) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
        """∂L/∂ what the step has made, as its readers have sent it, (K, B, n); the share of the next step in it; and
        what goes past the step, where a sample does not have it."""
        declared, t = step.declared, step.t
        arrived: dict[str, Array] = {}
        waiting: dict[str, Array] = {}
        passed: dict[str, Array] = {}
        several = any(array.ndim == 4 for array in step.values.values())
        for name in (each.name for each in declared.quantities):
            key = declared.key(name)
            if key not in self.found.signals:
                continue
            found = self.found.signals[key][t]
            if step.copied is not None and name in declared.recurrent_states:
                passed[name + PREVIOUS] = np.where(step.copied, found, 0.0)
                found = np.where(step.copied, 0.0, found)
            arrived[name] = found[:, None] if several else found
            if key in self._next:
                waiting[name] = self._next[key][t]
        return arrived, waiting, passed

    def _keep(self, step: Step, name: str, gradient: Array, passed: Array | None = None) -> None:
        """Records ∂L/∂ what the step has made or read; of a sample without the step that is what goes past it."""
        declared, t = step.declared, step.t
        size = self.unrolling.sizes[declared.name]
        recorded = gradient[:, 0] if gradient.ndim == 4 and gradient.shape[1] == 1 else gradient
        array = self._array(declared.key(name), (size, *recorded.shape))
        array[t] = recorded if passed is None else recorded + passed

    def _pulled(
        self,
        step: Step,
        operation: Operation,
        gradient: Array,
        arrived: Mapping[str, Array],
        waiting: Mapping[str, Array],
    ) -> Addends:
        parameters = self.unrolling.parameters[step.declared.name]
        found = pull_back(operation, gradient, step.values, parameters)
        site = step.declared.name, operation.out
        rows = self._at.get(site)
        if rows is None:
            return found
        multiplied, scaled = self._multiplied[site], self._scaled[site]
        if operation.kind in SHARED and (rows or scaled):
            found = [(source, np.array(addend)) for source, addend in found]
        for source, addend in found:
            if source in multiplied:
                own, numbers = multiplied[source]
                addend[own] = gradient[own] * numbers[step.t]
            if source in scaled:
                own, numbers = scaled[source]
                addend[own] *= numbers.reshape(-1, *[1] * (addend.ndim - 1))
        for k in rows:
            moment = Moment(self.unrolling, step, k, arrived, waiting, found)
            changed = self.changes[k].pull(operation, gradient[k : k + 1], moment)
            for (_, addend), (_, other) in zip(found, changed, strict=True):
                addend[k] = other[0]
        return found

    def _send(self, step: Step, inputs: Mapping[str, Array]) -> None:
        """Adds what the inputs receive to the gradients of what they stand for."""
        trace = self.unrolling.trace
        for reading in step.readings:
            addend = inputs.get(reading.source)
            if addend is None:
                continue
            addend = addend[..., reading.read.share]
            if reading.passes is not None:
                addend = np.where(reading.passes, addend, 0.0)
            if reading.recurrent:
                addend = self._kept(step.declared.name, reading.source, addend)
            signal = reading.read.signal
            value = trace.data.x if signal == X else trace.values[signal]
            array = self._array(signal, (len(value), len(self.changes), *value.shape[1:]))
            if reading.at is None:
                self._send_to_all(step.declared, reading.read.present, addend, array)
                continue
            addend = addend[:, 0] if addend.ndim == 4 else addend
            array[reading.at] += addend
            if reading.recurrent:
                if signal not in self._next:
                    self._next[signal] = np.zeros_like(array)
                self._next[signal][reading.at] += addend
        for name, key in step.begins:
            if name in inputs:
                addend = inputs[name]
                addend = addend[:, 0] if addend.ndim == 4 else addend
                starts = self.found.starts
                starts[key] = starts[key] + addend if key in starts else addend

    def _kept(self, part: str, source: str, addend: Array) -> Array:
        """What is sent to the step before; 0 in the rows that lose it."""
        lost = [k for k in self._losing if self.changes[k].loses(part, source)]
        if not lost:
            return addend
        kept = np.array(addend)
        kept[lost] = 0.0
        return kept

    def _send_to_all(self, declared: Declared, present_only: bool, addend: Array, array: Array) -> None:
        """To every step of a sequence, (K, J, B, n)."""
        present = self.unrolling.trace.data.present
        if present_only and present is not None:
            addend = np.where(present[:, :, None], addend, 0.0)
        array += addend.swapaxes(0, 1)


def _together(pairs: list[tuple[int, Array]], axis: int) -> tuple[Array, Array]:
    """The rows, and their arrays side by side on an axis."""
    return np.array([k for k, _ in pairs]), np.stack([array for _, array in pairs], axis=axis)
