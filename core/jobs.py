"""Jobs: work that may take long, as a generator.

It yields how much of it is done, from 0 to 1, often enough to be shown and cancelled; closing it cancels it. Whoever
has no window runs it to the end.
"""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")
Job = Generator[float, None, Result]


def finished(job: Job[Result]) -> Result:
    """Runs a job to the end and returns its result. Raises what the job raises."""
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def part(job: Job[Result], first: float, last: float) -> Job[Result]:
    """A job as the part of a larger one that leads from `first` to `last`; `yield from` it."""
    try:
        while True:
            try:
                done = next(job)
            except StopIteration as end:
                return end.value
            yield first + (last - first) * done
    finally:
        job.close()
