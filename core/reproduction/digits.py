"""Handwritten digits read row by row, beside the printed accuracy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from core.errors import InputError, quoted
from core.experiment import Experiment, natural
from core.maths.streams import stream
from core.reproduction.published import Published, Result, trained
from core.tasks import dataset, make
from core.tasks.base import Data
from core.tasks.files import idx
from core.training.measures import measure_in_parts
from core.training.optimizers import SGD
from core.training.training import Training

SIZE, EPOCHS, AT_ONCE = 128, 100, 500
ROW = "test part"
ACCURACY, LOSS = "accuracy", "loss"
TRAIN, TEST = "train", "t10k"
ENDS = ("", ".gz")

PUBLISHED = (
    Published(
        "One chain of 32",
        {"hidden": 32},
        partial(SGD, 0.005),
        SIZE,
        EPOCHS,
        "2,281; it has 2,282",
        {(ROW, ACCURACY): 0.9517, (ROW, LOSS): 0.177},
    ),
    Published(
        "Bidirectional, 20 and 20, side by side",
        {"hidden": 20, "bidirectional": "concat"},
        partial(SGD, 0.01),
        SIZE,
        EPOCHS,
        "2,060; a sum of the states has 2,170, both side by side 2,370",
        {(ROW, ACCURACY): 0.958, (ROW, LOSS): 0.145},
    ),
)
DIFFERENCES = (
    "W begins as 0.8 times an orthogonal matrix, U Gaussian; how the printed networks began is not known.",
    "The parameters are those after the last update; nothing was chosen by the test part, or trained on it.",
)
FEWER = (
    "Only the {count:,} digits of the test file are there: {train:,} of them are trained on and {test:,} tested, where "
    "the printed networks had 60,000 and 10,000. With as many epochs that is {share:.2g} of the updates."
)


def files_of(folder: Path, kind: str) -> tuple[str, str] | None:
    """Images and labels of that kind in a folder, plain or gz; None where one is missing."""
    found = []
    for name in (f"{kind}-images-idx3-ubyte", f"{kind}-labels-idx1-ubyte"):
        there = next((folder / (name + end) for end in ENDS if (folder / (name + end)).is_file()), None)
        if there is None:
            return None
        found.append(str(there))
    return found[0], found[1]


def experiment_of(published: Published, files: tuple[str, str], seed: int) -> Experiment:
    """28 rows of 28 pixels. Raises InputError for unusable files."""
    images, labels = files
    return natural(
        "digits", image_path=images, label_path=labels, data_seed=seed, weight_seed=seed, **published.options
    )


def found_in(folder: Path) -> tuple[tuple[str, str] | None, tuple[str, str]]:
    """The files to train on, None where there are none, and those to test on. Raises InputError where these are
    missing."""
    test = files_of(folder, TEST)
    if test is None:
        raise InputError(
            "There are no MNIST digits in {folder}; it needs {test}-images-idx3-ubyte and {test}-labels-idx1-ubyte, "
            "plain or .gz.",
            folder=quoted(str(folder), 200),
            test=TEST,
        )
    return files_of(folder, TRAIN), test


def differences(folder: Path) -> tuple[str, ...]:
    """What is different in our set-up. Raises InputError as `found_in` does, and for unusable files."""
    train, test = found_in(folder)
    if train is not None:
        return DIFFERENCES
    count = len(idx.load_images(test[0], "").values)
    trained_on = count * 4 // 5
    share = trained_on / 60_000
    return (FEWER.format(count=count, train=trained_on, test=count - trained_on, share=share), *DIFFERENCES)


def reproducing(
    folder: Path, seeds: int, epochs: float | None, results: list[Result], which: tuple[Published, ...] = PUBLISHED
) -> Iterator[float]:
    """As core.reproduction.air_quality.reproducing."""
    train, test = found_in(folder)
    for number, published in enumerate(which):
        result = Result(published)
        results.append(result)
        for seed in range(1, seeds + 1):
            experiment = experiment_of(published, train or test, seed)
            stock = dataset.parts(experiment)
            assert stock is not None
            sequences, batches = len(stock[0]), None
            if train is not None:
                sequences = len(idx.load_images(train[0], "").values)
                batches = _whole(experiment, sequences, published.size)
            length = published.epochs if epochs is None else epochs
            for done in trained(published, experiment, length, sequences, batches):
                if not isinstance(done, Training):
                    yield (number * seeds + seed - 1 + 0.98 * done) / (len(which) * seeds)
                    continue
                result.trained_with(done)
                if done.broken:
                    result.broken.append(seed)
                    continue
                found = measure_in_parts(
                    done.network, done.parameters, _tested(experiment_of(published, test, seed), train is not None)
                )
                result.add({(ROW, ACCURACY): found.accuracy or 0.0, (ROW, LOSS): found.loss})


def _whole(experiment: Experiment, count: int, size: int) -> Callable[[int], Data]:
    """Batches of all images of a file, in another order each epoch."""

    def batch(update: int) -> Data:
        place = np.arange(update * size, (update + 1) * size)
        epochs, index = np.divmod(place, count)
        orders = {
            epoch: stream(experiment.data_seed, f"order of epoch {epoch}").permutation(count)
            for epoch in np.unique(epochs).tolist()
        }
        return make(experiment, np.array([orders[epoch][k] for epoch, k in zip(epochs, index, strict=True)]))

    return batch


def _tested(experiment: Experiment, whole: bool) -> Iterator[Data]:
    """The images to test on: all of the file, or its last fifth."""
    if not whole:
        yield from dataset.held_out_in_parts(experiment, 10**6, AT_ONCE)
        return
    count = len(idx.load_images(experiment.image_path, "").values)
    for piece in np.array_split(np.arange(count), -(-count // AT_ONCE)):
        yield make(experiment, piece)
