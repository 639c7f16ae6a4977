"""Files are read before what needs them: a small one at once, a large one as the session's work, with its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication

from core.documents.document import Content
from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job, part
from core.tasks import reading, task_named
from explorer.session.work import Work

AT_ONCE = 0.03  # seconds that a person does not notice
Result = TypeVar("Result")


def read_first(
    work: Work, title: str, job: Job[Result], then: Callable[[Result], None], failed: Callable[[str], None]
) -> None:
    """Runs a job that reads; `then` gets its result. `failed` gets the sentence of an InputError, or "" where what
    happened is said elsewhere: the person has cancelled it, other work is still under way, an error in the program."""
    until = time.perf_counter() + AT_ONCE
    try:
        next(job)
        while time.perf_counter() < until:
            next(job)
    except StopIteration as end:
        then(end.value)
        return
    except InputError as error:
        failed(str(error))
        return
    except Exception:
        failed("")
        raise
    if not work.start(title, _guarded(job, failed), lambda result: None if result is None else then(result[0])):
        failed("")


def _guarded(job: Job[Result], failed: Callable[[str], None]) -> Job[tuple[Result] | None]:
    """The job, whose result comes as a tuple of one; None where it failed, after `failed` was called."""
    try:
        return ((yield from job),)
    except InputError as error:
        failed(str(error))
        return None
    except (Exception, GeneratorExit):
        failed("")
        raise


def title_of(experiment: Experiment) -> str:
    """«Reading air.csv», by the first file that the experiment's task reads."""
    paths = [getattr(experiment, name) for name in task_named(experiment.task).files]
    return title_for(paths[0] if paths else "")


def title_for(path: str) -> str:
    """«Reading air.csv»."""
    return QCoreApplication.translate("read_first", "Reading {name}").format(name=Path(path).name)


def read_runs(work: Work, content: Content, then: Callable[[], None], failed: Callable[[str], None]) -> None:
    """Reads the files that a content's runs need; `then` and `failed` as `read_first` has them."""
    runs = [content.experiment, *(run.experiment for run in content.pinned)]
    job = _one_after_the_other([reading(each) for each in runs])
    read_first(work, title_of(content.experiment), job, lambda _: then(), failed)


def _one_after_the_other(jobs: Sequence[Job[None]]) -> Job[None]:
    for k, job in enumerate(jobs):
        yield from part(job, k / len(jobs), (k + 1) / len(jobs))
