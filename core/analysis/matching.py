"""Two networks of about the same size: the hidden units with which one has as many parameters as another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.network.parameter_counts import count_of
from core.network.structures import build
from core.tasks.base import Data

MOST_UNITS = 256


@dataclass(frozen=True)
class Match:
    """The `changes` of an experiment, {"hidden": 3} or {"widths": (4, 2)}, with which its network has `count`
    parameters: of all numbers of units, the nearest to the `wanted` ones."""

    changes: Mapping[str, Any]
    count: int
    wanted: int


def matching(experiment: Experiment, data: Data, wanted: int) -> Job[Match]:
    """Tries every number of hidden units, 1 … 256, on the experiment's own data; layers of different widths keep their
    proportions. Of two that are as near, the smaller one. Yields how far it is.

    Raises InputError where the network is as large with any number of them, or can have only one.
    """
    best: Match | None = None
    counts: set[int] = set()
    for units, changes in enumerate(_sizes(experiment), start=1):
        try:
            count = count_of(build(experiment.with_changes(edits=(), **changes), data))
        except InputError:  # this cell, this matrix or this output cannot have so many
            continue
        counts.add(count)
        if best is None or abs(count - wanted) < abs(best.count - wanted):
            best = Match(changes, count, wanted)
        yield units / MOST_UNITS
    if best is None or len(counts) == 1:
        raise InputError(
            "The hidden units of this network cannot be chosen: its cell, a typed W or the missing dense layer decides "
            "how many there are."
        )
    return best


def _sizes(experiment: Experiment) -> Iterator[dict[str, Any]]:
    widths = tuple(experiment.widths)
    for units in range(1, MOST_UNITS + 1):
        if widths:
            yield {"widths": tuple(max(1, round(units * each / max(widths))) for each in widths)}
        else:
            yield {"hidden": units}
