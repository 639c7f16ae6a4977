"""What a sweep runs: an experiment, one or two knobs, seeds; its cells in order, and whether two are the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.ensemble.grid import MOST_CELLS, Knob
from core.ensemble.seeds import over_seeds
from core.errors import InputError
from core.experiment import Experiment, to_json

FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """`knobs`: one or two, the last one varying fastest. Raises InputError where they are not two different options, or
    there are too many cells or seeds."""

    experiment: Experiment
    knobs: tuple[Knob, ...]
    seeds: int = 1

    def __post_init__(self) -> None:
        names = [each.name for each in self.knobs]
        if not 1 <= len(names) <= 2 or len(set(names)) < len(names):
            raise InputError("A sweep goes over one option, or over two different ones.")
        if self.count > MOST_CELLS:
            raise InputError(f"The sweep has {self.count} cells, more than {MOST_CELLS}; choose fewer values.")
        over_seeds(self.experiment, self.seeds)

    @property
    def count(self) -> int:
        """How many cells it has."""
        found = 1
        for each in self.knobs:
            found *= len(each.values)
        return found

    def cells(self) -> Iterator[tuple[float, ...]]:
        """The knobs' values of every cell, in the order of the table."""
        return itertools.product(*(each.values for each in self.knobs))

    def settings(self) -> dict[str, Any]:
        """All that decides on its rows, as JSON has it."""
        return {
            "format": FORMAT,
            "over": {each.name: list(each.values) for each in self.knobs},
            "seeds": self.seeds,
            "experiment": msgspec.json.decode(to_json(self.experiment)),
        }


def difference(settings: dict[str, Any], other: dict[str, Any]) -> str:
    """The first thing in which two sweeps differ, in words; "" where they are the same."""
    for name in ("format", "seeds"):
        if settings.get(name) != other.get(name):
            return f"{name} is {other.get(name)} there and {settings.get(name)} here"
    ours, theirs = settings["over"], other.get("over")
    if not isinstance(theirs, dict) or list(theirs) != list(ours):
        return f"it is over {', '.join(theirs) if isinstance(theirs, dict) else 'nothing'}"
    for name, values in ours.items():
        if values != theirs[name]:
            return f"the values of {name} are others"
    ours, theirs = settings["experiment"], other.get("experiment")
    if not isinstance(theirs, dict):
        return "it has no experiment"
    for name in {**ours, **theirs}:
        if ours.get(name) != theirs.get(name):
            return f"{name} is {theirs.get(name)} there and {ours.get(name)} here"
    return ""
