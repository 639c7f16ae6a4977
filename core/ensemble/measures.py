"""MEASURES: what can be asked of every one of many runs, one number each. A new one is one function and one line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from core.ensemble.outcomes import Outcome
from core.errors import one_named
from core.maths.arrays import Array


@dataclass(frozen=True)
class Measure:
    """`of` gives the number of a run, NaN where it has none; `high` says whether a high one is the worst of many."""

    name: str
    title: str
    of: Callable[[Outcome], float]
    high: bool


def decades(outcome: Outcome) -> float:
    """By how many decades a step ‖∂ℓ/∂q_t‖ shrinks going back from the last loss to the first column: log₁₀ of
    ‖∂ℓ/∂q_last‖ / ‖∂ℓ/∂q_1‖ over the steps between; negative where it grows, Inf where nothing arrives."""
    first = _first(outcome)
    steps = outcome.last - 1 - first
    if outcome.last == 0 or steps < 1:
        return math.nan
    begin, end = float(outcome.share[outcome.last - 1]), float(outcome.share[first])
    if not (math.isfinite(begin) and math.isfinite(end)) or begin <= 0.0:
        return math.nan
    return math.inf if end == 0.0 else (math.log10(begin) - math.log10(end)) / steps


def ratio(outcome: Outcome) -> float:
    """‖∂L/∂q_1‖ / ‖∂L/∂q_last‖ of the whole loss: R of the claims."""
    if outcome.last == 0:
        return math.nan
    begin, end = float(outcome.norms[outcome.last - 1]), float(outcome.norms[_first(outcome)])
    return end / begin if begin > 0.0 else math.nan


def lag_at(share: float) -> Callable[[Outcome], float]:
    """Effective memory: the first lag k at which ‖∂ℓ/∂q_{last−k}‖ is at most `share` of ‖∂ℓ/∂q_last‖; Inf where there
    is none within the run."""

    def lag(outcome: Outcome) -> float:
        if outcome.last == 0:
            return math.nan
        back = outcome.share[: outcome.last][::-1]
        if not np.isfinite(back[0]) or back[0] <= 0.0:
            return math.nan
        below = np.flatnonzero(back <= share * back[0])
        return float(below[0]) if len(below) else math.inf

    return lag


MEASURES: tuple[Measure, ...] = (
    Measure("decades", "decay of the gradient, decades a step", decades, high=True),
    Measure("loss", "loss", lambda outcome: outcome.loss, high=True),
    Measure("ratio", "gradient at step 1 by that at the loss", ratio, high=False),
    Measure("half", "steps until half of the gradient is left", lag_at(0.5), high=False),
    Measure("percent", "steps until 1 % of the gradient is left", lag_at(0.01), high=False),
)


def measure_named(name: str) -> Measure:
    """The measure of that name. Raises InputError listing those there are."""
    return one_named(name, MEASURES, "There is no measure “{name}”; the measures are {known}.")


def measured(measure: Measure, outcomes: Iterable[Outcome]) -> Array:
    """The number of every run, (N,)."""
    return np.array([measure.of(outcome) for outcome in outcomes])


def worst(measure: Measure, outcomes: Iterable[Outcome]) -> int | None:
    """The place of the run with the worst number, the first of equals; None where none has one."""
    numbers = measured(measure, outcomes)
    known = np.flatnonzero(~np.isnan(numbers))
    if not len(known):
        return None
    ranked = numbers[known] if measure.high else -numbers[known]
    return int(known[np.argmax(ranked)])


def _first(outcome: Outcome) -> int:
    """The first column (from 0) that the memory has a step in."""
    there = np.flatnonzero(~np.isnan(outcome.share))
    return int(there[0]) if len(there) else 0
