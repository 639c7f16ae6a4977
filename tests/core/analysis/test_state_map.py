"""One step as a map of the state: its values and derivatives against the recorded run, its fixed points against an
independent solve and against iteration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.contributions import jacobian
from core.analysis.state_map import (
    KINDS,
    MEMORY,
    NEUTRAL,
    NO_STATE,
    OUTPUTS,
    RESIDUAL,
    SADDLE,
    SAMPLES,
    STABLE,
    UNSTABLE,
    directions,
    fixed_points,
    no_state_map,
    state_map,
)
from core.cells import CELLS
from core.choices import Edit
from core.experiment import Experiment
from core.recorder import record
from tests.core.cases import experiment_of
from tests.core.structured import trace_of

REACH = 1.1


def tanh_run(w, b=(0.0, 0.0)):
    """A tanh layer of two units with this W and b."""
    edits = tuple(Edit("L1.b", (k,), float(value)) for k, value in enumerate(b))
    matrix = tuple(tuple(float(x) for x in row) for row in np.asarray(w))
    experiment = Experiment(hidden=2, steps=3, w_init="matrix", w_gain=1.0, w_matrix=matrix)
    return record(experiment.with_changes(edits=edits))


def by_one_equation(w, b):
    """The fixed points of s = tanh(s·W + b) of two units, (n, 2), with no Newton and no grid of starts: with h₁ chosen,
    s₁ = tanh(h₁), the first equation gives s₂ = (h₁ − b₁ − s₁·w₁₁)/w₂₁, and the second is one of one unknown, whose
    changes of sign are halved."""
    (w11, w12), (w21, w22) = w

    def second(h):
        s1 = np.tanh(h)
        s2 = (h - b[0] - s1 * w11) / w21
        return np.tanh(b[1] + s1 * w12 + s2 * w22) - s2

    edge = abs(w11) + abs(w21) + abs(b[0]) + 1.0
    h = np.linspace(-edge, edge, 200_001) + 1e-9  # no root of a symmetric case lies on the grid
    sign = np.sign(second(h))
    at = np.flatnonzero(sign[:-1] != sign[1:])
    low, high = h[at].copy(), h[at + 1].copy()
    for _ in range(80):
        middle = (low + high) / 2
        left = np.sign(second(middle)) == np.sign(second(low))
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    s1 = np.tanh(low)
    return np.stack((s1, (low - b[0] - s1 * w11) / w21), axis=1)


@pytest.mark.parametrize("seed", range(60))
def test_the_fixed_points_are_those_of_an_independent_solve(seed):
    random = np.random.default_rng(seed)
    w, b = random.normal(size=(2, 2)) * random.choice([0.7, 1.5, 3.0, 6.0]), random.normal(size=2) * (seed % 3)
    trace = tanh_run(w, b)
    found = fixed_points(trace, trace.scan, 2, 0, True, REACH)
    expected = by_one_equation(w, b)
    assert found.isolated and len(found.points) == len(expected)
    for point in found.points:
        assert point.residual < RESIDUAL
        assert np.abs(expected - point.place).max(axis=1).min() < 1e-7
        np.testing.assert_allclose(np.tanh(point.place @ w + b), point.place, atol=1e-10)


@pytest.mark.parametrize("seed", range(25))
def test_their_stability_is_what_iteration_does_there(seed):
    random = np.random.default_rng(100 + seed)
    w, b = random.normal(size=(2, 2)) * random.choice([0.8, 2.0, 4.0]), random.normal(size=2) * (seed % 2)
    trace = tanh_run(w, b)
    points = fixed_points(trace, trace.scan, 1, 0, True, REACH).points

    def after(s, steps):
        for _ in range(steps):
            s = np.tanh(s @ w + b)
        return s

    ends = after(random.uniform(-1, 1, size=(400, 2)), 4000)
    settled = ends[np.abs(after(ends, 1) - ends).max(axis=1) < 1e-9]
    stable = [point.place for point in points if point.kind == STABLE]
    for end in settled:  # whatever comes to rest does so at one that is called stable
        assert min(np.abs(end - place).max() for place in stable) < 1e-6
    for point in points:
        near = point.place + 1e-5 * random.normal(size=(200, 2))
        if point.kind == STABLE:
            steps = int(np.ceil(np.log(1e-4) / np.log(min(point.radius, 0.9999)))) + 50
            assert np.abs(after(near, steps) - point.place).max() < 1e-6
        elif point.kind in (SADDLE, UNSTABLE):
            steps = int(np.ceil(np.log(1e3) / np.log(point.radius))) + 20
            farthest = np.zeros(len(near))
            for _ in range(steps):
                near = after(near, 1)
                farthest = np.maximum(farthest, np.abs(near - point.place).max(axis=1))
            assert np.median(farthest) > 1e-4


def test_two_latched_states_and_the_saddle_between_them():
    trace = tanh_run([[3.0, 0.0], [0.0, 0.5]])
    found = fixed_points(trace, trace.scan, 1, 0, True, REACH)
    assert [point.kind for point in found.points] == [STABLE, SADDLE, STABLE]
    assert found.points[1].place == pytest.approx((0, 0), abs=1e-10)
    assert found.points[1].eigenvalues == pytest.approx((3.0, 0.5))
    end = found.points[2].place[0]
    assert end == pytest.approx(np.tanh(3 * end), abs=1e-12) and end > 0.99
    assert found.points[2].radius == pytest.approx(0.5)


def test_where_three_are_about_to_part_there_is_one():
    """λ = 1 at the origin: near it f(s) − s is as flat as s³, and Newton's method stops all around it."""
    trace = tanh_run([[2.0, -1.0], [-1.0, 2.0]])
    found = fixed_points(trace, trace.scan, 1, 0, True, REACH)
    assert found.isolated and [point.kind for point in found.points] == [STABLE, SADDLE, STABLE]
    assert found.points[1].eigenvalues == pytest.approx((3.0, 1.0), abs=1e-5)


