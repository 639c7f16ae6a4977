"""What a training reads: minibatches, each reproducible from the experiment's data_seed and the update's number.

A task that draws its sequences gives new ones at every update, and others to validate and to test on. One that has a
stock of them (the windows of a series, a file's images) goes through its training part once an epoch, in another order
each time; what is validated and tested on is never trained on (`core.tasks.splits`). Either way the data are those of
`core.tasks.make`, arranged for the experiment's structure; `size` may go beyond the batch that can be recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from core.choices import Choices
from core.maths.streams import DrawnSeed, seeds, stream
from core.tasks import Data, make, parts
from core.tasks.splits import WHOLE, Part, Split

AT_ONCE = 64  # updates whose streams of random numbers are begun together
DRAWN = {"validation": "validation", "test": "held out"}  # the names of the streams of what is not trained on


class Epoch(NamedTuple):
    """One pass over the training part: how many sequences it has, in how many updates, and how many of them the last
    update has, which may be fewer than the others'."""

    sequences: int
    updates: int
    last: int


class Batches:
    """The data of every update of a training: `batches(k)` is that of update k, from 0.

    Of a stock each epoch has every training sequence once: `size` an update, what is left over in its last one.
    `shuffled`: in an order of its own each epoch, else as the stock has them. Raises InputError where the task cannot
    be made, or the split leaves a part without a sequence.
    """

    def __init__(self, experiment: Choices, size: int, split: Split = WHOLE, shuffled: bool = True) -> None:
        self.experiment, self.size, self.shuffled = experiment, size, shuffled
        found = parts(experiment, split)
        self._training = None if found is None else found.training
        self._order_of: tuple[int, np.ndarray] = -1, np.empty(0, dtype=np.intp)
        self._only: Data | None = None  # of a single sequence, which every update has
        self._drawn: tuple[int, list[DrawnSeed]] = -1, []  # the seeds of so many updates, and which those are
        self.epoch = None if found is None else _epoch(len(found.training), size)

    def __call__(self, update: int) -> Data:
        """The same call gives the same sequences again."""
        if self._training is None or self.epoch is None:
            return make(msgspec.structs.replace(self.experiment, data_seed=self._seed(update), batch=self.size))
        if self._only is not None:
            return self._only
        epoch, place = divmod(update, self.epoch.updates)
        chosen = self._order(epoch)[place * self.size : (place + 1) * self.size]
        data = make(self.experiment, chosen)
        self._only = data if len(self._training) == 1 else None
        return data

    def _seed(self, update: int) -> DrawnSeed:
        """What the sequences of an update are drawn with; those of the updates around it are drawn together."""
        block, place = divmod(update, AT_ONCE)
        if self._drawn[0] != block:
            names = [f"update {k}" for k in range(block * AT_ONCE, (block + 1) * AT_ONCE)]
            self._drawn = block, seeds(self.experiment.data_seed, names)
        return self._drawn[1][place]

    def _order(self, epoch: int) -> np.ndarray:
        if self._order_of[0] != epoch:
            assert self._training is not None
            order = np.arange(self._training.start, self._training.stop)
            if self.shuffled:
                order = order[stream(self.experiment.data_seed, f"order of epoch {epoch}").permutation(len(order))]
            self._order_of = epoch, order
        return self._order_of[1]


def batch(experiment: Choices, update: int, size: int, split: Split = WHOLE, shuffled: bool = True) -> Data:
    """The sequences of one update, as `Batches` gives them. Raises InputError as that does."""
    return Batches(experiment, size, split, shuffled)(update)


def epoch_of(experiment: Choices, size: int, split: Split = WHOLE) -> Epoch | None:
    """What an epoch is, with `size` sequences an update; None where a task draws new ones at every update.

    Raises InputError as `Batches` does.
    """
    found = parts(experiment, split)
    return None if found is None else _epoch(len(found.training), size)


def held_out(experiment: Choices, size: int, part: Part = "test", split: Split = WHOLE) -> Data:
    """At most `size` sequences to test or validate on: of a stock's part, evenly spread, all where it has no more.

    Raises InputError where the task cannot be made.
    """
    stock = _stock(experiment, part, split)
    if stock is None:
        return make(_drawn(experiment, DRAWN[part], size))
    return make(experiment, _spread(stock, size))


def held_out_in_parts(
    experiment: Choices, size: int, most: int, part: Part = "test", split: Split = WHOLE
) -> Iterator[Data]:
    """Yield the sequences of `held_out`, at most `most` at once and about as many each time, so that no more than one
    part of a long test is ever in memory. Drawn ones are drawn part by part, and are not those that one draw gives.

    Raises InputError where the task cannot be made.
    """
    stock = _stock(experiment, part, split)
    count = size if stock is None else min(size, len(stock))
    pieces = np.array_split(np.arange(count), -(-count // most))
    for number, piece in enumerate(pieces):
        if stock is None:
            name = DRAWN[part] if len(pieces) == 1 else f"{DRAWN[part]} {number}"
            yield make(_drawn(experiment, name, len(piece)))
        else:
            yield make(experiment, _spread(stock, size)[piece])


def held_out_count(experiment: Choices, part: Part = "test", split: Split = WHOLE) -> int | None:
    """How many sequences there are to test or validate on; None where they are drawn, as many as are wanted."""
    stock = _stock(experiment, part, split)
    return None if stock is None else len(stock)


def held_out_is_trained_on(experiment: Choices, split: Split = WHOLE) -> bool:
    """Whether a stock is so small that its sequences are those to train on and to test on alike."""
    found = parts(experiment, split)
    return found is not None and found.shared


def _epoch(count: int, size: int) -> Epoch:
    updates = -(-count // size)
    return Epoch(count, updates, count - (updates - 1) * size)


def _stock(experiment: Choices, part: Part, split: Split) -> range | None:
    found = parts(experiment, split)
    if found is None:
        return None
    return found.test if part == "test" else found.validation


def _spread(part: range, size: int) -> np.ndarray:
    count = min(size, len(part))
    return np.array(part)[np.arange(count) * len(part) // count]


def _drawn(experiment: Choices, name: str, size: int) -> Choices:
    """The experiment with data of its own; not validated, since the limit of `batch` is one of recorded runs."""
    seed = int(stream(experiment.data_seed, name).integers(2**31))
    return msgspec.structs.replace(experiment, data_seed=seed, batch=size)
