"""What each cell can be tried on, so that a test over all cells need not know which of them reads what."""

from functools import cache

from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record

LIKED = ("last-step", "echo", "next-character")


@cache
def task_for(cell: str) -> str:
    """The first of some small tasks that the cell takes."""
    for task in LIKED:
        try:
            record(natural(task, cell=cell, steps=6))
        except InputError:
            continue
        return task
    raise AssertionError(f"none of {LIKED} is for {cell}")


def suited_to(cell: str, **changes) -> Experiment:
    """An experiment of the cell on a task that it takes, the loss at the last step unless `changes` say otherwise."""
    return natural(task_for(cell), cell=cell, **{"loss_at": "last", **changes})
