"""Air quality in Beijing: one hour ahead, and rolled out over 2, 4 and 8 hours, beside the printed figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec
import numpy as np

from core.experiment import Experiment, natural
from core.maths.arrays import Array
from core.reproduction.published import Published, Result, trained
from core.tasks import dataset
from core.training.optimizers import SGD, Adam
from core.training.rollout import RollOut, roll_out
from core.training.training import Training

RATE, WINDOWS, EPOCHS = 0.05, 64, 100
HOURS = (1, 2, 4, 8)
ALL = 10**6
LOSS, R_SQUARED = "loss", "R²"
EVERY_HOUR, BLOCKS, SAME = "from every hour", "in blocks", "next = this hour"
FEATURE = "pm2.5"


def _printed(losses: tuple[float, ...], shares: tuple[float, ...]) -> dict[tuple[str, str], float]:
    found = {(f"{hours} h", LOSS): loss for hours, loss in zip(HOURS, losses, strict=True)}
    return found | {(f"{hours} h", R_SQUARED): share for hours, share in zip(HOURS, shares, strict=True)}


PUBLISHED = (
    Published(
        "One layer of 4",
        {"hidden": 4, "layers": 1},
        partial(SGD, RATE),
        WINDOWS,
        EPOCHS,
        "49",
        _printed((0.000268, 0.000414, 0.000686, 0.001171), (0.940, 0.907, 0.846, 0.738)),
    ),
    Published(
        "Two layers of 2 and 2, without biases",
        {"hidden": 2, "layers": 2},
        partial(SGD, RATE),
        WINDOWS,
        EPOCHS,
        "26",
        _printed((0.000239, 0.000377, 0.000644, 0.001157), (0.946, 0.915, 0.856, 0.741)),
        ("Its biases are 0 and stay so; with biases it would have 31 parameters.",),
        held=("L1.b", "L2.b", "out.b"),
    ),
    Published(
        "Keras: SimpleRNN 6, then SimpleRNN 1, without a dense layer",
        {"widths": (6, 1), "head": False},
        Adam,
        WINDOWS,
        5,
        "86",
        {("1 h", LOSS): 0.00112 / 2},
        (
            "Keras's loss is the mean squared error, 0.00112; what is printed here is half of it, as the others are.",
            "Keras begins with Glorot's uniform numbers and orthogonal W; 1,000 windows were kept for validation.",
        ),
    ),
)
DIFFERENCES = (
    "The test part is the last fifth of the rows, the training part what lies before it; how the printed ones were "
    "split is not known.",
    "The table is scaled to 0 … 1 over all its rows, the test part's among them, as printed.",
    "The parameters are those after the last update; nothing was chosen by the test part, or trained on it.",
    "W begins as 0.8 times an orthogonal matrix, U Gaussian; how the printed networks began is not known.",
    "A roll-out of k hours feeds predicted PM2.5 back; the weather of the hours between is what it really was (a "
    "perfect forecast). Loss and R² are over all its k hours. “From every hour” begins one at every hour of the "
    "test part, “in blocks” one every k hours, as printed.",
    "“Next = this hour” says for all k hours what the last hour read had: a rival that costs nothing.",
)


def experiment_of(published: Published, path: str, seed: int) -> Experiment:
    """One hour ahead from 24. Raises InputError for an unusable file."""
    return natural("air-quality", csv_path=path, data_seed=seed, weight_seed=seed, **published.options)


def reproducing(
    path: str, seeds: int, epochs: float | None, results: list[Result], which: tuple[Published, ...] = PUBLISHED
) -> Iterator[float]:
    """Trains every published network with every seed, for so many epochs (None: as many as printed), and adds to
    `results` what is done; yields how far it is. Raises InputError for an unusable file."""
    for number, published in enumerate(which):
        result = Result(published)
        results.append(result)
        for seed in range(1, seeds + 1):
            experiment = experiment_of(published, path, seed)
            stock = dataset.parts(experiment)
            assert stock is not None
            length = published.epochs if epochs is None else epochs
            for done in trained(published, experiment, length, len(stock[0])):
                if not isinstance(done, Training):
                    yield (number * seeds + seed - 1 + 0.95 * done) / (len(which) * seeds)
                    continue
                result.trained_with(done)
                if done.broken:
                    result.broken.append(seed)
                    continue
                result.add(_figures(experiment, done))


def _figures(experiment: Experiment, training: Training) -> dict[tuple[str, str], float]:
    """Loss and R² of every roll-out, both ways, and of the rival, by (row, column)."""
    found: dict[tuple[str, str], float] = {}
    for hours in HOURS:
        rolled = roll_out(experiment, training.parameters, hours, ALL)
        rival = RollOut(np.broadcast_to(_last_read(experiment, hours), rolled.targets.shape), rolled.targets)
        for way, each in (
            (EVERY_HOUR, rolled),
            (BLOCKS, RollOut(rolled.outputs[:, ::hours], rolled.targets[:, ::hours])),
            (SAME, rival),
        ):
            found[f"{hours} h", f"{LOSS} {way}"] = each.loss
            found[f"{hours} h", f"{R_SQUARED} {way}"] = each.r_squared or 0.0
    return found


def _last_read(experiment: Experiment, hours: int) -> Array:
    """PM2.5 of the last hour read by each of the roll-outs' windows, (B,)."""
    longer = msgspec.structs.replace(experiment, steps=experiment.steps + hours - 1, structure="n-n", loss_at="every")
    data = dataset.held_out(longer, ALL)
    return data.x[experiment.steps - 1, :, data.input_names.index(FEATURE)] / experiment.input_scale
