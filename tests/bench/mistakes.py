"""Wrong backward passes for the benchmark of the diagnosis: lines of the cells' hand-written loops changed by hand, and
finished gradients spoiled with NumPy. None of it uses what the search is made of (`core.diagnosis`)."""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analysis.input_gradients import sent_to_inputs
from core.cells import cell_named
from core.recorder import backward_pass
from core.trace import Trace, collect

Array = np.ndarray
Gradients = dict[str, Array]


@dataclass(frozen=True)
class Line:
    """A line of a cell's method, changed. `means`: the mistake, as `signatures` in the benchmark writes it; several
    where they are one and the same mathematically."""

    cell: str
    old: str
    new: str
    means: tuple[str, ...]
    method: str = "step_back"
    settings: tuple[tuple[str, Any], ...] = ()
    also: Line | None = None  # another line that is changed with it
    thread: str = ""  # where somebody asked about it


def L(cell: str, old: str, new: str, *means: str, method: str = "step_back", **settings: Any) -> Line:
    also = settings.pop("also", None)
    return Line(cell, old, new, means, method, tuple(settings.items()), also)


D = "differentiate"
R = "backward_records"
TANH_SLOPE = "self.activation.slope(r.h, r.s, d.slope)"
TC_SLOPE = "self.activation.slope(r.c, r.tc, d.tc_slope)"
G_SLOPE = "self.activation.slope(r.h_g, r.g, slope.g)"
N_SLOPE = "self.activation.slope(r.h_n, r.n, d.n_slope)"
TANH_W = "ds_prev += dh.dot(p.W_T, d.product)"
STACKED_W = "ds_prev += dh.dot(p.W_T, d.product)"
IFGO = ("i", "f", "g", "o")
H4 = "h_f>s_prev h_g>s_prev h_i>s_prev h_o>s_prev"

TANH = (
    L("tanh", TANH_W, "pass", "x0 h>s_prev"),
    L("tanh", TANH_W, "ds_prev += dh.dot(p.W)", "matrix h>s_prev as it is"),
    L("tanh", TANH_W, "ds_prev += dh", "matrix h>s_prev I"),
    L("tanh", TANH_W, "ds_prev += 2.0 * dh.dot(p.W_T)", "x2 h>s_prev"),
    L("tanh", TANH_W, "ds_prev -= dh.dot(p.W_T)", "x-1 h>s_prev"),
    L("tanh", TANH_W, "ds_prev += d.s[t].dot(p.W_T)", "arrival h>s_prev s"),
    L("tanh", "np.multiply(d.s[t], d.slope[t], dh)", "dh[...] = d.s[t]", "slope s 1 own"),
    L("tanh", TANH_SLOPE, "np.subtract(1.0, np.square(r.h), d.slope)", "slope s  input", method=D),
    L("tanh", TANH_SLOPE, "np.subtract(1.0, np.square(np.tanh(r.s)), d.slope)", "slope s  again", method=D),
    L("tanh", TANH_SLOPE, "np.multiply(r.s, 1.0 - r.s, d.slope)", "slope s v·(1 − v) own", method=D),
    L("tanh", TANH_SLOPE, "np.subtract(1.0, r.s, d.slope)", "slope s 1 − v own", method=D),
    L("tanh", TANH_SLOPE, "np.square(r.s, d.slope)", "slope s v² own", method=D),
    L("tanh", TANH_SLOPE, "np.subtract(1.0, np.square(r.s_prev), d.slope)", "slope s  s_prev", method=D),
    L("tanh", TANH_SLOPE, "d.slope[...] = (1.0 - np.square(r.s)) ** 2", "slope s twice", method=D),
    L("relu", TANH_W, "pass", "x0 h>s_prev"),
    L("relu", TANH_W, "ds_prev += dh.dot(p.W)", "matrix h>s_prev as it is"),
    L("relu", "np.multiply(d.s[t], d.slope[t], dh)", "dh[...] = d.s[t]", "slope s 1 own"),
    L("sigmoid", TANH_SLOPE, "np.subtract(1.0, np.square(r.s), d.slope)", "slope s 1 − v² own", method=D),
    L("sigmoid", TANH_SLOPE, "np.multiply(r.h, 1.0 - r.h, d.slope)", "slope s  input", method=D),
    L("sigmoid", TANH_SLOPE, "np.subtract(1.0, r.s, d.slope)", "slope s 1 − v own", method=D),
    L("sigmoid", TANH_SLOPE, "d.slope[...] = r.s", "slope s v own", method=D),
    L("sigmoid", TANH_SLOPE, "a = 1 / (1 + np.exp(-r.s)); d.slope[...] = a * (1 - a)", "slope s  again", method=D),
)  # fmt: skip

