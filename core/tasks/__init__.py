"""TASKS: the visible list of tasks. A new task is one file and one line here."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.errors import InputError
from core.tasks.adding import ADDING
from core.tasks.base import Data, Task
from core.tasks.binary_subtraction import BINARY_SUBTRACTION
from core.tasks.csv_series import CSV
from core.tasks.echo import ECHO
from core.tasks.last_step import LAST_STEP
from core.tasks.next_character import NEXT_CHARACTER
from core.tasks.sine import SINE

if TYPE_CHECKING:
    from core.experiment import Experiment

__all__ = ["TASKS", "Data", "Task", "make", "task_named"]

TASKS = (ECHO, BINARY_SUBTRACTION, NEXT_CHARACTER, SINE, ADDING, LAST_STEP, CSV)


def task_named(name: str) -> Task:
    """Return the task of that name. Raises InputError, listing the known ones."""
    for task in TASKS:
        if task.name == name:
            return task
    raise InputError(f"There is no task “{name}”; the tasks are {', '.join(each.name for each in TASKS)}.")


def make(experiment: "Experiment") -> Data:
    """Return the experiment's data, read-only. Raises InputError where its task cannot be made.

    `nonnegative` and `input_scale` change x alone; the targets stay those of the unscaled sequence. `loss_at` "last"
    supervises t = T only, "every" each step that the task has a target for.
    """
    data = task_named(experiment.task).make(experiment)
    x = np.abs(data.x) if experiment.nonnegative else data.x
    supervised = data.supervised
    if experiment.loss_at == "last":
        supervised = np.arange(experiment.steps) == experiment.steps - 1
    # copies own their memory: a read-only view of an array that can still be written would not be read-only
    data = replace(data, x=x * experiment.input_scale, y=data.y.copy(), supervised=supervised.copy())
    for array in (data.x, data.y, data.supervised):
        array.setflags(write=False)
    return data
