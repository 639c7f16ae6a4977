"""Every registered cell in every variant, for the tests that run over all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.cells import CELLS
from core.experiment import Experiment, natural
from core.maths.arrays import norms

CELL = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
# Of every cell's own options the other side; those of other cells have no effect on it.
OTHER = {"update": "keeps", "peephole_o": "previous", "leak": 1.0, "periods": (3, 1, 3)}
# Of the activations that a cell can have: numbers on both sides of their kinks.
RELU = {
    "activation": "relu",
    "bias": 0.5,
    "forget_bias": -0.5,
    "update_bias": -1.0,
    "u_gain": 6.0,
    "initial_state": -0.8,
}
HARD = {"gate_activation": "hard-sigmoid", **RELU}
VARIANTS = {
    "plain": {},
    "reset after": {"reset": "after"},
    "other options": OTHER,
    "reset after, other options": {"reset": "after", **OTHER},
    "one sample, one unit": {"batch": 1, "hidden": 1, "periods": (2,)},
    "one step": {"steps": 1},
    "relu, hard sigmoid": HARD,
    "relu, hard sigmoid of Keras 2, reset after": {"gate_activation": "hard-sigmoid-keras2", "reset": "after", **RELU},
}
CASE = pytest.mark.parametrize("case", [*VARIANTS, "frozen"])


def task_of(cell) -> str:
    """A task that the cell reads: a read-out fitted by ridge regression needs squared error."""
    return "echo" if cell.learned or cell.readout != "ridge" else "sine"


SQUARED = ("sine", "adding", "last-step")  # the tasks without files whose loss is squared error
MEASURED = (*SQUARED, "recall", "drawn-digits")  # and those whose inputs are measured numbers


def refusal(cell, task: str) -> str:
    """What the sentence says with which a cell refuses a task (without files); "" where it reads it."""
    if cell.learned:
        return ""
    if cell.readout == "ridge":
        return "" if task in SQUARED else "needs squared error"
    return "counts contexts of symbols" if task in MEASURED else ""


def experiment_of(cell, case: str = "plain") -> Experiment:
    """A small experiment with a biased net, a state to start from and losses at every step; a read-out that is fitted
    leaves an error, so that its gradients are more than rounding."""
    chosen = {"steps": 6, "hidden": 4, "batch": 3, "bias": 0.2, "initial_state": 0.4, "w_gain": 1.1, "ridge": 0.5}
    base = natural(task_of(cell), cell=cell.name, **chosen)
    if case != "frozen":
        return base.with_changes(**VARIANTS[case])
    for k, gate in enumerate(cell.gates):
        base = base.freeze(gate, 0.3 + 0.2 * k)
    return base


def given(trace: Any, t: int) -> dict[str, Any]:
    """What goes into step t (from 0) of L1 for `evaluate`: x, what was carried in, outputs fed back, clocks."""
    carried = trace.scan.cell.recurrent_states
    found = {f"{n}_prev": trace.values["L1", n][t - 1] if t else trace.start["L1", n] for n in carried}
    names = ["x", *(operation.out for operation in trace.scan.cell.graph if operation.kind == "clock")]
    names += ["a_prev"] * (("L1", "a_prev") in trace.values)
    return {**found, **{name: trace.values["L1", name][t] for name in names}}


def ratio(trace: Any, signal: tuple[str, str]) -> float:
    """R(q) = ‖∂L/∂q_1‖ / ‖∂L/∂q_T‖, exact gradients: how much of the last step's gradient reaches the first."""
    size = norms(trace.exact[signal])
    with np.errstate(all="ignore"):
        return float(size[0] / size[-1])