LSTM = (
    L("lstm", "np.multiply(ds, r.tc[t], d.o[t])", "np.multiply(ds, r.c[t], d.o[t])", "factor s>o c 0"),
    L("lstm", "np.multiply(ds, r.tc[t], d.o[t])", "np.multiply(ds, r.c_prev[t], d.o[t])", "factor s>o c_prev 0"),
    L("lstm", "np.multiply(ds, r.tc[t], d.o[t])", "d.o[t] = ds", "factor s>o 1 0"),
    L("lstm", "np.multiply(ds, r.tc[t], d.o[t])", "d.o[t] = 0.0", "x0 s>o", "x0 o>h_o"),
    L("lstm", "np.multiply(ds, r.o[t], dtc)", "dtc[...] = ds", "factor s>tc 1 0"),
    L("lstm", "np.multiply(ds, r.o[t], dtc)", "np.multiply(ds, r.i[t], dtc)", "factor s>tc i 0"),
    L("lstm", "np.multiply(dtc, d.tc_slope[t], d.product)", "d.product[...] = dtc", "slope tc 1 own"),
    L("lstm", TC_SLOPE, "np.subtract(1.0, np.square(r.c), d.tc_slope)", "slope tc  input", method=D),
    L("lstm", TC_SLOPE, "np.subtract(1.0, np.square(np.tanh(r.tc)), d.tc_slope)", "slope tc  again", method=D),
    L("lstm", TC_SLOPE, "np.subtract(1.0, np.square(r.s), d.tc_slope)", "slope tc  s", method=D),
    L("lstm", "dc += d.product", "dc[...] = d.product", "x0 keep>c_prev", "overwritten keep>c_prev"),
    L("lstm", "dc += d.product", "pass", "x0 tc>c", "x0 s>tc"),
    L("lstm", "np.multiply(dc, r.g[t], d.i[t])", "np.multiply(dc, r.i[t], d.i[t])", "factor write>i i 0"),
    L("lstm", "np.multiply(dc, r.g[t], d.i[t])", "np.multiply(ds, r.g[t], d.i[t])", "arrival write>i s"),
    L("lstm", "np.multiply(dc, r.g[t], d.i[t])", "np.multiply(d.product, r.g[t], d.i[t])",
      "arrival write>i c without next"),
    L("lstm", "np.multiply(dc, r.c_prev[t], d.f[t])", "np.multiply(dc, r.c[t], d.f[t])", "factor keep>f c 0"),
    L("lstm", "np.multiply(dc, r.c_prev[t], d.f[t])", "np.multiply(dc, r.s_prev[t], d.f[t])", "factor keep>f s_prev 0"),
    L("lstm", "np.multiply(dc, r.c_prev[t], d.f[t])", "np.multiply(d.product, r.c_prev[t], d.f[t])",
      "arrival keep>f c without next"),
    L("lstm", "np.multiply(dc, r.i[t], d.g[t])", "np.multiply(dc, r.f[t], d.g[t])", "factor write>g f 0"),
    L("lstm", "np.multiply(dc, r.i[t], d.g[t])", "d.g[t] = dc", "factor write>g 1 0"),
    L("lstm", "np.multiply(dc, r.i[t], d.g[t])", "np.multiply(dc, 1.0 - r.i[t], d.g[t])", "factor write>g 1 − 0"),
    L("lstm", "np.multiply(dc, r.f[t], d.product)", "d.product[...] = dc", "factor keep>c_prev 1 0"),
    L("lstm", "np.multiply(dc, r.f[t], d.product)", "np.multiply(dc, r.i[t], d.product)", "factor keep>c_prev i 0"),
    L("lstm", "np.multiply(dc, r.f[t], d.product)", "np.multiply(dc, r.f[t - 1] if t else 0.0, d.product)",
      "factor keep>c_prev f -1"),
    L("lstm", "dc_prev += d.product", "pass", "x0 keep>c_prev"),
    L("lstm", STACKED_W, "pass", f"x0 {H4}"),
    L("lstm", STACKED_W, "ds_prev += 2.0 * dh.dot(p.W_T)", f"x2 {H4}"),
    L("lstm", STACKED_W, "ds_prev += d.h_i[t].dot(p.W_T[: dh.shape[1] // 4])", "x0 h_f>s_prev h_g>s_prev h_o>s_prev"),
    L("lstm", STACKED_W, "n = dh.shape[1] // 4; ds_prev += dh[:, : 3 * n].dot(p.W_T[: 3 * n])", "x0 h_o>s_prev"),
    L("lstm", STACKED_W, "n = dh.shape[1] // 4; ds_prev += dh[:, n:].dot(p.W_T[n:])", "x0 h_i>s_prev"),
    L("lstm", STACKED_W, "n = dh.shape[1] // 4; ds_prev += sum(dh[:, k*n:(k+1)*n].dot(p.W[:, k*n:(k+1)*n]) "
      "for k in range(4))", f"matrix {H4} as it is"),
    L("lstm", "np.multiply(d.gates[t], d.slope[t], dh)", "dh[...] = d.gates[t]", "slope f g i o 1 own"),
    L("lstm", G_SLOPE, "pass", "slope g v·(1 − v) own", method=D),
    L("lstm", G_SLOPE, "np.subtract(1.0, np.square(r.h_g), slope.g)", "slope g  input", method=D),
    L("lstm", G_SLOPE, "slope.g[...] = 1.0", "slope g 1 own", method=D),
    L("lstm", G_SLOPE, G_SLOPE + "; slope.i[...] = 1.0", "slope i 1 own", method=D),
    L("lstm", G_SLOPE, G_SLOPE + "; slope.f[...] = 1.0 - r.f", "slope f 1 − v own", method=D),
    L("lstm", G_SLOPE, G_SLOPE + "; np.subtract(1.0, np.square(r.o), slope.o)", "slope o 1 − v² own", method=D),
    L("lstm", G_SLOPE, G_SLOPE + "; [np.multiply(getattr(r, 'h_' + k), 1.0 - getattr(r, 'h_' + k), getattr(slope, k)) "
      "for k in 'ifo']", "slope f i o  input", method=D),
)  # fmt: skip

