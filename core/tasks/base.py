"""What a task is: it makes the sequences that a network reads and the targets it is measured against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from core.choices import Choices
from core.jobs import Job
from core.options import Option
from core.tasks.splits import Parts, Split


@dataclass(frozen=True)
class ImageRows:
    """x is an image that is read row by row: step t reads row `rows`[t − 1], counted from 0 at the top. `high`: the
    height of a row, in widths of a pixel."""

    rows: tuple[int, ...]
    high: float = 1.0


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs x (T, B, I), targets y (T, B, O) and the steps that count, supervised (T,) bool; floats are float64.

    `loss` names one of core.maths.losses. Each input and output unit has a name; `labels`, where there are any, says in
    one character or word what sample 0 reads at each step. A target at an unsupervised step is 0 and means nothing.

    Sequences of different lengths are padded with zeros at their ends. `present` (T, B) bool says which steps a sample
    has (None: all): at the others a recurrent state is copied. `counted` (T, B) bool says for each sample which of the
    supervised steps count (None: all); `supervised` is where any sample does. `image`: x is an image read row by row,
    whose x_t is a row of pixels. `starts`: what scans begin with, where that is not the experiment's `initial_state`,
    (B, H) by scan and quantity, "L1.s". With the loss "given", y is no target but the gradient on the output.
    """

    x: np.ndarray
    y: np.ndarray
    supervised: np.ndarray
    loss: str
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    present: np.ndarray | None = None
    counted: np.ndarray | None = None
    image: ImageRows | None = None
    starts: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Stock:
    """Sequences that are there once and for all: the windows of a series, the images of a file, a list of names.

    `parts` gives the numbers of those to train on, to validate on and to test on, for the experiment's steps; `pick`
    gives the data of the numbers in an array, one sample each. Both raise InputError as `make` does.
    """

    parts: Callable[[Choices, Split], Parts]
    pick: Callable[[Choices, np.ndarray], Data]


@dataclass(frozen=True)
class Task:
    """`make` gives a task's own data.

    `natural` gives the experiment's fields that suit it; `options` are what it lets a person choose beside. A task
    draws from streams of `experiment.data_seed` alone, so that every cell and every W sees the same data. Unless its
    own text says otherwise it is prefix-stable: with the same batch, more steps leave the earlier x as they were.
    `continues`: a decoder predicts what comes after the last x (a series); otherwise it writes y from its beginning.
    `ends_itself`: for a decoder that writes more steps than are read, `make` looks at output_steps and makes y that
    long; for any other task it is made with more steps, and x cut. `files` names the fields without which there is no
    data; `reading` reads them ahead, as a job that is over at once where they are known, and `notes` gives sentences on
    how they were read; both raise InputError as `make` does. `stock`, where there is one, is what a training reads;
    without one it draws new data (core.tasks.dataset).
    """

    name: str
    title: str
    description: str
    make: Callable[[Choices], Data]
    natural: Callable[[Choices], Mapping[str, object]]
    options: tuple[Option, ...] = ()
    continues: bool = False
    ends_itself: bool = False
    files: tuple[str, ...] = ()
    reading: Callable[[Choices], Job[object]] | None = None
    notes: Callable[[Choices], tuple[str, ...]] | None = None
    stock: Stock | None = None
