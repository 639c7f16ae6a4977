"""Where each part of a network stands in the columns of a picture, and at which beat each of its steps is computed.

One column is one step. A decoder's columns follow its encoder's. The forward pass is a row of sweeps over columns: one
for layers that all run ahead, one for each layer of a bidirectional network (a layer needs both chains of the one below
complete). The backward pass is the same line of beats from its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.maths.arrays import Array
from core.network.head import Head
from core.network.joins import Context, Convolution, Join
from core.network.parts import Key, Network, X
from core.network.scan import Scan
from core.network.sources import FullSequence, LayerBelow

AHEAD, BACK, BOTH, END, WHOLE = "ahead", "back", "both", "end", "whole"


class Lane(NamedTuple):
    """A part's columns `first` … `last` (from 1), the sweep it belongs to, and its direction.

    AHEAD; BACK (a reverse chain); BOTH (a join: where both chains have been); END (when both are done); WHOLE (all
    steps at once, before)."""

    first: int
    last: int
    sweep: int
    way: str


@dataclass(frozen=True)
class Schedule:
    """`sweeps`: the (first, last) columns of each; `lanes` by the part's name."""

    columns: int
    sweeps: tuple[tuple[int, int], ...]
    lanes: Mapping[str, Lane]

    @property
    def beats(self) -> int:
        """The beats of the forward pass; the backward pass has as many."""
        return sum(last - first + 1 for first, last in self.sweeps)

    @property
    def simple(self) -> bool:
        """Whether beat k is column k for every part."""
        return len(self.sweeps) == 1 and all(lane.way == AHEAD for lane in self.lanes.values())

    def offset(self, part: str) -> int:
        """How many columns lie before a part's first step."""
        return self.lanes[part].first - 1

    def _begin(self, sweep: int) -> int:
        return sum(last - first + 1 for first, last in self.sweeps[:sweep])

    def forward(self, part: str) -> Array:
        """The beat (from 1) at which the part's node of each column is computed, (columns,); 0 where it has none."""
        first, last, sweep, way = self.lanes[part]
        start, end = self.sweeps[sweep]
        columns = np.arange(first, last + 1)
        ahead, back = columns - start + 1, end - columns + 1
        within = {
            AHEAD: ahead,
            BACK: back,
            BOTH: np.maximum(ahead, back),
            END: np.full(columns.shape, end - start + 1),
            WHOLE: np.ones(columns.shape, dtype=int),
        }[way]
        beats = np.zeros(self.columns, dtype=int)
        beats[first - 1 : last] = within + (0 if way == WHOLE else self._begin(sweep))
        return beats

    def backward(self, part: str) -> Array:
        """The same for the backward pass: the backward beat (from 1) at which the node's gradient is complete."""
        lane = self.lanes[part]
        forward = self.forward(part)
        if lane.way in (BOTH, END):  # every reader is above, so all of it is there when this sweep begins
            start, end = self.sweeps[lane.sweep]
            forward = np.where(forward > 0, self._begin(lane.sweep) + end - start + 1, 0)
        return np.where(forward > 0, self.beats + 1 - forward, 0)


def schedule_of(network: Network, read: int, written: int) -> Schedule:
    """The schedule of a network that reads `read` steps and writes `written`."""
    members = network.members
    decoded = any(isinstance(part, Scan) and part.decodes for part in members)
    paired = any(isinstance(part, Scan) and part.reverse for part in members)
    columns = read + written if decoded else read
    lanes: dict[str, Lane] = {}
    ways: dict[Key, tuple[int, str]] = {X: (0, AHEAD)}
    after = 0  # the sweep of the decoder
    for part in members:
        if isinstance(part, Scan) and not part.decodes:
            source = part.source
            sweep, way = ways[source.signal] if isinstance(source, FullSequence | LayerBelow) else (0, AHEAD)
            sweep += way in (BOTH, END)
            after = max(after, sweep + paired)
            lanes[part.name] = Lane(1, read, sweep, BACK if part.reverse else AHEAD)
        elif isinstance(part, Scan):
            lanes[part.name] = Lane(read + 1, columns, after, AHEAD)
        elif isinstance(part, Join):
            lanes[part.name] = Lane(1, read, lanes[part.first[0]].sweep, END if part.at_its_end else BOTH)
        elif isinstance(part, Convolution):
            lanes[part.name] = Lane(1, read, 0, WHOLE)
        elif isinstance(part, Context):
            lanes[part.name] = Lane(read, read, max(0, after - paired), AHEAD)
        elif isinstance(part, Head):
            lanes[part.name] = lanes[part.source[0]]
        if part.name in lanes:
            ways[part.name, "s"] = lanes[part.name].sweep, lanes[part.name].way
            if isinstance(part, Convolution):
                ways[part.name, "s"] = 0, AHEAD
    if decoded:
        first = next(part.name for part in members if isinstance(part, Scan) and part.decodes)
        lanes.setdefault("attention", lanes[first])
        lanes.setdefault("context", lanes[first])
    count = 1 + max(lane.sweep for lane in lanes.values())
    sweeps = [(1, read)] * count
    if decoded:
        sweeps[-1] = (read + 1, columns) if paired else (1, columns)
    return Schedule(columns, tuple(sweeps), lanes)
