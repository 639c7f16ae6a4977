"""Roll-outs: each prediction is read as if it had come, and everything else is as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import bptt
from core.errors import InputError
from core.experiment import natural
from core.network.initialisation import initial_parameters
from core.network.parts import ForwardPass
from core.network.structures import build
from core.tasks import make
from core.tasks.dataset import held_out
from core.training.rollout import RollOut, fed_back, roll_out
from tests.core.task_files import fields


@given(steps=st.integers(1, 5), ahead=st.integers(1, 6), fed=st.integers(0, 2), seed=st.integers(0, 100))
def test_predictions_are_fed_back_one_by_one(steps: int, ahead: int, fed: int, seed: int):
    x = np.random.default_rng(seed).normal(size=(steps + ahead - 1, 2, 3))
    seen = []

    def predict(window):
        seen.append(window.copy())
        return window.sum(axis=(0, 2)) + 1.0

    before = x.copy()
    outputs = fed_back(predict, x, fed, steps)
    np.testing.assert_array_equal(x, before)
    others = [k for k in range(3) if k != fed]
    for k, window in enumerate(seen):
        np.testing.assert_array_equal(window[..., others], x[k : k + steps][..., others])
        for row in range(steps):
            expected = x[k + row, :, fed] if k + row < steps else outputs[k + row - steps]
            np.testing.assert_array_equal(window[row, :, fed], expected)
        np.testing.assert_array_equal(outputs[k], window.sum(axis=(0, 2)) + 1.0)
    assert len(seen) == ahead


@pytest.mark.parametrize("task", ["sine", "csv", "air-quality"])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_one_step_ahead_is_what_the_network_predicts(task, scale, tmp_path):
    chosen = natural(task, steps=5, batch=4, structure="n-1", input_scale=scale, **fields(tmp_path).get(task, {}))
    parameters = initial_parameters(build(chosen, make(chosen)), chosen)
    one, three = (roll_out(chosen, parameters, ahead, 4) for ahead in (1, 3))
    assert three.outputs.shape == three.targets.shape == (3, 4)
    tested = held_out(chosen, 4)
    np.testing.assert_array_equal(one.targets[0], tested.y[-1, :, 0])
    run = ForwardPass(build(chosen, tested), parameters, tested)
    for _ in bptt.forward(run.network, run):
        pass
    np.testing.assert_array_equal(one.outputs[0], run.a[-1, :, 0])
    if task == "sine":
        again = natural("sine", steps=7, batch=4, input_scale=scale)
        first = held_out(again, 4)
        np.testing.assert_array_equal(three.targets, first.y[4:, :, 0])


def test_a_perfect_predictor_rolls_a_wave_out():
    chosen = natural("sine", steps=4, noise=0.0, structure="n-n")
    longer = held_out(chosen.with_changes(steps=24), 5)
    outputs = fed_back(lambda x: 2 * np.cos(2 * np.pi / 25) * x[-1, :, 0] - x[-2, :, 0], longer.x, 0, 4)
    found = RollOut(outputs, longer.y[3:, :, 0])
    assert found.outputs.shape == (21, 5)
    assert found.loss < 1e-20
    assert found.r_squared == pytest.approx(1.0, abs=1e-12)
    assert RollOut(outputs, np.ones_like(outputs)).r_squared is None
    assert RollOut(np.array([[1.0, 2.0]]), np.array([[2.0, 4.0]])).loss == 0.5 * (1 + 4) / 2


def test_what_cannot_be_rolled_out_is_refused(tmp_path):
    files = fields(tmp_path)
    parameters = {}
    for task, changes in (
        ("echo", {}),
        ("next-character", {"steps": 3}),
        ("air-quality", {"air_quality": "class", **files["air-quality"]}),
        ("csv", {"csv_target": "wind", "csv_columns": ("pm", "temperature"), **files["csv"]}),
    ):
        with pytest.raises(InputError, match=f"The task {task} predicts no next value of one of its inputs"):
            roll_out(natural(task, structure="n-1", **changes), parameters, 2, 3)
    with pytest.raises(InputError, match=r"structure encoder-decoder: a roll-out feeds"):
        roll_out(natural("sine", structure="encoder-decoder"), parameters, 2, 3)
    with pytest.raises(InputError, match=r"read_backwards: a roll-out goes on after the step that is read last"):
        roll_out(natural("sine", read_backwards=True), parameters, 2, 3)