GRU_U = "np.multiply(ds, d.difference[t], d.u[t])"
GRU_N = "np.multiply(ds, d.write[t], dn)"
GRU_KEEP = "np.multiply(ds, d.keep[t], d.product)\n    ds_prev += d.product"
GRU_R = "np.multiply(drs, r.s_prev[t], d.r[t])"
GRU_RU = "ds_prev += dh_ru.dot(p.W_ru_T, d.product)"
RESET = "np.multiply(drs, r.r[t], d.product)\n        ds_prev += d.product"
GRU = (
    L("gru", GRU_KEEP, "pass", "x0 keep>s_prev"),
    L("gru", GRU_KEEP, "np.multiply(ds, r.u[t], d.product); ds_prev += d.product", "factor keep>s_prev 1 − 0",
      "factor keep>s_prev u 0"),
    L("gru", GRU_KEEP, "ds_prev += ds", "factor keep>s_prev 1 0"),
    L("gru", GRU_N, "np.multiply(ds, 1.0 - r.u[t], dn)", "factor write>n rest 0", "factor write>n 1 − 0"),
    L("gru", GRU_N, "dn[...] = ds", "factor write>n 1 0"),
    L("gru", GRU_U, "np.multiply(ds, r.n[t], d.u[t])", "x0 rest>u", "x0 keep>rest"),
    L("gru", GRU_U, "np.multiply(ds, -r.s_prev[t], d.u[t])", "x0 write>u"),
    L("gru", GRU_U, "np.multiply(ds, r.n[t] + r.s_prev[t], d.u[t])", "x-1 rest>u", "x-1 keep>rest"),
    L("gru", GRU_U, "np.multiply(ds, r.n[t] - r.s[t], d.u[t])", "factor keep>rest s 0"),
    L("gru", "np.multiply(dn, d.n_slope[t], dh_n)", "dh_n[...] = dn", "slope n 1 own"),
    L("gru", N_SLOPE, "np.subtract(1.0, np.square(r.h_n), d.n_slope)", "slope n  input", method=D),
    L("gru", N_SLOPE, "np.multiply(r.n, 1.0 - r.n, d.n_slope)", "slope n v·(1 − v) own", method=D),
    L("gru", GRU_R, "np.multiply(drs, r.s[t], d.r[t])", "factor rs>r s 0"),
    L("gru", GRU_R, "np.multiply(dh_n, r.s_prev[t], d.r[t])", "arrival rs>r h_n"),
    L("gru", RESET, "pass", "x0 rs>s_prev"),
    L("gru", RESET, "ds_prev += drs", "factor rs>s_prev 1 0"),
    L("gru", RESET, "np.multiply(drs, r.u[t], d.product); ds_prev += d.product", "factor rs>s_prev u 0"),
    L("gru", "dh_n.dot(p.W_n_T, drs)", "drs[...] = dh_n.dot(p.W_n)", "matrix h_n>rs as it is"),
    L("gru", GRU_RU, "pass", "x0 h_r>s_prev h_u>s_prev"),
    L("gru", GRU_RU, "n = dn.shape[1]; ds_prev += dh_ru[:, :n].dot(p.W_ru_T[:n])", "x0 h_u>s_prev"),
    L("gru", GRU_RU, "n = dn.shape[1]; ds_prev += dh_ru[:, n:].dot(p.W_ru_T[n:])", "x0 h_r>s_prev"),
    L("gru", "np.multiply(d.gates[t], d.slope[t], dh_ru)", "dh_ru[...] = d.gates[t]", "slope r u 1 own"),
    L("gru", "np.multiply(d.gates[t], d.slope[t], dh_ru)", "np.multiply(d.gates[t], 1.0 - r.gates[t]**2, dh_ru)",
      "slope r u 1 − v² own"),
    L("gru", "np.multiply(dh_n, r.q[t], d.r[t])", "np.multiply(dh_n, r.s_prev[t], d.r[t])", "factor rq>r s_prev 0",
      reset="after"),
    L("gru", "np.multiply(dh_n, r.r[t], dq)", "dq[...] = dh_n", "factor rq>q 1 0", reset="after"),
    L("gru", "np.multiply(dh_n, r.r[t], dq)", "np.multiply(dh_n, r.u[t], dq)", "factor rq>q u 0", reset="after"),
    L("gru", "ds_prev += dq.dot(p.W_n_T, d.product)", "pass", "x0 q>s_prev", reset="after"),
    L("gru", "ds_prev += dq.dot(p.W_n_T, d.product)", "ds_prev += dh_n.dot(p.W_n_T)", "arrival q>s_prev rq",
      "arrival q>s_prev h_n", reset="after"),
)  # fmt: skip
OTHERS = (
    L("peephole", "dc_prev += d.h_i[t] * p.P_i", "pass", "x0 h_i>c_prev"),
    L("peephole", "dc_prev += d.h_f[t] * p.P_f", "pass", "x0 h_f>c_prev"),
    L("peephole", "looked_at += d.o[t] * d.slope_o[t] * p.P_o", "pass", "x0 h_o>c"),
    L("peephole", "dc_prev += dc * r.f[t]", "pass", "x0 keep>c_prev"),
    L("peephole", "dc_prev += dc * r.f[t]", "dc_prev += dc", "factor keep>c_prev 1 0"),
    L("peephole", "ds_prev += dh.dot(p.W_T)", "pass", f"x0 {H4}"),
    L("peephole", "np.multiply(dc, r.c_prev[t], d.f[t])", "np.multiply(dc, r.c[t], d.f[t])", "factor keep>f c 0"),
    L("coupled", "np.multiply(dc, d.difference[t], d.f[t])", "np.multiply(dc, r.c_prev[t], d.f[t])", "x0 rest>f",
      "x0 write>rest"),
    L("coupled", "np.multiply(dc, d.write[t], d.g[t])", "np.multiply(dc, r.f[t], d.g[t])", "factor write>g 1 − 0",
      "factor write>g f 0"),
    L("coupled", "dc_prev += dc * r.f[t]", "pass", "x0 keep>c_prev"),
    L("coupled", "dc += dtc * d.tc_slope[t]", "dc += dtc", "slope tc 1 own"),
    L("leaky", "ds_prev += ds * (1.0 - self.leak)", "pass", "x0 keep>s_prev"),
    L("leaky", "ds_prev += ds * (1.0 - self.leak)", "ds_prev += ds", "factor keep>s_prev 1 0"),
    L("leaky", "ds_prev += dh.dot(p.W_T)", "pass", "x0 h>s_prev"),
    L("leaky", "np.multiply(ds, self.leak, dn)", "dn[...] = ds", "factor write>n 1 0"),
    L("gru-simple", "ds_prev += ds * d.keep[t]", "pass", "x0 keep>s_prev"),
    L("gru-simple", "np.multiply(ds, d.difference[t], d.u[t])", "np.multiply(ds, r.n[t], d.u[t])", "x0 rest>u",
      "x0 keep>rest"),
    L("gru-simple", "ds_prev += dh.dot(p.W_T)", "pass", "x0 h_n>s_prev h_u>s_prev"),
)  # fmt: skip

