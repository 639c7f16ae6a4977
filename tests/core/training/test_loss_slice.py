"""The slice of the loss: at its centre the run's own loss, everywhere that of a run of its own; and the path in it."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InputError
from core.experiment import Experiment, natural
from core.jobs import finished
from core.recorder import record
from core.training.loss_slice import (
    Path,
    losses_at,
    most_moved,
    named_place,
    path_of,
    place_of,
    plane_of_weights,
    principal_plane,
    reach_of,
    slicing,
    vector_of,
)
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.training import views
from core.training.update import UpdateRule, steps_of, updating


def trained(experiment: Experiment, updates: int = 12, **choices) -> TrainingRun:
    run = TrainingRun(experiment, Plan(length=updates, rate=0.05, validation=0.0, **choices))
    for _ in run.steps():
        pass
    return run


def plane_of(run: TrainingRun):
    trace, path = record(run.experiment, run.parameters), path_of(run)
    centre = vector_of(trace.parameters, path.names)
    return trace, path, principal_plane(path, centre, vector_of(trace.unclipped_parameters, path.names))


CASES = [
    Experiment(steps=5, hidden=3),
    Experiment(steps=5, hidden=3, cell="lstm", batch=2),
    natural("next-character", steps=6, hidden=3),
    Experiment(steps=4, hidden=3, cell="batchnorm", batch=3),  # one by one: its samples depend on each other
    Experiment(steps=4, hidden=2, fault="diag-forgotten"),
]


@pytest.mark.parametrize("experiment", CASES, ids=lambda each: f"{each.task}-{each.cell}")
def test_every_point_has_the_loss_of_a_run_of_its_own(experiment):
    run = trained(experiment)
    trace, path, plane = plane_of(run)
    found = finished(slicing(trace, path.names, plane, (0.7, 0.4), points=5))
    assert found.loss.shape == (5, 5) and found.across[2] == found.up[2] == 0.0
    assert found.loss[2, 2] == pytest.approx(trace.loss, rel=1e-12, abs=0)
    for row, column in ((0, 0), (0, 4), (1, 3), (4, 2)):
        vector = plane.centre + found.across[column] * plane.across + found.up[row] * plane.up
        parameters = {**trace.parameters, **views(trace.network, vector, path.names)}
        assert found.loss[row, column] == pytest.approx(record(experiment, parameters).loss, rel=1e-12)


def test_the_loss_of_the_outputs_biases_is_their_parabola():
    """z = s·V + b and ℓ = ½·Σ(z − y)²: along two biases L is L₀ + g·δ + ½·T·δ², T steps with a loss."""
    run = trained(natural("sine", steps=6, hidden=3))
    trace, path = record(run.experiment, run.parameters), path_of(run)
    bias = place_of(trace, path.names, "out.b", (0,))
    weight = place_of(trace, path.names, "out.V", (0, 0))
    assert bias is not None and weight is not None
    plane = plane_of_weights(path, vector_of(trace.parameters, path.names), bias, weight)
    found = finished(slicing(trace, path.names, plane, (2.0, 1.0), points=9))
    gradient = trace.exact_parameters["out.b"][0]
    wanted = trace.loss + gradient * found.across + 0.5 * trace.data.supervised.sum() * found.across**2
    np.testing.assert_allclose(found.loss[4], wanted, rtol=1e-12)


def test_places_in_the_plane_one_by_one():
    experiment = Experiment(steps=5, hidden=3, batch=3)
    trace, path, plane = plane_of(trained(experiment))
    places = np.array([[0.0, 0.0], [0.3, -0.2]])
    both = finished(losses_at(trace, path.names, plane, places))
    assert both[0] == pytest.approx(trace.loss, rel=1e-12) and both[1] != both[0]


# --- the plane ---
def test_the_projection_is_exact():
    """In a path that lies in a plane, every update's place leads back to its parameters, and the share is all of it."""
    random = np.random.default_rng(3)
    directions = np.linalg.qr(random.normal(size=(7, 2)))[0].T
    vectors = random.normal(size=7) + random.normal(size=(9, 2)) @ directions
    path = Path(("w",), np.arange(9), vectors)
    plane = principal_plane(path, vectors[-1], np.ones(7))
    np.testing.assert_allclose([plane.across @ plane.across, plane.up @ plane.up], 1.0, rtol=1e-14)
    assert abs(plane.across @ plane.up) < 1e-14
    np.testing.assert_allclose(plane.vectors(plane.project(vectors)), vectors, rtol=1e-12, atol=1e-13)
    assert plane.project(vectors)[-1].tolist() == [0.0, 0.0] and plane.share == pytest.approx(1.0, abs=1e-14)


