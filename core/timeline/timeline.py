"""The timeline: what happens when, as arithmetic.

A run is a line of beats 0 … 2F + 3: nothing yet (0), F forward beats, the loss (F + 1), F backward beats, the sum over
time, accumulate (2F + 2), and the update of the parameters (2F + 3). For T steps in one sweep F is T: forward
t = 1 … T, backward t = T … 1. A network of several sweeps (a bidirectional one with layers) goes over its columns once
for each. A position on the line is a float: at position p every beat up to p is done, and where p is not whole the next
beat is under way.
"""

from __future__ import annotations

import math
from typing import NamedTuple

START, FORWARD, LOSS = ("start", "forward", "loss")
BACKWARD, ACCUMULATE, UPDATE = ("backward", "accumulate", "update")


class Time(NamedTuple):
    """A place on the line: the beat's phase, its column t from 1 (0 where the phase has none), how much of it is done,
    and its sweep."""

    phase: str
    t: int
    fraction: float = 1.0
    sweep: int | None = None


class Timeline:
    """The line of a run of `steps` columns, in one sweep or in several."""

    def __init__(self, steps: int, sweeps: tuple[tuple[int, int], ...] = ()) -> None:
        self.steps = steps
        self.sweeps = sweeps or ((1, steps),)
        self.beats = sum(last - first + 1 for first, last in self.sweeps)

    def __len__(self) -> int:
        """The number of beats, 2F + 4."""
        return 2 * self.beats + 4

    @property
    def last(self) -> int:
        """The last beat, the update."""
        return len(self) - 1

    @property
    def complete(self) -> int:
        """The beat that completes every gradient, the sum over time: all of the run, and its parameters unchanged."""
        return self.last - 1

    def end_from(self, position: float) -> int:
        """The end that lies ahead: of the gradients, and from there on of the whole line."""
        return self.complete if position < self.complete else self.last

    def beat(self, i: int) -> Time:
        """Beat i. Raises IndexError outside 0 … 2F + 3."""
        beats = self.beats
        if not 0 <= i <= self.last:
            raise IndexError(f"beat {i} is not on a line of {len(self)} beats")
        if i == 0:
            return Time(START, 0)
        if i <= beats:
            return self._column(FORWARD, i)
        if i == beats + 1:
            return Time(LOSS, 0)
        if i <= 2 * beats + 1:
            return self._column(BACKWARD, 2 * beats + 2 - i)
        return Time(ACCUMULATE if i == self.complete else UPDATE, 0)

    def _column(self, phase: str, forward: int) -> Time:
        """The column of forward beat `forward`, from 1; the backward pass comes by the same ones."""
        for sweep, (first, last) in enumerate(self.sweeps):
            if forward <= last - first + 1:
                return Time(phase, first + forward - 1, 1.0, sweep if len(self.sweeps) > 1 else None)
            forward -= last - first + 1
        raise IndexError(forward)

    def _forward(self, phase: str, t: int, sweep: int | None) -> int:
        """The forward beat of column t in a sweep; by default the one after which the phase is done with t."""
        holding = [k for k, (first, last) in enumerate(self.sweeps) if first <= t <= last]
        if sweep is None or sweep not in holding:
            sweep = holding[-1 if phase == FORWARD else 0]
        return sum(last - first + 1 for first, last in self.sweeps[:sweep]) + t - self.sweeps[sweep][0] + 1

    def index(self, phase: str, t: int = 0, sweep: int | None = None) -> int:
        """The beat at which `phase` does column t. Raises ValueError for an unknown phase."""
        beats = self.beats
        match phase:
            case "start":
                return 0
            case "forward":
                return self._forward(phase, t, sweep)
            case "loss":
                return beats + 1
            case "backward":
                return 2 * beats + 2 - self._forward(phase, t, sweep)
            case "accumulate":
                return self.complete
            case "update":
                return self.last
        raise ValueError(f"there is no phase {phase!r}")

    def at(self, position: float) -> Time:
        """The beat that is under way at a position, or just done where the position is whole; clamped to the line."""
        position = min(max(position, 0.0), float(self.last))
        i = math.ceil(position)
        return self.beat(i)._replace(fraction=1.0 - (i - position))

    def position(self, time: Time) -> float:
        """The inverse of `at`; t beyond the run is clamped to it."""
        t = min(max(time.t, 1), self.steps) if time.phase in (FORWARD, BACKWARD) else time.t
        i = self.index(time.phase, t, time.sweep)
        return max(0.0, i - 1.0 + time.fraction) if i else 0.0

    def aligned(self, position: float, other: Timeline, shift: int = 0) -> float:
        """Where this line is while another run's playhead is at a position of `other`: in the same beat of the same
        column, this run's first standing `shift` columns to the right of the other's. Beside columns that it does not
        have it waits; a run of as many sweeps is compared sweep by sweep, one of another number is equally far in the
        pass."""
        time = other.at(position)
        if time.phase not in (FORWARD, BACKWARD):
            return self.position(time)
        if len(self.sweeps) != len(other.sweeps):
            begin, own = (other.beats + 1, self.beats + 1) if time.phase == BACKWARD else (0, 0)
            return own + (position - begin) / other.beats * self.beats
        first, last = self.sweeps[time.sweep or 0]
        t = time.t - shift
        early, fraction = (t < first) == (time.phase == FORWARD), time.fraction
        if not first <= t <= last:
            t, fraction = min(max(t, first), last), 0.0 if early else 1.0
        return self.position(time._replace(t=t, fraction=fraction))

    def spans(self) -> tuple[tuple[str, int, int], ...]:
        """The phases as (phase, first beat, last beat)."""
        beats = self.beats
        return (
            (FORWARD, 1, beats),
            (LOSS, beats + 1, beats + 1),
            (BACKWARD, beats + 2, 2 * beats + 1),
            (ACCUMULATE, self.complete, self.complete),
            (UPDATE, self.last, self.last),
        )

    def forward_done(self, position: float) -> int:
        """How many forward beats are done; of one sweep these are the columns 1 … this."""
        return min(self.beats, int(position))

    def backward_done(self, position: float) -> int:
        """How many backward beats are done."""
        return min(self.beats, max(0, int(position) - self.beats - 1))

    def backward_reached(self, position: float) -> int:
        """The first column that the backward pass has done in its first sweep, the top layer's: t = this … T; T + 1
        where it has done none, 1 where it is beyond that sweep."""
        first, last = self.sweeps[-1]
        reached = last + 1 - self.backward_done(position)
        return reached if reached > first else first if len(self.sweeps) == 1 or reached == first else 1
