"""Where the gradient on a cell's memory comes from: along the memory, through pre-activations, from the state.

For an LSTM, ∂L/∂c_t = ∂L/∂c_{t+1} ⊙ f_{t+1} + ∂L/∂s_t ⊙ o_t ⊙ (1 − tanh²(c_t)), where ∂L/∂s_t is again a sum: what the
gates of step t + 1 send back through W, and what the output (a layer above, a decoder …) sends. So there are three
kinds of paths, distinguished by the operations of the declared graph that lie on them, never by the cell's name:

along  from m_t to m_{t+1} by elementwise operations alone (Hochreiter & Schmidhuber 1997: the error carousel)
gates  by way of a pre-activation: through a linear operation, of the next step or (a peephole on c_t) of this one
state  whatever else reads the state s_t: the output, a layer above, a join, attention, a context

Vectors can cancel, so a share is a signed projection, ⟨addend, g⟩ / ⟨g, g⟩ with g = ∂L/∂m_t: all shares add up to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.contributions import cuts_of
from core.analysis.evaluation import Evaluation
from core.cells.base import Cell
from core.maths.arrays import Array
from core.maths.operations import FIXED, Operation, pull_back
from core.network.parts import Key
from core.network.scan import Scan
from core.trace import Trace
from core.unrolled import readers_of

ALONG, GATES, STATE = KINDS = ("along", "gates", "state")
Parts = dict[str, Array]  # an addend (T, B, H) for each kind, in the order of processing


@dataclass(frozen=True, eq=False)
class MemorySplit:
    """The gradient on the memory of one sample, split; step by step, in data time.

    `kinds`: those that the run has ways for (a copied step is one along any memory). `addends` by kind, (T, H), add up
    to `gradient` (T, H).
    `shares` (K, T), in the order of `kinds`: NaN where the gradient is 0 or not finite. `offset`: the
    columns before the first step.
    """

    kinds: tuple[str, ...]
    addends: Mapping[str, Array]
    gradient: Array
    shares: Array
    offset: int

    def at(self, column: int) -> dict[str, float]:
        """The shares of a column (from 1) by kind; empty where there are none: the gradient is 0, or no such step."""
        t = column - self.offset
        if not 1 <= t <= len(self.gradient) or np.isnan(self.shares[:, t - 1]).any():
            return {}
        return dict(zip(self.kinds, self.shares[:, t - 1].tolist(), strict=True))

    def products(self, column: int) -> tuple[dict[str, float], float]:
        """⟨addend, g⟩ of a column by kind, and ⟨g, g⟩: what its shares are quotients of."""
        t = column - self.offset - 1
        g = self.gradient[t]
        return {kind: float(addend[t] @ g) for kind, addend in self.addends.items()}, float(g @ g)


def no_split(trace: Trace) -> str:
    """Why there is none: "fault" (an error is switched on: the addends are not what they should be); "" else."""
    return "fault" if trace.experiment.fault is not None else ""


def kinds_of(cell: Cell) -> tuple[str, ...]:
    """The kinds of ways that a cell's graph has from its memory to the loss."""
    names = {cell.memory, f"{cell.memory}_prev"} if cell.memory in cell.recurrent_states else {cell.memory}
    found = {STATE}.union(*(ways_through(cell, each) for each in cell.graph if names.intersection(each.inputs)))
    return tuple(kind for kind in KINDS if kind in found)


