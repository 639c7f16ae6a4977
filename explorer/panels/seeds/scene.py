"""From the runs over many seeds to the bars of a histogram."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.ensemble.histogram import Histogram, histogram
from core.ensemble.measures import Measure
from core.maths.arrays import Array
from explorer.items.plots.histogram import Bar, Mark
from explorer.panels.seeds.words import tr, value_text
from explorer.session.session import Session


@dataclass(frozen=True, eq=False)
class Spread:
    """One measure over the seeds. `numbers` (N,): of every seed; `members`: of each bar the places of its seeds; `own`:
    the number of the run on show."""

    measure: Measure
    numbers: Array
    own: float
    bars: tuple[Bar, ...]
    members: tuple[tuple[int, ...], ...]
    histogram: Histogram
    before: int  # bars before the first of the histogram's own

    @property
    def ends(self) -> tuple[str, str]:
        """The numbers at the ends of the axis; of one bar alone the number itself."""
        edges, numbers = self.histogram.edges, self.numbers
        finite = numbers[np.isfinite(numbers) & ((numbers != 0.0) | (not self.histogram.zero))]
        if not finite.size:
            return "", ""
        if len(edges) == 2:
            return value_text(float(finite[0])), ""
        return value_text(float(finite.min())), value_text(float(finite.max()))

    @property
    def mark(self) -> Mark | None:
        """Where the run on show lies; None where it has no number, or no seed has one near."""
        own, found = self.own, self.histogram
        bar = found.bar_of(own)
        text = tr("this run {value}").format(value=value_text(own))
        if bar is not None:
            low, high = float(found.edges[bar]), float(found.edges[bar + 1])
            if found.decades:
                low, high, value = math.log(low), math.log(high), math.log(own)
            else:
                value = own
            return Mark(bar + self.before, (value - low) / (high - low), text)
        beyond = {-math.inf: found.below, math.inf: found.above, 0.0: found.zero}.get(own, ())
        return Mark(self.members.index(beyond), 0.5, text) if beyond else None


def spread_of(session: Session, measure: Measure) -> Spread | None:
    """None where no seeds have been run."""
    found = session.seeds.ensemble
    if found is None:
        return None
    numbers = found.of(measure)
    made = histogram(numbers)
    left = [(text, places) for text, places in (("−∞", made.below), ("0", made.zero)) if places]
    right = [(text, places) for text, places in (("∞", made.above), (tr("none"), made.none)) if places]
    marked = [*left, *(("", places) for places in made.bars), *right]
    bars = tuple(Bar(len(places), text, apart=bool(text)) for text, places in marked)
    members, own = tuple(places for _, places in marked), measure.of(session.seeds.here)
    return Spread(measure, numbers, own, bars, members, made, len(left))
