"""The matrices of a run beside their gradients: those of the inputs are central differences of the loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.input_gradients import input_gradient
from core.arithmetic.matrices import matrix_of
from core.bptt import forward
from core.choices import Edit
from core.edits.places import idle_parameters
from core.experiment import Experiment, natural
from core.network.parts import ForwardPass
from core.notation.books import NOTATIONS
from core.recorder import record
from core.trace import Trace
from tests.core.structured import STRUCTURES, trace_of

ROW = NOTATIONS[0]
STEP = 1e-5
MORE = {
    "1-n-every": {"structure": "1-n-every"},
    "a kernel longer than the run": {"convolution": 5, "filters": 2, "steps": 2},
    "taps": {"cell": "tdnn"},
    "more taps than steps": {"cell": "tdnn", "taps": 4, "steps": 2},
}


def loss_at(trace: Trace, x: np.ndarray) -> float:
    """The loss of the run's network on other inputs."""
    run = ForwardPass(trace.network, trace.parameters, replace(trace.data, x=x))
    for _ in forward(trace.network, run):
        pass
    return float(run.loss)


@pytest.mark.parametrize("name", [*STRUCTURES, *MORE])
def test_the_gradient_of_the_inputs_is_that_of_central_differences(name):
    """Along one direction for each step and each sample."""
    if name in STRUCTURES:
        trace = trace_of(name)
    else:
        trace = record(natural("echo", **{"steps": 5, "hidden": 3, "batch": 3, "bias": 0.2, **MORE[name]}))
    found, x = input_gradient(trace), trace.data.x
    assert found.any()
    random = np.random.default_rng(0)
    every = trace.experiment.structure == "1-n-every"  # the first x is read again at every step
    assert not (every and found[1:].any())
    for t in range(1 if every else len(x)):
        for sample in range(x.shape[1]):
            direction = np.zeros_like(x)
            direction[t, sample] = random.choice((-1.0, 1.0), size=x.shape[2])
            moved = np.broadcast_to(direction[0], x.shape) if every else direction
            numeric = (loss_at(trace, x + STEP * moved) - loss_at(trace, x - STEP * moved)) / (2 * STEP)
            assert (found * direction).sum() == pytest.approx(numeric, rel=1e-6, abs=1e-8), (t, sample)


def test_the_gradient_beside_a_matrix_is_the_exact_one_or_the_one_that_truncation_leaves():
    trace = record(natural("echo", steps=6, hidden=3, batch=2, truncate=2))
    for key, exact, used in (
        ("L1.W", trace.exact_parameters["L1.W"], trace.used_parameters["L1.W"]),
        ("x", trace.exact["L1", "x"][:, 1], trace.used["L1", "x"][:, 1]),  # nothing else reads it
    ):
        assert not np.allclose(exact, used)
        assert np.array_equal(matrix_of(trace, key, 1, ROW).gradients, exact)
        assert np.array_equal(matrix_of(trace, key, 1, ROW, used=True).gradients, used)


def test_of_a_frozen_gate_all_parameters_are_idle_and_no_others():
    trace = record(Experiment(cell="lstm", hidden=2, steps=3).freeze("f", 0.5))
    assert idle_parameters(trace.scan) == {"U_f", "W_f", "b_f"}
    for name in ("U", "W", "b"):
        assert not matrix_of(trace, f"L1.{name}_f", 0, ROW).open.any()
        assert matrix_of(trace, f"L1.{name}_i", 0, ROW).open.all()


def test_the_arrays_of_an_edited_run_cannot_be_written_to():
    trace = record(natural("echo", steps=3, hidden=2, edits=(Edit("x", (0, 0, 0), 0.5), Edit("L1.W", (0, 0), 1.0))))
    assert trace.data.x[0, 0, 0] == 0.5
    assert not trace.data.x.flags.writeable and not trace.data.y.flags.writeable
