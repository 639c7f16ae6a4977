"""How far a gradient reaches and what is saturated: against plain loops, and against runs whose answer is known."""

import numpy as np
import pytest

from core.analysis.saturation import END, FLAT, HALF, ONE_PERCENT, activated, gates, lag_of, saturation
from core.cells import CELLS
from core.claims.claim import claim_of, column_norms
from core.experiment import Experiment
from core.recorder import record
from tests.core.cases import experiment_of
from tests.core.structured import trace_of


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("share", [HALF, ONE_PERCENT])
def test_the_lag_is_the_first_that_a_plain_loop_finds(seed, share):
    random = np.random.default_rng(seed)
    size = 10.0 ** np.cumsum(random.normal(0.15, 0.3, 30))
    last = int(random.integers(1, 31))
    expected = next((k for k in range(1, last) if size[last - 1 - k] <= share * size[last - 1]), None)
    assert lag_of(size, last, share) == expected


@pytest.mark.parametrize(("gain", "half", "percent"), [(0.5, 1, 7), (0.8, 4, 21), (1.0, None, None), (1.2, None, None)])
def test_of_a_linear_chain_it_is_that_of_its_gain(gain, half, percent):
    """g^k ≤ ½ from k = ⌈ln ½ / ln g⌉ on."""
    trace = record(Experiment(cell="identity", w_init="identity", w_gain=gain, steps=30))
    size = column_norms(trace, trace.exact, "s")
    assert (lag_of(size, 30, HALF), lag_of(size, 30, ONE_PERCENT)) == (half, percent)


def test_there_is_none_where_nothing_is_to_be_compared_with():
    assert lag_of(np.array([0.0, 0.0]), 2, HALF) is None
    assert lag_of(np.array([1.0, np.inf]), 2, HALF) is None
    assert lag_of(np.array([1.0, np.nan]), 2, HALF) is None
    assert lag_of(np.array([1.0]), 1, HALF) is None


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_saturated_is_what_a_nudge_hardly_moves(cell):
    trace = record(experiment_of(cell).with_changes(input_scale=3.0))
    scan = trace.scan
    found = saturation(trace, scan)
    for name in activated(scan):
        maker = next(each for each in scan.cell.graph if each.out == name)
        h = trace.values[scan.name, maker.inputs[0]]
        f = {"tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "identity": np.array,
             "relu": lambda x: np.maximum(x, 0)}[maker.kind]  # fmt: skip
        slope = (f(h + 1e-6) - f(h - 1e-6)) / 2e-6
        clear = np.abs(np.abs(slope) - FLAT) > 1e-4
        np.testing.assert_array_equal(found.flat[name][clear], (np.abs(slope) < FLAT)[clear])
    for name in gates(scan):
        value = trace.values[scan.name, name]
        np.testing.assert_array_equal(found.flat[name], np.minimum(value, 1 - value) <= END)
    for name, flat in found.flat.items():
        assert found.by_unit(name) == pytest.approx(flat.mean(axis=(0, 1)))
        assert found.by_step(name) == pytest.approx(flat.mean(axis=(1, 2)))
        assert found.share((name,)) == pytest.approx(flat.mean())


def test_it_is_the_share_that_the_claim_names():
    trace = record(Experiment(w_gain=1.3, steps=30))
    found = saturation(trace, trace.scan)
    assert found.flat["s"][1:].mean() == claim_of(trace).numbers["saturated"]


def test_what_a_sample_does_not_have_counts_for_nothing():
    trace = trace_of("lengths", "gru")
    found, present = saturation(trace, trace.scan), trace.data.present
    for name in (*activated(trace.scan), *gates(trace.scan)):
        own = [found.flat[name][t, b] for t, b in zip(*np.nonzero(present), strict=True)]
        assert found.share((name,)) == pytest.approx(np.mean(own))
        assert found.by_unit(name) == pytest.approx(np.mean(own, axis=0))


def test_a_gate_that_is_held_is_none():
    trace = record(Experiment(cell="lstm").freeze("f", 1.0))
    assert gates(trace.scan) == ("i", "o") and "f" not in saturation(trace, trace.scan).flat
    assert np.isnan(saturation(trace, trace.scan).share(()))