def test_the_directions_are_those_of_most_variance():
    random = np.random.default_rng(4)
    vectors = random.normal(size=(40, 5)) * [0.1, 3.0, 0.2, 1.0, 0.05]
    plane = principal_plane(Path(("w",), np.arange(40), vectors), vectors[-1], np.ones(5))
    values, found = np.linalg.eigh(np.cov(vectors.T, bias=True))
    assert abs(plane.across @ found[:, -1]) == pytest.approx(1.0, abs=1e-12)
    assert abs(plane.up @ found[:, -2]) == pytest.approx(1.0, abs=1e-12)
    assert plane.share == pytest.approx(values[-2:].sum() / values.sum(), rel=1e-12)


def test_a_straight_path_takes_the_gradient_as_its_second_direction():
    vectors = np.outer(np.arange(4.0), [1.0, 0.0, 0.0])
    plane = principal_plane(Path(("w",), np.arange(4), vectors), vectors[-1], np.array([2.0, 3.0, 0.0]))
    assert plane.gradient_up and plane.across.tolist() == [1.0, 0.0, 0.0] and plane.up.tolist() == [0.0, 1.0, 0.0]
    plane = principal_plane(Path(("w",), np.arange(4), vectors), vectors[-1], np.array([np.nan, 3.0, 0.0]))
    assert np.isfinite(plane.up).all() and abs(plane.up @ plane.across) < 1e-14
    assert plane.share == pytest.approx(1.0)


def test_no_path_is_a_sentence():
    run = TrainingRun(Experiment(steps=4, hidden=2), Plan(length=3))
    trace, path = record(run.experiment, run.parameters), path_of(run)
    with pytest.raises(InputError, match="one point as yet"):
        principal_plane(path, path.vectors[0], path.vectors[0])
    plane = plane_of_weights(path, path.vectors[0], 0, 1)
    assert np.isnan(plane.share)
    reach = reach_of(plane.project(path.vectors), np.zeros((1, 2)))
    assert np.isfinite(finished(slicing(trace, path.names, plane, reach, 3)).loss).all()
    with pytest.raises(InputError, match="needs two parameters"):
        principal_plane(Path(("w",), np.arange(2), np.arange(2.0)[:, None]), np.zeros(1), np.zeros(1))


def test_the_path_has_the_first_and_the_latest_and_so_many_frames():
    run = trained(Experiment(steps=3, hidden=2), 30)
    assert path_of(run).updates.tolist() == list(range(31))
    few = path_of(run, 4)
    assert few.updates.tolist() == [0, 10, 20, 30]
    np.testing.assert_array_equal(few.vectors[-1], run.training.vector)
    moved = most_moved(few)
    assert np.ptp(few.vectors[:, moved[0]]) == np.ptp(few.vectors, axis=0).max()


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_a_number_and_its_place_in_the_vector(cell):
    run = TrainingRun(Experiment(cell=cell, steps=3, hidden=2), Plan(length=1, held=("L1.U",)))
    trace, names = record(run.experiment, run.parameters), run.training.learned
    vector = run.training.vector
    for place in range(vector.size):
        name, entry = named_place(trace, names, place)
        assert place_of(trace, names, name, entry) == place
        assert trace.named_parameters(trace.parameters)[name][entry] == vector[place]
    held = "L1.U" if cell == "tanh" else next(k for k in trace.named_parameters(trace.parameters) if "L1.U" in k)
    assert place_of(trace, names, held, (0, 0)) is None and place_of(trace, names, "L1.W_q", (0, 0)) is None


def test_the_map_shows_the_path_and_steps_that_are_not_much_longer():
    path = np.array([[0.0, 0.0], [-2.0, 0.5]])
    assert reach_of(path, np.array([[0.1, 0.1]])) == pytest.approx((2.3, 0.575))
    assert reach_of(path, np.array([[0.1, 100.0]])) == pytest.approx((2.3, 1.725))  # it leaves the map
    assert reach_of(np.zeros((1, 2)), np.array([[0.5, 0.0]])) == pytest.approx((0.575, 0.575))
    assert reach_of(np.zeros((1, 2)), np.array([[np.nan, 0.0]]), 2.0) == pytest.approx((2.3, 2.3))


# --- the next step ---
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_clipped_step_is_the_updates_and_the_other_is_without_clipping(optimizer):
    experiment = Experiment(steps=5, hidden=3, clip_norm=0.01)
    trace, rule = record(experiment), UpdateRule(optimizer, 0.1)
    steps, update = steps_of(trace, rule), finished(updating(trace, rule))
    assert steps.clips
    for name in update.moved:
        np.testing.assert_array_equal(steps.clipped[name], update.change[name])
    free = record(experiment.with_changes(clip_norm=None))
    whole, wanted = steps_of(free, rule), finished(updating(free, rule))
    assert not whole.clips
    for name in wanted.moved:
        np.testing.assert_allclose(steps.unclipped[name], wanted.change[name], rtol=1e-12)
        if optimizer == "sgd":
            given = trace.parameters[name]
            np.testing.assert_array_equal(
                steps.unclipped[name], (given - 0.1 * trace.unclipped_parameters[name]) - given
            )
