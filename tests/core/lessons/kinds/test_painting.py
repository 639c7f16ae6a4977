"""What is painted on a matrix: how it is measured, and every mistake of its author with its line."""

from __future__ import annotations

from typing import get_args, get_type_hints

import numpy as np
import pytest

from core.errors import InputError
from core.jobs import finished
from core.lessons.check import Checker
from core.lessons.format import Ask
from core.lessons.kinds import KINDS, kind_named
from core.lessons.kinds.painting import Painting, best_of, graded_painting, truth_of
from core.lessons.language.parse import parse
from core.lessons.reading import LessonError, lesson_from
from core.lessons.setting import scene_of, settings_of

GOOD = """id = "x1"
title = { en = "A title" }
goal = { en = "A goal." }
answers = [{ en = "A belief." }]

[[step]]
kind = "worked"
set = { task = "reverse", structure = "attention", loss_at = "every", steps = 3, hidden = 4 }
train = { length = 2, sequences = 2 }
text = { en = "A sentence." }

[step.ask]
id = "Q1"
kind = "paint"
text = { en = "Where does it lie?" }
truth = "value('attention.a')"
matrix = { rows = "T", columns = "T", down = { en = "row" }, across = { en = "column" }, above = 0.01 }
"""


def mistakes(text: str) -> list[str]:
    try:
        checker = Checker(lesson_from(text), text)
    except LessonError as error:
        return [f"{error.line}: {error}"]
    if checker.read():
        finished(checker.running(trained=True))
    return [f"{each.line}: {each}" for each in checker.mistakes]


def asked(text: str = GOOD):
    """The question and its runs."""
    lesson = lesson_from(text)
    ask = lesson.step[0].ask
    assert ask is not None
    return ask, finished(scene_of(settings_of(lesson)[0], {}).running())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("truth = ", "truht = ", "16: there is no field `truht`"),
        ("truth = \"value('attention.a')\"\n", "", "12: a question of the kind paint needs a truth and a matrix"),
        ("'attention.a'", "'attention.q'", "16: character 7"),
        ("value('attention.a')", "loss()", "16: truth: this is one number, and the matrix has 3 × 3 cells."),
        ("value('attention.a')", "value('attention.a') - 1", "16: truth: what is painted are shares"),
        ("value('attention.a')", "0*value('attention.a')", "16: truth: what is painted are shares"),
        ("value('attention.a')", "value('E1.s')", "16: truth: this is 3 × 4, and the matrix has 3 × 3 cells."),
        ('rows = "T"', 'rows = "T+0.5"', "16: rows: there are 1 to 40 of them, not 3.5."),
        ('columns = "T"', 'columns = "41"', "16: columns: there are 1 to 40 of them, not 41."),
        ('columns = "T"', 'columns = "T+"', "17: character"),
        ('columns = "T", ', "", "17: matrix: `columns` is missing."),
        ("above = 0.01", "above = 0.99", "17: above: no painting is above chance by more than 0."),
        ("above = 0.01", "above = 1", "17: above: expected `float` < 1.0"),
        ("above = 0.01", "above = 0", "17: above: expected `float` > 0.0"),
    ],
)
def test_a_mistake_has_its_line_and_one_sentence(before: str, after: str, said: str) -> None:
    found = mistakes(GOOD.replace(before, after, 1))
    assert len(found) == 1 and found[0].startswith(said), found


def test_a_question_that_is_right_has_no_mistake() -> None:
    assert mistakes(GOOD) == []


def test_it_is_measured_beside_as_many_cells_at_random() -> None:
    """Of a truth on the anti-diagonal: the anti-diagonal is best, one cell is little, and all cells are chance."""
    ask, _ = asked(GOOD.replace("above = 0.01", "above = 0.4"))
    truth = np.fliplr(np.eye(4))
    right = Painting(frozenset((k, 3 - k) for k in range(4)), truth)
    assert (right.covered, right.chance) == (1.0, 0.25) and graded_painting(ask, right).right
    assert best_of(truth) == 0.75
    everything = Painting(frozenset(np.ndindex(4, 4)), truth)
    assert everything.covered == everything.chance == 1.0
    nothing, one = Painting(frozenset(), truth), Painting(frozenset({(0, 3)}), truth)
    diagonal = Painting(frozenset((k, k) for k in range(4)), truth)
    assert not any(graded_painting(ask, each).right for each in (everything, nothing, one, diagonal))
    assert best_of(np.ones((3, 3))) == pytest.approx(0.0)


def test_rows_are_scaled_to_add_up_to_1_and_an_empty_one_stays_empty() -> None:
    ask, runs = asked(GOOD.replace("value('attention.a')", "3*value('attention.a')"))
    np.testing.assert_allclose(finished(truth_of(ask, runs)), runs.quantity("attention.a")[:, 0], rtol=1e-12)


def test_the_weights_of_trained_attention_are_a_mean_over_data_not_seen() -> None:
    _, runs = asked()
    weights = finished(parse("attended()").numbers(runs))
    assert weights.shape == (3, 3)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-12)
    assert np.abs(weights - runs.quantity("attention.a")[:, 0]).max() > 1e-3  # more than one sequence's
    _, without = asked(GOOD.replace('"attention"', '"encoder-decoder"'))
    with pytest.raises(InputError, match="no attention"):
        finished(parse("attended()").numbers(without))


def test_every_kind_is_in_the_list() -> None:
    assert {each.name for each in KINDS} == set(get_args(get_type_hints(Ask)["kind"]))
    assert kind_named("paint").name == "paint"
    with pytest.raises(InputError, match="no kind of question"):
        kind_named("sing")
