"""Memoisation on the object that a result is derived from: worked out once, kept as long as that object lives.

`functools.cache` would keep every trace alive that was ever asked about, and a dictionary with weak keys too, since
what is derived from a trace refers to it. Here the results lie in the object itself, and are collected with it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

_RESULTS = "_results"

Owner = TypeVar("Owner")
P = ParamSpec("P")
Result = TypeVar("Result")


def remember(owner: object, key: Hashable, make: Callable[[], Result]) -> Result:
    """What `make()` gives the first time that `owner` is asked for this key. `owner` may be frozen, but has to have a
    `__dict__`."""
    results: dict[Hashable, Any] = owner.__dict__.setdefault(_RESULTS, {})
    if key not in results:
        results[key] = make()
    return results[key]


def memoised(make: Callable[Concatenate[Owner, P], Result]) -> Callable[Concatenate[Owner, P], Result]:
    """A function whose results are remembered by its first argument; the others, all hashable, are the key."""

    @wraps(make)
    def remembered(owner: Owner, *args: P.args, **named: P.kwargs) -> Result:
        key = (make, args, tuple(sorted(named.items())))
        return remember(owner, key, lambda: make(owner, *args, **named))

    return remembered
