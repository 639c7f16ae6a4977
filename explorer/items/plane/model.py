"""What a picture of the plane shows, as arrays and texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.style.decades import LOW

# What stands before a line of the notes.
PATH, ARROWS, FIELD, LINES, PLAIN = "path", "arrows", "field", "lines", ""
STABLE, SADDLE, UNSTABLE, NEUTRAL = POINTS = ("stable", "saddle", "unstable", "neutral")
STUB = 0.06  # of the longest arrow: what one at the lowest decade or below still has, so that it has a direction


@dataclass(frozen=True, eq=False)
class Field:
    """Where arrows begin and how far one step takes each point, (N, 2) both. `share`: of that, how much is drawn."""

    places: NDArray
    moves: NDArray
    share: float


@dataclass(frozen=True)
class Dot:
    """A fixed point at `place`, one of POINTS."""

    place: tuple[float, float]
    kind: str


@dataclass(frozen=True)
class Ray:
    """A line through the origin along `vector`, with its label."""

    vector: tuple[float, float]
    label: str


@dataclass(frozen=True)
class Note:
    """One line beside or below the picture: a sign, one of those above, and a text."""

    sign: str
    text: str


@dataclass(frozen=True, eq=False)
class Plane:
    """`path` (T, 2) in the order of processing, `start` (2,) what it begins with; `gradients` (T, 2) at the same steps,
    `underflow` (T,) bool where a 0 was too small to be kept. `names` (T + 1,): of the start, then of each step.
    `middle` and `half`: of the square that is in sight, half its side. `high`: the upper decade."""

    path: NDArray
    start: NDArray
    gradients: NDArray
    underflow: NDArray
    names: tuple[str, ...]
    axes: tuple[str, str]
    middle: tuple[float, float]
    half: float
    high: float
    field: Field | None = None
    dots: tuple[Dot, ...] = ()
    rays: tuple[Ray, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def steps(self) -> int:
        return len(self.path)

    def lengths(self) -> NDArray:
        """Of the arrows, (T,), as shares of the longest: by the decade of the norm from 10^LOW to 10^high; 0 where the
        gradient is exactly 0 or not finite."""
        with np.errstate(all="ignore"):
            size = np.hypot(self.gradients[:, 0], self.gradients[:, 1])
            share = np.clip((np.log10(size) - LOW) / (self.high - LOW), STUB, 1.0)
            return np.where(np.isfinite(size) & (size > 0), share, 0.0)


def spread(places: NDArray, moves: NDArray, gap: float) -> Field:
    """A field of which as much is drawn as fits between two arrows that are `gap` apart, at most all of it."""
    good = np.isfinite(moves).all(axis=1)
    longest = float(np.hypot(*moves[good].T).max(initial=0.0))
    share = min(1.0, gap / longest) if longest > 0 else 1.0
    return Field(places[good], moves[good], share)
