"""The oracle's gated, leaky and clockwork cells, written from their papers' equations, for `derivatives.step`.

Each of STEPS makes one step: x (B, I) and what was carried in, to what is carried on; `tap(name, value)` on every
quantity that has a gradient. `given` makes the quantities that have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import autograd.numpy as np
import numpy
from autograd.tracer import getval

if TYPE_CHECKING:
    from tests.core.oracle.derivatives import OracleCell

Array = Any
Step = Callable[["OracleCell", dict[str, Array], Array, dict[str, Array], Any], dict[str, Array]]

BLOCKS = {"peephole": ("i", "f", "g", "o"), "coupled": ("f", "g", "o"), "gru-simple": ("u", "n")}
GATES = {"peephole": ("i", "f", "o"), "coupled": ("f", "o"), "gru-simple": ("u",)}
CARRIED = {"peephole": ("s", "c"), "coupled": ("s", "c")}


def _net(cell: OracleCell, p: dict[str, Array], x: Array, s: Array, key: str) -> Array:
    """x·U + s·W + b of one block."""
    place, size = BLOCKS[cell.kind].index(key), p["W"].shape[0]
    k = slice(place * size, (place + 1) * size)
    return np.dot(x, p["U"][:, k]) + np.dot(s, p["W"][:, k]) + p["b"][k]


def _gate(cell: OracleCell, key: str, h: Array, tap) -> Array:
    """σ(h), written as ½(1 + tanh(½h)); a frozen one is a constant."""
    if key in cell.frozen:
        return numpy.full(getval(h).shape, cell.frozen[key])
    return tap(key, 0.5 * (1.0 + np.tanh(0.5 * h)))


def peephole(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """Gers & Schmidhuber (2000): i and f see the old cell state, o the new one (or the old)."""
    s, old = state["s"], state["c"]
    i = _gate(cell, "i", tap("h_i", _net(cell, p, x, s, "i") + p["P_i"] * old), tap)
    f = _gate(cell, "f", tap("h_f", _net(cell, p, x, s, "f") + p["P_f"] * old), tap)
    g = tap("g", np.tanh(tap("h_g", _net(cell, p, x, s, "g"))))
    new = tap("c", old * f + g * i)
    seen = {"current": new, "previous": old}[cell.options["peephole_o"]]
    o = _gate(cell, "o", tap("h_o", _net(cell, p, x, s, "o") + p["P_o"] * seen), tap)
    return {"s": tap("s", tap("tc", np.tanh(new)) * o), "c": new}


def coupled(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """An LSTM with i = 1 − f."""
    h = {key: tap("h_" + key, _net(cell, p, x, state["s"], key)) for key in ("f", "g", "o")}
    f, o = (_gate(cell, key, h[key], tap) for key in ("f", "o"))
    i = 1.0 - f
    c = tap("c", f * state["c"] + i * tap("g", np.tanh(h["g"])))
    return {"s": tap("s", o * tap("tc", np.tanh(c))), "c": c}


def simple_gru(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """A GRU that never resets."""
    old = state["s"]
    u = _gate(cell, "u", tap("h_u", _net(cell, p, x, old, "u")), tap)
    n = tap("n", np.tanh(tap("h_n", _net(cell, p, x, old, "n"))))
    share = {"writes": u, "keeps": 1.0 - u}[cell.options["update"]]  # of n
    return {"s": tap("s", old + share * (n - old))}


def leaky(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """s moves a share α of the way to tanh(h)."""
    old, rate = state["s"], cell.options["leak"]
    n = tap("n", np.tanh(tap("h", np.dot(x, p["U"]) + np.dot(old, p["W"]) + p["b"])))
    return {"s": tap("s", old + rate * (n - old))}


def clockwork(cell: OracleCell, p: dict[str, Array], x: Array, state: dict[str, Array], tap) -> dict[str, Array]:
    """Koutník et al. (2014), unit by unit; "t" among what is carried counts the steps of each sample, (B,)."""
    old, t = state["s"], numpy.broadcast_to(state.get("t", 0), len(getval(x))) + 1
    periods = _periods(cell, p["W"].shape[0])
    fed = [[float(source >= target) for target in periods] for source in periods]
    h = tap("h", np.dot(x, p["U"]) + np.dot(old, p["W"] * numpy.array(fed)) + p["b"])
    n = tap("n", np.tanh(h))
    columns = [np.where(t[:, None] % period == 0, n[:, [j]], old[:, [j]]) for j, period in enumerate(periods)]
    return {"s": tap("s", np.concatenate(columns, axis=1)), "t": t}


def _periods(cell: OracleCell, hidden: int) -> list[int]:
    """The period of every unit: dealt out one by one, then sorted into groups."""
    groups = len(cell.options["periods"])
    return [cell.options["periods"][group] for group in sorted(unit % groups for unit in range(hidden))]


def given(cell: OracleCell, shape: tuple[int, int, int], reverse: bool, lengths: list[int]) -> dict[str, numpy.ndarray]:
    """What is recorded without a gradient, (T, B, H) in data time; a clock stands still where a sample has no step."""
    if cell.kind != "clockwork":
        return {}
    ticks = numpy.zeros(shape)
    for b, length in enumerate(lengths):
        for t in range(length):
            own = length - t if reverse else t + 1
            ticks[t, b] = [float(own % period == 0) for period in _periods(cell, shape[2])]
    return {"k": ticks}


STEPS: dict[str, Step] = {
    "peephole": peephole,
    "coupled": coupled,
    "gru-simple": simple_gru,
    "leaky": leaky,
    "clockwork": clockwork,
}
