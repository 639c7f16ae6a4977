"""The oracle's cells without gates, and those without recurrence, written from their papers' equations, for
`derivatives.step`.

Each of STEPS makes one step from x (B, I; a window of inputs, and fed-back outputs beside it, where the cell reads
them) and what was carried in; `tap(name, value)` on every quantity. What a cell without U reads of earlier outputs
comes as state["a_prev"] (B, taps·O), latest first. What is returned holds "s", carried on or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import autograd.numpy as np
from autograd.tracer import getval

if TYPE_CHECKING:
    from tests.core.oracle.derivatives import OracleCell

Array = Any
Step = Callable[["OracleCell", dict[str, Array], Array, dict[str, Array], Any], dict[str, Array]]

CARRIED: dict[str, tuple[str, ...]] = dict.fromkeys(("jordan", "feedforward", "tdnn", "ar", "narx", "ngram"), ())


def perceptron(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """A layer of tanh units over the input, or over inputs and outputs: what reads which is made outside."""
    return {"s": tap("s", np.tanh(tap("h", p["b"] + np.dot(x, p["U"]))))}


def window(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """The past outputs as they are."""
    return {"s": tap("s", 1.0 * state["a_prev"])}


def reservoir(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """Jaeger (2001), equation 1 with row vectors: input, internal and feedback connections, and a bias."""
    h = tap("h", np.dot(x, p["U"]) + np.dot(state["s"], p["W"]) + p["b"])
    return {"s": tap("s", np.tanh(h))}


def normalised(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """Ioffe & Szegedy (2015), algorithm 1, on the whole pre-activation of every step."""
    h = tap("h", np.dot(x, p["U"]) + np.dot(state["s"], p["W"]))
    mean = np.mean(h, axis=0)
    variance = np.mean((h - mean) ** 2, axis=0)
    m = tap("m", (h - mean) / np.sqrt(variance + cell.options["epsilon"]))
    return {"s": tap("s", np.tanh(tap("q", p["gamma"] * m + p["beta"])))}


def matching(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """Units that open where their context is met."""
    h = tap("h", np.dot(x, p["U"]) + p["b"])
    return {"s": tap("s", h * (getval(h) > 0.0))}


STEPS: dict[str, Step] = {
    "jordan": perceptron,
    "feedforward": perceptron,
    "tdnn": perceptron,
    "narx": perceptron,
    "ar": window,
    "esn": reservoir,
    "batchnorm": normalised,
    "ngram": matching,
}
