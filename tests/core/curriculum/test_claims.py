"""The lessons' claims, over seeds, through the public interface. Both seeds of an experiment vary together.

Batch 1, hidden 8, two inputs x ~ N(0, 1), U = N(0, 1)/√2, b = 0, loss ½(z − 1)² at the last step.
R(q) = ‖∂L/∂q₁‖ / ‖∂L/∂q_T‖.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.experiment import Experiment
from core.maths.arrays import norms
from core.recorder import record
from core.trace import Trace
from tests.core.cases import ratio

SEEDS = range(60)
S, C = ("L1", "s"), ("L1", "c")
BASE = Experiment(task="last-step", cell="tanh", steps=30, hidden=8, batch=1, loss_at="last", w_init="orthogonal")
LINE = BASE.with_changes(cell="relu", w_init="identity", nonnegative=True)
SMALL = BASE.with_changes(steps=50, w_init="normal", w_gain=0.3, u_gain=0.3)  # U, W × 0.3/√fan-in


def over_seeds(experiment: Experiment, seeds=SEEDS) -> Iterator[Trace]:
    """The experiment's traces, one for each seed."""
    for seed in seeds:
        yield record(experiment.with_changes(data_seed=seed, weight_seed=seed))


def test_claim_6_vanishing_at_half():
    """tanh, W = 0.5·orthogonal: the gradient shrinks at every step, by half or more."""
    for trace in over_seeds(BASE.with_changes(w_gain=0.5)):
        assert ratio(trace, S) <= 0.5**29
        assert (np.diff(norms(trace.exact[S])) >= 0).all()


def test_claim_6_vanishing_at_nine_tenths():
    for trace in over_seeds(BASE.with_changes(w_gain=0.9)):
        assert ratio(trace, S) < 1e-3


def test_claim_8_exploding_needs_small_inputs():
    """tanh, W = 1.3·orthogonal: with x × 1e-6 the gradient grows a thousandfold."""
    for trace in over_seeds(BASE.with_changes(w_gain=1.3, input_scale=1e-6)):
        assert ratio(trace, S) > 1000


def test_claim_8_saturation_beats_the_weight():
    """The same net with x × 1: the gradient vanishes."""
    for trace in over_seeds(BASE.with_changes(w_gain=1.3)):
        assert ratio(trace, S) < 1


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.2])
def test_claim_9_relu_is_a_balance(gain):
    """Inputs and U non-negative, W = g·I: R(s) is g^(T−1), to rounding."""
    for trace in over_seeds(LINE.with_changes(w_gain=gain)):
        assert ratio(trace, S) == pytest.approx(gain**29, rel=1e-13)


@pytest.mark.parametrize("gain", [0.8, 1.0, 1.2])
def test_claim_9_relu_can_be_dead(gain):
    """b = −3 and x × 0.5: the gradient that reaches the first state is exactly 0.

    dW is exactly 0 as well, but where a rare large input opens a unit at the last step.
    """
    dead = []
    for trace in over_seeds(LINE.with_changes(w_gain=gain, bias=-3.0, input_scale=0.5)):
        assert ratio(trace, S) == 0.0
        dead.append(not trace.exact_parameters["L1.W"].any())
    assert np.mean(dead) >= 0.9


def test_claim_9_relu_does_not_cure_it():
    """W = 1·orthogonal, H 16: ReLU's R(s) beats tanh's in about two thirds of the seeds, and loses in the others."""
    wide = BASE.with_changes(hidden=16, w_gain=1.0)
    seeds = range(200)
    pairs = zip(over_seeds(wide.with_changes(cell="relu"), seeds), over_seeds(wide, seeds), strict=True)
    beats = np.mean([ratio(relu, S) > ratio(tanh, S) for relu, tanh in pairs])
    assert 0.55 < beats < 0.8


def test_claim_11_an_lstm_with_bias_0_forgets():
    for trace in over_seeds(SMALL.with_changes(cell="lstm", forget_bias=0.0)):
        assert ratio(trace, C) < 1e-9


def test_claim_11_an_lstm_with_bias_5_remembers():
    """R(c) > 0.1, and ∏ f > 0.6, the mean over the units (a single unit can be a little below)."""
    for trace in over_seeds(SMALL.with_changes(cell="lstm", forget_bias=5.0)):
        assert ratio(trace, C) > 0.1
        assert np.prod(trace.values["L1", "f"], axis=0).mean() > 0.6


def test_claim_11_bias_1_is_too_little_here():
    found = [ratio(trace, C) for trace in over_seeds(SMALL.with_changes(cell="lstm", forget_bias=1.0))]
    assert 1e-7 < np.median(found) < 1e-4


def test_claim_11_f_frozen_at_1_carries_everything_along_the_belt():
    """∂L/∂c_t ⊙ f_t, what goes back along the cell state, loses exactly nothing. The total ∂L/∂c is more than that: the
    gates i, g and o read s_{t−1}, so R(c) itself is not 1 unless W is 0."""
    frozen = SMALL.with_changes(cell="lstm").freeze("f", 1.0)
    for trace in over_seeds(frozen):
        assert (trace.values["L1", "f"] == 1.0).all()
        dc = trace.exact[C][-1]
        for f in trace.values["L1", "f"][:0:-1]:
            dc = dc * f
        assert np.array_equal(dc, trace.exact[C][-1])
        assert ratio(trace, C) != 1.0
    for trace in over_seeds(frozen.with_changes(w_gain=0.0)):
        assert ratio(trace, C) == 1.0
        assert all(np.array_equal(dc, trace.exact[C][-1]) for dc in trace.exact[C])


def test_claim_12_a_gru_with_bias_0_forgets():
    for trace in over_seeds(SMALL.with_changes(cell="gru", update_bias=0.0)):
        assert ratio(trace, S) < 1e-10


def test_claim_12_a_gru_with_bias_minus_5_remembers():
    for trace in over_seeds(SMALL.with_changes(cell="gru", update_bias=-5.0)):
        assert ratio(trace, S) > 0.6