def test_only_a_plane_has_them():
    trace = record(Experiment(hidden=3))
    with pytest.raises(ValueError, match="3 units"):
        fixed_points(trace, trace.scan, 1)


def test_a_rotation_has_one_neutral_point_and_no_direction_of_its_own():
    angle = 0.7
    w = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    trace = tanh_run(w)
    (point,) = fixed_points(trace, trace.scan, 1, 0, True, REACH).points
    assert point.kind == NEUTRAL and point.radius == pytest.approx(1.0)
    assert abs(np.angle(point.eigenvalues[0])) == pytest.approx(angle)
    assert directions(trace, trace.scan).vectors is None


def test_a_line_of_them_is_not_a_list_of_points():
    trace = record(Experiment(cell="relu", hidden=2, w_init="identity", w_gain=1.0, nonnegative=True))
    found = fixed_points(trace, trace.scan, 1, 0, True, 2.0)
    assert not found.isolated
    assert all(np.abs(np.maximum(p.place, 0) - p.place).max() < RESIDUAL for p in found.points)


@given(st.integers(0, 10**6), st.sampled_from([0.3, 1.0, 4.0, 12.0]))
@settings(max_examples=60, deadline=None)
def test_none_is_missing_where_the_square_is_mapped_into_itself(seed, scale):
    """The signs of det(I − J) over all fixed points add up to 1; whatever is found satisfies its equation once."""
    random = np.random.default_rng(seed)
    w, b = random.normal(size=(2, 2)) * scale, random.normal(size=2)
    trace = tanh_run(w, b)
    found = fixed_points(trace, trace.scan, 1, 0, True, REACH)
    jacobians = [w * (1 - point.place**2) for point in found.points]
    assert sum(np.sign(np.linalg.det(np.eye(2) - each)) for each in jacobians) == 1
    for point, each in zip(found.points, jacobians, strict=True):
        assert np.sort(np.abs(point.eigenvalues)) == pytest.approx(np.sort(np.abs(np.linalg.eigvals(each))), abs=1e-9)
        assert point.kind in KINDS and point.residual < RESIDUAL
    places = np.array([point.place for point in found.points])
    apart = np.abs(places[:, None] - places[None]).max(axis=2) + np.eye(len(places))
    assert apart.min() > 1e-6


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_map_takes_each_recorded_state_to_the_next_and_has_its_derivative(cell):
    trace = record(experiment_of(cell))
    scan, why = trace.scan, no_state_map(trace)
    if why:
        carried = cell.recurrent_states
        assert why in {(): (NO_STATE,), ("s",): (OUTPUTS, SAMPLES)}.get(carried, (MEMORY,))
        with pytest.raises(ValueError, match="no map"):
            state_map(trace, scan, 1)
        return
    for t in range(2, trace.steps + 1):
        for sample in range(trace.data.x.shape[1]):
            before, after = (trace.values[scan.name, "s"][k, sample] for k in (t - 2, t - 1))
            value, derivative = state_map(trace, scan, t, sample).with_jacobians(before[None])
            np.testing.assert_allclose(value[0], after, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(derivative[0], jacobian(trace, t, sample), rtol=1e-10, atol=1e-13)
            np.testing.assert_array_equal(state_map(trace, scan, t, sample)(before[None]), value)


def test_with_no_input_it_is_the_map_of_w_and_b_alone():
    trace = record(Experiment(hidden=2, bias=0.3))
    states = np.random.default_rng(1).normal(size=(7, 2))
    expected = np.tanh(states @ trace.parameters["L1.W"] + 0.3)
    np.testing.assert_allclose(state_map(trace, trace.scan, 5, 0, True)(states), expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("case", "why"), [("attention", OUTPUTS), ("feedback", OUTPUTS), ("encoder-decoder", OUTPUTS), ("two layers", "")]
)
def test_what_else_is_read_is_a_reason(case, why):
    changes = {
        "attention": {"structure": "attention", "task": "reverse"},
        "feedback": {"output_feedback": True},
        "encoder-decoder": {"structure": "encoder-decoder", "task": "reverse"},
        "two layers": {"layers": 2},
    }[case]
    assert no_state_map(record(Experiment(hidden=2, **changes))) == why


def test_the_directions_of_w_are_those_that_one_product_keeps():
    w = np.array([[0.9, 0.4], [0.1, -0.6]])
    found = directions(tanh_run(w), tanh_run(w).scan)
    assert found is not None and found.name == "L1.W"
    np.testing.assert_allclose(found.vectors @ w, found.eigenvalues[:, None] * found.vectors, atol=1e-14)
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx((1, 1))
    assert abs(found.eigenvalues[0]) > abs(found.eigenvalues[1])
    assert directions(record(Experiment(cell="gru", hidden=2)), record(Experiment(cell="gru", hidden=2)).scan) is None
    reverse = trace_of("bidirectional n-n")
    assert directions(reverse, reverse.scan) is not None
