"""The gradient on the memory, split: addends that are the whole, shares that add up to 1, an LSTM's by its formula."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.contributions import share_of_step
from core.analysis.memory_split import ALONG, GATES, KINDS, STATE, kinds_of, memory_split, no_split
from core.cells import CELLS
from core.experiment import natural
from core.recorder import record
from tests.core.cases import CASE, CELL, experiment_of
from tests.core.structured import STRUCTURE, trace_of


def check(trace) -> None:
    """The addends of every scan and sample, exact and used, against what was recorded."""
    for scan in trace.scans:
        for used in (False, True) if trace.experiment.truncate else (False,):
            for sample in range(trace.data.x.shape[1]):
                split = memory_split(trace, scan, sample, trace.used if used else trace.exact, used)
                largest = max(np.abs(addend).max() for addend in split.addends.values())
                total = sum(split.addends.values())
                np.testing.assert_allclose(total, split.gradient, rtol=0, atol=1e-12 * max(largest, 1e-300))
                there = np.abs(split.gradient).max(axis=1) > 0
                assert np.isnan(split.shares[:, ~there]).all()
                np.testing.assert_allclose(split.shares[:, there].sum(axis=0), 1.0, atol=1e-9)


@CELL
@CASE
def test_the_addends_of_every_cell_are_the_recorded_gradient(cell, case):
    check(record(experiment_of(cell, case).with_changes(truncate=2)))


@STRUCTURE
@pytest.mark.parametrize("cell", ["tanh", "lstm", "peephole", "gru"])
def test_the_addends_of_every_structure_are_the_recorded_gradient(name, cell):
    check(trace_of(name, cell, truncate=2))


def lstm(**changes):
    return record(natural("echo", cell="lstm", steps=7, hidden=4, batch=2, bias=0.2, **changes))


def test_the_split_of_an_lstm_is_the_formula_written_by_hand():
    trace = lstm()
    v, d, w = trace.values, trace.exact, trace.parameters["L1.W"]
    split = memory_split(trace, sample=1)
    assert split.kinds == KINDS
    for t in range(7):
        back = v["L1", "o"][t, 1] * (1 - np.tanh(v["L1", "c"][t, 1]) ** 2)
        along = d["L1", "c"][t + 1, 1] * v["L1", "f"][t + 1, 1] if t < 6 else np.zeros(4)
        gates = (d["L1", "h"][t + 1, 1] @ w.T) * back if t < 6 else np.zeros(4)
        state = (d["out", "z"][t, 1] @ trace.parameters["out.V"].T) * back
        for kind, addend in zip(KINDS, (along, gates, state), strict=True):
            np.testing.assert_allclose(split.addends[kind][t], addend, atol=1e-14)
            g = d["L1", "c"][t, 1]
            assert split.at(t + 1)[kind] == pytest.approx(addend @ g / (g @ g), abs=1e-12)


def test_a_gru_keeps_along_what_its_update_gate_lets_through():
    trace = record(natural("echo", cell="gru", steps=5, hidden=3, batch=1))
    split = memory_split(trace)
    kept = trace.exact["L1", "s"][1:, 0] * (1 - trace.values["L1", "u"][1:, 0])
    np.testing.assert_allclose(split.addends[ALONG][:-1], kept, atol=1e-14)
    assert not split.addends[ALONG][-1].any()


def test_a_plain_cell_has_no_way_along_and_a_feedforward_one_only_its_output():
    by_name = {cell.name: kinds_of(cell()) for cell in CELLS if cell.name in ("tanh", "feedforward", "lstm")}
    assert by_name == {"tanh": (GATES, STATE), "feedforward": (STATE,), "lstm": KINDS}


def test_where_the_gradient_is_zero_there_are_no_shares():
    trace = record(natural("last-step", cell="lstm", steps=5, hidden=3).with_changes(truncate=2))
    split = memory_split(trace, gradients=trace.used, used=True)
    assert split.at(1) == {} and np.isnan(split.shares[:, 0]).all()
    assert split.at(5)[STATE] == pytest.approx(1.0)
    assert split.at(4)[ALONG] + split.at(4)[GATES] == pytest.approx(1.0)
    assert split.at(0) == {} and split.at(6) == {}


def test_a_vanishing_gradient_has_its_shares_still():
    trace = lstm()
    tiny = {signal: array * 1e-220 for signal, array in trace.exact.items()}
    np.testing.assert_allclose(
        memory_split(trace, gradients=tiny).shares, memory_split(trace).shares, rtol=1e-9, atol=1e-12
    )


def test_a_step_that_a_sample_does_not_have_hands_its_memory_on():
    trace = trace_of("lengths", "lstm")
    assert trace.data.present is not None
    sample = int(np.argmin(trace.data.present.sum(axis=0)))
    split = memory_split(trace, sample=sample)
    last = int(trace.data.present[:, sample].sum())
    assert last < len(split.gradient)
    np.testing.assert_allclose(split.addends[STATE][last - 1], split.gradient[last - 1], atol=1e-15)


def test_of_the_loss_of_one_step_alone_everything_later_is_zero():
    trace = lstm()
    t = int(np.flatnonzero(trace.supervised)[-2]) + 1
    split = memory_split(trace, gradients=share_of_step(trace, t))
    assert split.at(t + 1) == {} and split.at(t)[STATE] == pytest.approx(1.0)
    np.testing.assert_allclose(sum(split.addends.values()), split.gradient, atol=1e-14)


def test_a_decoders_first_step_is_its_encoders_next():
    trace = trace_of("encoder-decoder", "lstm")
    encoder, decoder = trace.scans[0], next(scan for scan in trace.scans if scan.decodes)
    split = memory_split(trace, encoder)
    first = trace.run.records[decoder.name]
    f_c = trace.exact[decoder.name, "c"][0, 0] * first.f[0, 0]
    np.testing.assert_allclose(split.addends[ALONG][-1], f_c, atol=1e-14)


def test_with_an_error_switched_on_there_is_no_split():
    assert no_split(lstm()) == ""
    assert no_split(record(natural("echo", cell="tanh").with_changes(fault="bias-forgotten"))) == "fault"
