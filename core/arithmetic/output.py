"""The output in detail: its activation, and its gradient from the loss and from steps that read it."""

from __future__ import annotations

import re

import numpy as np

from core.arithmetic.lines import MOST, Line
from core.maths.arrays import Array
from core.maths.losses import Loss
from core.network.parts import OUTPUT
from core.network.truncation import window_starts
from core.trace import Trace
from core.unrolled import Edge, readers_of


def later(trace: Trace) -> tuple[Edge, ...]:
    """The edges by which later steps read the outputs; none where nobody does, or targets are read instead (teacher
    forcing)."""
    return readers_of(trace.network, OUTPUT)


def sent_back(trace: Trace, t: int, sample: int, used: bool) -> tuple[Array | None, str]:
    """∂L/∂a_t (O,), all that later steps send back to output t (from 1); None where none does, with the reason: "end"
    (no such step), "cut" (all are beyond a cut), "" (outputs are not read again)."""
    edges, gradients = later(trace), trace.used if used else trace.exact
    if not edges:
        return None, ""
    scan, steps = trace.scan_named(edges[0].declared.loop), len(trace.data.y)
    starts = window_starts(trace.experiment.truncate if used else None, steps, scan and scan.absent(trace.run))
    first = starts[:, min(sample, starts.shape[1] - 1)]
    there = [edge for edge in edges if t + edge.read.lag <= steps]
    uncut = [edge for edge in there if first[t + edge.read.lag - 1] <= t - 1]
    found = np.zeros(trace.data.y.shape[2])
    for edge in uncut:
        found += gradients[edge.reader][t + edge.read.lag - 1, sample, edge.read.share]
    return (found, "") if uncut else (None, "cut" if there else "end")


def from_loss(loss: Loss, a: float, y: float, batch: int) -> tuple[float, str, tuple[float, ...]]:
    """The loss's own addend of ∂L/∂z of one unit, with its template and operands."""
    if not loss.compares:
        return y, "{}", (y,)
    return (a - y) / batch, "({} − {}) / {}", (a, y, batch)


def through_output(loss: str, a: Array, da: Array, unit: int) -> tuple[float, str, tuple[float, ...]]:
    """∂L/∂a propagated to one unit of z, with its template and operands (`Loss.output_back`)."""
    own, arriving = float(a[unit]), float(da[unit])
    if loss == "binary":
        return arriving * own * (1 - own), "{} × {} × (1 − {})", (arriving, own, own)
    if loss == "categorical":
        mean = float(a @ da)
        return own * (arriving - mean), "{} × ({} − {})", (own, arriving, mean)
    return arriving, "{}", (arriving,)


def activation(text: str, z: Array, a: Array, unit: int) -> Line:
    """One unit of the output, from the loss's own `output_text`."""
    value = float(a[unit])
    if "softmax" not in text:
        return Line("", value, re.sub(r"\bz\b", "{}", text), (float(z[unit]),))
    if len(z) <= MOST:
        below = " + ".join(["exp({})"] * len(z))
        return Line("", value, f"exp({{}}) / ({below})", (float(z[unit]), *map(float, z)))
    largest = float(z.max())
    return Line("", value, "exp({} − {}) / {}", (float(z[unit]), largest, float(np.exp(z - largest).sum())))
