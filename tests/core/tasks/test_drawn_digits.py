"""Drawn digits: what an image is whatever its number of rows, which row each step reads, and that it can be learnt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import natural
from core.jobs import finished
from core.tasks import dataset, make
from core.tasks.drawn_digits import NOISE, SIZE
from core.training.measures import Measurement, forward_pass
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.watching import NOTHING
from tests.core.task_files import fields


def drawn(**changes: object):
    return make(natural("drawn-digits", **changes))


def shown(data, sample: int) -> int:
    return int(data.y[0, sample].argmax())


@given(steps=st.integers(1, 60), seed=st.integers(0, 2**31 - 1))
def test_more_rows_are_the_same_digits_cut_finer(steps: int, seed: int):
    """What a row holds is what twice as many hold there on average, but for the strokes' edges and the noise."""
    coarse, fine = (drawn(steps=each, batch=4, data_seed=seed) for each in (steps, 2 * steps))
    np.testing.assert_array_equal(coarse.y[0], fine.y[0])
    assert coarse.x.min() >= 0.0 and coarse.x.max() <= 1.0
    if steps >= SIZE:
        halves = fine.x.reshape(steps, 2, 4, SIZE).mean(axis=1)
        assert np.abs(coarse.x - halves).max() < 0.25 + 6 * NOISE
        assert np.abs(coarse.x - halves).mean() < 0.05


def test_every_digit_is_drawn_as_often_and_none_leaves_the_image():
    data = dataset.held_out(natural("drawn-digits"), 2000)
    count = np.bincount(data.y[0].argmax(axis=1), minlength=10)
    assert count.min() > 150 and count.max() < 250
    border = np.concatenate([data.x[[0, -1]].reshape(-1), data.x[:, :, [0, -1]].reshape(-1)])
    assert (border > 0.5).mean() < 0.01


def test_two_drawings_of_a_digit_differ_and_the_nearest_mean_knows_most_of_them():
    """Different enough to be told apart by eye: even the nearest of ten mean images is right more often than not."""
    train, test = (dataset.held_out(natural("drawn-digits", data_seed=seed), 400) for seed in (1, 2))
    images, others = (data.x.transpose(1, 0, 2).reshape(400, -1) for data in (train, test))
    digit, wanted = (data.y[0].argmax(axis=1) for data in (train, test))
    means = np.stack([images[digit == k].mean(axis=0) for k in range(10)])
    found = np.linalg.norm(others[:, np.newaxis] - means, axis=2).argmin(axis=1)
    assert 0.75 < (found == wanted).mean() < 1.0
    assert len(np.unique(images, axis=0)) == 400


def test_each_step_reads_a_row_from_the_top_and_backwards_from_the_bottom():
    data = drawn(batch=2)
    assert data.image is not None
    assert data.image.rows == tuple(range(SIZE)) and data.image.high == 1.0
    back = drawn(batch=2, read_backwards=True)
    assert back.image is not None and back.image.rows == tuple(range(SIZE))[::-1]
    for data_of in (data, back):
        np.testing.assert_array_equal(data_of.x[np.argsort(data_of.image.rows)], data.x)
    assert drawn(steps=24).image.high == 0.5  # type: ignore[union-attr]
    longer = drawn(structure="encoder-decoder", output_steps=20)
    assert longer.image is not None and len(longer.image.rows) == len(longer.x) == SIZE and len(longer.y) == 20


@pytest.mark.parametrize("structure", ["1-1", "1-n", "1-n-every", "1-n-feedback"])
def test_a_single_row_is_no_image(structure: str):
    assert drawn(structure=structure).image is None


def test_images_of_a_file_say_the_same_and_other_tasks_nothing(tmp_path):
    chosen = fields(tmp_path)
    data = make(natural("digits", **{**chosen["digits"], "steps": 5}))
    assert data.image is not None and data.image.rows == (0, 1, 2, 3, 4) and data.image.high == 1.0
    assert make(natural("echo")).image is None


@pytest.mark.parametrize(("cell", "hidden", "rate"), [("tanh", 24, 0.01), ("gru", 16, 0.03)])
def test_a_small_network_learns_to_read_them(cell: str, hidden: int, rate: float):
    experiment = natural("drawn-digits", hidden=hidden).with_cell(cell)
    plan = Plan(length=150, rate=rate, sequences=32, keep_best=False)
    run = TrainingRun(experiment, plan, watch=NOTHING, film_bytes=0)
    finished(run.steps())
    found = Measurement(run.network.loss.name)
    found.add(forward_pass(run.network, run.parameters, dataset.held_out(experiment, 300)))
    accuracy = found.result().accuracy
    assert accuracy is not None and accuracy > 0.85
