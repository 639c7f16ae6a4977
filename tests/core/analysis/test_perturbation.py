"""∂L/∂quantity is what L does when that quantity is moved: of every recorded gradient, cell and structure."""

from __future__ import annotations

import numpy as np
import pytest

from core.analysis.complex_step import EPSILON
from core.analysis.perturbation import Perturbation, derivative, of_gate
from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.maths.operations import FIXED
from core.recorder import record
from core.trace import Trace

LEARNED = [cell for cell in CELLS if cell.learned]
STRUCTURED = [
    {"structure": "attention", "score": "additive"},
    {"structure": "attention", "score": "bilinear", "context": "all", "bidirectional": "sum"},
    {"structure": "encoder-decoder", "cell": "lstm"},
    {"structure": "encoder-decoder", "context": "transform", "layers": 2},
    {"structure": "encoder-decoder", "context": "all", "context_at": "every"},
    {"structure": "1-n-feedback", "layers": 2},
    {"output_feedback": True},
    {"convolution": 3, "bidirectional": "concat"},
    {"bidirectional": "product", "layers": 2},
    {"bidirectional": "mean", "structure": "n-1"},
]


def agree(trace: Trace, entries: int) -> None:
    """Some entries of every recorded gradient, picked anew for each signal."""
    random, met = np.random.default_rng(0), 0
    for signal, gradient in trace.exact.items():
        scan = next((scan for scan in trace.scans if scan.name == signal[0]), None)
        if scan and any(each.out == signal[1] and each.kind in FIXED for each in scan.cell.graph):
            continue  # what is fixed is no function of anything
        for flat in random.choice(gradient.size, min(entries, gradient.size), replace=False):
            t, sample, unit = (int(k) for k in np.unravel_index(int(flat), gradient.shape))
            exact = float(gradient[t, sample, unit])
            numeric, kinked = derivative(trace, signal, t + 1, sample, unit, abs(exact))
            if not kinked:
                met += 1
                assert numeric == pytest.approx(exact, rel=1e-9, abs=1e-17), (signal, t, sample, unit)
    assert met >= entries


@pytest.mark.parametrize("cell", LEARNED, ids=lambda cell: cell.name)
def test_of_every_cell(cell):
    shape = {"steps": 4, "hidden": 3, "batch": 3 if cell.couples_samples else 2, "loss_at": "every", "bias": 0.1}
    for task in ("last-step", "echo", "next-character"):
        try:
            trace = record(natural(task, cell=cell.name, initial_state=0.2, **shape))
            break
        except InputError:
            continue
    agree(trace, 2)


@pytest.mark.parametrize("changes", STRUCTURED, ids=str)
def test_of_every_structure(changes):
    shape = {"steps": 4, "hidden": 2, "batch": 2, "delay": 1, "bias": 0.1, "initial_state": 0.1}
    agree(record(natural("echo", **{**shape, **changes})), 3)


def test_where_sequences_differ_in_length():
    trace = record(natural("surname", hidden=2, batch=3, cell="gru"))
    assert trace.data.present is not None
    assert not trace.data.present.all()
    agree(trace, 2)


def test_nothing_before_it_is_moved_and_no_more_than_it_reads():
    trace = record(natural("last-step", steps=5, hidden=3, loss_at="every"))
    moved = Perturbation(trace, ("L1", "h"), 3, 0, 1, EPSILON).moved
    h, s = moved["L1", "h"], moved["L1", "s"]
    assert not h[:2].any() and not s[:2].any()
    assert (h[2, 0] == [0.0, EPSILON, 0.0]).all()
    assert s[2, 0, 1] == pytest.approx((1 - trace.values["L1", "s"][2, 0, 1] ** 2) * EPSILON)
    assert h[3].all() and ("L1", "x") not in moved
    assert moved["out", "z"][2:].all()


@pytest.mark.parametrize("cell", ["lstm", "gru", "coupled", "gru-simple", "peephole"])
def test_a_unit_of_the_stack_of_all_gates_is_one_of_a_gate(cell):
    trace = record(natural("last-step", cell=cell, steps=3, hidden=2, loss_at="every"))
    stack = trace.values["L1", "h"]
    for k in range(stack.shape[2]):
        signal, unit = of_gate(trace, ("L1", "h"), k)
        assert np.array_equal(trace.values[signal][..., unit], stack[..., k])
    assert of_gate(trace, ("L1", "s"), 1) == (("L1", "s"), 1)


def test_at_a_kink_it_is_said_and_beside_it_there_is_a_derivative():
    flat = {"steps": 3, "hidden": 2, "loss_at": "every", "w_gain": 0.0, "u_gain": 0.0}
    at_it = record(natural("last-step", cell="relu", bias=0.0, **flat))
    assert derivative(at_it, ("L1", "h"), 2, 0, 0)[1]
    beside = record(natural("last-step", cell="relu", bias=1e-12, **flat))
    numeric, kink = derivative(beside, ("L1", "h"), 2, 0, 0)
    assert not kink and numeric == pytest.approx(beside.exact["L1", "h"][1, 0, 0], rel=1e-12)
    with pytest.raises(KeyError):
        derivative(at_it, ("L9", "h"), 1, 0, 0)
