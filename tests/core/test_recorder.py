"""What running any cell promises: the same bits in either way, a frozen trace, the same data for every cell."""

from __future__ import annotations

import numpy as np
import pytest

from core import tasks
from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.recorder import Recorder, record
from tests.core.cases import CASE, CELL, experiment_of, refusal, task_of


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
        assert mapping or (field == "start" and not cell.recurrent_states)
        key = next(iter(mapping), "none")
        with pytest.raises(TypeError):
            mapping[key] = np.zeros(1)
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
    drawn = "L1.U" if cell.reads_input else "out.V"
    counted = cell.readout == "counts"  # what is counted depends on the data alone
    assert np.array_equal(first.parameters[drawn], other.parameters[drawn]) == counted


@CELL
def test_another_cell_sees_the_same_data(cell):
    mine = record(experiment_of(cell))
    reference = record(experiment_of(CELLS[0]).with_changes(task=task_of(cell)))
    for a, b in ((mine.data.x, reference.data.x), (mine.data.y, reference.data.y)):
        assert np.array_equal(a, b)
    v, other = mine.parameters["out.V"], reference.parameters["out.V"]
    if v.shape == other.shape:  # of an autoregression it is as wide as what is fed back
        assert np.array_equal(v, other) == cell.learned
    else:
        assert cell.name == "ar"


@CELL
def test_u_does_not_depend_on_how_w_begins(cell):
    experiment = experiment_of(cell)
    reference = record(experiment).parameters
    for w_init in ("identity", "xavier", "spectral", "normal"):
        parameters = record(experiment.with_changes(w_init=w_init, w_gain=0.3)).parameters
        same = {name for name, array in reference.items() if np.array_equal(parameters[name], array)}
        # A reservoir has a way of its own to begin W; what has no W does not change at all.
        assert set(reference) - same == ({"L1.W"} if "L1.W" in reference and cell.learned else set())


@CELL
@pytest.mark.parametrize("task", ["last-step", "next-character", "sine"])
def test_more_steps_leave_the_earlier_ones_as_they_were(cell, task):
    experiment = experiment_of(cell).with_changes(task=task)
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment)
        return
    short = record(experiment)
    # More data would fit another read-out; with the same parameters the rule holds for such cells, too.
    long = record(experiment.with_changes(steps=9), None if cell.learned else dict(short.parameters))
    assert np.array_equal(short.data.x, long.data.x[: short.steps])
    for key, array in short.values.items():
        assert np.allclose(array, long.values[key][: short.steps], rtol=1e-13, atol=1e-15)


@CELL
@pytest.mark.parametrize("task", [task.name for task in tasks.TASKS if not task.files])
def test_every_cell_runs_every_task_at_the_shortest_and_at_length(cell, task):
    experiment = natural(task, cell=cell.name, steps=50, hidden=2, loss_at="every")
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment)
        return
    for steps in (1, 2, 50):
        trace = record(experiment.with_changes(steps=steps))
        assert trace.steps == steps
        assert trace.broken is None
        assert trace.loss == pytest.approx(float(trace.loss_t.sum()))


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru", "peephole"])
def test_a_run_does_not_depend_on_how_matrices_lie_in_memory(cell):
    experiment = natural("echo", cell=cell, steps=6, batch=3, widths=(6, 1), loss_at="every")
    first = record(experiment)
    turned = {name: np.asfortranarray(array) for name, array in first.parameters.items()}
    again = record(experiment, turned)
    assert again.loss == first.loss
    assert all(np.array_equal(again.exact_parameters[name], array) for name, array in first.exact_parameters.items())
