"""What was printed, what we get, and how trainings are run for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from core.ensemble.seeds import quantiles_of
from core.experiment import Experiment
from core.maths.arrays import Array
from core.tasks.base import Data
from core.training.optimizers import Optimizer
from core.training.training import Training, train


@dataclass(frozen=True)
class Published:
    """One printed experiment. `options` make the network; `optimizer` makes a new one for each training, `size`
    sequences an update. `parameters`: as printed. `printed` by (row, column). `held`: parameters that stay as they
    begin; biases that stay 0 are none."""

    title: str
    options: dict[str, object]
    optimizer: Callable[[], Optimizer]
    size: int
    epochs: float
    parameters: str
    printed: dict[tuple[str, str], float]
    differences: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(eq=False)
class Result:
    """What the seeds of one published experiment gave: `numbers` by (row, column), one for each seed that is done.
    `count`: our parameters; `broken`: the seeds whose training broke off."""

    published: Published
    count: int = 0
    updates: int = 0
    numbers: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)

    @property
    def seeds(self) -> int:
        """How many are done."""
        return max((len(each) for each in self.numbers.values()), default=0)

    def trained_with(self, training: Training) -> None:
        """Notes what a training had: how many parameters it learned, and in how many updates."""
        learned = (array.size for name, array in training.parameters.items() if name not in self.published.held)
        self.count, self.updates = sum(learned), len(training.history)

    def add(self, numbers: dict[tuple[str, str], float]) -> None:
        """Adds those of one more seed."""
        for key, number in numbers.items():
            self.numbers.setdefault(key, []).append(number)

    def median(self, row: str, column: str) -> float:
        """Over the seeds; NaN where there is none."""
        found = self.numbers.get((row, column), [])
        return float(quantiles_of(np.array(found), (0.5,))[0]) if found else float("nan")

    def span(self, row: str, column: str) -> tuple[float, float]:
        """The least and the largest over the seeds."""
        found: Array = np.array(self.numbers[row, column])
        return float(found.min()), float(found.max())


def trained(
    published: Published,
    experiment: Experiment,
    epochs: float,
    sequences: int,
    batches: Callable[[int], Data] | None = None,
) -> Iterator[float | Training]:
    """Trains from the experiment's seeds for so many epochs of `sequences` each; yields how far it is, then the
    training. `batches`: as Training has them. Raises InputError as that does."""
    training = Training(experiment, published.optimizer(), published.size, batches=batches, held=published.held)
    updates = round(epochs * sequences / published.size)
    for progress in train(training, updates):
        if progress is not None and not progress.update % 20:
            yield progress.update / updates
    yield training
