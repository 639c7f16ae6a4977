"""The words of a lesson's card."""

from __future__ import annotations

from collections.abc import Mapping

from core.lessons.format import Lesson
from core.lessons.language.parse import Verdict
from explorer.session.lessons.page import headline
from explorer.session.lessons.predictions import Answered
from explorer.words import sentences, translator

_tr = translator("lesson")


def title_text(lesson: Lesson) -> str:
    """ "9 · Vanishing: two factors"; the title alone of a lesson that has no number."""
    title = headline(lesson.title)
    return f"{int(lesson.id)} · {title}" if lesson.id.isdecimal() else title


def again_text(title: str) -> str:
    """Over a question of an earlier lesson that comes back."""
    return _tr("Once more, from “{title}”").format(title=title)


def goal_text(lesson: Lesson) -> str:
    """What one can do after it."""
    return headline(lesson.goal)


def progress_texts(number: int, count: int, waits: bool = False) -> tuple[str, ...]:
    """ "4 / 9", with the key that goes on, and without; `number` from 0."""
    place = f"{number + 1} / {count}"
    return (place,) if waits else (_tr("{place}  Space goes on").format(place=place), place)


def answer_text(answered: Answered) -> str:
    """What is said to an answer: whether it is right, the right one, and why."""
    if not answered.guessed:
        first = _tr("The answer: {truth}.").format(truth=answered.truth) if answered.truth else ""
    elif answered.graded.right:
        first = _tr("✓ Right, and you were sure.") if answered.sure else _tr("✓ Right.")
    elif answered.truth:
        unsure, sure = _tr("✗ You said {given}; it is {truth}."), _tr("✗ You were sure of {given}; it is {truth}.")
        first = (sure if answered.sure else unsure).format(given=answered.given, truth=answered.truth)
    else:
        first = _tr("✗ Not so, though you were sure.") if answered.sure else _tr("✗ Not so.")
    return sentences((first, painting_text(answered), answered.say))


def painting_text(answered: Answered) -> str:
    """How much of the truth lies under what was painted, beside what chance gives; "" where nothing was."""
    painted = answered.painted
    if painted is None or not answered.guessed:
        return ""
    words = _tr("{covered} % of it lies under your cells; as many at random would cover {chance} %.")
    return words.format(covered=f"{100 * painted.covered:.0f}", chance=f"{100 * painted.chance:.0f}")


def claims_text(verdicts: Mapping[str, Verdict | None]) -> str:
    """Whether the step's claims hold in the run on show; "" where it claims nothing."""
    judged = [verdict for verdict in verdicts.values() if verdict is not None]
    if not verdicts:
        return ""
    if len(judged) < len(verdicts):
        return _tr("– this run cannot be asked")
    return _tr("✓ holds in this run") if all(each.holds for each in judged) else _tr("✗ not in this run")
