"""Networks that run as one batch have the numbers of runs of their own, whatever their cell and structure."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import CELLS
from core.ensemble.stack import Stack, alone, family
from core.ensemble.stacked import NotStackable, Rows, Stacked
from core.errors import InputError
from core.experiment import Experiment, natural
from core.jobs import finished
from core.recorder import record

CLOSE = 1e-12
SHAPES = {
    "n-1": {},
    "n-n, a batch": {"structure": "n-n", "batch": 3},
    "two layers": {"layers": 2, "batch": 2},
    "bidirectional": {"bidirectional": "concat", "batch": 2},
    "product of both": {"bidirectional": "product", "structure": "n-n"},
    "encoder-decoder": {"task": "reverse", "structure": "encoder-decoder", "batch": 2},
    "transformed context": {
        "task": "reverse", "structure": "encoder-decoder", "context": "transform", "context_at": "every",
    },
    "mean context": {"task": "reverse", "structure": "encoder-decoder", "context": "all", "batch": 2},
    "dot attention": {"task": "reverse", "structure": "attention", "batch": 2},
    "bilinear attention": {"task": "reverse", "structure": "attention", "score": "bilinear", "batch": 2},
    "additive attention": {"task": "reverse", "structure": "attention", "score": "additive", "batch": 2},
    "fed back": {"task": "sine", "structure": "1-n-feedback"},
    "output fed back": {"structure": "n-n", "output_feedback": True, "batch": 2},
    "convolution": {"convolution": 3, "batch": 2},
    "different lengths": {"task": "surname", "batch": 4},
    "1-n": {"structure": "1-n-every"},
}  # fmt: skip


def experiment_of(cell: str, shape: str) -> Experiment:
    """A small one. Raises InputError where the cell cannot do it."""
    changes = {"steps": 7, "hidden": 3, "cell": cell, **SHAPES[shape]}
    task = changes.pop("task", "last-step")
    return natural(task, **changes)


def possible(cell: str, shape: str) -> bool:
    with suppress(InputError):
        return bool(experiment_of(cell, shape))
    return False


PAIRS = [(cell.name, shape) for cell in CELLS for shape in SHAPES if possible(cell.name, shape)]


def seeds_of(experiment: Experiment, count: int) -> list[Experiment]:
    return [experiment.with_changes(data_seed=k, weight_seed=k + 10) for k in range(1, count + 1)]


def compare(stack: Stack, experiments: list[Experiment]) -> None:
    """Every recorded number and every gradient of every network, relative to the largest of its kind."""
    for k, each in enumerate(experiments):
        trace = record(each)
        assert set(stack.values) == set(trace.values) and set(stack.gradients) == set(trace.exact)
        for ours, theirs in ((stack.values, trace.values), (stack.gradients, trace.exact)):
            for key, array in theirs.items():
                largest = max(float(np.abs(array).max(initial=0.0)), 1e-300)
                np.testing.assert_allclose(ours[key][k], array, rtol=0, atol=CLOSE * largest, err_msg=str(key))
        np.testing.assert_allclose(stack.loss[k], trace.loss, rtol=CLOSE)
        np.testing.assert_allclose(stack.loss_t[k], trace.loss_t, rtol=CLOSE, atol=CLOSE * abs(trace.loss))


@pytest.mark.parametrize(("cell", "shape"), PAIRS)
def test_a_stack_has_the_numbers_of_single_runs(cell, shape):
    experiment = experiment_of(cell, shape)
    if reason := alone(experiment):
        assert cell in reason
        return
    experiments = seeds_of(experiment, 3)
    stack = Stack()
    finished(stack.running(experiments))
    compare(stack, experiments)


def test_what_a_network_starts_from_may_differ():
    base = Experiment(steps=9, hidden=4, cell="lstm", batch=2)
    experiments = [
        base,
        base.with_changes(w_gain=1.4, input_scale=0.1),
        base.with_changes(forget_bias=5.0, w_init="normal"),
        base.with_changes(nonnegative=True, u_gain=0.3, bias=0.5),
    ]
    assert len({family(each) for each in experiments}) == 1
    stack = Stack()
    finished(stack.running(experiments))
    compare(stack, experiments)


@pytest.mark.parametrize(
    "changes",
    [{"steps": 8}, {"hidden": 5}, {"initial_state": 0.5}, {"cell": "gru"}, {"activation": "relu"}, {"batch": 2}],
)
def test_what_a_network_does_is_another_family(changes):
    base = Experiment(steps=9, hidden=4, cell="lstm")
    assert family(base.with_changes(**changes)) != family(base)


def test_a_network_that_overflows_leaves_the_others_alone():
    base = Experiment(steps=300, hidden=4, cell="relu", w_init="identity", nonnegative=True)
    experiments = [base.with_changes(w_gain=100.0), base.with_changes(w_gain=0.9)]
    stack = Stack()
    finished(stack.running(experiments))
    assert not np.isfinite(stack.loss[0])
    trace = record(experiments[1])
    np.testing.assert_allclose(stack.gradients["L1", "s"][1], trace.exact["L1", "s"], rtol=CLOSE)


def test_the_share_of_one_step_is_that_of_a_single_run():
    from core.analysis.contributions import share_of_step

    experiments = seeds_of(Experiment(steps=8, hidden=3, structure="n-n", batch=2), 3)
    stack = Stack()
    finished(stack.running(experiments))
    shares = stack.share_of(7)
    for k, each in enumerate(experiments):
        np.testing.assert_allclose(shares["L1", "s"][k], share_of_step(record(each), 8)["L1", "s"], rtol=1e-11)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cell": "batchnorm"}, "samples of a batch depend on each other"),
        ({"cell": "esn"}, "read-out of the cell esn is fitted"),
        ({"layers": 2, "structure": "n-1", "fault": "dh1-without-dh2"}, "a fault is switched on"),
    ],
)
def test_what_has_to_run_alone_says_why(changes, reason):
    assert reason in alone(Experiment(**changes))


# --- a stacked parameter ---
@settings(max_examples=60, deadline=None)
@given(
    networks=st.integers(1, 4), batch=st.integers(1, 3), steps=st.integers(1, 4), inputs=st.integers(1, 4),
    outputs=st.integers(1, 4), flat=st.booleans(), seed=st.integers(0, 1000),
)  # fmt: skip
def test_products_and_sums_meet_their_own_network(networks, batch, steps, inputs, outputs, flat, seed):
    random = np.random.default_rng(seed)
    weights = random.normal(size=(networks, inputs, outputs))
    bias, v = random.normal(size=(networks, outputs)), random.normal(size=(networks, inputs))
    x = random.normal(size=(steps, networks * batch, inputs))
    apart = x.reshape(steps, networks, batch, inputs)
    wanted = np.einsum("tnbi,nio->tnbo", apart, weights) + bias[:, None]
    given_x = x.reshape(-1, inputs) if flat else x
    w, b = Stacked(weights, batch), Stacked(bias, batch)
    found = given_x @ w + b
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=1e-12, atol=1e-12)
    out = np.empty((*given_x.shape[:-1], outputs))
    np.matmul(given_x, w, out)
    out += b
    np.testing.assert_allclose(out, found, rtol=1e-12, atol=1e-12)
    step = np.asarray(x[0]).view(Rows)
    np.testing.assert_allclose(step.dot(w), np.asarray(x[0] @ w))
    np.testing.assert_allclose(found @ w.T.copy(), found.reshape(steps, -1, outputs).reshape(found.shape) @ w.T)
    scalar = (x @ Stacked(v, batch)).reshape(steps, networks, batch)
    np.testing.assert_allclose(scalar, np.einsum("tnbi,ni->tnb", apart, v), rtol=1e-12, atol=1e-12)


def test_what_would_mix_the_networks_up_is_refused():
    w, b = Stacked(np.ones((2, 3, 3)), 1), Stacked(np.ones((2, 3)), 1)
    x = np.ones((4, 2, 3))
    for wrong in (
        lambda: w @ x,
        lambda: np.asarray(w),
        lambda: np.ascontiguousarray(w),
        lambda: x + w,
        lambda: np.add.reduce(w),
        lambda: np.sum(b),
        lambda: w[0],
        lambda: b.T,
        lambda: np.einsum("ij,jk->ik", np.ones((2, 3)), w),
        lambda: np.stack([w, w]),
    ):
        with pytest.raises(NotStackable):
            wrong()
