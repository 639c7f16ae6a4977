"""The lessons that come with the program: every one of them is right, and its claims hold over seeds.

A few seeds here, at least a hundred with --long, where trainings are tested as well.
"""

from __future__ import annotations

from collections import Counter

import pytest

from core.jobs import finished
from core.lessons.check import Checker
from core.lessons.language.functions import TRAINING
from core.lessons.language.parse import parse
from core.lessons.reading import lesson_paths, read_lesson

PATHS = lesson_paths()
FEW = 6  # seeds; of a claim that holds in a share of them alone it says nothing
BY_NAME = {"ids": lambda path: path.stem}


def checked(path) -> Checker:
    lesson, text = read_lesson(path)
    checker = Checker(lesson, text)
    assert checker.read(), said(checker)
    return checker


def said(checker: Checker) -> list[str]:
    return [f"{each.line}: {each}" for each in checker.mistakes]


@pytest.mark.parametrize("path", PATHS, **BY_NAME)
def test_every_step_is_right(path) -> None:
    checker = checked(path)
    finished(checker.running())
    assert not checker.mistakes, said(checker)


@pytest.mark.parametrize("path", PATHS, **BY_NAME)
def test_every_claim_holds(path) -> None:
    checker = checked(path)
    for place, claim, scene in checker.claims():
        if claim.share is None and parse(claim.holds).cost != TRAINING and "spread(" not in claim.holds:
            finished(checker.testing(place, claim, scene, min(FEW, claim.seeds)))
    assert not checker.mistakes, said(checker)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("path", PATHS, **BY_NAME)
def test_every_claim_holds_over_all_its_seeds(path) -> None:
    checker = checked(path)
    finished(checker.running(trained=True))
    for place, claim, scene in checker.claims():
        finished(checker.testing(place, claim, scene))
    assert not checker.mistakes, said(checker)


def test_lessons_belong_together() -> None:
    """Their ids are their numbers; what one needs comes before it; questions have names of their own."""
    lessons = [read_lesson(path)[0] for path in PATHS]
    ids = [lesson.id for lesson in lessons]
    assert [path.name[:2] for path in PATHS] == ids == sorted(set(ids))
    questions = Counter(step.ask.id for lesson in lessons for step in lesson.step if step.ask is not None)
    assert [name for name, count in questions.items() if count > 1] == []
    for lesson in lessons:
        assert all(each < lesson.id for each in lesson.needs)
        assert lesson.title.zh and any(step.claim for step in lesson.step)
        assert not {each for each in lesson.recall if each not in questions}, lesson.id
        own = [step.ask for step in lesson.step if step.ask is not None]
        assert all(ask.id.startswith(f"Q{int(lesson.id)}.") for ask in own)


def test_a_mistake_to_switch_off_says_where_and_its_sentence_stays_true() -> None:
    """The sentence stands beside the solved task, too, where its numbers are those of the run without the mistake."""
    steps = [step for path in PATHS for step in read_lesson(path)[0].step if step.act is not None]
    with_fault = [step for step in steps if step.set.get("fault", "off") != "off"]
    assert len(with_fault) >= 3
    for step in with_fault:
        assert "Experiment, Textbook error" in step.act.text.en
        assert "switched on" not in step.text.en and "off by {" not in step.text.en
