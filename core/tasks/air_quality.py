"""Air quality: 24 hours of PM2.5 and weather in Beijing → the next hour's PM2.5."""

import functools
from pathlib import Path
from typing import Literal

import numpy as np

from core.choices import Choices
from core.errors import InputError
from core.options import Option
from core.tasks.files import series
from core.tasks.windows import DECIMAL, HASH, HEADER, MISSING, PATH, Windows, scaled, task_of_table
from core.tasks.words import one_hot

NUMBERS = ("pm2.5", "DEWP", "TEMP", "PRES", "Iws")
DIRECTION = "cbwd"
FEATURES = ("pm2.5", "DEWP", "TEMP", "PRES", "wind direction", "wind speed")
BEGIN = 24  # rows without pm2.5
CLASSES = ("excellent", "good", "light", "moderate", "heavy", "severe")
LIMITS = (35.0, 75.0, 115.0, 150.0, 250.0)  # µg/m³, the highest of each class but the last (HJ 633–2012)


def _made(table: series.Series, experiment: Choices) -> Windows:
    """x_t: the six FEATURES of one hour, scaled to 0…1 over the file; y_t: the next hour's pm2.5, scaled, or its class.

    Reads "Beijing PM2.5 Data" (Liang et al. 2015; UCI Machine Learning Repository), of which the first 24 rows are left
    out; missing pm2.5 are interpolated linearly. `Iws` is cumulated while the wind's direction stays, and becomes the
    hour's own; directions are numbered in the alphabet's order. Raises InputError where it is another table.
    """
    return _windows(table, experiment.air_quality == "class")


@functools.lru_cache(maxsize=4)
def _windows(table: series.Series, classes: bool) -> Windows:
    file = Path(table.path).name
    missing = [name for name in NUMBERS if name not in table.names] + [DIRECTION] * (DIRECTION not in table.texts)
    if missing:
        raise InputError(
            "“{file}” has no column {missing} as the table of Beijing's PM2.5 has; choose that table, or the csv task.",
            file=file,
            missing=", ".join(f"“{name}”" for name in missing),
        )
    if len(table.values) < BEGIN + 2:
        raise InputError(
            "“{file}” has {count} rows; at least {needed} are needed, {begin} go unused.",
            file=file,
            count=len(table.values),
            needed=BEGIN + 2,
            begin=BEGIN,
        )
    particles, dew, temperature, pressure, wind = (table.values[BEGIN:, table.names.index(name)] for name in NUMBERS)
    direction = table.texts[DIRECTION][1][BEGIN:]
    if (direction < 0).any():
        row = int((direction < 0).argmax()) + BEGIN + 1
        raise InputError(
            "“{file}”, column “{column}”: row {row} has no direction; fill it in or remove the row.",
            file=file,
            column=DIRECTION,
            row=row,
        )
    speed = hourly(wind, direction)
    x = scaled(np.column_stack((particles, dew, temperature, pressure, direction, speed)))
    if classes:
        y = one_hot(np.searchsorted(LIMITS, particles), len(CLASSES))
        return Windows(file, x, y, 1, "categorical", FEATURES, CLASSES)
    return Windows(file, x, x[:, :1], 1, "squared", FEATURES, FEATURES[:1])


def hourly(cumulated: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Return each hour's own wind speed, (N,): what was added since the hour before, all of it where the wind turned.

    A sum that fell has begun anew, even if the direction is the same.
    """
    added = np.diff(cumulated, prepend=0.0)
    turned = np.diff(direction, prepend=-1) != 0
    return np.where(turned | (added < 0.0), cumulated, added)


PREDICTED = Option(  # the next hour's PM2.5
    "air_quality",
    Literal["value", "class"],
    "value",
    "Predict",
    "The next hour's PM2.5, or which of six classes of it.",
    words=(
        ("value", "value", "A number from 0 to 1 (min–max scaled)."),
        ("class", "class", "One of six classes of air quality."),
    ),
    makes=("parameters", "data"),
)
AIR_QUALITY = task_of_table(
    "air-quality",
    "Air quality",
    "Predict the next hour's PM2.5 from 24 hours of it and of the weather.",
    _made,
    "the PRSA table",
    natural={"loss_at": "last", "steps": 24},
    options=(PATH, HASH, PREDICTED, MISSING, HEADER, DECIMAL),
)
