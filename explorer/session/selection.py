"""What a session says of itself: what a refresh is about, what is selected, which runs are pinned."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.documents.document import PinnedRun
from core.trace import Trace

LOSSES = ("ℓ", "L")  # one step's loss and all of it, which the output's node stands for as well


class Change(enum.Flag):
    """What a refresh is about."""

    RUN = enum.auto()  # another trace
    VIEW = enum.auto()  # another way of looking: sample, exact or used, share
    PINS = enum.auto()  # a run was pinned or unpinned
    CONTRIBUTIONS = enum.auto()  # the map of contributions is there
    THEME = enum.auto()
    PLAN = enum.auto()  # another way of training
    ALL = RUN | VIEW | PINS | CONTRIBUTIONS | THEME | PLAN


@dataclass(frozen=True)
class Selection:
    """A node (row, t) or, where `source` is not empty, the edge that comes to it from row `source`.

    `record`: one quantity of the node; "" for the node as a whole. `unit` from 0, or None. `parameter`: one that makes
    the node ("L1.W_f"), with one `entry` of it selected. `reaches`: a later column, to which the node's memory comes.
    """

    row: str
    t: int
    source: str = ""
    recurrent: bool = False
    record: str = ""
    unit: int | None = None
    parameter: str = ""
    entry: tuple[int, ...] = ()
    reaches: int | None = None


@dataclass(frozen=True, eq=False)
class Pin:
    """A run that stays beside the current one, with its numbers."""

    run: PinnedRun
    trace: Trace

    @property
    def label(self) -> str:
        return self.run.label

    @property
    def number(self) -> int:
        """Picks its colour, and stays the same when another run is unpinned."""
        return self.run.number


def shares(trace: Trace) -> tuple[int, ...]:
    """The steps whose share of the loss can be looked at alone: those that the loss looks at, where it is a sum."""
    steps = tuple(int(t) + 1 for t in trace.supervised.nonzero()[0])
    return steps if len(steps) > 1 else ()
