"""What is computed when someone looks: the gradient check, the map of contributions, and what a run keeps in memory."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np
from timing import interleaved

from core.analysis.contributions import contributions
from core.analysis.gradcheck import check
from core.experiment import natural
from core.network.size import predicted_bytes
from core.recorder import Recorder, record

CELLS = ("tanh", "lstm", "gru")


def run(rounds: int) -> None:
    """Prints the three tables."""
    print("\nGradient check: one entry of a parameter (one complex forward pass), by one recorded run")
    for steps, batch, hidden in ((24, 1, 4), (50, 1, 16)):
        for cell in CELLS:
            _check(_experiment(cell, steps, batch, hidden), rounds)
    print("\nMap of contributions, all t and k (128 rows at most), by one recorded run")
    for steps, hidden in ((24, 4), (50, 16), (200, 16), (1000, 16)):
        for cell in CELLS:
            _map(_experiment(cell, steps, 1, hidden), max(3, rounds // 5))
    print("\nMemory of a recorded run by its predicted bytes (goals: kept ≤ 1.05 × + 16 KB, peak ≤ 1.6 ×)")
    for steps, batch, hidden in ((50, 1, 16), (100, 16, 64), (1000, 1, 32)):
        for cell in CELLS:
            _memory(_experiment(cell, steps, batch, hidden))


def _experiment(cell: str, steps: int, batch: int, hidden: int):
    return natural("last-step", cell=cell, steps=steps, batch=batch, hidden=hidden, loss_at="every")


def _check(experiment, rounds: int) -> None:
    recorder = Recorder(experiment)
    trace = recorder.record()
    total = sum(np.size(array) for array in trace.parameters.values())
    entries = min(total, 20)
    timed = interleaved({"run": recorder.record, "check": lambda: _entries(trace, entries)}, rounds)
    one, ratio = timed.seconds["check"] / entries, timed.ratios["check"] / entries
    shape = f"{experiment.steps}, {experiment.batch}, {experiment.hidden}"
    print(f"  {shape:>10} {experiment.cell:>5} {one * 1e6:7.0f} µs {ratio:5.2f} ×, all {total} in {one * total:.2f} s")


def _entries(trace, entries: int) -> None:
    """Checks that many entries; the check yields more often than once an entry."""
    next(found for found in check(trace) if found.done == entries)


def _map(experiment, rounds: int) -> None:
    recorder = Recorder(experiment)
    trace = recorder.record()
    timed = interleaved({"run": recorder.record, "map": lambda: list(contributions(trace))}, rounds)
    size = f"{experiment.steps}, 1, {experiment.hidden}"
    print(f"  {size:>11} {experiment.cell:>5} {timed.seconds['map'] * 1e3:9.2f} ms {timed.ratios['map']:7.1f} ×")


def _memory(experiment) -> None:
    # What is imported or cached once is not the run's.
    predicted = predicted_bytes(experiment, record(experiment).network)
    gc.collect()
    tracemalloc.start()
    trace = record(experiment)
    gc.collect()
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    shape = f"{experiment.steps}, {experiment.batch}, {experiment.hidden}"
    extra = (kept - 1.05 * predicted) / 1024
    print(
        f"  {shape:>11} {experiment.cell:>5} predicted {predicted / 1024:8.0f} KB, kept {kept / predicted:5.2f} × "
        f"(1.05 × and {extra:.0f} KB), its arrays {trace.nbytes() / predicted:5.2f} ×, peak {peak / predicted:5.2f} ×"
    )
