"""Questions: what their truth is in a run, and what is said to an answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.jobs import Job
from core.lessons.format import Ask, Text
from core.lessons.language.nodes import MOST_VALUES
from core.lessons.language.parse import parse
from core.lessons.language.runs import Runs
from core.maths.arrays import Array

SIGN = Text(en="The size is right, and the sign is the other way round.")


@dataclass(frozen=True)
class Graded:
    """Whether an answer is right, and the sentence that answers it, where there is one."""

    right: bool
    say: Text | None = None


def right_options(ask: Ask) -> frozenset[int]:
    """The numbers, from 0, of the options that are right."""
    return frozenset(k for k, option in enumerate(ask.options) if option.right)


def graded_choice(ask: Ask, chosen: Sequence[int]) -> Graded:
    """The options that were chosen or clicked; the sentence is that of the first wrong one. Raises ValueError for one
    that is not there."""
    if any(not 0 <= k < len(ask.options) for k in chosen):
        raise ValueError("there is no such option")
    wrong = [k for k in chosen if not ask.options[k].right]
    if wrong:
        return Graded(False, ask.options[wrong[0]].say)
    right = right_options(ask)
    complete = set(chosen) == right if ask.several else bool(chosen)
    said = ask.options[chosen[0]].say if chosen and not ask.several else None
    return Graded(complete, (said or ask.say) if complete else None)


def grading_number(ask: Ask, answer: float, runs: Runs) -> Job[Graded]:
    """A typed number against the truth in this run; a typical wrong one is recognised by its value, and of any question
    the right one with the other sign."""
    if ask.truth is None or ask.tolerance is None:
        raise ValueError("this question asks for no number")
    truth = yield from parse(ask.truth).number(runs)
    if _near(ask, answer, truth):
        return Graded(True, ask.say)
    apart = []
    for wrong in ask.wrong:
        value = yield from parse(wrong.near).number(runs)
        if _near(ask, answer, value):
            apart.append((abs(answer - value), wrong.say))
    if not apart and _near(ask, -answer, truth):
        return Graded(False, SIGN)
    return Graded(False, min(apart, key=lambda pair: pair[0])[1] if apart else None)


def _near(ask: Ask, answer: float, value: float) -> bool:
    assert ask.tolerance is not None
    allowed = ask.tolerance * (abs(value) if ask.relative else 1.0)
    return math.isfinite(answer) and abs(answer - value) <= allowed * (1 + 1e-12)


def curve_of(ask: Ask, runs: Runs) -> Job[tuple[Array, Array]]:
    """What is to be drawn: the places (n,) and the truth there (n,), in decades where the curve says so."""
    curve = ask.curve
    if curve is None or ask.truth is None:
        raise ValueError("this question asks for no curve")
    first = yield from parse(curve.first).number(runs)
    last = yield from parse(curve.last).number(runs)
    if not (math.isfinite(first) and math.isfinite(last) and first < last and last - first < MOST_VALUES):
        raise InputError(
            "curve: it goes from {first:g} to {last:g}; choose a beginning before the end.", first=first, last=last
        )
    places = np.linspace(first, last, curve.points) if curve.points else np.arange(math.ceil(first), last + 1e-9)
    truth = parse(ask.truth, (curve.variable,))
    values = np.empty(len(places))
    for k, place in enumerate(places):
        values[k] = yield from truth.number(runs, {curve.variable: np.float64(place)})
        yield k / len(places)
    with np.errstate(all="ignore"):
        return places, np.log10(values) if curve.decades else values


def graded_curve(ask: Ask, drawn: Mapping[float, float], places: Array, truth: Array) -> Graded:
    """A drawn curve, by its places, against the truth at `places` (n,): right where the mean distance is up to the
    tolerance."""
    if not drawn or ask.tolerance is None:
        return Graded(False)
    there = sorted(drawn)
    found = np.interp(places, there, [drawn[each] for each in there])
    counted = np.isfinite(truth)
    apart = float(np.abs(found - truth)[counted].mean()) if counted.any() else math.inf
    return Graded(bool(apart <= ask.tolerance), ask.say if apart <= ask.tolerance else None)