# What people asked about in public, done again in our own lines.
_BACK = "dc_prev += d.product"
_SIGMOID_OF_F = L("lstm", G_SLOPE, G_SLOPE + "; slope.f[...] = 1.0 / (1.0 + np.exp(-r.f))", "slope f v again", method=D)
_NOTHING_BACK = L("lstm", f"{_BACK}\n    if self.frozen", "pass\n    if self.frozen", f"x0 {H4} keep>c_prev", "reach 1",
                  also=L("lstm", STACKED_W, "pass"))  # fmt: skip
PUBLIC = (
    replace(_SIGMOID_OF_F, thread="CaptainE/RNN-LSTM-in-numpy issue 1, first question"),
    replace(_NOTHING_BACK, thread="CaptainE/RNN-LSTM-in-numpy issue 1, second question"),
    replace(
        _NOTHING_BACK,
        also=replace(_NOTHING_BACK.also, also=_SIGMOID_OF_F),
        means=(f"both slope f v again + x0 {H4} keep>c_prev",),
        thread="nicklashansen/rnn_lstm_from_scratch issue 1: both",
    ),
    replace(
        L("lstm", "dc += d.product", "dc[...] = d.product", "x0 keep>c_prev", "overwritten keep>c_prev"),
        thread="apache/mxnet issue 4057",
    ),
    replace(L("tanh", TANH_W, "pass", "x0 h>s_prev"), thread="community.deeplearning.ai t/11690: da without da_prevt"),
)
LINES = (*TANH, *LSTM, *GRU, *OTHERS, *PUBLIC)


