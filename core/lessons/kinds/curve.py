"""Questions for a curve, which is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from core.jobs import Job
from core.lessons.answers import curve_of
from core.lessons.format import Ask
from core.lessons.kinds.base import Kind, Mistake, Where
from core.lessons.language.runs import Runs


class Drawn(Kind):
    """Right where its mean distance from the truth is within the tolerance."""

    name = "draw"

    def wrong(self, ask: Ask) -> Iterator[Mistake]:
        if ask.truth is None or ask.tolerance is None:
            yield (), "a question of the kind draw needs a truth and a tolerance."
        elif ask.curve is None:
            yield (), "a question of the kind draw needs a curve: its variable, first and last."

    def expressions(self, ask: Ask) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        if ask.truth is not None and ask.curve is not None:
            yield ("truth",), ask.truth, (ask.curve.variable,)

    def wrong_in(self, ask: Ask, runs: Runs) -> Job[list[Mistake]]:
        yield from curve_of(ask, runs)
        return []


DRAW = Drawn()
