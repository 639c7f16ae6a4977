"""Published results beside our own: the next hour's PM2.5 from 24 hours of air quality and weather.

    python tests/bench/bench_published.py PRSA_data_2010.1.1-2014.12.31.csv --epochs 100

tanh, T 24, SGD 0.05, 64 windows an update, the loss ½ of the squared error of values scaled to 0…1. The published
figures are those of 100 epochs; ours are measured on the last fifth, which is never trained on. The published results
on MNIST (hidden 32: 95.17 %) need its 60,000 training images and are not repeated here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import thread_time
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from core.errors import InputError  # noqa: E402
from core.experiment import natural  # noqa: E402
from core.tasks import dataset  # noqa: E402
from core.training.measures import measure  # noqa: E402
from core.training.optimizers import SGD  # noqa: E402
from core.training.training import Training, train  # noqa: E402

RATE, WINDOWS, ALL = 0.05, 64, 10**6


class Published(NamedTuple):
    """One printed result, at one hour ahead. `parameters`: as printed."""

    title: str
    layers: int
    hidden: int
    parameters: str
    loss: float
    r_squared: float


RESULTS = (
    Published("hidden 4", 1, 4, "49", 0.000268, 0.940),
    Published("two layers 2 + 2", 2, 2, "26 without biases", 0.000239, 0.946),
)


def run(path: Path, epochs: float) -> None:
    """Trains both networks and prints our figures beside the printed ones. Raises InputError for an unusable file."""
    print(f"Air quality, one hour ahead, T 24, SGD {RATE}, {WINDOWS} windows an update, {epochs:g} epochs")
    for result in RESULTS:
        _compare(result, path, epochs)


def _compare(result: Published, path: Path, epochs: float) -> None:
    experiment = natural("air-quality", csv_path=str(path), hidden=result.hidden, layers=result.layers)
    start = thread_time()
    training = Training(experiment, SGD(RATE), WINDOWS)
    stock = dataset.parts(experiment)
    updates = round(epochs * (len(stock[0]) / WINDOWS if stock else 1))
    for _ in train(training, updates):
        pass
    seconds = thread_time() - start
    found = measure(training.network, training.parameters, dataset.held_out(experiment, ALL))
    count = sum(array.size for array in training.parameters.values())
    print(f"  {result.title}, {count} parameters (printed: {result.parameters})")
    print(f"    ours       loss {found.loss:.6f}, R² {found.r_squared or 0.0:.3f}   {updates} updates, {seconds:.1f} s")
    print(f"    published  loss {result.loss:.6f}, R² {result.r_squared:.3f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Published results beside our own.")
    parser.add_argument("file", type=Path, help="the table of Beijing's PM2.5 (UCI, PRSA_data_2010.1.1-2014.12.31.csv)")
    parser.add_argument("--epochs", type=float, default=5, help="100 is the full run (default: 5)")
    options = parser.parse_args()
    try:
        run(options.file, options.epochs)
    except InputError as error:
        sys.exit(str(error))
