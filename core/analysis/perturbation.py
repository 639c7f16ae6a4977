"""One recorded quantity moved in the forward pass, by iε, and everything after it run on: what ∂L/∂quantity means.

A cell's step in which something is moved is computed anew from its declared graph, since only there a quantity stands
between the operations that make it and those that read it; everything else is the same forward loop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.complex_step import ComplexPass, epsilon_for
from core.maths.arrays import Array
from core.maths.losses import softmax
from core.maths.operations import compute
from core.network.attention import CONTEXT, SCORES, WEIGHTS, Attention
from core.network.head import Head
from core.network.joins import Context, Convolution
from core.network.lockstep import Lockstep
from core.network.parts import ForwardPass, Key, Part, StepFunction
from core.network.scan import Scan
from core.network.sources import Concatenated
from core.trace import Trace


@dataclass(frozen=True)
class Perturbation:
    """`signal` at its part's step t (from 1, data time), of one sample and one unit, moved by `by`."""

    signal: Key
    t: int
    sample: int
    unit: int
    by: complex

    def add_to(self, array: Array) -> None:
        """Moves its number in an array (T, B, n)."""
        array[self.t - 1, self.sample, self.unit] += self.by


def derivative(trace: Trace, signal: Key, t: int, sample: int, unit: int, size: float = 0.0) -> tuple[float, bool]:
    """∂L/∂ of one recorded number by the complex step, and whether there is none, since a unit stands at its kink and
    would be moved. `size`: about how large it is, where that is known.

    Raises KeyError for a signal that no part makes.
    """
    if signal not in trace.values:
        raise KeyError(signal)
    made = ComplexPass(trace, epsilon=epsilon_for(size))
    signal, unit = of_gate(trace, signal, unit)
    perturbation = Perturbation(signal, t, sample, unit, 1j * made.epsilon)
    made.finish(perturbed(part, trace, perturbation) for part in trace.network.parts)
    return made.derivative, made.kink


def of_gate(trace: Trace, signal: Key, unit: int) -> tuple[Key, int]:
    """A unit of the stack of all pre-activations as one of its gate's: h[H + 1] is h_f[1]. Others as they are."""
    scan = next((scan for scan in trace.scans if scan.name == signal[0]), None)
    if scan is None or signal[1] != "h" or scan.cell.blocks == ("",):
        return signal, unit
    gate, own = divmod(unit, scan.hidden)
    return (scan.name, f"h_{scan.cell.blocks[gate]}"), own


def perturbed(part: Part, trace: Trace, perturbation: Perturbation) -> Part:
    """The part wrapped so that it moves that number once computed; unchanged where another part computes it."""
    if isinstance(part, Lockstep):
        return Lockstep(*(perturbed(member, trace, perturbation) for member in part.members))
    return _PerturbedPart(part, trace, perturbation)


