"""What a training reads: minibatches, each reproducible from the experiment's data_seed and the update's number.

A task that draws its sequences gives new ones at every update, and others to test on. One that has a stock of them
(the windows of a series, a file's images) goes through its training part in another order each epoch; the test part,
as a rule the last fifth, is never trained on. Either way the data are those of `core.tasks.make`, arranged for the
experiment's structure; `size` may go beyond the batch that can be recorded.
"""

import functools
from collections.abc import Iterator

import msgspec
import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks import Data, make, parts


def batch(experiment: Choices, update: int, size: int) -> Data:
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


def held_out(experiment: Choices, size: int) -> Data:
    """Return at most `size` sequences to test on: of a stock's test part, evenly spread, all where it has no more.

    Raises InputError where the task cannot be made.
    """
    _, test = parts(experiment) or (None, None)
    if test is None:
        return make(_drawn(experiment, "held out", size))
    return make(experiment, _spread(test, size))


def held_out_in_parts(experiment: Choices, size: int, most: int) -> Iterator[Data]:
    """Yield the sequences of `held_out`, at most `most` at once and about as many each time, so that no more than one
    part of a long test is ever in memory. Drawn ones are drawn part by part, and are not those that one draw gives.

    Raises InputError where the task cannot be made.
    """
    _, test = parts(experiment) or (None, None)
    count = size if test is None else min(size, len(test))
    pieces = np.array_split(np.arange(count), -(-count // most))
    for number, piece in enumerate(pieces):
        if test is None:
            name = "held out" if len(pieces) == 1 else f"held out {number}"
            yield make(_drawn(experiment, name, len(piece)))
        else:
            yield make(experiment, _spread(test, size)[piece])


def held_out_count(experiment: Choices) -> int | None:
    """Return how many sequences there are to test on; None where they are drawn, as many as are wanted."""
    found = parts(experiment)
    return len(found[1]) if found else None


def held_out_is_trained_on(experiment: Choices) -> bool:
    """Return whether a stock is so small that its sequences are those to train on and to test on alike."""
    found = parts(experiment)
    return found is not None and found[0] == found[1]


def _spread(test: range, size: int) -> np.ndarray:
    count = min(size, len(test))
    return np.array(test)[np.arange(count) * len(test) // count]


def _drawn(experiment: Choices, name: str, size: int) -> Choices:
    """The experiment with data of its own; not validated, since the limit of `batch` is one of recorded runs."""
    seed = int(stream(experiment.data_seed, name).integers(2**31))
    return msgspec.structs.replace(experiment, data_seed=seed, batch=size)


@functools.lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return stream(seed, f"order of epoch {epoch}").permutation(count)
