"""As many parameters as another network: the number of hidden units that comes nearest."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.matching import MOST_UNITS, matching
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import finished
from core.network.parameter_counts import count_of
from core.recorder import record
from tests.core.strategies import DRAWN, RELAXED, experiments


def count(experiment: Experiment) -> int:
    return sum(array.size for array in record(experiment).parameters.values())


def test_a_tanh_as_large_as_an_lstm():
    lstm, tanh = Experiment(cell="lstm", hidden=4, steps=2), Experiment(cell="tanh", steps=2)
    wanted = count(lstm)
    found = finished(matching(tanh, record(tanh).data, wanted))
    assert found.wanted == wanted and found.count == count(tanh.with_changes(**found.changes))
    others = {units: count(tanh.with_changes(hidden=units)) for units in range(1, 20)}
    assert found.changes["hidden"] == min(others, key=lambda units: abs(others[units] - wanted))


def test_layers_of_different_widths_keep_their_proportions():
    stack = Experiment(widths=(4, 2), steps=2)
    found = finished(matching(stack, record(stack).data, count(stack.with_changes(widths=(12, 6)))))
    assert found.changes == {"widths": (12, 6)} and found.count == found.wanted


@settings(RELAXED, max_examples=15)
@given(experiments(DRAWN, steps=(1, 2)), st.integers(1, 4000))
def test_no_other_number_of_units_is_nearer(experiment, wanted):
    data = record(experiment).data
    try:
        found = finished(matching(experiment, data, wanted))
    except InputError:
        return
    own = count_of(record(experiment).network)
    chosen = experiment.with_changes(edits=(), **found.changes)
    assert count_of(record(chosen).network) == found.count
    if not experiment.widths:
        assert abs(found.count - wanted) <= abs(own - wanted)
        assert 1 <= found.changes["hidden"] <= MOST_UNITS


@settings(RELAXED, max_examples=15)
@given(experiments(DRAWN, steps=(1, 2)))
def test_of_its_own_size_a_network_stays_as_large(experiment):
    trace = record(experiment)
    own = count_of(trace.network)
    try:
        found = finished(matching(experiment, trace.data, own))
    except InputError:
        return
    assert found.count == own


@pytest.mark.parametrize(
    "chosen",
    [Experiment(cell="ar"), Experiment(hidden=2, w_init="matrix", w_matrix=((0.5, 0.0), (0.0, 0.5)))],
)
def test_where_the_number_of_units_is_not_free_it_says_so(chosen):
    with pytest.raises(InputError, match="cannot be chosen"):
        finished(matching(chosen, record(chosen).data, 100))
