"""TASKS: the visible list of tasks. A new task is one file and one line here."""

from dataclasses import replace

import msgspec
import numpy as np

from core.choices import DECODED, MAXIMUM_STEPS, READS_SEQUENCE, Choices, Structure
from core.errors import InputError, one_named
from core.jobs import Job
from core.tasks.adding import ADDING
from core.tasks.agreement import AGREEMENT
from core.tasks.air_quality import AIR_QUALITY
from core.tasks.base import Data, Task
from core.tasks.binary_subtraction import BINARY_SUBTRACTION
from core.tasks.cloze import CLOZE
from core.tasks.couplet import COUPLET
from core.tasks.csv_series import CSV
from core.tasks.digits import DIGITS
from core.tasks.drawn_digits import DRAWN_DIGITS
from core.tasks.echo import ECHO
from core.tasks.last_step import LAST_STEP
from core.tasks.next_character import NEXT_CHARACTER
from core.tasks.own_arrays import OWN_ARRAYS
from core.tasks.recall import RECALL
from core.tasks.reverse import REVERSE
from core.tasks.review import REVIEW
from core.tasks.sine import SINE
from core.tasks.slot_filling import SLOT_FILLING
from core.tasks.splits import WHOLE, Parts, Split
from core.tasks.surnames import SURNAME

__all__ = ["TASKS", "Data", "Task", "make", "notes", "parts", "reading", "task_named"]

TASKS = (
    ECHO,
    BINARY_SUBTRACTION,
    NEXT_CHARACTER,
    SINE,
    ADDING,
    LAST_STEP,
    RECALL,
    AGREEMENT,
    SLOT_FILLING,
    CLOZE,
    REVIEW,
    SURNAME,
    REVERSE,
    COUPLET,
    DRAWN_DIGITS,
    DIGITS,
    AIR_QUALITY,
    CSV,
    OWN_ARRAYS,
)


def task_named(name: str) -> Task:
    """Return the task of that name. Raises InputError, listing the known ones."""
    return one_named(name, TASKS, "There is no task “{name}”; the tasks are {known}.")


def make(experiment: Choices, chosen: np.ndarray | None = None) -> Data:
    """Return the experiment's data, read-only, as its structure reads and writes them; `chosen`: these of the stock.

    `nonnegative` and `input_scale` change x alone; the targets stay those of the unscaled sequence. `loss_at` "last"
    counts the last step alone (each sample's own, where lengths differ), "every" each step that has a target.
    Raises InputError where the task cannot be made.
    """
    data = structured(experiment, chosen)
    x = np.abs(data.x) if experiment.nonnegative else data.x
    supervised, counted = data.supervised, data.counted
    if experiment.loss_at == "last":
        supervised, counted = _last(data)
    elif data.present is not None and counted is None and len(data.present) == len(data.y):
        counted = data.present
    if counted is not None:
        counted = counted & supervised[:, np.newaxis]
        supervised = counted.any(axis=1)
    # copies own their memory: a read-only view of an array that can still be written would not be read-only
    data = replace(data, x=x * experiment.input_scale, y=data.y.copy(), supervised=supervised.copy(), counted=counted)
    for array in (data.x, data.y, data.supervised, data.present, data.counted):
        if array is not None:
            array.setflags(write=False)
    return data


def reading(experiment: Choices) -> Job[None]:
    """Reads the files that the experiment names for its task, so that `make` finds them read; a job, over at once where
    they are known or none is named. Raises InputError as `make` does."""
    task = task_named(experiment.task)
    if task.reading is not None and all(getattr(experiment, name) for name in task.files):
        yield from task.reading(experiment)


def notes(experiment: Choices) -> tuple[str, ...]:
    """Sentences on how the experiment's files were read: what was filled, left out and assumed. Raises InputError."""
    task = task_named(experiment.task)
    named = all(getattr(experiment, name) for name in task.files)
    return task.notes(experiment) if task.notes is not None and named else ()


def parts(experiment: Choices, split: Split = WHOLE) -> Parts | None:
    """The numbers of the task's stock to train on, to validate on and to test on; None where the task draws its
    sequences.

    Raises InputError where the task cannot be made, or the split leaves a part without a sequence.
    """
    stock = task_named(experiment.task).stock
    return stock.parts(_spanning(experiment), split) if stock else None


