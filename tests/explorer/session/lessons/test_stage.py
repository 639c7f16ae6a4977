"""From a step's beats to places on the timeline."""

from __future__ import annotations

import msgspec
import pytest

from core.lessons.format import Step
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, Timeline
from explorer.session.lessons.stage import about_of, beats_of, column_of, phase_at, places_of

ASK = {"id": "Q", "kind": "number", "text": {"en": "?"}, "tolerance": 0.1}


def step(**fields) -> Step:
    return msgspec.convert({"kind": "worked", "text": {"en": "A sentence."}, **fields}, Step)


@pytest.mark.parametrize(
    ("beats", "phase", "start", "rests"),
    [
        ((), FORWARD, 3, ()),  # it speaks of nothing that the backward pass makes
        (("at fwd",), BACKWARD, 3, ()),
        (("at loss",), FORWARD, 4, ()),
        (("at 2",), BACKWARD, 6, ()),
        (("at back",), FORWARD, 7, ()),
        (("at acc",), FORWARD, 8, ()),
        (("fwd",), FORWARD, 0, (3,)),
        (("fwd", "loss", "back", "acc", "upd"), FORWARD, 0, (3, 4, 7, 8, 9)),
        (("to 1",), FORWARD, 0, (1,)),
        (("to 2",), FORWARD, 1, (2,)),
        (("to 2",), BACKWARD, 5, (6,)),
        (("back", "to 3"), FORWARD, 4, (5,)),
        (("fwd", "to 2"), BACKWARD, 0, (2,)),
        (("back", "acc"), FORWARD, 4, (7, 8)),
        (("to 99",), FORWARD, 2, (3,)),
        (("rest",), FORWARD, 8, (8,)),
        (("to 2", "op"), FORWARD, 1, (2,)),
    ],
)
def test_places_of_three_steps(beats, phase, start, rests):
    assert places_of(step(beats=beats), Timeline(3), phase) == (start, rests)


def test_a_question_without_beats_is_followed_by_what_it_asks_for():
    gradient = {**ASK, "truth": "at('L1.dh', 2, 1)"}
    assert beats_of(step(ask=gradient, focus="node L1.h 2"), BACKWARD) == ("to 2",)
    assert beats_of(step(ask=gradient, focus="node L1.h 2"), FORWARD) == ("back",)
    assert beats_of(step(ask={**ASK, "truth": "count()"}, focus="node L1.h 2"), BACKWARD) == ("at fwd",)
    outputs = {**ASK, "truth": "at('out.dz', 3, 1)"}  # which the loss's beat makes
    assert beats_of(step(ask=outputs, focus="node out.z 3"), BACKWARD) == ("loss",)
    assert beats_of(step(ask=gradient), BACKWARD) == ("back",)
    assert beats_of(step(ask={**ASK, "truth": "at('L1.s', 3, 1)"}), BACKWARD) == ("fwd",)
    assert beats_of(step(ask={**ASK, "truth": "param('L1.b', 1)"}), FORWARD) == ("at fwd",)
    options = [{"text": {"en": "it stays"}, "true": "diff('L1.h', 'A:L1.h', 1) == 0", "right": True}]
    assert beats_of(step(ask={**ASK, "kind": "choice", "options": options}), FORWARD) == ("fwd",)


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("{at('L1.s', 3, 1)}", FORWARD), ("{at('x', 1, 1)} {param('L1.W', 1)}", FORWARD), ("A sentence.", ""),
        ("{loss()}", LOSS), ("{norm('L1.ds', 1)} of {loss()}", BACKWARD), ("{share('L1.W', 0)}", BACKWARD),
        ("{test_loss()}", ""),
    ],
)  # fmt: skip
def test_a_step_stands_where_what_it_speaks_of_is_there(text, phase):
    made = step(text={"en": text})
    assert about_of(made) == phase
    start, rests = places_of(made, Timeline(3), FORWARD)
    assert (start, rests) == ({BACKWARD: 8, LOSS: 4}.get(phase, 3), ())


def test_a_step_goes_on_with_the_pass_of_those_before_it():
    class Steps:
        step = (step(beats=("back", "to 3")), step(beats=("to 2",)), step(), step(beats=("fwd",)), step())

    assert [phase_at(Steps, k) for k in range(5)] == [FORWARD, BACKWARD, BACKWARD, BACKWARD, FORWARD]


@pytest.mark.parametrize(("place", "column"), [("node L1.s 3", 3), ("edge L1.s 3>2", 3), ("tile L1.W", 0), ("", 0)])
def test_the_column_of_a_place(place, column):
    assert column_of(place) == column
