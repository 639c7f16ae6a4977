"""Recorded BPTT against plain NumPy and PyTorch.

Timed of the engine: `Recorder.record()`, that is both loops with everything recorded, and the frozen trace. The data,
the network and the initial parameters are prepared once, as they are for the others.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType

import numpy as np
from plain import PLAIN
from timing import interleaved
from with_torch import fused, load, loop

from core.experiment import natural
from core.recorder import Recorder

SHAPES = ((24, 1, 4), (50, 1, 16), (50, 16, 32), (100, 16, 64))
CELLS = ("tanh", "lstm", "gru")
GOALS = {("tanh", 50, 1, 16): 15, ("lstm", 50, 1, 16): 8, ("tanh", 100, 16, 64): 4, ("lstm", 100, 16, 64): 1.7}


def run(rounds: int) -> None:
    """Prints one line for every cell and shape: the engine's time, and the others' as multiples of it."""
    torch = load()
    print("\nRecorded BPTT: Recorder.record(), and how many times slower the others are (below 1: faster)")
    if torch is None:
        print("PyTorch is not installed here and is left out; any Python with torch, numpy and msgspec will do:")
        print("  python tests/bench/run.py")
    titles = ("plain NumPy", "PyTorch loop", "fused")
    columns = " ".join(f"{title:>12}" for title in titles)
    print(f"{'T, B, H':>12} {'cell':>5} {'ms':>8} {'µs/step':>8} {columns}  goal")
    for steps, batch, hidden in SHAPES:
        for cell in CELLS:
            _line(torch, cell, steps, batch, hidden, rounds)


def _line(torch: ModuleType | None, cell: str, steps: int, batch: int, hidden: int, rounds: int) -> None:
    experiment = natural("last-step", cell=cell, steps=steps, batch=batch, hidden=hidden, loss_at="every")
    recorder = Recorder(experiment)
    x, y = np.array(recorder.data.x), np.array(recorder.data.y)
    parameters = tuple(np.array(recorder.parameters[name]) for name in ("L1.U", "L1.W", "L1.b", "out.V", "out.b"))
    functions = {"engine": recorder.record, "plain": partial(PLAIN[cell], x, y, *parameters)}
    if torch is not None:
        functions["loop"] = loop(torch, cell, x, y, parameters)
        functions["fused"] = fused(torch, cell, x, y, hidden)
    _same_numbers(functions, recorder)
    timed = interleaved(functions, rounds)
    seconds, ratios = timed.seconds["engine"], timed.ratios
    others = " ".join(f"{ratios[n]:12.2f}" if n in ratios else f"{'–':>12}" for n in ("plain", "loop", "fused"))
    goal = GOALS.get((cell, steps, batch, hidden))
    verdict = "" if goal is None else f"≥ {goal}"
    if goal is not None and "loop" in ratios:
        verdict += " met" if ratios["loop"] >= goal else " MISSED"
    size = f"{steps}, {batch}, {hidden}"
    print(f"{size:>12} {cell:>5} {seconds * 1e3:8.3f} {seconds / steps * 1e6:8.1f} {others}  {verdict}", flush=True)


def _same_numbers(functions: dict, recorder: Recorder) -> None:
    """A bench of something else would prove nothing: all must find the same gradients."""
    exact = recorder.record().exact_parameters
    for name in set(functions) - {"engine", "fused"}:
        for key, found in zip(("L1.U", "L1.W", "L1.b"), functions[name](), strict=True):
            np.testing.assert_allclose(np.asarray(found), exact[key], rtol=1e-9, atol=1e-12, err_msg=f"{name} {key}")
