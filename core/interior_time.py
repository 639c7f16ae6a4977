"""Where the playhead stands for one cell: which of its steps, and how far the two passes have come in it."""

from __future__ import annotations

from typing import NamedTuple

from core.schedule import BACK
from core.timeline import ACCUMULATE, BACKWARD, FORWARD, START, Timeline
from core.trace import Trace


class Moment(NamedTuple):
    """Step `t` of the part (from 1, its own data time) in `column`; `forward` and `backward`: the share of its beat in
    that pass that is done, 0…1. `live`: the pass in which this step is under way or just done; "" otherwise."""

    column: int
    t: int
    forward: float
    backward: float
    live: str


def moment(trace: Trace, part: str, line: Timeline, position: float) -> Moment:
    """The step of the beat that is under way: at the loss the part's last in the order of processing, at the sum over
    time and at the start its first."""
    time, lane = line.at(position), trace.schedule.lanes[part]
    first, last = (lane.last, lane.first) if lane.way == BACK else (lane.first, lane.last)
    here = time.sweep is None or time.sweep == lane.sweep
    if time.phase in (FORWARD, BACKWARD):
        start, end = trace.schedule.sweeps[time.sweep or 0]
        column = start + end - time.t if lane.way == BACK and here else time.t
        live = time.phase if here and lane.first <= column <= lane.last else ""
    else:
        column, live = (first if time.phase in (START, ACCUMULATE) else last), ""
    column = min(max(column, lane.first), lane.last)
    forward = _share(position, int(trace.schedule.forward(part)[column - 1]))
    backward = _share(position, line.beats + 1 + int(trace.schedule.backward(part)[column - 1]))
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