@contextmanager
def changed(line: Line) -> Iterator[None]:
    """The cell's methods with the lines changed; ValueError where there is no such line."""
    todo: dict[str, list[Line]] = {}
    each: Line | None = line
    while each is not None:
        todo.setdefault(each.method, []).append(each)
        each = each.also
    before = []
    try:
        for name, lines in todo.items():
            owner = next(kind for kind in cell_named(line.cell).__mro__ if name in vars(kind))
            method = vars(owner)[name]
            source = textwrap.dedent(inspect.getsource(method))
            for one in lines:
                if source.count(one.old) != 1:
                    raise ValueError(f"{line.cell}.{name} has {source.count(one.old)} lines {one.old!r}")
                source = source.replace(one.old, one.new)
            namespace = dict(vars(sys.modules[owner.__module__]))
            exec(compile("from __future__ import annotations\n" + source, "<line>", "exec"), namespace)
            before.append((owner, name, method))
            setattr(owner, name, namespace[name])
        yield
    finally:
        for owner, name, method in before:
            setattr(owner, name, method)


def gradients_of(trace: Trace, back: Any) -> Gradients:
    """All gradients of a backward pass by the names of `trace`."""
    found = {f"grad.{name}": np.array(array) for name, array in back.parameters.items()}
    signals = collect(trace.network, trace.run, back)[1]
    found.update({f"{part}.d{name}": np.array(array) for (part, name), array in signals.items()})
    for name, records in trace.run.records.items():
        for key in vars(records):
            if key.endswith("_base"):
                found[f"{name}.d{key[:-5]}0"] = np.array(getattr(back.records[name], key)[0])
    found["dx"] = np.array(sent_to_inputs(trace, signals))
    return found


