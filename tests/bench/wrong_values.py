"""Wrong forward passes for the benchmark of the diagnosis: lines of the cells' hand-written `step` changed by hand, and
weights that are used otherwise. None of it uses what the search is made of (`core.diagnosis`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.recorder import record
from core.trace import Trace
from tests.bench.mistakes import H4, Array, Gradients, L, Line, changed

S = "step"
TANH_W, TANH_F = "h += r.s_prev[t].dot(p.W, r.product)", "self.activation.f(h, r.s[t])"
KEEP, WRITE = "np.multiply(r.f[t], r.c_prev[t], c)", "np.multiply(r.i[t], r.g[t], r.written)"
OUT = "np.multiply(r.o[t], tc, r.s[t])"
SIDES = "with_u, without = (s_prev, n) if self.keeps else (n, s_prev)"
RESET, REST = "np.multiply(r.r[t], s_prev, r.rs[t])", "s += (1.0 - u) * without"
TRANSPOSED = "h += np.concatenate([r.s_prev[t] @ w.T for w in np.split(p.W, 4, axis=1)], axis=1)"
WRONG_STEPS = (
    L("tanh", TANH_W, "pass", "x0 h>s_prev", method=S),
    L("tanh", TANH_W, "h += r.s_prev[t].dot(p.W.T)", "matrix h>s_prev transposed", method=S),
    L("tanh", TANH_W, "h += 2.0 * r.s_prev[t].dot(p.W)", "x2 h>s_prev", method=S),
    L("tanh", TANH_W, "h -= r.s_prev[t].dot(p.W)", "x-1 h>s_prev", method=S),
    L("tanh", TANH_W, "h += r.s_prev[t]", "matrix h>s_prev I", method=S),
    L("tanh", TANH_W, "h += r.s_prev[0].dot(p.W)", "initial s_prev stuck", method=S),
    L("tanh", TANH_W, "h += (r.s_prev[t] if t else 0.0 * r.s_prev[t]).dot(p.W)", "initial s_prev zero", method=S),
    L("tanh", TANH_W, "h += (r.h[t - 1] if t else r.s_prev[t]).dot(p.W)", "instead h>s_prev h before", method=S),
    L("tanh", TANH_W, "h += r.s_prev[max(t - 1, 0)].dot(p.W)", "instead h>s_prev s_prev before", method=S),
    L("tanh", TANH_F, "r.s[t] = h", "function s identity", method=S),
    L("tanh", TANH_F, "r.s[t] = 1.0 / (1.0 + np.exp(-h))", "function s sigmoid", method=S),
    L("tanh", TANH_F, "np.maximum(h, 0.0, r.s[t])", "function s relu", method=S),
    L("tanh", TANH_F, "r.s[t] = np.tanh(np.tanh(h))", "function s twice", method=S),
    L("relu", TANH_F, "r.s[t] = h", "function s identity", method=S),
    L("relu", TANH_W, "pass", "x0 h>s_prev", method=S),
    L("sigmoid", TANH_F, "np.tanh(h, r.s[t])", "function s tanh", method=S),
    L("sigmoid", TANH_F, "r.s[t] = h", "function s identity", method=S),
    L("lstm", TANH_W, "pass", f"x0 {H4}", method=S),
    L("lstm", TANH_W, "h += r.c_prev[t].dot(p.W)", f"instead {H4} c_prev", method=S),
    L("lstm", TANH_W, TRANSPOSED, f"matrix {H4} transposed", method=S),
    L("lstm", TANH_W, "h += r.s_prev[0].dot(p.W)", "initial s_prev stuck", method=S),
    L("lstm", KEEP, "c[...] = r.c_prev[t]", "instead keep>f 1", method=S),
    L("lstm", KEEP, "np.multiply(r.i[t], r.c_prev[t], c)", "instead keep>f i", method=S),
    L("lstm", KEEP, "np.multiply(1.0 - r.f[t], r.c_prev[t], c)", "instead keep>f 1 −", method=S),
    L("lstm", KEEP, "c[...] = 0.0", "x0 c>keep", method=S),
    L("lstm", KEEP, "np.multiply(r.f[t], r.s_prev[t], c)", "instead keep>c_prev s_prev", method=S),
    L("lstm", KEEP, "np.multiply(r.f[t], r.c_prev[0], c)", "initial c_prev stuck", method=S),
    L("lstm", WRITE, "r.written[...] = r.g[t]", "instead write>i 1", method=S),
    L("lstm", WRITE, "np.multiply(r.f[t], r.g[t], r.written)", "instead write>i f", method=S),
    L("lstm", WRITE, "np.multiply(r.i[t], r.h_g[t], r.written)", "function g identity", "instead write>g h_g",
      method=S),
    L("lstm", WRITE, "np.add(r.i[t], r.g[t], r.written)", "function write add", method=S),
    L("lstm", "c += r.written", "pass", "x0 c>write", method=S),
    L("lstm", "c += r.written", "c -= r.written", "x-1 c>write", method=S),
    L("lstm", "phi(c, tc)", "tc[...] = c", "function tc identity", "instead s>tc c", method=S),
    L("lstm", "phi(c, tc)", "tc[...] = 1.0 / (1.0 + np.exp(-c))", "function tc sigmoid", method=S),
    L("lstm", OUT, "np.multiply(r.i[t], tc, r.s[t])", "instead s>o i", method=S),
    L("lstm", OUT, "r.s[t] = tc", "instead s>o 1", method=S),
    L("lstm", OUT, "np.multiply(r.o[t], r.g[t], r.s[t])", "instead s>tc g", method=S),
    L("lstm", OUT, "r.s[t] = r.o[t] + tc", "function s add", method=S),
    L("lstm", "phi(r.h_g[t], r.g[t])", "pass", "function g sigmoid", method=S),
    L("gru", SIDES, "with_u, without = (n, s_prev) if self.keeps else (s_prev, n)", "instead rest>u write>u 1 −",
      method=S),
    L("gru", REST, "s += without", "instead keep>rest 1", method=S),
    L("gru", REST, "s += u * without", "function rest identity", "instead keep>rest u", method=S),
    L("gru", REST, "pass", "x0 s>keep", method=S),
    L("gru", RESET, "r.rs[t] = s_prev", "instead rs>r 1", "instead h_n>rs s_prev", method=S),
    L("gru", RESET, "np.multiply(r.u[t], s_prev, r.rs[t])", "instead rs>r u", method=S),
    L("gru", "h_n += r.rs[t].dot(p.W_n, r.product)", "pass", "x0 h_n>rs", method=S),
    L("gru", "h_n += r.rs[t].dot(p.W_n, r.product)", "h_n += r.rs[t].dot(p.W_n.T)", "matrix h_n>rs transposed",
      method=S),
    L("gru", "h_ru += s_prev.dot(p.W_ru, r.product_ru)", "pass", "x0 h_r>s_prev h_u>s_prev", method=S),
    L("gru", "self.activation.f(h_n, n)", "n[...] = h_n", "function n identity", "instead write>n h_n", method=S),
    L("gru", "self.activation.f(h_n, n)", "n[...] = 1.0 / (1.0 + np.exp(-h_n))", "function n sigmoid", method=S),
    L("gru", "np.multiply(r.r[t], r.q[t], r.rq[t])", "r.rq[t] = r.q[t]", "instead rq>r 1", "instead h_n>rq q", method=S,
      reset="after"),
    L("leaky", "np.tanh(h, n)", "n[...] = h", "function n identity", "instead write>n h", method=S),
    L("leaky", "h += s_prev.dot(p.W)", "pass", "x0 h>s_prev", method=S),
)  # fmt: skip


@dataclass(frozen=True)
class Used:
    """Weights that are used otherwise: `do` makes those that stand in the place of the right ones."""

    name: str
    cell: str
    do: Callable[[str, Array], Array]
    means: tuple[str, ...]


def _blocks(order: tuple[int, ...]) -> Callable[[str, Array], Array]:
    def taken(name: str, array: Array) -> Array:
        if name.startswith("out"):
            return array
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[k] for k in order], axis=-1)

    return taken


def _where(end: str, f: Callable[[Array], Array]) -> Callable[[str, Array], Array]:
    return lambda name, array: f(array) if name.endswith(end) and not name.startswith("out") else array


WRONG_WEIGHTS = (
    Used("no bias", "tanh", _where(".b", np.zeros_like), ("bias x0 h",)),
    Used("bias twice", "tanh", _where(".b", lambda b: 2.0 * b), ("bias x2 h",)),
    Used("no bias", "lstm", _where(".b", np.zeros_like), ("bias x0 h_f h_g h_i h_o",)),
    Used("no bias", "gru", _where(".b", np.zeros_like), ("bias x0 h_n h_r h_u",)),
    Used("no x", "lstm", _where(".U", np.zeros_like), ("x0 h_f>x h_g>x h_i>x h_o>x",)),
    Used("no x", "tanh", _where(".U", np.zeros_like), ("x0 h>x",)),
    Used("order i f o g", "lstm", _blocks((0, 1, 3, 2)), ("order g:o o:g",)),
    Used("order f i g o", "lstm", _blocks((1, 0, 2, 3)), ("order f:i i:f",)),
    Used("order g i f o", "lstm", _blocks((2, 0, 1, 3)), ("order f:i g:f i:g",)),
    Used("order u r n", "gru", _blocks((1, 0, 2)), ("order r:u u:r",)),
)


def values_of(trace: Trace, wrong: Line | Used) -> Gradients:
    """The values of the wrong pass by the names of `trace`."""
    if isinstance(wrong, Used):
        parameters = {name: wrong.do(name, np.array(array)) for name, array in trace.parameters.items()}
        other = record(trace.experiment, parameters)
    else:
        with changed(wrong):
            other = record(trace.experiment, dict(trace.parameters))
    return {f"{part}.{name}": np.array(array) for (part, name), array in other.values.items()}


def gradients_after(trace: Trace, wrong: Line) -> Gradients:
    """The gradients of parameters that the right backward pass makes of the wrong values."""
    with changed(wrong):
        other = record(trace.experiment, dict(trace.parameters))
    return {f"grad.{name}": np.array(array) for name, array in other.exact_parameters.items()}
