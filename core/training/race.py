"""A race: several trainings on the same sequences in the same order, each with its own network and its own way of
moving the parameters, update by update side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from core.errors import InputError
from core.experiment import Experiment
from core.tasks import dataset
from core.training.history import Progress
from core.training.optimizers import OPTIMIZERS
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.schedules import SCHEDULES

# What a network may have of its own in a race: how an update moves the parameters, and which it moves.
OWN = ("optimizer", "rate", "schedule", "held", *(o.name for each in (*OPTIMIZERS, *SCHEDULES) for o in each.options))


def plan_of(own: Plan | None, leading: Plan, batch: int) -> Plan:
    """The plan of a network that races with another one: `leading` says on how many sequences each, for how long and
    how it is validated, `own` how its parameters move (None: as the leading plan says). `batch`: how many sequences an
    update has where the leading plan does not say it.

    Raises InputError where both do not go together.
    """
    chosen = leading if own is None else own
    sequences = batch if leading.sequences is None else leading.sequences
    return leading.with_changes(sequences=sequences, **{name: getattr(chosen, name) for name in dict.fromkeys(OWN)})


def refuse_other_data(experiment: Experiment, leading: Experiment, plan: Plan) -> None:
    """Raises InputError where an experiment does not read the leading one's sequences, or has other targets: the data
    of the first update decide."""
    size = leading.batch if plan.sequences is None else plan.sequences
    its, this = (dataset.batch(each, 0, size, plan.split, plan.shuffled) for each in (experiment, leading))
    if not np.array_equal(its.x, this.x):
        raise InputError("It reads other sequences, and a race is one on the same data.")
    if its.loss != this.loss or not (np.array_equal(its.y, this.y) and np.array_equal(its.supervised, this.supervised)):
        raise InputError("It has other targets, and a race is one to the same target.")


def racing(runs: Sequence[TrainingRun]) -> Iterator[tuple[int, Progress] | None]:
    """Trains them all to their ends: always the one with the fewest updates makes the next one, the first of those that
    have as few; one that is ahead waits. Yields which of them has made an update, and None within long work. It may be
    left at any yield and called again."""
    under_way = {k: run.steps(within=True) for k, run in enumerate(runs)}
    while under_way:
        k = min(under_way, key=lambda each: (runs[each].update, each))
        for progress in under_way[k]:
            yield None if progress is None else (k, progress)
            if progress is not None:
                break
        else:
            del under_way[k]
