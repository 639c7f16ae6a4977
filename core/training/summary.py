"""What became of the loss in a training, from its history alone."""

from __future__ import annotations

import math
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
