"""Edges of the chain that no cell's graph makes: of windows, of what an encoder passes to its decoder, of attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from core.chain.rows import FED, key_of
from core.maths.arrays import Array, norms
from core.network.attention import CONTEXT, NAMES, SCORES, WEIGHTS, Attention
from core.network.joins import Context, Join, joined_back
from core.network.parts import Key
from core.network.scan import Scan
from core.network.sources import Concatenated, ContextInput, FullSequence, LayerBelow
from core.trace import Trace


class Edges(NamedTuple):
    """From row `source` to row `target`: `norms` of what goes back along them, one for each step of `part`, from its
    step `first` (from 0) on. `lag`: how many columns before the target's they begin. `begins`: the column in which all
    of them begin; `ends`: that in which all end, one for each step of `part` in which they begin (0: neither)."""

    source: str
    target: str
    part: str
    norms: Array
    first: int = 0
    recurrent: bool = False
    lag: int = 0
    begins: int = 0
    ends: int = 0


def taps_of(scan: Scan) -> int:
    """How many steps of its input a scan reads at once."""
    return scan.source.taps if isinstance(scan.source, FullSequence | LayerBelow) else 1


def window_norms(gradient: Array, taps: int) -> Iterator[Array]:
    """‖∂L/∂‖ of what is read k steps back, k = 0 … taps − 1, (T,) each, from that of the window (T, B, taps·n)."""
    width = gradient.shape[2] // taps
    for k in range(taps):
        yield norms(gradient[..., k * width : (k + 1) * width])


def row_of_signal(trace: Trace, signal: Key) -> str:
    """The row that shows a signal of a scan, a join or a context."""
    scan = next((each for each in trace.scans if each.name == signal[0]), None)
    return signal[0] if scan is None else "s" + key_of(trace, scan)


def context_of(scan: Scan) -> str:
    """The name of the context by way of which a decoder's first state comes; "" where there is none."""
    signal = scan.initial if isinstance(scan.initial, tuple) else scan.context
    return "" if signal is None else signal[0]


def context_edges(trace: Trace, context: Context, gradients: Mapping[Key, Array]) -> Iterator[Edges]:
    """What a context reads, and where it is read again at every step of a decoder."""
    name, read = context.name, trace.schedule.lanes[context.name].first
    dc = gradients[name, "c"][0]
    if context.kind != "last":
        dc = gradients[name, "h"][0] @ trace.parameters[f"{name}.M"].T
    if context.kind == "all":
        steps, batch = trace.values[context.states].shape[:2]
        present = np.ones((steps, batch)) if trace.data.present is None else trace.data.present.astype(float)
        shares = (present / present.sum(axis=0))[:, :, None] * dc
        yield Edges(row_of_signal(trace, context.states), name, context.states[0], norms(shares), ends=read)
    else:
        ends = [trace.values[signal][-1 if k == 0 else 0] for k, signal in enumerate(context.ends)]
        shares = joined_back(dc, ends[0], ends[1], context.how) if len(ends) == 2 else (dc,)
        for k, (signal, share) in enumerate(zip(context.ends, shares, strict=True)):
            yield Edges(row_of_signal(trace, signal), name, name, norms(share[None]), begins=1 if k else 0)
    for scan in trace.scans:
        if isinstance(scan.source, Concatenated):
            for component, dx in components_back(scan, gradients):
                if isinstance(component, ContextInput) and component.signal[0] == name:
                    yield Edges(name, FED, scan.name, norms(dx), begins=read)


def components_back(scan: Scan, gradients: Mapping[Key, Array]) -> Iterator[tuple[object, Array]]:
    """The components of a scan's input with ∂L/∂ their part of it, (T, B, n)."""
    assert isinstance(scan.source, Concatenated)
    dx, start = gradients[scan.name, "x"], 0
    for component, end in zip(scan.source.components, scan.source.ends, strict=True):
        yield component, dx[..., start:end]
        start = end


def end_edge(trace: Trace, join: Join, gradients: Mapping[Key, Array]) -> Edges:
    """From the first column, a reverse chain's own end, to every node of a join that reads it there."""
    _, second = joined_back(gradients[join.name, "s"], *join.both(trace.run), join.how)
    return Edges(row_of_signal(trace, join.second), join.name, join.name, norms(second), begins=1)


class AttentionBack:
    """What goes back along attention at the decoder's step i (from 0): to every key k_j, by way of its weight and of
    its score, and to the query s_{i−1}. See core.network.attention.Attention.take_back for the derivation."""

    def __init__(self, trace: Trace, gradients: Mapping[Key, Array]) -> None:
        scan, attention = attending(trace)
        self.keys = trace.values[attention.keys]
        self.queries = trace.run.records[scan.name].s_prev
        self.weights, self.dc, self.de = trace.values[WEIGHTS], gradients[CONTEXT], gradients[SCORES]
        self.score = attention.score
        self.parameters = [trace.parameters[name] for name in NAMES[self.score]]

    def to_keys(self, i: int) -> Array:
        """(T_x, B, K)."""
        found = np.einsum("bj,bk->jbk", self.weights[i], self.dc[i])
        if self.score == "additive":
            return found + self._inner(i) @ self.parameters[1].T
        query = self.queries[i] @ self.parameters[0] if self.score == "bilinear" else self.queries[i]
        return found + np.einsum("bj,bk->jbk", self.de[i], query)

    def to_query(self, i: int) -> Array:
        """(B, H)."""
        if self.score == "additive":
            return self._inner(i).sum(axis=0) @ self.parameters[0].T
        read = np.einsum("bj,jbk->bk", self.de[i], self.keys)
        return read @ self.parameters[0].T if self.score == "bilinear" else read

    def _inner(self, i: int) -> Array:
        """∂L/∂ of what the additive score's tanh is taken of, (T_x, B, H)."""
        source, target, v = self.parameters
        hidden = np.tanh(self.queries[i] @ source + self.keys @ target)
        return np.einsum("bj,h->jbh", self.de[i], v) * (1.0 - hidden**2)

    def key_norms(self) -> Array:
        """‖what goes back along the arc from key j to step i‖, (T_y, T_x)."""
        with np.errstate(all="ignore"):
            return np.array([norms(self.to_keys(i)) for i in range(len(self.weights))])


def attending(trace: Trace) -> tuple[Scan, Attention]:
    """The scan that attends, and its attention. Raises StopIteration where none does."""
    return next(
        (scan, each)
        for scan in trace.scans
        if isinstance(scan.source, Concatenated)
        for each in scan.source.components
        if isinstance(each, Attention)
    )


def attention_edges(trace: Trace, gradients: Mapping[Key, Array]) -> Iterator[Edges]:
    """From the weights to the contexts, from these to what the decoder reads, and from the query to the weights."""
    scan, _ = attending(trace)
    back = AttentionBack(trace, gradients)
    with np.errstate(all="ignore"):
        queries = np.array([back.to_query(i) for i in range(len(back.weights))])
    yield Edges("attention", "contexts", "attention", norms(gradients[WEIGHTS]))
    yield Edges("contexts", FED, "context", norms(gradients[CONTEXT]))
    yield Edges("s" + key_of(trace, scan), "attention", "attention", norms(queries), recurrent=True, lag=1)
