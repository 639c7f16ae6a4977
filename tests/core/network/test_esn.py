"""The echo state network: its reservoir is as asked, and its read-out is the ridge regression's."""

from __future__ import annotations

import numpy as np
import pytest

from core import bptt
from core.analysis import gradcheck
from core.cells import cell_named
from core.cells.esn import has_cycle, reservoir
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.arrays import spectral_radius
from core.maths.streams import stream
from core.network.head import Head
from core.network.initialisation import initial_parameters
from core.network.parts import ForwardPass
from core.readout import fit, fit_readout
from core.recorder import Recorder, record
from tests.core.oracle import derivatives as oracle
from tests.core.structured import STRUCTURES


def reservoir_of(seed: int, size: int, density: float, radius: float = 0.9) -> np.ndarray:
    return reservoir(size, density, radius, stream(seed, "reservoir"))


def experiment(**changes) -> Experiment:
    """A reservoir that reads a noisy wave."""
    chosen = {"steps": 60, "hidden": 20, "batch": 2, "density": 0.1, "bias": 0.1, "ridge": 1e-4, **changes}
    return natural("sine", cell="esn", **chosen)


# --- the reservoir ---
@pytest.mark.parametrize("radius", [0.5, 0.9, 1.25])
@pytest.mark.parametrize(("size", "density"), [(1, 0.01), (3, 0.05), (6, 0.05), (10, 0.1), (50, 0.05), (200, 0.01)])
def test_the_reservoir_has_the_radius_and_the_density_that_were_asked_for(size, density, radius):
    for seed in range(10 if size < 200 else 3):
        w = reservoir_of(seed, size, density, radius)
        assert np.count_nonzero(w) == max(1, round(density * size * size))
        assert spectral_radius(w) == pytest.approx(radius, abs=1e-10)


def test_few_entries_always_make_a_cycle():
    """Two entries in six units seldom lie on a cycle by chance; a nilpotent reservoir could not be scaled."""
    for seed in range(300):
        for size, density in ((6, 0.05), (4, 0.2), (20, 0.01), (12, 0.05)):
            w = reservoir_of(seed, size, density)
            assert has_cycle(w != 0.0)
            assert spectral_radius(w) == pytest.approx(0.9, abs=1e-10)


def test_a_cycle_is_found_where_there_is_one():
    assert has_cycle(np.eye(1, dtype=bool))
    assert not has_cycle(np.triu(np.ones((5, 5), dtype=bool), 1))
    ring = np.roll(np.eye(5, dtype=bool), 1, axis=1)
    assert has_cycle(ring)
    ring[2, 3] = False
    assert not has_cycle(ring)
    random = stream(1, "graphs")
    for _ in range(200):
        places = random.random((6, 6)) < 0.2
        powers = [np.linalg.matrix_power(places.astype(int), k).trace() for k in range(1, 7)]
        assert has_cycle(places) == any(powers)


def test_a_radius_of_0_is_a_reservoir_without_memory():
    assert not reservoir_of(1, 8, 0.2, 0.0).any()


def test_the_reservoir_is_in_the_network_and_a_typed_one_is_taken_as_it_is():
    w = record(experiment(density=0.05, spectral_radius=0.7)).parameters["L1.W"]
    assert spectral_radius(w) == pytest.approx(0.7, abs=1e-10)
    assert np.count_nonzero(w) == 20
    typed = ((0.5, 2.0), (0.0, -0.5))
    found = record(experiment(hidden=2, w_init="matrix", w_matrix=typed)).parameters["L1.W"]
    assert (found == np.array(typed)).all()


# --- the regression ---
@pytest.mark.parametrize("ridge", [1e-8, 1e-4, 1.0, 100.0])
def test_v_and_b_solve_the_normal_equations(ridge):
    """(SᵀS + ridge·I)·V + Sᵀ1·b = SᵀY and 1ᵀS·V + N·b = 1ᵀY, as the derivative of the penalised squares says."""
    random = stream(3, "regression")
    s = random.normal(size=(80, 7)) @ random.normal(size=(7, 7)) + random.normal(size=7)
    y = random.normal(size=(80, 3)) + 5.0
    v, b = fit(s, y, ridge)
    residual = s @ v + b - y
    scale = np.abs(s.T @ y).max()
    assert np.abs(s.T @ residual + ridge * v).max() < 1e-10 * scale
    assert np.abs(residual.sum(axis=0)).max() < 1e-10 * np.abs(y).sum()


