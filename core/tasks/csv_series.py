"""The person's own series from a CSV file: predict one column's next value, or the class of each row."""

import functools
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.choices import Choices
from core.errors import InputError
from core.options import Option
from core.tasks.files import series
from core.tasks.windows import DECIMAL, HASH, HEADER, MISSING, PATH, Windows, scaled, task_of_table
from core.tasks.words import one_hot


def _made(table: series.Series, experiment: Choices) -> Windows:
    """Each chosen column is an input, scaled to 0…1 over the whole file; csv_predict says what y_t is.

    "next": the target column's next value. "label": the row's class in the target column, of texts or whole numbers,
    which is no input unless it is chosen as one. No column chosen: all numeric ones.
    The file is cut into as many equal parts as there are samples, and each sample reads from the start of its part:
    prefix-stable until the steps outgrow a part; then the later samples start earlier. T + B rows are the least.
    Raises InputError where a column is unknown.
    """
    return _windows(table, experiment.csv_columns, experiment.csv_target, experiment.csv_predict == "label")


@functools.lru_cache(maxsize=4)  # a series is itself kept while its file stays as it was
def _windows(table: series.Series, columns: tuple[str, ...], target: str, label: bool) -> Windows:
    file = Path(table.path).name
    classes = _classes(table, target) if label else None
    if classes is not None:
        columns = columns or tuple(name for name in table.names if name != target)
        if not columns:
            raise InputError(
                "“{file}” has no column of numbers besides “{target}”; choose another target.", file=file, target=target
            )
    read = [_column(table, name) for name in columns] or list(range(len(table.names)))
    x = scaled(table.values[:, read])
    inputs = tuple(table.names[index] for index in read)
    if classes is not None:
        names, codes = classes
        return Windows(file, x, one_hot(codes, len(names)), 0, "categorical", inputs, names)
    index = _column(table, target) if target else read[0]
    y = scaled(table.values[:, index : index + 1])
    return Windows(file, x, y, 1, "squared", inputs, (table.names[index],))


def _column(table: series.Series, name: str) -> int:
    if name in table.names:
        return table.names.index(name)
    raise InputError(
        "“{file}” has no numbers in column “{name}”; its columns of numbers are {names}."
        if name in table.dropped
        else "“{file}” has no column “{name}”; its columns of numbers are {names}.",
        file=Path(table.path).name,
        name=name,
        names=", ".join(table.names),
    )


def _classes(table: series.Series, target: str) -> tuple[tuple[str, ...], np.ndarray]:
    """The names of the classes in the target column, and each row's number among them."""
    file = Path(table.path).name
    possible = (*table.texts, *table.names)
    if not target:
        raise InputError(
            "“{file}”: labels need the column they are in; choose a target (csv_target) of {possible}.",
            file=file,
            possible=", ".join(possible),
        )
    if target in table.texts:
        names, codes = table.texts[target]
        if (codes < 0).any():
            row = int((codes < 0).argmax()) + 1
            raise InputError(
                "“{file}”, column “{target}”: row {row} has no label; fill it in or remove the row.",
                file=file,
                target=target,
                row=row,
            )
        return names, codes
    if target in table.dropped:
        raise InputError(
            "“{file}”, column “{target}”: there are not 1 to {most} different labels; choose another.",
            file=file,
            target=target,
            most=series.MOST_CLASSES,
        )
    values = table.values[:, _column(table, target)]
    numbers, codes = np.unique(values, return_inverse=True)
    if (numbers != np.round(numbers)).any():
        raise InputError(
            "“{file}”, column “{target}” is not of whole numbers, or has gaps, so it gives no labels; choose another "
            "target, or predict its next value.",
            file=file,
            target=target,
        )
    if len(numbers) > series.MOST_CLASSES:
        raise InputError(
            "“{file}”, column “{target}” has {count} different labels, more than {most}; choose another target, or "
            "predict its next value.",
            file=file,
            target=target,
            count=len(numbers),
            most=series.MOST_CLASSES,
        )
    return tuple(f"{number:.0f}" for number in numbers), codes


def label_columns(table: series.Series) -> tuple[str, ...]:
    """The columns whose texts or whole numbers can be labels."""
    whole = [
        name
        for name, values in zip(table.names, table.values.T, strict=True)
        if (values == np.round(values)).all() and len(np.unique(values)) <= series.MOST_CLASSES
    ]
    return (*table.texts, *whole)


def with_target(table: series.Series, target: str, predict: str) -> dict[str, object]:
    """The fields for a target column: of one of texts, the class is predicted."""
    return {"csv_target": target, "csv_predict": "label" if target in table.texts else predict}


def with_predict(table: series.Series, target: str, predict: str) -> dict[str, object]:
    """The fields for what is predicted: with a target column that can be, the one there is if it can."""
    possible = label_columns(table) if predict == "label" else table.names
    fits = target in possible or not possible or (target == "" and predict == "next")
    return {"csv_predict": predict, "csv_target": target if fits else possible[0]}


COLUMNS = Option(
    "csv_columns",
    Annotated[tuple[str, ...], msgspec.Meta(max_length=256)],  # none named: all
    (),
    "Columns read",
    "Which columns of the table the network reads.",
    makes=("parameters", "data"),
)
PREDICT = Option(
    "csv_predict",
    Literal["next", "label"],
    "next",
    "Predict",
    "The target's next value, or the row's class in the target column.",
    words=(
        ("next", "next", "The target column one row later."),
        ("label", "label", "The target column's own class, row by row."),
    ),
    makes=("parameters", "data"),
)
TARGET = Option(
    "csv_target",
    str,
    "",
    "Target",
    "The column whose next value is predicted, or each row's class.",
    makes=("parameters", "data"),
)
CSV = task_of_table(
    "csv",
    "Your own series (CSV)",
    "Predict the next value of one column of your own file, or each row's class, from its columns.",
    _made,
    "a file",
    natural={"loss_at": "last"},
    options=(PATH, HASH, MISSING, HEADER, DECIMAL, COLUMNS, PREDICT, TARGET),
)
