"""Reading lessons and testing them: every mistake has its line and one sentence, and a claim can fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.jobs import finished
from core.lessons.answers import curve_of, graded_choice, graded_curve, grading_number
from core.lessons.check import Checker
from core.lessons.presets import PRESETS
from core.lessons.reading import LARGEST, LessonError, lesson_from, lesson_named, read_lesson
from core.lessons.setting import Scene, scene_of, setting_named, settings_of
from core.lessons.words import FORMATS, filling
from core.recorder import record

GOOD = """id = "x1"
title = { en = "A title", zh = "标题" }
goal = { en = "A goal." }
answers = [{ en = "A belief." }]

[[step]]
kind = "worked"
set = { steps = 6, w_gain = 0.5 }
pins.A = { set = { w_gain = 1.0 } }
text = { en = "Back {T-1|whole} steps: {ratio('L1.ds')|power}." }
focus = "edge L1.s 6>5"

[[step.claim]]
holds = "ratio('L1.ds') < ratio('A:L1.ds')"
seeds = 4

[step.ask]
id = "Q1"
kind = "choice"
text = { en = "Which is larger?" }
options = [
  { text = { en = "A" }, right = true, true = "ratio('A:L1.ds') > ratio('L1.ds')" },
  { text = { en = "this" }, true = "1 > 2", say = { en = "No." } },
]

[[step]]
kind = "own"
same = true
text = { en = "The same, changed." }
set = { hidden = 3 }

[step.ask]
id = "Q2"
kind = "number"
text = { en = "How many decades?" }
truth = "log10(ratio('L1.ds'))"
tolerance = 0.05
wrong = [
  { near = "(T-1)*log10(w_gain)", say = { en = "That is W alone." } },
]

