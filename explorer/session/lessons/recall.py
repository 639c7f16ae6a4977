"""Questions that come back: what somebody was sure of and got wrong is asked again two lessons later."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import InputError
from core.lessons.format import Lesson
from core.lessons.reading import lessons_there
from explorer.session.lessons.page import headline
from explorer.session.lessons.predictions import Answered
from explorer.session.lessons.script import Scripted, asked_again

LATER = 2  # lessons
MOST, LONGEST = 3, 200  # questions at the beginning of one lesson; questions that are kept


class Recall:
    """`owed`: by the question's id, how many lessons have been begun since it was answered."""

    def __init__(self) -> None:
        self.owed: dict[str, int] = {}

    def set(self, stored: Mapping[object, object]) -> None:
        """What was kept of it, as far as it is such."""
        pairs = [(name, count) for name, count in stored.items() if isinstance(name, str) and type(count) is int]
        self.owed = {str(name): count for name, count in pairs[:LONGEST] if isinstance(count, int) and count >= 0}

    def take(self, name: str, answered: Answered, again: bool) -> None:
        """An answer at the first try; `again`: to a question that has come back."""
        if answered.sure and answered.guessed and not answered.graded.right:
            self.owed[name] = 0
        elif again and answered.guessed and answered.graded.right:
            self.owed.pop(name, None)

    def begin(self, lesson: Lesson) -> tuple[Scripted, ...]:
        """A lesson begins: the questions that are due, or that it asks for by their names, of the lessons that come
        with the program."""
        own = {step.ask.id for step in lesson.step if step.ask is not None}
        if not own:
            return ()  # a lecture's stops
        for name in self.owed:
            self.owed[name] += name not in own
        due = [
            name for name, count in self.owed.items() if name not in own and (count >= LATER or name in lesson.recall)
        ]
        return tuple(_found(due[:MOST])) if due else ()


def _found(names: list[str]) -> list[Scripted]:
    steps = []
    for name in names:
        for _, lesson in lessons_there():
            try:
                step = asked_again(lesson, name, headline(lesson.title))
            except InputError:  # a file that somebody has changed
                continue
            if step is not None:
                steps.append(step)
                break
    return steps
