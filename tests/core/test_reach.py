"""∂q_t/∂q_k entry by entry: against the map of contributions, and against a nudged memory."""

import numpy as np
import pytest

from core.cells import CELLS
from core.diagnostics import contributions, no_contributions
from core.experiment import Edit, Experiment, natural
from core.reach import reach
from core.recorder import record
from tests.core.cases import experiment_of
from tests.core.structured import trace_of


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_its_norm_is_that_of_the_map(cell):
    trace = record(experiment_of(cell))
    if no_contributions(trace):
        assert reach(trace, 3, 2) is None
        return
    found = list(contributions(trace, 1))[-1]
    assert found is not None
    for index, t in enumerate(found.rows):
        for k in range(1, t + 1):
            one = reach(trace, int(t), k, 1)
            assert one is not None
            assert one.norm == pytest.approx(10.0 ** found.decades[index, k - 1], rel=1e-9, abs=1e-300)
            assert one.matrix == pytest.approx(one.first @ one.rest)


def test_its_entries_are_what_a_nudged_first_state_moves():
    experiment = natural("echo", cell="gru", steps=4, hidden=3)
    trace = record(experiment)
    one = reach(trace, 4, 1)
    assert one is not None
    h = 1e-6
    moved = []
    for sign in (1, -1):
        edits = (Edit("L1.s_0", (0, 1), sign * h),)
        moved.append(record(experiment.with_changes(edits=edits)).values["L1", "s"][:, 0])
    by_start = (moved[0] - moved[1]) / (2 * h)  # (T, H): ∂s_t/∂s_0, of unit 2
    assert by_start[0] @ one.matrix == pytest.approx(by_start[3], rel=1e-6)


def test_only_where_there_is_a_map_and_the_columns_are_the_scans_own():
    assert reach(record(Experiment(cell="feedforward")), 3, 2) is None
    assert reach(trace_of("encoder-decoder", delay=1), 7, 6) is None
    trace = record(Experiment(steps=5))
    assert reach(trace, 2, 3) is None
    same = reach(trace, 3, 3)
    assert same is not None
    assert np.array_equal(same.matrix, np.eye(6))
