"""One recorded quantity moved, by iε, and everything that follows from it: what ∂L/∂quantity means.

From the number that is moved it runs on by the declared operations of whatever reads it, and of what reads that. Real
parts stay those that were recorded; the imaginary ones are ε times derivatives (`core.analysis.complex_step`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.analysis.complex_step import epsilon_for
from core.analysis.evaluation import Evaluation
from core.maths.activations import KINKS
from core.maths.arrays import Array
from core.maths.losses import total
from core.maths.operations import FIXED, compute
from core.network.declared import EVERY, PREVIOUS, Declared, Key
from core.trace import Trace


def derivative(trace: Trace, signal: Key, t: int, sample: int, unit: int, size: float = 0.0) -> tuple[float, bool]:
    """∂L/∂ of one recorded number by the complex step, and whether there is none, since a unit stands at its kink and
    would be moved. `size`: about how large it is, where that is known.

    Raises KeyError for a signal that no part makes.
    """
    if signal not in trace.values:
        raise KeyError(signal)
    signal, unit = of_gate(trace, signal, unit)
    made = Perturbation(trace, signal, t, sample, unit, epsilon_for(size))
    return made.derivative, made.kink


def of_gate(trace: Trace, signal: Key, unit: int) -> tuple[Key, int]:
    """A unit of the stack of all pre-activations as one of its gate's: h[H + 1] is h_f[1]. Others as they are."""
    scan = next((scan for scan in trace.scans if scan.name == signal[0]), None)
    if scan is None or signal[1] != "h" or scan.cell.blocks == ("",):
        return signal, unit
    gate, own = divmod(unit, scan.hidden)
    return (scan.name, f"h_{scan.cell.blocks[gate]}"), own


class Perturbation:
    """`signal` at its part's step t (from 1, data time), of one sample and one unit, moved by iε.

    `moved`: by how much every recorded quantity that follows from it moves, (T, B, n), in units of i. `kink`: whether a
    unit of a kinked activation stands at its kink and is moved.
    """

    def __init__(self, trace: Trace, signal: Key, t: int, sample: int, unit: int, epsilon: float) -> None:
        self.trace, self.signal, self.epsilon, self.kink = trace, signal, epsilon, False
        self.place = t - 1, sample, unit
        self.moved: dict[Key, Array] = {}
        self.evaluation = Evaluation(trace)
        with np.errstate(all="ignore"):
            for part in trace.network.parts:
                together = [each for member in part.members or (part,) for each in member.declared()]
                steps = range(self.evaluation.steps_of(together[0]))
                for step in reversed(steps) if together[0].reverse else steps:
                    for declared in together:
                        self._step(declared, step)

    @property
    def derivative(self) -> float:
        """∂L/∂ the number; NaN or Inf where one has overflowed."""
        run, data, moved = self.trace.run, self.trace.data, self.moved.get(self.trace.head.key("z"), 0.0)
        with np.errstate(all="ignore"):
            loss = total(run.network.loss, run.z + 1j * moved, run.a, data.y, data.supervised, data.counted)[1]
        return float(np.imag(loss)) / self.epsilon

    def _step(self, declared: Declared, t: int) -> None:
        """Step t (from 0) of a part: what it reads is moved, and so is all that it makes of that."""
        given = list(self._given(declared, t))
        own = {name for name in self._recorded(declared) if (declared.key(name), t) == (self.signal, self.place[0])}
        if not given and not own:
            return
        values = self.evaluation.values_of_step(declared, t)
        moved = {name: np.zeros(values[name].shape) for name in own.union(name for name, *_ in given) & values.keys()}
        for name, share, by in given:
            if name in moved:
                moved[name][..., share] += by
        for name in own:
            self._move(moved[name])
        parameters = declared.own_parameters(self.trace.parameters)
        for operation in declared.graph:
            if operation.kind not in FIXED and not moved.keys().isdisjoint(operation.inputs):
                known = {name: values[name] + 1j * moved.get(name, 0.0) for name in operation.inputs}
                moved[operation.out] = np.imag(compute(operation, known, parameters))
                if operation.kind in KINKS:
                    self.kink |= self._at_kink(declared, t, known[operation.inputs[0]], KINKS[operation.kind])
                if operation.out in own:
                    self._move(moved[operation.out])
        self._copy(declared, t, moved, own)
        for name in self._recorded(declared) & moved.keys():
            key = declared.key(name)
            whole = self.moved.setdefault(key, np.zeros(self.trace.values[key].shape))
            whole[t] = moved[name].reshape(whole[t].shape)

    def _recorded(self, declared: Declared) -> set[str]:
        return {*declared.gathered, *(each.name for each in declared.quantities)}

    def _move(self, array: Array) -> None:
        """The number itself, in its part's step (…, B, n)."""
        array[..., self.place[1], self.place[2]] += self.epsilon

    def _given(self, declared: Declared, t: int) -> Iterator[tuple[str, slice, Array]]:
        """Inputs of a step that are moved, where in them, and by how much."""
        for name, several in declared.reads(self.trace.network.widths).items():
            for read in several:
                moved = self.moved.get(read.signal)
                if moved is None:
                    continue
                if read.at == EVERY:
                    yield name, read.share, moved
                    continue
                k = self.evaluation.step_read(declared, read, t)
                if k is not None and moved[k].any():
                    there = self.trace.data.present if read.present else None
                    yield name, read.share, moved[k] if there is None else np.where(there[k, :, None], moved[k], 0.0)

    def _copy(self, declared: Declared, t: int, moved: dict[str, Array], own: set[str]) -> None:
        """A sample without this step hands on what it carries as it is."""
        copied = self.evaluation.copied(declared)
        if copied is None:
            return
        for name in declared.recurrent_states:
            if name in moved or name + PREVIOUS in moved:
                before, made = (moved.get(each, np.zeros(1)) for each in (name + PREVIOUS, name))
                moved[name] = np.where(copied[t], before, made)
                if name in own and copied[t, self.place[1]]:
                    self._move(moved[name])

    def _at_kink(self, declared: Declared, t: int, h: Array, kinks: tuple[float, ...]) -> bool:
        """Whether a number stands at a kink and is moved, at a step that its sample has."""
        found = np.isin(np.real(h), kinks) & (np.imag(h) != 0.0)
        absent = None if declared.decodes or self.trace.data.present is None else ~self.trace.data.present[t]
        return bool(found.any() if absent is None else found[..., ~absent, :].any())
