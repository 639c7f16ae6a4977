"""A training uses its arrays again, with the same numbers as without, and shares them with nothing that is kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from core import bptt
from core.cells import CELLS, cell_named
from core.experiment import Experiment, natural
from core.jobs import finished
from core.maths.arrays import Array
from core.network.parts import BackwardPass, ForwardPass
from core.network.workspace import in_rows
from core.recorder import record
from core.tasks.dataset import Batches
from core.training.optimizers import SGD
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.training import Training

REUSABLE = [cell.name for cell in CELLS if cell.reusable]
WAYS = {
    "one layer": {},
    "truncated": {"truncate": 2},
    "both ways": {"bidirectional": "concat"},
    "layers in one loop": {"layers": 2, "output_feedback": True},
    "decoder": {"structure": "encoder-decoder"},
    "attention": {"structure": "attention", "score": "additive"},
    "a fault": {"fault": "bias-forgotten"},
    "no biases": {"biases": False},
    "reset after": {"reset": "after", "update": "keeps"},
    "rectified": {"activation": "relu", "gate_activation": "hard-sigmoid"},
}


def arrays_of(training: Training) -> Iterator[Array]:
    """All arrays of the last update's passes."""
    assert training.run is not None and training.back is not None
    for namespace in (*training.run.records.values(), *training.back.records.values()):
        yield from (array for array in vars(namespace).values() if isinstance(array, np.ndarray))


def spoil(training: Training) -> None:
    """Numbers that would show, wherever the next update did not write its own."""
    assert training.run is not None and training.back is not None
    for kept in (*training.run.kept.values(), *training.back.kept.values()):
        for rows in (getattr(kept.rows, name) for name in kept.rows.__slots__):
            for row in rows if isinstance(rows, list) else ():
                row.fill(np.nan)


def test_cells_reuse_their_arrays():
    assert {"tanh", "lstm", "gru"} <= set(REUSABLE)


@pytest.mark.parametrize("cell", REUSABLE)
@pytest.mark.parametrize("way", WAYS)
def test_a_training_finds_what_passes_with_arrays_of_their_own_find(cell: str, way: str):
    experiment = natural("reverse", cell=cell, hidden=3, batch=5, steps=5, **WAYS[way])
    if way == "rectified" and cell_named(cell).gates:
        experiment = experiment.freeze(cell_named(cell).gates[0], 0.5)
    batches = Batches(experiment, 5)
    training = Training(experiment, SGD(0.5), batches=batches)
    for k in range(3):
        run = ForwardPass(training.network, dict(training.parameters), batches(k), recorded=False)
        deque(bptt.forward(training.network, run), maxlen=0)
        back = BackwardPass(run, window=experiment.truncate, hook=training._hook)
        deque(bptt.backward(training.network, back), maxlen=0)
        alone = {name: array.copy() for name, array in back.parameters.items()}
        training.update()
        assert training.run is not None and training.back is not None
        assert training.run.loss == run.loss and bool(training.run.kept)
        for name, gradient in training.back.parameters.items():
            np.testing.assert_array_equal(gradient, alone[name], err_msg=name)
        spoil(training)


@pytest.mark.parametrize("cell", REUSABLE)
def test_its_arrays_are_used_again_until_the_length_changes(cell: str):
    short, long = (Batches(Experiment(cell=cell, steps=steps, batch=2), 2) for steps in (4, 6))
    training = Training(
        Experiment(cell=cell, steps=4, batch=2), SGD(), batches=lambda k: (long if k == 2 else short)(k)
    )
    seen = []
    for _ in range(3):
        training.update()
        assert training.run is not None and training.back is not None
        seen.append((training.run.records["L1"].s, training.back.records["L1"].s))
    assert [len(forward) for forward, _ in seen] == [4, 4, 6]
    for which in (0, 1):
        assert np.shares_memory(seen[0][which], seen[1][which])
        assert not np.shares_memory(seen[0][which], seen[2][which])


@pytest.mark.parametrize("cell", REUSABLE)
def test_nothing_is_shared_between_trainings_a_branch_and_the_runs_that_are_shown(cell: str):
    experiment = Experiment(cell=cell, steps=5, hidden=3, batch=2)
    first, second = (TrainingRun(experiment, Plan(length=3)) for _ in range(2))
    for run in (first, second):
        deque(run.steps(), maxlen=0)
    branch = finished(first.branching(2, Plan(length=4)))
    deque(branch.steps(), maxlen=0)
    shown = record(experiment, first.parameters)
    recorded = [*shown.values.values(), *shown.exact.values(), *shown.parameters.values()]
    recorded += [array for array in vars(shown.run.records["L1"]).values() if isinstance(array, np.ndarray)]
    before = [array.copy() for array in recorded]
    for one, other in combinations([*(list(arrays_of(run.training)) for run in (first, second, branch)), recorded], 2):
        assert not any(np.shares_memory(a, b) for a in one for b in other)
    for run in (first, second, branch):
        run.training.update()
    for array, copied in zip(recorded, before, strict=True):
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, copied)
    assert shown.run.workspace is None and not shown.run.kept


def test_what_is_written_into_a_row_is_in_the_array():
    records = SimpleNamespace(s=np.zeros((3, 2, 2)), room=np.zeros((2, 2)))
    rows = in_rows(records)
    rows.s[1].fill(4.0)
    assert records.s[1].tolist() == [[4.0, 4.0], [4.0, 4.0]] and not records.s[0].any()
    assert rows.room is records.room