def structured(experiment: Choices, chosen: np.ndarray | None = None) -> Data:
    """The task's data cut and arranged for the structure: one step, x at the first step only, a decoder's targets."""
    task, structure = task_named(experiment.task), experiment.structure
    steps, first, written = _places(experiment)
    spanning = _spanning(experiment)
    if chosen is None or task.stock is None:
        data = task.make(spanning)
    else:
        data = task.stock.pick(spanning, chosen)
    if _is_so_already(data, structure, steps, first, written):  # nearly every one, and a training makes thousands
        return _backwards(data, structure) if experiment.read_backwards else data
    x, labels = data.x[:steps], data.labels[:steps]
    image = data.image and replace(data.image, rows=data.image.rows[:steps])
    if structure not in READS_SEQUENCE:
        image = None  # a single row of it is read
    if structure in ("1-n", "1-n-feedback"):
        x, labels = np.concatenate((x[:1], np.zeros_like(x[1:]))), labels[:1] + ("",) * len(labels[1:])
    elif structure == "1-n-every":
        x, labels = np.repeat(x[:1], steps, axis=0), labels[:1] * len(labels)
    window = slice(first, first + written)
    data = replace(
        data,
        x=x,
        y=data.y[window],
        supervised=data.supervised[window],
        labels=labels,
        present=None if data.present is None else data.present[:steps].copy(),
        counted=None if data.counted is None else data.counted[window].copy(),
        image=image,
    )
    return _backwards(data, experiment.structure) if experiment.read_backwards else data


def _is_so_already(data: Data, structure: Structure, steps: int, first: int, written: int) -> bool:
    """Whether a task's data have what is read and written, and nothing else, in arrays that nobody else has."""
    whole = structure in READS_SEQUENCE and not first and len(data.x) == steps and len(data.y) == written
    return whole and len(data.labels) <= steps and data.present is None and data.counted is None


def _backwards(data: Data, structure: Structure) -> Data:
    """The data with the steps of each sample in reverse order; its padding stays at the end. With n-n each step's
    target goes along with its x. What a whole sequence is answered with, and what a decoder writes, stay as they are:
    Keras's go_backwards (and the reversed source of Sutskever, Vinyals & Le 2014, section 3.3)."""
    steps, batch = data.x.shape[:2]
    t = np.arange(steps)[:, np.newaxis]
    own = np.full(batch, steps) if data.present is None else data.present.sum(axis=0)
    order = np.where(t < own, own - 1 - t, t)  # (T, B): the step that is read at each

    def reordered(array: np.ndarray) -> np.ndarray:
        return array[order, np.arange(batch)]

    labels = tuple(data.labels[k] for k in order[:, 0]) if data.labels else ()
    image = data.image and replace(data.image, rows=tuple(data.image.rows[k] for k in order[:, 0]))
    data = replace(data, x=reordered(data.x), labels=labels, image=image)
    if structure != "n-n":
        return data
    data = replace(data, y=reordered(data.y))
    if data.present is None and data.counted is None:
        return replace(data, supervised=data.supervised[::-1])
    counted = reordered(data.supervised[:, np.newaxis] & (data.present if data.counted is None else data.counted))
    return replace(data, supervised=counted.any(axis=1), counted=counted)


def _places(experiment: Choices) -> tuple[int, int, int]:
    """How many steps are read, the first (from 0) that is written, and how many are written."""
    steps = 1 if experiment.structure == "1-1" else experiment.steps
    decoded = experiment.structure in DECODED
    written = (experiment.output_steps or steps) if decoded else steps
    return steps, steps - 1 if decoded and task_named(experiment.task).continues else 0, written


def _spanning(experiment: Choices) -> Choices:
    """The experiment with as many steps as its task must make. Raises InputError beyond MAXIMUM_STEPS."""
    steps, first, written = _places(experiment)
    span = steps if task_named(experiment.task).ends_itself else max(steps, first + written)
    if span > MAXIMUM_STEPS:
        raise InputError(
            "steps {steps} and output_steps {written} reach {span} steps together, more than {maximum_steps}; lower "
            "one of them.",
            steps=steps,
            written=written,
            span=span,
            maximum_steps=MAXIMUM_STEPS,
        )
    # not validated again: a training's batch may be larger than a recorded one
    return experiment if span == experiment.steps else msgspec.structs.replace(experiment, steps=span, truncate=None)


def _last(data: Data) -> tuple[np.ndarray, np.ndarray | None]:
    """What counts where the loss sits at the last step: t = T, or each sample's own last step."""
    steps = len(data.y)
    if data.present is None or len(data.present) != steps:
        return np.arange(steps) == steps - 1, None
    counted = np.zeros_like(data.present)
    counted[data.present.sum(axis=0) - 1, np.arange(data.present.shape[1])] = True
    return np.asarray(counted.any(axis=1)), counted
