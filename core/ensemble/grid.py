"""A phase diagram: two options on a grid, and what became of the gradient in every cell of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from msgspec import inspect

from core.ensemble.measures import Measure
from core.ensemble.outcomes import Outcome, running
from core.ensemble.seeds import over_seeds, quantiles_of
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.jobs import Job, part
from core.maths.arrays import Array

MOST_CELLS = 100_000
MOST = 1e12  # of a value, either sign


@dataclass(frozen=True)
class Knob:
    """A numeric option of experiments and the values it takes, in the order of the axis."""

    name: str
    values: tuple[float, ...]


def numeric_options() -> tuple[str, ...]:
    """The options of experiments whose values are numbers (or a number and off), in the order of files and lists."""
    return tuple(field.name for field in msgspec.structs.fields(Experiment) if _number_of(field.type) is not None)


def knob(name: str, values: Sequence[float]) -> Knob:
    """A knob. Whole-numbered options round what they are given, and what becomes equal is there once. Raises InputError
    where there is no such option, it takes no number, or there are no values."""
    types = {field.name: field.type for field in msgspec.structs.fields(Experiment)}
    if name not in types or _number_of(types[name]) is None:
        known = ", ".join(numeric_options())
        raise InputError("“{name}” is no option with a number; those are {known}.", name=quoted(name), known=known)
    if not values or not np.isfinite(values).all():
        raise InputError("{name}: give at least one number.", name=name)
    whole = _number_of(types[name]) is int
    rounded = [round(value) if whole else float(value) for value in values]
    return Knob(name, tuple(dict.fromkeys(rounded)))


def evenly(first: float, last: float, count: int, decades: bool = False) -> tuple[float, ...]:
    """`count` values from `first` to `last`, evenly spread, or evenly by their logarithms. The ends are exact."""
    if count < 1 or count > MOST_CELLS:
        raise InputError("{count} values cannot be used; choose from 1 to {most}.", count=count, most=MOST_CELLS)
    if not all(math.isfinite(each) and abs(each) <= MOST for each in (first, last)):
        raise InputError("Values are spread between numbers of at most {most:g}.", most=MOST)
    if decades and (first <= 0 or last <= 0):
        raise InputError("Values spread by decades have to be above 0.")
    if count == 1:
        return (first,)
    spread = np.geomspace(first, last, count) if decades else np.linspace(first, last, count)
    inner = [float(f"{value:.12g}") for value in spread[1:-1]]  # 0.1 + 2·0.1 is 0.3 here
    return (float(first), *inner, float(last))


@dataclass(frozen=True, eq=False)
class Cell:
    """One place of a grid: the knobs' values, and the experiment there with its outcomes over the seeds (the first is
    that of `experiment`), or why there is none."""

    row: int
    column: int
    values: tuple[float, float]
    experiment: Experiment | None
    outcomes: tuple[Outcome, ...] = ()
    refusal: str = ""

    def of(self, measure: Measure) -> float:
        """The median over the seeds; NaN where there is no number."""
        numbers = [measure.of(outcome) for outcome in self.outcomes if not outcome.refusal]
        return float(quantiles_of(np.array(numbers), (0.5,))[0]) if numbers else float("nan")


@dataclass(frozen=True, eq=False)
class Grid:
    """All cells: rows for the values of `down`, columns for those of `across`."""

    across: Knob
    down: Knob
    cells: tuple[Cell, ...]

    def of(self, measure: Measure) -> Array:
        """The numbers as a picture has them, (rows, columns); NaN in cells that are not there yet, or were refused."""
        found = np.full((len(self.down.values), len(self.across.values)), np.nan)
        for cell in self.cells:
            found[cell.row, cell.column] = cell.of(measure)
        return found


def cells_of(experiment: Experiment, across: Knob, down: Knob) -> Iterator[Cell]:
    """The cells of the grid before they are run, row by row; one whose values do not go together has its refusal.
    Raises InputError where both knobs are one option, or the grid is too large."""
    if across.name == down.name:
        raise InputError("{name}: choose two different options.", name=across.name)
    if len(across.values) * len(down.values) > MOST_CELLS:
        raise InputError("The grid has more than {most} cells; choose fewer values.", most=MOST_CELLS)
    for row, second in enumerate(down.values):
        for column, first in enumerate(across.values):
            try:
                changed = experiment.with_changes(**{across.name: first, down.name: second})
            except InputError as error:
                yield Cell(row, column, (first, second), None, refusal=error.sentence)
                continue
            yield Cell(row, column, (first, second), changed)


def phase_diagram(experiment: Experiment, across: Knob, down: Knob, seeds: int = 1) -> Job[Grid]:
    """Runs every cell over `seeds` seeds, cells whose networks differ in numbers alone as one batch; yields how far it
    is. A cell that is refused has its sentence, and the others go on. Raises InputError as `cells_of` does."""
    cells = list(cells_of(experiment, across, down))
    spread: list[Experiment] = []
    places: list[tuple[int, int]] = []
    for cell in cells:
        start = len(spread)
        if cell.experiment is not None:
            spread += over_seeds(cell.experiment, seeds)
        places.append((start, len(spread)))
        yield 0.05 * len(places) / len(cells)
    found = (yield from part(running(spread), 0.05, 1.0)).each if spread else ()
    done = []
    for cell, (start, end) in zip(cells, places, strict=True):
        outcomes = found[start:end]
        refusal = cell.refusal or next((each.refusal for each in outcomes if each.refusal), "")
        done.append(Cell(cell.row, cell.column, cell.values, cell.experiment, tuple(outcomes), refusal))
    return Grid(across, down, tuple(done))


def _number_of(kind: Any) -> type | None:
    """int or float where an option's type is that, with or without limits, or that and off; else None."""
    info = inspect.type_info(kind)
    found = info.types if isinstance(info, inspect.UnionType) else (info,)
    kinds = {type(each) for each in found} - {inspect.NoneType}
    if kinds == {inspect.IntType}:
        return int
    return float if kinds == {inspect.FloatType} else None
