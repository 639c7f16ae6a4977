"""What running any cell promises: the same bits in either way, a frozen trace, the same data for every cell."""

from __future__ import annotations

import numpy as np
import pytest

from core import tasks
from core.cells import CELLS
from core.experiment import natural
from core.recorder import Recorder, record
from tests.core.cases import CASE, CELL, experiment_of


@CELL
@CASE
def test_step_by_step_gives_the_same_bits_in_the_right_order(cell, case):
    experiment = experiment_of(cell, case)
    recorder = Recorder(experiment)
    with pytest.raises(ValueError, match="not been run"):
        recorder.trace()
    events = list(recorder)
    steps = range(experiment.steps)
    assert [(event.phase, event.t) for event in events] == [
        *(("forward", t) for t in steps),
        ("loss", 0),
        *(("backward", t) for t in reversed(steps)),
        ("accumulate", 0),
    ]
    assert same_bits(recorder.trace(), record(experiment))


def same_bits(a, b) -> bool:
    """Whether two traces hold the same numbers, bit for bit."""
    fields = ("values", "exact", "used", "parameters", "exact_parameters", "used_parameters")
    fields += ("start", "start_gradients")
    return a.loss == b.loss and all(
        getattr(a, field).keys() == getattr(b, field).keys()
        and all(array.tobytes() == getattr(b, field)[key].tobytes() for key, array in getattr(a, field).items())
        for field in fields
    )


@CELL
def test_a_half_run_recorder_can_be_left(cell):
    recorder = Recorder(experiment_of(cell))
    iterator = iter(recorder)
    for _ in range(3):
        next(iterator)
    with pytest.raises(ValueError, match="not been run"):
        recorder.trace()
    assert same_bits(recorder.record(), record(experiment_of(cell)))


@CELL
def test_a_trace_cannot_be_written_to(cell):
    trace = record(experiment_of(cell).with_changes(truncate=2, clip_value=0.01))
    for field in ("values", "exact", "used", "parameters", "exact_parameters", "used_parameters", "start"):
        mapping = getattr(trace, field)
        key = next(iter(mapping))
        with pytest.raises(TypeError):
            mapping[key] = mapping[key]
        for array in mapping.values():
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0.0
            with pytest.raises(ValueError, match="read-only"):
                array[..., :1] = 0.0
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True
    with pytest.raises(AttributeError):
        trace.loss = 0.0
    for array in (trace.data.x, trace.data.y, trace.data.supervised):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@CELL
@CASE
def test_runs_are_deterministic_and_seeds_matter(cell, case):
    experiment = experiment_of(cell, case)
    first = record(experiment)
    assert same_bits(first, record(experiment))
    other = record(experiment.with_changes(weight_seed=12))
    assert np.array_equal(first.data.x, other.data.x)
    assert not np.array_equal(first.parameters["L1.U"], other.parameters["L1.U"])


@CELL
def test_another_cell_sees_the_same_data(cell):
    mine, reference = record(experiment_of(cell)), record(experiment_of(CELLS[0]))
    for a, b in ((mine.data.x, reference.data.x), (mine.data.y, reference.data.y)):
        assert np.array_equal(a, b)
    assert np.array_equal(mine.parameters["out.V"], reference.parameters["out.V"])


@CELL
def test_u_does_not_depend_on_how_w_begins(cell):
    experiment = experiment_of(cell)
    reference = record(experiment).parameters
    for w_init in ("identity", "xavier", "spectral", "normal"):
        parameters = record(experiment.with_changes(w_init=w_init, w_gain=0.3)).parameters
        assert np.array_equal(parameters["L1.U"], reference["L1.U"])
        assert np.array_equal(parameters["out.V"], reference["out.V"])
        assert not np.array_equal(parameters["L1.W"], reference["L1.W"])


@CELL
@pytest.mark.parametrize("task", ["last-step", "next-character", "sine"])
def test_more_steps_leave_the_earlier_ones_as_they_were(cell, task):
    experiment = experiment_of(cell).with_changes(task=task)
    short, long = record(experiment), record(experiment.with_changes(steps=9))
    assert np.array_equal(short.data.x, long.data.x[: short.steps])
    for key, array in short.values.items():
        assert np.allclose(array, long.values[key][: short.steps], rtol=1e-13, atol=1e-15)


@CELL
@pytest.mark.parametrize("task", [task.name for task in tasks.TASKS if not task.files])
def test_every_cell_runs_every_task_at_the_shortest_and_at_length(cell, task):
    for steps in (1, 2, 50):
        trace = record(natural(task, cell=cell.name, steps=steps, hidden=2, loss_at="every"))
        assert trace.steps == steps
        assert trace.broken is None
        assert trace.loss == pytest.approx(float(trace.loss_t.sum()))
