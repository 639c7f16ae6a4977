"""Every registered cell in every variant, for the tests that run over all of them."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.experiment import Experiment, natural

CELL = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
VARIANTS = {
    "plain": {},
    "reset after": {"reset": "after"},
    "one sample, one unit": {"batch": 1, "hidden": 1},
    "one step": {"steps": 1},
}
CASE = pytest.mark.parametrize("case", [*VARIANTS, "frozen"])


def experiment_of(cell, case: str = "plain") -> Experiment:
    """A small experiment with a biased net, a state to start from and losses at every step."""
    base = natural("echo", cell=cell.name, steps=6, hidden=4, batch=3, bias=0.2, initial_state=0.4, w_gain=1.1)
    if case != "frozen":
        return base.with_changes(**VARIANTS[case])
    for k, gate in enumerate(cell.gates):
        base = base.freeze(gate, 0.3 + 0.2 * k)
    return base
