"""Published experiments: our numbers are those of a training by hand, the rival's of the data alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import InputError
from core.reproduction import air_quality, digits
from core.reproduction.published import Result
from core.tasks import dataset
from core.training.measures import measure, measure_in_parts
from core.training.optimizers import SGD
from core.training.training import Training
from tests.core.task_files import PRSA, idx_bytes, write_air


def write_digits(folder, kind: str, count: int, seed: int = 0) -> None:
    """Images of 28 × 28 whose brightness is their label's, and the labels."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, count)
    labels[:10] = np.arange(10)  # each there is
    images = (random.random((count, 28, 28)) * 25 + labels[:, None, None] * 23).astype(np.uint8)
    (folder / f"{kind}-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (folder / f"{kind}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))


def run(job) -> list[float]:
    done = list(job)
    assert done == sorted(done) and all(0.0 <= each <= 1.0 for each in done)
    return done


def test_air_quality_gives_the_loss_and_r_squared_of_its_training(tmp_path):
    path = str(write_air(tmp_path / "air.csv", 400))
    results: list[Result] = []
    run(air_quality.reproducing(path, 2, 3, results))
    assert [result.count for result in results] == [49, 26, 86]
    assert [result.seeds for result in results] == [2, 2, 2]
    for result, published in zip(results, air_quality.PUBLISHED, strict=True):
        for k in range(2):
            experiment = air_quality.experiment_of(published, path, k + 1)
            training = Training(experiment, published.optimizer(), 64, held=published.held)
            stock = dataset.parts(experiment)
            for _ in range(round(3 * len(stock[0]) / 64)):
                training.update()
            found = measure(training.network, training.parameters, dataset.held_out(experiment, 10**6))
            ours = (result.numbers["1 h", f"{what} from every hour"][k] for what in ("loss", "R²"))
            assert tuple(ours) == pytest.approx((found.loss, found.r_squared))
            assert result.numbers["1 h", "loss in blocks"] == result.numbers["1 h", "loss from every hour"]


def test_the_rival_says_the_last_hour_that_was_read(tmp_path):
    path = str(write_air(tmp_path / "air.csv", 400))
    results: list[Result] = []
    run(air_quality.reproducing(path, 1, 0.5, results, air_quality.PUBLISHED[:1]))
    experiment = air_quality.experiment_of(air_quality.PUBLISHED[0], path, 1)
    data = dataset.held_out(experiment, 10**6)
    last, next_hour = data.x[-1, :, 0], data.y[-1, :, 0]
    spread = np.square(next_hour - next_hour.mean()).sum()
    assert results[0].median("1 h", "loss next = this hour") == pytest.approx(0.5 * np.square(last - next_hour).mean())
    share = 1 - np.square(last - next_hour).sum() / spread
    assert results[0].median("1 h", "R² next = this hour") == pytest.approx(share)


@pytest.mark.data
@pytest.mark.skipif(not PRSA.exists(), reason="../shared/data is absent")
def test_next_hour_equals_this_hour_is_above_the_printed_r_squared():
    results: list[Result] = []
    run(air_quality.reproducing(str(PRSA), 1, 0.01, results, air_quality.PUBLISHED[:1]))
    assert round(results[0].median("1 h", "R² next = this hour"), 4) == 0.9455
    assert results[0].median("8 h", "R² next = this hour") < air_quality.PUBLISHED[0].printed["8 h", "R²"]


@pytest.mark.data
@pytest.mark.long
@pytest.mark.skipif(not PRSA.exists(), reason="../shared/data is absent")
@pytest.mark.timeout(1800)
def test_one_hour_ahead_is_as_good_as_printed_at_the_median_of_five_seeds():
    results: list[Result] = []
    run(air_quality.reproducing(str(PRSA), 5, air_quality.EPOCHS, results, air_quality.PUBLISHED[:1]))
    assert results[0].median("1 h", "loss from every hour") <= 0.000275
    assert results[0].median("1 h", "R² from every hour") >= 0.940


def test_digits_of_the_test_file_alone_are_split_and_it_is_said(tmp_path):
    write_digits(tmp_path, "t10k", 100)
    results: list[Result] = []
    run(digits.reproducing(tmp_path, 1, 4, results))
    assert [result.count for result in results] == [2282, 2370]
    assert "80 of them are trained on and 20 tested" in digits.differences(tmp_path)[0]
    experiment = digits.experiment_of(digits.PUBLISHED[0], digits.found_in(tmp_path)[1], 1)
    training = Training(experiment, SGD(0.005), 128)
    for _ in range(round(4 * 80 / 128)):
        training.update()
    found = measure_in_parts(training.network, training.parameters, dataset.held_out_in_parts(experiment, 100, 50))
    assert results[0].median("test part", "loss") == pytest.approx(found.loss)
    assert results[0].median("test part", "accuracy") == found.accuracy


def test_with_both_files_all_of_one_is_trained_on_and_all_of_the_other_tested(tmp_path):
    write_digits(tmp_path, "t10k", 40, 1)
    write_digits(tmp_path, "train", 150, 2)
    results: list[Result] = []
    run(digits.reproducing(tmp_path, 1, 128 * 2 / 150, results, digits.PUBLISHED[:1]))
    assert results[0].updates == 2 and digits.differences(tmp_path) == digits.DIFFERENCES
    train, test = digits.found_in(tmp_path)
    experiment = digits.experiment_of(digits.PUBLISHED[0], train, 1)
    batch = digits._whole(experiment, 150, 50)
    seen = np.concatenate([batch(k).x[:, k2] for k in range(3) for k2 in range(50)]).reshape(150, -1)
    assert len(np.unique(seen, axis=0)) == 150  # an epoch has each once
    assert (
        sum(part.x.shape[1] for part in digits._tested(digits.experiment_of(digits.PUBLISHED[0], test, 1), True)) == 40
    )


def test_a_folder_without_digits_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="no MNIST digits in"):
        list(digits.reproducing(tmp_path, 1, 1, []))


def test_a_seed_that_breaks_off_is_named_and_counts_for_nothing(tmp_path):
    path = str(write_air(tmp_path / "air.csv", 400))
    from dataclasses import replace

    wild = replace(air_quality.PUBLISHED[0], optimizer=lambda: SGD(1e6))
    results: list[Result] = []
    run(air_quality.reproducing(path, 2, 20, results, (wild,)))
    assert results[0].broken == [1, 2] and results[0].seeds == 0
    assert math.isnan(results[0].median("1 h", "loss from every hour"))
