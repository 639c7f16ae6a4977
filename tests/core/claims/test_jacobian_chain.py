"""The product between two steps: against the recorded gradients, autograd, and random settings for its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.contributions import no_contributions, onward, separate_memory, state_jacobian_between
from core.cells import CELLS
from core.claims.jacobian_chain import chain_factor, first_column, jacobian_chain, no_chain
from core.claims.step_back import only_way
from core.experiment import Experiment, natural
from core.recorder import record
from tests.core.cases import CELL, experiment_of
from tests.core.oracle import derivatives as oracle
from tests.core.structured import STRUCTURE, trace_of

SLACK = 1e-9  # decades: rounding


def pairs(trace):
    first, last = trace.schedule.lanes[trace.scan.name][:2]
    yield from ((t, k) for t in range(first + 1, last + 1) for k in range(first, t))


def check_chain(trace, t, k, sample=0, total=True):
    """The matrix is the one that the map of contributions has; the bounds hold, one after the other."""
    found = jacobian_chain(trace, t, k, sample, total)
    other = state_jacobian_between(trace, t, k, sample, total)
    assert other is not None
    np.testing.assert_allclose(found.matrix * 10.0**found.exponent, other.matrix, rtol=1e-7, atol=1e-12 * other.norm)
    if other.norm > 0.0:
        assert 10.0**found.norm == pytest.approx(other.norm, rel=1e-7)
    arriving = np.log10(found.arriving) if found.arriving > 0 else -np.inf
    assert found.passed <= arriving + found.norm + SLACK
    assert found.product is not None and found.norm <= found.product + SLACK
    own = np.linalg.norm(onward(trace, trace.scan, k - first_column(trace) + 1, sample, total), 2)
    sizes = [np.linalg.norm(chain_factor(trace, column, sample), 2) for column in range(k + 1, t + 1)]
    with np.errstate(divide="ignore"):
        assert found.product == pytest.approx(float(np.log10(sizes).sum() + np.log10(own)), abs=1e-7)
    assert found.largest is not None and (found.smallest <= found.largest).all()
    assert (found.bound is None) == (only_way(trace.scan.cell) is None or trace.data.present is not None)
    if found.bound is not None:
        assert found.first == 1.0 and found.product <= found.bound.decades + SLACK
    return found


@CELL
def test_the_bounds_hold_for_every_cell(cell):
    trace = record(experiment_of(cell))
    if no_chain(trace):
        with pytest.raises(ValueError, match="no product"):
            jacobian_chain(trace, 2, 1)
        return
    for total in (True, False) if separate_memory(trace.scan.cell) else (True,):
        for t, k in pairs(trace):
            for sample in range(3):
                check_chain(trace, t, k, sample, total)


@STRUCTURE
def test_the_bounds_hold_in_every_structure_or_there_is_a_reason(name):
    trace = trace_of(name)
    assert bool(no_chain(trace)) == bool(no_contributions(trace))
    for t, k in () if no_chain(trace) else pairs(trace):
        check_chain(trace, t, k, 1)


@settings(max_examples=60)
@given(
    cell=st.sampled_from([cell.name for cell in CELLS if cell.recurrent_states and cell.learned]),
    steps=st.integers(2, 30),
    hidden=st.integers(1, 9),
    gain=st.floats(0.05, 3.0),
    scale=st.floats(0.1, 3.0),
    seed=st.integers(0, 1000),
)
def test_the_bounds_hold_for_random_experiments(cell, steps, hidden, gain, scale, seed):
    try:
        experiment = natural("last-step", cell=cell, steps=steps, hidden=hidden, w_gain=gain, input_scale=scale)
        trace = record(experiment.with_changes(weight_seed=seed))
    except ValueError:  # a clockwork whose periods do not fit
        return
    if not no_chain(trace):
        check_chain(trace, steps, 1)
        check_chain(trace, max(2, steps // 2), 1)


@pytest.mark.parametrize("cell", ["tanh", "relu", "lstm", "gru", "leaky", "clockwork"])
def test_with_one_loss_at_the_end_all_of_the_gradient_comes_this_way(cell):
    trace = record(natural("last-step", cell=cell, steps=9, hidden=4))
    truth = oracle.of_trace(trace)
    memory = trace.scan.cell.memory
    for k in range(1, 9):
        found = jacobian_chain(trace, 9, k)
        back = truth.gradients["L1", memory][8, 0] @ (found.matrix * 10.0**found.exponent).T
        if memory == "s":  # of a memory beside a state, what the state hands on apart comes on top
            np.testing.assert_allclose(back, truth.gradients["L1", memory][k - 1, 0], rtol=1e-7, atol=1e-14)
            assert found.whole
        assert 10.0**found.passed == pytest.approx(np.linalg.norm(back), rel=1e-7)


def test_with_losses_between_it_is_a_part_of_the_gradient():
    trace = record(natural("echo", steps=8))
    assert not jacobian_chain(trace, 8, 1).whole


def test_every_factor_of_an_elman_cell_is_w_and_the_slope():
    trace = record(Experiment(steps=6))
    w = trace.parameters["L1.W"]
    for t in range(2, 7):
        slope = 1.0 - trace.values["L1", "s"][t - 1, 0] ** 2
        np.testing.assert_allclose(chain_factor(trace, t), w * slope, rtol=1e-12)
    found = jacobian_chain(trace, 6, 1)
    assert found.bound is not None and found.bound.largest == pytest.approx(0.8)
    assert found.bound.slope == pytest.approx(float((1.0 - trace.values["L1", "s"][1:] ** 2).max()))


def test_what_is_too_small_for_a_number_still_has_its_decade():
    trace = record(Experiment(steps=400, w_gain=0.01))
    found = jacobian_chain(trace, 400, 1)
    assert found.norm < -700 and np.isfinite(found.norm) and len(found.columns) == 399
    assert found.product is not None and found.norm <= found.product + 1e-6


def test_too_many_large_factors_are_multiplied_but_not_measured():
    trace = record(Experiment(steps=120, hidden=64))
    found = jacobian_chain(trace, 120, 1)
    assert found.largest is None and found.product is None and np.isfinite(found.norm)
    assert found.bound is not None and found.norm <= found.bound.decades
    assert first_column(trace) == 1
