"""dq_t/dq_k entry by entry: against the map of contributions, against autograd, and against a nudged memory."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import jacobian as autograd_jacobian

from core import bptt
from core.analysis.contributions import contributions, no_contributions, separate_memory, state_jacobian_between
from core.cells import CELLS
from core.choices import Edit
from core.experiment import Experiment, natural
from core.network.parts import BackwardPass
from core.recorder import record
from tests.core.cases import VARIANTS, experiment_of
from tests.core.oracle import derivatives as oracle
from tests.core.structured import trace_of


@pytest.mark.parametrize("total", [True, False], ids=["total", "partial"])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_its_norm_is_that_of_the_map(cell, total):
    trace = record(experiment_of(cell))
    if no_contributions(trace):
        assert state_jacobian_between(trace, 3, 2) is None
        return
    found = list(contributions(trace, 1, total=total))[-1]
    assert found is not None
    for index, t in enumerate(found.rows):
        for k in range(1, t + 1):
            one = state_jacobian_between(trace, int(t), k, 1, total)
            assert one is not None
            assert one.norm == pytest.approx(10.0 ** found.decades[index, k - 1], rel=1e-9, abs=1e-300)
            assert one.matrix == pytest.approx(one.first @ one.rest)


def by_autograd(trace, t: int, k: int, sample: int, total: bool) -> np.ndarray:
    """dc_t/dc_k (H, H) from the papers' equations: e is added to c_k where it is made, so that everything computed from
    it moves, or (not `total`) only to what is handed on of it."""
    cell, p = oracle.cell_of(trace.experiment), oracle.own(dict(trace.parameters), "L1")
    present = trace.data.present

    def moved(e):
        one = np.eye(trace.data.x.shape[1])[sample][:, None]  # (B, 1)
        state = {name: trace.start["L1", name] for name in ("s", "c")}
        for step in range(1, t + 1):

            def tap(name, value, step=step):
                return value + one * e if total and (name, step) == ("c", k) else value

            after = oracle.step(cell, p, trace.data.x[step - 1], state, tap)
            rows = np.ones(len(one)) if present is None else present[step - 1]
            after = {name: anp.where(rows[:, None] > 0, after[name], state[name]) for name in ("s", "c")}
            if step == k and (not total or not rows[sample]):
                after["c"] = after["c"] + one * e
            state = after
        return state["c"][sample]

    return autograd_jacobian(moved)(np.zeros(trace.experiment.hidden)).T


@pytest.mark.parametrize("case", [*VARIANTS, "frozen", "lengths"])
@pytest.mark.parametrize("cell", [cell for cell in CELLS if separate_memory(cell())], ids=lambda cell: cell.name)
def test_of_a_separate_memory_both_derivatives_are_those_of_autograd(cell, case):
    trace = trace_of("lengths", cell.name) if case == "lengths" else record(experiment_of(cell, case))
    last, sample = trace.steps, trace.data.x.shape[1] - 1
    apart = False
    for total in (True, False):
        found = list(contributions(trace, sample, total=total))[-1]
        assert found.total is total
        for t in {1, (last + 1) // 2, last}:
            for k in range(1, t + 1):
                expected = by_autograd(trace, t, k, sample, total)
                one = state_jacobian_between(trace, t, k, sample, total)
                assert one.matrix == pytest.approx(expected, rel=1e-10, abs=1e-14), (t, k)
                assert 10.0 ** found.decades[t - 1, k - 1] == pytest.approx(np.linalg.norm(expected, 2), rel=1e-10)
                apart = apart or not np.allclose(expected, by_autograd(trace, t, k, sample, not total), rtol=1e-3)
    assert apart == (last > 1)


def test_an_lstm_with_a_forget_bias_of_1_from_the_first_step_to_the_last():
    trace = record(Experiment(cell="lstm", forget_bias=1.0))
    assert state_jacobian_between(trace, 14, 1).norm == pytest.approx(0.1024, abs=5e-5)
    assert state_jacobian_between(trace, 14, 1, total=False).norm == pytest.approx(0.0876, abs=5e-5)


def test_the_total_derivative_is_the_one_that_gradients_are_made_of():
    """With a gradient on c_T alone (s_T is read by nobody), ∂L/∂c_k is ∂L/∂c_T through dc_T/dc_k, and not through the
    partial one."""
    trace = record(Experiment(cell="lstm", steps=6, hidden=3))
    run, back = trace.run, BackwardPass(trace.run, at=np.zeros(6, dtype=bool))
    sent = np.array([[0.3, -0.7, 0.2]])
    back.records["L1"].c[-1] = sent
    for _ in bptt.backward(trace.network, back):
        pass
    assert run is back.run
    for k in range(1, 7):
        assert back.records["L1"].c[k - 1, 0] == pytest.approx(
            state_jacobian_between(trace, 6, k).matrix @ sent[0], rel=1e-12
        )
    partial = state_jacobian_between(trace, 6, 1, total=False).matrix @ sent[0]
    assert back.records["L1"].c[0, 0] != pytest.approx(partial, rel=1e-3)


def test_its_entries_are_what_a_nudged_first_state_moves():
    experiment = natural("echo", cell="gru", steps=4, hidden=3)
    trace = record(experiment)
    one = state_jacobian_between(trace, 4, 1)
    assert one is not None
    h = 1e-6
    moved = []
    for sign in (1, -1):
        edits = (Edit("L1.s_0", (0, 1), sign * h),)
        moved.append(record(experiment.with_changes(edits=edits)).values["L1", "s"][:, 0])
    by_start = (moved[0] - moved[1]) / (2 * h)  # (T, H): ∂s_t/∂s_0, of unit 2
    assert by_start[0] @ one.matrix == pytest.approx(by_start[3], rel=1e-6)


def test_only_where_there_is_a_map_and_the_columns_are_the_scans_own():
    assert state_jacobian_between(record(Experiment(cell="feedforward")), 3, 2) is None
    assert state_jacobian_between(trace_of("encoder-decoder", delay=1), 7, 6) is None
    trace = record(Experiment(steps=5))
    assert state_jacobian_between(trace, 2, 3) is None
    same = state_jacobian_between(trace, 3, 3)
    assert same is not None
    assert np.array_equal(same.matrix, np.eye(6))