def test_the_bias_is_not_penalised():
    s, y = stream(4, "s").normal(size=(50, 4)), np.full((50, 2), 7.0)
    v, b = fit(s, y, 1e6)
    assert np.abs(v).max() < 1e-12
    assert b == pytest.approx([7.0, 7.0], abs=1e-10)


def test_without_a_penalty_and_with_too_few_steps_v_is_the_smallest():
    s, y = stream(5, "s").normal(size=(3, 10)), stream(5, "y").normal(size=(3, 1))
    v, b = fit(s, y, 0.0)
    assert np.abs(s @ v + b - y).max() < 1e-12
    centred = s - s.mean(axis=0)
    assert np.abs(v - centred.T @ np.linalg.pinv(centred.T) @ v).max() < 1e-12  # nothing that the states do not see


@pytest.mark.parametrize("changes", [{}, {"layers": 2}, {"bidirectional": "concat"}, {"loss_at": "last", "batch": 40}])
def test_a_run_s_read_out_solves_the_normal_equations_of_its_states(changes):
    trace = record(experiment(**changes))
    head = next(part for part in trace.network.members if isinstance(part, Head))
    at = trace.data.supervised
    states = trace.run.signals[head.source][at].reshape(at.sum() * trace.data.y.shape[1], -1)
    targets = trace.data.y[at].reshape(len(states), -1)
    v, b = trace.parameters["out.V"], trace.parameters["out.b"]
    residual = states @ v + b - targets
    scale = np.abs(states.T @ targets).max()
    assert np.abs(states.T @ residual + trace.experiment.ridge * v).max() < 1e-10 * scale
    assert np.abs(residual.sum(axis=0)).max() < 1e-10 * len(states)


def test_the_gradient_on_v_is_the_ridge_s_pull():
    """At the optimum ∂/∂V (½‖S·V + b − Y‖² + ½·ridge·‖V‖²) = 0, so ∂L/∂V = −ridge·V/B and ∂L/∂b_z = 0."""
    trace = record(experiment())
    pull = -trace.experiment.ridge * trace.parameters["out.V"] / trace.experiment.batch
    assert trace.exact_parameters["out.V"] == pytest.approx(pull, abs=1e-12)
    assert np.abs(trace.exact_parameters["out.b"]).max() < 1e-12


def test_a_fitted_read_out_beats_a_random_one():
    for seed in range(5):
        recorder = Recorder(experiment(weight_seed=seed, data_seed=seed))
        fitted = recorder.record()
        drawn = record(fitted.experiment, initial_parameters(recorder.network, fitted.experiment))
        assert fitted.loss < 0.05 * drawn.loss
        for name in ("L1.U", "L1.W", "L1.b"):
            assert (fitted.parameters[name] == drawn.parameters[name]).all()


def test_the_first_steps_are_left_out():
    chosen = experiment(washout=20, initial_state=5.0)
    recorder = Recorder(chosen)
    trace = recorder.record()
    states, targets = trace.values["L1", "s"][20:].reshape(-1, 20), trace.data.y[20:].reshape(-1, 1)
    v, b = fit(states, targets, chosen.ridge)
    assert (trace.parameters["out.V"] == v).all()
    assert (trace.parameters["out.b"] == b).all()
    without = record(experiment(initial_state=5.0)).parameters["out.V"]
    assert (without != v).any()


