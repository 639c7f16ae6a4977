"""∂L/∂quantity is what L does when that quantity is moved: of every recorded gradient, cell and structure."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.graph import FIXED
from core.nudge import Nudge, difference_quotient, nudged_run
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
        stack = scan is not None and signal[1] == "h" and scan.cell.blocks != ("",)
        if stack or (scan and any(each.out == signal[1] and each.kind in FIXED for each in scan.cell.graph)):
            continue  # a stack's blocks have names of their own; what is fixed is no function of anything
        for flat in random.choice(gradient.size, min(entries, gradient.size), replace=False):
            t, sample, unit = (int(k) for k in np.unravel_index(int(flat), gradient.shape))
            numeric, kinked = difference_quotient(trace, signal, t + 1, sample, unit)
            if not kinked:
                met += 1
                assert numeric == pytest.approx(gradient[t, sample, unit], rel=1e-6, abs=1e-9), (
                    signal,
                    t,
                    sample,
                    unit,
                )
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


def test_nothing_before_it_changes_and_no_more_than_it_reads_is_changed():
    trace = record(natural("last-step", steps=5, hidden=3, loss_at="every"))
    run = nudged_run(trace, Nudge(("L1", "h"), 3, 0, 1, 0.01))
    h, s = run.records["L1"].h, run.records["L1"].s
    assert (h[:2] == trace.values["L1", "h"][:2]).all() and (s[:2] == trace.values["L1", "s"][:2]).all()
    moved = h[2, 0] - trace.values["L1", "h"][2, 0]
    assert moved == pytest.approx([0.0, 0.01, 0.0], abs=1e-14)
    assert s[2, 0, 1] == np.tanh(h[2, 0, 1])
    assert (h[3] != trace.values["L1", "h"][3]).any()
    assert nudged_run(trace, Nudge(("L1", "h"), 3, 0, 1, 0.0)).loss == pytest.approx(trace.loss, rel=1e-14)


def test_a_kink_within_reach_is_said():
    trace = record(natural("last-step", cell="relu", steps=3, hidden=2, loss_at="every"))
    h = trace.values["L1", "h"]
    t, sample, unit = (int(k) for k in np.unravel_index(int(np.argmin(np.abs(h))), h.shape))
    at_it = nudged_run(trace, Nudge(("L1", "h"), t + 1, sample, unit, -float(h[t, sample, unit]) * 2))
    assert (at_it.records["L1"].h[t, sample, unit] > 0) != (h[t, sample, unit] > 0)
    with pytest.raises(KeyError):
        nudged_run(trace, Nudge(("L9", "h"), 1, 0, 0, 0.1))
