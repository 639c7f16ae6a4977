"""A lesson's steps take the stage one after another, its questions hide what comes, and at its end all is as before."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.experiment import Experiment
from core.lessons.reading import lesson_named, lessons_there
from core.timeline.timeline import BACKWARD, LOSS
from explorer.session.lessons.stage import GRADIENT, OF_OUTPUT, column_of, selection_of
from explorer.session.session import Selection, Session
from tests.explorer.lesson_files import LESSON, lesson_file

LESSONS = lessons_there()
COURSE = [each for each in LESSONS if each[1].id > "00"]


class Class:
    """A session with a lesson open in it, and what it says."""

    def __init__(self, path, experiment=None):
        self.session = Session(experiment or Experiment(steps=4, hidden=2))
        self.said: list[str] = []
        self.session.message.connect(self.said.append)
        self.opened = self.session.lesson.open(path)
        self.lesson = self.session.lesson
        self.settle()

    def settle(self):
        """Pulls everything until nothing waits."""
        session = self.session
        while session.work.busy or session.running.busy or session.run.dirty or session.finding:
            session.follow(lambda: False)
            session.work.pull(lambda: False)
            session.find(lambda: False)

    def show(self, number):
        self.lesson.show(number)
        self.settle()
        return self.lesson.page

    def change(self, **fields):
        made = self.session.change(**fields)
        self.session.update()
        self.settle()
        return made


@pytest.fixture
def made(qapp, tmp_path):
    return Class(lesson_file(tmp_path))


def state(session):
    return (session.history, session.trace, session.pins, session.view, session.position, session.saved.entry)


def test_the_session_is_as_it_was_after_a_lesson(qapp, tmp_path):
    session = Session(Experiment(steps=4, hidden=2))
    session.pin()
    session.change(cell="lstm")
    session.update()
    session.set_view(digits=True)
    session.seek(3.0)
    before = state(session)
    assert session.lesson.open(lesson_file(tmp_path))
    for k in range(session.lesson.count):
        session.lesson.show(k)
        while session.running.busy:
            session.follow(lambda: False)
    assert session.saved.entry is before[-1]  # what would be kept of it after a crash
    session.lesson.leave()
    assert state(session) == before
    assert session.lesson.page is None and not session.run.locked and session.screen.limit == math.inf


def test_a_text_has_the_numbers_of_its_run(made):
    assert made.lesson.page.text == f"L is {made.session.trace.loss:.3f}."
    assert made.session.trace.steps == 5


def test_it_rests_after_each_pass_then_goes_on(made):
    session, line = made.session, made.session.timeline
    assert session.position == 0.0
    assert session.screen.rests == (line.beats, line.beats + 1.0, line.complete - 1.0)
    for rest in session.screen.rests:
        made.lesson.on()
        assert session.position == rest
    made.lesson.on()
    made.settle()
    assert made.lesson.page.number == 1
    made.lesson.on(-1)
    made.settle()
    assert made.lesson.page.number == 0


def test_a_focus_is_selected(made):
    assert made.session.selection == Selection("s", 3)
    trace = made.session.trace
    assert selection_of("edge L1.s 4>3", trace) == Selection("h", 4, "s", True)
    assert selection_of("node L1.q 3", trace) is None and selection_of("node L1.s 99", trace) is None
    assert selection_of("tile L1.W", trace) is None


def test_a_claim_about_this_run_is_judged_and_judged_again_when_the_run_changes(made):
    (expression,) = made.lesson.verdicts  # the other one is of a run of its own
    assert made.lesson.verdicts[expression].holds
    assert made.change(w_gain=3.0, input_scale=1e-6)
    assert not made.lesson.verdicts[expression].holds


def test_while_a_question_waits_the_playhead_and_the_run_stay(made):
    made.show(1)
    session = made.session
    assert made.lesson.asks and session.position == session.timeline.beats + 1
    session.seek(session.timeline.last)
    assert session.position == session.timeline.beats + 1
    made.change(w_gain=0.3)
    assert session.experiment.w_gain != 0.3 and "question" in made.said[-1]
    made.lesson.on()
    assert made.lesson.page.number == 1 and made.said[-1] == made.lesson.waits


@pytest.mark.parametrize(
    ("answer", "right", "say"),
    [
        (lambda truth, gain: truth, True, "W and the slope take it together."),
        (lambda truth, gain: 4 * math.log10(gain), False, "That is W alone."),
        (lambda truth, gain: 7.0, False, "W and the slope take it together."),
    ],
)
def test_a_number_is_graded_and_then_all_may_be_seen(made, answer, right, say):
    made.show(1)
    trace = made.session.trace
    sizes = [float(np.linalg.norm(trace.exact["L1", "s"][t])) for t in (0, -1)]
    truth = math.log10(sizes[0] / sizes[1])
    made.lesson.question.answer_number(answer(truth, trace.experiment.w_gain))
    made.settle()
    given = made.lesson.question.answered
    assert (given.graded.right, given.say) == (right, say)
    assert not made.lesson.waits and made.session.screen.limit == math.inf
    assert made.lesson.question.predictions.score == (int(right), 1)
    made.session.seek(made.session.timeline.last)
    assert made.session.position == made.session.timeline.last


@pytest.mark.parametrize(("chosen", "right", "say"), [(0, False, "Each arrow has the same one."),
                                                      (1, True, "One, used 4 times.")])  # fmt: skip
def test_a_choice_is_answered_by_its_own_sentence(made, chosen, right, say):
    assert made.show(2).options == ("4, one an arrow", "1")
    made.lesson.question.answer_choice([chosen])
    made.settle()
    assert (made.lesson.question.answered.graded.right, made.lesson.question.answered.say) == (right, say)
    made.lesson.question.answer_choice([1 - chosen])  # it is answered once
    assert made.lesson.question.answered.graded.right == right


def test_a_step_waits_for_what_it_asks_to_be_done(made):
    made.show(3)
    assert made.lesson.waits and not made.lesson.acted
    assert made.change(w_gain=0.9)
    assert not made.lesson.acted
    assert made.change(w_gain=1.2)
    assert made.lesson.acted and not made.lesson.waits


@pytest.mark.parametrize(("t", "right", "given"), [(1, True, "s₁"), (5, False, "s₅"), (3, False, "s₃")])
def test_a_click_on_a_node_answers(made, t, right, given):
    made.show(4)
    made.lesson.question.sure = True
    made.session.select(Selection("s", t))
    made.settle()
    answered = made.lesson.question.answered
    assert (answered.graded.right, answered.given, answered.sure) == (right, given, True)
    assert answered.truth == ("" if right else "s₁")


@pytest.mark.parametrize("elsewhere", [Selection("h", 1), Selection("x", 1), Selection("h", 2, "s", True)])
def test_a_click_on_what_the_question_is_not_about_is_no_answer(made, elsewhere):
    made.show(4)
    made.session.select(elsewhere)
    made.settle()
    assert made.lesson.asks and made.session.selection == elsewhere


def test_a_question_can_be_tried_again_and_the_first_answer_counts(made):
    made.show(2)
    made.lesson.question.answer_choice([0], sure=True)
    made.settle()
    assert made.lesson.question.predictions.score == (0, 1)
    made.show(1)
    made.show(2)
    assert made.lesson.question.answered is not None  # going back and forth keeps it
    made.lesson.again()
    made.settle()
    assert made.lesson.asks and made.session.screen.limit == made.session.position
    made.lesson.question.answer_choice([1])
    made.settle()
    assert made.lesson.question.answered.graded.right and made.lesson.question.predictions.score == (0, 1)
    assert made.lesson.question.predictions.surely_wrong == ("QC",)


def test_a_curve_is_graded_by_its_mean_distance(made):
    page = made.show(5)
    assert [pin.trace.experiment.cell for pin in made.session.pins] == ["tanh"]
    found = []
    made.lesson.question.curve(found.append)
    made.settle()
    places, truth = found[0]
    assert places.tolist() == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose(np.diff(truth), -math.log10(page.runs.shown.experiment.w_gain), rtol=1e-9)
    made.lesson.question.answer_curve(dict(zip(places.tolist(), (truth + 0.05).tolist(), strict=True)))
    made.settle()
    assert made.lesson.question.answered.graded.right


@pytest.mark.parametrize(("step", "truth"), [(1, "decades"), (2, "1"), (4, ""), (5, "")])
def test_an_answer_is_revealed_without_a_guess_and_does_not_count(made, step, truth):
    made.show(step)
    made.lesson.question.reveal()
    made.settle()
    answered = made.lesson.question.answered
    assert answered.graded.right and not answered.guessed and answered.truth.endswith(truth)
    assert made.lesson.question.predictions.score == (0, 0) and made.session.screen.limit == math.inf


def test_at_the_end_it_says_how_the_predictions_did(made):
    made.show(1)
    made.lesson.question.answer_number(7.0, sure=True)
    made.settle()
    made.show(2)
    made.lesson.question.answer_choice([1], sure=True)
    made.settle()
    made.show(5)
    made.lesson.question.answer_curve({1.0: 9.0})
    made.settle()
    for _ in range(3):
        made.lesson.on()
    assert made.said[-1].startswith("That was the last step. 1 of 3 predictions were right. Of one wrong answer")


def test_its_run_can_be_taken_along_and_undo_goes_back(made):
    before = made.lesson.standing
    made.show(3)
    assert made.change(w_gain=1.4)
    made.lesson.keep()
    made.session.update()
    assert made.session.experiment.w_gain == 1.4 and made.session.trace.steps == 5
    assert made.lesson.lesson is None and made.session.modified
    made.session.undo()
    made.session.update()
    assert made.session.experiment == before.trace.experiment


def test_nothing_of_a_lesson_is_saved_and_a_file_that_is_opened_ends_it(made, tmp_path):
    mine = tmp_path / "mine.json"
    assert not made.session.save(mine) and "lesson" in made.said[-1] and not mine.exists()
    assert made.session.new()
    made.settle()
    assert made.lesson.lesson is None
    made.session.undo()
    made.session.update()
    assert made.session.experiment == Experiment(steps=4, hidden=2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id = ", 1),
        (LESSON.replace('kind = "worked"', 'kind = "watched"', 1), 8),
        (LESSON.replace("hidden = 3", "hidden = 0"), None),
    ],
)
def test_a_wrong_file_is_one_sentence_and_changes_nothing(qapp, tmp_path, text, line):
    made = Class(lesson_file(tmp_path, text))
    assert made.lesson.page is None and len(made.said) >= 1
    if line is not None:
        assert not made.opened and f"lesson.toml:{line}: " in made.said[-1]
    assert made.session.trace.steps == 4 and not made.session.run.locked


def test_no_step_shows_what_the_next_question_asks_for(qapp):
    """The gradient of a place that is asked for is not there while the question waits, nor at the end of the step
    before it, where that is of the same run."""
    asked = 0
    for path, lesson in LESSONS:
        made = Class(path)
        for k, step in enumerate(lesson.step):
            if step.ask is None or not GRADIENT.search(step.ask.truth or ""):
                continue
            before = made.show(k - 1) if k else None
            made.lesson.question.reveal()
            made.settle()
            ended = max([made.session.position, *made.session.screen.rests])
            page = made.show(k)
            line, column = made.session.timeline, column_of(step.focus or "") or made.session.timeline.steps
            first = line.index(LOSS) if OF_OUTPUT.search(step.ask.truth) else line.index(BACKWARD, column)
            assert made.session.position < first, step.ask.id
            if before is not None and before.runs.shown.experiment == page.runs.shown.experiment and step.focus:
                assert ended < first, step.ask.id
            asked += 1
        made.lesson.leave()
    assert asked >= 15


@pytest.mark.parametrize("path", [path for path, _ in LESSONS], ids=[lesson.id for _, lesson in LESSONS])
def test_every_lesson_is_walked_from_its_first_step_to_its_last_and_back(qapp, path):
    """No claim is false of the run that is shown, and all is as it was."""
    session = Session(Experiment(steps=3, hidden=2))
    before = state(session)
    said = []
    session.message.connect(said.append)
    assert session.lesson.open(path)
    made = Class.__new__(Class)
    made.session, made.said, made.lesson = session, said, session.lesson
    for number in [*range(session.lesson.count), *range(session.lesson.count - 2, -1, -1)]:
        page = made.show(number)
        assert page.number == number and not said, said
        first = page.step
        if page.ask is not None and page.ask.kind == "choice" and made.lesson.asks:
            made.lesson.question.answer_choice([k for k, option in enumerate(page.ask.options) if option.right])
            made.settle()
            assert made.lesson.question.answered.graded.right
        assert all(verdict is not None and verdict.holds for verdict in made.lesson.verdicts.values()), first
    session.lesson.leave()
    assert state(session) == before


def test_what_one_was_sure_of_and_got_wrong_comes_back_two_lessons_later(qapp):
    session_of_lessons = Class(COURSE[0][0])
    lesson, session = session_of_lessons.lesson, session_of_lessons.session
    asked = next(k for k, step in enumerate(COURSE[0][1].step) if step.ask is not None and step.ask.kind == "choice")
    name = session_of_lessons.show(asked).ask.id
    wrong = next(k for k, option in enumerate(lesson.page.ask.options) if not option.right)
    lesson.question.answer_choice([wrong], sure=True)
    session_of_lessons.settle()
    assert lesson.question.recall.owed == {name: 0}

    def begin(number):
        assert session.lesson.open(COURSE[number][0])
        session_of_lessons.settle()
        return lesson.page

    assert begin(0).again == "" and lesson.question.recall.owed == {name: 0}  # the same lesson once more
    assert begin(1).again == ""
    page = begin(2)
    assert page.again == COURSE[0][1].title.en and page.ask.id == name and lesson.asks
    assert lesson.count == len(COURSE[2][1].step) + 1
    lesson.question.answer_choice([k for k, option in enumerate(page.ask.options) if option.right])
    session_of_lessons.settle()
    assert lesson.question.recall.owed == {}
    assert session_of_lessons.show(1).step == COURSE[2][1].step[0] and lesson.page.again == ""
    assert begin(3).again == ""


@pytest.mark.parametrize("stored", [{"Q1.1": -1}, {"Q1.1": "2"}, {3: 4}, {"Q1.1": True}])
def test_of_what_was_kept_only_what_makes_sense_is_asked(made, stored):
    made.lesson.question.recall.set(stored)
    assert made.lesson.question.recall.owed == {}


def test_the_place_that_is_meant_is_known_once_the_playhead_has_come_to_it(made):
    session, lesson = made.session, made.lesson
    assert lesson.meant == "" and session.screen.rests  # it plays yet
    session.seek(session.screen.rests[-1])
    assert lesson.meant == "node L1.s 3"
    session.select(Selection("h", 1))
    assert lesson.meant == ""
    session.select(Selection("s", 3))
    assert lesson.meant == "node L1.s 3"
    lesson.leave()
    assert lesson.meant == ""


def test_a_step_folds_the_network_and_the_end_unrolls_it(qapp):
    made = Class(LESSONS[0][0])
    wanted = []
    made.session.fold_wanted.connect(wanted.append)
    last = made.lesson.count - 1
    made.show(last)
    assert made.lesson.page.step.look.folded and wanted[-1] is True
    made.show(0)
    assert wanted[-1] is False
    made.show(last)
    made.lesson.leave()
    assert wanted[-1] is False


def test_a_step_shows_a_book_s_symbols_and_the_next_has_those_chosen_before(qapp):
    made = Class(lesson_named("23"))
    made.session.set_view(notation="ng")
    printed = next(k for k, step in enumerate(made.lesson.lesson.step) if step.look.notation)
    made.show(printed)
    assert made.session.notation.name == "hu"
    made.show(printed)
    made.show(printed + 1)
    assert made.session.notation.name == "ng"
    made.show(printed)
    made.lesson.leave()
    assert made.session.notation.name == "row"


@pytest.mark.parametrize(("number", "step", "meant"), [("5", 2, "node L1.h 2"), ("9", 0, ""), ("6", 0, "")])
def test_while_a_question_waits_only_the_node_that_a_number_is_asked_of_is_meant(qapp, number, step, meant):
    made = Class(lesson_named(number))
    made.show(step)
    assert made.lesson.asks and made.lesson.meant == meant and made.session.selection is None
