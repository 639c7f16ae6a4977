"""The gradient check passes what is right, and nothing that is not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given

from core.cells import cell_named
from core.errors import InputError
from core.experiment import Experiment, natural
from core.gradcheck import TOLERANCE, check, finish
from core.recorder import record
from core.tasks import TASKS
from tests.core.cases import CASE, CELL, experiment_of, refusal
from tests.core.strategies import DRAWN, RELAXED, experiments

SMOOTH = tuple(name for name in DRAWN if not cell_named(name).kinked)


def with_gradient(trace, name, gradient):
    """The same trace claiming another gradient for one parameter."""
    return dataclasses.replace(trace, exact_parameters={**trace.exact_parameters, name: gradient})


@CELL
@CASE
def test_every_cell_passes(cell, case):
    trace = record(experiment_of(cell, case))
    found = finish(trace)
    assert found.finished and found.passed
    assert found.total == sum(array.size for array in trace.parameters.values())
    assert found.worst < TOLERANCE
    assert found.where.partition("[")[0] in trace.parameters
    assert found.kinks == 0 or cell.kinked


@CELL
@pytest.mark.parametrize("task", [task.name for task in TASKS if not task.files])
def test_every_task_passes(cell, task):
    experiment = natural(task, cell=cell.name, hidden=3, ridge=0.5)
    if said := refusal(cell, task):
        with pytest.raises(InputError, match=said):
            record(experiment)
        return
    found = finish(record(experiment))
    assert found.passed, found
    assert found.kinks < found.total / 4


@RELAXED
@given(experiments(SMOOTH))
def test_any_experiment_passes(experiment):
    found = finish(record(experiment))
    assert found.passed, found


def test_clipping_and_truncation_do_not_matter_to_what_is_checked():
    assert finish(record(natural("echo", truncate=2, clip_value=0.01))).passed


@CELL
def test_an_entry_that_is_off_is_found_and_named(cell):
    trace = record(experiment_of(cell))
    for name, exact in trace.exact_parameters.items():
        if name == "out.b" and cell.readout == "ridge" and not cell.learned:
            assert np.abs(exact).max() < 1e-14  # the fit has made it 0, and there is nothing to be off
            continue
        wrong = exact.copy()
        place = np.unravel_index(np.abs(exact).argmax(), exact.shape)
        wrong[place] *= 1 + 1e-4
        found = finish(with_gradient(trace, name, wrong))
        assert not found.passed
        assert found.where == f"{name}[{', '.join(str(int(k)) for k in place)}]"
        assert found.worst == pytest.approx(1e-4, rel=0.1)


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0])
def test_a_wrong_sign_a_missing_gradient_and_a_doubled_one_fail(factor):
    trace = record(Experiment())
    assert not finish(with_gradient(trace, "L1.W", factor * trace.exact_parameters["L1.W"])).passed


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_no_number_fails_for_good(wrong):
    trace = record(Experiment(hidden=2))
    gradient = trace.exact_parameters["L1.U"].copy()
    gradient[0, 0] = wrong
    results = [found for found in check(with_gradient(trace, "L1.U", gradient)) if found.done]
    assert not results[0].passed and not results[-1].passed
    assert results[-1].where == "L1.U[0, 0]"
    assert results[-1].finished


def test_a_run_that_explodes_does_not_pass_and_does_not_warn():
    trace = record(Experiment(cell="identity", steps=250, hidden=2, w_init="identity", w_gain=100.0))
    assert trace.broken is not None
    found = finish(trace)
    assert found.finished and not found.passed


def test_progress_is_told_after_every_entry_and_every_step_on_the_way():
    trace = record(Experiment(hidden=2, steps=3))
    every = list(check(trace))
    results = list(dict.fromkeys(found for found in every if found.done))
    assert len(every) == len(results) * (2 * (trace.steps + 1) + 1)
    assert [each.done for each in results] == list(range(1, len(results) + 1))
    assert {each.total for each in results} == {len(results)}
    assert [each.finished for each in results] == [False] * (len(results) - 1) + [True]
    worst = [each.worst for each in results]
    assert worst == sorted(worst)


def test_the_parameters_are_as_they_were_afterwards():
    trace = record(Experiment(cell="gru", hidden=2))
    before = {name: array.copy() for name, array in trace.parameters.items()}
    finish(trace)
    for name, array in trace.parameters.items():
        assert np.array_equal(array, before[name])
        assert not array.flags.writeable


def test_kinks_of_relu_are_counted_and_left_out():
    """All pre-activations are exactly 0: every entry that moves one of them crosses the kink, V and its bias do not."""
    trace = record(Experiment(cell="relu", steps=4, hidden=3, w_init="identity", w_gain=0.0, u_gain=0.0, bias=0.0))
    assert not trace.values["L1", "h"].any()
    found = finish(trace)
    sizes = {name: array.size for name, array in trace.parameters.items()}
    assert found.kinks == sizes["L1.U"] + sizes["L1.b"]  # W meets s = 0 and moves nothing
    assert found.passed


def test_a_wrong_gradient_beside_kinks_is_still_found():
    trace = record(Experiment(cell="relu", steps=4, hidden=3, w_init="identity", w_gain=0.0, u_gain=0.0, bias=0.0))
    wrong = trace.exact_parameters["out.b"] + 1e-3
    assert not finish(with_gradient(trace, "out.b", wrong)).passed


def test_a_cell_without_a_kink_has_none_counted():
    flat = Experiment(cell="tanh", steps=4, hidden=3, w_gain=0.0, u_gain=0.0, bias=0.0)
    assert finish(record(flat)).kinks == 0


def test_what_a_quotient_cannot_resolve_is_counted_and_not_taken_for_wrong():
    """dW of early steps that vanished lies below what a difference of two losses can tell."""
    trace = record(Experiment(cell="tanh", steps=14, input_scale=1e-6, hidden=3))
    found = finish(trace)
    assert found.passed
    assert 0 < found.unresolved < found.total
    ordinary = finish(record(Experiment(cell="tanh", steps=3, hidden=2)))
    assert ordinary.unresolved < found.unresolved
