"""The person's own series from a CSV file: predict one column's next value from all columns."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import series
from core.errors import InputError
from core.tasks.base import Data, Task

if TYPE_CHECKING:
    from core.experiment import Experiment


def _make(experiment: "Experiment") -> Data:
    """Each numeric column is an input, scaled to 0…1 over the whole file; y_t is the target column's next value.

    The file is cut into as many equal parts as there are samples, and each sample reads from the start of its part:
    prefix-stable until the steps outgrow a part; then the later samples start earlier. T + B rows are the least.
    Raises InputError where no file is chosen, it cannot be read or has changed, the target is unknown, or it is short.
    """
    if not experiment.csv_path:
        raise InputError("The csv task has no file yet; choose a file (csv_path).")
    table = series.load(experiment.csv_path, experiment.csv_hash)
    target = _target_column(table, experiment.csv_target)
    steps, batch, rows = experiment.steps, experiment.batch, len(table.values)
    if rows < steps + batch:
        fits = rows - batch
        remedy = f"set the steps to at most {fits}" if fits >= 1 else f"set the batch to at most {rows - 1}"
        raise InputError(
            f"“{Path(table.path).name}” has {rows} rows, but {steps} steps with a batch of {batch} need "
            f"{steps + batch}; {remedy}, or choose a longer file."
        )
    stride = min(rows // batch, (rows - steps - 1) // max(batch - 1, 1))
    row = np.arange(steps)[:, np.newaxis] + stride * np.arange(batch)
    span = table.high - table.low
    scale = np.where(span > 0.0, span, 1.0)  # a constant column becomes 0
    x, y = ((table.values[rows_read] - table.low) / scale for rows_read in (row, row + 1))
    return Data(
        x,
        y[..., target : target + 1],
        np.ones(steps, dtype=bool),
        "squared",
        table.names,
        (table.names[target],),
    )


def _target_column(table: series.Series, name: str) -> int:
    if not name:
        return 0
    if name in table.names:
        return table.names.index(name)
    fault = "has no numbers in column" if name in table.dropped else "has no column"
    raise InputError(
        f"“{Path(table.path).name}” {fault} “{name}”; its columns of numbers are {', '.join(table.names)}."
    )


CSV = Task(
    "csv",
    "Your own series (CSV)",
    "Predict the next value of one column of your own file from all its columns.",
    _make,
    natural=lambda experiment: {"loss_at": "last"},
    options=("csv_path", "csv_hash", "csv_target"),
)
