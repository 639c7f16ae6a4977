"""Questions for a number, which is typed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from core.jobs import Job
from core.lessons.format import Ask
from core.lessons.kinds.base import Kind, Mistake, Where
from core.lessons.language.parse import parse
from core.lessons.language.runs import Runs


class Typed(Kind):
    """Right within a tolerance; typical wrong numbers are recognised."""

    name = "number"

    def wrong(self, ask: Ask) -> Iterator[Mistake]:
        if ask.truth is None or ask.tolerance is None:
            yield (), "a question of the kind number needs a truth and a tolerance."

    def expressions(self, ask: Ask) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        if ask.truth is not None:
            yield ("truth",), ask.truth, ()
        for n, wrong in enumerate(ask.wrong):
            yield ("wrong", n, "near"), wrong.near, ()

    def wrong_in(self, ask: Ask, runs: Runs) -> Job[list[Mistake]]:
        truth = yield from parse(ask.truth or "").number(runs)
        found: list[Mistake] = []
        if not math.isfinite(truth):
            found.append((("truth",), "truth: this is not a finite number."))
        allowed = (ask.tolerance or 0.0) * (abs(truth) if ask.relative else 1.0)
        for n, wrong in enumerate(ask.wrong):
            value = yield from parse(wrong.near).number(runs)
            if abs(value - truth) <= allowed:
                found.append((("wrong", n, "near"), f"near: {value:.3g} is right within the tolerance."))
        return found


NUMBER = Typed()
