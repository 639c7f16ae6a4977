"""Where each part of a network stands in the columns of a picture, and at which beat each of its steps is computed.

One column is one step. A decoder's columns follow its encoder's. The forward pass is a row of sweeps over columns: one
for layers that all run ahead, one for each layer of a bidirectional network (a layer needs both chains of the one below
complete). The backward pass is the same line of beats from its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.maths.arrays import Array
from core.network.declared import EACH, Key, Read, X
from core.network.parts import HEAD, Network

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

    @property
    def before_output(self) -> int:
        """How many columns lie before the first output."""
        return self.offset(HEAD)

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


def _beside(
    reads: Sequence[Read], lanes: Mapping[str, Lane], ways: Mapping[Key, tuple[int, str]], sweep: int, steps: int
) -> Lane:
    """The lane of a part without a loop, step by step beside what it reads: of the data alone all at once, of both
    ways when both have been there, of a chain's own end when that is done."""
    signals = [read.signal for read in reads]
    if all(signal == X for signal in signals):
        return Lane(1, steps, 0, WHOLE)
    beside = next(lanes[signal[0]] for signal in signals if signal[0] in lanes)
    found = {way for _, way in (ways[signal] for signal in signals)}
    way = END if any(read.at != EACH for read in reads) else BOTH if len(found) > 1 else found.pop()
    return Lane(beside.first, beside.last, sweep, way)


def schedule_of(network: Network, read: int, written: int) -> Schedule:
    """The schedule of a network that reads `read` steps and writes `written`."""
    decoded = any(each.decodes for each in network.declared)
    paired = any(each.reverse for each in network.declared)
    columns = read + written if decoded else read
    lanes: dict[str, Lane] = {}
    ways: dict[Key, tuple[int, str]] = {X: (0, AHEAD)}
    after = 0  # the sweep of the decoder
    for declared in network.declared:
        inputs = declared.reads(network.widths)
        reads = [each for several in inputs.values() for each in several]
        made = [ways[each.signal] for each in reads if each.signal in ways]
        sweep = max((sweep for sweep, _ in made), default=0)
        if declared.decodes:
            lane = Lane(read + 1, columns, after, AHEAD)
        elif declared.gathered:
            sweep += any(way in (BOTH, END) for _, way in made)
            after = max(after, sweep + paired)
            lane = Lane(1, read, sweep, BACK if declared.reverse else AHEAD)
        elif declared.once(inputs):
            lane = Lane(read, read, max(0, after - paired), AHEAD)
        else:
            lane = _beside(reads, lanes, ways, sweep, read)
        for signal in map(declared.key, declared.made):
            lanes[signal[0]] = lane
            ways[signal] = lane.sweep, AHEAD if lane.way == WHOLE else lane.way
    count = 1 + max(lane.sweep for lane in lanes.values())
    sweeps = [(1, read)] * count
    if decoded:
        sweeps[-1] = (read + 1, columns) if paired else (1, columns)
    return Schedule(columns, tuple(sweeps), lanes)
