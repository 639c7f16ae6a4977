"""What is on the screen as a step of a lesson: read again it is the same experiment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.cells import CELLS
from core.choices import Edit, FrozenGate
from core.errors import InputError
from core.experiment import Experiment
from core.lessons.check import Checker
from core.lessons.reading import lesson_from
from core.lessons.setting import scene_of, settings_of
from core.lessons.writing import Stop, new_lesson, with_stop
from core.recorder import record
from tests.core.strategies import experiments

HEADING = new_lesson("Tuesday's lecture")


def last_scene(text):
    lesson = lesson_from(text)
    return scene_of(settings_of(lesson)[-1], lesson.step[-1].pins)


ANY = Experiment(steps=2, hidden=1)


@settings(max_examples=60)
@example(ANY, "\x7f and \u0085 and \ud800")
@example(Experiment(task="next-character", text='a"\\\tb', steps=3), '"quotes" \\ and more')
@given(experiments(tuple(cell.name for cell in CELLS)), st.text(max_size=60))
def test_any_experiment_comes_back(experiment, note):
    text = with_stop(HEADING, Stop(experiment, f"Look: {note}"))
    assert last_scene(text).experiments()[""] == experiment


def test_stops_follow_each_other_and_the_file_is_a_lesson():
    text = HEADING
    shown = [Experiment(cell="lstm"), Experiment(steps=5), Experiment(task="next-character", text="hello", steps=4)]
    for k, each in enumerate(shown):
        beats = ("back", "to 2") if k == 1 else ()
        text = with_stop(text, Stop(each, f"Stop {k}: {{not}} an expression", beats, inside=k == 0))
    lesson = lesson_from(text)
    assert [each.experiment() for each in settings_of(lesson)] == shown
    assert [step.view for step in lesson.step] == ["cell", "chain", "chain"]
    assert lesson.step[1].beats == ("back", "to 2") and lesson.step[0].text.en == "Stop 0: (not) an expression"
    assert Checker(lesson, text).read()


def test_typed_numbers_frozen_gates_and_pinned_runs_come_along():
    shown = Experiment(
        cell="lstm", hidden=2, steps=4, edits=(Edit("L1.W", (0, 3), 0.25), Edit("x", (1, 0, 1), -1.5)),
        frozen=(FrozenGate("f", 1.0),),
    )  # fmt: skip
    other = shown.with_changes(cell="gru", frozen=())
    scene = last_scene(with_stop(HEADING, Stop(shown, "f is 1", pins=((other, {}),))))
    found = scene.experiments()
    assert found[""] == shown and found["A"].cell == "gru" and not found["A"].frozen


def test_weights_of_its_own_come_along_to_the_last_bit():
    experiment = Experiment(hidden=2, steps=3)
    own = {name: array * np.pi for name, array in record(experiment).parameters.items()}
    pinned = {name: -array for name, array in own.items()}
    stop = Stop(experiment, "trained", parameters=own, pins=((experiment, pinned), (experiment, {})))
    again = last_scene(with_stop(HEADING, stop)).experiments()
    for letter, expected in (("", own), ("A", pinned), ("B", record(experiment).parameters)):
        for name, array in record(again[letter]).parameters.items():
            np.testing.assert_array_equal(array, expected[name])


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (Stop(Experiment(), "  "), "sentence"),
        (Stop(Experiment(), "x" * 700), "700"),
        (Stop(Experiment(), "many", parameters={"L1.W": np.zeros((30, 30))}), "900"),
    ],
)
def test_what_cannot_be_a_step_is_one_sentence(stop, said):
    with pytest.raises(InputError, match=said):
        with_stop(HEADING, stop)


def test_a_file_that_is_no_lesson_is_named_by_its_line():
    with pytest.raises(InputError) as caught:
        with_stop("id = 3\n", Stop(Experiment(), "a note"))
    assert caught.value.line == 1


def test_a_broken_character_is_one_sentence_and_a_title_has_none():
    assert lesson_from(with_stop(new_lesson("a\ud800\x7f"), Stop(ANY, "a note"))).title.en == "a··"
    with pytest.raises(InputError, match="broken character"):
        with_stop(HEADING + "# \ud800\n", Stop(ANY, "a note"))
