"""The edges of one kind, for all steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtGui import QImage

from explorer.style.colours import edge_colours, image, value_colours
from explorer.style.decades import HIGH, LOW
from explorer.style.theme import Theme

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class TilePicture:
    """The matrix `name` on the edges that end in the columns `first` … `last`, whose symbol is `letter` forward and
    `turned` backward; `values` as the book lays it out, coloured on ±`limit`, where it is one matrix."""

    name: str
    first: int
    last: int
    letter: str
    turned: str
    values: Array | None
    limit: float
    theme: Theme

    @cached_property
    def maps(self) -> tuple[QImage, QImage] | None:
        """Forward and backward: the matrix, and its transpose."""
        if self.values is None:
            return None
        colours = value_colours(self.values, self.limit, self.theme)
        return image(colours), image(colours.T)


class Inked:
    """Edges in the ink of the gradient that goes back by them: `norms` (n,), up to 10^`high`."""

    norms: Array
    high: float
    theme: Theme

    @cached_property
    def inks(self) -> Array:
        """(n,) packed: the colours of the edges once the gradient has passed."""
        return edge_colours(self.norms, self.high, self.theme)

    @cached_property
    def decades(self) -> Array:
        """(n,) in 0 … 1 over the fixed decades; −1 where the gradient is exactly 0."""
        return places(self.norms, self.high)


@dataclass(frozen=True, eq=False)
class LinkPicture(Inked):
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
    tiles: tuple[TilePicture, ...] = ()  # the matrices on its edges
    factors: Array | None = None  # (T,) what the gradient's norm is multiplied by on its way back; NaN: not said

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

    @property
    def labelled(self) -> bool:
        """Whether something stands on its edges."""
        return bool(self.tiles) or self.factors is not None

    def tile(self, t: int) -> TilePicture | None:
        """The matrix on the edge into step t."""
        return next((each for each in self.tiles if each.first <= t <= each.last), None)

    def origin(self, t: int) -> int:
        """The step that the edge counted at step t comes from."""
        return self.begins or (t if self.ends else t - self.lag)

    def end(self, t: int) -> int:
        """The step that it goes to."""
        return self.ends or t


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
