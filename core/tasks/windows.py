"""Windows of a long series: what a network reads of it at once, and which of them are trained on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.choices import Choices
from core.errors import InputError
from core.options import Option
from core.sentence import Sentence
from core.tasks.base import Data, Stock, Task
from core.tasks.files import series
from core.tasks.splits import Parts, Split, windows_parted

PATH = Option(
    "csv_path",
    str,
    "",
    "Choose file…",
    "The table that holds your series, one row a time step.",
    makes=("data",),
)
HASH = Option("csv_hash", str, "", makes=("data",))  # the sha256 of the file's bytes, or empty
MISSING = Option(
    "csv_missing",
    Annotated[tuple[str, ...], msgspec.Meta(max_length=16)],
    (),
    "Missing",
    "Numbers or texts that mean that there is no value: -200, -9999, ?0.2.",
    example="none declared, e.g. -200",
    makes=("data",),
)
HEADER = Option(
    "csv_header",
    Literal["auto", "yes", "no"],
    "auto",
    "First row",
    "Whether the table's first row names its columns.",
    words=(
        ("auto", "auto", "As the table's cells show."),
        ("yes", "names", "The first row names the columns."),
        ("no", "data", "The first row is data; the columns are c1, c2 …."),
    ),
    makes=("parameters", "data"),
)
DECIMAL = Option(
    "csv_decimal",
    Literal["auto", "point", "comma"],
    "auto",
    "Decimals",
    "What stands before the decimals of every number of the table.",
    words=(
        ("auto", "auto", "As the table's cells show."),
        ("point", "1.5", "A point; commas are thousands marks."),
        ("comma", "1,5", "A comma; points are thousands marks."),
    ),
    makes=("parameters", "data"),
)


@dataclass(frozen=True, eq=False)
class Windows:
    """A prepared series: inputs x (N, I) and targets y (N, O); a window's y_t is that of the row `ahead` of x_t.

    `file` names it in sentences; `labels`, where there are any, says what each target row is called.
    """

    file: str
    x: np.ndarray
    y: np.ndarray
    ahead: int
    loss: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    def __post_init__(self) -> None:
        """A training picks at every update, and of an array that is not contiguous np.take copies all of it first."""
        object.__setattr__(self, "x", np.ascontiguousarray(self.x))
        object.__setattr__(self, "y", np.ascontiguousarray(self.y))

    def parts(self, steps: int, split: Split) -> Parts:
        """The windows of each part, in the order of time, as `windows_parted` says.

        Raises InputError where the series is shorter than one window, too.
        """
        self.refuse_short(steps, 1)
        return windows_parted(len(self.x), steps + self.ahead, split)

    def pick(self, steps: int, starts: np.ndarray) -> Data:
        """The windows that begin at these rows, one sample each."""
        row = np.arange(steps)[:, np.newaxis] + starts
        every = np.ones(steps, dtype=bool)
        x, y = np.take(self.x, row, axis=0), np.take(self.y, row + self.ahead, axis=0)  # five times faster than x[row]
        return Data(x, y, every, self.loss, self.input_names, self.output_names)

    def spread(self, steps: int, batch: int) -> np.ndarray:
        """The rows at which `batch` samples begin: each at the start of its own part of the series.

        Prefix-stable until the steps outgrow a part; then the later samples start earlier. Raises InputError where
        there are not enough rows for windows of their own.
        """
        self.refuse_short(steps, batch)
        rows = len(self.x)
        return min(rows // batch, (rows - steps - self.ahead) // max(batch - 1, 1)) * np.arange(batch)

    def refuse_short(self, steps: int, batch: int) -> None:
        """Raises InputError where the rows are fewer than so many windows of their own need."""
        rows, apart = len(self.x), batch - 1 + self.ahead
        if rows >= steps + apart:
            return
        fits = rows - apart
        raise InputError(
            "“{file}” has {rows} rows, but {steps} steps with a batch of {batch} need {needed}; set the steps to at "
            "most {most}, or choose a longer file."
            if fits >= 1
            else "“{file}” has {rows} rows, but {steps} steps with a batch of {batch} need {needed}; set the batch to "
            "at most {most}, or choose a longer file.",
            file=self.file,
            rows=rows,
            steps=steps,
            batch=batch,
            needed=steps + apart,
            most=fits if fits >= 1 else rows - self.ahead,
        )


def scaled(values: np.ndarray) -> np.ndarray:
    """Return the columns of (N, columns) scaled to 0…1; a constant column becomes 0."""
    low, high = values.min(axis=0), values.max(axis=0)
    return (values - low) / np.where(high > low, high - low, 1.0)


def task_of_table(
    name: str,
    title: str,
    description: str,
    windows: Callable[[series.Series, Choices], Windows],
    file: str,
    natural: Mapping[str, object],
    options: tuple[Option, ...],
) -> Task:
    """A task that reads a table (csv_path): `windows` makes a series of it, and the samples begin as `Windows.spread`
    says. `file` is what is to be chosen, in a sentence, where none is.

    The task's data raise InputError where no file is chosen, it cannot be read or has changed, it is too short, or
    `windows` does.
    """

    def table(experiment: Choices) -> series.Series:
        return series.load(experiment.csv_path, experiment.csv_hash, series.stated_by(experiment))

    def prepared(experiment: Choices) -> Windows:
        if not experiment.csv_path:
            raise InputError(
                "The {name} task has no file yet; choose {file} (csv_path).", name=name, file=Sentence(file)
            )
        return windows(table(experiment), experiment)

    def make(experiment: Choices) -> Data:
        made = prepared(experiment)
        return made.pick(experiment.steps, made.spread(experiment.steps, experiment.batch))

    return Task(
        name,
        title,
        description,
        make,
        natural=lambda experiment: natural,
        options=options,
        continues=True,
        files=("csv_path",),
        reading=lambda experiment: series.reading(experiment.csv_path, series.stated_by(experiment)),
        notes=lambda experiment: table(experiment).notes,
        stock=Stock(
            parts=lambda experiment, split: prepared(experiment).parts(experiment.steps, split),
            pick=lambda experiment, chosen: prepared(experiment).pick(experiment.steps, chosen),
        ),
    )
