"""The checks themselves: a gradient that is broken on purpose, in each cell and in each way, is caught by both."""

from __future__ import annotations

import pytest

from core.analysis import gradcheck
from core.cells import CELLS
from core.experiment import natural
from core.recorder import record
from tests.core.oracle import derivatives as oracle

ORACLE = [cell for cell in CELLS if cell.learned and "W" in cell().parameter_shapes(1, 1)]
CELL = pytest.mark.parametrize("cell", ORACLE, ids=lambda cell: cell.name)


def run_of(cell, **changes):
    """A run whose state is away from 0 and whose ReLUs are partly open."""
    chosen = {"steps": 5, "hidden": 3, "batch": 2, "bias": 0.3, "initial_state": 0.5, "loss_at": "every", **changes}
    return record(natural("echo", cell=cell.name, periods=(1, 2), **chosen))


def worst_of(trace) -> float:
    """The oracle's verdict over every record and parameter."""
    truth = oracle.of_trace(trace)
    found = {**trace.exact, **trace.exact_parameters}
    return oracle.disagreement(found, {**truth.gradients, **truth.inputs})[0]


@CELL
def test_what_is_right_passes_both(cell):
    trace = run_of(cell)
    assert worst_of(trace) < 1e-10
    assert gradcheck.finish(trace).passed


def caught(cell) -> None:
    """Both say no."""
    trace = run_of(cell)
    assert worst_of(trace) > 1e-10
    assert not gradcheck.finish(trace).passed


@CELL
def test_a_dropped_term_is_caught(cell, monkeypatch):
    """Nothing goes back to s_{t−1} through the step."""
    right = cell.step_back

    def broken(self, t, p, r, d):
        before = d.s_prev[t].copy()
        right(self, t, p, r, d)
        d.s_prev[t] = before

    monkeypatch.setattr(cell, "step_back", broken)
    caught(cell)


@pytest.mark.parametrize(("cell", "carried"), [(cell, name) for cell in ORACLE for name in cell.recurrent_states])
def test_a_carry_that_is_lost_is_caught(cell, carried, monkeypatch):
    """Of s_{t−1} the share through z_{t−1} (it is replaced, not added to); of c_{t−1} all that goes along the belt."""
    right = cell.step_back

    def broken(self, t, p, r, d):
        arrived = getattr(d, carried + "_prev")[t]
        if carried == "s":
            arrived[...] = 0.0
        right(self, t, p, r, d)
        if carried == "c":
            arrived[...] = 0.0

    monkeypatch.setattr(cell, "step_back", broken)
    caught(cell)


@CELL
def test_a_factor_in_one_block_is_caught(cell, monkeypatch):
    """The oracle sees 1 + 1e-8; differences resolve 1e-6."""
    right = cell.step_back
    for block in range(len(cell.blocks)):
        for share in (1e-8, 1e-5):

            def broken(self, t, p, r, d, block=block, share=share):
                right(self, t, p, r, d)
                hidden = d.s.shape[-1]
                d.h[t][:, block * hidden : (block + 1) * hidden] *= 1.0 + share

            monkeypatch.setattr(cell, "step_back", broken)
            trace = run_of(cell)
            assert worst_of(trace) > 1e-10
            if share > 1e-6:
                assert not gradcheck.finish(trace).passed


@pytest.mark.parametrize("cell", [cell for cell in ORACLE if cell.name != "identity"], ids=lambda cell: cell.name)
def test_the_slope_of_the_wrong_step_is_caught(cell, monkeypatch):
    """As printed in textbooks: 1 − s₁² where 1 − s₂² belongs. (The identity's slope is 1 at every step.)"""
    right = cell.backward_records

    def broken(self, p, r):
        d = right(self, p, r)
        d.slope[1:] = d.slope[:-1].copy()
        return d

    monkeypatch.setattr(cell, "backward_records", broken)
    caught(cell)


@CELL
def test_a_transposed_weight_is_caught(cell, monkeypatch):
    """∂L/∂s_{t−1} by W instead of Wᵀ; every gated cell has its own copies, so all of them are taken."""
    right = cell.prepare

    def broken(self, parameters):
        p = right(self, parameters)
        hidden = p.W.shape[0]
        for name in [key for key in vars(p) if key.endswith("_T")]:
            array = getattr(p, name)
            for k in range(0, array.shape[0], hidden):
                array[k : k + hidden] = array[k : k + hidden].T.copy()
        return p

    monkeypatch.setattr(cell, "prepare", broken)
    caught(cell)


@CELL
def test_a_gradient_that_is_not_a_number_is_caught(cell, monkeypatch):
    right = cell.step_back

    def broken(self, t, p, r, d):
        right(self, t, p, r, d)
        if t == 2:
            d.h[t][0, 0] = float("nan")

    monkeypatch.setattr(cell, "step_back", broken)
    caught(cell)


@pytest.mark.parametrize(("cell", "gate"), [(cell, gate) for cell in ORACLE for gate in cell.gates])
def test_a_frozen_gate_with_a_gradient_is_caught(cell, gate, monkeypatch):
    right = cell.step_back

    def broken(self, t, p, r, d):
        right(self, t, p, r, d)
        getattr(d, f"h_{gate}")[t] = 0.01

    experiment = natural("echo", cell=cell.name, steps=4, hidden=3, initial_state=0.5).freeze(gate, 0.5)
    assert worst_of(record(experiment)) < 1e-10
    monkeypatch.setattr(cell, "step_back", broken)
    trace = record(experiment)
    assert worst_of(trace) > 1e-10
    assert not gradcheck.finish(trace).passed
