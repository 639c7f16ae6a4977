"""The oracle's networks of several parts: layers, a bidirectional pair, an output fed back, dot attention."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd.numpy as np
import numpy
from autograd.tracer import getval

from tests.core.oracle import Array, OracleCell, Tap, head, loss_of, output_of, own, scan, sequence, start, step

Model = Callable[[dict[str, Array], Tap], Array]


def stacked(cells: tuple[OracleCell, ...], data: Any) -> Model:
    """Layers L1, L2 … over each other."""

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        states = sequence(inputs, "x")
        for k, cell in enumerate(cells, start=1):
            name = f"L{k}"
            states, _ = scan(name, cell, own(inputs, name), states, start(inputs, name, cell), tap)
        return head(inputs, states, data, tap)

    return model


def bidirectional(ahead: OracleCell, back: OracleCell, data: Any, how: str) -> Model:
    """L1 from the start, L1r from the end, joined."""

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        xs = sequence(inputs, "x")
        first, _ = scan("L1", ahead, own(inputs, "L1"), xs, start(inputs, "L1", ahead), tap)
        second, _ = scan("L1r", back, own(inputs, "L1r"), xs, start(inputs, "L1r", back), tap, reverse=True)
        pairs = zip(first, second, strict=True)
        joined = [np.concatenate((a, b), axis=1) if how == "concat" else a + b for a, b in pairs]
        return head(inputs, [tap("join", "s", t, s) for t, s in enumerate(joined)], data, tap)

    return model


def fed_back(cell: OracleCell, data: Any) -> Model:
    """x_t beside a_{t−1}, a_0 = 0."""

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        state, total, p = start(inputs, "L1", cell), 0.0, own(inputs, "L1")
        a = numpy.zeros(data.y.shape[1:])
        for t in range(len(data.y)):
            x = tap("L1", "x", t, np.concatenate((inputs["x"][t], a), axis=1))
            state = step(cell, p, x, state, lambda key, value, t=t: tap("L1", key, t, value))
            z = tap("out", "z", t, np.dot(state["s"], inputs["out.V"]) + inputs["out.b"])
            a = output_of(data.loss, z)
            if data.supervised[t]:
                total = total + loss_of(data.loss, z, data.y[t])
        return total / data.y.shape[1]

    return model


def attention(encoder: OracleCell, decoder: OracleCell, data: Any) -> Model:
    """E1 over x; D1 over x2 with a context by dot attention, the previous state as query."""

    def model(inputs: dict[str, Array], tap: Tap) -> Array:
        xs = sequence(inputs, "x")
        keys, last = scan("E1", encoder, own(inputs, "E1"), xs, start(inputs, "E1", encoder), tap)
        state = last if encoder.carried == decoder.carried else start(inputs, "D1", decoder)
        states, p = [], own(inputs, "D1")
        for t, x in enumerate(sequence(inputs, "x2")):
            scores = np.concatenate([np.sum(state["s"] * k, axis=1, keepdims=True) for k in keys], axis=1)
            e = np.exp(scores - numpy.max(getval(scores), axis=1, keepdims=True))
            weights = tap("attention", "a", t, e / np.sum(e, axis=1, keepdims=True))
            context = tap("context", "c", t, sum(weights[:, j : j + 1] * k for j, k in enumerate(keys)))
            x = tap("D1", "x", t, np.concatenate((x, context), axis=1))
            state = step(decoder, p, x, state, lambda key, value, t=t: tap("D1", key, t, value))
            states.append(state["s"])
        return head(inputs, states, data, tap)

    return model
