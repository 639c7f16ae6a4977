"""What is asked of a gradient: what each step adds to it, which loss sends it, by which way it comes."""

from __future__ import annotations

import numpy as np

from core.analysis.contributions import sharing, state_jacobian_between
from core.analysis.memory_split import KINDS, MemorySplit, memory_split, no_split
from core.analysis.saturation import activated
from core.arithmetic.running_sum import RunningSum, running_sum
from core.jobs import Job
from core.lessons.language.address import parameter_named, parameters_of
from core.lessons.language.arrays import step_of
from core.lessons.language.faults import Misuse
from core.lessons.language.runs import Runs
from core.maths.activations import activation_named
from core.maths.arrays import Array
from core.memo import remember
from core.sentence import Sentence
from core.trace import Trace


def _sum_over_time(runs: Runs, p: str) -> tuple[Trace, RunningSum]:
    trace, address = runs.run_and_address(p)
    name = parameter_named(trace, address)
    try:
        return trace, running_sum(trace, name, address.used)
    except KeyError:
        raise Misuse(Sentence("the gradient of {name} is no sum of products over time.", name=name), 0) from None


def addend(runs: Runs, p: str, t: int) -> Array:
    """dθ_t, as θ is; before clipping."""
    trace, total = _sum_over_time(runs, p)
    if not 1 <= t <= trace.steps:
        raise Misuse(Sentence("there is no step {t}; the steps are 1 to {steps}.", t=t, steps=trace.steps), 1)
    with np.errstate(all="ignore"):
        return total.addends.matrix(t).reshape(parameters_of(trace)[total.name].shape)


def share(runs: Runs, p: str, lag: int, to: int | None = None) -> float:
    """⟨Σ dθ of the lags, dθ⟩ / ⟨dθ, dθ⟩: signed, all add up to 1; lag 0 is the first addend that the backward pass
    makes. NaN where dθ is 0."""
    total = _sum_over_time(runs, p)[1]
    shares = remember(total, "shares", lambda: total.shares)
    last, most = lag if to is None else to, len(shares.shares) - 1
    if not 0 <= lag <= most:
        raise Misuse(Sentence("there is no lag {lag}; they are 0 to {most}.", lag=lag, most=most), 1)
    if not lag <= last <= most:
        raise Misuse(
            Sentence("there are no lags {lag} to {last}; they are 0 to {most}.", lag=lag, last=last, most=most), 2
        )
    return float(shares.shares[shares.first + lag : shares.first + last + 1].sum())


def slope(runs: Runs, t: int, pin: str = "") -> Array:
    """(H,) of the first sample, of the activation that makes the state."""
    trace = runs.trace(pin)
    scan = trace.scan
    made = activated(scan)
    if len(made) != 1:
        raise Misuse(
            Sentence(
                "{cell} has {count} activations beside its gates; slope is for a cell with one."
                if made
                else "nothing is curved; slope is for a cell with one.",
                cell=Sentence(scan.cell.title),
                count=len(made),
            )
        )
    maker = next(each for each in scan.cell.graph if each.out == made[0])
    h, s = (step_of(trace.values[scan.name, each], t, 0)[0] for each in (maker.inputs[0], made[0]))
    return activation_named(maker.kind).slope(h, s)


def split(runs: Runs, kind: str, t: int, pin: str = "") -> Job[float]:
    """NaN where there is no gradient."""
    trace = runs.trace(pin)
    if kind not in KINDS:
        raise Misuse(Sentence("the ways are {kinds}.", kinds=", ".join(KINDS)), 0)
    if no_split(trace):
        raise Misuse("an error is switched on, and then the addends are not what they should be.")
    yield 0.0
    found: MemorySplit = remember(trace, "split of a lesson", lambda: memory_split(trace))
    if not 1 <= t <= trace.steps:
        raise Misuse(Sentence("there is no step {t}; the steps are 1 to {steps}.", t=t, steps=trace.steps), 1)
    shares = found.at(t)
    return shares.get(kind, 0.0) if shares else float("nan")


def only(runs: Runs, t: int, q: str) -> Job[Array]:
    """∂ℓ_t/∂q, as q is."""
    trace, address = runs.run_and_address(q)
    if not address.own.startswith("d") or (address.part, address.own[1:]) not in trace.exact:
        known = ", ".join(f"{part}.d{name}" for part, name in trace.exact)
        raise Misuse(
            Sentence("{name} is no gradient of a record; there are {known}.", name=address.name, known=known), 1
        )
    if not 1 <= t <= trace.steps or not trace.supervised[t - 1]:
        raise Misuse(Sentence("no loss looks at step {t}.", t=t), 0)
    shares = yield from runs.latest((address.pin, t, address.used), lambda: sharing(trace, t, address.used))
    return shares[address.part, address.own[1:]]


def reach(runs: Runs, t: int, k: int, pin: str = "") -> Job[float]:
    """The largest singular value, of the first sample."""
    yield 0.0
    found = state_jacobian_between(runs.trace(pin), t, k)
    if found is None:
        raise Misuse(
            Sentence("there is no way from the memory at {k} to that at {t}, or none by the cell alone.", k=k, t=t)
        )
    return found.norm
