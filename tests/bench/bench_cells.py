"""Every cell and every structure: microseconds a step of `Recorder.record()`, forward and backward, and as ratios.

A cell is held against its own step and step_back in bare loops (`bare.py`): what the engine, its records' handling and
the frozen trace cost beside the cell's mathematics. tanh, LSTM and GRU are held against loops written out in NumPy as
well (`plain.py`). The cells whose read-out alone is fitted run two backward passes, the exact one and the used one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from bare import bare
from plain import PLAIN
from timing import interleaved

from core.cells import CELLS
from core.experiment import Experiment, natural
from core.recorder import Recorder

SHAPES = ((50, 1, 16), (100, 16, 64))
TASKS = {"ngram": "echo"}  # it counts symbols; all others read numbers
STRUCTURES = {
    "one layer": {},
    "two layers": {"layers": 2},
    "bidirectional, sum": {"bidirectional": "sum"},
    "output fed back": {"output_feedback": True},
    "1-n-feedback": {"structure": "1-n-feedback", "task": "sine"},
    "encoder-decoder": {"structure": "encoder-decoder"},
    "attention, dot": {"structure": "attention"},
    "attention, additive": {"structure": "attention", "score": "additive"},
}


def run(rounds: int) -> None:
    """Prints both tables."""
    print("\nEvery cell, recorded: µs a step, × its own step and step_back in a bare loop, × a loop written out")
    print(f"{'':>12}" + "".join(f"{size(*shape):>14} {'bare':>5} {'plain':>5}" for shape in SHAPES))
    for cell in CELLS:
        print(f"{cell.name:>12}" + "".join(_cell(cell.name, shape, rounds) for shape in SHAPES), flush=True)
    print("\nStructures, recorded: µs a step that is read, × one layer (a decoder's as many steps are in it)")
    columns = [f"{cell} {size(*shape)}" for shape in SHAPES for cell in ("tanh", "lstm")]
    print(f"{'':>20}" + "".join(f"{column:>19}" for column in columns))
    found = [_structures(cell, shape, rounds) for shape in SHAPES for cell in ("tanh", "lstm")]
    for name in STRUCTURES:
        print(f"{name:>20}" + "".join(column[name] for column in found), flush=True)


def size(*numbers: int) -> str:
    """T, B, H."""
    return ", ".join(map(str, numbers))


def experiment_of(cell: str, shape: tuple[int, int, int], **changes: object) -> Experiment:
    """A cell on a task that it can read, with a loss at every step."""
    steps, batch, hidden = shape
    every = {} if "structure" in changes else {"loss_at": "every"}
    task = {"task": TASKS.get(cell, "last-step")}
    return natural(**{**task, "cell": cell, "steps": steps, "batch": batch, "hidden": hidden, **every, **changes})


def _cell(cell: str, shape: tuple[int, int, int], rounds: int) -> str:
    recorder = Recorder(experiment_of(cell, shape))
    alone = bare(recorder)
    _same_gradients(alone(), recorder)
    functions: dict[str, Callable[[], object]] = {"engine": recorder.record, "bare": alone}
    if cell in PLAIN:
        names = ("L1.U", "L1.W", "L1.b", "out.V", "out.b")
        arrays = (np.array(recorder.parameters[name]) for name in names)
        functions["plain"] = partial(PLAIN[cell], np.array(recorder.data.x), np.array(recorder.data.y), *arrays)
    timed = interleaved(functions, rounds)
    plain = f"{1 / timed.ratios['plain']:5.2f}" if "plain" in timed.ratios else f"{'–':>5}"
    return f"{timed.seconds['engine'] / shape[0] * 1e6:14.1f} {1 / timed.ratios['bare']:5.2f} {plain}"


def _same_gradients(found: dict[str, np.ndarray], recorder: Recorder) -> None:
    """A bench of something else would prove nothing."""
    for name, exact in recorder.record().exact_parameters.items():
        np.testing.assert_allclose(found[name], exact, rtol=1e-9, atol=1e-12, err_msg=name)


def _structures(cell: str, shape: tuple[int, int, int], rounds: int) -> dict[str, str]:
    recorders = {name: Recorder(experiment_of(cell, shape, **changes)) for name, changes in STRUCTURES.items()}
    timed = interleaved({name: recorder.record for name, recorder in recorders.items()}, rounds)
    return {name: f"{timed.seconds[name] / shape[0] * 1e6:12.1f} {timed.ratios[name]:6.2f}" for name in STRUCTURES}
