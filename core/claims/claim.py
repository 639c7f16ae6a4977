"""What became of the gradient in a run, and why: facts with their numbers, of which the window makes a sentence.

A claim is about the gradient on the memory of the scan on view, over all samples, as the curve of norms shows it: from
the last step with a loss (or the step whose share of the loss is shown) back to the first. It names a cause only where
the run proves one: where nothing but the next step sends a gradient to any step between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.analysis.contributions import has_another_way, share_of_step
from core.analysis.memory_split import GATES
from core.claims.step_back import StepBack, mean_factor, step_back
from core.maths.arrays import Array, norms
from core.network.parts import Key
from core.network.scan import Scan
from core.trace import Trace

# What happened.
SMALLER, LARGER, ALIKE = "smaller", "larger", "alike"
ZERO, UNDERFLOW, NONE_AT_ALL = "zero", "underflow", "none at all"
CUT, NOT_FINITE, NO_MEMORY, ONE_STEP, FITTED = "cut", "not finite", "no memory", "one step", "fitted"
NO_LOSS = "no loss"
# Why.
PRODUCT, EVEN, ONLY_WEIGHTS, WAYS, CLOSED, NO_WEIGHTS = "product", "even", "weights", "ways", "closed", "no weights"
OVERFLOW = "overflow"

AS_LARGE = 1.05  # a factor up to which two norms count as alike
EXACT = 1e-9  # relative: factors that differ by no more are one
FLAT = 0.1  # a slope of this at most belongs to a saturated unit
QUICK = 40_000  # numbers of a run, T·B·H·records·scans, of which a whole claim is made at once


@dataclass(frozen=True)
class Claim:
    """`form` says what happened, `cause` why ("" where that is not known), `numbers` both with numbers, by name:

    steps: how many steps back it is claimed of; first, last: its columns. factor: how many times smaller or larger.
    t: the column where something happened; window: of a truncation; phase: "forward" or "backward".
    weights, slope, each: geometric means of what W, the slope and a whole step pass on; weights_low …: the extremes.
    along_low, along_high: the extremes of what a step passes on along the memory alone; gates: the mean of what comes
    through the gates beside it.
    saturated: the share of slopes up to FLAT; dead: units whose slope is 0 at every step, of `units`.
    clip: what clipping multiplied all gradients by. losses: how many steps have one; `share` is of the last one alone.
    """

    form: str
    cause: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    phase: str = ""
    share: bool = False
    several: bool = False


def column_norms(trace: Trace, gradients: Mapping[Key, Array], name: str, scan: Scan | None = None) -> Array:
    """‖∂L/∂q_t‖ in every column, over samples and units, (columns,): of a scan, and of the encoder's of the same layer
    before it; NaN where neither has a step."""
    scan = scan or trace.scan
    found = np.full(trace.steps, np.nan)
    for each in trace.scans:
        if each.name == scan.name or (scan.decodes and each.name == "E" + scan.name[1:]):
            start = trace.schedule.offset(each.name)
            size = norms(gradients[each.name, name])
            found[start : start + len(size)] = size
    return found


def claim_of(
    trace: Trace, gradients: Mapping[Key, Array] | None = None, share_at: int | None = None, whole: bool = True
) -> Claim:
    """The claim of a run. `gradients`: those that are on show, the exact ones where none are given; `share_at`: the
    column whose share of the loss they are the gradients of, None: of all of it. Not `whole`: what takes long is left
    out, the cause and the share of the last loss."""
    scan, given = trace.scan, gradients is not None
    gradients = trace.exact if gradients is None else gradients
    if trace.broken is not None:
        return Claim(NOT_FINITE, _why_not_finite(trace), {"t": trace.broken[1]}, phase=trace.broken[0])
    if not scan.cell.learned:
        return Claim(FITTED)
    if trace.steps == 1:
        return Claim(ONE_STEP)
    if scan.cell.memory not in scan.cell.recurrent_states and not has_another_way(trace):
        return Claim(NO_MEMORY)
    with np.errstate(all="ignore"):
        losses = np.flatnonzero(trace.supervised) + 1
        if not len(losses):
            return Claim(NO_LOSS)
        last = share_at or int(losses[-1])
        several = share_at is None and len(losses) > 1
        share = share_at is not None
        if several and not given and whole:
            gradients, share = share_of_step(trace, last), True
        size = column_norms(trace, gradients, scan.cell.memory)
        numbers: dict[str, float] = {"first": 1, "last": last, "steps": last - 1, "losses": len(losses)}
        form, numbers = _fate(trace, scan, size, last, numbers)
        cause = ""
        if whole and form in (SMALLER, LARGER, ALIKE, ZERO):
            back = step_back(trace, scan, gradients)
            if back is not None:
                cause = _cause(trace, scan, gradients, back, form, last, numbers)
        window = trace.experiment.truncate
        if window is not None and form != NONE_AT_ALL and last - window >= 1 and trace.used is not trace.exact:
            numbers |= {"window": window, "t": last - window + 1}
            form = CUT
    if trace.clip_factor < 1.0:
        numbers["clip"] = trace.clip_factor
    return Claim(form, cause, numbers, share=share, several=several)


def is_quick(trace: Trace) -> bool:
    """Whether a whole claim takes no longer than a small part of a frame."""
    steps, batch, _ = trace.data.x.shape
    return steps * batch * trace.scan.hidden * len(trace.scan.cell.records) * len(trace.scans) <= QUICK


def _fate(trace: Trace, scan: Scan, size: Array, last: int, numbers: dict[str, float]) -> tuple[str, dict[str, float]]:
    """What became of the norms `size` from column `last` back to the first."""
    begin, end = float(size[last - 1]), float(size[0])
    if not begin > 0:
        return NONE_AT_ALL, numbers
    if last == 1:
        return ONE_STEP, numbers
    zeros = np.flatnonzero(size[: last - 1] == 0) + 1
    if end == 0 and len(zeros):
        under = trace.underflow.get("d" + scan.name)
        return (UNDERFLOW if under is not None and under.any() else ZERO), {**numbers, "t": int(zeros[-1])}
    factor = begin / end
    if 1 / AS_LARGE <= factor <= AS_LARGE:
        return ALIKE, {**numbers, "factor": factor}
    return (SMALLER, {**numbers, "factor": factor}) if factor > 1 else (LARGER, {**numbers, "factor": 1 / factor})


def _cause(
    trace: Trace,
    scan: Scan,
    gradients: Mapping[Key, Array],
    back: StepBack,
    form: str,
    last: int,
    numbers: dict[str, float],
) -> str:
    """Why, where the run proves it; its numbers go into `numbers`."""
    between = back.columns < last
    ratios = back.ratio[between]
    if form == ZERO:
        return _why_zero(trace, scan, gradients, back, int(numbers["t"]))
    if not back.whole or not len(ratios) or len(ratios) != last - 1 or np.isnan(mean_factor(ratios)):
        return ""
    numbers["each"] = mean_factor(ratios)
    parts = {name: array[between] for name, array in back.parts.items()}
    if back.way is None:
        if back.along is not None:
            along = back.along[between]
            numbers |= {"along_low": float(along.min()), "along_high": float(along.max())}
        numbers["gates"] = float(parts[GATES].mean()) if GATES in parts else 0.0
        return WAYS
    for name, array in parts.items():
        numbers |= {name: mean_factor(array), f"{name}_low": float(array.min()), f"{name}_high": float(array.max())}
    h, s = (trace.values[scan.name, name] for name in (back.way.h, scan.cell.memory))
    slopes = back.way.activation.slope(h, s)[1:last]
    numbers["saturated"] = float((slopes <= FLAT).mean())
    dead = (slopes == 0).all(axis=(0, 1))
    numbers |= {"dead": int(dead.sum()), "units": int(dead.size)}
    even = numbers["weights_high"] - numbers["weights_low"] <= EXACT * numbers["weights_high"]
    if not even:
        return PRODUCT
    flat = abs(numbers["slope_low"] - 1) <= EXACT and abs(numbers["slope_high"] - 1) <= EXACT
    return ONLY_WEIGHTS if flat else EVEN


def _why_zero(trace: Trace, scan: Scan, gradients: Mapping[Key, Array], back: StepBack, t: int) -> str:
    """Why nothing arrives in column t, while something does in the next."""
    if back.way is None or scan.reverse or t not in back.columns:
        return ""
    step = t - trace.schedule.offset(scan.name)  # of the next one, from 0
    if not np.any(gradients[scan.name, back.way.h][step]):
        return CLOSED
    parameter = trace.parameters[f"{scan.name}.{back.way.parameter}"]
    return "" if np.any(parameter) else NO_WEIGHTS


def _why_not_finite(trace: Trace) -> str:
    """OVERFLOW where numbers grew beyond what a float holds before the first that is not finite."""
    phase, t = trace.broken or ("", 0)
    arrays = trace.values if phase == "forward" else trace.exact
    offset = trace.schedule.offset(trace.scan.name)
    with np.errstate(all="ignore"):
        size = norms(np.nan_to_num(arrays[trace.scan.name, trace.scan.cell.memory], nan=np.inf))
    before = t - 2 - offset if phase == "forward" else t - offset  # from 0
    return OVERFLOW if 0 <= before < len(size) and 1e100 < size[before] < np.inf else ""
