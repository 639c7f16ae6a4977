"""The oracle of whatever declares itself: a network's declared operations in autograd's numbers, step by step.

`tests.core.oracle.networks` writes the equations of every structure once more. This one reads them off the declarations
instead, so that a new part has an independent differentiation at once; no backward pass of `core` takes part in it.
"""

from __future__ import annotations

from collections.abc import Iterator

import autograd.numpy as np
import numpy
from autograd.tracer import getval

from core.maths.operations import FIXED, Operation
from core.network.declared import EACH, EVERY, FIRST, PREVIOUS, TARGETS, Declared, Read, X
from core.network.parts import OUTPUT
from core.trace import Trace
from tests.core.oracle.derivatives import GATE, PHI, Array, Derivatives, Tap, differentiate, loss_of, output_of


def of_declared(trace: Trace) -> Derivatives:
    """L and all derivatives of what a trace's network declares, from its data, parameters and initial states."""
    begun = [each for declared in trace.network.declared for each in _begun_elsewhere(declared, trace)]
    starts = {f"start {part} {name}": value for (part, name), value in trace.start.items() if (part, name) not in begun}
    given = {**trace.parameters, "x": trace.data.x, **starts}
    return differentiate(lambda inputs, tap: _Run(trace, inputs, tap).loss(), given)


def _begun_elsewhere(declared: Declared, trace: Trace) -> Iterator[tuple[str, str]]:
    """What is carried and begins with what another part hands over."""
    for name, several in declared.reads(trace.network.widths).items():
        if name.endswith(PREVIOUS) and any(read.only for read in several):
            yield declared.key(name.removesuffix(PREVIOUS))


