"""What the page of many seeds says."""

from __future__ import annotations

import math

from core.ensemble.measures import Measure
from core.ensemble.seeds import quantiles_of
from core.maths.arrays import Array
from explorer.style.numbers import number, plain
from explorer.words import translator

tr = translator("SeedsPanel")


def title_of(measure: Measure) -> str:
    """Its name in a list."""
    name = tr(measure.title)
    return name[:1].upper() + name[1:]


def value_text(value: float) -> str:
    """A number of a run, one that is whole without digits after the point; "none" where it has none."""
    if math.isnan(value):
        return tr("none")
    return plain(value, 0) if value and abs(value) < 1e4 and value == round(value) else number(value)


def quantiles_text(numbers: Array) -> str:
    """ "median 0.29, 5 … 95 %: 0.20 … 0.40"; of those that have a number."""
    low, median, high = (value_text(float(each)) for each in quantiles_of(numbers, (0.05, 0.5, 0.95)))
    return tr("Median {median}, 5 … 95 %: {low} … {high}.").format(median=median, low=low, high=high)


def place_text(own: float, lower: int, higher: int, count: int) -> str:
    """Where the run on show lies."""
    if math.isnan(own):
        return tr("This run has no such number.")
    words = tr("This run: {value}; {lower} of {all} seeds have less, {higher} more.")
    return words.format(value=value_text(own), lower=lower, higher=higher, all=count)


def range_text(low: float, high: float, count: int, apart: str) -> str:
    """The seeds of a bar in words."""
    seeds = tr("{n} seeds") if count != 1 else tr("{n} seed")
    where = apart or (value_text(low) if low == high else f"{value_text(low)} … {value_text(high)}")
    return f"{where}: {seeds.format(n=count)}"