[step.act]
until = "w_gain > 0.9"
text = { en = "Turn W up." }
"""


def mistakes(text: str) -> list[str]:
    """What the test of a lesson says, as "LINE: sentence"."""
    try:
        lesson = lesson_from(text)
    except LessonError as error:
        return [f"{error.line}: {error}"]
    checker = Checker(lesson, text)
    if checker.read():
        finished(checker.running())
        for place, claim, scene in checker.claims():
            finished(checker.testing(place, claim, scene))
    return [f"{each.line}: {each}" for each in checker.mistakes]


def test_a_lesson_that_is_right() -> None:
    assert mistakes(GOOD) == []


LINES = {
    ("id =", "id ="): [],
    ('id = "x1"', 'id = "x 1"'): ["1: id: "],
    ('title = { en = "A title", zh = "标题" }', 'title = "A title"'): ["2: title: expected `object`"],
    ('en = "A title", ', ""): ["2: title: `en` is missing."],
    ('goal = { en = "A goal." }', 'gaol = { en = "A goal." }'): ["3: there is no field `gaol` here."],
    ('"A goal."', '"A goal of {T|whole}."'): ["3: goal: a number in braces needs a run"],
    ('kind = "worked"', 'kind = "work"'): ["7: kind: invalid enum value"],
    ('kind = "own"', 'kind = "ovn"'): ["27: kind: invalid enum value"],
    ("w_gain = 0.5", "w_gian = 0.5"): ["8: There is no option “w_gian”", "30: There", "14: There"],
    ("w_gain = 0.5", "w_gain = -1"): ["8: w_gain: expected", "30: w_gain", "14: w_gain"],
    ("w_gain = 1.0", 'csv_path = "/etc/passwd"'): ["8: csv_path: a lesson reads no files", "14: csv_path"],
    ("focus = ", "fokus = "): ["11: there is no field `fokus` here."],
    ("s 6>5", "s 7>6"): ["11: focus: the columns are 1 to 6."],
    ("edge L1.s", "edge L1.q"): ["11: focus: there is no record L1.q."],
    ("edge L1.s 6>5", "edge"): ["11: focus: expected `str` matching"],
    ("|power}", "|powers}"): ["10: there is no format powers"],
    ("{T-1|whole}", "{T-|whole}"): ["10: character 1"],
    ("{T-1|whole}", "{T-1|whole"): ["10: "],
    ("ratio('L1.ds') < ratio", "ratio('L1.ds') > ratio"): ["14: this fails in 4 of 4 seeds (0, 1, 2, 3); 0/4"],
    ("ratio('L1.ds') < ratio", "ratio('L1.q') < ratio"): ["14: character 7, “'L1.q'”: there is no record L1.q"],
    ("ratio('L1.ds') < ratio", "loss() + ratio"): ["14: character 1"],
    ("seeds = 4", "seeds = 0"): ["15: seeds: expected `int` >= 1."],
    ("seeds = 4", "share = [0.1, 0.2]"): ["14: this held in 100 of 100 seeds, not in a share from 0.1 to 0.2"],
    ("seeds = 4", "share = [0.9, 0.2]"): ["15: share: the first is the smaller one."],
    ("right = true, ", ""): ["21: options: none is marked", "22: say: a wrong option needs"],
    ('true = "1 > 2"', "right = true"): ["21: options: several are right"],
    ('true = "1 > 2"', 'true = "2 > 1"'): ["23: true: this is true, and the option is not marked right."],
    ('true = "1 > 2"', 'true = "1 >"'): ["23: character"],
    (', say = { en = "No." }', ""): ["23: say: a wrong option needs the sentence"],
    ('text = { en = "this" }, ', ""): ["23: text: what can be chosen has a text."],
    ("w_gain)\"", "w_gian)\""): ["39: character 13, “w_gian”: there is no name w_gian"],
    ("(T-1)*log10(w_gain)", "log10(ratio('L1.ds'))"): ["39: near: -1.62 is right within the tolerance."],
    ("tolerance = 0.05\n", ""): ["32: a question of the kind number needs a truth and a tolerance."],
    ('id = "Q2"', 'id = "Q1"'): ["33: id: Q1 is another question's"],
    ("w_gain > 0.9", "w_gain < 0.9"): ["43: until: this is true before anything is done."],
    ("[[step.claim]]\n", "[[step.claim]]\nbase = \"BASIS\"\n"): ["13: There is no base “BASIS”; the bases"],
    ('kind = "own"', 'kind = "own"\nlook = { notation = "latin" }'): ["28: notation: there is no “latin”; choose"],
    ('kind = "own"', 'kind = "own"\nbase = "BASIS"'): ["28: There is no base “BASIS”"],
    ("seeds = 4", "seeds = 4\ntrain = { length = 5000 }"): ["14: length: a lesson trains for at most"],
    ("seeds = 4", "seeds = 4\nedits = { \"x[0, 1, 1]\" = 1 }"): ["14: edits: “x[0, 1, 1]” has a 0"],
    ("seeds = 4", "seeds = 4\nedits = { \"x(1)\" = 1 }"): ["14: edits: “x(1)” is no place"],
    ("seeds = 4", "seeds = 4\nedits = { \"L1.W[99, 1]\" = 1 }"): ["14: edits: there is no L1.W"],
    ("seeds = 4", "seeds = 4\nseeds = 5"): ["16: this is no TOML"],
}  # fmt: skip


@pytest.mark.parametrize("change", LINES, ids=lambda change: f"{change[0]}→{change[1]}"[:60])
def test_a_mistake_has_its_line_and_a_sentence(change: tuple[str, str]) -> None:
    before, after = change
    found = mistakes(GOOD.replace(before, after, 1))
    assert len(found) == len(LINES[change]), found
    for said, expected in zip(found, LINES[change], strict=True):
        assert said.startswith(expected), found


@settings(max_examples=60)
@given(st.text(max_size=60), st.integers(0, len(GOOD)), st.integers(0, 40))
def test_nothing_but_a_sentence_comes_of_any_file(text: str, at: int, cut: int) -> None:
    for wrong in (text, GOOD[:at] + text + GOOD[at + cut :]):
        found: LessonError | None = None
        try:
            Checker(lesson_from(wrong), wrong).read()
        except LessonError as error:
            found = error
        assert found is None or 1 <= found.line <= wrong.count("\n") + 1


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        read_lesson(tmp_path / "none.toml")
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(InputError, match="more than"):
        read_lesson(path)
    path.write_bytes(b'id = "a"\ntitle = "\xff"\n')
    with pytest.raises(LessonError, match="UTF-8") as caught:
        read_lesson(path)
    assert caught.value.line == 2
    path.write_text("a = " + "[" * 5000, encoding="utf-8")
    with pytest.raises(LessonError):
        read_lesson(path)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_base_runs(preset) -> None:
    setting = setting_named(preset.name)
    assert record(setting.experiment()).broken is None
    assert setting.experiment(7).data_seed == setting.experiment(7).weight_seed == 7
    assert (setting.plan() is None) == (preset.train is None)


def test_changes_are_laid_over_each_other() -> None:
    first, second = settings_of(lesson_from(GOOD))
    assert first.experiment().w_gain == second.experiment().w_gain == 0.5
    assert (first.experiment().hidden, second.experiment().hidden) == (8, 3)
    assert first.experiment().steps == second.experiment().steps == 6
    text = GOOD.replace("w_gain = 0.5", 'clip_norm = 1.0, cell = "lstm"').replace(
        "pins.A = { set = { w_gain = 1.0 } }",
        'freeze = { f = 0.5 }\nedits = { "x[2, 1, 1]" = 3.0 }\n'
        'pins.A = { set = { clip_norm = "off" }, freeze = { f = -1.0, i = 1.0 }, weights = true }',
    )
    lesson = lesson_from(text)
    scene: Scene = scene_of(settings_of(lesson)[0], lesson.step[0].pins)
    shown, pinned = scene.experiments().values()
    assert (shown.clip_norm, pinned.clip_norm) == (1.0, None)
    assert (shown.frozen_at("f"), pinned.frozen_at("f"), pinned.frozen_at("i")) == (0.5, None, 1.0)
    runs = finished(scene.running())
    assert runs.shown.data.x[1, 0, 0] == runs.trace("A").data.x[1, 0, 0] == 3.0
    assert runs.trace("A").own_parameters


def test_hand_is_the_run_of_the_syllabus() -> None:
    runs = finished(scene_of(setting_named("HAND"), {}).running())
    text = (
        "{at('L1.s',1,1)|3} {at('L1.s',2,1)|3} {at('L1.s',3,1)|3} {loss()|3} {param('L1.dW',1,1)|3} {at('L1.dh',2,1)|3}"
    )
    assert finished(filling(text, runs)) == "0.462 0.551 0.598 0.081 −0.208 −0.144"


def test_numbers_are_written_as_their_format_says() -> None:
    runs = finished(scene_of(setting_named("BASE"), {}).running())
    written = {each.name: each.write(-0.0123456) for each in FORMATS}
    assert written == {
        "": "−0.0123", "whole": "−0", "1": "−0.0", "2": "−0.01", "3": "−0.012", "power": "−0.012", "percent": "−1 %"
    }  # fmt: skip
    assert finished(filling("{0.8**29|power} {1.234e-12} {1.5e-12|power} {log(-1)}", runs)) == (
        "0.0015 1.23·10⁻¹² 2·10⁻¹² not a number"
    )
    with pytest.raises(InputError, match="brace"):
        finished(filling("a } b", runs))


def test_answers_are_answered() -> None:
    lesson = lesson_from(GOOD)
    choice, typed = (step.ask for step in lesson.step)
    assert choice is not None and typed is not None
    assert graded_choice(choice, [0]).right and not graded_choice(choice, []).right
    wrong = graded_choice(choice, [1])
    assert not wrong.right and wrong.say is not None and wrong.say.en == "No."
    with pytest.raises(ValueError, match="no such option"):
        graded_choice(choice, [2])
    runs = finished(scene_of(settings_of(lesson)[1], {}).running())
    truth = -1.62
    assert finished(grading_number(typed, truth + 0.04, runs)).right
    recognised = finished(grading_number(typed, -1.5, runs))
    assert not recognised.right and recognised.say is not None and recognised.say.en == "That is W alone."
    assert finished(grading_number(typed, 9.0, runs)).say is None
    other_sign = finished(grading_number(typed, -truth, runs))
    assert not other_sign.right and other_sign.say is not None and "sign" in other_sign.say.en
    assert not finished(grading_number(typed, float("nan"), runs)).right


DRAWN = GOOD.replace(
    'kind = "number"', 'kind = "draw"\ncurve = { variable = "t", first = "1", last = "T", decades = true }'
)
DRAWN = DRAWN.replace("truth = \"log10(ratio('L1.ds'))\"", "truth = \"norm('L1.ds', t)\"")
DRAWN = DRAWN[: DRAWN.index("wrong = [")] + DRAWN[DRAWN.index("[step.act]") :]


def test_a_curve_is_drawn_and_compared() -> None:
    assert mistakes(DRAWN) == []
    lesson = lesson_from(DRAWN)
    ask = lesson.step[1].ask
    assert ask is not None
    runs = finished(scene_of(settings_of(lesson)[1], {}).running())
    places, truth = finished(curve_of(ask, runs))
    assert places.tolist() == [1, 2, 3, 4, 5, 6] and truth[0] < truth[-1]
    drawn = dict(zip(places.tolist(), truth.tolist(), strict=True))
    assert graded_curve(ask, drawn, places, truth).right
    assert not graded_curve(ask, dict.fromkeys(drawn, 3.0), places, truth).right
    assert not graded_curve(ask, {}, places, truth).right
    assert mistakes(DRAWN.replace('variable = "t"', 'variable = "k"'))[0].startswith("37: character 15")
    assert "choose a beginning" in mistakes(DRAWN.replace('first = "1"', 'first = "9"'))[0]


@pytest.mark.parametrize("name", ["9", "09", "09-vanishing", "09-vanishing.toml"])
def test_a_lesson_is_found_by_its_number_or_its_file(name):
    assert lesson_named(name).name == "09-vanishing.toml"


def test_a_lesson_that_there_is_not_is_one_sentence_with_those_that_there_are():
    with pytest.raises(InputError, match=r"no lesson “99”; there are 0, 1, 2,"):
        lesson_named("99")
    assert lesson_named("mine/of-my-own.toml").name == "of-my-own.toml"
