"""What a sweep runs: an experiment, one or two knobs, seeds; its cells in order, and whether two are the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.ensemble.grid import MOST_CELLS, Knob
from core.ensemble.seeds import over_seeds
from core.errors import InputError, quoted
from core.experiment import Experiment, to_json
from core.sentence import Sentence

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
            raise InputError(
                "The sweep has {count} cells, more than {most}; choose fewer values.", count=self.count, most=MOST_CELLS
            )
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
            return _other(name, other.get(name), settings.get(name))
    ours, theirs = settings["over"], other.get("over")
    if not isinstance(theirs, dict) or list(theirs) != list(ours):
        if not isinstance(theirs, dict) or not theirs:
            return Sentence("it is over nothing")
        return Sentence("it is over {names}", names=", ".join(theirs))
    for name, values in ours.items():
        if values != theirs[name]:
            return Sentence("the values of {name} are others", name=name)
    ours, theirs = settings["experiment"], other.get("experiment")
    if not isinstance(theirs, dict):
        return Sentence("it has no experiment")
    for name in {**ours, **theirs}:
        if ours.get(name) != theirs.get(name):
            return _other(name, theirs.get(name), ours.get(name))
    return ""


def _other(name: str, theirs: Any, ours: Any) -> str:
    return Sentence(
        "{name} is {theirs} there and {ours} here", name=name, theirs=quoted(str(theirs)), ours=quoted(str(ours))
    )
