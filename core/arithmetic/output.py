"""The output in detail: its activation, and its gradient from the loss and from steps that read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from core.arithmetic.lines import MOST, Line
from core.maths.arrays import Array
from core.network.scan import Scan
from core.network.sources import Concatenated, PreviousOutput
from core.network.truncation import window_starts
from core.trace import Trace


@dataclass(frozen=True)
class Later:
    """What later steps read of the outputs: `name` of `scan` holds a_{t−1} … a_{t−taps} side by side, before anything
    else."""

    scan: Scan
    name: str
    taps: int


def later(trace: Trace) -> Later | None:
    """Who reads the outputs again; None where nobody does, or targets are read instead (teacher forcing)."""
    for scan in trace.scans:
        if scan.feedback is not None and not scan.feedback.teacher:
            return Later(scan, "a_prev", scan.feedback.taps)
        parts = scan.source.components if isinstance(scan.source, Concatenated) else ()
        read = sum(isinstance(each, PreviousOutput) and not each.teacher for each in parts)
        if read:
            return Later(scan, "x", read)
    return None


def sent_back(trace: Trace, t: int, sample: int, used: bool) -> tuple[Array | None, str]:
    """∂L/∂a_t (O,), all that later steps send back to output t (from 1); None where none does, with the reason: "end"
    (no such step), "cut" (all are beyond a cut), "" (outputs are not read again)."""
    reader = later(trace)
    if reader is None:
        return None, ""
    gradient = (trace.used if used else trace.exact)[reader.scan.name, reader.name]
    steps, outputs, found = len(gradient), trace.data.y.shape[2], np.zeros(trace.data.y.shape[2])
    starts = window_starts(trace.experiment.truncate if used else None, steps, reader.scan.absent(trace.run))
    first = starts[:, min(sample, starts.shape[1] - 1)]
    there = [t + k for k in range(1, reader.taps + 1) if t + k <= steps]
    uncut = [at for at in there if first[at - 1] <= t - 1]
    for at in uncut:
        k = at - t - 1
        found += gradient[at - 1, sample, k * outputs : (k + 1) * outputs]
    return (found, "") if uncut else (None, "cut" if there else "end")


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
