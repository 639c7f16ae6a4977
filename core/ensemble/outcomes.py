"""What is kept of each of many runs: the norms of the gradient on the memory, and the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from core.analysis.contributions import share_of_step
from core.claims.claim import column_norms
from core.ensemble.stack import MOST_BYTES, Stack, alone, bytes_of_one, family
from core.ensemble.stacked import NotStackable
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job, part
from core.maths.arrays import Array, flush_all, norms
from core.network.parts import Key, Network
from core.network.scan import Scan, scans_of
from core.network.schedule import Schedule, schedule_of
from core.recorder import recording
from core.trace import Trace

MOST_TOGETHER = 256  # networks in one stack: more are no faster, and are longer without a report


@dataclass(frozen=True, eq=False)
class Outcome:
    """One run. `norms`: ‖∂L/∂q_t‖ of the memory q of the scan on view, over samples and units, (columns,), NaN in a
    column that it has no step in. `share`: the same of the loss in column `last` alone, the last that has one; where
    there is no other, the same array. `last` is 0 where no step has a loss. `refusal`: why there was no run, ""
    where there was one; its numbers are NaN then."""

    experiment: Experiment
    norms: Array = field(default_factory=lambda: np.full(1, np.nan))
    share: Array = field(default_factory=lambda: np.full(1, np.nan))
    last: int = 0
    loss: float = float("nan")
    refusal: str = ""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Those of many experiments, in their order. `alone`: why they were run one by one, "" where they ran together."""

    each: tuple[Outcome, ...]
    alone: str = ""


def running(experiments: Sequence[Experiment]) -> Job[Outcomes]:
    """Runs them all, those of one family as one batch of networks; yields how far it is. One that is refused has its
    sentence among the outcomes, and the others go on."""
    found: list[Outcome | None] = [None] * len(experiments)
    groups: dict[tuple[object, ...], list[int]] = {}
    for k, experiment in enumerate(experiments):
        groups.setdefault(family(experiment), []).append(k)
    done, why = 0, ""
    for places in groups.values():
        first, share = done / len(experiments), (done + len(places)) / len(experiments)
        members = [experiments[k] for k in places]
        made, reason = yield from part(_family_running(members), first, share)
        for k, outcome in zip(places, made, strict=True):
            found[k] = outcome
        done, why = done + len(places), why or reason
    return Outcomes(tuple(outcome for outcome in found if outcome is not None), why)


def _family_running(experiments: Sequence[Experiment]) -> Job[tuple[list[Outcome], str]]:
    """The outcomes of one family, and why they were run one by one."""
    reason, found = alone(experiments[0]), []
    if len(experiments) > 1 and not reason:
        try:
            size = max(1, min(MOST_TOGETHER, MOST_BYTES // max(1, bytes_of_one(experiments[0]))))
            for start in range(0, len(experiments), size):
                some = experiments[start : start + size]
                job = _stack_running(some)
                found += yield from part(job, start / len(experiments), (start + len(some)) / len(experiments))
            return found, ""
        except NotStackable as error:
            reason, found = str(error), []
        except InputError:  # one of them, or all: each says so itself
            found = []
    for k, experiment in enumerate(experiments):
        found.append((yield from part(_one_running(experiment), k / len(experiments), (k + 1) / len(experiments))))
    return found, reason


def _stack_running(experiments: Sequence[Experiment]) -> Job[list[Outcome]]:
    stack = Stack(recorded=False)
    yield from part(stack.running(experiments), 0.0, 0.9)
    network = stack.network
    assert network is not None
    columns = Columns(network, stack.steps_read, stack.steps_written)
    before = columns.schedule.before_output
    with np.errstate(all="ignore"):
        found = columns.norms(stack.gradients)
        shares: dict[int, Array] = {}
        outcomes = []
        for k, experiment in enumerate(experiments):
            supervised = np.flatnonzero(stack.supervised_in(k))
            last = int(supervised[-1]) + 1 + before if len(supervised) else 0
            if len(supervised) > 1 and last not in shares:
                shares[last] = columns.norms(stack.share_of(int(supervised[-1])))
                yield 0.95
            share = shares[last][k] if len(supervised) > 1 else found[k]
            outcomes.append(Outcome(experiment, found[k], share, last, float(stack.loss[k])))
    return outcomes


def _one_running(experiment: Experiment) -> Job[Outcome]:
    """The same of a run of its own."""
    try:
        return outcome_of((yield from recording(experiment)))
    except InputError as error:
        return Outcome(experiment, refusal=error.sentence)


def outcome_of(trace: Trace) -> Outcome:
    """What is kept of a recorded run."""
    with np.errstate(all="ignore"):
        memory = trace.scan.cell.memory
        found = share = column_norms(trace, trace.exact, memory)
        losses = np.flatnonzero(trace.supervised) + 1
        last = int(losses[-1]) if len(losses) else 0
        if len(losses) > 1:
            share = column_norms(trace, share_of_step(trace, last), memory)
    return Outcome(trace.experiment, found, share, last, trace.loss)


class Columns:
    """The columns of a network's picture, and the memory of the scan on view in them, as a run's trace has them."""

    def __init__(self, network: Network, read: int, written: int) -> None:
        self.schedule: Schedule = schedule_of(network, read, written)
        self.scans = scans_of(network)
        self.scan: Scan = next(scan for scan in reversed(self.scans) if not scan.reverse)

    def norms(self, gradients: dict[Key, Array]) -> Array:
        """‖∂L/∂q_t‖ in every column, (N, columns), of gradients (N, T, B, n); what is as small as
        nothing is 0, as in a recorded run; as core.claims.claim.column_norms."""
        scan, memory = self.scan, self.scan.cell.memory
        count = len(gradients[scan.name, memory])
        found = np.full((count, self.schedule.columns), np.nan)
        for each in self.scans:
            if each.name == scan.name or (scan.decodes and each.name == "E" + scan.name[1:]):
                array = gradients[each.name, memory]
                steps = array.shape[1]
                rows = array.reshape(count * steps, *array.shape[2:])  # a copy
                flush_all(rows, np.zeros(len(rows), dtype=bool))
                size = norms(rows).reshape(count, steps)
                start = self.schedule.offset(each.name)
                found[:, start : start + steps] = size
        return found
