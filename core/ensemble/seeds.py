"""One experiment over many seeds: medians and quantiles, so that one lucky seed does not teach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.edits.editing import surviving
from core.ensemble.measures import Measure, measured, worst
from core.ensemble.outcomes import Outcome, running
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.maths.arrays import Array

MOST = 1000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SEEDS = 2**31  # a seed is below it


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The outcomes of one experiment over its seeds; the first is the experiment as it is. `alone`: why they were run
    one by one, "" where they ran as one batch of networks."""

    outcomes: tuple[Outcome, ...]
    alone: str = ""

    @property
    def norms(self) -> Array:
        """‖∂L/∂q_t‖ of every seed, (N, columns)."""
        return np.array([outcome.norms for outcome in self.outcomes])

    def bands(self, quantiles: tuple[float, ...] = QUANTILES) -> Array:
        """Quantiles over the seeds of the norm in every column, (quantiles, columns); NaN where no seed has one."""
        return quantiles_of(self.norms, quantiles)

    def of(self, measure: Measure) -> Array:
        """A number of every seed, (N,)."""
        return measured(measure, self.outcomes)

    def worst(self, measure: Measure) -> Outcome | None:
        """The seed with the worst number, whose experiment can be opened; None where no seed has one."""
        place = worst(measure, self.outcomes)
        return None if place is None else self.outcomes[place]


def over_seeds(experiment: Experiment, count: int) -> tuple[Experiment, ...]:
    """The same experiment with both its seeds moved on by 0, 1 … count − 1. What was typed over and is not locked goes
    along with the numbers that it was typed over, as with any other seed. Raises InputError beyond MOST."""
    if not 1 <= count <= MOST:
        raise InputError("{count} seeds cannot be run; choose from 1 to {most}.", count=count, most=MOST)
    found = [experiment]
    for k in range(1, count):
        moved = {name: (getattr(experiment, name) + k) % SEEDS for name in ("data_seed", "weight_seed")}
        found.append(surviving(experiment, experiment.with_changes(**moved)))
    return tuple(found)


def ensemble(experiment: Experiment, count: int) -> Job[Ensemble]:
    """Runs it over `count` seeds; yields how far it is. Raises InputError where the experiment cannot be run at all."""
    found = yield from running(over_seeds(experiment, count))
    refused = [outcome for outcome in found.each if outcome.refusal]
    if refused:
        raise InputError(refused[0].refusal)
    return Ensemble(found.each, found.alone)


def quantiles_of(numbers: Array, quantiles: tuple[float, ...] = QUANTILES) -> Array:
    """Quantiles over the first axis, (quantiles, …), of those that are numbers; NaN where none is. Between two ranks
    the lower one is taken where the other is infinite."""
    numbers = np.asarray(numbers, dtype=float)
    order = np.sort(numbers, axis=0)  # NaN last
    count = (~np.isnan(numbers)).sum(axis=0)
    found = np.full((len(quantiles), *numbers.shape[1:]), np.nan)
    with np.errstate(invalid="ignore"):
        for k, quantile in enumerate(quantiles):
            place = quantile * np.maximum(count - 1, 0)
            low = np.floor(place).astype(int)
            high = np.minimum(low + 1, np.maximum(count - 1, 0))
            below, above = (np.take_along_axis(order, each[None], axis=0)[0] for each in (low, high))
            between = below + (place - low) * (above - below)
            found[k] = np.where(np.isfinite(between) | (place != low) & np.isfinite(above), between, below)
    return found
