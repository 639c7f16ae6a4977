"""What became of the loss in a training, and in several beside each other, from their histories alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.training.run import TrainingRun
from core.training.spikes import Spike, spikes

Course = Literal["none", "fell", "rose", "stayed", "broke"]


@dataclass(frozen=True)
class Summary:
    """`first` and `last`: the loss of validation before all updates and after the latest validated one, where there are
    two (`validated`); else that of the first and of the last update's batch whose loss is finite. `course` compares
    them, or says that there is no update yet ("none") or that the training broke off ("broke"). `spike`: the largest
    jump of a batch's loss, None where there is none."""

    updates: int
    course: Course
    first: float
    last: float
    validated: bool
    spike: Spike | None


def summary_of(run: TrainingRun) -> Summary:
    """Of all updates so far."""
    losses = run.history.column("loss")
    finite = losses[np.isfinite(losses)]
    validated = len(run.validations) > 1 and bool(np.isfinite(run.validations.loss[[0, -1]]).all())
    if validated:
        first, last = float(run.validations.loss[0]), float(run.validations.loss[-1])
    elif finite.size:
        first, last = float(finite[0]), float(finite[-1])
    else:
        first = last = math.nan
    course: Course = "fell" if last < first else "rose" if last > first else "stayed"
    if not len(losses):
        course = "none"
    elif run.training.broken:
        course = "broke"
    jumps = [each for each in spikes(run.history) if each.quantity == "loss" and math.isfinite(each.value)]
    return Summary(len(losses), course, first, last, validated, max(jumps, key=lambda each: each.value, default=None))


@dataclass(frozen=True)
class Standing:
    """How several trainings stand at one `update`: the `losses` in their order, by the same loss: on validation after
    that update (`validated`), where all of them validated it; else of the batch that it read. NaN where a training had
    broken off by then."""

    update: int
    losses: tuple[float, ...]
    validated: bool

    @property
    def order(self) -> list[int]:
        """Those that have not broken off, the one with the lowest loss first."""
        there = [k for k, loss in enumerate(self.losses) if math.isfinite(loss)]
        return sorted(there, key=lambda k: self.losses[k])


def standing_of(runs: Sequence[TrainingRun]) -> Standing | None:
    """Of trainings on the same sequences, at the last update that all of them have made but those that broke off; None
    before the first, and where one is more than an update ahead of another: they are not raced then."""
    going = [run for run in runs if not run.training.broken]
    updates = [run.update for run in going]
    if not updates or not min(updates) or max(updates) - min(updates) > 1:
        return None
    at = min(updates)
    validated = [np.flatnonzero(run.validations.updates == at) for run in going]
    by_validation = all(len(found) and np.isfinite(run.validations.loss[found[-1]])
                        for run, found in zip(going, validated, strict=True))  # fmt: skip
    losses = []
    for run in runs:
        if run.training.broken:
            losses.append(math.nan)
        elif by_validation:
            losses.append(float(run.validations.loss[validated[going.index(run)][-1]]))
        else:
            losses.append(run.history[at - 1].loss)
    return Standing(at, tuple(losses), by_validation)
