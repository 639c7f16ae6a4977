"""What is out of reach, and why: the values that would be refused, and rows of which no other value would be taken."""

from __future__ import annotations

import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from core.experiment import Experiment
from core.rules import refusal
from explorer.words import in_language, reason_alone


def refused_values(experiment: Experiment, field: str) -> dict[Any, str]:
    """Why each other value of a field would be refused beside the experiment's other choices; only those that would.

    Of a field with countable values all of them; of a whole number its neighbours; of what can be off both.
    """
    now = getattr(experiment, field)
    refusals = {value: refusal(experiment, **{field: value}) for value in other_values(field, now)}
    reasons = {value: reason_alone(in_language(each)) for value, each in refusals.items()}
    return {value: reason for value, reason in reasons.items() if reason}


def why_fixed(experiment: Experiment, field: str, refused: dict[Any, str]) -> str:
    """The first reason, where every other value is refused: nothing can be chosen; "" where something can."""
    others = other_values(field, getattr(experiment, field))
    return refused[others[0]] if others and all(value in refused for value in others) else ""


def other_values(field: str, now: Any) -> tuple[Any, ...]:
    """What a field could be instead: each of its countable values, the neighbours of a whole number."""
    whole, values, least, most = _kind(field)
    near = (now - 1, now + 1) if whole and isinstance(now, int) else (least,) if whole else ()
    within = tuple(value for value in near if value is not None and (least or 0) <= value <= (most or value))
    return tuple(value for value in (*values, *within) if value != now)


@cache
def _kind(field: str) -> tuple[bool, tuple[Any, ...], float | None, float | None]:
    """Whether a field has whole numbers, its countable values, and the limits of its numbers."""
    declared = next(each.type for each in msgspec.structs.fields(Experiment) if each.name == field)
    whole, values = False, []
    least: float | None = None
    most: float | None = None
    for kind, limits in _parts(declared):
        if kind is bool:
            values += [False, True]
        elif kind is type(None):
            values.append(None)
        elif get_origin(kind) is Literal:
            values += get_args(kind)
        elif kind is int:
            whole = True
            least = next((each.ge for each in limits if each.ge is not None), None)
            most = next((each.le for each in limits if each.le is not None), None)
    return whole, tuple(values), least, most


def _parts(declared: Any) -> Iterator[tuple[Any, tuple[msgspec.Meta, ...]]]:
    """The types that a declared one is of, each with its limits."""
    if get_origin(declared) in (Union, types.UnionType):
        for each in get_args(declared):
            yield from _parts(each)
    elif hasattr(declared, "__metadata__"):
        yield get_args(declared)[0], tuple(each for each in declared.__metadata__ if isinstance(each, msgspec.Meta))
    else:
        yield declared, ()
