"""A question that is painted: its truth takes a training, which can be cancelled, and it counts as a prediction."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import Experiment
from core.jobs import finished
from explorer.session.lessons.truth import TRUTHS, answering
from explorer.session.session import Session
from tests.explorer.lesson_files import PAINTED, lesson_file


@pytest.fixture
def session(qapp, tmp_path):
    made = Session(Experiment(steps=2, hidden=2))
    assert made.lesson.open(lesson_file(tmp_path, PAINTED))
    pulled(made)
    return made


def pulled(session) -> None:
    while session.running.busy or session.run.dirty:
        session.follow(lambda: False)


def test_cancelling_its_training_leaves_it_waiting(session, monkeypatch):
    monkeypatch.setattr("explorer.session.work.AT_ONCE", -1.0)
    said, question = [], session.lesson.question
    session.message.connect(said.append)
    question.answer_painting(frozenset({(0, 2)}))
    done = []
    for _ in range(8):
        session.running.pull(lambda: True)
        done.append(session.running.done)
    assert session.running.title == "Working out the answer" and sorted(done) == done and 0.0 < done[-1] < 1.0
    session.running.cancel()
    assert said == ["Cancelled: Working out the answer."] and session.lesson.asks
    assert question.answered is None and question.predictions.score == (0, 0)


def test_it_is_measured_and_counts(session):
    question = session.lesson.question
    shape = []
    question.cells(shape.append)
    pulled(session)
    assert shape == [(3, 3)]
    question.answer_painting(frozenset(np.ndindex(3, 3)), sure=True)
    pulled(session)
    answered = question.answered
    assert not answered.graded.right and answered.painted.covered == pytest.approx(1.0) and answered.painted.chance == 1
    assert question.predictions.score == (0, 1)
    session.lesson.again()
    pulled(session)
    best = np.unravel_index(answered.painted.truth.argmax(), (3, 3))
    question.answer_painting(frozenset({(int(best[0]), int(best[1]))}))
    pulled(session)
    assert question.answered.graded.right and question.answered.say == "There it lies."
    assert question.predictions.score == (0, 1)  # the first answer counts


def test_after_the_answer_the_trained_network_is_on_show_until_it_is_asked_again(session):
    """Its parameters are those that gave the truth, here and when the step is come back to; what the step says and
    claims stays about the network before."""
    lesson = session.lesson
    page, text = lesson.page, lesson.text
    before = session.trace
    lesson.question.answer_painting(frozenset({(0, 2)}))
    pulled(session)
    shown, weights = session.trace, session.trace.values["attention", "a"][:, 0]
    assert shown.own_parameters and not before.own_parameters and lesson.text == text
    assert np.abs(weights - before.values["attention", "a"][:, 0]).max() > 1e-3
    trained = page.runs.known(("trained", ""))
    assert all((shown.parameters[name] == array).all() for name, array in trained.parameters.items())
    assert session.run.history.current.content.parameters is not None and not session.modified
    lesson.show(0)
    pulled(session)
    assert (session.trace.values["attention", "a"][:, 0] == weights).all()
    lesson.again()
    pulled(session)
    assert lesson.asks and not session.trace.own_parameters
    lesson.leave()
    assert session.trace.steps == 2


def test_it_is_revealed_without_a_guess_and_the_lecturer_knows_how(session):
    page, question = session.lesson.page, session.lesson.question
    assert set(TRUTHS) == {"choice", "number", "click", "draw", "paint"}
    assert finished(answering(page)).endswith("what the hall painted. There it lies.")
    question.reveal()
    pulled(session)
    answered = question.answered
    assert not answered.guessed and answered.painted.cells == frozenset() and answered.painted.truth.shape == (3, 3)
    assert question.predictions.score == (0, 0)
