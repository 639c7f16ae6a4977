"""Files are read before what needs them: a small one at once, a large one as the session's work, with its progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.errors import InputError
from core.experiment import Experiment, describe
from core.jobs import Job
from core.tasks import task_named
from explorer.session.signals import translated
from explorer.session.work import Work, at_once
from explorer.words import in_language

Result = TypeVar("Result")


def read_first(
    work: Work,
    title: str,
    job: Job[Result],
    then: Callable[[Result], None],
    failed: Callable[[str], None],
    slow: bool = False,
) -> None:
    """Runs a job that reads; `then` gets its result. `failed` gets the sentence of an InputError, or "" where what
    happened is said elsewhere: the person has cancelled it, other work is still under way, an error in the program.
    `slow`: a piece of it is known to last, so that it begins with the next frame, when its progress is on the screen.
    """
    late = at_once()
    try:
        while not slow:
            next(job)
            if late():
                break
    except StopIteration as end:
        then(end.value)
        return
    except InputError as error:
        failed(in_language(error))
        return
    except Exception:
        failed("")
        raise
    if not work.start(title, _guarded(job, failed), lambda result: None if result is None else then(result[0]), slow):
        failed("")


def _guarded(job: Job[Result], failed: Callable[[str], None]) -> Job[tuple[Result] | None]:
    """The job, whose result comes as a tuple of one; None where it failed, after `failed` was called."""
    try:
        return ((yield from job),)
    except InputError as error:
        failed(in_language(error))
        return None
    except (Exception, GeneratorExit):
        failed("")
        raise


def title_of(experiment: Experiment) -> str:
    """«Reading air.csv», by the first file that the experiment's task reads; without one «Running …»."""
    task = task_named(experiment.task)
    paths = [getattr(experiment, name) for name in task.files] if task.reading is not None else []
    return title_for(paths[0]) if paths else translated("Running {what}").format(what=describe(experiment))


def title_for(path: str) -> str:
    """«Reading air.csv»."""
    return translated("Reading {name}").format(name=Path(path).name)
