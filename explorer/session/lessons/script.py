"""The steps of an open lesson in the order in which they are shown, with questions of earlier lessons before them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.lessons.format import Lesson, Step
from core.lessons.setting import Setting, settings_of
from explorer.session.lessons.stage import phase_at


@dataclass(frozen=True)
class Scripted:
    """One step with what makes its run. `phase`: the pass that it goes on with; `again`: the title of the lesson that
    it is asked again from, "" for the lesson's own."""

    step: Step
    setting: Setting
    phase: str
    again: str = ""


def script_of(lesson: Lesson) -> tuple[Scripted, ...]:
    """The lesson's own steps. Raises InputError."""
    return tuple(
        Scripted(step, setting, phase_at(lesson, k))
        for k, (step, setting) in enumerate(zip(lesson.step, settings_of(lesson), strict=True))
    )


def asked_again(lesson: Lesson, question: str, title: str) -> Scripted | None:
    """The step of a lesson with that question; None where it has none. Raises InputError."""
    found = (each for each in script_of(lesson) if each.step.ask is not None and each.step.ask.id == question)
    step = next(found, None)
    return None if step is None else replace(step, again=title)
