"""Hand-sized: small, round, right, and everything else as it was."""

from __future__ import annotations

import pytest

from core.analysis.gradcheck import finish
from core.cells import CELLS
from core.choices import Edit
from core.edits.editing import rewound
from core.errors import InputError
from core.exercises.hand_sized import hand_sized, one_decimal
from core.experiment import Experiment, natural
from core.network.structures import STRUCTURES
from core.recorder import record
from core.tasks import TASKS, task_named

CELL = pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)


def possible(task: str, **changes) -> Experiment | None:
    """The task's natural experiment, None where the cell does not take it or a file is missing."""
    try:
        experiment = natural(task, **changes)
        record(experiment)
    except InputError:
        return None
    return experiment


def numbers(experiment: Experiment) -> list[float]:
    trace = record(experiment)
    arrays = [
        trace.data.x,
        *(a for name, a in trace.parameters.items() if trace.scan.cell.learned or "out" not in name),
    ]
    return [float(value) for array in arrays for value in array.ravel()]


@CELL
def test_every_cell_becomes_one_unit_three_steps_and_numbers_of_one_decimal(cell):
    """On every task that it takes, and its gradients are right and not all 0."""
    seen = 0
    for task in TASKS:
        experiment = possible(task.name, cell=cell.name)
        if experiment is None:
            continue
        small = hand_sized(experiment)
        seen += 1
        assert small.hidden == 1 and small.steps == 3
        assert small.batch == (3 if cell.couples_samples else 1)
        assert all(value == round(value, 1) for value in numbers(small)), task.name
        assert (small.task, small.cell, small.data_seed) == (experiment.task, experiment.cell, experiment.data_seed)
    assert seen >= 1


@CELL
def test_its_gradients_are_right_and_there_are_some(cell):
    experiment = next(filter(None, (possible(t, cell=cell.name) for t in ("last-step", "echo", "next-character"))))
    trace = record(hand_sized(experiment))
    assert finish(trace).passed
    if trace.scan.cell.learned:
        assert any(array.any() for array in trace.exact_parameters.values())


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("more", [{}, {"layers": 2}, {"bidirectional": "sum"}], ids=str)
def test_every_structure_stays_what_it_is(structure, more):
    experiment = possible("echo", structure=structure, **more)
    if experiment is None:
        assert structure == "1-n-feedback" and "bidirectional" in more
        return
    small = hand_sized(experiment)
    assert (small.structure, small.layers, small.bidirectional) == (
        structure,
        experiment.layers,
        more.get("bidirectional"),
    )
    assert finish(record(small)).passed


def test_the_numbers_are_the_seeds_own_rounded_and_rewinding_brings_those_back():
    small = hand_sized(natural("last-step", cell="lstm"))
    seeds, rounded = numbers(rewound(small)), numbers(small)
    assert [one_decimal(value) for value in seeds] == rounded
    assert hand_sized(small) == small


def test_what_was_typed_stays_and_what_is_named_too():
    typed = natural("last-step").with_changes(edits=(Edit("x", (0, 0, 1), 0.25), Edit("x", (9, 0, 0), 0.5)))
    small = hand_sized(typed, keep=("hidden",))
    assert small.hidden == typed.hidden and small.steps == 3
    assert record(small).data.x[0, 0, 1] == 0.25
    assert not any(edit.index[0] == 9 and edit.name == "x" for edit in small.edits)


def test_zero_is_never_made_of_what_is_not_zero():
    assert [one_decimal(value) for value in (0.04, -0.04, 0.0, 0.16, -1.25)] == [0.1, -0.1, 0.0, 0.2, -1.2]


def test_a_unit_that_is_shut_at_every_step_is_opened():
    """The seed's ReLU of one unit is 0 throughout; without the signs of the numbers it is not."""
    small = hand_sized(natural("last-step", cell="relu"))
    trace = record(small)
    assert trace.values["L1", "s"].all() and trace.exact_parameters["L1.W"].any()
    assert (trace.data.y == task_named("last-step").make(small).y).all()


def test_what_one_unit_cannot_have_is_said():
    with pytest.raises(InputError, match="set hidden to 2 or more"):
        hand_sized(natural("last-step", fault="delta-side"))