def ways_through(cell: Cell, reader: Operation, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The kinds of ways from the memory to the loss that begin with one of its readers."""
    if reader.kind == "linear":
        return frozenset((GATES,))
    if reader.out == cell.memory:
        return frozenset((ALONG,))
    names, found = {reader.out}, frozenset[str]()
    if reader.out in cell.recurrent_states:
        names.add(f"{reader.out}_prev")
        found = frozenset((STATE,))
    for other in cell.graph:
        if names.intersection(other.inputs) and other.out not in seen:
            found |= ways_through(cell, other, seen | {reader.out})
    return found


def memory_split(
    trace: Trace,
    scan: Scan | None = None,
    sample: int = 0,
    gradients: Mapping[Key, Array] | None = None,
    used: bool = False,
) -> MemorySplit:
    """Splits ∂L/∂m_t for all t of one sample. `gradients`: those of the trace that are meant, `trace.exact` where none
    are given; `used`: they are those of a truncated backward pass."""
    scan = scan or trace.scan
    gradients = trace.exact if gradients is None else gradients
    with np.errstate(all="ignore"):
        parts = _Splitter(trace, scan, gradients, used).memory()
        g = gradients[scan.name, scan.cell.memory][:, sample]
        kinds = tuple(kind for kind in KINDS if kind in (*kinds_of(scan.cell), *parts))
        addends = {kind: scan.order(parts[kind])[:, sample] if kind in parts else np.zeros_like(g) for kind in kinds}
        shares = np.stack([_projections(addends[kind], g) for kind in kinds])
    return MemorySplit(kinds, addends, g, shares, trace.schedule.offset(scan.name))


def memory_addends(trace: Trace, scan: Scan, gradients: Mapping[Key, Array]) -> Parts:
    """∂L/∂m_t of all samples by kind, (T, B, H) in the order of processing; they add up to it."""
    with np.errstate(all="ignore"):
        return _Splitter(trace, scan, gradients, False).memory()


def _projections(addend: Array, g: Array) -> Array:
    """⟨addend, g⟩ / ⟨g, g⟩ at every step (T,), scaled, so that 1e-200 has its share; NaN where g is 0 or not finite."""
    largest = np.abs(g).max(axis=1)
    there = (largest > 0) & np.isfinite(g).all(axis=1)
    scale = np.where(there, largest, 1.0)[:, None]
    unit = g / scale
    return np.where(
        there, (addend / scale * unit).sum(axis=1) / np.where(there, (unit * unit).sum(axis=1), 1.0), np.nan
    )


class _Splitter:
    """One backward pass over the graph for all t at once, in which every gradient keeps its kinds apart."""

    def __init__(self, trace: Trace, scan: Scan, gradients: Mapping[Key, Array], used: bool) -> None:
        self.trace, self.scan, self.gradients, self.used = trace, scan, gradients, used
        cell = scan.cell
        self.evaluation = Evaluation(trace, used, gradients)
        self.cell, self.graph = cell, tuple(cell.graph)
        self.parameters = scan.own_parameters(trace.parameters)
        self.recurrent_states = tuple(dict.fromkeys((*cell.recurrent_states, cell.memory)))
        self.values = {name: scan.order(array) for name, array in self.evaluation.values(scan).items()}
        self.total = {record.name: scan.order(gradients[scan.name, record.name]) for record in cell.records}
        copied = self.evaluation.copied(scan)
        self.copied = None if copied is None else scan.order(copied)
        self.within = dict(self.total)  # what a step itself receives: past a copied one the gradient goes by
        if self.copied is not None:
            self.within.update({q: np.where(self.copied, 0.0, self.total[q]) for q in cell.recurrent_states})
        self.past = self._from_the_past()

    # --- within a step ---
    def _readers(self, name: str) -> list[Operation]:
        return [each for each in self.graph if name in each.inputs and each.kind not in FIXED]

    def _sent(self, name: str, parts: Mapping[str, Parts]) -> Parts:
        """What its readers within a step send to a quantity; `parts`: the gradients of the readers, by kind."""
        found: Parts = {}
        for reader in self._readers(name):
            own = parts.get(reader.out, {})
            if reader.kind == "linear":
                whole = self.within[reader.out] if reader.out in self.within else _sum(own, self.values[reader.out])
                own = {GATES: whole}
            for kind, gradient in own.items():
                for source, addend in pull_back(reader, gradient, self.values, self.parameters):
                    if source == name:
                        _add(found, kind, addend)
        return found

    def _from_the_past(self) -> dict[str, Parts]:
        """Every gradient within a step as a way from the step before meets it: it ends where it reaches the memory."""
        parts: dict[str, Parts] = {}
        for operation in reversed(self.graph):
            name = operation.out
            if name in self.recurrent_states:
                parts[name] = {ALONG if name == self.cell.memory else STATE: self.within[name]}
            else:
                parts[name] = self._sent(name, parts)
        return parts

    # --- from step to step ---
    def start(self, name: str) -> Parts:
        """The same of what the scan began with, (B, H)."""
        return {kind: addend[0] for kind, addend in self._sent(f"{name}_prev", self.past).items()}

    def _from_the_next(self, name: str) -> Parts:
        """What the next step sends to what is carried; the first step of a decoder to its encoder's last."""
        if name not in self.cell.recurrent_states:
            return {}
        found = {kind: self._kept(_shifted(addend)) for kind, addend in self._sent(f"{name}_prev", self.past).items()}
        edges = readers_of(self.trace.network, self.scan.key(name))
        begin_here = {edge.declared.name for edge in edges if edge.read.only and edge.source == f"{name}_prev"}
        for other in (scan for scan in self.trace.scans if scan.name in begin_here):
            for kind, addend in _Splitter(self.trace, other, self.gradients, self.used).start(name).items():
                last = np.zeros_like(self.total[name])
                last[-1] = addend
                _add(found, kind, last)
        return found

    def _kept(self, addend: Array) -> Array:
        """Nothing comes across a cut."""
        after = self._cut_after()
        return np.where(after[:, :, None], 0.0, addend) if after.any() else addend

    def memory(self) -> Parts:
        """∂L/∂m_t by kind, (T, B, H) each."""
        memory = self.cell.memory
        parts: dict[str, Parts] = {}
        for operation in reversed(self.graph):
            name = operation.out
            parts[name] = found = self._sent(name, parts)
            if name in self.recurrent_states:
                for kind, addend in self._from_the_next(name).items():
                    _add(found, kind, addend)
                self._add_copied(name, found)
                if name == "s":
                    _add(found, STATE, self._from_outside(found))
                if name == memory:
                    return found
                self._pass_on(found)
        raise KeyError(memory)

    def _add_copied(self, name: str, parts: Parts) -> None:
        """A copied memory is the same memory."""
        if self.copied is not None and name == self.cell.memory:
            passed = np.where(self.copied, self.total[name], 0.0)
            _add(parts, ALONG, self._kept(_shifted(passed)))

    def _pass_on(self, parts: Parts) -> None:
        """Of what else is carried: a copied step passes its gradient on, kind by kind; within a copied step there is
        none."""
        if self.copied is None:
            return
        for kind, addend in parts.items():
            addend = np.array(addend)
            for t in range(len(addend) - 2, -1, -1):
                if self.copied[t + 1].any():  # no cut lies before a step that a sample does not have
                    addend[t] += np.where(self.copied[t + 1], addend[t + 1], 0.0)
            parts[kind] = np.where(self.copied, 0.0, addend)

    def _cut_after(self) -> Array:
        """The steps, in the order of processing, to which the next one sends nothing: (T, B) or (T, 1) bool."""
        begins = cuts_of(self.trace, self.scan, self.used)
        return np.concatenate((begins[1:], np.zeros_like(begins[:1])))

    # --- from outside the scan ---
    def _from_outside(self, others: Parts) -> Array:
        """What other parts send to s_t. Where a reader's share is recorded nowhere, it is what is left over."""
        total = self.total["s"]
        readers, others_read = self.evaluation.readers_outside(self.scan, "s")
        if others_read:
            left = total - _sum(others, total)
            if self.copied is not None and self.cell.memory != "s":
                left -= np.where(self.copied_next(), _shifted(total), 0.0)
            return left
        sent = (self.evaluation.sent_by(edges) for edges in readers.values())
        return self.scan.order(sum(sent, np.zeros_like(total)))

    def copied_next(self) -> Array:
        """The steps whose next one is copied, (T, B, 1), where nothing is cut between them."""
        assert self.copied is not None
        return self._kept(_shifted(self.copied.astype(float))) > 0


def _add(parts: Parts, kind: str, addend: Array) -> None:
    parts[kind] = parts[kind] + addend if kind in parts else addend


def _sum(parts: Parts, like: Array) -> Array:
    return sum(parts.values(), np.zeros_like(like))


def _shifted(addend: Array) -> Array:
    """What step t + 1 sends, at t; nothing at the last."""
    moved = np.zeros_like(addend)
    moved[:-1] = addend[1:]
    return moved
