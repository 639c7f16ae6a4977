"""The oracle's networks: every structure that an experiment can describe, once more from its equations.

Written step by step on lists of (B, n) arrays, one per time; nothing here calls a part, a source or a loop of `core`.
Truncation is a constant handed over each cut, clipping is no matter of the oracle's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as np
import numpy
from autograd.tracer import getval

from tests.core.oracle.derivatives import Array, OracleCell, Tap, cell_of, loss_of, output_of, own, sequence, step

Model = Callable[[dict[str, Array], Tap], Array]
DECODED = ("encoder-decoder", "attention")


def network(experiment: Any, data: Any, window: int | None = None) -> Model:
    """L as a function of the inputs: "x", every parameter by name, and "start L1 s" … for the states to begin with."""
    cell = cell_of(experiment)

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        return _Network(experiment, data, cell, window, inputs, tap).loss()

    return model


def handed_over(experiment: Any, cell: OracleCell) -> list[tuple[str, str]]:
    """The initial states that a decoder has from its encoder, (part, name)."""
    if not _at_start(experiment):
        return []
    names = cell.carried if _whole(experiment) else ("s",)
    return [(f"D{k}", name) for k in range(1, experiment.layers + 1) for name in names]


def is_scan(part: str) -> bool:
    """Whether a part is a chain of a cell: L1, L2r, E1, D3 …"""
    return part[0] in "LED" and part[1:].rstrip("r").isdigit()


def _at_start(experiment: Any) -> bool:
    if experiment.structure not in DECODED:
        return False
    return experiment.structure == "attention" or experiment.context_at == "initial"


def _whole(experiment: Any) -> bool:
    """Whether the decoder's layers begin with everything that the encoder's same layers end with."""
    return _at_start(experiment) and experiment.context == "last" and experiment.bidirectional is None


def _constant(value: Any) -> Any:
    return numpy.array(getval(value))


def _joined(a: Array, b: Array, how: str) -> Array:
    return {
        "concat": lambda: np.concatenate((a, b), axis=1),
        "sum": lambda: a + b,
        "product": lambda: a * b,
        "mean": lambda: (a + b) / 2,
    }[how]()


@dataclass
class _Chain:
    """One cell on its way through the steps: what it carries, and how many steps it has done."""

    name: str
    p: dict[str, Array]
    state: dict[str, Array]
    steps: int
    done: int = 0


@dataclass
class _Network:
    experiment: Any
    data: Any
    cell: OracleCell
    window: int | None
    inputs: dict[str, Array]
    tap: Tap

    def loss(self) -> Array:
        """L of the experiment's structure."""
        chosen, xs = self.experiment, sequence(self.inputs, "x")
        if chosen.convolution is not None:
            xs = self.convolution(xs)
        if chosen.structure in DECODED:
            return self.decoded(xs)
        if chosen.structure == "1-n-feedback":
            return self.loop([f"L{k}" for k in range(1, chosen.layers + 1)], self.fed_as_input(xs))
        if chosen.output_feedback or self.cell.kind in ("jordan", "ar", "narx"):
            windows = self.windows(xs)
            names = [f"L{k}" for k in range(1, chosen.layers + 1)]
            return self.loop(names, lambda t, bottom, outputs: windows[t], fed=True)
        states, _, _ = self.layers(xs, "L")
        return sum((self.loss_at(t, self.logits(t, s)) for t, s in enumerate(states)), 0.0)

    # --- one chain ---
    def chain(self, name: str, steps: int, handed: dict[str, Array] | None = None) -> _Chain:
        """A chain before its first step; what is not handed to it begins as the inputs say."""
        p, state = own(self.inputs, name), {}
        if not self.experiment.biases:  # a bias that is not there is 0 in the equations, and nobody's input
            p.update({"b": numpy.zeros(p["U"].shape[1]) if "U" in p else 0.0, "b_q": 0.0, "beta": 0.0})
        for key in self.cell.carried:
            given = (handed or {}).get(key)
            if given is not None:
                state[key] = self.tap(f"start {name}", key, 0, given)
            else:
                state[key] = self.inputs[f"start {name} {key}"]
        return _Chain(name, p, state, steps)

    def is_cut(self, name: str, t: int, b: int) -> bool:
        """Whether data time t begins a window of sample b: its own steps left fill windows that end with its last."""
        length = self.length(name, b)
        done = length - 1 - t if name.endswith("r") else t
        return self.window is not None and 0 < done < length and (length - done) % self.window == 0

    def length(self, name: str, b: int) -> int:
        """How many steps a sample has: of what is read; of what a decoder writes, all."""
        if name.startswith("D"):
            return len(self.data.y)
        return len(self.data.x) if self.data.present is None else int(self.data.present[:, b].sum())

    def cut_between(self, name: str, first: int, t: int) -> Array:
        """(B, 1), 1 for the samples with a cut after step `first` and no later than t, else 0."""
        samples = range(self.data.y.shape[1])
        between = [[any(self.is_cut(name, k, b) for k in range(first + 1, t + 1))] for b in samples]
        return numpy.array(between, float)

    def open(self, chain: _Chain, t: int) -> None:
        """Before data time t: at a cut, what is carried becomes a constant."""
        rows = self.cut_between(chain.name, t - 1, t)
        if rows.any():
            for key in self.cell.carried:
                chain.state[key] = rows * _constant(chain.state[key]) + (1 - rows) * chain.state[key]

    def advance(self, chain: _Chain, t: int, x: Array, fed: Array | None = None) -> Array:
        """The cell's step at data time t. Outputs fed back are read beside x, through F below U: (x, a)·(U; F).

        A sample without a step t keeps what it carries.
        """
        name, p, before = chain.name, dict(chain.p), chain.state
        x = self.tap(name, "x", t, x)
        if fed is not None:
            fed = self.tap(name, "a_prev", t, fed)
            before = {**before, "a_prev": fed}
            if "F" in p:
                x = np.concatenate((x, fed), axis=1)
                p["U"] = np.concatenate((p["U"], p.pop("F")), axis=0)
        rows = None
        if self.data.present is not None and self.cell.carried and not name.startswith("D"):
            rows = self.data.present[t].astype(float)

        def tap(key: str, value: Array) -> Array:
            return self.tap(name, key, t, value, rows if key in self.cell.carried else None)

        after = step(self.cell, p, x, before, tap)
        if rows is not None and "t" in after:  # a clock counts a sample's own steps
            after["t"] = numpy.where(rows > 0, after["t"], before.get("t", 0))
        if rows is not None:
            for key in self.cell.carried:
                kept = np.where(rows[:, None] > 0, after[key], before[key])
                after[key] = self.tap(name, key, t, kept, 1.0 - rows)
        chain.state, chain.done = after, chain.done + 1
        return after["s"]

    def carried(self, chain: _Chain) -> dict[str, Array]:
        """What the last step hands out."""
        return {key: chain.state[key] for key in self.cell.carried}

    # --- layers that run one after the other ---
    def scan(self, name: str, xs: list[Array], reverse: bool = False) -> tuple[list[Array], dict[str, Array]]:
        """States in data time, and what is carried out of the last step."""
        chain, states = self.chain(name, len(xs)), {}
        for t in reversed(range(len(xs))) if reverse else range(len(xs)):
            self.open(chain, t)
            states[t] = self.advance(chain, t, xs[t])
        return [states[t] for t in range(len(xs))], self.carried(chain)

    def windows(self, xs: list[Array], reverse: bool = False) -> list[Array]:
        """x_t beside the x read before it, as many steps as the cell reads; 0 where there is none: before the first, of
        a chain that reads backward after a sample's own last. A window of one step is x_t itself."""
        if self.cell.kind not in ("tdnn", "narx", "ngram") or self.experiment.taps == 1:
            return xs
        if reverse:
            own = numpy.ones((len(xs), len(getval(xs[0])))) if self.data.present is None else self.data.present
            return self.windows([own[t][:, None] * x for t, x in enumerate(xs)][::-1])[::-1]
        before = [numpy.zeros(getval(xs[0]).shape)] * (self.experiment.taps - 1)
        padded = [*before, *xs]
        return [
            np.concatenate([padded[len(before) + t - k] for k in range(len(before) + 1)], axis=1)
            for t in range(len(xs))
        ]

    def layers(self, xs: list[Array], prefix: str) -> tuple[list[Array], list[dict[str, Array]], list[list[Array]]]:
        """The top layer's sequence, what each layer's forward chain hands out, the states of the top's chains."""
        chosen, out, chains = self.experiment, [], []
        for k in range(1, chosen.layers + 1):
            read, below = self.windows(xs), xs
            xs, last = self.scan(f"{prefix}{k}", read)
            out.append(last)
            chains = [xs]
            if chosen.bidirectional is not None:
                back, _ = self.scan(f"{prefix}{k}r", self.windows(below, reverse=True), reverse=True)
                chains = [xs, back]
                top = k == chosen.layers and chosen.structure == "n-1" and chosen.reverse_at == "own-end"
                xs = [
                    self.tap(f"J{k}", "s", t, _joined(a, back[0] if top else back[t], chosen.bidirectional))
                    for t, a in enumerate(xs)
                ]
        return xs, out, chains

    def convolution(self, xs: list[Array]) -> list[Array]:
        """tanh(Σ_k x_{t+k−⌊K/2⌋}·C_k + b)."""
        weights, bias, states = self.inputs["conv.C"], self.bias("conv.b"), []
        kernel = self.experiment.convolution
        for t in range(len(xs)):
            h = bias + numpy.zeros((len(getval(xs[t])), weights.shape[2]))
            for k in range(kernel):
                place = t + k - kernel // 2
                if 0 <= place < len(xs):
                    h = h + np.dot(xs[place], weights[k])
            states.append(self.tap("conv", "s", t, np.tanh(self.tap("conv", "h", t, h))))
        return states

    # --- the head ---
    def logits(self, t: int, s: Array) -> Array:
        """Of a dense layer, or the state itself."""
        made = np.dot(s, self.inputs["out.V"]) + self.bias("out.b") if self.experiment.head else s
        return self.tap("out", "z", t, made)

    def bias(self, name: str) -> Array:
        """A bias by its full name."""
        return self.inputs[name] if self.experiment.biases else 0.0

    def loss_at(self, t: int, z: Array) -> Array:
        """ℓ_t over the batch, as far as it counts, by B."""
        if not self.data.supervised[t]:
            return 0.0
        batch = self.data.y.shape[1]
        counted = numpy.ones(batch) if self.data.counted is None else self.data.counted[t].astype(float)
        return loss_of(self.data.loss, z, self.data.y[t], counted) / batch

    # --- one loop through layers and head, where outputs are read again ---
    def loop(
        self,
        names: list[str],
        first: Callable[[int, _Chain, list[Array]], Array],
        fed: bool = False,
        handed: list[dict[str, Array]] | None = None,
    ) -> Array:
        """All layers and the head at t before t + 1. `first(t, bottom chain, outputs so far)` is the bottom's input."""
        steps = len(self.data.y)
        chains = [self.chain(name, steps, handed[k] if handed else None) for k, name in enumerate(names)]
        below: list[list[Array]] = [[] for _ in chains]
        outputs: list[Array] = []
        total = 0.0
        for t in range(steps):
            for chain in chains:
                self.open(chain, t)
            x, extra = first(t, chains[0], outputs), self.fed_back(t, outputs) if fed else None
            for k, chain in enumerate(chains):
                below[k].append(self.advance(chain, t, x, extra if k == 0 else None))
                x = self.windows(below[k])[t] if k + 1 < len(chains) else None
            z = self.logits(t, below[-1][t])
            outputs.append(output_of(self.data.loss, z))
            total = total + self.loss_at(t, z)
        return total

    def output_before(self, t: int, lag: int, outputs: list[Array], name: str = "L1") -> Array:
        """a_{t−lag} as step t reads it: the target where it is forced, a constant beyond a cut; 0 before the first."""
        if t < lag:
            return numpy.zeros(self.data.y.shape[1:])
        if self.experiment.teacher_forcing:
            return self.data.y[t - lag]
        a, rows = outputs[t - lag], self.cut_between(name, t - lag, t)
        return rows * _constant(a) + (1 - rows) * a if rows.any() else a

    def fed_back(self, t: int, outputs: list[Array]) -> Array:
        """a_{t−1} … side by side."""
        taps = self.experiment.taps if self.cell.kind in ("ar", "narx") else 1
        return np.concatenate([self.output_before(t, lag, outputs) for lag in range(1, taps + 1)], axis=1)

    def fed_as_input(self, xs: list[Array]) -> Callable[[int, _Chain, list[Array]], Array]:
        """x_1, and then the output of the step before; of a time-delay network a window of what has been read so."""

        def read(t: int, outputs: list[Array]) -> list[Array]:
            lags = range(1, (self.experiment.taps if self.cell.kind == "tdnn" else 1) + 1)
            nothing = numpy.zeros(getval(xs[0]).shape)
            early = {-1: xs[0]}
            return [self.output_before(t, k, outputs) if t >= k else early.get(t - k, nothing) for k in lags]

        return lambda t, bottom, outputs: np.concatenate(read(t, outputs), axis=1)

    # --- encoder and decoder ---
    def decoded(self, xs: list[Array]) -> Array:
        """The decoder reads its output of the step before, and the context c: once as s_0, or at every step."""
        chosen = self.experiment
        keys, out, chains = self.layers(xs, "E")
        attends, names = chosen.structure == "attention", [f"D{k}" for k in range(1, chosen.layers + 1)]
        handed, context = None, None
        if attends and _whole(chosen):
            handed = out
        else:
            context = self.context("bridge" if attends else "context", keys, chains)
            if _whole(chosen):
                handed = [*out[:-1], {**out[-1], "s": context}]
            elif _at_start(chosen):
                handed = [{"s": context} for _ in names]

        def first(t: int, bottom: _Chain, outputs: list[Array]) -> Array:
            before = self.output_before(t, 1, outputs, "D1")
            if attends:
                return np.concatenate((before, self.attention(t, bottom.state["s"], keys)), axis=1)
            return before if _at_start(chosen) else np.concatenate((before, context), axis=1)

        return self.loop(names, first, handed=handed)

    def context(self, name: str, states: list[Array], chains: list[list[Array]]) -> Array:
        """What the encoder says in one vector."""
        chosen = self.experiment
        if chosen.context == "all":
            if self.data.present is None:
                read = sum(states) / len(states)
            else:
                present = self.data.present.astype(float)
                read = sum(present[t][:, None] * s for t, s in enumerate(states)) / present.sum(axis=0)[:, None]
        elif len(chains) == 2:
            read = _joined(chains[0][-1], chains[1][0], chosen.bidirectional)
        else:
            read = chains[0][-1]
        if chosen.context == "last":
            return self.tap(name, "c", 0, read)
        h = self.tap(name, "h", 0, np.dot(read, self.inputs[f"{name}.M"]) + self.bias(f"{name}.b"))
        return self.tap(name, "c", 0, np.tanh(h))

    def attention(self, t: int, query: Array, keys: list[Array]) -> Array:
        """Σ_j a_j k_j, a the softmax of the scores over the steps that a sample has."""
        scores = self.tap("attention", "e", t, np.stack([self.score(query, key) for key in keys], axis=1))
        seen = numpy.ones(getval(scores).shape) if self.data.present is None else self.data.present.T.astype(float)
        peak = numpy.max(getval(scores), axis=1, keepdims=True)
        e = np.exp(scores - peak) * seen
        a = self.tap("attention", "a", t, e / np.sum(e, axis=1, keepdims=True))
        return self.tap("context", "c", t, sum(a[:, j : j + 1] * key for j, key in enumerate(keys)))

    def score(self, query: Array, key: Array) -> Array:
        """One score a sample, (B,)."""
        if self.experiment.score == "additive":
            a_s, a_k, v = (self.inputs[f"attention.{name}"] for name in ("A_s", "A_k", "v"))
            return np.dot(np.tanh(np.dot(query, a_s) + np.dot(key, a_k)), v)
        if self.experiment.score == "bilinear":
            query = np.dot(query, self.inputs["attention.A"])
        return np.sum(query * key, axis=1)
