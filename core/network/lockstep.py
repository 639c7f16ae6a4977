"""Several parts in one loop: what a step of one makes, the next step of another reads."""

from __future__ import annotations

from collections.abc import Iterator

from core.maths.arrays import Array
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction


class Lockstep(Part):
    """Scans over each other and the head on top, run through step t before any of them goes on to t + 1.

    It is needed where an output is fed back: a_{t−1} must be there before the lowest scan can do step t.
    """

    def __init__(self, *members: Part) -> None:
        self.members = members
        self.name = members[0].name

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for member in self.members:
            shapes.update(member.parameter_shapes(widths))
        return shapes

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        loops = [member.begin(run) for member in self.members]

        def step(t: int) -> None:
            for _, member_step in loops:
                member_step(t)

        return loops[0][0], step

    def finish(self, run: ForwardPass) -> None:
        for member in self.members:
            member.finish(run)

    def allocate_back(self, back: BackwardPass) -> None:
        for member in self.members:
            member.allocate_back(back)

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        loops = [member.begin_back(back) for member in reversed(self.members)]

        def step_back(t: int) -> None:
            for _, member_back in loops:
                member_back(t)

        return loops[0][0], step_back

    def finish_back(self, back: BackwardPass) -> None:
        for member in reversed(self.members):
            member.finish_back(back)

    def flush(self, run: ForwardPass, t: int) -> None:
        for member in self.members:
            member.flush(run, t)

    def flush_back(self, back: BackwardPass, t: int) -> None:
        for member in self.members:
            member.flush_back(back, t)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        for member in self.members:
            yield from member.records(run)

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        for member in self.members:
            yield from member.gradients(back)
