"""Where the playhead stands for one cell: which of its steps, and how far both passes are in it."""

from __future__ import annotations

from typing import NamedTuple

from core.network.schedule import BACK, Schedule
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, Time, Timeline
from core.trace import Trace


class Moment(NamedTuple):
    """Step `t` of the part (from 1, its own data time) in `column`; `forward` and `backward`: the share of its beat in
    that pass that is done, 0…1. `live`: the pass in which this step is under way or just done; "" otherwise."""

    column: int
    t: int
    forward: float
    backward: float
    live: str


def live_column(schedule: Schedule, part: str, time: Time) -> int:
    """The column of the part that a beat of either pass works at; 0 where the beat does nothing in it."""
    lane = schedule.lanes[part]
    if time.phase not in (FORWARD, BACKWARD) or time.sweep not in (None, lane.sweep):
        return 0
    first, last = schedule.sweeps[lane.sweep]
    column = first + last - time.t if lane.way == BACK else time.t
    return column if lane.first <= column <= lane.last else 0


class Whereabouts:
    """The playhead's place in one part, asked for at every frame: the beats of all its steps are looked up once."""

    def __init__(self, trace: Trace, part: str, line: Timeline) -> None:
        self.schedule, self.part, self.line = trace.schedule, part, line
        self.lane = self.schedule.lanes[part]
        self._forward = self.schedule.forward(part).tolist()
        self._backward = self.schedule.backward(part).tolist()

    def at(self, position: float) -> Moment:
        """The step of the beat that is under way: at the loss the part's last in the order of processing, at the
        start, the sum over time and the update its first."""
        time, lane = self.line.at(position), self.lane
        first, last = (lane.last, lane.first) if lane.way == BACK else (lane.first, lane.last)
        column = live_column(self.schedule, self.part, time)
        live = time.phase if column else ""
        if not column and time.phase in (FORWARD, BACKWARD):
            column = min(max(time.t, lane.first), lane.last)
        elif not column:
            column = last if time.phase == LOSS else first
        forward = _share(position, self._forward[column - 1])
        backward = _share(position, self.line.beats + 1 + self._backward[column - 1])
        return Moment(column, column - lane.first + 1, forward, backward, live)


def beat_of(trace: Trace, part: str, line: Timeline, column: int, backward: bool) -> int:
    """The beat at whose end a pass has done the part's step in a column, clamped to its columns."""
    lane = trace.schedule.lanes[part]
    at = min(max(column, lane.first), lane.last) - 1
    if backward:
        return line.beats + 1 + int(trace.schedule.backward(part)[at])
    return int(trace.schedule.forward(part)[at])


def _share(position: float, beat: int) -> float:
    """How much of a beat is done at a position."""
    return min(max(position - (beat - 1), 0.0), 1.0)


def done(share: float, count: int) -> int:
    """How many of `count` operations are done when so much of the beat is."""
    return min(count, int(share * count + 1e-6))