class _Run:
    """One forward pass: each signal's steps by its key, (B, n)."""

    def __init__(self, trace: Trace, inputs: dict[str, Array], tap: Tap) -> None:
        self.trace, self.inputs, self.tap = trace, inputs, tap
        x = {t: inputs["x"][t] for t in range(len(trace.data.x))}
        self.signals: dict[tuple[str, str], dict[int, Array]] = {X: x, TARGETS: dict(enumerate(trace.data.y))}

    def loss(self) -> Array:
        """L, from the logits of the head."""
        trace, data = self.trace, self.trace.data
        for part in trace.network.parts:
            together = [each for member in part.members or (part,) for each in member.declared()]
            steps = len(trace.values[together[0].key(together[0].quantities[-1].name)])
            for t in reversed(range(steps)) if together[0].reverse else range(steps):
                for declared in together:
                    self._step(declared, t, steps)
        logits, found = self.signals[trace.head.key("z")], 0.0
        for t in numpy.flatnonzero(data.supervised):
            counted = None if data.counted is None else data.counted[t].astype(float)
            found = found + loss_of(data.loss, logits[int(t)], data.y[t], counted) / data.y.shape[1]
        return found

    def _step(self, declared: Declared, t: int, steps: int) -> None:
        reads = declared.reads(self.trace.network.widths)
        present = None if declared.decodes else self.trace.data.present
        there = None if present is None else present[t].astype(float)
        known = {name: self._read(declared, name, several, t, steps) for name, several in reads.items()}
        for name in declared.gathered:
            known[name] = self.tap(*declared.key(name), t, known[name])
        parameters = self._parameters(declared)
        recorded = {each.name for each in declared.quantities}
        for operation in declared.graph:
            name, key = operation.out, declared.key(operation.out)
            if operation.kind in FIXED:
                known[name] = self._fixed(declared, operation, t)
            else:
                known[name] = _compute(operation, [known[each] for each in operation.inputs], parameters)
                if key == OUTPUT:
                    known[name] = output_of(self.trace.data.loss, known[operation.inputs[0]])
                elif name in recorded:
                    known[name] = self.tap(*key, t, known[name], there if name in declared.recurrent_states else None)
            self.signals.setdefault(key, {})[t] = known[name]
        if there is not None:
            for name in declared.recurrent_states:
                kept = np.where(there[:, None] > 0, known[name], known[name + PREVIOUS])
                self.signals[declared.key(name)][t] = self.tap(*declared.key(name), t, kept, 1.0 - there)

    def _parameters(self, declared: Declared) -> dict[str, Array]:
        """By the names of its operations; 0 where they must be."""
        prefix, found = f"{declared.name}.", dict[str, Array]()
        own = {name.removeprefix(prefix): each for name, each in self.inputs.items() if name.startswith(prefix)}
        for name, (array, mask) in declared.masked(own).items():
            found.update(declared.named(name, array if mask is None else array * mask))
        return found

    def _fixed(self, declared: Declared, operation: Operation, t: int) -> Array:
        if operation.kind == "constant":
            return numpy.full((self.trace.data.x.shape[1], 1), operation.value)
        given = declared.given(self.trace.run).get(operation.out)
        return self.trace.values[declared.key(operation.out)][t] if given is None else given[0, 0]

    def _read(self, declared: Declared, name: str, reads: tuple[Read, ...], t: int, steps: int) -> Array:
        if reads[0].at == EVERY:
            signal = self.signals[reads[0].signal]
            return np.stack([signal[k] for k in sorted(signal)])
        shares: dict[tuple[int, int] | None, Array] = {}
        for read in reads:
            value = self._at(declared, read, t, steps)
            if value is not None:
                shares[read.columns] = value
            elif read.columns not in shares:
                shares[read.columns] = self._nothing(declared, name, read)
        return np.concatenate(list(shares.values()), axis=-1) if len(shares) > 1 else next(iter(shares.values()))

    def _at(self, declared: Declared, read: Read, t: int, steps: int) -> Array | None:
        """What a read stands for at step t; None where there is nothing."""
        if read.only and (steps - t if declared.reverse else t + 1) != read.only:
            return None
        signal = self.signals.get(read.signal, {})
        if read.at != EACH:
            return signal[min(signal) if read.at == FIRST else max(signal)]
        value, present = signal.get(t - read.lag), self.trace.data.present
        return value if value is None or present is None or not read.present else present[t - read.lag][:, None] * value

    def _nothing(self, declared: Declared, name: str, read: Read) -> Array:
        """What is carried into the first step, or 0."""
        start = f"start {declared.name} {name.removesuffix(PREVIOUS)}"
        if start in self.inputs:
            return self.inputs[start]
        given = {X: self.trace.data.x, TARGETS: self.trace.data.y}
        signal = given[read.signal] if read.signal in given else self.trace.values[read.signal]
        return numpy.zeros(signal.shape[1:])


def _compute(operation: Operation, values: list[Array], parameters: dict[str, Array]) -> Array:
    """An operation's value, (B, n), with the steps of another sequence, where it has them, before the samples."""
    match operation.kind:
        case "linear":
            terms = zip(values, operation.parameters, strict=True)
            total = sum(v * parameters[p] if p in operation.elementwise else np.dot(v, parameters[p]) for v, p in terms)
            return total + parameters[operation.bias] if operation.bias else total
        case "multiply":
            return values[0] * values[1]
        case "add":
            return values[0] + values[1]
        case "mean":
            return (values[0] + values[1]) / 2
        case "complement":
            return 1 - values[0]
        case "concat":
            return np.concatenate(values, axis=-1)
        case "normalise":
            centred = values[0] - np.mean(values[0], axis=0)
            return centred / np.sqrt(np.mean(centred**2, axis=0) + operation.value)
        case "softmax":
            seen = numpy.ones(getval(values[0]).shape) if len(values) == 1 else values[1]
            e = np.exp(values[0] - numpy.max(getval(values[0]), axis=-1, keepdims=True)) * seen
            return e / np.sum(e, axis=-1, keepdims=True)
        case "weigh":
            return np.einsum("bj,jbh->bh", *values)
        case "compare" if operation.parameters:
            return np.transpose(np.dot(values[0], parameters[operation.parameters[0]]))
        case "compare":
            return np.sum(values[0] * values[1], axis=-1).T
        case kind:
            return {**PHI, **GATE}[kind](values[0])
