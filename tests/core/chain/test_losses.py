"""The loss's nodes: their numbers are the run's, and the difference is the derivative of ℓ_t, by the complex step."""

from __future__ import annotations

import numpy as np
import pytest

from core.chain.losses import loss_nodes
from core.experiment import natural
from core.recorder import record

RUNS = {
    "squared": natural("sine", steps=7, batch=2),
    "binary": natural("echo", steps=7),
    "categorical": natural("next-character", steps=6, hidden=3),
    "lengths": natural("surname", batch=3),
    "decoder": natural("reverse", structure="encoder-decoder", steps=4, output_steps=3, hidden=3),
    "last": natural("last-step", steps=5),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_terms_of_all_samples_are_the_runs_loss(name):
    trace = record(RUNS[name])
    batch = trace.data.x.shape[1]
    found = [loss_nodes(trace, sample) for sample in range(batch)]
    assert sum(float(each.losses.sum()) for each in found) / batch == pytest.approx(trace.loss, rel=1e-12)
    before = trace.schedule.before_output
    for sample, nodes in enumerate(found):
        for k, t in enumerate(nodes.columns):
            at = int(t) - 1 - before
            assert trace.data.supervised[at]
            assert np.array_equal(nodes.outputs[k], trace.values["out", "a"][at, sample])
            assert np.array_equal(nodes.targets[k], trace.data.y[at, sample])


@pytest.mark.parametrize("name", RUNS)
def test_the_difference_is_the_derivative_of_the_term(name):
    trace, step = record(RUNS[name]), 1e-30
    batch = trace.data.x.shape[1]
    for sample in range(batch):
        nodes = loss_nodes(trace, sample)
        at = nodes.columns - 1 - trace.schedule.before_output
        z = trace.values["out", "z"][at, sample].astype(complex)
        for unit in range(z.shape[1]):
            moved = z.copy()
            moved[:, unit] += 1j * step
            slope = trace.network.loss.value(moved, nodes.targets).imag / step
            assert slope == pytest.approx(nodes.differences[:, unit], rel=1e-10, abs=1e-14)
        sizes = np.sqrt(np.square(nodes.differences).sum(axis=1)) / batch
        assert nodes.norms == pytest.approx(sizes, rel=1e-12)


def test_without_feedback_the_norm_is_that_of_the_outputs_recorded_gradient():
    trace = record(RUNS["categorical"])
    nodes = loss_nodes(trace, 0)
    recorded = np.linalg.norm(trace.exact["out", "z"][nodes.columns - 1, 0], axis=1)
    assert nodes.norms == pytest.approx(recorded, rel=1e-12)
