"""What a kind of question is for the author's test of a lesson."""

from __future__ import annotations

from collections.abc import Iterator

from core.jobs import Job
from core.lessons.format import Ask
from core.lessons.language.runs import Runs

Where = tuple[str | int, ...]  # in the question: ("options", 1, "say")
Mistake = tuple[Where, str]  # and one sentence


class Kind:
    """Base of all. `name` as it stands in a file."""

    name: str

    def wrong(self, ask: Ask) -> Iterator[Mistake]:
        """What can be known to be wrong without a run."""
        raise NotImplementedError

    def expressions(self, ask: Ask) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        """What must be readable, as far as it is there: where it stands, its text, its variables."""
        raise NotImplementedError

    def wrong_in(self, ask: Ask, runs: Runs) -> Job[list[Mistake]]:
        """What is wrong in these runs, of what is not about an option. Raises InputError where the truth cannot be
        found."""
        return []
        yield  # a job, like the others
