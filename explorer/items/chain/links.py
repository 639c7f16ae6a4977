"""The edges of one kind, for all steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from explorer.style.colours import edge_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class LinkPicture:
    """The edges of one kind for all steps: rows by index (0 is the input), `norms` (T,) of the gradient going back.

    `there` (T,) bool: at which steps of the target there is one (None: at all); `lag`: how many steps before the
    target's it begins, negative where it comes from a step after. `recurrent`: it passes on what an earlier step made;
    without it and with a lag it is part of a window over what lies below. `begins`: the step in which all of them begin
    (0: none such); `ends`: that in which all end, `norms` and `there` then count the steps in which they begin.
    """

    source: int
    target: int
    recurrent: bool
    norms: Array
    theme: Theme
    high: float = HIGH
    there: Array | None = None
    lag: int = 0
    begins: int = 0
    ends: int = 0
    names: tuple[str, str] = ("", "")  # of the rows that it goes between where all of them are shown

    @property
    def key(self) -> tuple[int, int, bool, int, int, int]:
        """What tells it from the other links of a scene."""
        return self.source, self.target, self.recurrent, self.lag, self.begins, self.ends

    @property
    def back(self) -> bool:
        """Whether it belongs to a reverse chain."""
        return self.recurrent and self.lag < 0

    @property
    def leans(self) -> bool:
        """Whether it is a slanted line between two rows."""
        return bool(self.lag) and not self.recurrent

    @property
    def single(self) -> bool:
        """Whether it has one edge only."""
        return self.there is not None and int(self.there.sum()) == 1

    @property
    def far(self) -> bool:
        """Whether its edges cross columns."""
        return bool(self.begins or self.ends) or (self.recurrent and abs(self.lag) > 1)

    def origin(self, t: int) -> int:
        """The step that the edge counted at step t comes from."""
        return self.begins or (t if self.ends else t - self.lag)

    def end(self, t: int) -> int:
        """The step that it goes to."""
        return self.ends or t

    @cached_property
    def inks(self) -> Array:
        """(T,) packed: the colours of its edges once the gradient has passed."""
        return edge_colours(self.norms, self.high, self.theme)

    @cached_property
    def decades(self) -> Array:
        """(T,) in 0 … 1 over the fixed decades; −1 where the gradient is exactly 0."""
        return places(self.norms, self.high)


def places(norms: Array, high: float) -> Array:
    """Where norms lie over the fixed decades, 0 … 1; −1 where they are exactly 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        place = (np.log10(norms) - LOW) / (high - LOW)
    place = np.clip(np.nan_to_num(place, nan=1.0, neginf=0.0, posinf=1.0), 0.0, 1.0)
    return np.where(norms == 0.0, -1.0, place)


@dataclass(frozen=True, eq=False)
class ArcPicture:
    """Attention: arcs from the states of what is read to the contexts of what is written, by row. `weights` (T_y, T_x)
    of the sample on view, `norms` (T_y, T_x) of the gradient that goes back along each; the first context stands in the
    column after `written`."""

    source: int
    target: int
    weights: Array
    norms: Array
    written: int
    theme: Theme
    high: float = HIGH

    @cached_property
    def inks(self) -> Array:
        """(T_y, T_x) as a link's."""
        return edge_colours(self.norms, self.high, self.theme)

    @cached_property
    def decades(self) -> Array:
        """(T_y, T_x) as a link's."""
        return places(self.norms, self.high)