class _PerturbedPart(Part):
    """A part that moves the number once it has computed it."""

    def __init__(self, part: Part, trace: Trace, perturbation: Perturbation) -> None:
        self.part, self.trace, self.perturbation, self.name = part, trace, perturbation, part.name

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        steps, step = self.part.begin(run)
        part, perturbation = self.part, self.perturbation
        if isinstance(part, Scan):
            if part.context == perturbation.signal:  # the state that it starts from came by way of the context
                run.records[part.name].s_base[0][perturbation.sample, perturbation.unit] += perturbation.by
            return steps, self._within(run, part, steps, step)
        if isinstance(part, Head):
            return steps, self._output(run, steps, step)
        if perturbation.signal[0] == part.name:
            self._at_once(run)
        return steps, step

    def finish(self, run: ForwardPass) -> None:
        self.part.finish(run)

    def flush(self, run: ForwardPass, t: int) -> None:
        self.part.flush(run, t)

    # --- what is made for all steps at once ---
    def _at_once(self, run: ForwardPass) -> None:
        part, perturbation = self.part, self.perturbation
        perturbation.add_to(run.signals[perturbation.signal])
        if perturbation.signal[1] == "h" and isinstance(part, Convolution | Context):
            made = "s" if isinstance(part, Convolution) else "c"
            run.signals[part.name, made] = np.tanh(run.signals[perturbation.signal])

    # --- the output ---
    def _output(self, run: ForwardPass, steps: int, step: StepFunction) -> StepFunction:
        perturbation, at = self.perturbation, self.perturbation.t - 1
        if perturbation.signal != (self.name, "z"):
            return step

        def move() -> None:
            perturbation.add_to(run.z)
            run.a[at] = run.network.loss.output(run.z[at])

        if not steps:
            move()
            return step

        def moved(t: int) -> None:
            step(t)
            if t == at:
                move()

        return moved

    # --- a cell's step ---
    def _within(self, run: ForwardPass, scan: Scan, steps: int, step: StepFunction) -> StepFunction:
        perturbation = self.perturbation
        place = steps - perturbation.t if scan.reverse else perturbation.t - 1
        attends = isinstance(scan.source, Concatenated) and any(
            isinstance(c, Attention) for c in scan.source.components
        )
        if perturbation.signal[0] != scan.name and not (attends and perturbation.signal in (CONTEXT, WEIGHTS, SCORES)):
            return step

        def moved(t: int) -> None:
            step(t)
            if t == place:
                self._again(run, scan, t)

        return moved

    def _again(self, run: ForwardPass, scan: Scan, t: int) -> None:
        """Step t anew, with the number moved where the graph makes it."""
        perturbation, r = self.perturbation, run.records[scan.name]
        moves = (
            {perturbation.signal[1]: (perturbation.unit, perturbation.by)}
            if perturbation.signal[0] == scan.name
            else {}
        )
        x = np.array(r.x[t])
        if perturbation.signal[0] != scan.name:
            first, change = self._context(run, scan, t)
            x[perturbation.sample, first : first + len(change)] += change
        given = {"x": x, **{f"{name}_prev": getattr(r, f"{name}_prev")[t] for name in scan.cell.carried}}
        if scan.feedback is not None:
            given["a_prev"] = np.array(r.a_prev[t])
        given.update({each.out: getattr(r, each.out)[t] for each in scan.cell.graph if each.kind == "clock"})
        kept = self._copied(scan, run, t)
        parameters = scan.views(dict(run.parameters))
        known = {name: self._moved(name, array, moves) for name, array in given.items()}
        for operation in scan.cell.graph:
            if operation.out not in known:
                known[operation.out] = self._moved(operation.out, compute(operation, known, parameters), moves)
        for record in scan.cell.records:
            getattr(r, record.name)[t] = known[record.name]
        for name, (rows, before) in kept.items():
            getattr(r, name)[t, rows] = before[rows]
            if name in moves and rows[perturbation.sample]:
                getattr(r, name)[t, perturbation.sample, perturbation.unit] += perturbation.by

    def _moved(self, name: str, array: Array, moves: dict[str, tuple[int, complex]]) -> Array:
        if name not in moves:
            return array
        unit, by = moves[name]
        array = np.array(array)
        array[self.perturbation.sample, unit] += by
        return array

    def _copied(self, scan: Scan, run: ForwardPass, t: int) -> dict[str, tuple[Array, Array]]:
        """What is carried past the samples that have no such step: which, and what it was."""
        if run.data.present is None or scan.decodes:
            return {}
        rows = ~scan.order(run.data.present)[t]
        records = run.records[scan.name]
        return {name: (rows, np.array(getattr(records, f"{name}_prev")[t])) for name in scan.cell.carried}

    def _context(self, run: ForwardPass, scan: Scan, t: int) -> tuple[int, Array]:
        """Where attention's context stands in x_t, and by how much it changes."""
        perturbation, source = self.perturbation, scan.source
        assert isinstance(source, Concatenated)
        place = next(k for k, each in enumerate(source.components) if isinstance(each, Attention))
        attention = source.components[place]
        assert isinstance(attention, Attention)
        first = 0 if place == 0 else int(source.ends[place - 1])
        keys = run.signals[attention.keys][:, perturbation.sample]
        weights = run.signals[WEIGHTS][t, perturbation.sample]
        if perturbation.signal == CONTEXT:
            change = np.zeros(keys.shape[1], dtype=complex)
            change[perturbation.unit] = perturbation.by
        elif perturbation.signal == WEIGHTS:
            change = perturbation.by * keys[perturbation.unit]
        else:
            scores = np.where(weights.real > 0, run.signals[SCORES][t, perturbation.sample], -np.inf)
            scores[perturbation.unit] += perturbation.by
            change = (softmax(scores) - weights) @ keys
        return first, change