def by_line(trace: Trace, line: Line) -> Gradients:
    """The gradients that a changed line gives."""
    with changed(line):
        return gradients_of(trace, backward_pass(trace.network, trace.run))


# --- finished gradients spoiled ---
Spoil = Callable[[Trace, Gradients], Gradients]


@dataclass(frozen=True)
class Spoiled:
    name: str
    do: Spoil
    means: tuple[str, ...]
    cells: tuple[str, ...] = ("tanh", "lstm", "gru", "peephole")


def _all(f: Callable[[Array], Array]) -> Spoil:
    return lambda trace, g: {name: f(array) for name, array in g.items()}


def _cell(g: Gradients) -> list[str]:
    return [name for name in g if name.startswith("grad.") and not name.startswith("grad.out")]


def _some(f: Callable[[Array], Array], *ends: str) -> Spoil:
    def spoil(trace: Trace, g: Gradients) -> Gradients:
        return {n: f(a) if n.startswith("grad.L") and n.endswith(ends) else a for n, a in g.items()}

    return spoil


def _blocks(order: tuple[int, ...]) -> Spoil:
    def spoil(trace: Trace, g: Gradients) -> Gradients:
        found = dict(g)
        for name in _cell(g):
            if name.endswith((".W", ".U", ".b")):
                blocks = np.split(g[name], len(order), axis=-1)
                found[name] = np.concatenate([blocks[k] for k in order], axis=-1)
        return found

    return spoil


def _sums(f: Callable[[Trace, str, Gradients], Gradients]) -> Spoil:
    def spoil(trace: Trace, g: Gradients) -> Gradients:
        found = dict(g)
        for scan in trace.scans:
            found.update(f(trace, scan.name, g))
        return found

    return spoil


def _w_of_state(trace: Trace, scan: str, g: Gradients) -> Gradients:
    """dW = Σ s_tᵀ·dh_t with s_t for s_{t−1}."""
    s, dh = trace.values[scan, "s"], g[f"{scan}.dh"]
    return {f"grad.{scan}.W": np.einsum("tbi,tbj->ij", s, dh)}


def _w_of_ds(trace: Trace, scan: str, g: Gradients) -> Gradients:
    """dW = Σ s_{t−1}ᵀ·ds_t, without φ′."""
    before = np.concatenate((trace.start[scan, "s"][None], trace.values[scan, "s"][:-1]))
    return {f"grad.{scan}.W": np.einsum("tbi,tbj->ij", before, g[f"{scan}.ds"])}


def _assigned(trace: Trace, scan: str, g: Gradients) -> Gradients:
    """= for += in a loop from T to 1: step 1 alone is left."""
    x, start, dh = trace.values.get((scan, "x"), trace.data.x), trace.start[scan, "s"], g[f"{scan}.dh"]
    return {f"grad.{scan}.W": start.T @ dh[0], f"grad.{scan}.U": x[0].T @ dh[0], f"grad.{scan}.b": dh[0].sum(axis=0)}


def _last_only(trace: Trace, scan: str, g: Gradients) -> Gradients:
    x, s, dh = trace.values.get((scan, "x"), trace.data.x), trace.values[scan, "s"], g[f"{scan}.dh"]
    return {
        f"grad.{scan}.W": s[-2].T @ dh[-1],
        f"grad.{scan}.U": x[-1].T @ dh[-1],
        f"grad.{scan}.b": dh[-1].sum(axis=0),
    }


