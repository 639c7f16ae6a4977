"""One entry of a parameter's gradient as a sum over time, against the recorded gradient; and the running norms."""

import numpy as np
import pytest

from core.arithmetic.parameter_sums import (
    Addends,
    entry_addends,
    entry_line,
    parameter_names,
    recorded_entry,
    running_entry,
)
from core.cells import CELLS
from core.maths.arrays import norms
from core.recorder import record
from tests.core.cases import experiment_of
from tests.core.structured import trace_of


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_addends_of_every_entry_add_up_to_the_recorded_gradient(cell):
    trace = record(experiment_of(cell))
    recorded = trace.named_parameters(trace.exact_parameters)
    for name in parameter_names(trace):
        addends = Addends(trace, name, used=False)
        for index in np.ndindex(recorded[name].shape):
            values = entry_addends(addends, index)
            assert values.shape == (trace.steps,)
            total = running_entry(values)[0]
            assert total == pytest.approx(recorded[name][index], rel=1e-9, abs=1e-12)
            assert recorded_entry(addends, index) == recorded[name][index]
            for t in (1, trace.steps):
                line = entry_line(addends, index, t)
                assert line.value == pytest.approx(values[t - 1], rel=1e-12, abs=1e-15)
                assert addends.matrix(t).reshape(recorded[name].shape)[index] == pytest.approx(
                    values[t - 1], rel=1e-9, abs=1e-15
                )


def test_a_truncated_gradient_adds_up_to_what_was_used():
    trace = record(experiment_of(CELLS[0]).with_changes(truncate=2))
    addends = Addends(trace, "L1.W", used=True)
    assert recorded_entry(addends, (1, 2)) == pytest.approx(trace.used_parameters["L1.W"][1, 2], rel=1e-9)
    assert recorded_entry(addends, (1, 2)) != recorded_entry(Addends(trace, "L1.W", used=False), (1, 2))


@pytest.mark.parametrize("order", [range(1, 9), range(8, 0, -1), (3, 8, 1, 5)])
def test_running_norms_are_those_of_the_sums_in_whatever_order_they_are_asked_for(order):
    trace = trace_of("attention")
    addends = Addends(trace, "D1.W")
    for t in order:
        part = sum((addends.matrix(k) for k in range(t, trace.steps + 1)), np.zeros(addends.matrix(1).shape))
        assert addends.running(t) == pytest.approx(float(norms(part[None, None])[0]), rel=1e-12)
