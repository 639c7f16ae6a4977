"""What a training reads: minibatches, each reproducible from the experiment's data_seed and the update's number.

A task that draws its sequences gives new ones at every update, and others to test on. One that has a stock of them
(the windows of a series, a file's images) goes through its training part in another order each epoch; the test part,
as a rule the last fifth, is never trained on. Either way the data are those of `core.tasks.make`, arranged for the
experiment's structure; `size` may go beyond the batch that can be recorded.
"""

import functools
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.streams import stream
from core.tasks import Data, make, parts

if TYPE_CHECKING:
    from core.experiment import Experiment


def batch(experiment: "Experiment", update: int, size: int) -> Data:
    """Return the `size` sequences of this update (from 0); the same call gives the same ones again.

    A stock is read as one long list, epoch after epoch: every batch is full, and one may begin in one epoch and end in
    the next. Raises InputError where the task cannot be made.
    """
    training, _ = parts(experiment) or (None, None)
    if training is None:
        return make(_drawn(experiment, f"update {update}", size))
    if len(training) == 1:
        return make(experiment, np.full(size, training.start))
    place = np.arange(update * size, (update + 1) * size)
    epochs, index = np.divmod(place, len(training))
    order = np.empty(size, dtype=np.intp)
    for epoch in range(int(epochs[0]), int(epochs[-1]) + 1):
        now = epochs == epoch
        order[now] = _order(experiment.data_seed, epoch, len(training))[index[now]]
    return make(experiment, training.start + order)


def held_out(experiment: "Experiment", size: int) -> Data:
    """Return at most `size` sequences to test on: of a stock's test part, evenly spread, all where it has no more.

    Raises InputError where the task cannot be made.
    """
    _, test = parts(experiment) or (None, None)
    if test is None:
        return make(_drawn(experiment, "held out", size))
    return make(experiment, np.array(test)[np.arange(min(size, len(test))) * len(test) // min(size, len(test))])


def updates_per_epoch(experiment: "Experiment", size: int) -> float | None:
    """Return how many updates read a stock's training part once, as a fraction; None where sequences are drawn."""
    found = parts(experiment)
    return len(found[0]) / size if found else None


def _drawn(experiment: "Experiment", name: str, size: int) -> "Experiment":
    """The experiment with data of its own; not validated, since the limit of `batch` is one of recorded runs."""
    seed = int(stream(experiment.data_seed, name).integers(2**31))
    return msgspec.structs.replace(experiment, data_seed=seed, batch=size)


@functools.lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return stream(seed, f"order of epoch {epoch}").permutation(count)
