"""Shares of a gradient over time: against addends whose gradients come from automatic differentiation, and what is said
of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.lag_shares import CANCELS, MOST, LagShares, projections
from core.analysis.recurrence import recurrent_matrices
from core.arithmetic.running_sum import RunningSum
from core.experiment import natural
from core.recorder import record
from tests.core.cases import CELL, experiment_of
from tests.core.oracle import derivatives as oracle
from tests.core.structured import STRUCTURE, trace_of


def addends_by_autograd(trace, name, window=None) -> np.ndarray:
    """dθ_t of every step, (T, m, n) in data time: the right factors from the oracle, the left ones from the run."""
    part, _, own = name.partition(".")
    scan = trace.scan_named(part)
    sums = RunningSum(trace, name)
    truth = oracle.of_trace(trace, window)
    record_name = sums.addends.factor.right
    right = truth.gradients[part, record_name]
    start = trace.schedule.offset(part)
    left = sums.addends.left[start : start + len(right)]
    found = np.einsum("tbm,tbn->tmn", left, right)
    mask = scan.cell.mask(own, scan.hidden)
    return found if mask is None else found * mask


def check_against_autograd(trace, used=False):
    window = trace.experiment.truncate if used else None
    for name in recurrent_matrices(trace):
        sums = RunningSum(trace, name, used)
        offset = trace.schedule.offset(name.partition(".")[0])
        made = addends_by_autograd(trace, name, window)[sums.columns - 1 - offset]
        total = made.sum(axis=0)
        scale = max(float(np.abs(made).max()), 1e-30)
        for count in range(len(made) + 1):  # addend by addend, in the order of the backward pass
            np.testing.assert_allclose(sums.at(count), made[:count].sum(axis=0), atol=1e-9 * scale)
            np.testing.assert_allclose(sums.since(count), made[count:].sum(axis=0), atol=1e-9 * scale)
        np.testing.assert_allclose(sums.total, total, atol=1e-9 * scale)
        size = float((total * total).sum())
        if np.sqrt(size) < 1e-9 * scale:
            continue
        shares = sums.shares.shares
        expected = (made * total).sum(axis=(1, 2)) / size
        np.testing.assert_allclose(shares, expected, rtol=1e-6, atol=1e-8 * scale / np.sqrt(size))
        assert shares.sum() == pytest.approx(1.0, abs=1e-9 * max(1.0, float(np.abs(shares).max())))


@CELL
def test_every_cell_has_the_shares_of_autograd(cell):
    check_against_autograd(record(experiment_of(cell)))


@STRUCTURE
def test_every_structure_has_the_shares_of_autograd(name):
    check_against_autograd(trace_of(name))


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [None, "sum"])
def test_what_is_used_of_a_truncated_run_has_its_own_shares(cell, bidirectional):
    trace = record(natural("echo", cell=cell, steps=7, hidden=3, batch=2, truncate=3, bidirectional=bidirectional))
    check_against_autograd(trace, used=True)
    name = recurrent_matrices(trace)[0]
    exact, used = (RunningSum(trace, name, each) for each in (False, True))
    assert not np.allclose(exact.total, used.total, rtol=1e-3, atol=0.0)


def test_back_and_forth_the_sum_so_far_is_the_same():
    sums = RunningSum(record(natural("echo", steps=9)), "L1.W")
    ahead = [sums.at(count) for count in range(10)]
    for count in (9, 2, 5, 5, 0, 8, 3):
        np.testing.assert_allclose(sums.at(count), ahead[count], atol=1e-12)
    assert not ahead[0].any() and np.array_equal(sums.columns, np.arange(9, 0, -1))


numbers = st.floats(-3.0, 3.0, allow_subnormal=False)


@given(st.lists(numbers, min_size=1, max_size=12), st.floats(-180.0, 150.0))
def test_any_addends_have_shares_that_add_up_to_1(sizes, decade):
    left = np.array(sizes)[:, None, None] * np.ones((len(sizes), 1, 2))
    right = np.full((len(sizes), 1, 3), 10.0**decade)
    total = np.einsum("tbm,tbn->mn", left, right)
    shares = projections(left, right, total, False)
    if not total.any():
        assert np.isnan(shares).all()
        return
    sizes = np.array(sizes)
    rounding = 1e-12 * np.abs(sizes).max() / abs(sizes.sum())
    np.testing.assert_allclose(shares, sizes / sizes.sum(), rtol=1e-7 + rounding, atol=rounding)


@given(st.lists(st.floats(-2.0, 5.0), min_size=1, max_size=30))
def test_what_is_said_of_shares_is_so(parts):
    parts = np.round(parts, 3)
    if abs(parts.sum()) < 1e-3:
        return
    shares = LagShares(np.arange(len(parts), 0, -1), parts / parts.sum())
    found = shares.fewest()
    if found is None:
        assert shares.against < -CANCELS
        return
    count, made = found
    after = shares.shares[shares.first :]
    assert made == pytest.approx(after[:count].sum()) and made >= MOST
    assert all(after[:fewer].sum() < MOST for fewer in range(count))
    assert shares.left(count) == pytest.approx(1.0 - made, abs=1e-9)
    assert shares.left(0) == pytest.approx(1.0)


def test_steps_after_the_last_loss_are_no_lag():
    shares = LagShares(np.arange(5, 0, -1), np.array([0.0, 0.0, 0.7, 0.25, 0.05]))
    assert shares.first == 2 and shares.lag.tolist() == [-2, -1, 0, 1, 2]
    assert shares.fewest() == (2, pytest.approx(0.95))


@pytest.mark.parametrize(
    ("parts", "only"),
    [([1.0, 0.0, 0.0], 0), ([1e-14, -1e-12, 1.0], 2), ([0.0, 1 - 1e-6, 1e-6], None), ([1.0], 0), ([np.nan] * 2, None)],
)
def test_one_step_that_makes_all_is_found(parts, only):
    assert LagShares(np.arange(len(parts), 0, -1), np.array(parts)).only == only


@pytest.mark.parametrize("total", [0.0, np.inf, np.nan])
def test_no_gradient_has_no_shares(total):
    shares = LagShares(np.arange(3), projections(np.ones((3, 1, 2)), np.ones((3, 1, 2)), np.full((2, 2), total), False))
    assert not shares.known and shares.fewest() is None
