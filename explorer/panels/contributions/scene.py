"""What of the map there is at a position of the playhead: its steps, its rows, how far the forward pass has come."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from core.analysis.contributions import Contributions
from explorer.session.session import Session


class Now(NamedTuple):
    """The live column, the last one that the forward pass has done, and whether the backward pass is under way."""

    live: int
    done: int
    backward: bool


def before(session: Session) -> int:
    """How many columns come before the first step of the scan that is mapped: an encoder's before a decoder's."""
    return session.trace.schedule.offset(session.trace.scan.name)


def now_of(session: Session) -> Now:
    """At the session's position."""
    schedule, name, first = session.trace.schedule, session.trace.scan.name, before(session)
    beats = schedule.forward(name)[first : schedule.lanes[name].last]
    done = first + int(np.searchsorted(beats, session.timeline.forward_done(session.position), side="right"))
    live = session.time.t
    return Now(live, done, session.time.phase == "backward" and live > first)


def rows_done(found: Contributions, at: Now) -> int:
    """How many rows of the map are there, from the bottom: those of the steps that the forward pass has done."""
    return int(np.searchsorted(found.rows, at.done, side="right"))


def shown_row(found: Contributions | None, at: Now) -> int:
    """The row of the one t that is shown, as the map counts them: in the backward pass the playhead's, otherwise the
    last that the forward pass has done; −1 where there is none."""
    if found is None:
        return -1
    row = int(np.searchsorted(found.rows, at.live)) if at.backward else rows_done(found, at) - 1
    return min(row, len(found.rows) - 1)


def stride_of(found: Contributions | None) -> int:
    """How many steps lie between two rows."""
    return int(found.rows[1] - found.rows[0]) if found is not None and len(found.rows) > 1 else 1
