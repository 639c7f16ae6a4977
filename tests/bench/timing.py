"""Ratios that hold on a busy machine: CPU time of this thread, interleaved rounds, medians."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import thread_time
from typing import NamedTuple


class Timed(NamedTuple):
    """`seconds` of one call of each function (medians), and the median over the rounds of its time by the first's."""

    seconds: dict[str, float]
    ratios: dict[str, float]


def interleaved(functions: dict[str, Callable[[], object]], rounds: int = 15, slice_seconds: float = 0.01) -> Timed:
    """Times the functions in turn, round after round, so that whatever slows the machine down slows all of them."""
    calls = {}
    for name, function in functions.items():
        function()  # warm
        start = thread_time()
        function()
        calls[name] = max(1, round(slice_seconds / max(thread_time() - start, 1e-7)))
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = thread_time()
            for _ in range(calls[name]):
                function()
            seconds[name].append((thread_time() - start) / calls[name])
    first = seconds[next(iter(functions))]
    ratios = {name: median(a / b for a, b in zip(times, first, strict=True)) for name, times in seconds.items()}
    return Timed({name: median(times) for name, times in seconds.items()}, ratios)
