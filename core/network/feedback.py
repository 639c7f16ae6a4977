"""Outputs of earlier steps that are read again, as input or beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.cells import cell_named
from core.choices import DECODED, Choices
from core.maths.arrays import Array
from core.network.declared import FIRST, TARGETS, Read
from core.network.gathered import Component, Concatenated
from core.network.parts import OUTPUT, BackwardPass, ForwardPass, Key
from core.network.sources import Reader
from core.options import Option


def feeds_back(choices: Choices) -> bool:
    """Whether outputs of earlier steps are read."""
    structure = choices.structure in (*DECODED, "1-n-feedback")
    return structure or choices.output_feedback or cell_named(choices.cell).fed


def _can_feed_back(choices: Choices) -> bool:
    """Whether outputs can be fed back to the cell where nothing else feeds them back."""
    return not feeds_back(choices) and cell_named(choices.cell).readout != "counts"


TEACHER_FORCING = Option(
    "teacher_forcing",
    bool,
    False,
    "Teacher forcing",
    "What is fed back is the target, not the output: no gradient goes through it.",
    after="output_feedback",
    applies=feeds_back,
    why="No output is fed back here.",
)
OUTPUT_FEEDBACK = Option(
    "output_feedback",
    bool,
    False,
    "Output fed back",
    "Each step also reads the previous output, through {F}.",
    makes=("parameters",),
    applies=lambda choices: choices.output_feedback or _can_feed_back(choices),
    why="This cell or this structure decides already what is fed back.",
)


class PreviousOutput(Component):
    """The output of an earlier step, a_{t−lag} (or its target, where `teacher`: no gradient goes through that).

    At t = lag there is none: `first` is the signal whose first step is read instead; nothing (0) where it is None, and
    at all steps before. Several of them with lags 1, 2 … are a window of what has been read: with a first x
    x_1, a_1, a_2 …, as a window of an input is (`FullSequence`).
    """

    options = (TEACHER_FORCING, OUTPUT_FEEDBACK)

    def __init__(self, outputs: int, teacher: bool, first: Key | None = None, lag: int = 1) -> None:
        self.outputs, self.teacher, self.first, self.lag = outputs, teacher, first, lag

    def width(self, widths: dict[Key, int]) -> int:
        return self.outputs

    def reads(self, scan: Reader, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        again = Read(TARGETS if self.teacher else OUTPUT, self.lag)
        return (again,) if self.first is None else (again, Read(self.first, at=FIRST, only=self.lag))

    def fill(self, run: ForwardPass, scan: Reader, t: int, x: Array) -> None:
        if t >= self.lag:
            x[...] = run.data.y[t - self.lag] if self.teacher else run.a[t - self.lag]
        elif t == self.lag - 1 and self.first is not None:
            x[...] = run.signals[self.first][0]

    def take_back(self, back: BackwardPass, scan: Reader, t: int, dx: Array) -> None:
        if t < self.lag or self.teacher:
            return
        within = back.records[scan.name].window_starts[t] <= t - self.lag  # not across a cut
        back.signals[OUTPUT][t - self.lag] += np.where(within[:, None], dx, 0.0)


def fed_back(outputs: int, taps: int, teacher: bool, first: Key | None = None) -> Concatenated:
    """a_{t−1} … a_{t−taps} side by side, 0 before the first: as a scan's input, or read beside it through weights F of
    their own (Jordan 1986; Jaeger 2001 calls these back projections). `first`: see `PreviousOutput`."""
    return Concatenated(*(PreviousOutput(outputs, teacher, first, lag) for lag in range(1, taps + 1)))