def test_fed_back_outputs_are_the_targets_while_it_is_fitted():
    chosen = experiment(output_feedback=True, noise=0.0, washout=5)
    trace = record(chosen)
    taught = record(chosen.with_changes(teacher_forcing=True), dict(trace.parameters))
    states, targets = taught.values["L1", "s"][5:].reshape(-1, 20), trace.data.y[5:].reshape(-1, 1)
    v, _ = fit(states, targets, chosen.ridge)
    assert trace.parameters["out.V"] == pytest.approx(v, abs=1e-12)
    assert (taught.values["L1", "a_prev"][1:] == trace.data.y[:-1]).all()
    assert (trace.values["L1", "a_prev"][1:] == trace.values["out", "a"][:-1]).all()


# --- what is refused ---
def test_another_loss_is_refused_with_the_reason():
    with pytest.raises(InputError, match=r"ridge regression, which needs squared error, but the task echo has"):
        Recorder(natural("echo", cell="esn"))


def test_a_washout_that_leaves_nothing_is_refused():
    with pytest.raises(InputError, match=r"washout 60 leaves no step"):
        Recorder(experiment(washout=60))


# --- no BPTT ---
def test_it_says_that_there_is_no_bptt():
    assert cell_named("esn").note == "no BPTT: only the read-out is fitted, by ridge regression"
    assert not cell_named("esn").learned


@pytest.mark.parametrize("changes", [{}, {"output_feedback": True}, {"teacher_forcing": True, "output_feedback": True}])
def test_its_gradients_are_derivatives_and_none_of_them_is_used_below_the_read_out(changes):
    trace = record(experiment(steps=8, hidden=5, density=0.3, ridge=1.0, **changes))
    truth = oracle.of_trace(trace)
    worst, whose = oracle.disagreement({**trace.exact, **trace.exact_parameters}, {**truth.gradients, **truth.inputs})
    assert worst < 1e-10, whose
    assert gradcheck.finish(trace).passed
    assert trace.exact["L1", "h"].any()
    assert not trace.used["L1", "h"].any()
    for name, gradient in trace.used_parameters.items():
        assert gradient.any() == (name.startswith("out."))


@pytest.mark.parametrize(
    "name",
    [
        "three layers", "bidirectional n-n", "bidirectional n-1", "bidirectional at the last step",
        "bidirectional, two layers", "bidirectional, two layers, n-1", "encoder-decoder", "attention",
    ],
)  # fmt: skip
def test_whatever_lies_below_the_read_out_none_of_its_gradients_is_used(name):
    small = {"steps": 5, "hidden": 3, "batch": 3, "bias": 0.2, "initial_state": 0.3, "density": 0.5}
    trace = record(natural("sine", cell="esn", **small, **STRUCTURES[name]))
    assert all(trace.exact[key].any() for key in trace.exact if key[1] == "s")
    assert {key[0] for key, array in trace.used.items() if array.any()} == {"out"}
    assert {key for key, array in trace.used_parameters.items() if array.any()} == {"out.V", "out.b"}


def test_fitting_leaves_what_it_was_given():
    recorder = Recorder(experiment())
    first = initial_parameters(recorder.network, recorder.experiment)
    kept = {name: array.copy() for name, array in first.items()}
    fitted = fit_readout(recorder.network, first, recorder.data, recorder.experiment)
    assert all((first[name] == kept[name]).all() for name in kept)
    run = ForwardPass(recorder.network, fitted, recorder.data)
    for _ in bptt.forward(recorder.network, run):
        pass
    assert run.loss == recorder.record().loss


def test_a_short_memory_echoes_the_recent_past():
    """What Jaeger calls memory capacity: the reservoir's states still hold the input of a few steps ago, and the more
    of it the more recent it was."""
    trace = record(experiment(steps=400, hidden=60, density=0.1, noise=1.0, ridge=1e-6, batch=1))
    states, x = trace.values["L1", "s"][50:, 0], trace.data.x[:, 0, 0]
    shares = []
    for delay in (1, 5, 40):
        y = x[50 - delay : 400 - delay]
        v, b = fit(states, y[:, np.newaxis], 1e-6)
        shares.append(float(np.square(y - (states @ v + b)[:, 0]).sum() / np.square(y - y.mean()).sum()))
    assert shares[0] < 0.01 < shares[1] < shares[2]
