"""What happens when, as arithmetic.

A run of T steps is a line of beats 0 … 2T + 2: nothing yet (0), forward t = 1 … T (beats 1 … T), the loss (T + 1),
backward t = T … 1 (T + 2 … 2T + 1), and the sum over time, accumulate (2T + 2). A position on the line is a float: at
position p every beat up to p is done, and where p is not whole the next beat is under way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

START, FORWARD, LOSS, BACKWARD, ACCUMULATE = PHASES = ("start", "forward", "loss", "backward", "accumulate")


class Time(NamedTuple):
    """A place on the line: the beat's phase, its step t from 1 (0 where the phase has none), how much of it is done."""

    phase: str
    t: int
    fraction: float = 1.0


class Timeline:
    """The line of a run of `steps` steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __len__(self) -> int:
        """The number of beats, 2T + 3."""
        return 2 * self.steps + 3

    @property
    def last(self) -> int:
        """The last beat."""
        return len(self) - 1

    def beat(self, i: int) -> Time:
        """Beat i. Raises IndexError outside 0 … 2T + 2."""
        steps = self.steps
        if not 0 <= i <= self.last:
            raise IndexError(f"beat {i} is not on a line of {len(self)} beats")
        if i == 0:
            return Time(START, 0)
        if i <= steps:
            return Time(FORWARD, i)
        if i == steps + 1:
            return Time(LOSS, 0)
        if i <= 2 * steps + 1:
            return Time(BACKWARD, 2 * steps + 2 - i)
        return Time(ACCUMULATE, 0)

    def index(self, phase: str, t: int = 0) -> int:
        """The beat at which `phase` does step t. Raises ValueError for an unknown phase."""
        steps = self.steps
        match phase:
            case "start":
                return 0
            case "forward":
                return t
            case "loss":
                return steps + 1
            case "backward":
                return 2 * steps + 2 - t
            case "accumulate":
                return 2 * steps + 2
        raise ValueError(f"there is no phase {phase!r}")

    def at(self, position: float) -> Time:
        """The beat that is under way at a position, or just done where the position is whole; clamped to the line."""
        position = min(max(position, 0.0), float(self.last))
        i = math.ceil(position)
        phase, t, _ = self.beat(i)
        return Time(phase, t, 1.0 - (i - position))

    def position(self, time: Time) -> float:
        """The inverse of `at`; t beyond the run is clamped to it."""
        t = min(max(time.t, 1), self.steps) if time.phase in (FORWARD, BACKWARD) else time.t
        i = self.index(time.phase, t)
        return max(0.0, i - 1.0 + time.fraction) if i else 0.0

    def spans(self) -> tuple[tuple[str, int, int], ...]:
        """The phases as (phase, first beat, last beat)."""
        steps = self.steps
        return (
            (FORWARD, 1, steps),
            (LOSS, steps + 1, steps + 1),
            (BACKWARD, steps + 2, 2 * steps + 1),
            (ACCUMULATE, 2 * steps + 2, 2 * steps + 2),
        )

    def forward_done(self, position: float) -> int:
        """How many steps the forward pass has done: t = 1 … this."""
        return min(self.steps, int(position))

    def backward_reached(self, position: float) -> int:
        """The first step (from 1) that the backward pass has done: t = this … T; T + 1 where it has done none."""
        return max(1, self.steps + 1 - max(0, int(position) - self.steps - 1))