def _u_reversed(trace: Trace, scan: str, g: Gradients) -> Gradients:
    x, dh = trace.values.get((scan, "x"), trace.data.x), g[f"{scan}.dh"]
    return {f"grad.{scan}.U": np.einsum("tbi,tbj->ij", x[::-1], dh)}


def _one_sample(trace: Trace, scan: str, g: Gradients) -> Gradients:
    return {f"grad.{scan}.b": g[f"{scan}.dh"][:, 0].sum(axis=0)}


def _clip(limit: float) -> Spoil:
    return lambda trace, g: {n: np.clip(a, -limit, limit) if n.startswith("grad.") else a for n, a in g.items()}


def _last_loss_only(trace: Trace, g: Gradients) -> Gradients:
    """The upstream gradient of the last step alone goes in, and what comes back is handed on."""
    at = np.zeros(len(trace.data.y), dtype=bool)
    at[-1] = True
    return gradients_of(trace, backward_pass(trace.network, trace.run, at=at))


SPOILED = (
    Spoiled("community.deeplearning.ai t/11690: da_prevt without da", _last_loss_only, ("start only the last step",),
            ("tanh", "lstm", "gru")),
    Spoiled("binne.notion.site Assignment 2: the mean over samples for W and U",
            lambda trace, g: {n: a / trace.data.x.shape[1] if n in ("grad.L1.U", "grad.L1.W") else a
                              for n, a in g.items()}, ("factor 1/B",), ("tanh", "lstm", "gru")),
    Spoiled("no 1/B", lambda trace, g: {n: a * trace.data.x.shape[1] for n, a in g.items()}, ("factor B",)),
    Spoiled("1/B twice", lambda trace, g: {n: a / trace.data.x.shape[1] for n, a in g.items()}, ("factor 1/B",)),
    Spoiled("1/T", lambda trace, g: {n: a / len(trace.data.x) for n, a in g.items()}, ("factor 1/T",)),
    Spoiled("1/(BT)", lambda trace, g: {n: a / len(trace.data.x) / trace.data.x.shape[1] for n, a in g.items()},
            ("factor 1/(B·T)",)),
    Spoiled("twice", _all(lambda a: 2.0 * a), ("factor 2",)),
    Spoiled("half", _all(lambda a: 0.5 * a), ("factor 1/2",)),
    Spoiled("sign", _all(lambda a: -a), ("factor −1",)),
    Spoiled("W transposed", _some(np.transpose, ".W"), ("transposed",), ("tanh", "relu", "sigmoid")),
    Spoiled("b twice", _some(lambda a: 2.0 * a, ".b"), ("factor 2",)),
    Spoiled("b zero", _some(np.zeros_like, ".b"), ("zero",)),
    Spoiled("W zero", _some(np.zeros_like, ".W"), ("zero",)),
    Spoiled("U sign", _some(np.negative, ".U"), ("factor −1",)),
    Spoiled("order i f o g", _blocks((0, 1, 3, 2)), ("order i f o g",), ("lstm", "peephole")),
    Spoiled("order f i o g", _blocks((1, 0, 3, 2)), ("order f i o g",), ("lstm",)),
    Spoiled("order u r n", _blocks((1, 0, 2)), ("order u r n",), ("gru",)),
    Spoiled("s for s_prev", _sums(_w_of_state), ("left W:s_prev:s",), ("tanh", "lstm", "relu", "sigmoid")),
    Spoiled("ds for dh in dW", _sums(_w_of_ds), ("right W:ahead",), ("tanh", "sigmoid")),
    Spoiled("= for +=", _sums(_assigned), ("step only the first step",), ("tanh", "lstm", "sigmoid")),
    Spoiled("last step only", _sums(_last_only), ("step only the last step",), ("tanh", "lstm", "sigmoid")),
    Spoiled("x reversed", _sums(_u_reversed), ("left U:x:reversed:x",), ("tanh", "lstm", "gru")),
    Spoiled("b of one sample", _sums(_one_sample), ("sample only the first sample",), ("tanh", "lstm", "gru")),
    Spoiled("clipped", _clip(0.05), ("clipped 0.05",), ("tanh", "lstm", "gru")),
)  # fmt: skip
