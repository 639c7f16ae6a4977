"""The yardstick for every cell: its own `step` and `step_back` in two for loops, and nothing of the engine around them.

The records, the inputs (a window's too) and what the cell prepares of its parameters are made beforehand. Timed are
x·U + b, the steps, the head, the loss, the local derivatives, the steps back and the products over time. Nothing is
yielded, flushed, looked up by name or frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from core.maths.arrays import Array
from core.network.scan import Scan
from core.recorder import Recorder


def bare(recorder: Recorder) -> Callable[[], dict[str, Array]]:
    """A function that runs one layer forward and back, and returns the gradients of its parameters by name."""
    trace = recorder.record()
    scan = next(part for part in recorder.network.members if isinstance(part, Scan))
    cell, run, loss = scan.cell, trace.run, recorder.network.loss
    y, supervised = np.array(recorder.data.y), recorder.data.supervised
    v, bias = (np.array(recorder.parameters[name]) for name in ("out.V", "out.b"))
    p, x = scan.prepared(run), np.array(run.records[scan.name].x)
    steps, batch, _ = x.shape
    r = cell.forward_records(steps, batch, scan.hidden)
    r.x, z, a = x, np.empty(y.shape), np.empty(y.shape)
    width, fed = y.shape[2], scan.feedback is not None
    if fed:
        r.a_prev = np.zeros_like(run.records[scan.name].a_prev)
    gradients = {name: np.zeros(shape) for name, shape in recorder.network.parameter_shapes.items()}
    targets = scan.views(gradients)
    own = {name.removeprefix("L1."): array for name, array in gradients.items() if name.startswith("L1.")}
    masks = [(array, mask) for array, mask in scan.masked(own).values() if mask is not None]

    def forward() -> None:
        if cell.reads_input:
            np.matmul(_flat(x), p.U, _flat(r.h))
            r.h += p.b
        if not fed:
            for t in range(steps):
                cell.step(t, p, r)
            np.matmul(_flat(r.s), v, _flat(z))
            np.add(z, bias, z)
            a[...] = loss.output(z)
            return
        for t in range(steps):
            for k in range(min(r.a_prev.shape[2] // width, t)):
                r.a_prev[t, :, k * width : (k + 1) * width] = a[t - 1 - k]
            if cell.reads_input:
                r.h[t] += r.a_prev[t] @ p.F
            cell.step(t, p, r)
            z[t] = r.s[t] @ v + bias
            a[t] = loss.output(z[t])

    def backward(dz: Array) -> SimpleNamespace:
        d = cell.backward_records(p, r)
        if not fed:
            d.s += (_flat(dz) @ v.T).reshape(d.s.shape)
            for t in range(steps - 1, -1, -1):
                cell.step_back(t, p, r, d)
            return d
        da, d.a_prev = np.zeros(a.shape), np.zeros_like(r.a_prev)
        for t in range(steps - 1, -1, -1):
            dz[t] += loss.output_back(a[t], da[t])
            d.s[t] += dz[t] @ v.T
            cell.step_back(t, p, r, d)
            if cell.reads_input:
                np.matmul(d.h[t], p.F.T, d.a_prev[t])
            for k in range(min(r.a_prev.shape[2] // width, t)):
                da[t - 1 - k] += d.a_prev[t, :, k * width : (k + 1) * width]
        return d

    def once() -> dict[str, Array]:
        forward()
        (loss.value(z, y).sum(axis=-1) / batch)[supervised].sum()
        dz = (a - y) / batch
        dz[~supervised] = 0.0
        d = backward(dz)
        for factor in cell.factors:
            right = _flat(getattr(d, factor.right))
            if factor.left == "1":
                targets[factor.parameter][...] = right.sum(axis=0)
            elif factor.elementwise:
                targets[factor.parameter][...] = (_flat(getattr(r, factor.left)) * right).sum(axis=0)
            else:
                targets[factor.parameter][...] = _flat(getattr(r, factor.left)).T @ right
        for array, mask in masks:
            array *= mask
        gradients["out.V"][...] = _flat(r.s).T @ _flat(dz)
        gradients["out.b"][...] = _flat(dz).sum(axis=0)
        return gradients

    return once


def _flat(array: Array) -> Array:
    """(T, B, n) as (T·B, n)."""
    return array.reshape(-1, array.shape[-1])
